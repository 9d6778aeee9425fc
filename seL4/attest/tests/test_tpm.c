/* The TPM's commands and its bus, with a model that does what it should and then what it should not. */
#include "support/test.h"

#include "attest/measure.h"
#include "base/hash.h"
#include "model.h"

void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES]) { sha256(bytes_of(data, n), out); }

static struct model m;
static struct tpm tpm;
static struct attest_record record;
static const uint8_t manifest[ATTEST_DIGEST_BYTES] = "a manifest's hash, 32 bytes long";
static uint8_t blob[SEAL_HEAD_BYTES + 60];

static int fresh(void **state)
{
    model_init(&m);
    measure_begin(&record, ATTEST_TPM2);
    for (unsigned i = 0; i < ATTEST_CHAIN; i++)
        memset(record.digests[i], (int)(i * 3 + 1), ATTEST_DIGEST_BYTES);
    measure_chain(&record);
    memset(blob, 0, sizeof blob);
    memcpy(blob, SEAL_MAGIC, 8);
    blob[8] = ATTEST_TPM2;
    blob[12] = 20;
    blob[14] = 30;
    return 0;
}

static enum attest_status attest(void)
{
    tpm.by = &m.t.transport;
    tpm_attest(&tpm, &record, manifest, blob, sizeof blob);
    assert_true(record.status < ATTEST_STATUS_COUNT);
    if (record.status == ATTEST_FINE)
        assert_int_equal(record.code, 0);
    else
        assert_int_equal(record.quote_bytes, 0);
    for (size_t i = 0; i < sizeof tpm.io; i++)
        assert_int_equal(tpm.io[i], 0);
    return (enum attest_status)record.status;
}

static void the_chain_is_extended_the_key_unsealed_and_a_quote_made(void **state)
{
    assert_int_equal(attest(), ATTEST_FINE);
    assert_memory_equal(m.pcr, record.measurement, ATTEST_DIGEST_BYTES);
    assert_memory_equal(record.key, m.unseals, ATTEST_DIGEST_BYTES);
    assert_int_equal(record.quote_bytes, 40);
    assert_int_equal(record.signature_bytes, 70);
    assert_memory_equal(record.quote, "\xffTCG", 4);
}

static void without_a_sealed_blob_it_measures_and_quotes_alone(void **state)
{
    blob[0] = 'X';
    assert_int_equal(attest(), ATTEST_FINE);
    assert_memory_equal(record.key, (uint8_t[ATTEST_DIGEST_BYTES]){0}, ATTEST_DIGEST_BYTES);
    fresh(NULL);
    blob[12] = 200; /* its parts end behind it */
    assert_int_equal(attest(), ATTEST_FINE);
    assert_memory_equal(record.key, (uint8_t[ATTEST_DIGEST_BYTES]){0}, ATTEST_DIGEST_BYTES);
    fresh(NULL);
    m.has_quote_key = false;
    assert_int_equal(attest(), ATTEST_FINE);
    assert_int_equal(record.quote_bytes, 0);
}

static void one_that_was_started_before_and_one_that_is_busy_are_waited_for(void **state)
{
    m.started = true;
    m.busy = 30;
    assert_int_equal(attest(), ATTEST_FINE);
    fresh(NULL);
    m.busy = 1000;
    assert_int_equal(attest(), ATTEST_TPM_STARTUP);
    assert_int_equal(record.code, 0x922);
}

static void what_it_refuses_is_told_with_its_code(void **state)
{
    static const struct {
        uint32_t command, code;
        enum attest_status status;
    } refusals[] = {
        {0x144, 0x101, ATTEST_TPM_STARTUP}, {0x17a, 0x101, ATTEST_TPM_STARTUP}, {0x182, 0x9a2, ATTEST_TPM_EXTEND},
        {0x17e, 0x1c4, ATTEST_TPM_PCR},     {0x157, 0x1df, ATTEST_TPM_UNSEAL},  {0x157, 0x18b, ATTEST_TPM_NO_PARENT},
        {0x176, 0x903, ATTEST_TPM_UNSEAL},  {0x17f, 0x1c4, ATTEST_TPM_UNSEAL},  {0x15e, 0x99d, ATTEST_TPM_UNSEAL},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        fresh(NULL);
        m.refuses = refusals[i].command;
        m.code = refusals[i].code;
        assert_int_equal(attest(), refusals[i].status);
        assert_int_equal(record.code, refusals[i].code);
        assert_memory_equal(record.key, (uint8_t[ATTEST_DIGEST_BYTES]){0}, ATTEST_DIGEST_BYTES);
    }
}

static void what_was_measured_into_its_pcr_before_is_noticed(void **state)
{
    m.pcr[5] = 1;
    assert_int_equal(attest(), ATTEST_TPM_PCR);
}

static void another_tpm_than_2_0_is_none(void **state)
{
    m.family = 0x312e3200;
    assert_int_equal(attest(), ATTEST_TPM_ABSENT);
}

static void one_that_does_not_answer_is_given_up_in_time(void **state)
{
    static const uint32_t commands[] = {0x144, 0x17a, 0x182, 0x17e, 0x157, 0x176, 0x17f, 0x15e};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fresh(NULL);
        m.silent = commands[i];
        assert_int_equal(attest(), ATTEST_TPM_SILENT);
        assert_true(m.clock_ms < 60000); /* the model's clock goes on with each look */
    }
    for (int fault = 0; fault < 3; fault++) {
        fresh(NULL);
        m.no_locality = fault == 0;
        m.no_burst = fault == 1;
        m.expects_for_ever = fault == 2;
        assert_int_equal(attest(), ATTEST_TPM_SILENT);
        assert_int_equal(m.commands, 0);
    }
}

static void answers_that_are_too_short_or_say_another_length_are_none(void **state)
{
    for (uint32_t cut = 1; cut < 52; cut++) { /* as long as the answer to PCR_Read: what is no longer is left whole */
        fresh(NULL);
        m.cuts = cut;
        assert_int_not_equal(attest(), ATTEST_FINE);
        assert_memory_equal(record.key, (uint8_t[ATTEST_DIGEST_BYTES]){0}, ATTEST_DIGEST_BYTES);
    }
    for (uint32_t cut = 52; cut < 116; cut++) { /* the quote alone is */
        fresh(NULL);
        m.cuts = cut;
        assert_int_equal(attest(), ATTEST_FINE);
        assert_int_equal(record.quote_bytes, 0);
    }
    fresh(NULL);
    m.lies = 1;
    assert_int_equal(attest(), ATTEST_TPM_SILENT); /* the byte never comes */
    fresh(NULL);
    m.lies = TPM_IO_BYTES;
    assert_int_equal(attest(), ATTEST_TPM_SILENT);
}

static void a_secret_of_another_size_is_no_key(void **state)
{
    for (uint32_t size = 0; size < ATTEST_DIGEST_BYTES; size++) {
        fresh(NULL);
        m.unseal_size = size;
        assert_int_equal(attest(), ATTEST_TPM_UNSEAL);
    }
}

#define CASE(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_chain_is_extended_the_key_unsealed_and_a_quote_made),
        CASE(without_a_sealed_blob_it_measures_and_quotes_alone),
        CASE(one_that_was_started_before_and_one_that_is_busy_are_waited_for),
        CASE(what_it_refuses_is_told_with_its_code),
        CASE(what_was_measured_into_its_pcr_before_is_noticed),
        CASE(another_tpm_than_2_0_is_none),
        CASE(one_that_does_not_answer_is_given_up_in_time),
        CASE(answers_that_are_too_short_or_say_another_length_are_none),
        CASE(a_secret_of_another_size_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
