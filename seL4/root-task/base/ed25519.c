/* Ed25519 by libsodium; see ed25519.h. What its verifying sources call of parts that are not built stands here. */
#include "base/ed25519.h"

#include "base/hash.h"

#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/crypto_verify_32.h>
#include <sodium/utils.h>

void _crypto_sign_ed25519_ref10_hinit(crypto_hash_sha512_state *hs, int prehashed);

bool ed25519_verify(struct bytes message, const uint8_t signature[ED25519_SIGNATURE_BYTES], const uint8_t key[ED25519_KEY_BYTES])
{
    static const uint8_t nothing = 0;
    return crypto_sign_ed25519_verify_detached(signature, message.n ? message.p : &nothing, message.n, key) == 0;
}

/* Of the signing half (sign.c): the hash's start. Prehashed messages are not ours. */
void _crypto_sign_ed25519_ref10_hinit(crypto_hash_sha512_state *hs, int prehashed) { crypto_hash_sha512_init(hs); }

int sodium_memcmp(const void *const a, const void *const b, size_t n) { return ct_equal(a, b, n) ? 0 : -1; }

int crypto_verify_32(const unsigned char *a, const unsigned char *b) { return sodium_memcmp(a, b, crypto_verify_32_BYTES); }

int sodium_is_zero(const unsigned char *p, const size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}
