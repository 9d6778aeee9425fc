/* Manifests of updates: one canonical form, and every refusal of another. */
#include "support/test.h"

#include "support/cas.h"
#include "support/cas_manifest.h"

static enum cas_parse parse(struct bytes raw)
{
    struct cas_manifest m;
    return cas_manifest_parse(raw, &m);
}

static void the_tools_manifests_are_read_and_written_again(void **state)
{
    static const char *const bundles[] = {"bundle-1", "bundle-2", "bundle-0-back"};
    for (size_t i = 0; i < 3; i++) {
        struct cas_manifest m;
        uint8_t again[1024];
        struct text t = text_window(again, sizeof again, 0);
        struct file f = read_manifest(bundles[i]);
        assert_int_equal(cas_manifest_parse(file_bytes(&f), &m), CAS_WHOLE);
        cas_manifest_write(&t, &m);
        assert_true(bytes_eq(bytes_of(again, t.n), file_bytes(&f)));
    }
}

static void a_manifest_tells_its_facts(void **state)
{
    struct cas_manifest m;
    struct file f = read_manifest("bundle-2"), payload = read_file("cas/payload.bin");
    uint8_t digest[HASH_BYTES];
    assert_int_equal(cas_manifest_parse(file_bytes(&f), &m), CAS_WHOLE);
    ASSERT_TEXT(m.epoch, "2");
    ASSERT_TEXT(m.base_epoch, "1");
    assert_int_equal(m.chunk_bytes, 128);
    assert_int_equal(m.payload_bytes, 344);
    assert_int_equal(m.chunks, 3);
    assert_memory_equal(cas_manifest_chunk(&m, 0), cas_manifest_chunk(&m, 1), HASH_BYTES);
    assert_true(memcmp(cas_manifest_chunk(&m, 0), cas_manifest_chunk(&m, 2), HASH_BYTES) != 0);
    sha256(file_bytes(&payload), digest);
    assert_memory_equal(m.base_sha256, digest, HASH_BYTES);
    assert_int_equal(m.signature_at, f.n - 66);
    assert_ptr_equal(m.signature, f.bytes + f.n - CAS_SIGNATURE_BYTES);
}

static void each_beginning_of_a_manifest_is_a_part_and_nothing_may_follow_it(void **state)
{
    struct file f = read_manifest("bundle-2");
    for (size_t n = 0; n < f.n; n++)
        assert_int_equal(parse(bytes_of(f.bytes, n)), CAS_PART);
    f.bytes[f.n] = 0xf6;
    assert_int_equal(parse(bytes_of(f.bytes, f.n + 1)), CAS_WRONG);
}

/* What makes a manifest, each to be changed. */
struct facts {
    uint64_t items, chunk_bytes, payload_bytes, chunks, digest_bytes, signature_bytes;
    const char *schema, *epoch, *base;
    bool base_is_text, payload_is_text;
};

static const struct facts plain = {.items = 8, .chunk_bytes = 128, .payload_bytes = 200, .chunks = 2, .digest_bytes = 32,
                                   .schema = CAS_SCHEMA, .epoch = "7"};

static enum cas_parse parse_facts(const struct facts *f)
{
    static uint8_t raw[CAS_MANIFEST_BYTES + 4096], zeros[64];
    struct text t = text_window(raw, sizeof raw, 0);
    cbor_array(&t, f->items);
    cbor_str(&t, f->schema);
    cbor_str(&t, f->epoch);
    cbor_uint(&t, f->chunk_bytes);
    cbor_uint(&t, f->payload_bytes);
    if (f->payload_is_text)
        cbor_text(&t, bytes_of(zeros, 32));
    else
        cbor_bytes(&t, bytes_of(zeros, 32));
    cbor_array(&t, f->chunks);
    for (uint64_t i = 0; i < f->chunks; i++)
        cbor_bytes(&t, bytes_of(zeros, f->digest_bytes));
    if (f->base_is_text) {
        cbor_str(&t, f->base);
    } else if (f->base) {
        cbor_array(&t, 2);
        cbor_str(&t, f->base);
        cbor_bytes(&t, bytes_of(zeros, 32));
    } else {
        cbor_null(&t);
    }
    if (f->signature_bytes)
        cbor_bytes(&t, bytes_of(zeros, f->signature_bytes));
    else
        cbor_null(&t);
    for (uint64_t i = 8; i < f->items; i++)
        cbor_null(&t);
    assert_int_equal(t.n, t.total);
    return parse(bytes_of(raw, t.n));
}

static void expect_facts(struct facts f, enum cas_parse want) { assert_int_equal(parse_facts(&f), want); }

#define WITH(...) ({ struct facts f_ = plain; __VA_ARGS__; f_; })

static void items_are_of_their_type_and_within_bounds(void **state)
{
    expect_facts(plain, CAS_WHOLE);
    expect_facts(WITH(f_.base = "6", f_.signature_bytes = 64), CAS_WHOLE);
    expect_facts(WITH(f_.items = 7), CAS_WRONG);
    expect_facts(WITH(f_.items = 9), CAS_WRONG);
    expect_facts(WITH(f_.schema = "cohesix-cas/manifest-v2"), CAS_WRONG);
    expect_facts(WITH(f_.schema = "cohesix-cas/manifest"), CAS_WRONG);
    expect_facts(WITH(f_.payload_is_text = true), CAS_WRONG);
    expect_facts(WITH(f_.digest_bytes = 31), CAS_WRONG);
    expect_facts(WITH(f_.digest_bytes = 33), CAS_WRONG);
    expect_facts(WITH(f_.base = "6", f_.base_is_text = true), CAS_WRONG);
    expect_facts(WITH(f_.signature_bytes = 63), CAS_WRONG);
    expect_facts(WITH(f_.chunk_bytes = 0), CAS_WRONG);
    expect_facts(WITH(f_.payload_bytes = 0), CAS_WRONG);
    expect_facts(WITH(f_.chunks = 0), CAS_WRONG);
}

static void the_payload_fills_all_chunks_but_part_of_the_last(void **state)
{
    expect_facts(WITH(f_.payload_bytes = 128), CAS_WRONG);
    expect_facts(WITH(f_.payload_bytes = 129), CAS_WHOLE);
    expect_facts(WITH(f_.payload_bytes = 256), CAS_WHOLE);
    expect_facts(WITH(f_.payload_bytes = 257), CAS_WRONG);
    expect_facts(WITH(f_.chunks = 1, f_.payload_bytes = 1), CAS_WHOLE);
}

static void a_manifest_names_no_more_chunks_than_the_store_holds(void **state)
{
    expect_facts(WITH(f_.chunks = CAS_CHUNKS_MAX, f_.payload_bytes = COH_CAS_STORE_MAX_BYTES, f_.base = "18446744073709551616",
                      f_.epoch = "18446744073709551617", f_.signature_bytes = 64),
                 CAS_WHOLE);
    expect_facts(WITH(f_.chunks = CAS_CHUNKS_MAX + 1, f_.payload_bytes = COH_CAS_STORE_MAX_BYTES), CAS_WRONG);
    expect_facts(WITH(f_.chunks = CAS_CHUNKS_MAX, f_.payload_bytes = COH_CAS_STORE_MAX_BYTES + 1), CAS_WRONG);
}

static void epochs_are_numbers_without_leading_zeros(void **state)
{
    static const char *const good[] = {"0", "1", "10", "99999999999999999999"};
    static const char *const bad[] = {"", "00", "01", "-1", "1a", " 1", "100000000000000000000", "+1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(cas_epoch_ok(bytes_str(good[i])));
        expect_facts(WITH(f_.epoch = good[i]), CAS_WHOLE);
        for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
            int order = cas_epoch_cmp(bytes_str(good[i]), bytes_str(good[k]));
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(cas_epoch_ok(bytes_str(bad[i])));
        expect_facts(WITH(f_.epoch = bad[i]), CAS_WRONG);
        expect_facts(WITH(f_.base = bad[i]), CAS_WRONG);
    }
}

static void longer_forms_of_a_number_are_refused(void **state)
{
    struct file f = read_manifest("bundle-1");
    uint8_t raw[1024];
    const size_t at = 1 + 24 + 2; /* array, schema, epoch: the chunk size is 18 80 */
    assert_int_equal(f.bytes[at], 0x18);
    memcpy(raw, f.bytes, at);
    memcpy(raw + at, "\x19\x00\x80", 3);
    memcpy(raw + at + 3, f.bytes + at + 2, f.n - at - 2);
    assert_int_equal(parse(bytes_of(raw, f.n + 1)), CAS_WRONG);
    memcpy(raw, f.bytes, f.n);
    raw[0] = 0x9f; /* of indefinite length */
    assert_int_equal(parse(bytes_of(raw, f.n)), CAS_WRONG);
}

static void what_can_no_longer_become_a_manifest_is_wrong_at_once(void **state)
{
    struct file f = read_manifest("bundle-1");
    assert_int_equal(parse(bytes_str("\x88")), CAS_PART);
    assert_int_equal(parse(bytes_str("\x89")), CAS_WRONG);
    assert_int_equal(parse(bytes_str("A manifest of text")), CAS_WRONG);
    assert_int_equal(parse(LIT("\x88\x61x\0\0\0\0\0\0")), CAS_WRONG);
    assert_int_equal(parse(LIT("\x88\x77" "cohesix-cas/manifest-v2")), CAS_WRONG);
    assert_int_equal(parse(LIT("\x88\x7b\0\0\0\1\0\0\0\0")), CAS_WRONG);
    assert_int_equal(f.bytes[f.n - 65], 64); /* the signature's length: one more is not waited for */
    f.bytes[f.n - 65] = 65;
    assert_int_equal(parse(file_bytes(&f)), CAS_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tools_manifests_are_read_and_written_again),
        cmocka_unit_test(a_manifest_tells_its_facts),
        cmocka_unit_test(each_beginning_of_a_manifest_is_a_part_and_nothing_may_follow_it),
        cmocka_unit_test(items_are_of_their_type_and_within_bounds),
        cmocka_unit_test(the_payload_fills_all_chunks_but_part_of_the_last),
        cmocka_unit_test(a_manifest_names_no_more_chunks_than_the_store_holds),
        cmocka_unit_test(epochs_are_numbers_without_leading_zeros),
        cmocka_unit_test(longer_forms_of_a_number_are_refused),
        cmocka_unit_test(what_can_no_longer_become_a_manifest_is_wrong_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
