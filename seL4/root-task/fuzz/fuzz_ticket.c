/* Tickets, two ways. As text: must not open unless its MAC holds for a key that only this file knows. As a
 * payload that is MACed here, so that the fields are reached: what opens is re-encoded from its fields and
 * must be the same bytes. */
#include "support/fuzz.h"

#include "auth/ticket.h"
#include "base/fmt.h"
#include "support/mint.h"

static const struct ticket_limits limits = {
    .max_scopes = 8, .max_scope_path_bytes = 128, .max_scope_rate_per_s = 64};
static const uint8_t key_store[ROLE_COUNT][HASH_BYTES] = {{1}, {2}, {3}, {4}, {5}};
static const uint8_t *const keys[ROLE_COUNT] = {key_store[0], key_store[1], key_store[2], key_store[3],
                                                key_store[4]};

static void encode(struct buf *b, const struct ticket *t)
{
    mint_le(b, 1, 1);
    mint_le(b, t->role, 1);
    mint_le(b, t->flags, 1);
    if (t->flags & TICKET_HAS_TICKS)
        mint_le(b, t->ticks, 8);
    if (t->flags & TICKET_HAS_OPS)
        mint_le(b, t->ops, 8);
    if (t->flags & TICKET_HAS_TTL)
        mint_le(b, t->ttl_s, 8);
    if (t->flags & TICKET_HAS_SUBJECT)
        mint_str(b, t->subject);
    mint_le(b, t->issued_at_ms, 8);
    mint_str(b, t->mount_service);
    mint_str(b, t->mount_at);
    if (t->flags & TICKET_HAS_SCOPES) {
        mint_le(b, t->scopes_n, 1);
        for (unsigned i = 0; i < t->scopes_n; i++) {
            mint_str(b, t->scopes[i].path);
            mint_le(b, t->scopes[i].verb, 1);
            mint_le(b, t->scopes[i].rate_per_s, 4);
        }
    }
    if (t->flags & TICKET_HAS_QUOTAS) {
        mint_le(b, t->bandwidth_bytes, 8);
        mint_le(b, t->cursor_resumes, 4);
        mint_le(b, t->cursor_advances, 4);
    }
}

static void check_fields(const struct ticket *t)
{
    FUZZ_CHECK(t->role < ROLE_COUNT && t->scopes_n <= limits.max_scopes);
    FUZZ_CHECK(utf8_valid(t->subject) && utf8_valid(t->mount_service) && utf8_valid(t->mount_at));
    for (unsigned i = 0; i < t->scopes_n; i++) {
        const struct ticket_scope *s = &t->scopes[i];
        FUZZ_CHECK(s->path.n >= 1 && s->path.n <= limits.max_scope_path_bytes && s->path.p[0] == '/');
        FUZZ_CHECK(s->verb <= TICKET_BOTH && s->rate_per_s <= limits.max_scope_rate_per_s);
    }
}

static void as_payload(struct bytes payload)
{
    static uint8_t text[2u * 1024u + 100u], store[TICKET_PAYLOAD_MAX], again[TICKET_PAYLOAD_MAX];
    static struct ticket t;
    if (payload.n > 1024)
        return;
    struct buf b = buf_of(text, sizeof text), e = buf_of(again, sizeof again);
    unsigned role = payload.n > 1 && payload.p[1] < ROLE_COUNT ? payload.p[1] : 0;
    mint_text(&b, payload, key_store[role]);
    if (!ticket_open(buf_bytes(&b), keys, &limits, store, &t))
        return;
    FUZZ_CHECK(b.n <= TICKET_TEXT_BYTES);
    check_fields(&t);
    encode(&e, &t);
    FUZZ_CHECK(bytes_eq(buf_bytes(&e), payload));
    static struct ticket claimed;
    ticket_claims(buf_bytes(&b), again, &claimed);
    FUZZ_CHECK(claimed.role == t.role && bytes_eq(claimed.subject, t.subject));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t store[TICKET_PAYLOAD_MAX];
    static struct ticket t;
    FUZZ_CHECK(!ticket_open(bytes_of(data, size), keys, &limits, store, &t));
    ticket_claims(bytes_of(data, size), store, &t);
    FUZZ_CHECK(t.role <= ROLE_COUNT && t.subject.n <= TICKET_SUBJECT_BYTES);
    as_payload(bytes_of(data, size));
    return 0;
}
