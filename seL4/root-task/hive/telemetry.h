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

extern const struct ns_table telemetry_nodes;
