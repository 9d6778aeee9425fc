/* /models: weights with their schema, by content (spec/namespace.md). */
#pragma once

#include "base/ed25519.h"
#include "base/hash.h"
#include "generated/manifest.h"
#include "ns/tree.h"

#define MODEL_WEIGHTS_BYTES (COH_ECOSYSTEM_MODELS_ENABLE ? COH_CAS_STORE_MAX_BYTES / 4u : 1u)
#define MODEL_SCHEMA_BYTES 4096u

enum model_part { MODEL_WEIGHTS, MODEL_SCHEMA, MODEL_SIGNATURE, MODEL_PARTS };

struct model {
    uint64_t serial; /* of this boot, never used again; 0: a free slot */
    uint8_t sha256[HASH_BYTES];
    uint32_t have[MODEL_PARTS]; /* bytes */
    uint8_t weights[MODEL_WEIGHTS_BYTES];
    uint8_t schema[MODEL_SCHEMA_BYTES];
    uint8_t signature[ED25519_SIGNATURE_BYTES];
};

struct models_state {
    uint64_t last_serial;
    struct index by; /* over the pool `models`, by digest */
    uint16_t order[COH_POOL_MODELS_COUNT];
};
