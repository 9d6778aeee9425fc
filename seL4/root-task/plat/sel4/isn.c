/* Where the secret's entropy comes from, honestly: there is no hardware generator on the board (QEMU's
 * arguments give no virtio-rng, the Cortex-A57 has no RNDR), so it is the counter at several moments of the
 * boot, the wall clock's second and the provisioned key blob where there is one. That keeps a stranger on the
 * network from guessing sequence numbers across a NAT; it is no key material, and nothing else may use it. */
#include "plat/sel4/isn.h"

#include "base/hash.h"
#include "plat/sel4/timer.h"

static uint8_t secret[HASH_BYTES];

void isn_init(const uint8_t *noise, uint32_t n)
{
    uint8_t pool[2 * HASH_BYTES + 16];
    size_t used = HASH_BYTES;
    sha256(bytes_of(noise, n), pool);
    /* The jitter of a digest's run time against the counter. */
    for (int i = 0; i < 6; i++) {
        uint64_t t = timer_ticks();
        memcpy(pool + used, &t, sizeof t);
        used += sizeof t;
        sha256(bytes_of(pool, used), pool);
    }
    sha256(bytes_of(pool, used), secret);
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
