/* struct hive: all state of the authority, in one block that the platform maps once. Pools stand at its end; their sizes
 * are the generated ones, and asserted. */
#pragma once

#include "auth/throttle.h"
#include "generated/manifest.h"
#include "hive/attest.h"
#include "hive/budget.h"
#include "hive/cas.h"
#include "hive/export.h"
#include "hive/gpu.h"
#include "hive/hive.h"
#include "hive/host.h"
#include "hive/host_tickets.h"
#include "hive/ingest.h"
#include "hive/intents.h"
#include "hive/journal.h"
#include "hive/lease.h"
#include "hive/lifecycle.h"
#include "hive/log.h"
#include "hive/models.h"
#include "hive/policy.h"
#include "hive/proc.h"
#include "hive/replay.h"
#include "hive/schedule.h"
#include "hive/sessions.h"
#include "hive/sidecar.h"
#include "hive/telemetry.h"
#include "hive/tickets.h"
#include "hive/trace.h"
#include "hive/workers.h"
#include "ns/tree.h"
#include "serve/conn.h"
#include "serve/fid.h"

/* Every subsystem has a table <name>_nodes (ns/tree.h). Ticks run in this order, and the watch's comes last, since it tells of
 * what the others did. What must always hold of each stands in tests/support/invariants.c. */
#define HIVE_SUBSYSTEMS(X)                                                                                             \
    X(proc) X(attest) X(budget) X(lifecycle) X(sessions) X(log) X(trace) X(queen) X(intents) X(host) X(host_tickets) X(sidecar)  \
    X(workers) X(gpu) X(gpu_bridge) X(lease) X(schedule) X(export) X(telemetry) X(policy) X(journal) X(replay) X(cas)  \
    X(models) X(ingest)
#define HIVE_NODES(name) extern const struct ns_table name##_nodes;
HIVE_SUBSYSTEMS(HIVE_NODES)

/* What Secure9P counts, for /proc/9p. */
struct p9_counters {
    uint64_t short_writes; /* writes refused because they could not be taken whole */
    uint64_t retries;      /* writes repeated on the same open file after that */
    uint32_t looks;        /* qids given for rendered files: each may be another version */
};

struct hive {
    union { /* the pool `core`: all state but the pools */
        struct {
            uint64_t now_ms; /* time of the call that is being served */
            uint64_t asked_ms; /* when the first byte of the request came that is being served */
            struct hive_facts facts;
            struct hive_net net;
            struct ns_tree tree;
            struct log_state log;
            uint64_t pressure[PRESSURE_COUNT];
            struct lifecycle_state lifecycle;
            struct root_state root;
            struct intents_state intents_state;
            struct host_state host;
            struct host_tickets_state host_tickets_state;
            struct budget_state budget;
            struct workers_state workers_state;
            struct sessions_state sessions_state;
            struct tickets_state tickets_state;
            struct attest attest;
            struct trace_state trace;
            struct telemetry_state telemetry;
            struct ingest_state ingest;
            struct policy_state policy;
            struct gpu_state gpu;
            struct gpu_bridge gpu_bridge;
            struct lease_state lease;
            struct schedule_state schedule;
            struct export_state export;
            struct journal_state journal;
            struct replay_state replay;
            struct cas_store cas;
            struct models_state models_state;
            struct index sidecars_by; /* by name and kind */
            uint16_t sidecar_order[COH_POOL_SIDECARS_COUNT];
            struct throttle throttle;
            struct ring control[CONTROL_COUNT]; /* over the pool `control` */
            struct p9_counters p9;
            uint64_t cuts;     /* connections closed on a deadline */
            uint32_t preauth;          /* connections that have not authenticated */
            uint64_t conn_deadline_ms; /* no connection times out before it */
        };
        uint8_t core[COH_POOL_CORE_ELEM];
    };

    /* Pools: tools/coh-rtc PoolTable says what they hold, how many and how large. */
#define POOL_OBJECTS(pool, member, type, count, elem) type member[count];
#define POOL_BLOCKS(pool, member, count, elem) uint8_t member[count][elem];
#define POOL_BYTES(pool, member, count, elem) uint8_t member[elem];
    COH_HIVE_POOLS(POOL_OBJECTS, POOL_BLOCKS, POOL_BYTES)
};

#define POOL_ELEMENT(pool, member, type, count, elem) \
    _Static_assert(sizeof(type) == (elem), "tools/coh-rtc PoolTable: bytes of one of " #pool);
#define POOL_NO_ELEMENT(pool, member, count, elem)
COH_HIVE_POOLS(POOL_ELEMENT, POOL_NO_ELEMENT, POOL_NO_ELEMENT)
