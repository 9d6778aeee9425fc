/* Sealing, as coh-rtc provision does (attest/record.h says how): the other half of what the hive opens. */
#pragma once

#include "attest/record.h"
#include "base/fmt.h"
#include "base/hash.h"
#include "support/test.h"

/* Seals content without a TPM's object; returns the bytes written. */
static inline size_t seal(enum attest_kind kind, const uint8_t *key, const uint8_t *measurement, struct bytes content, uint8_t *out,
                          size_t cap)
{
    uint8_t bound[SEAL_BOUND_BYTES + SEAL_CONTENT_MAX], use[HASH_BYTES], tag[HASH_BYTES], seed[HASH_BYTES + 4] = {0}, block[HASH_BYTES];
    struct buf b = buf_of(out, cap);
    buf_say(&b, SEAL_MAGIC);
    buf_le(&b, (uint64_t)kind, 4);
    buf_le(&b, 0, 4); /* no public, no private part */
    buf_put(&b, bytes_of(measurement, HASH_BYTES));
    assert_int_equal(b.n, SEAL_BOUND_BYTES);
    assert_true(content.n <= SEAL_CONTENT_MAX);
    memcpy(bound, out, SEAL_BOUND_BYTES);
    memcpy(bound + SEAL_BOUND_BYTES, content.p, content.n);
    blake3_keyed(key, bytes_str(SEAL_TAG_LABEL), use);
    blake3_keyed(use, bytes_of(bound, SEAL_BOUND_BYTES + content.n), tag);
    buf_put(&b, bytes_of(tag, HASH_BYTES));
    buf_le(&b, content.n, 4);
    blake3_keyed(key, bytes_str(SEAL_STREAM_LABEL), use);
    memcpy(seed, tag, HASH_BYTES);
    for (size_t i = 0; i < content.n; i++) {
        seed[HASH_BYTES] = (uint8_t)(i / HASH_BYTES);
        if (i % HASH_BYTES == 0)
            blake3_keyed(use, bytes_of(seed, sizeof seed), block);
        buf_byte(&b, content.p[i] ^ block[i % HASH_BYTES]);
    }
    assert_false(b.cut);
    return b.n;
}
