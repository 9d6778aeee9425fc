/* Ticket keys, the console token, and the budgets of tickets; see tickets.h. */
#include "hive/tickets.h"

#include "base/assert.h"
#include "hive/state.h"


#define SECOND_MS 1000u

/* The blob of a release image: magic, manifest hash, token digest, count, then count × {role, key_id[8], key[32]}, and the
 * SHA-256 of all that (docs/SECURITY.md). */
#define BLOB_MAGIC "COHKEYS1"
#define KEY_ID_BYTES 8u

static const char *keys_from_blob(struct hive *h, struct bytes blob)
{
    struct reader r = reader_of(blob);
    struct bytes magic = rd_bytes(&r, sizeof BLOB_MAGIC - 1);
    struct bytes manifest = rd_bytes(&r, HASH_BYTES);
    struct bytes token = rd_bytes(&r, HASH_BYTES);
    uint8_t count = rd_u8(&r), expected[HASH_BYTES], digest[HASH_BYTES];
    if (r.bad || !bytes_is(magic, BLOB_MAGIC))
        return "provisioning blob missing or not one: make it with coh-rtc provision";
    if (!parse_hex(bytes_str(COH_MANIFEST_SHA256), expected, HASH_BYTES) ||
        !bytes_eq(manifest, bytes_of(expected, HASH_BYTES)))
        return "provisioning blob is for another manifest";
    memcpy(h->tickets_state.token_digest, token.p, HASH_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t role = rd_u8(&r);
        struct bytes id = rd_bytes(&r, KEY_ID_BYTES), key = rd_bytes(&r, HASH_BYTES);
        if (r.bad || role >= ROLE_COUNT)
            return "provisioning blob is cut short";
        for (uint32_t k = 0; k < coh_ticket_keys_count; k++) {
            if (coh_ticket_keys[k].role == role && bytes_eq(id, bytes_of(coh_ticket_keys[k].key_id, KEY_ID_BYTES)))
                h->tickets_state.keys[role] = key.p;
        }
    }
    size_t body = blob.n - r.left;
    struct bytes sum = rd_bytes(&r, HASH_BYTES);
    sha256(bytes_sub(blob, 0, body), digest);
    if (r.bad || !bytes_eq(sum, bytes_of(digest, HASH_BYTES)))
        return "provisioning blob is damaged";
    for (uint32_t k = 0; k < coh_ticket_keys_count; k++) {
        if (!h->tickets_state.keys[coh_ticket_keys[k].role])
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
    uint64_t ttl_ms = t->ttl_s > UINT64_MAX / SECOND_MS ? UINT64_MAX : t->ttl_s * SECOND_MS;
    *relative = t->issued_at_ms == 0 || h->facts.rtc_unix_ms == 0;
    uint64_t from = *relative ? h->now_ms : t->issued_at_ms;
    uint64_t end = ttl_ms > UINT64_MAX - from ? UINT64_MAX : from + ttl_ms;
    if (*relative || end == UINT64_MAX)
        return end;
    return end > h->facts.rtc_unix_ms ? end - h->facts.rtc_unix_ms : 0;
}

static bool has_budget(const struct ticket *t, bool relative)
{
    return relative || (t->flags & (TICKET_HAS_TICKS | TICKET_HAS_OPS | TICKET_HAS_QUOTAS));
}

/* A manifest limit caps a ticket's own, if it has any; 0 = none in both. none is what stands for no bound. */
static uint64_t quota(const struct ticket *t, uint64_t asked, uint64_t limit, uint64_t none)
{
    if (limit && (!asked || asked > limit))
        asked = limit;
    return (t->flags & TICKET_HAS_QUOTAS) && asked && asked < none ? asked : none;
}

static void use_begin(struct ticket_use *u, const struct ticket *t, uint64_t ends_ms, bool relative)
{
    memcpy(u->mac, t->mac, HASH_BYTES);
    u->ends_ms = ends_ms ? ends_ms : 1;
    u->relative = relative;
    u->ticks_left = t->flags & TICKET_HAS_TICKS ? t->ticks : UINT64_MAX;
    u->ops_left = t->flags & TICKET_HAS_OPS ? t->ops : UINT64_MAX;
    u->bytes_left = quota(t, t->bandwidth_bytes, COH_TICKET_LIMITS_BANDWIDTH_BYTES, UINT64_MAX);
    u->resumes_left = (uint32_t)quota(t, t->cursor_resumes, COH_TICKET_LIMITS_CURSOR_RESUMES, UINT32_MAX);
    u->advances_left = (uint32_t)quota(t, t->cursor_advances, COH_TICKET_LIMITS_CURSOR_ADVANCES, UINT32_MAX);
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
    if (!has_budget(t, relative))
        return COH_OK;
    *use = entry_of(h, t, *ends_ms, relative);
    if (*use == TICKET_UNLIMITED)
        return COH_BUSY;
    *ends_ms = h->tickets[*use].ends_ms;
    return *ends_ms > h->now_ms ? COH_OK : COH_AUTH;
}

bool ticket_spend_op(struct hive *h, uint32_t use)
{
    if (use == TICKET_UNLIMITED)
        return true;
    struct ticket_use *u = &h->tickets[use];
    uint64_t quantum = h->now_ms / COH_EVENT_PUMP_TICK_MS + 1;
    bool fresh = quantum != u->quantum;
    if (u->ops_left == 0 || (fresh && u->ticks_left == 0))
        return false;
    u->quantum = quantum;
    u->ticks_left -= fresh && u->ticks_left != UINT64_MAX;
    u->ops_left -= u->ops_left != UINT64_MAX;
    return true;
}

bool ticket_spend_bytes(struct hive *h, uint32_t use, uint64_t n)
{
    if (use == TICKET_UNLIMITED)
        return true;
    struct ticket_use *u = &h->tickets[use];
    if (u->bytes_left < n)
        return false;
    u->bytes_left -= u->bytes_left == UINT64_MAX ? 0 : n;
    return true;
}

bool ticket_spend_cursor(struct hive *h, uint32_t use, bool resume, bool advance)
{
    if (use == TICKET_UNLIMITED)
        return true;
    struct ticket_use *u = &h->tickets[use];
    if ((resume && u->resumes_left == 0) || (advance && u->advances_left == 0))
        return false;
    u->resumes_left -= resume && u->resumes_left != UINT32_MAX;
    u->advances_left -= advance && u->advances_left != UINT32_MAX;
    return true;
}
