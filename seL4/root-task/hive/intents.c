/* Intents that were accepted, found by id and key, forgotten oldest first; see intents.h. */
#include "hive/intents.h"

#include "hive/state.h"

#define INTENTS COH_POOL_INTENTS_COUNT

static struct key intent_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct intent *i = (const struct intent *)pool + slot;
    return (struct key){.a = token_bytes(&i->id), .b = token_bytes(&i->key)};
}

static void intents_init(struct hive *h)
{
    INDEX_INIT(&h->intents_state.by, h->intent_order, 1, h->intents, intent_key, BUDGET(intents, intent_order));
}

/* INTENTS: it is not remembered. */
static uint32_t slot_of(const struct hive *h, const struct intent_name *name)
{
    return index_slot_of(&h->intents_state.by, 0, (struct key){.a = name->id, .b = name->key});
}

enum coh_status intent_check(const struct hive *h, const struct intent_name *name, bool *again, struct ns_why *why)
{
    uint8_t cmd[HASH_BYTES];
    uint32_t slot = slot_of(h, name);
    *again = slot < INTENTS;
    sha256(name->cmd, cmd);
    if (!*again || memcmp(h->intents[slot].cmd, cmd, sizeof cmd) == 0)
        return COH_OK;
    return ns_refuse(why, COH_INVALID, "intent-conflict", "this id and idempotency_key came with another cmd before");
}

void intent_note(struct hive *h, const struct intent_name *name)
{
    struct intents_state *s = &h->intents_state;
    uint32_t slot = slot_of(h, name);
    if (slot < INTENTS) {
        h->intents[slot].hits++;
        hive_say(h, "dedupe", TRACE_INFO, 0, "hit id=", name->id);
        return;
    }
    if (s->by.n == INTENTS) /* slots are taken in turn: the next one's is the oldest */
        index_take(&s->by, (uint32_t)(s->last_seq % INTENTS));
    struct intent *i = &h->intents[index_free(&s->by)];
    *i = (struct intent){.seq = ++s->last_seq, .at_ms = h->now_ms};
    token_set(&i->id, name->id);
    token_set(&i->key, name->key);
    sha256(name->cmd, i->cmd);
    index_put(&s->by);
}

enum coh_status epoch_check(const struct hive *h, uint64_t epoch, struct ns_why *why)
{
    return epoch >= h->intents_state.epoch ? COH_OK : ns_refuse(why, COH_PERMISSION, "stale-epoch", NULL);
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
    text_say(out, "dedupe entries=", s->by.n, " max=", INTENTS, " seq=", s->last_seq, "\n");
    for (uint32_t back = 0; back < s->by.n; back++) {
        const struct intent *i = &h->intents[(s->last_seq - 1u - back) % INTENTS];
        text_say(out, "intent id=", token_bytes(&i->id), " key=", token_bytes(&i->key), " seq=", i->seq,
                 " ts_ms=", i->at_ms, " hits=", i->hits, "\n");
    }
}

static void show_epoch(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "epoch=", h->intents_state.epoch, " since_ms=", h->intents_state.epoch_ms, "\n");
}

static const struct ns_pattern patterns[] = {
    {.path = "/proc/queen/dedupe", .gate = true, .ops = NS_OPS(.show = show_dedupe)},
    {.path = "/proc/queen/epoch", .gate = true, .ops = NS_OPS(.show = show_epoch)},
};
const struct ns_table intents_nodes = {NS_PATTERNS(patterns), .init = intents_init};
