/* What the store of updates keeps: chunks by digest, shared between epochs, and of each epoch the facts from which its manifest
 * can be written again. */
#pragma once

#include "hive/cas_manifest.h"

struct hive;

/* Epochs that are kept. */
#define CAS_EPOCHS 4u
#define CAS_CHUNK_BYTES COH_CAS_STORE_CHUNK_BYTES

enum cas_state { CAS_RECEIVING, CAS_READY, CAS_QUARANTINED };

struct cas_epoch {
    uint64_t serial; /* of this boot, never used again; 0: a free slot */
    uint8_t state;   /* enum cas_state */
    uint8_t base;    /* slot + 1 of the epoch that this one is a delta to; 0: none */
    bool signed_by_key;
    uint8_t name_n;
    uint8_t name[CAS_EPOCH_BYTES];
    uint8_t payload_sha256[HASH_BYTES];
    uint8_t signature[CAS_SIGNATURE_BYTES];
    uint64_t payload_bytes;
    uint64_t quarantined; /* manifests, chunks and payloads that were dropped */
    uint32_t chunks;      /* in the pool `cas_lists`; 0: there is no whole manifest */
    uint32_t missing;     /* different chunks that are not complete */
    uint32_t hashed;      /* chunks at the beginning that are in hash already */
    struct sha256 hash;   /* of the base's payload, then of theirs */
};

struct cas_chunk {
    uint8_t digest[HASH_BYTES];
    uint32_t have;       /* bytes; whole chunks have their digest */
    uint32_t next;       /* slot + 1 of the next one of its bucket, or of the next free one */
    uint32_t head;       /* bucket of this slot's number: slot + 1 of its first chunk */
    uint16_t generation; /* counts the slot's tenants */
    uint8_t epochs;      /* bits 1 << slot of those that name it; 0: free */
    uint8_t unused;
    uint8_t bytes[CAS_CHUNK_BYTES];
};

struct cas_store {
    struct cas_epoch epochs[CAS_EPOCHS];
    uint64_t last_serial;
    uint8_t *staging;     /* the pool `cas_staging`; what lies behind `staged` is nobody's, and checks may use it */
    uint32_t staged;      /* bytes of the manifest that is being uploaded */
    uint8_t stager;       /* slot + 1 of its epoch; 0: none is */
    uint32_t free, fresh; /* slot + 1 of the first free chunk; slots from fresh on have never been used */
};

void cas_init(struct hive *h);
bool cas_valid(const struct hive *h);

static inline struct bytes cas_name(const struct cas_epoch *e) { return bytes_of(e->name, e->name_n); }
/* Slot of the epoch, CAS_EPOCHS when there is none. */
uint32_t cas_find(const struct hive *h, struct bytes name);
/* The newest ready one, NULL when there is none. */
const struct cas_epoch *cas_newest(const struct hive *h);
/* A free slot becomes an epoch that receives; there is one, asserted. */
uint32_t cas_create(struct hive *h, struct bytes name);
/* What a whole manifest needs room for: slots of epochs that must go, for it and for the epoch itself when slot is CAS_EPOCHS.
 * m may be NULL: the epoch alone. base is slot + 1, or 0. COH_BUSY: no epoch can go; COH_QUOTA: chunks do not fit. */
enum coh_status cas_room(const struct hive *h, uint32_t slot, const struct cas_manifest *m, uint32_t base, uint8_t *evict);
void cas_evict(struct hive *h, uint8_t evict);
/* The chunks that the manifest names must outlive evictions until it is adopted. */
void cas_hold(struct hive *h, const struct cas_manifest *m);
/* The epoch gets this manifest, for which there is room; it is ready at once when all chunks are there. */
void cas_adopt(struct hive *h, uint32_t slot, const struct cas_manifest *m, uint32_t base);
/* Gives up its manifest and chunks: a new manifest starts it again. what is what was wrong: manifest or payload. */
void cas_quarantine(struct hive *h, uint32_t slot, const char *what, const char *reason);

/* Slot of the chunk, CAS_CHUNKS_MAX when no epoch names it. */
uint32_t cas_chunk_find(const struct hive *h, const uint8_t *digest);
static inline bool cas_whole(const struct cas_chunk *c) { return c->have == CAS_CHUNK_BYTES; }
/* The chunk in place i of the epoch's list. */
const struct cas_chunk *cas_listed(const struct hive *h, uint32_t slot, uint32_t i);
/* Has the epoch's payload its hash, once `last` is completed by rest? Of all other chunks none is missing. */
bool cas_payload_ok(const struct hive *h, uint32_t slot, const struct cas_chunk *last, struct bytes rest);
/* Appends to a chunk; epochs that it completes become ready, or are quarantined. */
void cas_append(struct hive *h, uint32_t chunk, struct bytes more);
