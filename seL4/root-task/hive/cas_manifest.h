/* Manifests of updates (spec/namespace.md "/updates"): a pure parser of their one canonical form. */
#pragma once

#include "base/hash.h"
#include "generated/manifest.h"

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
