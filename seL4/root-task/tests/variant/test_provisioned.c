/* Keys that come from a provisioning blob, as in a release image. */
#include "base/hash.h"
#include "support/client.h"

static struct buf blob_of(uint8_t *store, size_t cap, uint32_t keys)
{
    struct buf b = buf_of(store, cap);
    uint8_t raw[HASH_BYTES];
    buf_say(&b, "COHKEYS1");
    assert_true(parse_hex(bytes_str(COH_MANIFEST_SHA256), raw, HASH_BYTES));
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    blake3(bytes_str("token"), raw);
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    buf_byte(&b, (uint8_t)keys);
    for (uint32_t i = 0; i < keys; i++) {
        buf_byte(&b, coh_ticket_keys[i].role);
        buf_put(&b, bytes_of(coh_ticket_keys[i].key_id, 8));
        buf_put(&b, bytes_of(coh_ticket_keys[i].key, HASH_BYTES));
    }
    sha256(buf_bytes(&b), raw);
    buf_put(&b, bytes_of(raw, HASH_BYTES));
    assert_false(b.cut);
    return b;
}

static struct hive *empty_hive(void)
{
    struct hive *h = calloc(1, sizeof *h);
    assert_non_null(h);
    return h;
}

static void a_blob_gives_the_keys_and_the_token_that_it_names(void **state)
{
    static uint8_t store[4096]; /* a page: what stands behind the blob means nothing */
    struct hive *h = empty_hive();
    blob_of(store, sizeof store, coh_ticket_keys_count);
    assert_null(tickets_init(h, bytes_of(store, sizeof store)));
    for (uint32_t i = 0; i < coh_ticket_keys_count; i++)
        assert_memory_equal(h->tickets_state.keys[coh_ticket_keys[i].role], coh_ticket_keys[i].key, HASH_BYTES);
    assert_true(tickets_token_ok(h, bytes_str("token")));
    assert_false(tickets_token_ok(h, bytes_str("tokem")));
    free(h);
}

static void a_blob_that_is_cut_anywhere_or_changed_anywhere_is_refused(void **state)
{
    static uint8_t store[4096];
    struct hive *h = empty_hive();
    struct buf b = blob_of(store, sizeof store, coh_ticket_keys_count);
    for (size_t n = 0; n < b.n; n++)
        assert_non_null(tickets_init(h, bytes_of(store, n)));
    assert_string_equal(tickets_init(h, bytes_of(store, 7)),
                        "provisioning blob missing or not one: make it with coh-rtc provision");
    assert_string_equal(tickets_init(h, bytes_of(store, b.n - 1)), "provisioning blob is cut short");
    for (size_t i = 0; i < b.n; i++) {
        store[i] ^= 0x10;
        assert_non_null(tickets_init(h, buf_bytes(&b)));
        assert_null(h->tickets_state.keys[0]);
        store[i] ^= 0x10;
    }
    store[8] ^= 1;
    assert_string_equal(tickets_init(h, buf_bytes(&b)), "provisioning blob is for another manifest");
    store[8] ^= 1;
    store[80] ^= 1;
    assert_string_equal(tickets_init(h, buf_bytes(&b)), "provisioning blob is damaged");
    free(h);
}

static void a_blob_without_a_key_that_the_manifest_names_is_refused(void **state)
{
    uint8_t store[1024];
    struct hive *h = empty_hive();
    struct buf b = blob_of(store, sizeof store, coh_ticket_keys_count - 1u);
    assert_string_equal(tickets_init(h, buf_bytes(&b)), "provisioning blob lacks a key that the manifest names");
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blob_gives_the_keys_and_the_token_that_it_names),
        cmocka_unit_test(a_blob_that_is_cut_anywhere_or_changed_anywhere_is_refused),
        cmocka_unit_test(a_blob_without_a_key_that_the_manifest_names_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
