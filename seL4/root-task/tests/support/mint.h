/* Mints tickets for tests and fuzzers: a payload writer, and the text with its MAC. */
#pragma once

#include "base/fmt.h"
#include "base/hash.h"

/* v as n little-endian bytes. */
static inline void mint_le(struct buf *b, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_byte(b, (uint8_t)(v >> (8u * i)));
}

static inline void mint_str(struct buf *b, struct bytes s)
{
    mint_le(b, s.n, 2);
    buf_put(b, s);
}

/* Appends `cohesix-ticket-<payload>.<mac>`; key is the derived one: BLAKE3(secret). */
static inline void mint_text(struct buf *out, struct bytes payload, const uint8_t key[HASH_BYTES])
{
    uint8_t mac[HASH_BYTES];
    blake3_keyed(key, payload, mac);
    buf_say(out, "cohesix-ticket-");
    buf_hex(out, payload);
    buf_byte(out, '.');
    buf_hex(out, bytes_of(mac, HASH_BYTES));
}
