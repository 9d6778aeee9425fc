/* Ticket keys, the console token, and the budgets of tickets; see tickets.h. */
#include "hive/tickets.h"

#include "hive/state.h"

/* The blob of a release image: magic, manifest hash, token digest, count, then count × {role, key_id[8], key[32]}, and the
 * SHA-256 of all that (docs/SECURITY.md). */
#define BLOB_MAGIC "COHKEYS1"
#define KEY_ID_BYTES 8u

#define ENTRY_BYTES (1u + KEY_ID_BYTES + HASH_BYTES)

/* The key of that role and id; NULL: there is none. */
static const uint8_t *key_among(struct bytes entries, uint8_t role, const uint8_t *id)
{
    for (size_t at = 0; at < entries.n; at += ENTRY_BYTES) {
        const uint8_t *entry = entries.p + at;
        if (entry[0] == role && memcmp(entry + 1, id, KEY_ID_BYTES) == 0)
            return entry + 1 + KEY_ID_BYTES;
    }
    return NULL;
}

static const char *keys_from_blob(struct hive *h, struct bytes blob)
{
    struct reader r = reader_of(blob);
    struct bytes magic = rd_bytes(&r, sizeof BLOB_MAGIC - 1), manifest = rd_bytes(&r, HASH_BYTES);
    struct bytes token = rd_bytes(&r, HASH_BYTES), entries = rd_bytes(&r, rd_u8(&r) * ENTRY_BYTES);
    struct bytes body = bytes_sub(blob, 0, blob.n - r.left), sum = rd_bytes(&r, HASH_BYTES);
    uint8_t expected[HASH_BYTES], digest[HASH_BYTES];
    if (!bytes_is(magic, BLOB_MAGIC))
        return "provisioning blob missing or not one: make it with coh-rtc provision";
    if (!parse_hex(bytes_str(COH_MANIFEST_SHA256), expected, HASH_BYTES) ||
        !bytes_eq(manifest, bytes_of(expected, HASH_BYTES)))
        return "provisioning blob is for another manifest";
    if (r.bad)
        return "provisioning blob is cut short";
    sha256(body, digest);
    if (!bytes_eq(sum, bytes_of(digest, HASH_BYTES)))
        return "provisioning blob is damaged";
    memcpy(h->tickets_state.token_digest, token.p, HASH_BYTES);
    for (uint32_t k = 0; k < coh_ticket_keys_count; k++) {
        uint8_t role = coh_ticket_keys[k].role;
        h->tickets_state.keys[role] = key_among(entries, role, coh_ticket_keys[k].key_id);
        if (!h->tickets_state.keys[role])
            return "provisioning blob lacks a key that the manifest names";
    }
    return NULL;
}

const char *tickets_init(struct hive *h, struct bytes provision)
{
    if (!COH_KEYS_EMBEDDED)
        return keys_from_blob(h, provision);
    for (uint32_t k = 0; k < coh_ticket_keys_count; k++)
        h->tickets_state.keys[coh_ticket_keys[k].role] = coh_ticket_keys[k].key;
    memcpy(h->tickets_state.token_digest, coh_auth_token_blake3, HASH_BYTES);
    return NULL;
}

bool tickets_token_ok(const struct hive *h, struct bytes token)
{
    uint8_t digest[HASH_BYTES];
    if (token.n > BLAKE3_MAX_BYTES)
        return false;
    blake3(token, digest);
    return ct_equal(digest, h->tickets_state.token_digest, HASH_BYTES);
}

/* When the ticket's time is over, on the hive's own clock; UINT64_MAX = never. *relative: it counts from now, its first use. */
static uint64_t ticket_end(const struct hive *h, const struct ticket *t, bool *relative)
{
    *relative = false;
    if (!(t->flags & TICKET_HAS_TTL))
        return UINT64_MAX;
    *relative = t->issued_at_ms == 0 || h->facts.rtc_unix_ms == 0;
    uint64_t end = time_later(*relative ? h->now_ms : t->issued_at_ms, t->ttl_s, 1000);
    if (*relative || end == UINT64_MAX)
        return end;
    return end > h->facts.rtc_unix_ms ? end - h->facts.rtc_unix_ms : 0;
}

/* A manifest limit caps a ticket's own, if it has any; 0 = none in both. */
static uint64_t quota(const struct ticket *t, uint64_t asked, uint64_t limit)
{
    if (limit && (!asked || asked > limit))
        asked = limit;
    return (t->flags & TICKET_HAS_QUOTAS) && asked ? asked : UINT64_MAX;
}

static void use_begin(struct ticket_use *u, const struct ticket *t, uint64_t ends_ms, bool relative)
{
    *u = (struct ticket_use){.ends_ms = ends_ms ? ends_ms : 1, .relative = relative};
    memcpy(u->mac, t->mac, HASH_BYTES);
    u->left[TICKET_TICKS] = t->flags & TICKET_HAS_TICKS ? t->ticks : UINT64_MAX;
    u->left[TICKET_OPS] = t->flags & TICKET_HAS_OPS ? t->ops : UINT64_MAX;
    u->left[TICKET_BYTES] = quota(t, t->bandwidth_bytes, COH_TICKET_LIMITS_BANDWIDTH_BYTES);
    u->left[TICKET_RESUMES] = quota(t, t->cursor_resumes, COH_TICKET_LIMITS_CURSOR_RESUMES);
    u->left[TICKET_ADVANCES] = quota(t, t->cursor_advances, COH_TICKET_LIMITS_CURSOR_ADVANCES);
}

/* The ticket's entry, made on first use. A ticket whose absolute time is over may be forgotten to make room; one whose time
 * counts from its first use may not. TICKET_UNLIMITED: the pool is full. */
static uint32_t entry_of(struct hive *h, const struct ticket *t, uint64_t ends_ms, bool relative)
{
    uint32_t room = TICKET_UNLIMITED;
    for (uint32_t i = 0; i < COH_POOL_TICKETS_COUNT; i++) {
        struct ticket_use *u = &h->tickets[i];
        if (u->ends_ms && memcmp(u->mac, t->mac, HASH_BYTES) == 0)
            return i;
        if (room == TICKET_UNLIMITED && (!u->ends_ms || (!u->relative && u->ends_ms <= h->now_ms)))
            room = i;
    }
    if (room == TICKET_UNLIMITED)
        return room;
    if (h->tickets[room].ends_ms)
        sessions_forget_ticket(h, room);
    else
        budget_take(h, POOL_tickets);
    use_begin(&h->tickets[room], t, ends_ms, relative);
    BUF(b, 40);
    buf_say(&b, "budget begun ticket=");
    buf_hex(&b, bytes_of(t->mac, 8));
    trace(h, TRACE_INFO, TRACE_TICKET, 0, buf_bytes(&b));
    return room;
}

enum coh_status ticket_admit(struct hive *h, const struct ticket *t, uint32_t *use, uint64_t *ends_ms)
{
    bool relative;
    *use = TICKET_UNLIMITED;
    *ends_ms = ticket_end(h, t, &relative);
    if (((t->flags & TICKET_HAS_TTL) && t->ttl_s == 0) || *ends_ms <= h->now_ms)
        return COH_AUTH;
    if (!relative && !(t->flags & (TICKET_HAS_TICKS | TICKET_HAS_OPS | TICKET_HAS_QUOTAS)))
        return COH_OK;
    *use = entry_of(h, t, *ends_ms, relative);
    if (*use == TICKET_UNLIMITED)
        return COH_BUSY;
    *ends_ms = h->tickets[*use].ends_ms;
    return *ends_ms > h->now_ms ? COH_OK : COH_AUTH;
}

bool ticket_spend(struct hive *h, uint32_t use, struct ticket_cost cost)
{
    if (use == TICKET_UNLIMITED)
        return true;
    struct ticket_use *u = &h->tickets[use];
    uint32_t quantum = (uint32_t)(h->now_ms / COH_EVENT_PUMP_TICK_MS + 1);
    cost.of[TICKET_TICKS] = cost.of[TICKET_OPS] && quantum != u->quantum;
    for (uint32_t i = 0; i < TICKET_UNITS; i++) {
        if (u->left[i] < cost.of[i])
            return false;
    }
    for (uint32_t i = 0; i < TICKET_UNITS; i++)
        u->left[i] -= u->left[i] == UINT64_MAX ? 0 : cost.of[i];
    if (cost.of[TICKET_TICKS])
        u->quantum = quantum;
    return true;
}
