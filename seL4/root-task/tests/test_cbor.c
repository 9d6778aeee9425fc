/* Canonical CBOR: RFC 8949's examples where they are canonical, everything else refused. */
#include "support/test.h"

#include "support/cbor.h"

static uint8_t store[512];

static struct bytes written(const struct text *t)
{
    return bytes_of(store, t->n);
}

#define ASSERT_WRITES(call, raw)                                                                             \
    do {                                                                                                     \
        struct text t = text_window(store, sizeof store, 0);                                                 \
        call;                                                                                                \
        assert_true(bytes_eq(written(&t), LIT(raw)));                                                        \
        struct cbor_value v;                                                                                 \
        assert_true(cbor_parse(written(&t), &v));                                                            \
    } while (0)

static void items_are_written_as_the_standard_shows_them(void **state)
{
    ASSERT_WRITES(cbor_uint(&t, 0), "\x00");
    ASSERT_WRITES(cbor_uint(&t, 10), "\x0a");
    ASSERT_WRITES(cbor_uint(&t, 23), "\x17");
    ASSERT_WRITES(cbor_uint(&t, 24), "\x18\x18");
    ASSERT_WRITES(cbor_uint(&t, 100), "\x18\x64");
    ASSERT_WRITES(cbor_uint(&t, 255), "\x18\xff");
    ASSERT_WRITES(cbor_uint(&t, 256), "\x19\x01\x00");
    ASSERT_WRITES(cbor_uint(&t, 1000), "\x19\x03\xe8");
    ASSERT_WRITES(cbor_uint(&t, 65535), "\x19\xff\xff");
    ASSERT_WRITES(cbor_uint(&t, 65536), "\x1a\x00\x01\x00\x00");
    ASSERT_WRITES(cbor_uint(&t, 1000000), "\x1a\x00\x0f\x42\x40");
    ASSERT_WRITES(cbor_uint(&t, 4294967296u), "\x1b\x00\x00\x00\x01\x00\x00\x00\x00");
    ASSERT_WRITES(cbor_uint(&t, 1000000000000u), "\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00");
    ASSERT_WRITES(cbor_uint(&t, UINT64_MAX), "\x1b\xff\xff\xff\xff\xff\xff\xff\xff");
    ASSERT_WRITES(cbor_bool(&t, false), "\xf4");
    ASSERT_WRITES(cbor_bool(&t, true), "\xf5");
    ASSERT_WRITES(cbor_null(&t), "\xf6");
    ASSERT_WRITES(cbor_bytes(&t, bytes_of(NULL, 0)), "\x40");
    ASSERT_WRITES(cbor_bytes(&t, LIT("\x01\x02\x03\x04")), "\x44\x01\x02\x03\x04");
    ASSERT_WRITES(cbor_str(&t, ""), "\x60");
    ASSERT_WRITES(cbor_str(&t, "IETF"), "\x64IETF");
    ASSERT_WRITES(cbor_text(&t, LIT("\xe6\xb0\xb4")), "\x63\xe6\xb0\xb4");
    ASSERT_WRITES(cbor_text(&t, LIT("\xf0\x90\x85\x91")), "\x64\xf0\x90\x85\x91");
    ASSERT_WRITES(cbor_array(&t, 0), "\x80");
    ASSERT_WRITES(cbor_map(&t, 0), "\xa0");
}

static void containers_hold_the_items_that_follow(void **state)
{
    struct text t = text_window(store, sizeof store, 0);
    cbor_map(&t, 2);
    cbor_str(&t, "a");
    cbor_uint(&t, 1);
    cbor_str(&t, "b");
    cbor_array(&t, 2);
    cbor_uint(&t, 2);
    cbor_uint(&t, 3);
    assert_true(bytes_eq(written(&t), LIT("\xa2\x61"
                                          "a\x01\x61"
                                          "b\x82\x02\x03")));

    struct cbor_value map, v, in;
    size_t at = 0, in_at = 0;
    assert_true(cbor_parse(written(&t), &map));
    assert_int_equal(map.type, CBOR_MAP);
    assert_int_equal(map.u, 2);
    assert_true(cbor_next(&map, &at, &v) && v.type == CBOR_TEXT);
    ASSERT_TEXT(v.text, "a");
    assert_true(cbor_next(&map, &at, &v) && v.type == CBOR_UINT && v.u == 1);
    assert_true(cbor_next(&map, &at, &v) && v.type == CBOR_TEXT);
    ASSERT_TEXT(v.text, "b");
    assert_true(cbor_next(&map, &at, &v) && v.type == CBOR_ARRAY && v.u == 2);
    assert_false(cbor_next(&map, &at, &in));
    assert_true(cbor_next(&v, &in_at, &in) && in.u == 2);
    assert_true(cbor_next(&v, &in_at, &in) && in.u == 3);
    assert_false(cbor_next(&v, &in_at, &in));
    in_at = 0;
    assert_false(cbor_next(&in, &in_at, &v));
}

static void a_window_holds_its_part_of_the_encoding(void **state)
{
    struct text t = text_window(store, 3, 2);
    cbor_array(&t, 2);
    cbor_uint(&t, 1000);
    cbor_str(&t, "abc");
    assert_int_equal(t.total, 8);
    assert_true(bytes_eq(written(&t), LIT("\x03\xe8\x63")));
}

static bool reads(struct bytes raw)
{
    struct cbor_value v;
    return cbor_parse(raw, &v);
}

static void nested_containers_are_walked_past(void **state)
{
    struct cbor_value v, in;
    size_t at = 0;
    assert_true(cbor_parse(LIT("\x83\x82\xa1\x01\x81\x40\xf6\x80\x05"), &v));
    assert_true(cbor_next(&v, &at, &in) && in.type == CBOR_ARRAY && in.u == 2);
    assert_true(bytes_eq(in.text, LIT("\xa1\x01\x81\x40\xf6")));
    assert_true(cbor_next(&v, &at, &in) && in.type == CBOR_ARRAY && in.u == 0 && in.text.n == 0);
    assert_true(cbor_next(&v, &at, &in) && in.type == CBOR_UINT && in.u == 5);
    assert_false(cbor_next(&v, &at, &in));
}

static void simple_items_tell_their_type(void **state)
{
    struct cbor_value v;
    assert_true(cbor_parse(LIT("\xf4"), &v) && v.type == CBOR_BOOL && v.u == 0);
    assert_true(cbor_parse(LIT("\xf5"), &v) && v.type == CBOR_BOOL && v.u == 1);
    assert_true(cbor_parse(LIT("\xf6"), &v) && v.type == CBOR_NULL);
    assert_true(cbor_parse(LIT("\x20"), &v) && v.type == CBOR_NINT && v.u == 0);
    assert_true(cbor_parse(LIT("\x39\x03\xe7"), &v) && v.type == CBOR_NINT && v.u == 999);
    assert_true(cbor_parse(LIT("\x42\xff\x00"), &v) && v.type == CBOR_BYTES && v.text.n == 2);
}

static void only_the_shortest_head_is_read(void **state)
{
    assert_false(reads(LIT("\x18\x17")));
    assert_false(reads(LIT("\x19\x00\xff")));
    assert_false(reads(LIT("\x1a\x00\x00\xff\xff")));
    assert_false(reads(LIT("\x1b\x00\x00\x00\x00\xff\xff\xff\xff")));
    assert_false(reads(LIT("\x58\x01z")));
    assert_false(reads(LIT("\x98\x01\x00")));
    assert_false(reads(LIT("\x1c")) || reads(LIT("\x1d")) || reads(LIT("\x1e")));
}

static void indefinite_lengths_tags_floats_and_undefined_are_refused(void **state)
{
    assert_false(reads(LIT("\x5f\x41z\xff")));
    assert_false(reads(LIT("\x7f\x61z\xff")));
    assert_false(reads(LIT("\x9f\xff")));
    assert_false(reads(LIT("\xbf\xff")));
    assert_false(reads(LIT("\xff")));
    assert_false(reads(LIT("\xc0\x60")));
    assert_false(reads(LIT("\xd8\x20\x60")));
    assert_false(reads(LIT("\xf9\x00\x00")));
    assert_false(reads(LIT("\xfa\x47\xc3\x50\x00")));
    assert_false(reads(LIT("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a")));
    assert_false(reads(LIT("\xf7")));
    assert_false(reads(LIT("\xe0")) || reads(LIT("\xf3")) || reads(LIT("\xf8\x18")) ||
                 reads(LIT("\xf8\xff")));
}

static void map_keys_are_sorted_and_unique(void **state)
{
    assert_true(reads(LIT("\xa3\x01\x00\x20\x00\x61"
                          "a\x00")));
    assert_true(reads(LIT("\xa2\x61z\x00\x62"
                          "aa\x00")));
    assert_false(reads(LIT("\xa2\x62"
                           "aa\x00\x61z\x00")));
    assert_false(reads(LIT("\xa2\x61z\x00\x61"
                           "a\x00")));
    assert_false(reads(LIT("\xa2\x61"
                           "a\x00\x61"
                           "a\x00")));
    assert_false(reads(LIT("\xa2\x20\x00\x01\x00")));
    assert_false(reads(LIT("\xa1\x80\x00")) || reads(LIT("\xa1\xf5\x00")));
    /* Order counts within a map, not across them. */
    assert_true(reads(LIT("\xa2\x01\xa1\x05\x00\x02\xa1\x03\x00")));
    assert_false(reads(LIT("\xa1\x01\xa2\x05\x00\x03\x00")));
}

static void text_is_utf_8(void **state)
{
    assert_false(reads(LIT("\x61\xff")));
    assert_false(reads(LIT("\x63\xed\xa0\x80")));
    assert_true(reads(LIT("\x41\xff")));
}

static void an_item_is_whole_and_alone(void **state)
{
    static const char *const raw = "\xa2\x61"
                                   "a\x19\x01\x00\x61"
                                   "b\x82\x42zz\x1a\x00\x01\x00\x00";
    const size_t n = 17;
    assert_true(reads(bytes_of(raw, n)));
    for (size_t i = 0; i < n; i++)
        assert_false(reads(bytes_of(raw, i)));
    assert_false(reads(bytes_of(raw, n + 1)));
    assert_false(reads(LIT("\x00\x00")));
    assert_false(reads(LIT("\x80\x80")));
    /* Lengths and counts beyond what is there, up to those that would overflow. */
    assert_false(reads(LIT("\x5b\xff\xff\xff\xff\xff\xff\xff\xff")));
    assert_false(reads(LIT("\x9b\xff\xff\xff\xff\xff\xff\xff\xff")));
    assert_false(reads(LIT("\xbb\x80\x00\x00\x00\x00\x00\x00\x00")));
    assert_false(reads(LIT("\xa1\x01")));
}

static void containers_lie_at_most_four_in_each_other(void **state)
{
    assert_true(reads(LIT("\x81\x81\x81\x80")));
    assert_false(reads(LIT("\x81\x81\x81\x81\x80")));
    assert_true(reads(LIT("\x82\x81\x81\x81\x00\x81\x81\x81\x00")));
    assert_true(reads(LIT("\xa1\x00\xa1\x00\xa1\x00\xa0")));
    assert_false(reads(LIT("\xa1\x00\xa1\x00\xa1\x00\xa1\x00\xa0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_written_as_the_standard_shows_them),
        cmocka_unit_test(containers_hold_the_items_that_follow),
        cmocka_unit_test(a_window_holds_its_part_of_the_encoding),
        cmocka_unit_test(nested_containers_are_walked_past),
        cmocka_unit_test(simple_items_tell_their_type),
        cmocka_unit_test(only_the_shortest_head_is_read),
        cmocka_unit_test(indefinite_lengths_tags_floats_and_undefined_are_refused),
        cmocka_unit_test(map_keys_are_sorted_and_unique),
        cmocka_unit_test(text_is_utf_8),
        cmocka_unit_test(an_item_is_whole_and_alone),
        cmocka_unit_test(containers_lie_at_most_four_in_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
