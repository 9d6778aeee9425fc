/* Base64: the vectors of RFC 4648, and that every other spelling is refused. */
#include "support/test.h"

#include "base/base64.h"

static const struct {
    const char *raw, *text;
} vectors[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xfb\xff\xbf", "+/+/"}};

static void the_vectors_of_rfc_4648_hold_both_ways(void **state)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t store[16];
        struct buf b = buf_of(store, sizeof store);
        base64_encode(&b, bytes_str(vectors[i].raw));
        ASSERT_TEXT(buf_bytes(&b), vectors[i].text);
        b = buf_of(store, sizeof store);
        assert_true(base64_decode(&b, bytes_str(vectors[i].text)));
        ASSERT_TEXT(buf_bytes(&b), vectors[i].raw);
    }
}

static void every_byte_value_survives_the_way_there_and_back(void **state)
{
    uint8_t raw[256], text[400], back[256];
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(i * 167u + 13u);
    for (size_t n = 0; n <= sizeof raw; n++) {
        struct buf t = buf_of(text, sizeof text), r = buf_of(back, sizeof back);
        base64_encode(&t, bytes_of(raw, n));
        assert_int_equal(t.n, (n + 2) / 3 * 4);
        assert_true(base64_decode(&r, buf_bytes(&t)));
        assert_true(bytes_eq(buf_bytes(&r), bytes_of(raw, n)));
    }
}

static void any_other_spelling_is_refused(void **state)
{
    static const char *const bad[] = {"Z",     "Zg",     "Zg=",   "Zh==",    "Zm9=",     "Zm8",        "====",
                                      "=g==",  "Z===",   "Zm9v=", "Zm9vZg=", "Zg==Zg==", "Zm8=Zm9v",   "Zm 8",
                                      "Zm8\n", "Zm9v\n", "Zm-_",  "Z=9v",    "Zm=v",     "\xc3\xa4==", "Zm9*",
                                      "Zm9@",  "Zm9[",   "Zm9`",  "Zm9{",    "Zm9:",     "Zm9,"};
    uint8_t store[16];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = buf_of(store, sizeof store);
        if (base64_decode(&b, bytes_str(bad[i])) || b.n != 0)
            fail_msg("`%s` was decoded", bad[i]);
    }
    struct buf b = buf_of(store, sizeof store);
    assert_false(base64_decode(&b, LIT("Zm\0\0")));
}

static void what_does_not_fit_is_not_begun(void **state)
{
    uint8_t store[8] = {0};
    struct buf b = buf_of(store, 3);
    base64_encode(&b, bytes_str("a"));
    assert_true(b.cut);
    assert_int_equal(b.n, 0);
    b = buf_of(store, 4);
    base64_encode(&b, bytes_str("abcd"));
    assert_true(b.cut);
    b = buf_of(store, 2);
    assert_false(base64_decode(&b, bytes_str("Zm9v")));
    assert_int_equal(b.n, 0);
    assert_false(b.cut);
    b = buf_of(store, 3);
    assert_true(base64_decode(&b, bytes_str("Zm9v")));
    assert_false(base64_decode(&b, bytes_str("Zg==")));
    ASSERT_TEXT(buf_bytes(&b), "foo");
}

static size_t encoded(size_t n)
{
    static uint8_t raw[64], text[128];
    struct buf b = buf_of(text, sizeof text);
    base64_encode(&b, bytes_of(raw, n));
    assert_false(b.cut);
    return b.n;
}

static void fit_is_the_most_that_a_room_holds(void **state)
{
    for (size_t room = 0; room < 64; room++) {
        assert_true(encoded(base64_fit(room)) <= room);
        assert_true(encoded(base64_fit(room) + 1u) > room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648_hold_both_ways),
        cmocka_unit_test(every_byte_value_survives_the_way_there_and_back),
        cmocka_unit_test(any_other_spelling_is_refused),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(fit_is_the_most_that_a_room_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
