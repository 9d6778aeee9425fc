/* Intents that were accepted, found by id and key, forgotten oldest first; see intents.h. */
#include "hive/intents.h"

#include "base/order.h"
#include "hive/state.h"

_Static_assert(sizeof(struct intent) == COH_POOL_INTENTS_ELEM, "tools/coh-rtc PoolTable: intents");
_Static_assert(COH_POOL_INTENT_ORDER_COUNT == COH_POOL_INTENTS_COUNT, "one place an intent");

struct wanted {
    const struct hive *h;
    const struct intent_name *name;
};

static int compare(const void *ctx, uint16_t slot)
{
    const struct wanted *w = ctx;
    const struct intent *i = &w->h->intents[slot];
    int c = bytes_cmp(bytes_of(i->id, i->id_n), w->name->id);
    return c ? c : bytes_cmp(bytes_of(i->key, i->key_n), w->name->key);
}

static uint32_t place_of(const struct hive *h, const struct intent_name *name, bool *found)
{
    struct wanted w = {h, name};
    return order_find(h->intent_order, h->intents_state.count, compare, &w, found);
}

enum coh_status intent_check(const struct hive *h, const struct intent_name *name, bool *again, struct ns_why *why)
{
    uint8_t cmd[HASH_BYTES];
    uint32_t at = place_of(h, name, again);
    sha256(name->cmd, cmd);
    if (!*again || memcmp(h->intents[h->intent_order[at]].cmd, cmd, sizeof cmd) == 0)
        return COH_OK;
    why->detail = "intent-conflict";
    why->error = "this id and idempotency_key came with another cmd before";
    return COH_INVALID;
}

/* The slot that the next intent takes; what it held is forgotten. */
static uint16_t next_slot(struct hive *h)
{
    struct intents_state *s = &h->intents_state;
    uint16_t slot = (uint16_t)(s->last_seq % COH_POOL_INTENTS_COUNT);
    const struct intent *old = &h->intents[slot];
    struct intent_name name = {bytes_of(old->id, old->id_n), bytes_of(old->key, old->key_n), bytes_of(NULL, 0)};
    bool found;
    if (old->seq)
        order_remove(h->intent_order, &s->count, place_of(h, &name, &found));
    return slot;
}

void intent_note(struct hive *h, const struct intent_name *name)
{
    bool found;
    uint32_t at = place_of(h, name, &found);
    if (found) {
        h->intents[h->intent_order[at]].hits++;
        hive_say(h, "dedupe", TRACE_INFO, 0, "hit id=", name->id);
        return;
    }
    uint16_t slot = next_slot(h);
    struct intent *i = &h->intents[slot];
    *i = (struct intent){.seq = ++h->intents_state.last_seq, .at_ms = h->now_ms};
    i->id_n = (uint8_t)name->id.n;
    i->key_n = (uint8_t)name->key.n;
    memcpy(i->id, name->id.p, name->id.n);
    memcpy(i->key, name->key.p, name->key.n);
    sha256(name->cmd, i->cmd);
    order_insert(h->intent_order, &h->intents_state.count, place_of(h, name, &found), slot);
    budget_level(h, POOL_intents, h->intents_state.count);
    budget_level(h, POOL_intent_order, h->intents_state.count);
}

enum coh_status epoch_check(const struct hive *h, uint64_t epoch, struct ns_why *why)
{
    if (epoch >= h->intents_state.epoch)
        return COH_OK;
    why->detail = "stale-epoch";
    return COH_PERMISSION;
}

void epoch_note(struct hive *h, uint64_t epoch)
{
    struct intents_state *s = &h->intents_state;
    if (epoch <= s->epoch)
        return;
    hive_say(h, "epoch", TRACE_INFO, 0, "promoted old=", s->epoch, " new=", epoch);
    s->epoch = epoch;
    s->epoch_ms = h->now_ms;
}

/* Newest first, as whoever looks for a repeated intent wants it. */
static void show_dedupe(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct intents_state *s = &h->intents_state;
    text_say(out, "dedupe entries=", s->count, " max=", (uint64_t)COH_POOL_INTENTS_COUNT, " seq=", s->last_seq, "\n");
    for (uint32_t back = 0; back < s->count; back++) {
        const struct intent *i = &h->intents[(s->last_seq - 1u - back) % COH_POOL_INTENTS_COUNT];
        text_say(out, "intent id=", bytes_of(i->id, i->id_n), " key=", bytes_of(i->key, i->key_n), " seq=", i->seq,
                 " ts_ms=", i->at_ms, " hits=", i->hits, "\n");
    }
}

static void show_epoch(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "epoch=", h->intents_state.epoch, " since_ms=", h->intents_state.epoch_ms, "\n");
}

static const struct ns_ops dedupe_ops = {.show = show_dedupe};
static const struct ns_ops epoch_ops = {.show = show_epoch};
static const struct ns_pattern patterns[] = {
    {.path = "/proc/queen/dedupe", .gate = true, .ops = &dedupe_ops},
    {.path = "/proc/queen/epoch", .gate = true, .ops = &epoch_ops},
};
const struct ns_table intents_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
