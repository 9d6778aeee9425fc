/* SHA-256 by libsodium, BLAKE3 for a single chunk by our own hand, constant-time compare; see hash.h. */
#include "base/hash.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

_Static_assert(HASH_BYTES == crypto_hash_sha256_BYTES, "digest sizes agree");
_Static_assert(sizeof(struct sha256) == sizeof(crypto_hash_sha256_state), "hash.h: struct sha256 is libsodium's state");

static crypto_hash_sha256_state *state_of(struct sha256 *s) { return (crypto_hash_sha256_state *)(void *)s->state; }

void sha256_begin(struct sha256 *s) { crypto_hash_sha256_init(state_of(s)); }

void sha256_more(struct sha256 *s, struct bytes in)
{
    if (in.n)
        crypto_hash_sha256_update(state_of(s), in.p, in.n);
}

void sha256_end(struct sha256 *s, uint8_t out[HASH_BYTES]) { crypto_hash_sha256_final(state_of(s), out); }

void sha256(struct bytes in, uint8_t out[HASH_BYTES])
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_more(&s, in);
    sha256_end(&s, out);
}

/* What libsodium's source calls to wipe its state: stores that the compiler must keep. */
void sodium_memzero(void *const p, const size_t n)
{
    volatile uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++)
        bytes[i] = 0;
}

/* ---- BLAKE3: the compression function over 64-byte blocks of one chunk, which is then the root; its words are
 * little-endian, as memory is (base/bytes.h) ---- */

#define ROUNDS 7u

/* Flags of the specification, section 2.2. */
#define CHUNK_START 1u
#define CHUNK_END 2u
#define ROOT 8u
#define KEYED_HASH 16u

static const uint32_t blake3_iv[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                      0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};

/* Message word i of the next round is word permutation[i] of this one. */
static const uint8_t permutation[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

static uint32_t rotate_right(uint32_t v, unsigned n) { return v >> n | v << (32u - n); }

static void mix(uint32_t s[16], unsigned a, unsigned b, unsigned c, unsigned d, const uint32_t m[2])
{
    s[a] += s[b] + m[0];
    s[d] = rotate_right(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate_right(s[b] ^ s[c], 12);
    s[a] += s[b] + m[1];
    s[d] = rotate_right(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate_right(s[b] ^ s[c], 7);
}

/* cv becomes the first eight output words. Chunk counter and output counter are 0: one chunk, one output block. */
static void compress(uint32_t cv[8], uint32_t m[16], uint32_t block_n, uint32_t flags)
{
    uint32_t s[16] = {[14] = block_n, [15] = flags}, was[16];
    memcpy(s, cv, sizeof(uint32_t) * 8u);
    memcpy(s + 8, blake3_iv, sizeof(uint32_t) * 4u);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0, k = 0; i < 8u; i++, k = i / 4u) /* four columns, then four diagonals */
            mix(s, i % 4u, 4u + (i + k) % 4u, 8u + (i + 2u * k) % 4u, 12u + (i + 3u * k) % 4u, &m[2u * i]);
        memcpy(was, m, sizeof was);
        for (unsigned i = 0; i < 16u; i++)
            m[i] = was[permutation[i]];
    }
    for (unsigned i = 0; i < 8u; i++)
        cv[i] = s[i] ^ s[i + 8u];
}

static void blake3_chunk(const void *key, uint32_t mode, struct bytes in, uint8_t out[HASH_BYTES])
{
    COH_ASSERT(in.n <= BLAKE3_MAX_BYTES);
    uint32_t cv[8], flags = mode | CHUNK_START;
    memcpy(cv, key, sizeof cv);
    bool last;
    do { /* an empty input is one empty block */
        uint32_t block[16] = {0};
        struct bytes part = bytes_sub(in, 0, sizeof block);
        if (part.n)
            memcpy(block, part.p, part.n);
        in = bytes_sub(in, part.n, in.n);
        last = in.n == 0;
        compress(cv, block, (uint32_t)part.n, last ? flags | CHUNK_END | ROOT : flags);
        flags = mode;
    } while (!last);
    memcpy(out, cv, HASH_BYTES);
    sodium_memzero(cv, sizeof cv);
}

void blake3(struct bytes in, uint8_t out[HASH_BYTES]) { blake3_chunk(blake3_iv, 0, in, out); }

void blake3_keyed(const uint8_t key[HASH_BYTES], struct bytes in, uint8_t out[HASH_BYTES])
{
    blake3_chunk(key, KEYED_HASH, in, out);
}

void wipe(void *p, size_t n) { sodium_memzero(p, n); }

bool ct_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    volatile uint8_t differs = 0;
    for (size_t i = 0; i < n; i++)
        differs = (uint8_t)(differs | (a[i] ^ b[i]));
    return differs == 0;
}
