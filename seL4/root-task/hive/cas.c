/* The nodes of /updates: what may be written and what it does, and the status. An epoch's folder is a late name until its
 * manifest's first write; its chunks are names only once its manifest is whole. */
#include "hive/cas.h"

#include "base/assert.h"
#include "base/cbor.h"
#include "base/ed25519.h"
#include "hive/state.h"

/* Ranges of missing chunks that a status tells. */
#define RANGES 32u
#define SLOT_BITS 2u
#define CHUNK_SLOT_BITS 24u

_Static_assert(CAS_EPOCHS == 1u << SLOT_BITS && CAS_CHUNKS_MAX <= 1u << CHUNK_SLOT_BITS, "slots fit arguments");

/* What a check tells apply, or of a refusal `refused`: it stays in the hive's scratch until then. */
struct cas_plan {
    const char *what; /* of a refusal: manifest, chunk or payload is quarantined; NULL: nothing is */
    struct bytes epoch;
    uint32_t slot; /* CAS_EPOCHS: there is no such epoch yet */
    uint32_t chunk;
    uint32_t base; /* slot + 1; 0: none */
    bool whole;    /* the write completes this manifest */
    uint8_t evict;
    struct cas_manifest manifest;
};
_Static_assert(sizeof(struct cas_plan) <= NS_PLAN_BYTES, "a plan");

static struct cas_plan *plan_new(const struct ns_write *w)
{
    struct cas_plan *plan = w->plan;
    memset(plan, 0, sizeof *plan);
    return plan;
}

/* A refusal that quarantines. */
static enum coh_status condemn(struct cas_plan *plan, const char *what, struct ns_why *why, enum coh_status s,
                               const char *detail, const char *error)
{
    plan->what = what;
    return ns_refuse(why, s, detail, error);
}

static void unstage(struct hive *h)
{
    h->cas.staged = h->cas.stager = 0;
    budget_level(h, POOL_cas_staging, 0);
}

static void refused(struct hive *h, struct bytes line, enum coh_status status, const struct ns_why *why)
{
    const struct cas_plan *plan = (const void *)h->scratch;
    if (status == COH_OFFLINE || !plan->what) /* while the hive is OFFLINE nothing was checked */
        return;
    bool chunk = plan->what[0] == 'c';
    if (plan->slot < CAS_EPOCHS && !chunk) {
        cas_quarantine(h, plan->slot, plan->what, why->detail);
        if (h->cas.stager == plan->slot + 1)
            unstage(h);
        return;
    }
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined epoch=", plan->epoch, " what=", plan->what, " reason=", why->detail);
    if (chunk) {
        h->cas.epochs[plan->slot].quarantined++;
        h->cas_chunks[plan->chunk].have = 0;
    }
}

/* ---- /updates/<epoch> ---- */

/* The slot of the epoch that an argument means; CAS_EPOCHS: it is gone. */
static uint32_t slot_of(const struct hive *h, uint64_t arg)
{
    uint32_t slot = arg & (CAS_EPOCHS - 1u);
    return arg && h->cas.epochs[slot].serial == arg >> SLOT_BITS ? slot : CAS_EPOCHS;
}

static bool epoch_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint32_t slot = cas_find(h, name);
    if (slot < CAS_EPOCHS)
        *out = h->cas.epochs[slot].serial << SLOT_BITS | slot;
    return slot < CAS_EPOCHS;
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
    uint32_t slot = slot_of(h, arg[0]);
    if (slot < CAS_EPOCHS)
        buf_put(out, cas_name(&h->cas.epochs[slot]));
}

static bool epoch_late(const struct hive *h, const uint64_t *arg, struct bytes name) { return cas_epoch_ok(name); }

/* ---- manifest.cbor ---- */

struct listing {
    const struct hive *h;
    uint32_t slot;
};

static const uint8_t *digest_of(const void *ctx, uint32_t i)
{
    const struct listing *l = ctx;
    return cas_listed(l->h, l->slot, i)->digest;
}

/* What is staged, or the manifest that was adopted, written again. */
static void show_manifest(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct listing l = {h, slot_of(h, arg[0])};
    if (l.slot == CAS_EPOCHS)
        return;
    const struct cas_epoch *e = &h->cas.epochs[l.slot];
    const struct cas_epoch *base = e->base ? &h->cas.epochs[e->base - 1] : NULL;
    struct cas_manifest m = {.epoch = cas_name(e), .chunk_bytes = CAS_CHUNK_BYTES, .payload_bytes = e->payload_bytes,
                             .chunks = e->chunks, .payload_sha256 = e->payload_sha256,
                             .signature = e->signed_by_key ? e->signature : NULL};
    if (base) {
        m.base_epoch = cas_name(base);
        m.base_sha256 = base->payload_sha256;
    }
    if (e->chunks)
        cas_manifest_write(out, &m, digest_of, &l);
    else if (h->cas.stager == l.slot + 1)
        text_put(out, bytes_of(h->cas.staging, h->cas.staged));
}

/* NULL: it is as the manifest says. raw holds it, and what is signed is in it for the time of the call. */
static const char *signature_fault(const struct cas_manifest *m, uint8_t *raw)
{
    if (!m->signature || !COH_CAS_SIGNING_HAS_KEY)
        return COH_CAS_SIGNING_REQUIRED ? "unsigned" : NULL;
    uint8_t head = raw[m->signature_at];
    raw[m->signature_at] = 0xf6; /* null */
    bool good = ed25519_verify(bytes_of(raw, m->signature_at + 1), m->signature, coh_cas_public_key);
    raw[m->signature_at] = head;
    return good ? NULL : "bad-signature";
}

static const char *base_fault(const struct hive *h, const struct cas_manifest *m, uint32_t slot)
{
    if (!COH_CAS_DELTA_ENABLE)
        return "delta-disabled";
    const struct cas_epoch *base = &h->cas.epochs[slot];
    if (slot == CAS_EPOCHS || base->state != CAS_READY)
        return "base-not-ready";
    if (base->base)
        return "base-is-delta";
    return memcmp(base->payload_sha256, m->base_sha256, HASH_BYTES) == 0 ? NULL : "base-mismatch";
}

/* Older than the newest ready epoch, without a signed word that it follows that one? */
static bool downgrades(const struct hive *h, const struct cas_plan *plan)
{
    const struct cas_manifest *m = &plan->manifest;
    const struct cas_epoch *newest = cas_newest(h);
    if (!newest || cas_epoch_cmp(m->epoch, cas_name(newest)) >= 0)
        return false;
    bool follows = m->signature && COH_CAS_SIGNING_HAS_KEY && plan->base == (uint32_t)(newest - h->cas.epochs) + 1;
    return !follows;
}

/* A manifest that is whole. */
static enum coh_status judge(const struct hive *h, struct cas_plan *plan, struct ns_why *why)
{
    const struct cas_manifest *m = &plan->manifest;
    const char *what = "manifest", *fault = NULL;
    if (!bytes_eq(m->epoch, plan->epoch))
        return condemn(plan, what, why, COH_INVALID, "epoch-mismatch", "the manifest's epoch is that of its folder");
    if (m->chunk_bytes != CAS_CHUNK_BYTES)
        return condemn(plan, what, why, COH_INVALID, "chunk-bytes", "chunks are cas.store.chunk_bytes long");
    if ((fault = signature_fault(m, h->cas.staging)))
        return condemn(plan, what, why, COH_INVALID, fault, "a manifest is signed by the key of this hive");
    uint32_t base = m->base_epoch.n ? cas_find(h, m->base_epoch) : 0;
    if (m->base_epoch.n && (fault = base_fault(h, m, base)))
        return condemn(plan, what, why, COH_INVALID, fault, "a base is a ready epoch without a base, named with its payload_sha256");
    plan->base = m->base_epoch.n ? base + 1 : 0;
    if (downgrades(h, plan))
        return condemn(plan, what, why, COH_PERMISSION, "downgrade", "a newer epoch is ready");
    return COH_OK;
}

static enum coh_status manifest_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                      struct ns_why *why)
{
    struct cas_plan *plan = plan_new(w);
    const struct cas_store *s = &h->cas;
    bool late = w->ref->late_n;
    plan->slot = late ? CAS_EPOCHS : slot_of(h, w->arg[0]);
    if (!late && plan->slot == CAS_EPOCHS)
        return COH_CLOSED;
    plan->epoch = late ? bytes_of(w->ref->late, w->ref->late_n) : cas_name(&s->epochs[plan->slot]);
    if (!late && s->epochs[plan->slot].chunks)
        return ns_refuse(why, COH_PERMISSION, "complete", "the manifest is complete");
    if (s->stager && s->stager != plan->slot + 1)
        return ns_refuse(why, COH_BUSY, "staging", "the manifest of another epoch is being uploaded");
    if (w->line.n > CAS_MANIFEST_BYTES - s->staged)
        return condemn(plan, "manifest", why, COH_INVALID, "invalid-manifest", "it is longer than any manifest");
    if (w->line.n)
        memcpy(s->staging + s->staged, w->line.p, w->line.n);
    enum cas_parse parsed = cas_manifest_parse(bytes_of(s->staging, s->staged + w->line.n), &plan->manifest);
    if (parsed == CAS_WRONG)
        return condemn(plan, "manifest", why, COH_INVALID, "invalid-manifest", "it is no canonical cohesix-cas/manifest-v1");
    plan->whole = parsed == CAS_WHOLE;
    return plan->whole ? judge(h, plan, why) : COH_OK;
}

static enum coh_status manifest_room(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                     struct ns_why *why)
{
    struct cas_plan *plan = w->plan;
    enum coh_status s = cas_room(h, plan->slot, plan->whole ? &plan->manifest : NULL, plan->base, &plan->evict);
    if (s == COH_BUSY)
        return ns_refuse(why, s, "epochs", "no epoch can make room for another");
    return s == COH_OK ? s : condemn(plan, "manifest", why, s, "store-full", "the chunks do not fit cas.store.max_bytes");
}

static void manifest_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    const struct cas_plan *plan = w->plan;
    if (plan->whole)
        cas_hold(h, &plan->manifest);
    cas_evict(h, plan->evict);
    uint32_t slot = plan->slot < CAS_EPOCHS ? plan->slot : cas_create(h, plan->epoch);
    if (plan->whole) {
        cas_adopt(h, slot, &plan->manifest, plan->base);
        unstage(h);
        return;
    }
    h->cas.epochs[slot].state = CAS_RECEIVING;
    h->cas.staged += (uint32_t)w->line.n;
    h->cas.stager = (uint8_t)(slot + 1);
    budget_level(h, POOL_cas_staging, h->cas.staged);
}

/* ---- chunks/<sha256> ---- */

/* The chunk that arguments mean, CAS_CHUNKS_MAX: it is gone. */
static uint32_t chunk_of(const struct hive *h, const uint64_t *arg)
{
    uint32_t slot = slot_of(h, arg[0]), chunk = arg[1] & ((1u << CHUNK_SLOT_BITS) - 1u);
    bool there = slot < CAS_EPOCHS && chunk < h->cas.fresh && (h->cas_chunks[chunk].epochs & 1u << slot) &&
                 h->cas_chunks[chunk].generation == arg[1] >> CHUNK_SLOT_BITS;
    return there ? chunk : CAS_CHUNKS_MAX;
}

static bool chunk_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t digest[HASH_BYTES];
    uint32_t slot = slot_of(h, arg[0]), chunk = parse_hex(name, digest, HASH_BYTES) ? cas_chunk_find(h, digest) : CAS_CHUNKS_MAX;
    if (slot == CAS_EPOCHS || chunk == CAS_CHUNKS_MAX || !(h->cas_chunks[chunk].epochs & 1u << slot))
        return false;
    *out = (uint64_t)h->cas_chunks[chunk].generation << CHUNK_SLOT_BITS | chunk;
    return true;
}

static void put_chunk_name(const struct hive *h, uint32_t chunk, struct buf *out)
{
    buf_hex(out, bytes_of(h->cas_chunks[chunk].digest, HASH_BYTES));
}

static void chunk_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    uint32_t slot = slot_of(h, arg[0]);
    for (uint32_t i = 0; slot < CAS_EPOCHS && i < h->cas.fresh; i++) {
        BUF(name, 2 * HASH_BYTES);
        if (!(h->cas_chunks[i].epochs & 1u << slot))
            continue;
        put_chunk_name(h, i, &name);
        ns_names_add(names, buf_bytes(&name));
    }
}

static void chunk_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    uint32_t chunk = chunk_of(h, arg);
    if (chunk < CAS_CHUNKS_MAX)
        put_chunk_name(h, chunk, out);
}

static void show_chunk(const struct hive *h, const uint64_t *arg, struct text *out)
{
    uint32_t chunk = chunk_of(h, arg);
    if (chunk < CAS_CHUNKS_MAX)
        text_put(out, bytes_of(h->cas_chunks[chunk].bytes, h->cas_chunks[chunk].have));
}

static enum coh_status chunk_check(const struct hive *h, const struct caller *who, const struct ns_write *w, struct ns_why *why)
{
    struct cas_plan *plan = plan_new(w);
    plan->slot = slot_of(h, w->arg[0]);
    plan->chunk = chunk_of(h, w->arg);
    if (plan->chunk == CAS_CHUNKS_MAX)
        return COH_CLOSED;
    const struct cas_chunk *c = &h->cas_chunks[plan->chunk];
    const struct cas_epoch *e = &h->cas.epochs[plan->slot];
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
    if (e->missing == 1 && !cas_payload_ok(h, plan->slot, c, w->line))
        return condemn(plan, "payload", why, COH_INVALID, "payload-mismatch", "the chunks are not the payload of the manifest");
    return COH_OK;
}

static void chunk_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    const struct cas_plan *plan = w->plan;
    cas_append(h, plan->chunk, w->line);
}

/* ---- status ---- */

struct status {
    const struct cas_epoch *e;
    const char *state, *manifest;
    uint64_t manifest_bytes;
    uint32_t have, ranges;
    uint32_t first[RANGES], last[RANGES]; /* the first ranges of missing places in the list */
};

/* False: the epoch is gone. */
static bool status_of(const struct hive *h, const uint64_t *arg, struct status *s)
{
    static const char *const states[] = {"receiving", "ready", "quarantined"};
    struct text manifest = text_window(NULL, 0, 0);
    uint32_t slot = slot_of(h, arg[0]);
    if (slot == CAS_EPOCHS)
        return false;
    s->e = &h->cas.epochs[slot];
    s->state = states[s->e->state];
    s->manifest = s->e->chunks ? "complete" : "partial";
    show_manifest(h, arg, &manifest);
    s->manifest_bytes = manifest.total;
    s->have = s->ranges = 0;
    for (uint32_t i = 0; i < s->e->chunks; i++) {
        if (cas_whole(cas_listed(h, slot, i)))
            s->have++;
        else if (s->ranges && s->last[s->ranges - 1] + 1 == i)
            s->last[s->ranges - 1] = i;
        else if (s->ranges < RANGES)
            s->first[s->ranges] = i, s->last[s->ranges++] = i;
    }
    return true;
}

static void show_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct status s;
    if (!status_of(h, arg, &s))
        return;
    text_say(out, "epoch=", cas_name(s.e), " state=", s.state, " manifest_bytes=", s.manifest_bytes, " manifest=", s.manifest);
    text_say(out, " chunks=", s.have, " total=", s.e->chunks, " payload_bytes=", s.e->payload_bytes, " quarantined=",
             s.e->quarantined, "\n");
    for (uint32_t i = 0; i < s.ranges; i++)
        text_say(out, "missing=", s.first[i], "-", s.last[i], "\n");
}

static void cbor_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct status s;
    if (!status_of(h, arg, &s))
        return;
    cbor_map(out, 9);
    cbor_str(out, "epoch");
    cbor_text(out, cas_name(s.e));
    cbor_str(out, "state");
    cbor_str(out, s.state);
    cbor_str(out, "total");
    cbor_uint(out, s.e->chunks);
    cbor_str(out, "chunks");
    cbor_uint(out, s.have);
    cbor_str(out, "missing");
    cbor_array(out, s.ranges);
    for (uint32_t i = 0; i < s.ranges; i++) {
        cbor_array(out, 2);
        cbor_uint(out, s.first[i]);
        cbor_uint(out, s.last[i]);
    }
    cbor_str(out, "manifest");
    cbor_str(out, s.manifest);
    cbor_str(out, "quarantined");
    cbor_uint(out, s.e->quarantined);
    cbor_str(out, "payload_bytes");
    cbor_uint(out, s.e->payload_bytes);
    cbor_str(out, "manifest_bytes");
    cbor_uint(out, s.manifest_bytes);
}

static const struct ns_ops epoch_ops = {.find = epoch_find, .list = epoch_list, .name = epoch_name, .late = epoch_late};
static const struct ns_ops manifest_ops = {.show = show_manifest, .check = manifest_check, .room = manifest_room,
                                           .refused = refused, .apply = manifest_apply};
static const struct ns_ops chunk_ops = {.find = chunk_find, .list = chunk_list, .name = chunk_name, .show = show_chunk,
                                        .check = chunk_check, .refused = refused, .apply = chunk_apply};
static const struct ns_ops status_ops = {.show = show_status, .cbor = cbor_status};

#define GATE COH_CAS_ENABLE
#define EPOCH "/updates/{epoch}"
static const struct ns_pattern patterns[] = {
    {.path = EPOCH, .dir = true, .gate = GATE, .ops = &epoch_ops},
    {.path = EPOCH "/manifest.cbor", .mode = NS_APPEND, .bytes = true, .at_end = true, .late = true, .gate = GATE,
     .ops = &manifest_ops},
    {.path = EPOCH "/chunks/{sha256}", .mode = NS_APPEND, .bytes = true, .at_end = true, .gate = GATE, .ops = &chunk_ops},
    {.path = EPOCH "/status", .cbor = COH_UI_PROVIDERS_UPDATES_STATUS, .gate = GATE, .ops = &status_ops},
};
const struct ns_table cas_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
