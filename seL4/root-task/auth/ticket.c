/* Opens capability tickets: text, then payload, MAC and fields, in this order; see ticket.h. */
#include "auth/ticket.h"

#include "base/fmt.h"

#define PREFIX "cohesix-ticket-"
#define PREFIX_BYTES (sizeof PREFIX - 1u)
#define MAC_TEXT_BYTES (2u * HASH_BYTES)
#define VERSION 1u
_Static_assert(TICKET_PAYLOAD_MAX <= BLAKE3_MAX_BYTES, "every payload is one BLAKE3 chunk");

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_QUEEN] = "queen",    [ROLE_HEARTBEAT] = "worker-heartbeat", [ROLE_GPU] = "worker-gpu",
    [ROLE_BUS] = "worker-bus", [ROLE_LORA] = "worker-lora",
};

enum coh_role role_parse(struct bytes name)
{
    if (bytes_is(name, "worker"))
        return ROLE_HEARTBEAT;
    unsigned role = 0;
    while (role < ROLE_COUNT && !bytes_is(name, role_names[role]))
        role++;
    return (enum coh_role)role;
}

const char *role_name(enum coh_role role)
{
    COH_ASSERT(role < ROLE_COUNT);
    return role_names[role];
}

/* Splits `cohesix-ticket-<payload hex>.<mac hex>` and turns both parts into bytes: *payload in store, and t->mac. The rest of
 * *t is empty. */
static bool decode_text(struct bytes text, uint8_t store[TICKET_PAYLOAD_MAX], struct bytes *payload, struct ticket *t)
{
    *t = (struct ticket){.role = ROLE_COUNT};
    if (text.n > TICKET_TEXT_BYTES || text.n < PREFIX_BYTES + 1u + MAC_TEXT_BYTES || !bytes_begin(text, PREFIX))
        return false;
    size_t dot = text.n - MAC_TEXT_BYTES - 1u;
    struct bytes hex = bytes_sub(text, PREFIX_BYTES, dot - PREFIX_BYTES);
    *payload = bytes_of(store, hex.n / 2u);
    return text.p[dot] == '.' && parse_hex(hex, store, payload->n) &&
           parse_hex(bytes_sub(text, dot + 1u, MAC_TEXT_BYTES), t->mac, HASH_BYTES);
}

/* The role byte only selects the key here; that the MAC then holds is what makes it true. */
static bool check_mac(struct bytes payload, const uint8_t *const keys[ROLE_COUNT], const uint8_t mac[HASH_BYTES])
{
    if (payload.n < 2u || payload.p[1] >= ROLE_COUNT)
        return false;
    const uint8_t *key = keys[payload.p[1]];
    uint8_t want[HASH_BYTES];
    if (key == NULL)
        return false;
    blake3_keyed(key, payload, want);
    return ct_equal(want, mac, HASH_BYTES);
}

static struct bytes rd_text(struct reader *r, size_t max)
{
    struct bytes s = rd_bytes(r, rd_u16(r));
    r->bad |= s.n > max || !utf8_clean(s);
    return s;
}

static bool read_scopes(struct reader *r, const struct ticket_limits *limits, struct ticket *out)
{
    out->scopes_n = rd_u8(r);
    if (out->scopes_n > TICKET_SCOPES_MAX || out->scopes_n > limits->max_scopes)
        return false;
    for (unsigned i = 0; i < out->scopes_n; i++) {
        struct ticket_scope *scope = &out->scopes[i];
        scope->path = rd_text(r, limits->max_scope_path_bytes);
        scope->verb = rd_u8(r);
        scope->rate_per_s = rd_u32(r);
        if (r->bad || !utf8_path(scope->path, UINT32_MAX) || scope->verb > TICKET_BOTH ||
            scope->rate_per_s > limits->max_scope_rate_per_s)
            return false;
    }
    return true;
}

static bool read_fields(struct bytes payload, const struct ticket_limits *limits, struct ticket *out)
{
    struct reader r = reader_of(payload);
    r.bad = rd_u8(&r) != VERSION;
    out->role = (enum coh_role)rd_u8(&r);
    out->flags = rd_u8(&r);
    r.bad |= out->role >= ROLE_COUNT || (out->flags & ~TICKET_FLAGS);
    out->ticks = out->flags & TICKET_HAS_TICKS ? rd_u64(&r) : 0;
    out->ops = out->flags & TICKET_HAS_OPS ? rd_u64(&r) : 0;
    out->ttl_s = out->flags & TICKET_HAS_TTL ? rd_u64(&r) : 0;
    if (out->flags & TICKET_HAS_SUBJECT)
        out->subject = rd_text(&r, TICKET_SUBJECT_BYTES);
    out->issued_at_ms = rd_u64(&r);
    out->mount_service = rd_text(&r, TICKET_SUBJECT_BYTES);
    out->mount_at = rd_text(&r, TICKET_SUBJECT_BYTES);
    if ((out->flags & TICKET_HAS_SCOPES) && !read_scopes(&r, limits, out))
        return false;
    if (out->flags & TICKET_HAS_QUOTAS) {
        out->bandwidth_bytes = rd_u64(&r);
        out->cursor_resumes = rd_u32(&r);
        out->cursor_advances = rd_u32(&r);
    }
    return !r.bad && r.left == 0;
}

bool ticket_open(struct bytes text, const uint8_t *const keys[ROLE_COUNT], const struct ticket_limits *limits,
                 uint8_t payload_store[TICKET_PAYLOAD_MAX], struct ticket *out)
{
    struct bytes payload;
    return decode_text(text, payload_store, &payload, out) && check_mac(payload, keys, out->mac) &&
           read_fields(payload, limits, out);
}

void ticket_claims(struct bytes text, uint8_t payload_store[TICKET_PAYLOAD_MAX], struct ticket *out)
{
    const struct ticket_limits any = {TICKET_SCOPES_MAX, UINT16_MAX, UINT32_MAX};
    struct bytes payload;
    if (!decode_text(text, payload_store, &payload, out) || !read_fields(payload, &any, out))
        *out = (struct ticket){.role = ROLE_COUNT};
}

uint64_t ticket_id(const uint8_t mac[HASH_BYTES]) { return __builtin_bswap64(bytes_le(bytes_of(mac, 8))); }

uint64_t ticket_claimed_id(struct bytes text)
{
    uint8_t mac[HASH_BYTES];
    struct bytes hex = text.n < MAC_TEXT_BYTES ? text : bytes_sub(text, text.n - MAC_TEXT_BYTES, MAC_TEXT_BYTES);
    return parse_hex(hex, mac, HASH_BYTES) ? ticket_id(mac) : 0;
}
