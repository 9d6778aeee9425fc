/* The nodes of /models; see models.h. A model's folder is a late name until the first write to one of its files; the write that
 * completes the signature commits all three, or empties them. */
#include "hive/models.h"

#include "hive/state.h"

#define MODELS COH_POOL_MODELS_COUNT

/* What a check tells apply, or of a refusal `refused`. */
struct model_plan {
    const uint8_t *sha256;
    uint32_t slot; /* MODELS: there is no room for it */
    enum model_part part;
    bool fresh, condemned; /* fresh: there is no such model yet */
};

static const struct part {
    size_t at, cap;
} parts[] = {{offsetof(struct model, weights), MODEL_WEIGHTS_BYTES},
             {offsetof(struct model, schema), MODEL_SCHEMA_BYTES},
             {offsetof(struct model, signature), ED25519_SIGNATURE_BYTES}};

static struct bytes part_of(const struct model *m, enum model_part part)
{
    return bytes_of((const uint8_t *)m + parts[part].at, m->have[part]);
}

/* The first slot that is free, or whose model has nothing; MODELS: there is none. */
static uint32_t vacancy(const struct hive *h)
{
    static const uint32_t nothing[MODEL_PARTS] = {0};
    uint32_t slot = 0;
    while (slot < MODELS && memcmp(h->models[slot].have, nothing, sizeof nothing) != 0)
        slot++;
    return slot;
}

static struct key model_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct model *m = (const struct model *)pool + slot;
    return (struct key){.a = bytes_of(m->sha256, HASH_BYTES), .v = m->serial};
}

static void models_init(struct hive *h)
{
    INDEX_INIT(&h->models_state.by, h->models_state.order, 1, h->models, model_key, BUDGET_ENTRIES(models));
}

static bool committed(const struct model *m) { return m->have[MODEL_SIGNATURE] == ED25519_SIGNATURE_BYTES; }

static bool model_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    uint8_t sha256[HASH_BYTES];
    return parse_hex(name, sha256, HASH_BYTES);
}

/* With the rest of its signature: may the model have this name? NULL: yes. */
static const char *fault_of(const struct model *m, const uint8_t *named, struct bytes rest)
{
    uint8_t message[2 * HASH_BYTES], signature[ED25519_SIGNATURE_BYTES];
    sha256(part_of(m, MODEL_WEIGHTS), message);
    if (memcmp(message, named, HASH_BYTES) != 0)
        return "hash-mismatch";
    sha256(part_of(m, MODEL_SCHEMA), message + HASH_BYTES);
    memcpy(signature, m->signature, m->have[MODEL_SIGNATURE]);
    memcpy(signature + m->have[MODEL_SIGNATURE], rest.p, rest.n);
    return COH_CAS_SIGNING_REQUIRED ? cas_signature_fault(bytes_of(message, sizeof message), signature) : NULL;
}

static enum coh_status check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    enum model_part part = (enum model_part)((const struct part *)ns_node(&h->tree, w->ref)->ops->of - parts);
    struct model_plan *plan = w->plan;
    bool fresh = w->ref->late_n;
    uint32_t slot = fresh ? vacancy(h) : ns_slot(w->arg);
    const struct model *m = &h->models[slot];
    *plan = (struct model_plan){.sha256 = fresh ? w->ref->late : m->sha256, .slot = slot, .part = part, .fresh = fresh};
    if (slot == MODELS)
        return COH_OK; /* room refuses it */
    if (committed(m))
        return ns_refuse(why, COH_PERMISSION, "complete", "the model is complete");
    size_t room = parts[part].cap - m->have[part];
    if (w->line.n > room)
        return COH_TOO_BIG;
    bool commits = part == MODEL_SIGNATURE && w->line.n == room;
    const char *fault = commits ? fault_of(m, plan->sha256, w->line) : NULL;
    plan->condemned = fault != NULL;
    return fault ? ns_refuse(why, COH_INVALID, fault, "the name is the SHA-256 of the weights, and the key's owner signed them") : COH_OK;
}

static enum coh_status room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct model_plan *plan = w->plan;
    return plan->slot < MODELS ? COH_OK : ns_refuse(why, COH_BUSY, "models", "there are as many models as may be");
}

static void refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    const struct model_plan *plan = w->plan;
    BUF(name, 2u * HASH_BYTES);
    if (!plan->condemned)
        return;
    buf_hex(&name, bytes_of(plan->sha256, HASH_BYTES));
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined model=", buf_bytes(&name), " reason=", why->detail);
    if (!plan->fresh)
        memset(h->models[plan->slot].have, 0, sizeof h->models[plan->slot].have);
}

/* In a free slot, or in that of one which has nothing. */
static void create(struct hive *h, const struct model_plan *plan)
{
    struct models_state *s = &h->models_state;
    struct model *m = &h->models[plan->slot];
    if (m->serial)
        index_take(&s->by, plan->slot);
    m->serial = ++s->last_serial;
    memcpy(m->sha256, plan->sha256, HASH_BYTES);
    index_put(&s->by);
}

static void apply(struct hive *h, const struct ns_write *w)
{
    const struct model_plan *plan = w->plan;
    struct model *m = &h->models[plan->slot];
    BUF(name, 2u * HASH_BYTES);
    if (plan->fresh)
        create(h, plan);
    if (w->line.n)
        memcpy((uint8_t *)m + parts[plan->part].at + m->have[plan->part], w->line.p, w->line.n);
    m->have[plan->part] += (uint32_t)w->line.n;
    buf_hex(&name, bytes_of(m->sha256, HASH_BYTES));
    if (plan->part == MODEL_SIGNATURE && committed(m))
        hive_say(h, "cas", TRACE_INFO, 0, "ready model=", buf_bytes(&name), " weights_bytes=", m->have[MODEL_WEIGHTS]);
}

/* One file. */
#define SHOW(name, part)                                                                                               \
    static void show_##name(const struct hive *h, const uint64_t *arg, struct text *out)                               \
    {                                                                                                                  \
        text_put(out, part_of(&h->models[ns_slot(arg)], part));                                                        \
    }
SHOW(weights, MODEL_WEIGHTS)
SHOW(schema, MODEL_SCHEMA)
SHOW(signature, MODEL_SIGNATURE)

#define MODEL "/models/{sha256}"
#define FILE_OF(name, part)                                                                                            \
    {.path = MODEL "/" #name, .mode = NS_APPEND, .bytes = true, .at_end = true, .late = true,                          \
     .gate = COH_ECOSYSTEM_MODELS_ENABLE, .ops = NS_OPS(.show = show_##name, .check = check, .room = room,             \
                                                        .refused = refused, .apply = apply, .of = &parts[part])}
static const struct ns_pattern patterns[] = {
    {.path = MODEL, .dir = true, .gate = COH_ECOSYSTEM_MODELS_ENABLE,
     .ops = NS_OPS(NS_INDEX(models_state.by, 0), .digest = true, .late = model_late)},
    FILE_OF(weights, MODEL_WEIGHTS),
    FILE_OF(schema, MODEL_SCHEMA),
    FILE_OF(signature, MODEL_SIGNATURE),
};
const struct ns_table models_nodes = {NS_PATTERNS(patterns), .init = models_init};
