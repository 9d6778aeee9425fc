/* Entries of a pool, each found in several orders at once: for every order an array of slots that is kept sorted, so that
 * a slot is found by bisection and a listing goes straight through. Which slots are free is kept behind the used ones of
 * the first. Pool and arrays are the caller's. */
#pragma once

#include "base/bytes.h"

/* A short text that an entry owns: an id, a name. */
#define TOKEN_BYTES 64u
struct token {
    uint8_t n, text[TOKEN_BYTES];
};
static inline struct bytes token_bytes(const struct token *t) { return bytes_of(t->text, t->n); }
/* s has at most TOKEN_BYTES, asserted. */
void token_set(struct token *t, struct bytes s);

/* What an entry is sorted by: a, then b, u and v. No two entries have the same key in one order. */
struct key {
    struct bytes a, b;
    uint64_t u, v;
};

/* How many are in use, and how many were at most. */
struct level {
    uint32_t used, peak;
};
void level_set(struct level *l, uint32_t used);

typedef struct key index_key(const void *pool, uint32_t slot, uint32_t order);
struct index {
    uint16_t *slots; /* orders × cap */
    uint32_t cap, orders, n;
    const void *pool;
    index_key *key;
    struct level *entries, *places; /* what the index keeps up: its entries, and their places in all orders; NULL: nobody asks */
};

/* Without entries yet. The levels may be shared with other indexes. */
void index_init(struct index *ix, uint16_t *slots, uint32_t cap, uint32_t orders, const void *pool, index_key *key,
                struct level *entries, struct level *places);
/* The same of whole arrays: of entries, and of a place for each in each order. */
#define INDEX_INIT(ix, places, orders, entries, key, ...)                                                              \
    do {                                                                                                               \
        _Static_assert(sizeof(places) / sizeof(uint16_t) == (orders) * (sizeof(entries) / sizeof *(entries)),          \
                       "tools/coh-rtc PoolTable: a pool's entries and its orders");                                    \
        index_init(ix, places, sizeof(entries) / sizeof *(entries), orders, entries, key, __VA_ARGS__);                \
    } while (0)
/* n < cap: the slot that the next index_put takes. */
uint32_t index_free(const struct index *ix);
/* The free slot's entry is filled in, and is found from now on. */
void index_put(struct index *ix);
/* An entry's slot becomes the free one. To change what an entry is sorted by: take it, change it, put it. */
void index_take(struct index *ix, uint32_t slot);
/* The place of the first entry whose key is not less, in time of log n; *found: it is equal. */
uint32_t index_find(const struct index *ix, uint32_t order, const struct key *key, bool *found);
/* The slot at a place; cap where there is none. */
uint32_t index_slot(const struct index *ix, uint32_t order, uint32_t place);
/* In an order by times (u): the slot of the first entry whose time is not after now; cap: there is none. *next: the first time. */
uint32_t index_due(const struct index *ix, uint32_t order, uint64_t now, uint64_t *next);
/* The slot of the first entry that is not less than key and has its a, and its b unless that is empty; of a key without texts the
 * entry with that key. cap: there is none. */
uint32_t index_slot_of(const struct index *ix, uint32_t order, struct key key);
