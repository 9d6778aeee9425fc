/* Views, cursors, text building, number parsing and UTF-8. */
#include "support/test.h"

#include "base/fmt.h"

static void views_are_clipped_to_their_bytes(void **state)
{
    struct bytes b = bytes_str("abcdef");
    ASSERT_TEXT(bytes_sub(b, 1, 3), "bcd");
    ASSERT_TEXT(bytes_sub(b, 4, 10), "ef");
    ASSERT_TEXT(bytes_sub(b, 9, 1), "");
    ASSERT_TEXT(bytes_sub(b, 2, SIZE_MAX), "cdef");
    assert_int_equal(bytes_sub(bytes_of(NULL, 0), 0, 5).n, 0);
}

static void comparison_is_by_unsigned_byte_and_a_prefix_sorts_first(void **state)
{
    assert_true(bytes_cmp(bytes_str("a"), bytes_str("b")) < 0);
    assert_true(bytes_cmp(bytes_str("\xc3"), bytes_str("z")) > 0);
    assert_true(bytes_cmp(bytes_str("ab"), bytes_str("abc")) < 0);
    assert_true(bytes_cmp(bytes_str("abc"), bytes_str("ab")) > 0);
    assert_true(bytes_cmp(bytes_str("abc"), bytes_str("abc")) == 0);
    assert_true(bytes_cmp(bytes_of(NULL, 0), bytes_str("")) == 0);
    assert_true(bytes_eq(bytes_of(NULL, 0), bytes_str("")));
    assert_false(bytes_eq(bytes_str("a"), bytes_str("ab")));
    assert_false(bytes_is(bytes_str("ab"), "ac"));
}

static void a_reader_yields_zeros_for_ever_after_one_read_too_many(void **state)
{
    const uint8_t raw[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct reader r = reader_of(bytes_of(raw, sizeof raw));
    assert_int_equal(rd_u8(&r), 0x01);
    assert_int_equal(rd_u16(&r), 0x0302);
    assert_int_equal(rd_u32(&r), 0x07060504);
    assert_true(rd_u64(&r) == 0x0f0e0d0c0b0a0908u);
    assert_false(r.bad);
    assert_int_equal(rd_u16(&r), 0);
    assert_true(r.bad);
    assert_int_equal(rd_u8(&r), 0);
    assert_int_equal(rd_bytes(&r, 0).n, 0);
}

static void text_is_appended_whole_or_not_at_all(void **state)
{
    BUF(b, 8);
    buf_say(&b, "abcde");
    assert_false(b.cut);
    buf_say(&b, "wxyz");
    assert_true(b.cut);
    ASSERT_TEXT(buf_bytes(&b), "abcde");
    buf_say(&b, "!", bytes_of(NULL, 0));
    ASSERT_TEXT(buf_bytes(&b), "abcde!");
    buf_say(&b, "gh");
    buf_say(&b, "!");
    ASSERT_TEXT(buf_bytes(&b), "abcde!gh");
}

static void each_kind_of_text_is_cut_at_exactly_one_byte_too_few(void **state)
{
    uint8_t store[32];
    for (size_t cap = 0; cap <= 9; cap++) {
        struct buf dec = buf_of(store, cap), hex64 = dec, hex = dec, kv = dec, kvs = dec;
        buf_say(&dec, 12345678);
        assert_int_equal(dec.n, cap >= 8 ? 8 : 0);
        assert_true(dec.cut == (cap < 8));
        buf_say(&hex64, piece_hex(0xabcdef));
        assert_int_equal(hex64.n, cap >= 8 ? 8 : 0);
        assert_true(hex64.cut == (cap < 8));
        buf_hex(&hex, LIT("\x00\xff\x10\x9a"));
        assert_int_equal(hex.n, cap >= 8 ? 8 : 0);
        assert_true(hex.cut == (cap < 8));
        buf_say(&kv, "seq=", 1234);
        assert_int_equal(kv.n, cap >= 8 ? 8 : 0);
        assert_true(kv.cut == (cap < 8));
        buf_say(&kvs, "role=abc");
        assert_int_equal(kvs.n, cap >= 8 ? 8 : 0);
        assert_true(kvs.cut == (cap < 8));
    }
}

static void numbers_are_written_without_padding(void **state)
{
    BUF(b, 128);
    buf_say(&b, 0, " ", UINT64_MAX, " ");
    buf_say(&b, piece_hex(0));
    buf_byte(&b, ' ');
    buf_say(&b, piece_hex(UINT64_MAX));
    buf_byte(&b, ' ');
    buf_hex(&b, LIT("\x00\x9f"));
    buf_say(&b, " n=", 0, " k=", bytes_of(NULL, 0));
    ASSERT_TEXT(buf_bytes(&b), "0 18446744073709551615 0x0 0xffffffffffffffff 009f n=0 k=");
}

static void the_low_bytes_of_a_number_are_written_lowest_first_or_not_at_all(void **state)
{
    uint8_t store[8];
    struct buf b = buf_of(store, sizeof store);
    buf_le(&b, 0x0102030405060708u, 3);
    buf_le(&b, 0x1122334455667788u, 0);
    assert_true(bytes_eq(buf_bytes(&b), LIT("\x08\x07\x06")) && !b.cut);
    buf_le(&b, 1, 6);
    assert_true(b.n == 3 && b.cut);
    b = buf_of(store, sizeof store);
    buf_le(&b, 0x0102030405060708u, 8);
    assert_true(bytes_eq(buf_bytes(&b), LIT("\x08\x07\x06\x05\x04\x03\x02\x01")) && !b.cut);
    EXPECT_PANIC(buf_le(&b, 0, 9));
}

static void only_plain_decimal_within_the_bound_is_a_number(void **state)
{
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "01",
                                      "00",
                                      "1e3",
                                      "0x1",
                                      "1.0",
                                      "a",
                                      "1:",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t v = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse_u64(bytes_str(bad[i]), UINT64_MAX, &v))
            fail_msg("`%s` was taken for a number", bad[i]);
    assert_true(v == 77);
    assert_true(parse_u64(bytes_str("0"), 0, &v) && v == 0);
    assert_true(parse_u64(bytes_str("18446744073709551615"), UINT64_MAX, &v) && v == UINT64_MAX);
    assert_true(parse_u64(bytes_str("100"), 100, &v) && v == 100);
    assert_false(parse_u64(bytes_str("101"), 100, &v));
}

static void only_lower_case_hex_of_the_right_length_is_hex(void **state)
{
    uint8_t out[4];
    assert_true(parse_hex(bytes_str("00ff9a10"), out, 4));
    assert_memory_equal(out, "\x00\xff\x9a\x10", 4);
    assert_true(parse_hex(bytes_str(""), out, 0));
    static const char *const bad[] = {"00ff9a1",  "00ff9a100", "00ff9a1000", "",         "00FF9a10",
                                      "00fg9a10", "0 ff9a10",  "0/ff9a10",   "0:ff9a10", "0`ff9a10"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse_hex(bytes_str(bad[i]), out, 4))
            fail_msg("`%s` was taken for hex", bad[i]);
}

static void utf8_of_every_length_is_valid_at_its_edges(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xf1\x80\x80\x80",
                                       "z\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!utf8_valid(bytes_str(good[i])))
            fail_msg("sequence %zu was refused", i);
    assert_true(utf8_valid(LIT("a\0b")));
}

static void malformed_utf8_is_refused(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x7f",
                                      "\xc2\xc0",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xe2\x82\x28",
                                      "\xe2\x28\xa1",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x90\x80",
                                      "\xf0\x90\x80\x7f",
                                      "\xf0\x90\x7f\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe",
                                      "a\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (utf8_valid(bytes_str(bad[i])))
            fail_msg("sequence %zu was accepted", i);
}

static void every_code_point_and_no_surrogate_is_valid(void **state)
{
    for (uint32_t point = 0x800; point <= 0x110000; point++) {
        uint8_t s[4];
        size_t n = point < 0x10000 ? 3 : 4;
        uint32_t rest = point;
        for (size_t i = n - 1; i > 0; i--, rest >>= 6)
            s[i] = (uint8_t)(0x80 | (rest & 0x3f));
        s[0] = (uint8_t)((n == 3 ? 0xe0 : 0xf0) | rest);
        bool want = (point < 0xd800 || point > 0xdfff) && point <= 0x10ffff;
        if (utf8_valid(bytes_of(s, n)) != want)
            fail_msg("U+%X", point);
    }
}

static void text_is_cut_on_character_boundaries_from_both_ends(void **state)
{
    struct bytes s = bytes_str("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"); /* 1 + 2 + 3 + 4 */
    static const size_t prefix[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < 12; max++) {
        assert_int_equal(utf8_prefix(s, max), prefix[max]);
    }
    assert_int_equal(utf8_prefix(bytes_of(NULL, 0), 3), 0);
}

static void a_text_is_split_at_each_separator_and_ends_empty(void **state)
{
    struct bytes rest = bytes_str("a//bc/");
    ASSERT_TEXT(bytes_split(&rest, '/'), "a");
    ASSERT_TEXT(bytes_split(&rest, '/'), "");
    ASSERT_TEXT(bytes_split(&rest, '/'), "bc");
    assert_int_equal(rest.n, 0);
    ASSERT_TEXT(bytes_split(&rest, '/'), "");
    rest = bytes_str("whole");
    ASSERT_TEXT(bytes_split(&rest, '/'), "whole");
    assert_int_equal(rest.n, 0);
}

static void pieces_are_kept_together_or_dropped_together(void **state)
{
    BUF(b, 8);
    buf_say(&b, "ab");
    struct buf all = buf_begin(&b);
    buf_say(&all, "cdef");
    buf_say(&all, "too long");
    buf_say(&all, "g");
    assert_false(buf_keep(&b, all));
    assert_true(b.cut);
    ASSERT_TEXT(buf_bytes(&b), "ab");
    all = buf_begin(&b); /* an earlier cut does not matter */
    buf_say(&all, "cd");
    buf_say(&all, "efgh");
    assert_true(buf_keep(&b, all) && b.cut);
    ASSERT_TEXT(buf_bytes(&b), "abcdefgh");
}

static void a_path_is_absolute_with_clean_names_of_bounded_depth(void **state)
{
    static const char *const good[] = {"/", "/a", "/a/b", "/a.b/...", "/\xc3\xa4"};
    static const char *const bad[] = {"", "a", "a/b", "//", "/a/", "/a//b", "/.", "/..", "/a/..", "/a/./b", "/a\nb", "/\xc3"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(utf8_path(bytes_str(good[i]), 2));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_path(bytes_str(bad[i]), 9));
    assert_false(utf8_path(bytes_str("/a/b/c"), 2));
    assert_true(utf8_path(bytes_str("/"), 0));
    assert_false(utf8_path(bytes_of(NULL, 0), 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_clipped_to_their_bytes),
        cmocka_unit_test(comparison_is_by_unsigned_byte_and_a_prefix_sorts_first),
        cmocka_unit_test(a_reader_yields_zeros_for_ever_after_one_read_too_many),
        cmocka_unit_test(text_is_appended_whole_or_not_at_all),
        cmocka_unit_test(each_kind_of_text_is_cut_at_exactly_one_byte_too_few),
        cmocka_unit_test(numbers_are_written_without_padding),
        cmocka_unit_test(the_low_bytes_of_a_number_are_written_lowest_first_or_not_at_all),
        cmocka_unit_test(only_plain_decimal_within_the_bound_is_a_number),
        cmocka_unit_test(only_lower_case_hex_of_the_right_length_is_hex),
        cmocka_unit_test(utf8_of_every_length_is_valid_at_its_edges),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(every_code_point_and_no_surrogate_is_valid),
        cmocka_unit_test(text_is_cut_on_character_boundaries_from_both_ends),
        cmocka_unit_test(a_text_is_split_at_each_separator_and_ends_empty),
        cmocka_unit_test(pieces_are_kept_together_or_dropped_together),
        cmocka_unit_test(a_path_is_absolute_with_clean_names_of_bounded_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
