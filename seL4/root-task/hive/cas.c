/* The store of updates and the nodes of /updates; see cas.h. An epoch's folder is a late name until its manifest's first write;
 * its chunks are names only once its manifest is whole. */
#include "hive/cas.h"

#include "base/assert.h"
#include "base/cbor.h"
#include "base/ed25519.h"
#include "hive/state.h"

#define CHUNKS CAS_CHUNKS_MAX
#define NONE CAS_EPOCHS
#define BIT(slot) ((uint8_t)(1u << (slot)))
/* In the arguments of names: an epoch's serial or a chunk's generation, above the slot. */
#define SLOT_BITS 2u
#define CHUNK_BITS 16u

_Static_assert(CAS_EPOCHS == 1u << SLOT_BITS && CHUNKS < 1u << CHUNK_BITS, "slots fit arguments, and the pool cas_order");
_Static_assert(COH_POOL_CAS_ORDER_COUNT == CHUNKS && COH_POOL_CAS_MANIFESTS_COUNT == CAS_EPOCHS + 1, "tools/coh-rtc PoolTable: cas_order");

static struct key chunk_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct cas_chunk *c = (const struct cas_chunk *)pool + slot;
    return (struct key){.a = bytes_of(c->digest, HASH_BYTES)};
}

void cas_init(struct hive *h)
{
    h->cas.staging = h->cas_manifests[CAS_EPOCHS];
    index_init(&h->cas.by, h->cas_order, CHUNKS, 1, h->cas_chunks, chunk_key);
}

/* ---- chunks ---- */

/* Slot of the chunk; CHUNKS: no epoch names it. */
static uint32_t chunk_at(const struct hive *h, const uint8_t *digest)
{
    return index_slot_of(&h->cas.by, 0, (struct key){.a = bytes_of(digest, HASH_BYTES)});
}

static uint32_t chunk_new(struct hive *h, const uint8_t *digest)
{
    uint32_t slot = index_free(&h->cas.by);
    memcpy(h->cas_chunks[slot].digest, digest, HASH_BYTES);
    h->cas_chunks[slot].have = 0;
    h->cas_chunks[slot].generation++;
    index_put(&h->cas.by);
    budget_index(h, POOL_cas_chunks, POOL_cas_order, &h->cas.by);
    return slot;
}

static void chunk_free(struct hive *h, uint32_t slot)
{
    index_take(&h->cas.by, slot);
    budget_index(h, POOL_cas_chunks, POOL_cas_order, &h->cas.by);
}

/* ---- epochs ---- */

const struct cas_chunk *cas_listed(const struct hive *h, const struct cas_epoch *e, uint32_t i)
{
    return &h->cas_chunks[chunk_at(h, cas_manifest_chunk(&e->manifest, i))];
}

/* Slot of the epoch of that name, or NONE. */
static uint32_t epoch_at(const struct hive *h, struct bytes name)
{
    uint32_t slot = 0;
    while (slot < CAS_EPOCHS && (!h->cas.epochs[slot].serial || !bytes_eq(cas_name(&h->cas.epochs[slot]), name)))
        slot++;
    return slot;
}

const struct cas_epoch *cas_epoch_of(const struct hive *h, uint64_t arg)
{
    const struct cas_epoch *e = &h->cas.epochs[arg & (CAS_EPOCHS - 1u)];
    return arg && e->serial == arg >> SLOT_BITS ? e : NULL;
}

/* Its slot; NONE for NULL. */
static uint32_t slot_of(const struct hive *h, const struct cas_epoch *e) { return e ? (uint32_t)(e - h->cas.epochs) : NONE; }

/* The newest ready one, NULL when there is none. */
static const struct cas_epoch *newest(const struct hive *h)
{
    const struct cas_epoch *found = NULL;
    for (const struct cas_epoch *e = h->cas.epochs; e < h->cas.epochs + CAS_EPOCHS; e++) {
        if (e->serial && e->state == CAS_READY && (!found || cas_epoch_cmp(cas_name(e), cas_name(found)) > 0))
            found = e;
    }
    return found;
}

/* A free slot, there is one, becomes an epoch that receives. */
static uint32_t create(struct hive *h, struct bytes name)
{
    uint32_t slot = 0;
    while (slot < CAS_EPOCHS && h->cas.epochs[slot].serial)
        slot++;
    COH_ASSERT(slot < CAS_EPOCHS && name.n <= CAS_EPOCH_BYTES);
    struct cas_epoch *e = &h->cas.epochs[slot];
    *e = (struct cas_epoch){.serial = ++h->cas.last_serial, .name_n = (uint8_t)name.n};
    memcpy(e->name, name.p, name.n);
    budget_take(h, POOL_cas_manifests);
    return slot;
}

/* Gives up an epoch's manifest and chunks, staged or whole. */
static void release(struct hive *h, uint32_t slot)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    for (uint32_t i = 0; i < e->manifest.chunks; i++) {
        uint32_t at = chunk_at(h, cas_manifest_chunk(&e->manifest, i));
        if (at == CHUNKS) /* the list repeats it */
            continue;
        h->cas_chunks[at].epochs &= (uint8_t)~BIT(slot);
        if (!h->cas_chunks[at].epochs)
            chunk_free(h, at);
    }
    e->manifest = (struct cas_manifest){0};
    e->manifest_bytes = e->missing = e->hashed = 0;
    if (h->cas.stager == slot + 1)
        h->cas.stager = 0;
}

static void evict(struct hive *h, uint8_t slots)
{
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        if (!(slots & BIT(slot)))
            continue;
        hive_say(h, "cas", TRACE_WARN, 0, "evicted epoch=", cas_name(&h->cas.epochs[slot]));
        release(h, slot);
        h->cas.epochs[slot] = (struct cas_epoch){0};
        budget_give(h, POOL_cas_manifests);
    }
}

static void log_quarantine(struct hive *h, struct bytes epoch, const char *what, const char *reason)
{
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined epoch=", epoch, " what=", what, " reason=", reason);
}

/* A new manifest starts the epoch again. */
static void quarantine(struct hive *h, uint32_t slot)
{
    release(h, slot);
    h->cas.epochs[slot].state = CAS_QUARANTINED;
    h->cas.epochs[slot].quarantined++;
}

/* ---- payloads ---- */

/* The payload's bytes in place i of the list: the last one is padded. */
static size_t part_of(const struct cas_epoch *e, uint32_t i)
{
    uint64_t left = e->manifest.payload_bytes - (uint64_t)i * CAS_CHUNK_BYTES;
    return left < CAS_CHUNK_BYTES ? (size_t)left : CAS_CHUNK_BYTES;
}

/* Has the payload its hash, once the chunk `last` (or NULL) is completed by rest? No other one is missing. */
static bool payload_ok(const struct hive *h, const struct cas_epoch *e, const struct cas_chunk *last, struct bytes rest)
{
    struct sha256 hash = e->hash;
    uint8_t digest[HASH_BYTES];
    for (uint32_t i = e->hashed; i < e->manifest.chunks; i++) {
        const struct cas_chunk *c = cas_listed(h, e, i);
        size_t n = part_of(e, i), stored = c == last && c->have < n ? c->have : n;
        sha256_more(&hash, bytes_of(c->bytes, stored));
        sha256_more(&hash, bytes_sub(rest, 0, n - stored));
    }
    sha256_end(&hash, digest);
    return memcmp(digest, e->manifest.payload_sha256, HASH_BYTES) == 0;
}

/* Hashes what is there in order; the last chunk makes the epoch ready. */
static void settle(struct hive *h, uint32_t slot)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    for (; e->hashed < e->manifest.chunks && cas_whole(cas_listed(h, e, e->hashed)); e->hashed++)
        sha256_more(&e->hash, bytes_of(cas_listed(h, e, e->hashed)->bytes, part_of(e, e->hashed)));
    if (e->missing)
        return;
    if (payload_ok(h, e, NULL, bytes_of(NULL, 0))) {
        e->state = CAS_READY;
        hive_say(h, "cas", TRACE_INFO, 0, "ready epoch=", cas_name(e), " chunks=", e->manifest.chunks, " payload_bytes=",
                 e->manifest.payload_bytes);
    } else {
        log_quarantine(h, cas_name(e), "payload", "payload-mismatch");
        quarantine(h, slot);
    }
}

/* The staged manifest, n bytes, becomes the epoch's. There is room for what it names. */
static void adopt(struct hive *h, uint32_t slot, uint32_t n)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    memcpy(h->cas_manifests[slot], h->cas.staging, n);
    enum cas_parse parsed = cas_manifest_parse(bytes_of(h->cas_manifests[slot], n), &e->manifest);
    COH_ASSERT(parsed == CAS_WHOLE);
    e->manifest_bytes = n;
    for (uint32_t i = 0; i < e->manifest.chunks; i++) {
        const uint8_t *digest = cas_manifest_chunk(&e->manifest, i);
        uint32_t at = chunk_at(h, digest);
        struct cas_chunk *c = &h->cas_chunks[at < CHUNKS ? at : chunk_new(h, digest)];
        e->missing += !(c->epochs & BIT(slot)) && !cas_whole(c);
        c->epochs |= BIT(slot);
    }
    sha256_begin(&e->hash);
    if (e->manifest.base_epoch.n)
        e->hash = h->cas.epochs[epoch_at(h, e->manifest.base_epoch)].hash;
    hive_say(h, "cas", TRACE_INFO, 0, "manifest epoch=", cas_name(e), " chunks=", e->manifest.chunks, " missing=", e->missing);
    settle(h, slot);
}

/* ---- room ---- */

/* Is it the base of an epoch that stays, or of the manifest m? */
static bool is_base(const struct hive *h, uint32_t slot, const struct cas_manifest *m, uint8_t going)
{
    struct bytes name = cas_name(&h->cas.epochs[slot]);
    bool is = bytes_eq(m->base_epoch, name);
    for (uint32_t i = 0; i < CAS_EPOCHS; i++)
        is |= !(going & BIT(i)) && bytes_eq(h->cas.epochs[i].manifest.base_epoch, name);
    return is;
}

/* The next epoch to go: a quarantined one, else the lowest below the newest ready one that is no base; NONE: none may. */
static uint32_t victim(const struct hive *h, uint32_t keep, const struct cas_manifest *m, uint8_t going)
{
    const struct cas_epoch *ready = newest(h);
    struct bytes limit = ready ? cas_name(ready) : bytes_str("0");
    uint32_t found = NONE;
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        const struct cas_epoch *e = &h->cas.epochs[slot];
        struct bytes rank = e->state == CAS_QUARANTINED ? bytes_of(NULL, 0) : cas_name(e); /* below every number */
        if (!e->serial || slot == keep || (going & BIT(slot)) || cas_epoch_cmp(rank, limit) >= 0 || is_base(h, slot, m, going))
            continue;
        found = slot;
        limit = rank;
    }
    return found;
}

/* Do the chunks fit that no epoch holds but those that go? One that is named again right behind itself counts once. */
static bool fits(const struct hive *h, const struct cas_manifest *m, uint8_t going)
{
    uint32_t need = 0, room = CHUNKS - h->cas.by.n;
    for (uint32_t i = 0; i < h->cas.by.n; i++)
        room += !(h->cas_chunks[index_slot(&h->cas.by, 0, i)].epochs & ~going);
    for (uint32_t i = 0; i < m->chunks; i++) {
        const uint8_t *digest = cas_manifest_chunk(m, i);
        uint32_t at = chunk_at(h, digest);
        bool again = i && memcmp(digest, cas_manifest_chunk(m, i - 1), HASH_BYTES) == 0;
        need += !again && (at == CHUNKS || !(h->cas_chunks[at].epochs & ~going));
    }
    return need <= room;
}

/* ---- writes ---- */

/* What a check tells apply, or of a refusal `refused`: it stays in the hive's scratch until then. */
struct cas_plan {
    const char *what; /* of a refusal: manifest, chunk or payload is quarantined; NULL: nothing is */
    struct bytes epoch;
    uint32_t slot; /* NONE: there is no such epoch yet */
    uint32_t chunk;
    uint32_t n;    /* of the manifest, this write included */
    bool whole;    /* which it completes */
    uint8_t going; /* slots of epochs that must go */
    struct cas_manifest manifest;
};
_Static_assert(sizeof(struct cas_plan) <= NS_PLAN_BYTES, "a plan");

/* A refusal that quarantines. */
static enum coh_status condemn(struct cas_plan *plan, const char *what, struct ns_why *why, enum coh_status s,
                               const char *detail, const char *error)
{
    plan->what = what;
    return ns_refuse(why, s, detail, error);
}

static void refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    const struct cas_plan *plan = w->plan;
    if (status == COH_OFFLINE || !plan->what) /* while the hive is OFFLINE nothing was checked */
        return;
    log_quarantine(h, plan->epoch, plan->what, why->detail);
    if (plan->chunk < CHUNKS && plan->what[0] == 'c') {
        h->cas_chunks[plan->chunk].have = 0;
        h->cas.epochs[plan->slot].quarantined++;
    } else if (plan->slot < NONE) {
        quarantine(h, plan->slot);
    }
}

const char *cas_signature_fault(struct bytes message, const uint8_t *signature)
{
    if (!signature || !COH_CAS_SIGNING_HAS_KEY)
        return COH_CAS_SIGNING_REQUIRED ? "unsigned" : NULL;
    return ed25519_verify(message, signature, coh_cas_public_key) ? NULL : "bad-signature";
}

/* What is signed has null in the signature's place: for the time of the call it stands in the staged bytes. */
static const char *signature_fault(const struct hive *h, const struct cas_manifest *m)
{
    uint8_t *last = h->cas.staging + m->signature_at, head = *last;
    *last = 0xf6;
    const char *fault = cas_signature_fault(bytes_of(h->cas.staging, m->signature_at + 1), m->signature);
    *last = head;
    return fault;
}

static const char *base_fault(const struct hive *h, const struct cas_manifest *m)
{
    uint32_t slot = epoch_at(h, m->base_epoch);
    const struct cas_epoch *base = &h->cas.epochs[slot];
    if (!m->base_epoch.n)
        return NULL;
    if (!COH_CAS_DELTA_ENABLE)
        return "delta-disabled";
    if (slot == NONE || base->state != CAS_READY)
        return "base-not-ready";
    if (base->manifest.base_epoch.n)
        return "base-is-delta";
    return memcmp(base->manifest.payload_sha256, m->base_sha256, HASH_BYTES) == 0 ? NULL : "base-mismatch";
}

/* Older than the newest ready epoch, without a signed word that it follows that one? */
static bool downgrades(const struct hive *h, const struct cas_manifest *m)
{
    const struct cas_epoch *ready = newest(h);
    bool follows = ready && m->signature && COH_CAS_SIGNING_HAS_KEY && bytes_eq(m->base_epoch, cas_name(ready));
    return ready && cas_epoch_cmp(m->epoch, cas_name(ready)) < 0 && !follows;
}

/* A manifest that is whole. */
static enum coh_status judge(const struct hive *h, struct cas_plan *plan, struct ns_why *why)
{
    const struct cas_manifest *m = &plan->manifest;
    const char *what = "manifest", *fault;
    if (!bytes_eq(m->epoch, plan->epoch))
        return condemn(plan, what, why, COH_INVALID, "epoch-mismatch", "the manifest's epoch is that of its folder");
    if (m->chunk_bytes != CAS_CHUNK_BYTES)
        return condemn(plan, what, why, COH_INVALID, "chunk-bytes", "chunks are cas.store.chunk_bytes long");
    if ((fault = signature_fault(h, m)))
        return condemn(plan, what, why, COH_INVALID, fault, "a manifest is signed by the key of this hive");
    if ((fault = base_fault(h, m)))
        return condemn(plan, what, why, COH_INVALID, fault, "a base is a ready epoch without one, named with its payload_sha256");
    return downgrades(h, m) ? condemn(plan, what, why, COH_PERMISSION, "downgrade", "a newer epoch is ready") : COH_OK;
}

static enum coh_status manifest_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    bool late = w->ref->late_n;
    const struct cas_epoch *e = late ? NULL : cas_epoch_of(h, w->arg[0]);
    *plan = (struct cas_plan){.slot = slot_of(h, e), .chunk = CHUNKS};
    if (!late && !e)
        return COH_CLOSED;
    plan->epoch = late ? bytes_of(w->ref->late, w->ref->late_n) : cas_name(e);
    if (e && e->manifest.chunks)
        return ns_refuse(why, COH_PERMISSION, "complete", "the manifest is complete");
    if (h->cas.stager && h->cas.stager != plan->slot + 1)
        return ns_refuse(why, COH_BUSY, "staging", "the manifest of another epoch is being uploaded");
    uint32_t staged = e ? e->manifest_bytes : 0;
    enum cas_parse parsed = CAS_WRONG;
    if (w->line.n <= CAS_MANIFEST_BYTES - staged) {
        plan->n = staged + (uint32_t)w->line.n;
        if (w->line.n)
            memcpy(h->cas.staging + staged, w->line.p, w->line.n);
        parsed = cas_manifest_parse(bytes_of(h->cas.staging, plan->n), &plan->manifest);
    }
    if (parsed == CAS_WRONG)
        return condemn(plan, "manifest", why, COH_INVALID, "invalid-manifest", "it is no canonical " CAS_SCHEMA);
    plan->whole = parsed == CAS_WHOLE;
    return plan->whole ? judge(h, plan, why) : COH_OK;
}

static enum coh_status manifest_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    static const struct cas_manifest nothing = {.chunks = 0};
    struct cas_plan *plan = w->plan;
    const struct cas_manifest *m = plan->whole ? &plan->manifest : &nothing;
    for (;;) {
        bool place = plan->slot < NONE || plan->going || h->budget.used[POOL_cas_manifests] < CAS_EPOCHS;
        if (place && fits(h, m, plan->going))
            return COH_OK;
        uint32_t next = victim(h, plan->slot, m, plan->going);
        if (next == NONE && place)
            return condemn(plan, "manifest", why, COH_QUOTA, "store-full", "the chunks do not fit cas.store.max_bytes");
        if (next == NONE)
            return ns_refuse(why, COH_BUSY, "epochs", "no epoch can make room for another");
        plan->going |= BIT(next);
    }
}

static void manifest_apply(struct hive *h, const struct ns_write *w)
{
    const struct cas_plan *plan = w->plan;
    evict(h, plan->going);
    uint32_t slot = plan->slot < NONE ? plan->slot : create(h, plan->epoch);
    h->cas.epochs[slot].state = CAS_RECEIVING;
    h->cas.epochs[slot].manifest_bytes = plan->n;
    h->cas.stager = (uint8_t)(plan->whole ? 0 : slot + 1);
    if (plan->whole)
        adopt(h, slot, plan->n);
}

/* The chunk that arguments mean; CHUNKS: it is gone. */
static uint32_t chunk_of(const struct hive *h, const uint64_t *arg)
{
    const struct cas_epoch *e = cas_epoch_of(h, arg[0]);
    uint32_t at = arg[1] & ((1u << CHUNK_BITS) - 1u);
    bool there = e && at < CHUNKS && (h->cas_chunks[at].epochs & BIT(slot_of(h, e)));
    return there && h->cas_chunks[at].generation == arg[1] >> CHUNK_BITS ? at : CHUNKS;
}

static enum coh_status chunk_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    const struct cas_epoch *e = cas_epoch_of(h, w->arg[0]);
    *plan = (struct cas_plan){.slot = slot_of(h, e), .chunk = chunk_of(h, w->arg)};
    if (plan->chunk == CHUNKS)
        return COH_CLOSED;
    const struct cas_chunk *c = &h->cas_chunks[plan->chunk];
    plan->epoch = cas_name(e);
    if (cas_whole(c))
        return ns_refuse(why, COH_PERMISSION, "complete", "the chunk is complete");
    if (w->line.n > CAS_CHUNK_BYTES - c->have)
        return COH_TOO_BIG;
    if (w->line.n < CAS_CHUNK_BYTES - c->have)
        return COH_OK;
    struct sha256 hash;
    uint8_t digest[HASH_BYTES];
    sha256_begin(&hash);
    sha256_more(&hash, bytes_of(c->bytes, c->have));
    sha256_more(&hash, w->line);
    sha256_end(&hash, digest);
    if (memcmp(digest, c->digest, HASH_BYTES) != 0)
        return condemn(plan, "chunk", why, COH_INVALID, "hash-mismatch", "the chunk's SHA-256 is not its name");
    if (e->missing == 1 && !payload_ok(h, e, c, w->line))
        return condemn(plan, "payload", why, COH_INVALID, "payload-mismatch", "the chunks are not the payload of the manifest");
    return COH_OK;
}

static void chunk_apply(struct hive *h, const struct ns_write *w)
{
    struct cas_chunk *c = &h->cas_chunks[((const struct cas_plan *)w->plan)->chunk];
    if (w->line.n)
        memcpy(c->bytes + c->have, w->line.p, w->line.n);
    c->have += (uint32_t)w->line.n;
    for (uint32_t slot = 0; cas_whole(c) && slot < CAS_EPOCHS; slot++) {
        if (!(c->epochs & BIT(slot)))
            continue;
        h->cas.epochs[slot].missing--;
        settle(h, slot);
    }
}

/* ---- names and content ---- */

static bool epoch_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint32_t slot = epoch_at(h, name);
    *out = h->cas.epochs[slot % CAS_EPOCHS].serial << SLOT_BITS | slot;
    return slot < NONE;
}

static void epoch_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        if (h->cas.epochs[slot].serial)
            ns_names_add(names, cas_name(&h->cas.epochs[slot]));
    }
}

static void epoch_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    const struct cas_epoch *e = cas_epoch_of(h, arg[0]);
    if (e)
        buf_put(out, cas_name(e));
}

static bool epoch_late(const struct hive *h, const uint64_t *arg, struct bytes name) { return cas_epoch_ok(name); }

static void show_manifest(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_epoch *e = cas_epoch_of(h, arg[0]);
    if (e)
        text_put(out, bytes_of(h->cas_manifests[h->cas.stager == slot_of(h, e) + 1 ? CAS_EPOCHS : slot_of(h, e)], e->manifest_bytes));
}

static bool chunk_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t digest[HASH_BYTES];
    uint32_t at = parse_hex(name, digest, HASH_BYTES) ? chunk_at(h, digest) : CHUNKS;
    uint64_t found[] = {arg[0], at < CHUNKS ? (uint64_t)h->cas_chunks[at].generation << CHUNK_BITS | at : 0};
    *out = found[1];
    return at < CHUNKS && chunk_of(h, found) < CHUNKS;
}

static void chunk_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    const struct cas_epoch *e = cas_epoch_of(h, arg[0]);
    for (uint32_t i = 0; e && i < h->cas.by.n; i++) {
        const struct cas_chunk *c = &h->cas_chunks[index_slot(&h->cas.by, 0, i)];
        BUF(name, 2 * HASH_BYTES);
        buf_hex(&name, bytes_of(c->digest, HASH_BYTES));
        if (c->epochs & BIT(slot_of(h, e)))
            ns_names_add(names, buf_bytes(&name));
    }
}

/* Also of one that was dropped, for the audit of the write that was refused so. */
static void chunk_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_hex(out, bytes_of(h->cas_chunks[(arg[1] & ((1u << CHUNK_BITS) - 1u)) % CHUNKS].digest, HASH_BYTES));
}

static void show_chunk(const struct hive *h, const uint64_t *arg, struct text *out)
{
    uint32_t at = chunk_of(h, arg);
    if (at < CHUNKS)
        text_put(out, bytes_of(h->cas_chunks[at].bytes, h->cas_chunks[at].have));
}

static const struct ns_ops manifest_ops = {.show = show_manifest, .check = manifest_check, .room = manifest_room,
                                           .refused = refused, .apply = manifest_apply};
static const struct ns_ops chunk_ops = {.find = chunk_find, .list = chunk_list, .name = chunk_name, .show = show_chunk,
                                        .check = chunk_check, .refused = refused, .apply = chunk_apply};

#define GATE COH_CAS_ENABLE
#define EPOCH "/updates/{epoch}"
static const struct ns_pattern patterns[] = {
    {.path = EPOCH, .dir = true, .gate = GATE,
     .ops = NS_OPS(.find = epoch_find, .list = epoch_list, .name = epoch_name, .late = epoch_late)},
    {.path = EPOCH "/manifest.cbor", .mode = NS_APPEND, .bytes = true, .at_end = true, .late = true, .gate = GATE,
     .ops = &manifest_ops},
    {.path = EPOCH "/chunks/{sha256}", .mode = NS_APPEND, .bytes = true, .at_end = true, .gate = GATE, .ops = &chunk_ops},
    {.path = EPOCH "/status", .cbor = COH_UI_PROVIDERS_UPDATES_STATUS, .gate = GATE, .ops = &cas_status_ops},
};
const struct ns_table cas_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
