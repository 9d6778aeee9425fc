/* The store of updates and the nodes of /updates; see cas.h. An epoch's folder is a late name until its manifest's first write;
 * its chunks are names only once its manifest is whole. */
#include "hive/cas.h"

#include "base/cbor.h"
#include "base/ed25519.h"
#include "hive/state.h"

#define NONE CAS_EPOCHS
#define BIT(slot) ((uint8_t)(1u << (slot)))

_Static_assert(CAS_CHUNKS_MAX <= UINT16_MAX && COH_POOL_CAS_MANIFESTS_COUNT == CAS_EPOCHS,
               "tools/coh-rtc PoolTable: slots fit arguments, and a manifest for each epoch");

static struct key chunk_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct cas_chunk *c = (const struct cas_chunk *)pool + slot;
    return (struct key){.a = bytes_of(c->digest, HASH_BYTES), .v = c->generation};
}

static struct key epoch_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct cas_epoch *e = (const struct cas_epoch *)pool + slot;
    return (struct key){.a = cas_name(e), .v = e->serial};
}

static void cas_init(struct hive *h)
{
    INDEX_INIT(&h->cas.names, h->cas.order, 1, h->cas.epochs, epoch_key, BUDGET_ENTRIES(cas_manifests));
    h->cas.manifests = h->cas_manifests;
    h->cas.chunks = h->cas_chunks;
    INDEX_INIT(&h->cas.by, h->cas_order, 1, h->cas_chunks, chunk_key, BUDGET(cas_chunks, cas_order));
}

/* ---- epochs and chunks ---- */

/* Slot of the chunk; CAS_CHUNKS_MAX: no epoch names it. */
static uint32_t chunk_at(const struct hive *h, const uint8_t *digest)
{
    return index_slot_of(&h->cas.by, 0, (struct key){.a = bytes_of(digest, HASH_BYTES)});
}

/* The chunk in place i < chunks of the manifest's list. */
static const struct cas_chunk *listed(const struct hive *h, const struct cas_epoch *e, uint32_t i)
{
    return &h->cas_chunks[chunk_at(h, cas_manifest_chunk(&e->manifest, i))];
}

/* Slot of the epoch of that name, or NONE. */
static uint32_t epoch_at(const struct hive *h, struct bytes name)
{
    return index_slot_of(&h->cas.names, 0, (struct key){.a = name});
}

/* The newest ready one, NULL when there is none. */
static const struct cas_epoch *newest(const struct hive *h)
{
    const struct cas_epoch *found = NULL;
    for (const struct cas_epoch *e = h->cas.epochs; e < h->cas.epochs + CAS_EPOCHS; e++) {
        if (cas_ready(e) && (!found || cas_epoch_cmp(cas_name(e), cas_name(found)) > 0))
            found = e;
    }
    return found;
}

/* Gives up an epoch's manifest and chunks, staged or whole. */
static void release(struct hive *h, uint32_t slot)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    for (uint32_t at = 0; e->manifest.chunks && at < CAS_CHUNKS_MAX; at++) {
        bool alone = h->cas_chunks[at].epochs == BIT(slot);
        h->cas_chunks[at].epochs &= (uint8_t)~BIT(slot);
        if (alone)
            index_take(&h->cas.by, at);
    }
    e->manifest = (struct cas_manifest){0};
    e->manifest_bytes = e->missing = 0;
    if (h->cas.stager == slot + 1)
        h->cas.stager = 0;
}

static void evict(struct hive *h, uint32_t slot)
{
    hive_say(h, "cas", TRACE_WARN, 0, "evicted epoch=", cas_name(&h->cas.epochs[slot]));
    release(h, slot);
    index_take(&h->cas.names, slot);
    h->cas.epochs[slot] = (struct cas_epoch){0};
}

/* A new manifest starts the epoch again. */
static void quarantine(struct hive *h, uint32_t slot)
{
    release(h, slot);
    h->cas.epochs[slot].quarantined++;
}

/* ---- payloads ---- */

/* The last chunk is padded. */
static void hash_payload(const struct hive *h, const struct cas_epoch *e, struct sha256 *hash)
{
    uint64_t left = e->manifest.payload_bytes;
    for (uint32_t i = 0; i < e->manifest.chunks; i++, left -= CAS_CHUNK_BYTES)
        sha256_more(hash, bytes_of(listed(h, e, i)->bytes, left < CAS_CHUNK_BYTES ? (size_t)left : CAS_CHUNK_BYTES));
}

/* Has the payload its hash? All its bytes are there, though the last write may not count yet. */
static bool payload_ok(const struct hive *h, const struct cas_epoch *e)
{
    struct sha256 hash;
    uint8_t digest[HASH_BYTES];
    sha256_begin(&hash);
    if (e->manifest.base_epoch.n)
        hash_payload(h, &h->cas.epochs[epoch_at(h, e->manifest.base_epoch)], &hash);
    hash_payload(h, e, &hash);
    sha256_end(&hash, digest);
    return memcmp(digest, e->manifest.payload_sha256, HASH_BYTES) == 0;
}

/* No chunk is missing: the epoch is ready, or its payload is wrong. */
static void settle(struct hive *h, uint32_t slot, bool sound)
{
    const struct cas_epoch *e = &h->cas.epochs[slot];
    if (sound) {
        hive_say(h, "cas", TRACE_INFO, 0, "ready epoch=", cas_name(e), " chunks=", e->manifest.chunks, " payload_bytes=",
                 e->manifest.payload_bytes);
    } else {
        hive_say(h, "cas", TRACE_WARN, 0, "quarantined epoch=", cas_name(e), " what=payload reason=payload-mismatch");
        quarantine(h, slot);
    }
}

/* ---- manifests ---- */

/* What a check tells apply, or of a refusal `refused`: it stays in the hive's scratch until then. */
struct cas_plan {
    const char *what; /* of a refusal: manifest, chunk or payload is quarantined; NULL: nothing is */
    struct bytes epoch;
    uint32_t slot;
    uint32_t n;    /* of the manifest, this write included */
    bool fresh;    /* there is no such epoch yet; the slot is free, or a quarantined one's that goes */
    uint8_t going; /* slots of epochs that do not stay beside it, its own too */
    struct cas_manifest manifest; /* no chunks: it is not whole */
};
_Static_assert(sizeof(struct cas_plan) <= NS_PLAN_BYTES, "a plan");

/* One more goes: a quarantined one, else the lowest below the newest ready one that is no base of what stays or comes. False:
 * none may. */
static bool spare(const struct hive *h, struct cas_plan *plan)
{
    const struct cas_epoch *ready = newest(h);
    struct bytes limit = ready ? cas_name(ready) : bytes_str("0");
    unsigned bases = BIT(epoch_at(h, plan->manifest.base_epoch));
    uint8_t next = 0;
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++)
        bases |= plan->going & BIT(slot) ? 0u : BIT(epoch_at(h, h->cas.epochs[slot].manifest.base_epoch));
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        const struct cas_epoch *e = &h->cas.epochs[slot];
        struct bytes rank = e->manifest.chunks ? cas_name(e) : bytes_of(NULL, 0); /* below every number */
        if (!e->serial || ((plan->going | bases) & BIT(slot)) || cas_epoch_cmp(rank, limit) >= 0)
            continue;
        next = BIT(slot);
        limit = rank;
    }
    plan->going |= next;
    return next;
}

/* What the new epoch lacks beside those that stay; NULL: nothing. A chunk that is named again right behind itself counts once. */
static const char *lack(const struct hive *h, const struct cas_plan *plan)
{
    uint32_t epochs = 0, chunks = 0;
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++)
        epochs += h->cas.epochs[slot].serial && !(plan->going & BIT(slot));
    for (uint32_t i = 0; i < h->cas.by.n; i++)
        chunks += (h->cas_chunks[index_slot(&h->cas.by, 0, i)].epochs & ~plan->going) != 0;
    for (uint32_t i = 0; i < plan->manifest.chunks; i++) {
        const uint8_t *digest = cas_manifest_chunk(&plan->manifest, i);
        uint32_t at = chunk_at(h, digest);
        bool again = i && memcmp(digest, cas_manifest_chunk(&plan->manifest, i - 1), HASH_BYTES) == 0;
        chunks += !again && (at == CAS_CHUNKS_MAX || !(h->cas_chunks[at].epochs & ~plan->going));
    }
    return epochs >= CAS_KEPT ? "epochs" : chunks > CAS_CHUNKS_MAX ? "store-full" : NULL;
}

static enum coh_status manifest_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    const char *lacks = lack(h, plan);
    while (lacks && spare(h, plan))
        lacks = lack(h, plan);
    if (!lacks)
        return COH_OK;
    if (lacks[0] == 'e')
        return ns_refuse(why, COH_BUSY, lacks, "no epoch can make room for another");
    plan->what = "manifest";
    return ns_refuse(why, COH_QUOTA, lacks, "the chunks do not fit cas.store.max_bytes");
}

const char *cas_signature_fault(struct bytes message, const uint8_t *signature)
{
    if (!signature || !COH_CAS_SIGNING_HAS_KEY)
        return COH_CAS_SIGNING_REQUIRED ? "unsigned" : NULL;
    return ed25519_verify(message, signature, coh_cas_public_key) ? NULL : "bad-signature";
}

/* What is signed has null in the signature's place: for the time of the call it stands in the staged bytes. */
static const char *signature_fault(const struct hive *h, const struct cas_plan *plan)
{
    uint8_t *raw = h->cas.manifests[plan->slot], *last = raw + plan->manifest.signature_at, head = *last;
    *last = 0xf6;
    const char *fault = cas_signature_fault(bytes_of(raw, plan->manifest.signature_at + 1), plan->manifest.signature);
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
    if (slot == NONE || !cas_ready(base))
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
static enum coh_status judge(const struct hive *h, const struct cas_plan *plan, struct ns_why *why)
{
    const struct cas_manifest *m = &plan->manifest;
    const char *fault;
    if (!bytes_eq(m->epoch, plan->epoch))
        return ns_refuse(why, COH_INVALID, "epoch-mismatch", "the manifest's epoch is that of its folder");
    if (m->chunk_bytes != CAS_CHUNK_BYTES)
        return ns_refuse(why, COH_INVALID, "chunk-bytes", "chunks are cas.store.chunk_bytes long");
    if ((fault = signature_fault(h, plan)))
        return ns_refuse(why, COH_INVALID, fault, "a manifest is signed by the key of this hive");
    if ((fault = base_fault(h, m)))
        return ns_refuse(why, COH_INVALID, fault, "a base is a ready epoch without one, named with its payload_sha256");
    return downgrades(h, m) ? ns_refuse(why, COH_PERMISSION, "downgrade", "a newer epoch is ready") : COH_OK;
}

/* With this write behind what is staged. */
static enum coh_status goes_on(const struct hive *h, struct cas_plan *plan, struct bytes more, struct ns_why *why)
{
    struct buf raw = {.p = h->cas.manifests[plan->slot], .cap = CAS_MANIFEST_BYTES, .n = plan->n};
    buf_put(&raw, more);
    plan->n = (uint32_t)raw.n;
    enum cas_parse parsed = raw.cut ? CAS_WRONG : cas_manifest_parse(buf_bytes(&raw), &plan->manifest);
    if (parsed == CAS_WRONG)
        return ns_refuse(why, COH_INVALID, "invalid-manifest", "it is no canonical " CAS_SCHEMA);
    if (parsed == CAS_WHOLE)
        return judge(h, plan, why);
    plan->manifest = (struct cas_manifest){0};
    return COH_OK;
}

/* For a new epoch: a free slot, else a quarantined one's. NONE: there is none while another is staged. */
static uint32_t vacancy(const struct hive *h)
{
    uint32_t found = h->cas.names.n < CAS_EPOCHS ? index_free(&h->cas.names) : NONE;
    for (uint32_t slot = 0; found == NONE && slot < CAS_EPOCHS; slot++)
        found = h->cas.epochs[slot].manifest.chunks ? NONE : slot;
    return found;
}

static enum coh_status manifest_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    bool fresh = w->ref->late_n;
    uint32_t slot = fresh ? vacancy(h) : ns_slot(w->arg);
    const struct cas_epoch *e = &h->cas.epochs[slot % CAS_EPOCHS];
    *plan = (struct cas_plan){.slot = slot, .fresh = fresh, .going = BIT(slot)};
    plan->epoch = fresh ? bytes_of(w->ref->late, w->ref->late_n) : cas_name(e);
    if (!fresh && e->manifest.chunks)
        return ns_refuse(why, COH_PERMISSION, "complete", "the manifest is complete");
    if (h->cas.stager && (fresh || h->cas.stager != slot + 1))
        return ns_refuse(why, COH_BUSY, "staging", "the manifest of another epoch is being uploaded");
    plan->n = fresh ? 0 : e->manifest_bytes;
    enum coh_status s = goes_on(h, plan, w->line, why);
    plan->what = s == COH_OK ? NULL : "manifest";
    return s;
}

/* The staged manifest becomes the epoch's. There is room for what it names. */
static void adopt(struct hive *h, const struct cas_plan *plan)
{
    struct cas_epoch *e = &h->cas.epochs[plan->slot];
    e->manifest = plan->manifest;
    for (uint32_t i = 0; i < e->manifest.chunks; i++) {
        const uint8_t *digest = cas_manifest_chunk(&e->manifest, i);
        uint32_t at = chunk_at(h, digest);
        struct cas_chunk *c = &h->cas_chunks[at < CAS_CHUNKS_MAX ? at : index_free(&h->cas.by)];
        if (at == CAS_CHUNKS_MAX) {
            memcpy(c->digest, digest, HASH_BYTES);
            c->have = 0;
            c->generation++;
            index_put(&h->cas.by);
        }
        e->missing += !(c->epochs & BIT(plan->slot)) && !cas_whole(c);
        c->epochs |= BIT(plan->slot);
    }
    hive_say(h, "cas", TRACE_INFO, 0, "manifest epoch=", cas_name(e), " chunks=", e->manifest.chunks, " missing=",
             e->missing);
    if (!e->missing)
        settle(h, plan->slot, payload_ok(h, e));
}

static void create(struct hive *h, const struct cas_plan *plan)
{
    struct cas_epoch *e = &h->cas.epochs[plan->slot];
    if (e->serial)
        evict(h, plan->slot);
    *e = (struct cas_epoch){.serial = ++h->cas.last_serial, .name_n = (uint8_t)plan->epoch.n};
    memcpy(e->name, plan->epoch.p, plan->epoch.n);
    index_put(&h->cas.names);
}

static void manifest_apply(struct hive *h, const struct ns_write *w)
{
    const struct cas_plan *plan = w->plan;
    if (plan->fresh)
        create(h, plan);
    h->cas.epochs[plan->slot].manifest_bytes = plan->n;
    h->cas.stager = (uint8_t)(plan->manifest.chunks ? 0 : plan->slot + 1);
    if (!plan->manifest.chunks)
        return;
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        if (slot != plan->slot && (plan->going & BIT(slot)))
            evict(h, slot);
    }
    adopt(h, plan);
}

/* ---- chunks ---- */

static enum coh_status chunk_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    const struct cas_epoch *e = &h->cas.epochs[ns_slot(w->arg)];
    struct cas_chunk *c = &h->cas.chunks[ns_slot(w->arg + 1)];
    uint8_t digest[HASH_BYTES];
    *plan = (struct cas_plan){.slot = ns_slot(w->arg), .epoch = cas_name(e)};
    if (cas_whole(c))
        return ns_refuse(why, COH_PERMISSION, "complete", "the chunk is complete");
    struct buf all = {.p = c->bytes, .cap = CAS_CHUNK_BYTES, .n = c->have};
    buf_put(&all, w->line);
    if (all.cut)
        return COH_TOO_BIG;
    if (all.n < all.cap)
        return COH_OK;
    sha256(buf_bytes(&all), digest);
    plan->what = "chunk";
    if (memcmp(digest, c->digest, HASH_BYTES) != 0)
        return ns_refuse(why, COH_INVALID, "hash-mismatch", "the chunk's SHA-256 is not its name");
    plan->what = "payload";
    if (e->missing == 1 && !payload_ok(h, e))
        return ns_refuse(why, COH_INVALID, "payload-mismatch", "the chunks are not the payload of the manifest");
    plan->what = NULL;
    return COH_OK;
}

static void chunk_apply(struct hive *h, const struct ns_write *w)
{
    struct cas_chunk *c = &h->cas_chunks[ns_slot(w->arg + 1)];
    c->have += (uint32_t)w->line.n;
    for (uint32_t slot = 0; cas_whole(c) && slot < CAS_EPOCHS; slot++) {
        struct cas_epoch *e = &h->cas.epochs[slot];
        if ((c->epochs & BIT(slot)) && --e->missing == 0)
            settle(h, slot, slot == ns_slot(w->arg) || payload_ok(h, e));
    }
}

/* Of a manifest or a chunk. */
static void refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    const struct cas_plan *plan = w->plan;
    if (!plan->what)
        return;
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined epoch=", plan->epoch, " what=", plan->what, " reason=", why->detail);
    if (plan->what[0] == 'c') {
        h->cas_chunks[ns_slot(w->arg + 1)].have = 0;
        h->cas.epochs[plan->slot].quarantined++;
    } else if (!plan->fresh) {
        quarantine(h, plan->slot);
    }
}

/* ---- how far an upload has come, and where it goes on ---- */

/* Of a list: places that are there, and the first ranges of those that are missing. */
#define RANGES 32u
struct gaps {
    uint32_t have, n, first[RANGES], last[RANGES];
};

static struct gaps gaps_of(const struct hive *h, const struct cas_epoch *e)
{
    struct gaps g = {.have = 0};
    for (uint32_t i = 0; i < e->manifest.chunks; i++) {
        if (cas_whole(listed(h, e, i)))
            g.have++;
        else if (g.n && g.last[g.n - 1] + 1 == i)
            g.last[g.n - 1] = i;
        else if (g.n < RANGES)
            g.first[g.n] = i, g.last[g.n++] = i;
    }
    return g;
}

static const char *state_of(const struct hive *h, const struct cas_epoch *e)
{
    bool staged = h->cas.stager && e == &h->cas.epochs[h->cas.stager - 1u];
    return cas_ready(e) ? "ready" : e->manifest.chunks || staged ? "receiving" : "quarantined";
}

static const char *extent_of(const struct cas_epoch *e) { return e->manifest.chunks ? "complete" : "partial"; }

static void show_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_epoch *e = &h->cas.epochs[ns_slot(arg)];
    struct gaps g = gaps_of(h, e);
    text_say(out, "epoch=", cas_name(e), " state=", state_of(h, e), " manifest_bytes=", e->manifest_bytes, " manifest=",
             extent_of(e));
    text_say(out, " chunks=", g.have, " total=", e->manifest.chunks, " payload_bytes=", e->manifest.payload_bytes,
             " quarantined=", e->quarantined, "\n");
    for (uint32_t i = 0; i < g.n; i++)
        text_say(out, "missing=", g.first[i], "-", g.last[i], "\n");
}

static void cbor_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_epoch *e = &h->cas.epochs[ns_slot(arg)];
    struct gaps g = gaps_of(h, e);
    cbor_map(out, 9);
    cbor_say(out, "epoch", cas_name(e), "state", state_of(h, e), "total", e->manifest.chunks, "chunks", g.have);
    cbor_str(out, "missing");
    cbor_array(out, g.n);
    for (uint32_t i = 0; i < g.n; i++) {
        cbor_array(out, 2);
        cbor_say(out, g.first[i], g.last[i]);
    }
    cbor_say(out, "manifest", extent_of(e), "quarantined", e->quarantined, "payload_bytes", e->manifest.payload_bytes,
             "manifest_bytes", e->manifest_bytes);
}

/* ---- names and content ---- */

static bool epoch_late(const struct hive *h, const uint64_t *arg, struct bytes name) { return cas_epoch_ok(name); }

static void show_manifest(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_put(out, bytes_of(h->cas_manifests[ns_slot(arg)], h->cas.epochs[ns_slot(arg)].manifest_bytes));
}

static bool names_chunk(const struct hive *h, const uint64_t *arg, uint32_t slot)
{
    return h->cas_chunks[slot].epochs & BIT(ns_slot(arg));
}

static void show_chunk(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_chunk *c = &h->cas_chunks[ns_slot(arg + 1)];
    text_put(out, bytes_of(c->bytes, c->have));
}

#define GATE COH_CAS_ENABLE
#define EPOCH "/updates/{epoch}"
static const struct ns_pattern patterns[] = {
    {.path = EPOCH, .dir = true, .gate = GATE,
     .ops = NS_OPS(NS_INDEX(cas.names, 0), .late = epoch_late)},
    {.path = EPOCH "/manifest.cbor", .mode = NS_APPEND, .bytes = true, .at_end = true, .late = true, .gate = GATE,
     .ops = NS_OPS(.show = show_manifest, .check = manifest_check, .room = manifest_room, .refused = refused,
                   .apply = manifest_apply)},
    {.path = EPOCH "/chunks/{sha256}", .mode = NS_APPEND, .bytes = true, .at_end = true, .gate = GATE,
     .ops = NS_OPS(NS_INDEX(cas.by, 0), .digest = true, .in = names_chunk, .show = show_chunk, .check = chunk_check,
                   .refused = refused, .apply = chunk_apply)},
    {.path = EPOCH "/status", .cbor = COH_UI_PROVIDERS_UPDATES_STATUS, .gate = GATE,
     .ops = NS_OPS(.show = show_status, .cbor = cbor_status)},
};
const struct ns_table cas_nodes = {NS_PATTERNS(patterns), .init = cas_init};
