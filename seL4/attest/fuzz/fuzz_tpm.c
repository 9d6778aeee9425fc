/* Answers of a TPM that are whatever the fuzzer likes, from the command on that it chooses; the header is made right or left
 * as it is. Nothing may be read or written out of bounds, and only a whole answer may give a key or a quote. */
#include "support/fuzz.h"

#include <string.h>

#include "attest/measure.h"
#include "base/hash.h"
#include "model.h"

void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES]) { sha256(bytes_of(data, n), out); }

static struct reader input;
static uint32_t honest;
static bool right;

/* The next answer: a length, then as many bytes. */
static bool fuzzed(struct model *m)
{
    if (honest) {
        honest--;
        return false;
    }
    size_t n = rd_u8(&input) * 2u;
    struct bytes raw = rd_bytes(&input, n < input.left ? n : input.left);
    m->answer_n = 0;
    if (right) {
        static const uint8_t head[10] = {0x80, 0x02};
        memcpy(m->answer, head, sizeof head);
        m->answer[4] = (uint8_t)((raw.n + 10) >> 8);
        m->answer[5] = (uint8_t)(raw.n + 10);
        m->answer_n = sizeof head;
    }
    if (raw.n)
        memcpy(m->answer + m->answer_n, raw.p, raw.n);
    m->answer_n += raw.n;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model m;
    static struct tpm tpm;
    static struct attest_record record;
    static const uint8_t manifest[ATTEST_DIGEST_BYTES] = {1};
    uint8_t blob[SEAL_HEAD_BYTES + 200];
    input = reader_of(bytes_of(data, size));
    honest = rd_u8(&input) % 20u;
    right = rd_u8(&input) & 1u;
    memset(blob, 7, sizeof blob);
    memcpy(blob, SEAL_MAGIC, 8);
    blob[8] = ATTEST_TPM2;
    blob[12] = rd_u8(&input);
    blob[13] = 0;
    blob[14] = rd_u8(&input);
    blob[15] = 0;
    model_init(&m);
    m.instead = fuzzed;
    measure_begin(&record, ATTEST_TPM2);
    measure_chain(&record);
    tpm.by = &m.t.transport;
    tpm_attest(&tpm, &record, manifest, blob, sizeof blob);
    FUZZ_CHECK(record.status < ATTEST_STATUS_COUNT);
    FUZZ_CHECK(record.quote_bytes <= ATTEST_QUOTE_MAX && record.signature_bytes <= ATTEST_QUOTE_MAX);
    FUZZ_CHECK(record.status == ATTEST_FINE || record.quote_bytes == 0);
    FUZZ_CHECK(record.status != ATTEST_FINE || record.code == 0);
    return 0;
}
