/* /updates: resumable, verified updates by content (spec/namespace.md). The store keeps chunks by digest, shared between
 * epochs, and of each epoch its manifest. */
#pragma once

#include "base/hash.h"
#include "generated/manifest.h"
#include "ns/tree.h"

/* ---- manifests of updates: a pure parser of their one canonical form ---- */

#define CAS_SCHEMA "cohesix-cas/manifest-v1"
#define CAS_EPOCH_BYTES 20u
#define CAS_SIGNATURE_BYTES 64u
/* What the store holds, and so what a manifest may name. */
#define CAS_CHUNKS_MAX COH_POOL_CAS_CHUNKS_COUNT
/* A chunk in the list: head and digest. */
#define CAS_ENTRY_BYTES (2u + HASH_BYTES)
/* No manifest is longer: all but the list is 229 bytes at most. */
#define CAS_MANIFEST_BYTES COH_POOL_CAS_MANIFESTS_ELEM
_Static_assert(CAS_MANIFEST_BYTES == 256u + CAS_ENTRY_BYTES * CAS_CHUNKS_MAX, "tools/coh-rtc PoolTable: cas_manifests");

/* Views into the bytes that were parsed. */
struct cas_manifest {
    struct bytes epoch;
    uint64_t chunk_bytes, payload_bytes; /* (chunks − 1) × chunk_bytes < payload_bytes ≤ chunks × chunk_bytes */
    uint32_t chunks;                     /* 1 … CAS_CHUNKS_MAX */
    const uint8_t *payload_sha256;
    const uint8_t *list;                 /* CAS_ENTRY_BYTES for each chunk */
    struct bytes base_epoch;             /* empty: no base */
    const uint8_t *base_sha256;
    const uint8_t *signature;            /* NULL: unsigned */
    size_t signature_at;                 /* offset of the last item, which is null in what is signed */
};

enum cas_parse {
    CAS_PART, /* a manifest may begin so; its end is missing */
    CAS_WHOLE,
    CAS_WRONG,
};

/* *out holds what was met so far, all of it only with CAS_WHOLE. In time of raw.n. */
enum cas_parse cas_manifest_parse(struct bytes raw, struct cas_manifest *out);
/* The digest of chunk i < m->chunks. */
const uint8_t *cas_manifest_chunk(const struct cas_manifest *m, uint32_t i);
/* 1–20 decimal digits without a leading zero (but "0"). */
bool cas_epoch_ok(struct bytes epoch);
/* As numbers: below, at or above 0. Both are ok. */
int cas_epoch_cmp(struct bytes a, struct bytes b);

/* ---- the store ---- */

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
