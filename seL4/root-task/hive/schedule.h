/* The queue of work: workers that are to be spawned later, by priority; /queen/schedule/ctl and /proc/schedule. */
#pragma once

#include "hive/workers.h"
#include "ns/tree.h"

enum sched_state { SCHED_WAITING, SCHED_DUE, SCHED_RUNNING };

struct sched {
    uint64_t seq;         /* order of acceptance: its age */
    uint64_t due_ms;      /* it may start */
    uint64_t deadline_ms; /* it is dropped, unless it has started */
    struct worker_budget budget;
    uint32_t priority, count;
    uint32_t left, live; /* workers to spawn, workers that live */
    uint8_t role;
    uint8_t state; /* enum sched_state */
    struct token id;
};

struct schedule_state {
    uint64_t seq, done, dropped;
    uint32_t running;
    struct index by; /* over the pool `schedule` */
};

/* A worker that an entry spawned has ended; job is the worker's. */
void schedule_worker_ended(struct hive *h, uint32_t job);
