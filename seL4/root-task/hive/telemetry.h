/* Telemetry ingest: /queen/telemetry/<device>, whose segments the hive names, bounds and evicts. */
#pragma once

#include "generated/manifest.h"
#include "ns/tree.h"

#define TELEMETRY_MIME_BYTES 127u

/* A device's segments are numbered from 1 and never reused; [oldest, next) are kept. */
struct telemetry_device {
    uint64_t oldest, next; /* next = 0: a free slot */
    uint64_t bytes;        /* in all its segments */
    uint8_t name_n;
    uint8_t name[NS_LATE_BYTES];
};

/* What a segment holds lies in the pool `telemetry_bytes`, beside it. */
struct telemetry_segment {
    uint32_t used; /* bytes */
    uint32_t records;
    uint8_t mime_n;
    uint8_t mime[TELEMETRY_MIME_BYTES];
};

struct telemetry_state {
    struct index by; /* devices, over the pool `telemetry_devices`, by name */
    uint16_t order[COH_POOL_TELEMETRY_DEVICES_COUNT];
};

/* A record's place among those of a device. */
struct telemetry_place {
    uint64_t segment;
    uint32_t offset;
};
/* The device of that name, and where its oldest record lies. Of a name that is none's, a device without records. */
uint32_t telemetry_device(const struct hive *h, struct bytes name, struct telemetry_place *oldest);
/* The record at a place, which moves on. False: there is none behind it. */
bool telemetry_next(const struct hive *h, uint32_t device, struct telemetry_place *at, struct bytes *record);
/* Bytes in its segments from … to − 1; UINT64_MAX: the first of them is not kept any more. */
uint64_t telemetry_bytes(const struct hive *h, uint32_t device, uint64_t from, uint64_t to);
