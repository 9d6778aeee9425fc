/* /updates: resumable, verified updates by content (spec/namespace.md). The store keeps chunks by digest, shared between
 * epochs, and of each epoch its manifest. */
#pragma once

#include "base/index.h"
#include "hive/cas_manifest.h"
#include "ns/tree.h"

/* Epochs that are kept, and one more while its manifest comes. */
#define CAS_KEPT 4u
#define CAS_EPOCHS (CAS_KEPT + 1u)
#define CAS_CHUNK_BYTES COH_CAS_STORE_CHUNK_BYTES

struct cas_epoch {
    uint64_t serial; /* of this boot, never used again; 0: a free slot, of which all is zero */
    uint8_t name_n;
    uint8_t name[CAS_EPOCH_BYTES];
    uint64_t quarantined;         /* manifests, chunks and payloads that were dropped */
    struct cas_manifest manifest; /* of its bytes in the pool `cas_manifests`; no chunks: it is staged, or quarantined */
    uint32_t manifest_bytes;
    uint32_t missing;             /* different chunks that are not complete */
};

struct cas_chunk {
    uint8_t digest[HASH_BYTES];
    uint32_t have;       /* bytes; whole chunks have their digest */
    uint16_t generation; /* counts the slot's tenants */
    uint8_t epochs;      /* bits 1 << slot of those that name it; 0: free */
    uint8_t unused;
    uint8_t bytes[CAS_CHUNK_BYTES];
};

/* Behind the bytes that are there of a manifest or a chunk, checks put those that are to come. */
struct cas_store {
    struct cas_epoch epochs[CAS_EPOCHS];
    uint16_t order[CAS_EPOCHS];
    struct index names; /* over epochs */
    uint64_t last_serial;
    uint8_t (*manifests)[CAS_MANIFEST_BYTES]; /* the pool `cas_manifests`, one for each epoch */
    struct cas_chunk *chunks;                 /* the pool `cas_chunks` */
    struct index by;                          /* over it, by digest */
    uint8_t stager; /* slot + 1 of the epoch whose manifest is being uploaded; 0: none is */
};

static inline struct bytes cas_name(const struct cas_epoch *e) { return bytes_of(e->name, e->name_n); }
static inline bool cas_ready(const struct cas_epoch *e) { return e->manifest.chunks && !e->missing; }
static inline bool cas_whole(const struct cas_chunk *c) { return c->have == CAS_CHUNK_BYTES; }

/* Is it a signature of the message by the key of this hive, as far as the manifest asks for one? NULL: yes, else what is wrong
 * with it; signature may be NULL. */
const char *cas_signature_fault(struct bytes message, const uint8_t *signature);
