/* What tests of telemetry ingest share: names, segments, text. */
#pragma once

#include "hive/telemetry_record.h"
#include "support/files.h"

#define ROOT "/queen/telemetry"
#define NEW "{\"new\":\"segment\",\"mime\":\"text/plain\"}"
#define SEGMENT_BYTES COH_TELEMETRY_INGEST_MAX_BYTES_PER_SEGMENT
#define SEGMENTS COH_TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE
#define DEVICES COH_TELEMETRY_INGEST_MAX_DEVICES
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define REF(bytes, chunks)                                                                                   \
    "{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":\"core.img\",\"bytes\":" bytes ",\"sha256\":\"" SHA \
    "\",\"chunks\":[" chunks "]}"
#define CHUNK(i, bytes) "{\"i\":" i ",\"bytes\":" bytes ",\"sha256\":\"" SHA "\",\"uri\":\"cas:x\"}"

static inline void new_segment(struct bench *b, const char *device)
{
    char path[96];
    snprintf(path, sizeof path, ROOT "/%s/ctl", device);
    put(b, 1, path, bytes_str(NEW));
}

/* n bytes of text and nothing else. */
static inline struct bytes filler(size_t n)
{
    static char text[65536];
    assert_true(n <= sizeof text);
    memset(text, 'x', n);
    return bytes_of(text, n);
}

/* Records of that many bytes in all, newlines included. */
static inline void fill(struct bench *b, const char *segment, size_t bytes)
{
    while (bytes) {
        size_t n = bytes > RECORD_BYTES ? RECORD_BYTES : bytes;
        put(b, 1, segment, filler(n - 1));
        bytes -= n;
    }
}
