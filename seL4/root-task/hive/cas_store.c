/* Chunks and epochs; see cas_store.h. A chunk is found by a hash table whose buckets stand beside the chunks. */
#include "hive/cas_store.h"

#include "base/assert.h"
#include "hive/state.h"

#define CHUNKS CAS_CHUNKS_MAX
#define BIT(slot) ((uint8_t)(1u << (slot)))
/* Beside the bits of epochs: the chunk is wanted by a manifest that is about to be adopted. */
#define HELD 0x80u

_Static_assert(sizeof(struct cas_chunk) == COH_POOL_CAS_CHUNKS_ELEM, "tools/coh-rtc PoolTable: cas_chunks");
_Static_assert(COH_POOL_CAS_LISTS_COUNT == CAS_EPOCHS && COH_POOL_CAS_LISTS_ELEM == 4u * CHUNKS,
               "tools/coh-rtc PoolTable: cas_lists");

void cas_init(struct hive *h) { h->cas.staging = h->cas_staging; }

/* ---- chunks ---- */

static uint32_t bucket(const uint8_t *digest)
{
    uint32_t v;
    memcpy(&v, digest, sizeof v);
    return v % CHUNKS;
}

uint32_t cas_chunk_find(const struct hive *h, const uint8_t *digest)
{
    for (uint32_t at = h->cas_chunks[bucket(digest)].head; at; at = h->cas_chunks[at - 1].next) {
        if (memcmp(h->cas_chunks[at - 1].digest, digest, HASH_BYTES) == 0)
            return at - 1;
    }
    return CHUNKS;
}

static uint32_t chunk_new(struct hive *h, const uint8_t *digest)
{
    uint32_t slot = h->cas.free ? h->cas.free - 1 : h->cas.fresh++;
    COH_ASSERT(slot < CHUNKS);
    struct cas_chunk *c = &h->cas_chunks[slot];
    uint32_t *head = &h->cas_chunks[bucket(digest)].head;
    if (h->cas.free)
        h->cas.free = c->next;
    memcpy(c->digest, digest, HASH_BYTES);
    c->have = 0;
    c->generation++;
    c->next = *head;
    *head = slot + 1;
    budget_take(h, POOL_cas_chunks);
    return slot;
}

static void chunk_free(struct hive *h, uint32_t slot)
{
    struct cas_chunk *c = &h->cas_chunks[slot];
    uint32_t *at = &h->cas_chunks[bucket(c->digest)].head;
    while (*at != slot + 1)
        at = &h->cas_chunks[*at - 1].next;
    *at = c->next;
    c->next = h->cas.free;
    h->cas.free = slot + 1;
    budget_give(h, POOL_cas_chunks);
}

const struct cas_chunk *cas_listed(const struct hive *h, uint32_t slot, uint32_t i)
{
    return &h->cas_chunks[h->cas_lists[slot][i]];
}

/* ---- epochs ---- */

uint32_t cas_find(const struct hive *h, struct bytes name)
{
    uint32_t slot = 0;
    while (slot < CAS_EPOCHS && (!h->cas.epochs[slot].serial || !bytes_eq(cas_name(&h->cas.epochs[slot]), name)))
        slot++;
    return slot;
}

const struct cas_epoch *cas_newest(const struct hive *h)
{
    const struct cas_epoch *newest = NULL;
    for (const struct cas_epoch *e = h->cas.epochs; e < h->cas.epochs + CAS_EPOCHS; e++) {
        if (e->serial && e->state == CAS_READY && (!newest || cas_epoch_cmp(cas_name(e), cas_name(newest)) > 0))
            newest = e;
    }
    return newest;
}

uint32_t cas_create(struct hive *h, struct bytes name)
{
    uint32_t slot = 0;
    while (slot < CAS_EPOCHS && h->cas.epochs[slot].serial)
        slot++;
    COH_ASSERT(slot < CAS_EPOCHS && name.n <= CAS_EPOCH_BYTES);
    struct cas_epoch *e = &h->cas.epochs[slot];
    *e = (struct cas_epoch){.serial = ++h->cas.last_serial, .name_n = (uint8_t)name.n};
    memcpy(e->name, name.p, name.n);
    budget_take(h, POOL_cas_lists);
    return slot;
}

static void release(struct hive *h, uint32_t slot)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    for (uint32_t i = 0; i < e->chunks; i++) {
        struct cas_chunk *c = &h->cas_chunks[h->cas_lists[slot][i]];
        if (!(c->epochs & BIT(slot)))
            continue;
        c->epochs &= (uint8_t)~BIT(slot);
        if (!c->epochs)
            chunk_free(h, h->cas_lists[slot][i]);
    }
    e->chunks = e->missing = e->hashed = e->base = 0;
    e->payload_bytes = 0;
}

void cas_evict(struct hive *h, uint8_t evict)
{
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        if (!(evict & BIT(slot)))
            continue;
        hive_say(h, "cas", TRACE_WARN, 0, "evicted epoch=", cas_name(&h->cas.epochs[slot]));
        release(h, slot);
        h->cas.epochs[slot].serial = 0;
        budget_give(h, POOL_cas_lists);
    }
}

void cas_quarantine(struct hive *h, uint32_t slot, const char *what, const char *reason)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    hive_say(h, "cas", TRACE_WARN, 0, "quarantined epoch=", cas_name(e), " what=", what, " reason=", reason);
    release(h, slot);
    e->state = CAS_QUARANTINED;
    e->quarantined++;
}

/* ---- room ---- */

/* Is it the base of an epoch that stays? */
static bool is_base(const struct hive *h, uint32_t slot, uint8_t evict)
{
    for (uint32_t i = 0; i < CAS_EPOCHS; i++) {
        if (h->cas.epochs[i].serial && h->cas.epochs[i].base == slot + 1 && !(evict & BIT(i)))
            return true;
    }
    return false;
}

/* The next epoch that may go: a quarantined one, else the lowest below the newest ready one; CAS_EPOCHS: none. */
static uint32_t victim(const struct hive *h, uint32_t keep, uint32_t base, uint8_t evict)
{
    const struct cas_epoch *newest = cas_newest(h), *at = h->cas.epochs;
    uint32_t found = CAS_EPOCHS;
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        bool idle = at[slot].state == CAS_QUARANTINED;
        if (!at[slot].serial || slot == keep || slot + 1 == base || (evict & BIT(slot)) || is_base(h, slot, evict))
            continue;
        if (!idle && (!newest || cas_epoch_cmp(cas_name(&at[slot]), cas_name(newest)) >= 0))
            continue;
        bool before = found == CAS_EPOCHS || (idle && at[found].state != CAS_QUARANTINED);
        bool after = !before && !idle && at[found].state == CAS_QUARANTINED;
        if (before || (!after && cas_epoch_cmp(cas_name(&at[slot]), cas_name(&at[found])) < 0))
            found = slot;
    }
    return found;
}

/* Do the chunks fit that no epoch holds but those that go? One that is named again right behind itself counts once. */
static bool fits(const struct hive *h, const struct cas_manifest *m, uint8_t evict)
{
    uint32_t need = 0, room = CHUNKS - h->cas.fresh;
    for (uint32_t i = 0; i < h->cas.fresh; i++)
        room += !(h->cas_chunks[i].epochs & ~evict);
    for (uint32_t i = 0; m && i < m->chunks; i++) {
        const uint8_t *digest = cas_manifest_chunk(m, i);
        if (i && memcmp(digest, cas_manifest_chunk(m, i - 1), HASH_BYTES) == 0)
            continue;
        uint32_t slot = cas_chunk_find(h, digest);
        need += slot == CHUNKS || !(h->cas_chunks[slot].epochs & ~evict);
    }
    return need <= room;
}

enum coh_status cas_room(const struct hive *h, uint32_t slot, const struct cas_manifest *m, uint32_t base, uint8_t *evict)
{
    for (*evict = 0;;) {
        bool place = slot < CAS_EPOCHS || *evict || h->budget.used[POOL_cas_lists] < CAS_EPOCHS;
        if (place && fits(h, m, *evict))
            return COH_OK;
        uint32_t next = victim(h, slot, base, *evict);
        if (next == CAS_EPOCHS)
            return place ? COH_QUOTA : COH_BUSY;
        *evict |= BIT(next);
    }
}

/* ---- manifests and their chunks ---- */

void cas_hold(struct hive *h, const struct cas_manifest *m)
{
    for (uint32_t i = 0; i < m->chunks; i++) {
        uint32_t slot = cas_chunk_find(h, cas_manifest_chunk(m, i));
        if (slot < CHUNKS)
            h->cas_chunks[slot].epochs |= HELD;
    }
}

/* The payload's bytes in place i of the list: the last one is padded. */
static size_t payload_part(const struct cas_epoch *e, uint32_t i)
{
    uint64_t left = e->payload_bytes - (uint64_t)i * CAS_CHUNK_BYTES;
    return left < CAS_CHUNK_BYTES ? (size_t)left : CAS_CHUNK_BYTES;
}

bool cas_payload_ok(const struct hive *h, uint32_t slot, const struct cas_chunk *last, struct bytes rest)
{
    const struct cas_epoch *e = &h->cas.epochs[slot];
    struct sha256 hash = e->hash;
    uint8_t digest[HASH_BYTES];
    for (uint32_t i = e->hashed; i < e->chunks; i++) {
        const struct cas_chunk *c = cas_listed(h, slot, i);
        size_t n = payload_part(e, i), stored = c == last && c->have < n ? c->have : n;
        sha256_more(&hash, bytes_of(c->bytes, stored));
        sha256_more(&hash, bytes_sub(rest, 0, n - stored));
    }
    sha256_end(&hash, digest);
    return memcmp(digest, e->payload_sha256, HASH_BYTES) == 0;
}

/* Hashes what is there now; the last chunk makes the epoch ready. */
static void settle(struct hive *h, uint32_t slot)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    for (; e->hashed < e->chunks && cas_whole(cas_listed(h, slot, e->hashed)); e->hashed++)
        sha256_more(&e->hash, bytes_of(cas_listed(h, slot, e->hashed)->bytes, payload_part(e, e->hashed)));
    if (e->missing)
        return;
    if (!cas_payload_ok(h, slot, NULL, bytes_of(NULL, 0))) {
        cas_quarantine(h, slot, "payload", "payload-mismatch");
        return;
    }
    e->state = CAS_READY;
    hive_say(h, "cas", TRACE_INFO, 0, "ready epoch=", cas_name(e), " chunks=", e->chunks, " payload_bytes=", e->payload_bytes);
}

void cas_adopt(struct hive *h, uint32_t slot, const struct cas_manifest *m, uint32_t base)
{
    struct cas_epoch *e = &h->cas.epochs[slot];
    e->state = CAS_RECEIVING;
    e->base = (uint8_t)base;
    e->signed_by_key = m->signature != NULL;
    if (m->signature)
        memcpy(e->signature, m->signature, CAS_SIGNATURE_BYTES);
    memcpy(e->payload_sha256, m->payload_sha256, HASH_BYTES);
    e->payload_bytes = m->payload_bytes;
    e->chunks = m->chunks;
    for (uint32_t i = 0; i < m->chunks; i++) {
        uint32_t at = cas_chunk_find(h, cas_manifest_chunk(m, i));
        if (at == CHUNKS)
            at = chunk_new(h, cas_manifest_chunk(m, i));
        struct cas_chunk *c = &h->cas_chunks[at];
        e->missing += !(c->epochs & BIT(slot)) && !cas_whole(c);
        c->epochs = (c->epochs | BIT(slot)) & (uint8_t)~HELD;
        h->cas_lists[slot][i] = at;
    }
    if (base)
        e->hash = h->cas.epochs[base - 1].hash;
    else
        sha256_begin(&e->hash);
    hive_say(h, "cas", TRACE_INFO, 0, "manifest epoch=", cas_name(e), " chunks=", e->chunks, " missing=", e->missing);
    settle(h, slot);
}

void cas_append(struct hive *h, uint32_t chunk, struct bytes more)
{
    struct cas_chunk *c = &h->cas_chunks[chunk];
    if (more.n)
        memcpy(c->bytes + c->have, more.p, more.n);
    c->have += (uint32_t)more.n;
    for (uint32_t slot = 0; cas_whole(c) && slot < CAS_EPOCHS; slot++) {
        if (!(c->epochs & BIT(slot)))
            continue;
        h->cas.epochs[slot].missing--;
        settle(h, slot);
    }
}

/* ---- what must always hold ---- */

static bool epoch_valid(const struct hive *h, uint32_t slot)
{
    const struct cas_epoch *e = &h->cas.epochs[slot];
    uint32_t missing = 0;
    for (uint32_t i = 0; i < h->cas.fresh; i++)
        missing += (h->cas_chunks[i].epochs & BIT(slot)) && !cas_whole(&h->cas_chunks[i]);
    for (uint32_t i = 0; i < e->chunks; i++) {
        if (!(cas_listed(h, slot, i)->epochs & BIT(slot)))
            return false;
    }
    return missing == e->missing && cas_find(h, cas_name(e)) == slot && (e->state == CAS_READY) == (e->chunks && !missing) &&
           (!e->base || h->cas.epochs[e->base - 1].state == CAS_READY);
}

bool cas_valid(const struct hive *h)
{
    const struct cas_store *s = &h->cas;
    uint32_t epochs = 0, chunks = 0;
    for (uint32_t i = 0; i < CAS_EPOCHS; i++) {
        epochs += s->epochs[i].serial != 0;
        if (s->epochs[i].serial && !epoch_valid(h, i))
            return false;
    }
    for (uint32_t i = 0; i < s->fresh; i++) {
        const struct cas_chunk *c = &h->cas_chunks[i];
        chunks += c->epochs != 0;
        if (c->epochs >> CAS_EPOCHS || (c->epochs && (c->have > CAS_CHUNK_BYTES || cas_chunk_find(h, c->digest) != i)))
            return false;
    }
    return epochs == h->budget.used[POOL_cas_lists] && chunks == h->budget.used[POOL_cas_chunks] &&
           s->staged == h->budget.used[POOL_cas_staging] && (s->stager || !s->staged) &&
           (!s->stager || (s->epochs[s->stager - 1].serial && !s->epochs[s->stager - 1].chunks));
}
