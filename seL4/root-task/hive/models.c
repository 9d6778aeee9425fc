/* The nodes of /models; see models.h. A model's folder is a late name until the first write to one of its files; the write that
 * completes the signature commits all three, or empties them. */
#include "hive/models.h"

#include "base/assert.h"
#include "hive/state.h"

#define MODELS COH_POOL_MODELS_COUNT
#define SLOT_BITS 2u

_Static_assert(MODELS <= 1u << SLOT_BITS, "slots fit arguments");

/* What a check tells apply, or of a refusal `refused`. */
struct model_plan {
    const uint8_t *sha256;
    uint32_t slot; /* MODELS: there is no such model yet */
    enum model_part part;
    bool condemned, commits;
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

/* Slot of the model that an argument means; MODELS: it is gone. */
static uint32_t slot_of(const struct hive *h, uint64_t arg)
{
    uint32_t slot = arg & ((1u << SLOT_BITS) - 1u);
    return arg && slot < MODELS && h->models[slot].serial == arg >> SLOT_BITS ? slot : MODELS;
}

static void put_sha256(const uint8_t *sha256, struct buf *out) { buf_hex(out, bytes_of(sha256, HASH_BYTES)); }

static bool model_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t sha256[HASH_BYTES];
    uint32_t slot = parse_hex(name, sha256, HASH_BYTES) ? 0 : MODELS;
    while (slot < MODELS && !(h->models[slot].serial && memcmp(h->models[slot].sha256, sha256, HASH_BYTES) == 0))
        slot++;
    *out = h->models[slot % MODELS].serial << SLOT_BITS | slot;
    return slot < MODELS;
}

static void model_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    put_sha256(h->models[arg[0] % MODELS].sha256, out);
}

static void model_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t slot = 0; slot < MODELS; slot++) {
        BUF(name, 2 * HASH_BYTES);
        put_sha256(h->models[slot].sha256, &name);
        if (h->models[slot].serial)
            ns_names_add(names, buf_bytes(&name));
    }
}

static bool model_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    uint8_t sha256[HASH_BYTES];
    return parse_hex(name, sha256, HASH_BYTES);
}

static void show(const struct hive *h, const uint64_t *arg, enum model_part part, struct text *out)
{
    uint32_t slot = slot_of(h, arg[0]);
    if (slot < MODELS)
        text_put(out, part_of(&h->models[slot], part));
}

/* With the rest of its signature: may the model stay? NULL: yes. */
static const char *fault_of(const struct model *m, struct bytes rest)
{
    uint8_t message[2 * HASH_BYTES], signature[ED25519_SIGNATURE_BYTES];
    struct sha256 hash = m->hash;
    sha256_end(&hash, message);
    if (memcmp(message, m->sha256, HASH_BYTES) != 0)
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
    bool late = w->ref->late_n;
    uint32_t slot = late ? MODELS : slot_of(h, w->arg[0]);
    const struct model *m = slot < MODELS ? &h->models[slot] : NULL;
    *plan = (struct model_plan){.sha256 = late ? w->ref->late : m ? m->sha256 : NULL, .slot = slot, .part = part};
    if (!plan->sha256)
        return COH_CLOSED;
    if (m && m->committed)
        return ns_refuse(why, COH_PERMISSION, "complete", "the model is complete");
    size_t room = parts[part].cap - (m ? m->have[part] : 0);
    if (w->line.n > room)
        return COH_TOO_BIG;
    plan->commits = part == MODEL_SIGNATURE && w->line.n == room;
    const char *fault = !plan->commits ? NULL : m ? fault_of(m, w->line) : "hash-mismatch";
    plan->condemned = fault != NULL;
    return fault ? ns_refuse(why, COH_INVALID, fault, "the name is the SHA-256 of the weights, and the key's owner signed them") : COH_OK;
}

static enum coh_status room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct model_plan *plan = w->plan;
    if (plan->slot < MODELS || vacancy(h) < MODELS)
        return COH_OK;
    return ns_refuse(why, COH_BUSY, "models", "there are as many models as may be");
}

static void empty(struct model *m)
{
    memset(m->have, 0, sizeof m->have);
    sha256_begin(&m->hash);
}

static void refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    const struct model_plan *plan = w->plan;
    BUF(name, 2 * HASH_BYTES);
    if (status == COH_OFFLINE || !plan->condemned) /* while the hive is OFFLINE nothing was checked */
        return;
    put_sha256(plan->sha256, &name);
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined model=", buf_bytes(&name), " reason=", why->detail);
    if (plan->slot < MODELS)
        empty(&h->models[plan->slot]);
}

static uint32_t create(struct hive *h, const uint8_t *sha256)
{
    uint32_t slot = vacancy(h);
    COH_ASSERT(slot < MODELS);
    if (!h->models[slot].serial)
        budget_take(h, POOL_models);
    h->models[slot].serial = ++h->last_model;
    memcpy(h->models[slot].sha256, sha256, HASH_BYTES);
    empty(&h->models[slot]);
    return slot;
}

static void apply(struct hive *h, const struct ns_write *w)
{
    const struct model_plan *plan = w->plan;
    struct model *m = &h->models[plan->slot < MODELS ? plan->slot : create(h, plan->sha256)];
    BUF(name, 2 * HASH_BYTES);
    if (w->line.n)
        memcpy((uint8_t *)m + parts[plan->part].at + m->have[plan->part], w->line.p, w->line.n);
    m->have[plan->part] += (uint32_t)w->line.n;
    if (plan->part == MODEL_WEIGHTS)
        sha256_more(&m->hash, w->line);
    m->committed = plan->commits;
    put_sha256(m->sha256, &name);
    if (plan->commits)
        hive_say(h, "cas", TRACE_INFO, 0, "ready model=", buf_bytes(&name), " weights_bytes=", m->have[MODEL_WEIGHTS]);
}

/* One file. */
#define SHOW(name, part)                                                                                               \
    static void show_##name(const struct hive *h, const uint64_t *arg, struct text *out) { show(h, arg, part, out); }
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
     .ops = NS_OPS(.find = model_find, .list = model_list, .name = model_name, .late = model_late)},
    FILE_OF(weights, MODEL_WEIGHTS),
    FILE_OF(schema, MODEL_SCHEMA),
    FILE_OF(signature, MODEL_SIGNATURE),
};
const struct ns_table models_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
