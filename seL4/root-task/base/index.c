/* Entries in several orders; see index.h. */
#include "base/index.h"

#include "base/assert.h"
#include "base/order.h"

void token_set(struct token *t, struct bytes s)
{
    COH_ASSERT(s.n <= TOKEN_BYTES);
    t->n = (uint8_t)s.n;
    if (s.n)
        memcpy(t->text, s.p, s.n);
}

static uint16_t *slots_of(const struct index *ix, uint32_t order) { return ix->slots + (size_t)order * ix->cap; }

void index_init(struct index *ix, uint16_t *slots, uint32_t cap, uint32_t orders, const void *pool, index_key *key)
{
    *ix = (struct index){slots, cap, orders, 0, pool, key};
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
    if (c == 0)
        c = bytes_cmp(x->b, y->b);
    if (c == 0)
        c = (x->u > y->u) - (x->u < y->u);
    return c ? c : (x->v > y->v) - (x->v < y->v);
}

struct look {
    const struct index *ix;
    uint32_t order;
    const struct key *key;
};

static int compare(const void *ctx, uint16_t slot)
{
    const struct look *look = ctx;
    struct key key = look->ix->key(look->ix->pool, slot, look->order);
    return key_cmp(&key, look->key);
}

uint32_t index_find(const struct index *ix, uint32_t order, const struct key *key, bool *found)
{
    struct look look = {ix, order, key};
    return order_find(slots_of(ix, order), ix->n, compare, &look, found);
}

/* Into or out of every order; each has the same slots, so the count is stepped once. */
static void move(struct index *ix, uint32_t slot, bool in)
{
    uint32_t n = ix->n;
    for (uint32_t order = 0; order < ix->orders; order++) {
        struct key key = ix->key(ix->pool, slot, order);
        bool found;
        uint32_t at = index_find(ix, order, &key, &found);
        COH_ASSERT(found != in);
        n = ix->n;
        if (in)
            order_insert(slots_of(ix, order), &n, at, slot);
        else
            order_remove(slots_of(ix, order), &n, at);
    }
    ix->n = n;
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
    return bytes_eq(got.a, key.a) && (!key.b.n || bytes_eq(got.b, key.b)) ? slot : ix->cap;
}

uint32_t index_due(const struct index *ix, uint32_t order, uint64_t now, uint64_t *next)
{
    uint32_t slot = index_slot(ix, order, 0);
    *next = slot < ix->cap ? ix->key(ix->pool, slot, order).u : UINT64_MAX;
    return *next <= now ? slot : ix->cap;
}
