/* How telemetry comes in: latency, losses and waiting, and the watch that follows them; /proc/ingest. */
#pragma once

#include "ns/tree.h"

/* One place of the latency window (pool `latency`): what came i-th, and what is i-th by size. */
struct latency {
    uint32_t came, sorted; /* ms */
};

struct ingest_state {
    struct ring watch; /* over the pool `watch` */
    uint64_t lines;      /* of the watch so far */
    uint64_t backpressure; /* requests that were refused because something was busy, or had to wait */
    uint64_t dropped;      /* records that made room for others */
    uint64_t ui_reads, ui_denies; /* of the nodes that ui_providers name */
    uint64_t watch_next_ms; /* no line of the watch before it */
    uint32_t queued;        /* connections whose request waits */
    uint32_t samples;       /* in the window */
    uint32_t oldest;        /* where the next sample goes */
    bool changed;           /* since the newest line of the watch */
};

/* A telemetry record was stored; h->asked_ms says when its first byte came, or when its heartbeat was due. */
void ingest_stored(struct hive *h);
/* n more in one of h->ingest's counters; 0 is nothing. */
void ingest_count(struct hive *h, uint64_t *counter, uint64_t n);
/* A whole request waits now, which is back-pressure too when it begins, or it does not. *waits is the connection's. */
void ingest_wait(struct hive *h, bool *waits, bool now);
