/* Opens capability tickets: text, then payload, MAC and fields, in this order; see ticket.h. */
#include "auth/ticket.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/utf8.h"

#define PREFIX "cohesix-ticket-"
#define PREFIX_BYTES (sizeof PREFIX - 1u)
#define MAC_TEXT_BYTES (2u * HASH_BYTES)
#define VERSION 1u
#define KNOWN_FLAGS                                                                                          \
    (TICKET_HAS_TICKS | TICKET_HAS_OPS | TICKET_HAS_TTL | TICKET_HAS_SUBJECT | TICKET_HAS_SCOPES |           \
     TICKET_HAS_QUOTAS)

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

/* `/`, or components that are neither empty nor dots, each after one slash. */
static bool clean_path(struct bytes path)
{
    if (path.n == 0 || path.p[0] != '/')
        return false;
    size_t from = 1;
    for (size_t i = 1; i <= path.n && path.n > 1; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        struct bytes name = bytes_sub(path, from, i - from);
        if (name.n == 0 || name.n > NS_NAME_BYTES || bytes_is(name, ".") || bytes_is(name, ".."))
            return false;
        from = i + 1u;
    }
    return true;
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
        if (r->bad || !clean_path(scope->path) || scope->verb > TICKET_BOTH ||
            scope->rate_per_s > limits->max_scope_rate_per_s)
            return false;
    }
    return true;
}

static bool read_fields(struct bytes payload, const struct ticket_limits *limits, struct ticket *out)
{
    struct reader r = reader_of(payload);
    if (rd_u8(&r) != VERSION)
        return false;
    out->role = (enum coh_role)rd_u8(&r);
    out->flags = rd_u8(&r);
    if (out->flags & ~KNOWN_FLAGS)
        return false;
    if (out->flags & TICKET_HAS_TICKS)
        out->ticks = rd_u64(&r);
    if (out->flags & TICKET_HAS_OPS)
        out->ops = rd_u64(&r);
    if (out->flags & TICKET_HAS_TTL)
        out->ttl_s = rd_u64(&r);
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
    COH_ASSERT(keys != NULL && limits != NULL && out != NULL);
    struct bytes payload;
    return decode_text(text, payload_store, &payload, out) && check_mac(payload, keys, out->mac) &&
           read_fields(payload, limits, out);
}

static bool claimed(struct bytes text, uint8_t payload_store[TICKET_PAYLOAD_MAX], struct ticket *t)
{
    const struct ticket_limits any = {TICKET_SCOPES_MAX, UINT16_MAX, UINT32_MAX};
    struct bytes payload;
    return decode_text(text, payload_store, &payload, t) && read_fields(payload, &any, t);
}

struct bytes ticket_claimed_subject(struct bytes text, uint8_t payload_store[TICKET_PAYLOAD_MAX])
{
    struct ticket t;
    return claimed(text, payload_store, &t) ? t.subject : bytes_of(NULL, 0);
}

enum coh_role ticket_claimed_role(struct bytes text)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct ticket t;
    return claimed(text, payload, &t) ? t.role : ROLE_COUNT;
}

uint64_t ticket_id(const uint8_t mac[HASH_BYTES])
{
    uint64_t id = 0;
    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | mac[i];
    return id;
}

uint64_t ticket_claimed_id(struct bytes text)
{
    uint8_t mac[HASH_BYTES];
    struct bytes hex = bytes_sub(text, text.n < MAC_TEXT_BYTES ? 0 : text.n - MAC_TEXT_BYTES, MAC_TEXT_BYTES);
    return parse_hex(hex, mac, HASH_BYTES) ? ticket_id(mac) : 0;
}
