/* GPUs as a bridge on their host publishes them, models and leases on them: /gpu. Without a bridge two stand for show. What a
 * bridge publishes is one line of JSON that is received whole, checked whole and then takes the place of the one before. */
#pragma once

#include "base/hash.h"
#include "generated/manifest.h"
#include "ns/tree.h"

/* What a snapshot may hold. */
#define GPUS COH_POOL_GPUS_COUNT
#define GPU_MODELS 16u

#define GPU_FILE_BYTES 4096u
enum gpu_file { GPU_CTL, GPU_LEASE, GPU_JOB, GPU_STATUS, GPU_FILES };

/* A GPU or a model. The texts lie in the snapshot that published it: its JSON object, or its manifest as the JSON has it. */
struct gpu_facts {
    struct bytes id, text;
    uint64_t mem_mb, streams; /* of a GPU */
};
struct gpu_list {
    struct gpu_facts at[GPU_MODELS];
    uint32_t n;
};
struct gpu_snapshot {
    struct gpu_list gpus, models;
    struct bytes active, schema; /* schema: of telemetry, a JSON object */
};

struct gpu {
    uint64_t number; /* 1, 2, … in order of appearance; 0 = a free slot */
    struct gpu_facts is;
    struct ring files[GPU_FILES]; /* over bytes; they stay when it is published again */
    uint8_t bytes[GPU_FILES][GPU_FILE_BYTES];
};

enum gpu_bridge_state { BRIDGE_IDLE, BRIDGE_RECEIVING, BRIDGE_OK, BRIDGE_ERR };

struct gpu_bridge {
    enum gpu_bridge_state state;
    const char *detail; /* BRIDGE_ERR: what was wrong */
    uint32_t got, bytes;
    uint8_t sha256[HASH_BYTES];
};

struct gpu_state {
    uint64_t last_number, publishes;
    struct index by;        /* over the pool `gpus`, by id */
    struct index models_by; /* over the last snapshot's models, by id */
    uint16_t order[GPUS], models_order[GPU_MODELS];
    uint32_t live; /* which of the pool `gpu_json` is published; the other is for receiving */
    struct gpu_snapshot last;
    struct ring active; /* the last line is the pointer, while it names an available model */
    uint8_t active_bytes[1024];
};

struct lease;
extern const struct ns_table gpu_nodes;
void gpu_init(struct hive *h);
/* NULL: no such GPU is published. */
struct gpu *gpu_named(const struct hive *h, struct bytes id);
/* A lease began, was renewed or has ended (reason is not NULL): a line in its GPU's `lease`, if it is of one. */
void gpu_note_lease(struct hive *h, const struct lease *l, const char *reason);
/* The model that /gpu/models/active points to; empty: none. */
struct bytes gpu_active_model(const struct hive *h);
