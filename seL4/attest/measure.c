/* Measuring; see measure.h. */
#include "attest/measure.h"

#include <string.h>

void measure_begin(struct attest_record *r, enum attest_kind kind)
{
    memset(r, 0, sizeof *r);
    memcpy(r->magic, ATTEST_MAGIC, sizeof r->magic);
    r->kind = (uint32_t)kind;
}

void measure_bytes(struct attest_record *r, enum attest_log what, const void *data, size_t n)
{
    measure_sha256(data, n, r->digests[what]);
}

/* Where a payload's digest stands; ATTEST_LOG: it is not told. */
static enum attest_log log_of(uint32_t kind)
{
    switch (kind) {
    case PAYLOAD_KERNEL:
        return ATTEST_KERNEL;
    case PAYLOAD_ROOTSERVER:
        return ATTEST_ROOTSERVER;
    case PAYLOAD_DTB:
        return ATTEST_DTB;
    case PAYLOAD_MANIFEST:
        return ATTEST_MANIFEST;
    case PAYLOAD_PROVISION:
        return ATTEST_PROVISION;
    default:
        return ATTEST_LOG;
    }
}

void measure_table(struct attest_record *r, const struct payload_table *t)
{
    struct payload_table m = *t;
    m.count = 0;
    m.total_bytes = 0;
    m.provision_virt = 0;
    memset(m.table_sha256, 0, sizeof m.table_sha256);
    memset(m.entries, 0, sizeof m.entries);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct payload_entry *e = &t->entries[i];
        enum attest_log at = log_of(e->kind);
        if (at < ATTEST_LOG)
            memcpy(r->digests[at], e->sha256, ATTEST_DIGEST_BYTES);
        if (e->kind == PAYLOAD_PROVISION || e->kind == PAYLOAD_SECRET)
            continue;
        m.entries[m.count] = *e;
        m.entries[m.count++].offset = 0;
    }
    measure_bytes(r, ATTEST_TABLE, &m, sizeof m);
}

void measure_chain(struct attest_record *r)
{
    uint8_t link[2 * ATTEST_DIGEST_BYTES];
    memset(r->measurement, 0, sizeof r->measurement);
    for (unsigned i = 0; i < ATTEST_CHAIN; i++) {
        memcpy(link, r->measurement, ATTEST_DIGEST_BYTES);
        memcpy(link + ATTEST_DIGEST_BYTES, r->digests[i], ATTEST_DIGEST_BYTES);
        measure_sha256(link, sizeof link, r->measurement);
    }
}

#define HMAC_BLOCK_BYTES 64u
#define HMAC_INNER 0x36u
#define HMAC_OUTER 0x5cu

/* SHA-256 over the key, padded and XORed with pad, and 32 bytes behind it. */
static void hmac_half(const uint8_t *key, uint8_t pad, const uint8_t *data, uint8_t *out)
{
    uint8_t block[HMAC_BLOCK_BYTES + ATTEST_DIGEST_BYTES];
    memset(block, pad, HMAC_BLOCK_BYTES);
    for (size_t i = 0; i < ATTEST_DIGEST_BYTES; i++)
        block[i] = (uint8_t)(key[i] ^ pad);
    memcpy(block + HMAC_BLOCK_BYTES, data, ATTEST_DIGEST_BYTES);
    measure_sha256(block, sizeof block, out);
    memset(block, 0, sizeof block);
    __asm__ volatile("" : : "r"(block) : "memory"); /* so that the wiping stays */
}

void measure_dice(struct attest_record *r, const uint8_t *secret)
{
    uint8_t inner[ATTEST_DIGEST_BYTES];
    if (!secret) {
        r->status = ATTEST_NO_SECRET;
        return;
    }
    hmac_half(secret, HMAC_INNER, r->measurement, inner);
    hmac_half(secret, HMAC_OUTER, inner, r->key);
}

void measure_end(struct attest_record *r)
{
    measure_sha256(r, sizeof *r - sizeof r->sha256, r->sha256);
}
