/* struct hive: all state of the authority, in one block that the platform maps once. Pools stand at its end; their sizes
 * are the generated ones, and asserted. */
#pragma once

#include "auth/throttle.h"
#include "generated/manifest.h"
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
#include "hive/pressure.h"
#include "hive/replay.h"
#include "hive/root.h"
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

/* What Secure9P counts, for /proc/9p. */
struct p9_counters {
    uint64_t outstanding;  /* requests in flight, all connections */
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
            struct pressure_state pressure;
            struct lifecycle_state lifecycle;
            struct root_state root;
            struct intents_state intents_state;
            struct host_state host;
            struct host_tickets_state host_tickets_state;
            struct budget_state budget;
            struct workers_state workers_state;
            struct sessions_state sessions_state;
            struct tickets_state tickets_state;
            struct trace_state trace;
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
            struct sidecar_index sidecar_index;
            struct throttle throttle;
            struct ring control[CONTROL_COUNT]; /* over the pool `control` */
            struct p9_counters p9;
            uint64_t cuts;     /* connections closed on a deadline */
            uint32_t preauth;          /* connections that have not authenticated */
            uint64_t conn_deadline_ms; /* no connection times out before it */
        };
        uint8_t core[COH_POOL_CORE_ELEM];
    };

    /* pools, named as in COH_POOLS */
    struct conn conns[COH_POOL_CONNS_COUNT];
    uint8_t streams[COH_POOL_STREAMS_COUNT][COH_POOL_STREAMS_ELEM];
    struct session sessions[COH_POOL_SESSIONS_COUNT];
    uint16_t session_order[COH_POOL_SESSION_ORDER_COUNT]; /* attached slots of sessions, by id */
    struct fid fids[COH_POOL_FIDS_COUNT];                 /* fids_per_session for each connection */
    uint8_t scratch[COH_POOL_SCRATCH_ELEM];               /* a listing that is being made; nothing outlives a call */
    struct ticket_use tickets[COH_POOL_TICKETS_COUNT];
    struct throttle_slot throttle_slots[COH_POOL_THROTTLE_COUNT];
    struct worker workers[COH_POOL_WORKERS_COUNT];
    uint16_t order[COH_POOL_ORDER_COUNT]; /* live slots of workers, sorted by name */
    uint8_t rings[COH_POOL_RINGS_COUNT][COH_POOL_RINGS_ELEM];
    struct telemetry_device telemetry_devices[COH_POOL_TELEMETRY_DEVICES_COUNT];
    struct telemetry_segment telemetry_segments[COH_POOL_TELEMETRY_SEGMENTS_COUNT]; /* a device's lie side by side */
    uint64_t journal_starts[COH_POOL_JOURNAL_STARTS_COUNT];
    uint8_t telemetry_bytes[COH_POOL_TELEMETRY_BYTES_COUNT][COH_POOL_TELEMETRY_BYTES_ELEM];
    uint8_t log_bytes[COH_POOL_LOG_ELEM];
    uint8_t kmesg_bytes[COH_POOL_KMESG_ELEM];
    uint8_t control_bytes[COH_POOL_CONTROL_COUNT][COH_POOL_CONTROL_ELEM];
    uint8_t journal_bytes[COH_POOL_JOURNAL_ELEM];
    uint8_t decision_bytes[COH_POOL_DECISIONS_ELEM];
    uint8_t trace_bytes[COH_POOL_TRACE_ELEM];
    struct latency latency[COH_POOL_LATENCY_COUNT];
    struct lease leases[COH_POOL_LEASES_COUNT]; /* leases, and quotas behind them */
    uint16_t lease_order[COH_POOL_LEASE_ORDER_COUNT];
    uint8_t preemptions[COH_POOL_PREEMPTIONS_ELEM];
    struct gpu gpus[COH_POOL_GPUS_COUNT];
    uint8_t gpu_json[COH_POOL_GPU_JSON_COUNT][COH_POOL_GPU_JSON_ELEM];
    struct sched scheduled[COH_POOL_SCHEDULE_COUNT];
    uint16_t schedule_order[COH_POOL_SCHEDULE_ORDER_COUNT];
    struct export exports[COH_POOL_EXPORTS_COUNT];
    uint16_t export_order[COH_POOL_EXPORT_ORDER_COUNT];
    uint8_t watch_bytes[COH_POOL_WATCH_ELEM];
    struct intent intents[COH_POOL_INTENTS_COUNT];
    uint16_t intent_order[COH_POOL_INTENT_ORDER_COUNT]; /* by id and key */
    struct host_entry host_entries[COH_POOL_HOST_ENTRIES_COUNT];
    uint16_t host_order[COH_POOL_HOST_ORDER_COUNT]; /* by name and kind */
    uint8_t host_bytes[COH_POOL_HOST_BYTES_COUNT][COH_POOL_HOST_BYTES_ELEM];
    struct host_ticket host_tickets[COH_POOL_HOST_TICKETS_COUNT];
    uint16_t host_ticket_order[COH_POOL_HOST_TICKET_ORDER_COUNT];
    uint8_t host_ticket_lines[COH_POOL_HOST_TICKET_LINES_COUNT][COH_POOL_HOST_TICKET_LINES_ELEM];
    struct cas_chunk cas_chunks[COH_POOL_CAS_CHUNKS_COUNT];
    uint16_t cas_order[COH_POOL_CAS_ORDER_COUNT]; /* slots of chunks by digest, then the free ones */
    uint8_t cas_manifests[COH_POOL_CAS_MANIFESTS_COUNT][COH_POOL_CAS_MANIFESTS_ELEM]; /* the last is being uploaded */
    struct model models[COH_POOL_MODELS_COUNT];
    struct policy_set policy_sets[COH_POOL_POLICY_SETS_COUNT]; /* the manifest's, and two that applies fill by turns */
    struct action actions[COH_POOL_ACTIONS_COUNT];
    uint16_t action_order[COH_POOL_ACTION_ORDER_COUNT];
    struct sidecar sidecars[COH_POOL_SIDECARS_COUNT];
    uint8_t sidecar_bytes[COH_POOL_SIDECAR_BYTES_ELEM];
};
