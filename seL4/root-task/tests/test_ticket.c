/* Capability tickets: the vectors, every field, and the refusal of everything that is not exactly one. */
#include "support/test.h"

#include <string.h>

#include "auth/ticket.h"
#include "support/fixture.h"
#include "support/mint.h"

static const struct ticket_limits limits = {
    .max_scopes = 8, .max_scope_path_bytes = 128, .max_scope_rate_per_s = 64};
static const char *const secrets[ROLE_COUNT] = {"bootstrap", "worker", "worker-gpu", "worker-bus",
                                                "worker-lora"};
static uint8_t key_store[ROLE_COUNT][HASH_BYTES];
static const uint8_t *keys[ROLE_COUNT];

static uint8_t payload_store[TICKET_PAYLOAD_MAX];
static struct ticket t;
static char x[300]; /* as many 'x' */

static int derive_keys(void **state)
{
    memset(x, 'x', sizeof x);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        blake3(bytes_str(secrets[i]), key_store[i]);
        keys[i] = key_store[i];
    }
    return 0;
}

static bool open_text(struct bytes text)
{
    return ticket_open(text, keys, &limits, payload_store, &t);
}

/* Mints payload with the key of the role that its second byte names (queen's if none) and opens it. */
static bool open_payload(struct bytes payload)
{
    static uint8_t text[2200];
    struct buf b = buf_of(text, sizeof text);
    unsigned role = payload.n > 1 && payload.p[1] < ROLE_COUNT ? payload.p[1] : ROLE_QUEEN;
    mint_text(&b, payload, key_store[role]);
    assert_false(b.cut);
    return open_text(buf_bytes(&b));
}

/* What a test starts from: a queen's ticket with these flags, up to the fields that the flags ask for. */
static struct buf begin(uint8_t *store, size_t cap, uint8_t flags)
{
    struct buf b = buf_of(store, cap);
    mint_le(&b, 1, 1);
    mint_le(&b, ROLE_QUEEN, 1);
    mint_le(&b, flags, 1);
    return b;
}

/* issued 0, no mount */
static void plain_tail(struct buf *b)
{
    mint_le(b, 0, 8);
    mint_le(b, 0, 2);
    mint_le(b, 0, 2);
}

static void put_scope(struct buf *b, const char *path, uint8_t verb, uint32_t rate)
{
    mint_str(b, bytes_str(path));
    mint_le(b, verb, 1);
    mint_le(b, rate, 4);
}

static bool open_one_scope(const char *path, uint8_t verb, uint32_t rate)
{
    uint8_t store[512];
    struct buf b = begin(store, sizeof store, TICKET_HAS_SCOPES);
    plain_tail(&b);
    mint_le(&b, 1, 1);
    put_scope(&b, path, verb, rate);
    return open_payload(buf_bytes(&b));
}

/* One vector of the fixture file by its name; borrowed until the next call. */
static struct bytes vector(const char *want)
{
    static struct fixture f;
    f.file = fopen(COH_FIXTURES "/tickets.txt", "r");
    assert_non_null(f.file);
    bool found = false;
    while (!found && fixture_next(&f) == 4)
        found = bytes_is(f.field[0], want);
    fclose(f.file);
    assert_true(found);
    return f.field[3];
}

static void the_specified_vectors_open(void **state)
{
    assert_true(open_text(vector("heartbeat")));
    assert_int_equal(t.role, ROLE_HEARTBEAT);
    assert_int_equal(t.flags, TICKET_HAS_SUBJECT);
    ASSERT_TEXT(t.subject, "worker-1");
    assert_true(t.issued_at_ms == 0 && t.mount_service.n == 0 && t.mount_at.n == 0 && t.scopes_n == 0);
    static const uint8_t mac[] = {0xea, 0x7b, 0xee, 0x86, 0x23, 0x0e, 0x67, 0x03};
    assert_memory_equal(t.mac, mac, sizeof mac);
    assert_true(open_text(vector("bus")));
    assert_int_equal(t.role, ROLE_BUS);
    ASSERT_TEXT(t.subject, "modbus-main");
    assert_true(open_text(vector("expired")));
    assert_int_equal(t.role, ROLE_QUEEN);
    assert_int_equal(t.flags, TICKET_HAS_TTL);
    assert_true(t.ttl_s == 0);
}

static void a_ticket_with_every_field_gives_them_all(void **state)
{
    assert_true(open_text(vector("full")));
    assert_int_equal(t.role, ROLE_GPU);
    assert_int_equal(t.flags, 63);
    assert_true(t.ticks == 1000 && t.ops == 64 && t.ttl_s == 120 && t.issued_at_ms == 1767225600123u);
    ASSERT_TEXT(t.subject, "worker-7");
    ASSERT_TEXT(t.mount_service, "gpu-bridge");
    ASSERT_TEXT(t.mount_at, "/gpu");
    assert_int_equal(t.scopes_n, 2);
    ASSERT_TEXT(t.scopes[0].path, "/gpu/GPU-0");
    assert_int_equal(t.scopes[0].verb, TICKET_BOTH);
    assert_int_equal(t.scopes[0].rate_per_s, 16);
    ASSERT_TEXT(t.scopes[1].path, "/proc");
    assert_int_equal(t.scopes[1].verb, TICKET_READ);
    assert_int_equal(t.scopes[1].rate_per_s, 0);
    assert_true(t.bandwidth_bytes == 131072 && t.cursor_resumes == 16 && t.cursor_advances == 256);
}

static void one_changed_character_anywhere_is_refused(void **state)
{
    uint8_t text[TICKET_TEXT_BYTES];
    struct bytes good = vector("full");
    for (size_t i = 0; i < good.n; i++) {
        memcpy(text, good.p, good.n);
        text[i] = text[i] == '0' ? '1' : '0';
        if (open_text(bytes_of(text, good.n)))
            fail_msg("character %zu may be changed", i);
        text[i] = (uint8_t)(good.p[i] ^ 0x20); /* other case */
        if (open_text(bytes_of(text, good.n)))
            fail_msg("case of character %zu may be changed", i);
    }
}

static void every_shorter_or_longer_text_is_refused(void **state)
{
    uint8_t text[TICKET_TEXT_BYTES];
    struct bytes good = vector("heartbeat");
    for (size_t n = 0; n < good.n; n++)
        if (open_text(bytes_sub(good, 0, n)))
            fail_msg("%zu characters are enough", n);
    memcpy(text, good.p, good.n);
    text[good.n] = '0';
    assert_false(open_text(bytes_of(text, good.n + 1u)));
    text[good.n] = ' ';
    assert_false(open_text(bytes_of(text, good.n + 1u)));
    assert_false(open_text(bytes_of(NULL, 0)));
}

static void every_shorter_or_longer_payload_is_refused_though_its_mac_holds(void **state)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    assert_true(open_text(vector("full")));
    size_t n = (vector("full").n - 15u - 1u - 64u) / 2u;
    memcpy(payload, payload_store, n);
    payload[n] = 0;
    assert_true(open_payload(bytes_of(payload, n)));
    for (size_t k = 0; k < n; k++)
        if (open_payload(bytes_of(payload, k)))
            fail_msg("%zu of %zu bytes are enough", k, n);
    assert_false(open_payload(bytes_of(payload, n + 1u)));
}

static void a_ticket_needs_the_key_of_its_own_role(void **state)
{
    struct bytes text = vector("heartbeat");
    const uint8_t *other[ROLE_COUNT] = {keys[0], keys[3], keys[2], keys[1], keys[4]};
    assert_false(ticket_open(text, other, &limits, payload_store, &t));
    other[ROLE_HEARTBEAT] = NULL;
    assert_false(ticket_open(text, other, &limits, payload_store, &t));
    other[ROLE_HEARTBEAT] = keys[ROLE_HEARTBEAT];
    assert_true(ticket_open(text, other, &limits, payload_store, &t));
}

static void unknown_versions_roles_and_flags_are_refused(void **state)
{
    for (unsigned v = 0; v < 256; v++) {
        uint8_t store[32];
        struct buf b = begin(store, sizeof store, 0);
        plain_tail(&b);
        store[0] = (uint8_t)v;
        assert_true(open_payload(buf_bytes(&b)) == (v == 1));
        store[0] = 1;
        store[1] = (uint8_t)v;
        assert_true(open_payload(buf_bytes(&b)) == (v < ROLE_COUNT));
        store[1] = 0;
        store[2] = (uint8_t)v;
        assert_true(open_payload(buf_bytes(&b)) == (v == 0));
    }
    for (unsigned bit = 64; bit < 256; bit <<= 1) {
        uint8_t store[32];
        struct buf b = begin(store, sizeof store, (uint8_t)bit);
        plain_tail(&b);
        assert_false(open_payload(buf_bytes(&b)));
    }
}

static bool open_strings(struct bytes subject, struct bytes service, struct bytes at)
{
    uint8_t store[1024];
    struct buf b = begin(store, sizeof store, TICKET_HAS_SUBJECT);
    mint_str(&b, subject);
    mint_le(&b, 5, 8);
    mint_str(&b, service);
    mint_str(&b, at);
    return open_payload(buf_bytes(&b));
}

static void strings_are_bounded_utf8_without_control_characters(void **state)
{
    struct bytes ok = bytes_str("ok"), none = bytes_of(NULL, 0);
    static const char *const bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "a\nb", "\x7f", "\x1f"};
    assert_true(open_strings(bytes_of(x, 255), none, none));
    assert_true(open_strings(ok, bytes_of(x, 255), none));
    assert_true(open_strings(ok, none, bytes_of(x, 255)));
    assert_false(open_strings(bytes_of(x, 256), none, none));
    assert_false(open_strings(ok, bytes_of(x, 256), none));
    assert_false(open_strings(ok, none, bytes_of(x, 256)));
    assert_true(open_strings(bytes_str("\xc3\xa4"), bytes_str("\xe2\x82\xac"), bytes_str("/a b")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(open_strings(bytes_str(bad[i]), none, none));
        assert_false(open_strings(ok, bytes_str(bad[i]), none));
        assert_false(open_strings(ok, none, bytes_str(bad[i])));
    }
    assert_false(open_strings(LIT("a\0b"), none, none));
}

static void a_string_may_not_reach_beyond_the_payload(void **state)
{
    uint8_t store[64];
    struct buf b = begin(store, sizeof store, 0);
    mint_le(&b, 0, 8);
    mint_le(&b, 0, 2);
    mint_le(&b, 1, 2); /* one byte that is not there */
    assert_false(open_payload(buf_bytes(&b)));
    store[b.n - 2] = 0xff;
    store[b.n - 1] = 0xff;
    assert_false(open_payload(buf_bytes(&b)));
}

static void scope_paths_are_absolute_and_clean(void **state)
{
    static const char *const good[] = {"/", "/a", "/a/b", "/.a", "/..a", "/a..", "/...", "/\xc3\xa4", "/a b"};
    static const char *const bad[] = {"",      "a",   "a/b",  "//",    "/a/",   "/a//b",
                                      "//a",   "/.",  "/..",  "/a/.",  "/a/..", "/a/./b",
                                      "/../a", "./a", "/a\n", "/\x7f", "/\xff", " /a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!open_one_scope(good[i], TICKET_READ, 0))
            fail_msg("`%s` was refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (open_one_scope(bad[i], TICKET_READ, 0))
            fail_msg("`%s` was accepted", bad[i]);
}

static void scopes_beyond_the_manifest_are_refused(void **state)
{
    char path[200] = "/";
    memset(path + 1, 'x', sizeof path - 1u);
    path[128] = 0;
    assert_true(open_one_scope(path, TICKET_BOTH, 64));
    assert_false(open_one_scope(path, TICKET_BOTH, 65));
    assert_false(open_one_scope(path, TICKET_BOTH, UINT32_MAX));
    assert_false(open_one_scope(path, 3, 0));
    assert_false(open_one_scope(path, 255, 0));
    path[128] = 'x';
    path[129] = 0;
    assert_false(open_one_scope(path, TICKET_BOTH, 0));
}

static void a_component_is_bounded_even_where_the_manifest_allows_longer_paths(void **state)
{
    const struct ticket_limits wide = {16, 1000, 64};
    uint8_t store[512], text[1100];
    for (size_t n = 255; n <= 256; n++) {
        uint8_t path[257] = "/";
        memset(path + 1, 'x', n);
        struct buf b = begin(store, sizeof store, TICKET_HAS_SCOPES), out = buf_of(text, sizeof text);
        plain_tail(&b);
        mint_le(&b, 1, 1);
        mint_str(&b, bytes_of(path, n + 1u));
        mint_le(&b, 0, 5);
        mint_text(&out, buf_bytes(&b), key_store[0]);
        assert_true(ticket_open(buf_bytes(&out), keys, &wide, payload_store, &t) == (n == 255));
    }
}

static bool open_scopes(unsigned n, const struct ticket_limits *bounds)
{
    uint8_t store[512], text[1100];
    struct buf b = begin(store, sizeof store, TICKET_HAS_SCOPES), out = buf_of(text, sizeof text);
    plain_tail(&b);
    mint_le(&b, n, 1);
    for (unsigned i = 0; i < n; i++)
        put_scope(&b, "/a", TICKET_WRITE, i);
    mint_text(&out, buf_bytes(&b), key_store[0]);
    return ticket_open(buf_bytes(&out), keys, bounds, payload_store, &t);
}

static void the_number_of_scopes_is_bounded_twice(void **state)
{
    const struct ticket_limits wide = {1000, 128, 64};
    assert_true(open_scopes(0, &limits));
    assert_true(open_scopes(8, &limits));
    assert_false(open_scopes(9, &limits));
    assert_true(open_scopes(16, &wide));
    assert_int_equal(t.scopes_n, 16);
    assert_int_equal(t.scopes[15].rate_per_s, 15);
    assert_false(open_scopes(17, &wide));
}

static void text_of_exactly_the_bound_opens_and_one_more_byte_of_payload_does_not(void **state)
{
    uint8_t store[TICKET_PAYLOAD_MAX], text[1200];
    for (size_t extra = 0; extra < 2; extra++) {
        struct buf b = begin(store, sizeof store, TICKET_HAS_SUBJECT), out = buf_of(text, sizeof text);
        mint_str(&b, bytes_of(x, 255));
        mint_le(&b, 0, 8);
        mint_str(&b, bytes_of(x, 472u - 3u - 257u - 8u - 2u - 2u + extra));
        mint_le(&b, 0, 2);
        mint_text(&out, buf_bytes(&b), key_store[0]);
        assert_int_equal(out.n, TICKET_TEXT_BYTES + 2u * extra);
        assert_true(open_text(buf_bytes(&out)) == (extra == 0));
    }
}

static void nothing_of_a_refused_ticket_can_be_mistaken_for_a_role(void **state)
{
    assert_true(open_text(vector("full")));
    assert_false(open_text(bytes_str("cohesix-ticket-")));
    assert_int_equal(t.role, ROLE_COUNT);
    assert_int_equal(t.subject.n, 0);
}

static struct ticket claims(struct bytes text)
{
    struct ticket claimed;
    ticket_claims(text, payload_store, &claimed);
    return claimed;
}

static void the_claimed_subject_is_readable_without_a_key_and_proves_nothing(void **state)
{
    uint8_t text[TICKET_TEXT_BYTES];
    struct bytes good = vector("heartbeat");
    ASSERT_TEXT(claims(good).subject, "worker-1");
    memcpy(text, good.p, good.n);
    text[good.n - 1u] ^= 1u; /* the MAC no longer holds */
    assert_false(open_text(bytes_of(text, good.n)));
    ASSERT_TEXT(claims(bytes_of(text, good.n)).subject, "worker-1");
    ASSERT_TEXT(claims(vector("expired")).subject, "");
    ASSERT_TEXT(claims(bytes_str("not a ticket")).subject, "");
    text[15] = 'f'; /* no known version */
    ASSERT_TEXT(claims(bytes_of(text, good.n)).subject, "");
    ASSERT_TEXT(claims(bytes_of(NULL, 0)).subject, "");
}

static void the_claimed_role_is_readable_without_a_key_and_proves_nothing(void **state)
{
    uint8_t text[TICKET_TEXT_BYTES];
    struct bytes good = vector("heartbeat");
    assert_int_equal(claims(good).role, ROLE_HEARTBEAT);
    memcpy(text, good.p, good.n);
    text[good.n - 1u] ^= 1u;
    assert_int_equal(claims(bytes_of(text, good.n)).role, ROLE_HEARTBEAT);
    text[15] = 'f';
    assert_int_equal(claims(bytes_of(text, good.n)).role, ROLE_COUNT);
    assert_int_equal(claims(bytes_of(NULL, 0)).role, ROLE_COUNT);
}

static void the_claimed_id_is_that_of_the_mac_that_the_text_ends_with(void **state)
{
    uint8_t text[TICKET_TEXT_BYTES];
    struct bytes good = vector("heartbeat");
    assert_true(open_text(good));
    assert_true(ticket_claimed_id(good) != 0 && ticket_claimed_id(good) == ticket_id(t.mac));
    memcpy(text, good.p, good.n);
    text[good.n - 1u] = 'g'; /* no hex digit */
    assert_int_equal(ticket_claimed_id(bytes_of(text, good.n)), 0);
    assert_int_equal(ticket_claimed_id(bytes_str("short")), 0);
    assert_int_equal(ticket_claimed_id(bytes_of(NULL, 0)), 0);
}

static void roles_have_one_name_and_worker_is_an_alias(void **state)
{
    static const char *const names[] = {"queen", "worker-heartbeat", "worker-gpu", "worker-bus",
                                        "worker-lora"};
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal(role_parse(bytes_str(names[i])), i);
        assert_string_equal(role_name((enum coh_role)i), names[i]);
    }
    assert_int_equal(role_parse(bytes_str("worker")), ROLE_HEARTBEAT);
    static const char *const bad[] = {"", "Queen", "worker-", "workers", "queen ", "heartbeat"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(role_parse(bytes_str(bad[i])), ROLE_COUNT);
    EXPECT_PANIC(role_name(ROLE_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_specified_vectors_open),
        cmocka_unit_test(a_ticket_with_every_field_gives_them_all),
        cmocka_unit_test(one_changed_character_anywhere_is_refused),
        cmocka_unit_test(every_shorter_or_longer_text_is_refused),
        cmocka_unit_test(every_shorter_or_longer_payload_is_refused_though_its_mac_holds),
        cmocka_unit_test(a_ticket_needs_the_key_of_its_own_role),
        cmocka_unit_test(unknown_versions_roles_and_flags_are_refused),
        cmocka_unit_test(strings_are_bounded_utf8_without_control_characters),
        cmocka_unit_test(a_string_may_not_reach_beyond_the_payload),
        cmocka_unit_test(scope_paths_are_absolute_and_clean),
        cmocka_unit_test(scopes_beyond_the_manifest_are_refused),
        cmocka_unit_test(a_component_is_bounded_even_where_the_manifest_allows_longer_paths),
        cmocka_unit_test(the_number_of_scopes_is_bounded_twice),
        cmocka_unit_test(text_of_exactly_the_bound_opens_and_one_more_byte_of_payload_does_not),
        cmocka_unit_test(nothing_of_a_refused_ticket_can_be_mistaken_for_a_role),
        cmocka_unit_test(the_claimed_subject_is_readable_without_a_key_and_proves_nothing),
        cmocka_unit_test(the_claimed_role_is_readable_without_a_key_and_proves_nothing),
        cmocka_unit_test(the_claimed_id_is_that_of_the_mac_that_the_text_ends_with),
        cmocka_unit_test(roles_have_one_name_and_worker_is_an_alias),
    };
    return cmocka_run_group_tests(tests, derive_keys, NULL);
}
