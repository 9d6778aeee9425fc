/* Workers: spawn, heartbeat, budgets and end; /worker and /shard. */
#pragma once

#include "auth/ticket.h"
#include "base/index.h"
#include "base/json.h"
#include "generated/manifest.h"
#include "ns/tree.h"

/* `worker-` and a decimal. */
#define WORKER_NAME_BYTES 27u
/* Budgets of a heartbeat worker that asks for none (spec/tickets.md). */
#define WORKER_DEFAULT_TICKS 1000u
#define WORKER_DEFAULT_OPS 10000u
#define WORKER_DEFAULT_TTL_S 300u
/* Heartbeats in a row that a worker's task may miss; with the last of them it ends. */
#define WORKER_WATCHDOG_TICKS 3u
/* A GPU worker lives as long as its lease. */
#define WORKER_GPU_OPS 64u

struct worker {
    struct ring telemetry; /* over the pool `rings`, one a worker */
    uint64_t wrap_logged_ms; /* when its ring's wrap was logged last, + 1; 0 = never */
    uint64_t number;       /* worker-<number>; 0 = free slot */
    uint64_t tick;         /* ticks done */
    uint64_t ticks_left;
    uint64_t ops_left;       /* namespace operations of its sessions */
    uint32_t records_lost; /* dropped by the ring since then */
    uint32_t job;          /* of the schedule */
    uint64_t next_ms;  /* next heartbeat */
    uint64_t ends_ms;  /* ttl */
    uint8_t role;
    uint8_t label; /* its shard */
    bool starved : 1; /* an operation was asked for when none was left */
    bool changed : 1; /* the platform is to look at the slot: hive_worker_change */
    uint8_t asked;    /* how often its task was asked to beat since it last did */
    uint8_t name_n, name[WORKER_NAME_BYTES];
};

struct workers_state {
    uint64_t last_number; /* ids are never reused in a boot */
    uint64_t next_ms;     /* earliest heartbeat or ttl of all; UINT64_MAX when there is none */
    struct index by;      /* live workers, over the pool `workers`, by name */
    /* hive_worker_change goes round. Changed slots lie from the first on, and between the second and the first. */
    uint32_t changed_from, changed_low;
    uint16_t in_shard[256]; /* live workers by label */
};

/* Is /worker there? */
#define WORKERS_ALIAS (COH_SHARDING_LEGACY_WORKER_ALIAS || !COH_SHARDING_ENABLED)

/* A variable component that names live workers. */
extern const struct ns_ops worker_dir_ops;
/* The number of the worker that a node below it, or below a shard's own worker, belongs to. */
uint64_t worker_number(const uint64_t *arg);
/* The number in a worker's name, alive or not; 0: it is none. */
uint64_t worker_number_of(struct bytes name);
/* The other path of a worker's telemetry, by its shard or by the alias; out has NS_PATH_BYTES and stays empty if there is none. */
void worker_other_path(const struct hive *h, const struct ns_ref *ref, struct buf *out);
/* The label of its shard: of any name, so also of a subject that is not spawned yet. */
uint8_t worker_shard(struct bytes name);
/* Writes a shard's label, and returns it. */
struct bytes worker_put_label(uint32_t label, struct buf *b);
/* n units after now; UINT64_MAX when that is never. */
uint64_t time_later(uint64_t now, uint64_t n, uint64_t unit_ms);

struct worker_budget {
    uint64_t ticks, ops, ttl_s;
};
extern const struct worker_budget worker_default_budget;

/* Is there room for one more? */
bool workers_room(const struct hive *h);
/* {"ttl_s":…,"ops":…}: what is absent keeps its value. False: v is no such object, and *budget counts for nothing. */
bool worker_budget_take(const struct json_value *v, struct worker_budget *budget);
/* There is room. job is the schedule's entry (hive/schedule.h), 0 = none. Returns the new worker's number. */
uint64_t workers_spawn(struct hive *h, enum coh_role role, const struct worker_budget *budget, uint32_t job);
/* Does this name a worker of this boot that has ended? */
bool worker_ended(const struct hive *h, struct bytes name);
/* NULL: no such live worker. */
struct worker *worker_by_name(const struct hive *h, struct bytes name);
/* Ends a live worker: revokes its sessions, removes its directory, logs its last tick, ends its leases. reason: killed, ticks,
 * ttl, ops, lease, watchdog, fault, memory. */
void worker_end(struct hive *h, struct worker *w, const char *reason);
/* One operation of its sessions. False: none is left, and the worker ends at the next tick. */
bool worker_spend_op(struct hive *h, struct worker *w);
/* What is not 0 is changed; ttl_s counts from now. */
void worker_rebudget(struct hive *h, struct worker *w, uint64_t ttl_s, uint64_t ops);
