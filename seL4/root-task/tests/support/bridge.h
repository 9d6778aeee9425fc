/* Publishes a snapshot as a GPU bridge does: line by line. */
#pragma once

#include "base/base64.h"
#include "base/hash.h"
#include "support/client.h"

#define BRIDGE "ECHO /gpu/bridge/ctl "

static inline void bridge_begin(struct bench *b, const char *json, size_t bytes, const char *answer)
{
    uint8_t digest[HASH_BYTES];
    char line[256];
    BUF(hex, 2 * HASH_BYTES);
    sha256(bytes_str(json), digest);
    buf_hex(&hex, bytes_of(digest, sizeof digest));
    snprintf(line, sizeof line, BRIDGE "begin bytes=%zu sha256=%.64s", bytes, (const char *)hex.p);
    expect_holds(b, 1, line, answer);
}

static inline void bridge_pieces(struct bench *b, const char *json)
{
    for (size_t at = 0, all = strlen(json); at < all; at += 150) {
        char line[256] = BRIDGE "b64:";
        struct buf out = buf_of(line + strlen(line), 220);
        base64_encode(&out, bytes_sub(bytes_str(json), at, 150));
        out.p[out.n] = 0;
        expect_holds(b, 1, line, "OK ECHO");
    }
}

static inline void bridge_publish(struct bench *b, const char *json, const char *answer)
{
    bridge_begin(b, json, strlen(json), "OK ECHO");
    bridge_pieces(b, json);
    expect_holds(b, 1, BRIDGE "end", answer);
}
