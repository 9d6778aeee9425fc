/* SHA-256: the processor's own instructions where it has them (boot time is measured), else libsodium's
 * source. */
#include "loader.h"

#include <string.h>

#include "crypto_hash_sha256.h"

void sha256_ce_blocks(uint32_t state[8], const uint8_t *p, size_t blocks); /* sha256_ce.c */

static bool has_instructions(void)
{
#ifdef LOADER_PLAIN_SHA
    return false; /* the test build that exercises the other path */
#else
    uint64_t isar0;
    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
    return ((isar0 >> 12) & 15) != 0;
#endif
}

/* libsodium wipes its temporaries with it; here nothing is secret. */
void sodium_memzero(void *const p, const size_t n)
{
    memset(p, 0, n);
}

static void put_be(uint8_t *out, uint64_t v, size_t n)
{
    while (n--) {
        out[n] = (uint8_t)v;
        v >>= 8;
    }
}

static void by_instructions(const uint8_t *p, size_t n, uint8_t out[32])
{
    uint32_t state[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                         0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    uint8_t last[128];
    size_t whole = n / 64, rest = n % 64;
    size_t tail = rest < 56 ? 64 : 128;
    sha256_ce_blocks(state, p, whole);
    memset(last, 0, sizeof last);
    memcpy(last, p + whole * 64, rest);
    last[rest] = 0x80;
    put_be(last + tail - 8, (uint64_t)n * 8, 8);
    sha256_ce_blocks(state, last, tail / 64);
    for (size_t i = 0; i < 8; i++)
        put_be(out + 4 * i, state[i], 4);
}

void sha256_plain(const void *data, size_t n, uint8_t out[32])
{
    crypto_hash_sha256(out, data, n);
}

void sha256(const void *data, size_t n, uint8_t out[32])
{
    if (has_instructions())
        by_instructions(data, n, out);
    else
        sha256_plain(data, n, out);
}
