/* Entries in several orders; see index.h. */
#include "base/index.h"

void token_set(struct token *t, struct bytes s)
{
    COH_ASSERT(s.n <= TOKEN_BYTES);
    t->n = (uint8_t)s.n;
    if (s.n)
        memcpy(t->text, s.p, s.n);
}

void level_set(struct level *l, uint32_t used)
{
    l->used = used;
    if (used > l->peak)
        l->peak = used;
}

static void count(struct level *l, uint32_t n, bool in)
{
    if (l)
        level_set(l, in ? l->used + n : l->used - n);
}

static uint16_t *slots_of(const struct index *ix, uint32_t order) { return ix->slots + (size_t)order * ix->cap; }

void index_init(struct index *ix, uint16_t *slots, uint32_t cap, uint32_t orders, const void *pool, index_key *key,
                struct level *entries, struct level *places)
{
    *ix = (struct index){slots, cap, orders, 0, pool, key, entries, places};
    for (uint32_t i = 0; i < ix->cap; i++)
        ix->slots[i] = (uint16_t)i;
}

uint32_t index_free(const struct index *ix)
{
    COH_ASSERT(ix->n < ix->cap);
    return ix->slots[ix->n];
}

static int key_cmp(const struct key *x, const struct key *y)
{
    int c = bytes_cmp(x->a, y->a);
    c = c ? c : bytes_cmp(x->b, y->b);
    c = c ? c : (x->u > y->u) - (x->u < y->u);
    return c ? c : (x->v > y->v) - (x->v < y->v);
}

uint32_t index_find(const struct index *ix, uint32_t order, const struct key *key, bool *found)
{
    uint32_t low = 0, high = ix->n;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct key there = ix->key(ix->pool, slots_of(ix, order)[middle], order);
        int c = key_cmp(&there, key);
        *found |= c == 0;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Into or out of every order. */
static void move(struct index *ix, uint32_t slot, bool in)
{
    COH_ASSERT(slot < ix->cap && ix->n + in <= ix->cap);
    for (uint32_t order = 0; order < ix->orders; order++) {
        struct key key = ix->key(ix->pool, slot, order);
        bool found;
        uint16_t *at = slots_of(ix, order) + index_find(ix, order, &key, &found);
        size_t behind = (size_t)(slots_of(ix, order) + ix->n - at);
        COH_ASSERT(found ? !in && *at == slot : in);
        memmove(at + in, at + !in, (behind - !in) * sizeof *at);
        if (in)
            *at = (uint16_t)slot;
    }
    ix->n = in ? ix->n + 1 : ix->n - 1;
    count(ix->entries, 1, in);
    count(ix->places, ix->orders, in);
}

void index_put(struct index *ix) { move(ix, index_free(ix), true); }

void index_take(struct index *ix, uint32_t slot)
{
    move(ix, slot, false);
    ix->slots[ix->n] = (uint16_t)slot;
}

uint32_t index_slot(const struct index *ix, uint32_t order, uint32_t place)
{
    return place < ix->n ? slots_of(ix, order)[place] : ix->cap;
}

uint32_t index_slot_of(const struct index *ix, uint32_t order, struct key key)
{
    bool found;
    uint32_t slot = index_slot(ix, order, index_find(ix, order, &key, &found));
    struct key got = slot < ix->cap ? ix->key(ix->pool, slot, order) : (struct key){0};
    bool texts = key.a.n && bytes_eq(got.a, key.a) && (!key.b.n || bytes_eq(got.b, key.b));
    return found || texts ? slot : ix->cap;
}

uint32_t index_due(const struct index *ix, uint32_t order, uint64_t now, uint64_t *next)
{
    uint32_t slot = index_slot(ix, order, 0);
    *next = slot < ix->cap ? ix->key(ix->pool, slot, order).u : UINT64_MAX;
    return *next <= now ? slot : ix->cap;
}
