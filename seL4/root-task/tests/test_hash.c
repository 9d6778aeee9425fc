/* Digests against published and independently computed vectors, and the constant-time compare. */
#include "support/test.h"

#include <string.h>

#include "base/fmt.h"
#include "base/hash.h"
#include "support/fixture.h"

static const uint8_t vector_key[] = "whats the Elvish word for friend";

static bool hex_is(const uint8_t digest[HASH_BYTES], struct bytes want)
{
    BUF(b, 2u * HASH_BYTES);
    buf_hex(&b, bytes_of(digest, HASH_BYTES));
    return bytes_eq(buf_bytes(&b), want);
}

static void assert_hex(const uint8_t digest[HASH_BYTES], const char *want)
{
    assert_true(hex_is(digest, bytes_str(want)));
}

static void blake3_of_nothing_is_the_published_digest(void **state)
{
    uint8_t out[HASH_BYTES];
    blake3(bytes_of(NULL, 0), out);
    assert_hex(out, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

static void blake3_agrees_with_an_independent_implementation_at_every_block_edge(void **state)
{
    uint8_t in[BLAKE3_MAX_BYTES], out[HASH_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i % 251u);
    struct fixture f = {.file = fopen(COH_FIXTURES "/blake3.txt", "r")};
    assert_non_null(f.file);
    unsigned vectors = 0;
    while (fixture_next(&f) == 3) {
        uint64_t n;
        assert_true(parse_u64(f.field[0], sizeof in, &n));
        blake3(bytes_of(in, n), out);
        assert_true(hex_is(out, f.field[1]));
        blake3_keyed(vector_key, bytes_of(in, n), out);
        assert_true(hex_is(out, f.field[2]));
        vectors++;
    }
    fclose(f.file);
    assert_int_equal(vectors, 26);
}

static void blake3_halts_beyond_one_chunk(void **state)
{
    uint8_t in[BLAKE3_MAX_BYTES + 1u] = {0}, out[HASH_BYTES];
    EXPECT_PANIC((blake3(bytes_of(in, sizeof in), out), 0));
    EXPECT_PANIC((blake3_keyed(vector_key, bytes_of(in, sizeof in), out), 0));
}

static void sha256_gives_the_digests_of_fips_180(void **state)
{
    uint8_t out[HASH_BYTES];
    sha256(bytes_of(NULL, 0), out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(bytes_str("abc"), out);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(bytes_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), out);
    assert_hex(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256_takes_a_million_bytes(void **state)
{
    static uint8_t in[1000000];
    uint8_t out[HASH_BYTES];
    memset(in, 'a', sizeof in);
    sha256(bytes_of(in, sizeof in), out);
    assert_hex(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void sha256_in_parts_is_sha256_of_the_whole_wherever_it_is_cut(void **state)
{
    uint8_t in[200], whole[HASH_BYTES], parts[HASH_BYTES];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7u);
    sha256(bytes_of(in, sizeof in), whole);
    for (size_t cut = 0; cut <= sizeof in; cut++) {
        struct sha256 s, copy;
        sha256_begin(&s);
        sha256_more(&s, bytes_of(in, cut));
        copy = s;
        sha256_more(&copy, bytes_of(in + cut, sizeof in - cut));
        sha256_end(&copy, parts);
        assert_memory_equal(parts, whole, HASH_BYTES);
        sha256_end(&s, parts);
        sha256(bytes_of(in, cut), whole);
        assert_memory_equal(parts, whole, HASH_BYTES);
        sha256(bytes_of(in, sizeof in), whole);
    }
}

static void ct_equal_sees_a_difference_in_any_bit(void **state)
{
    uint8_t a[HASH_BYTES], b[HASH_BYTES];
    for (unsigned i = 0; i < HASH_BYTES; i++)
        a[i] = b[i] = (uint8_t)(7u * i);
    assert_true(ct_equal(a, b, HASH_BYTES));
    for (unsigned bit = 0; bit < 8u * HASH_BYTES; bit++) {
        b[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        assert_false(ct_equal(a, b, HASH_BYTES));
        b[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
    }
    b[31] ^= 1u;
    assert_true(ct_equal(a, b, 31));
    assert_true(ct_equal(a, b, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake3_of_nothing_is_the_published_digest),
        cmocka_unit_test(blake3_agrees_with_an_independent_implementation_at_every_block_edge),
        cmocka_unit_test(blake3_halts_beyond_one_chunk),
        cmocka_unit_test(sha256_gives_the_digests_of_fips_180),
        cmocka_unit_test(sha256_takes_a_million_bytes),
        cmocka_unit_test(sha256_in_parts_is_sha256_of_the_whole_wherever_it_is_cut),
        cmocka_unit_test(ct_equal_sees_a_difference_in_any_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
