/* Digests. SHA-256 binds libsodium's source; BLAKE3 is our own, one chunk (≤ 1024 bytes), which covers every ticket. */
#pragma once

#include "base/bytes.h"

#define HASH_BYTES 32u
#define BLAKE3_MAX_BYTES 1024u

void sha256(struct bytes in, uint8_t out[HASH_BYTES]);
/* SHA-256 of bytes that come in parts. A copy goes on by itself; sha256_end leaves its argument of no more use. */
struct sha256 {
    uint64_t state[13];
};
void sha256_begin(struct sha256 *s);
void sha256_more(struct sha256 *s, struct bytes in);
void sha256_end(struct sha256 *s, uint8_t out[HASH_BYTES]);
/* in.n ≤ BLAKE3_MAX_BYTES, asserted. */
void blake3(struct bytes in, uint8_t out[HASH_BYTES]);
void blake3_keyed(const uint8_t key[HASH_BYTES], struct bytes in, uint8_t out[HASH_BYTES]);
/* Zeroes p, also where nobody reads it again. */
void wipe(void *p, size_t n);
/* Equal? Time depends on n alone. */
bool ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
