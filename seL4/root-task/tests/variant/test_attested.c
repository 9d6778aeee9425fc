/* A hive whose manifest asks for attestation by DICE: what it takes of a loader's record and of sealed keys, and what it
 * refuses. Records come from what the loader itself is made of (attest/measure.c). */
#include "attest/measure.h"
#include "base/hash.h"
#include "hive/attest.h"
#include "support/client.h"
#include "support/seal.h"

void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES]) { sha256(bytes_of(data, n), out); }

static const uint8_t secret[HASH_BYTES] = "thirty-two bytes of a device key";

struct boot {
    struct hive *h;
    _Alignas(8) uint8_t page[4096]; /* coh_evidence */
    uint8_t blob[4096];
    size_t blob_n;
    uint8_t key[HASH_BYTES]; /* what the loader derived */
};

static struct payload_table table_of(void)
{
    struct payload_table t = {.magic = PAYLOAD_MAGIC, .layout = PAYLOAD_LAYOUT, .count = 5, .cores = 1};
    static const uint32_t kinds[] = {PAYLOAD_KERNEL, PAYLOAD_ROOTSERVER, PAYLOAD_PROVISION, PAYLOAD_SECRET, PAYLOAD_MANIFEST};
    for (uint32_t i = 0; i < 5; i++) {
        t.entries[i].kind = kinds[i];
        t.entries[i].offset = 4096u * (i + 1);
        memset(t.entries[i].sha256, (int)(kinds[i] * 17), HASH_BYTES);
    }
    sha256(bytes_str(COH_MANIFEST_SHA256), t.entries[4].sha256);
    return t;
}

static void record_of(struct attest_record *r, const struct payload_table *t, const uint8_t *device)
{
    measure_begin(r, ATTEST_DICE);
    measure_table(r, t);
    measure_bytes(r, ATTEST_LOADER, "loader", 6);
    measure_bytes(r, ATTEST_TREE, "tree", 4);
    measure_chain(r);
    measure_dice(r, device);
    measure_end(r);
}

static size_t keys_blob(uint8_t *store, size_t cap)
{
    struct buf b = buf_of(store, cap);
    uint8_t raw[HASH_BYTES];
    buf_say(&b, "COHKEYS1");
    assert_true(parse_hex(bytes_str(COH_MANIFEST_SHA256), raw, HASH_BYTES));
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    blake3(bytes_str("token"), raw);
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    buf_byte(&b, (uint8_t)coh_ticket_keys_count);
    for (uint32_t i = 0; i < coh_ticket_keys_count; i++) {
        buf_byte(&b, coh_ticket_keys[i].role);
        buf_put(&b, bytes_of(coh_ticket_keys[i].key_id, 8));
        buf_put(&b, bytes_of(coh_ticket_keys[i].key, HASH_BYTES));
    }
    sha256(buf_bytes(&b), raw);
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    assert_false(b.cut);
    return b.n;
}

static struct attest_record *record_in(struct boot *b) { return (struct attest_record *)(void *)b->page; }

static int fresh(void **state)
{
    struct boot *b = calloc(1, sizeof *b);
    struct payload_table t = table_of();
    uint8_t keys[SEAL_CONTENT_MAX];
    assert_non_null(b);
    b->h = calloc(1, sizeof *b->h);
    assert_non_null(b->h);
    record_of(record_in(b), &t, secret);
    memcpy(b->key, record_in(b)->key, HASH_BYTES);
    size_t n = keys_blob(keys, sizeof keys);
    b->blob_n = seal(ATTEST_DICE, b->key, record_in(b)->measurement, bytes_of(keys, n), b->blob, sizeof b->blob);
    *state = b;
    return 0;
}

static int gone(void **state)
{
    struct boot *b = *state;
    free(b->h);
    free(b);
    return 0;
}

/* A boot with this record and blob; the record is as before afterwards, unless it was looked at. */
static const char *boots(struct boot *b)
{
    memset(b->h, 0, sizeof *b->h);
    b->h->facts.evidence = b->page;
    b->h->facts.provision = bytes_of(b->blob, sizeof b->blob); /* a page: what stands behind the blob means nothing */
    const char *why = attest_init(b->h);
    assert_memory_equal(record_in(b)->key, (uint8_t[HASH_BYTES]){0}, HASH_BYTES);
    memcpy(record_in(b)->key, b->key, HASH_BYTES);
    assert_int_equal(why != NULL, b->h->attest.state != ATTEST_ATTESTED);
    if (why)
        assert_string_equal(strstr(why, "attestation: "), why);
    return why;
}

static void keys_open_with_the_record_that_they_were_sealed_to(void **state)
{
    struct boot *b = *state;
    assert_null(boots(b));
    assert_true(b->h->attest.sealed);
    assert_null(tickets_init(b->h, hive_provision(b->h)));
    for (uint32_t i = 0; i < coh_ticket_keys_count; i++)
        assert_memory_equal(b->h->tickets_state.keys[coh_ticket_keys[i].role], coh_ticket_keys[i].key, HASH_BYTES);
    assert_true(tickets_token_ok(b->h, bytes_str("token")));
}

static void a_record_with_any_byte_changed_is_refused(void **state)
{
    struct boot *b = *state;
    for (size_t i = 0; i < sizeof(struct attest_record); i++) {
        uint8_t was = b->page[i];
        if (i >= 320 && i < 352)
            b->key[i - 320] ^= 4;
        b->page[i] ^= 4;
        assert_string_equal(boots(b), "attestation: the measurement record is damaged");
        assert_int_equal(b->h->facts.provision.n, sizeof b->blob);
        if (i >= 320 && i < 352)
            b->key[i - 320] ^= 4;
        b->page[i] = was;
    }
    assert_null(boots(b));
}

static void a_record_whose_sum_was_made_right_again_still_has_to_hold(void **state)
{
    struct boot *b = *state;
    struct attest_record good = *record_in(b);
    for (uint32_t i = 0; i < ATTEST_CHAIN; i++) { /* another digest is another chain */
        record_in(b)->digests[i][3] ^= 1;
        measure_end(record_in(b));
        assert_string_equal(boots(b), "attestation: the measurement record is damaged");
        *record_in(b) = good;
    }
    record_in(b)->quote_bytes = ATTEST_QUOTE_MAX + 1;
    measure_end(record_in(b));
    assert_string_equal(boots(b), "attestation: the measurement record is damaged");
    *record_in(b) = good;
    record_in(b)->status = ATTEST_STATUS_COUNT;
    measure_end(record_in(b));
    assert_string_equal(boots(b), "attestation: the measurement record is damaged");
    *record_in(b) = good;
    record_in(b)->kind = ATTEST_TPM2;
    measure_end(record_in(b));
    assert_non_null(strstr(boots(b), "another kind than the manifest"));
    *record_in(b) = good;
    record_in(b)->digests[ATTEST_MANIFEST][0] ^= 1;
    measure_chain(record_in(b));
    measure_end(record_in(b));
    assert_non_null(strstr(boots(b), "measured with another manifest"));
}

static void every_way_in_which_a_loader_fails_has_a_sentence(void **state)
{
    struct boot *b = *state;
    for (uint32_t status = 1; status < ATTEST_STATUS_COUNT; status++) {
        record_in(b)->status = status;
        measure_end(record_in(b));
        assert_non_null(boots(b));
    }
    struct payload_table t = table_of();
    record_of(record_in(b), &t, NULL);
    memset(b->key, 0, sizeof b->key);
    assert_string_equal(boots(b), "attestation: the loader found no device secret: make the image with --device-secret");
}

static void without_a_record_nothing_starts(void **state)
{
    struct boot *b = *state;
    memset(b->page, 0, sizeof b->page);
    memset(b->key, 0, sizeof b->key);
    const char *why = boots(b);
    assert_non_null(strstr(why, "handed over no measurement record"));
    b->h->facts.evidence = NULL;
    assert_string_equal(attest_init(b->h), why);
}

static void a_blob_with_any_byte_changed_opens_nothing(void **state)
{
    static const uint8_t nothing[SEAL_BOUND_BYTES + SEAL_CONTENT_MAX];
    struct boot *b = *state;
    for (size_t i = 0; i < b->blob_n; i++) {
        b->blob[i] ^= 8;
        assert_non_null(boots(b));
        assert_false(b->h->attest.sealed);
        assert_memory_equal(b->h->attest.opened, nothing, sizeof nothing);
        b->blob[i] ^= 8;
    }
    assert_null(boots(b));
}

static void a_blob_for_another_device_image_or_unsealed_is_refused_by_name(void **state)
{
    struct boot *b = *state;
    struct payload_table t = table_of();
    uint8_t other[HASH_BYTES];
    memcpy(other, secret, HASH_BYTES);
    other[31] ^= 1;
    record_of(record_in(b), &t, other);
    memcpy(b->key, record_in(b)->key, HASH_BYTES);
    assert_non_null(strstr(boots(b), "it is damaged, or sealed for another device"));
    t.entries[0].sha256[0] ^= 1;
    record_of(record_in(b), &t, secret);
    memcpy(b->key, record_in(b)->key, HASH_BYTES);
    assert_non_null(strstr(boots(b), "sealed to another image"));
    keys_blob(b->blob, sizeof b->blob);
    assert_non_null(strstr(boots(b), "missing or not sealed"));
    memset(b->blob, 0, sizeof b->blob);
    assert_non_null(strstr(boots(b), "missing or not sealed"));
}

static void a_measurement_is_the_same_whatever_keys_an_image_holds(void **state)
{
    struct boot *b = *state;
    struct payload_table t = table_of();
    struct attest_record r;
    t.entries[2] = t.entries[4]; /* neither blob nor secret */
    memset(&t.entries[3], 0, 2 * sizeof t.entries[3]);
    t.count = 3;
    t.total_bytes = 99;
    t.provision_virt = 5;
    t.entries[2].offset = 12345;
    record_of(&r, &t, secret);
    assert_memory_equal(r.measurement, record_in(b)->measurement, HASH_BYTES);
    t.entries[1].phys = 1;
    record_of(&r, &t, secret);
    assert_memory_not_equal(r.measurement, record_in(b)->measurement, HASH_BYTES);
}

static void java_seals_the_same_bytes(void **state)
{
    uint8_t raw[5][1024];
    size_t n[5];
    static const char *const names[] = {"secret=", "measurement=", "key=", "content=", "sealed="};
    static char text[8192];
    FILE *f = fopen(COH_FIXTURES "/attest.txt", "r");
    assert_non_null(f);
    struct bytes rest = bytes_of(text, fread(text, 1, sizeof text, f));
    fclose(f);
    for (uint32_t i = 0; i < 5; i++) {
        struct bytes line = bytes_split(&rest, '\n');
        assert_true(bytes_begin(line, names[i]));
        struct bytes hex = bytes_sub(line, strlen(names[i]), line.n);
        n[i] = hex.n / 2;
        assert_true(parse_hex(hex, raw[i], n[i]));
    }
    struct attest_record r = {0};
    memcpy(r.measurement, raw[1], HASH_BYTES);
    measure_dice(&r, raw[0]);
    assert_memory_equal(r.key, raw[2], HASH_BYTES);
    uint8_t sealed[1024];
    assert_int_equal(seal(ATTEST_DICE, r.key, raw[1], bytes_of(raw[3], n[3]), sealed, sizeof sealed), n[4]);
    assert_memory_equal(sealed, raw[4], n[4]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_open_with_the_record_that_they_were_sealed_to, fresh, gone),
        cmocka_unit_test_setup_teardown(a_record_with_any_byte_changed_is_refused, fresh, gone),
        cmocka_unit_test_setup_teardown(a_record_whose_sum_was_made_right_again_still_has_to_hold, fresh, gone),
        cmocka_unit_test_setup_teardown(every_way_in_which_a_loader_fails_has_a_sentence, fresh, gone),
        cmocka_unit_test_setup_teardown(without_a_record_nothing_starts, fresh, gone),
        cmocka_unit_test_setup_teardown(a_blob_with_any_byte_changed_opens_nothing, fresh, gone),
        cmocka_unit_test_setup_teardown(a_blob_for_another_device_image_or_unsealed_is_refused_by_name, fresh, gone),
        cmocka_unit_test_setup_teardown(a_measurement_is_the_same_whatever_keys_an_image_holds, fresh, gone),
        cmocka_unit_test(java_seals_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
