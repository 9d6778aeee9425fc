/* Where the secret's entropy comes from, honestly: there is no hardware generator on the board (QEMU's
 * arguments give no virtio-rng, the Cortex-A57 has no RNDR), so it is the counter at several moments of the
 * boot, the wall clock's second and the provisioned key blob where there is one. That keeps a stranger on the
 * network from guessing sequence numbers across a NAT; it is no key material, and nothing else may use it. */
#include "plat/sel4/isn.h"

#include "base/hash.h"
#include "plat/sel4/timer.h"

static uint8_t secret[HASH_BYTES];

void isn_init(const uint8_t mac[6], uint64_t unix_ms, struct bytes provision)
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_more(&s, bytes_of(mac, 6));
    sha256_more(&s, bytes_of(&unix_ms, sizeof unix_ms));
    for (int i = 0; i < 6; i++) { /* the jitter of a digest's run time against the counter */
        uint64_t t = timer_ticks();
        sha256_more(&s, bytes_of(&t, sizeof t));
        sha256_more(&s, provision);
    }
    sha256_end(&s, secret);
}

uint32_t isn_next(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port)
{
    uint8_t digest[HASH_BYTES];
    uint32_t tuple[3] = {local_ip, remote_ip, (uint32_t)local_port << 16 | remote_port};
    blake3_keyed(secret, bytes_of(tuple, sizeof tuple), digest);
    uint32_t f;
    memcpy(&f, digest, sizeof f);
    /* RFC 6528's clock ticks every 4 µs. */
    return f + (uint32_t)(timer_now_ms() * 250);
}
