/* The measurement record (attest/record.h): made once all sums have been checked, put into the rootserver's page. */
#include "loader.h"

#include <string.h>

#include "attest/measure.h"

static struct attest_record record;

void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES])
{
    sha256(data, n, out);
}

/* So that nothing of a secret is left in memory either. */
static void wipe(void *p, size_t n)
{
    memset(p, 0, n);
    cache_clean((uint64_t)(uintptr_t)p, (uint64_t)(uintptr_t)p + n);
}

void evidence_wipe_secret(uint8_t *secret)
{
    if (secret)
        wipe(secret, SECRET_BYTES);
}

void evidence_make(const struct payload_table *t, struct range tree, uint8_t *secret)
{
    enum attest_kind kind = (enum attest_kind)(t->flags >> PAYLOAD_ATTESTATION_SHIFT & PAYLOAD_ATTESTATION_MASK);
    measure_begin(&record, kind);
    measure_table(&record, t);
    measure_bytes(&record, ATTEST_LOADER, image_measured, (size_t)(image_measured_end - image_measured));
    measure_bytes(&record, ATTEST_TREE, (const void *)(uintptr_t)tree.start, tree.end - tree.start);
    measure_chain(&record);
    if (kind == ATTEST_DICE)
        measure_dice(&record, secret);
    evidence_wipe_secret(secret);
    measure_end(&record);
    say("loader: measurement=");
    say_digest(record.measurement, sizeof record.measurement);
    say("\n");
}

void evidence_put(uint8_t *page)
{
    memcpy(page, &record, sizeof record);
    wipe(record.key, sizeof record.key);
}
