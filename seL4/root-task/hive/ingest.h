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
    uint64_t backpressure, dropped, ui_reads, ui_denies;
    uint64_t watch_next_ms; /* no line of the watch before it */
    uint32_t queued;        /* connections whose request waits */
    uint32_t samples;       /* in the window */
    uint32_t oldest;        /* where the next sample goes */
    bool changed;           /* since the newest line of the watch */
};

/* A telemetry record was stored; h->asked_ms says when its first byte came, or when its heartbeat was due. */
void ingest_stored(struct hive *h);
/* Records were dropped to make room; 0 is nothing. */
void ingest_dropped(struct hive *h, uint64_t n);
/* A request was refused because something was busy. */
void ingest_backpressure(struct hive *h);
/* A whole request waits now, which is back-pressure too when it begins, or it does not. *waits is the connection's. */
void ingest_wait(struct hive *h, bool *waits, bool now);
/* A node that ui_providers name was read, or refused. */
void ingest_ui(struct hive *h, bool served);
