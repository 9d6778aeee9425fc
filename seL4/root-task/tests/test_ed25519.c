/* Ed25519 against the vectors of RFC 8032 section 7.1, and against everything that is nearly one of them. */
#include "support/test.h"

#include "base/ed25519.h"
#include "base/fmt.h"

struct vector {
    const char *key, *message, *signature;
};

static const struct vector vectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e"
     "7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612"
     "bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea"
     "1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa5"
     "4ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef11773"
     "31a704"},
};

struct read {
    uint8_t key[ED25519_KEY_BYTES], signature[ED25519_SIGNATURE_BYTES], message[64];
    size_t n;
};

static struct read read_vector(const struct vector *v)
{
    struct read r = {.n = strlen(v->message) / 2};
    assert_true(parse_hex(bytes_str(v->key), r.key, sizeof r.key));
    assert_true(parse_hex(bytes_str(v->signature), r.signature, sizeof r.signature));
    assert_true(r.n == 0 || parse_hex(bytes_str(v->message), r.message, r.n));
    return r;
}

static bool verifies(const struct read *r) { return ed25519_verify(bytes_of(r->message, r->n), r->signature, r->key); }

static void the_vectors_of_rfc_8032_verify(void **state)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct read r = read_vector(&vectors[i]);
        assert_true(verifies(&r));
    }
}

static void no_bit_of_key_signature_or_message_may_differ(void **state)
{
    struct read good = read_vector(&vectors[2]);
    for (size_t bit = 0; bit < 8 * ED25519_SIGNATURE_BYTES; bit++) {
        struct read r = good;
        r.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(verifies(&r));
    }
    for (size_t bit = 0; bit < 8 * ED25519_KEY_BYTES; bit++) {
        struct read r = good;
        r.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(verifies(&r));
    }
    for (size_t bit = 0; bit < 8 * good.n; bit++) {
        struct read r = good;
        r.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(verifies(&r));
    }
    for (size_t n = 0; n < good.n; n++) {
        struct read r = good;
        r.n = n;
        assert_false(verifies(&r));
    }
}

/* s and s + L are the same scalar: only the one below the group's order L is a signature. */
static void a_signature_has_one_form(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    struct read r = read_vector(&vectors[1]);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)r.signature[32 + i] + order[i];
        r.signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(verifies(&r));
}

/* With the neutral element as key and R, s = 0 would sign every message. */
static void keys_of_small_order_sign_nothing(void **state)
{
    struct read r = {.key = {1}, .signature = {1}, .n = 5};
    assert_false(verifies(&r));
    memset(&r, 0, sizeof r);
    assert_false(verifies(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_8032_verify),
        cmocka_unit_test(no_bit_of_key_signature_or_message_may_differ),
        cmocka_unit_test(a_signature_has_one_form),
        cmocka_unit_test(keys_of_small_order_sign_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
