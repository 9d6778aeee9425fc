/* The strict JSON reader: what it accepts, what it refuses, objects against field tables, and strings both
 * ways. */
#include "support/test.h"

#include "base/json.h"

static bool parses(const char *text)
{
    struct json_value v;
    return json_parse(bytes_str(text), &v);
}

static void scalars_carry_their_type_and_value(void **state)
{
    struct json_value v;
    assert_true(json_parse(bytes_str(" \t\r\n 42 \n"), &v));
    assert_true(v.type == JSON_UINT && v.u == 42);
    ASSERT_TEXT(v.text, "42");
    assert_true(json_parse(bytes_str("18446744073709551615"), &v) && v.u == UINT64_MAX);
    assert_true(json_parse(bytes_str("0"), &v) && v.u == 0);
    assert_true(json_parse(bytes_str("true"), &v) && v.type == JSON_BOOL && bytes_is(v.text, "true"));
    assert_true(json_parse(bytes_str("false"), &v) && v.type == JSON_BOOL);
    ASSERT_TEXT(v.text, "false");
    assert_true(json_parse(bytes_str("null"), &v) && v.type == JSON_NULL);
    assert_true(json_parse(bytes_str("\"a\xc3\xa4\""), &v) && v.type == JSON_STRING && !memchr(v.text.p, '\\', v.text.n));
    ASSERT_TEXT(v.text, "a\xc3\xa4");
    assert_true(json_parse(bytes_str("\"a\\n\""), &v) && memchr(v.text.p, '\\', v.text.n));
    ASSERT_TEXT(v.text, "a\\n");
    assert_true(json_parse(bytes_str("\"\""), &v) && v.text.n == 0);
}

static void containers_are_given_from_bracket_to_bracket(void **state)
{
    struct json_value v;
    assert_true(json_parse(bytes_str(" {\"a\" : [1, {} , []] }\n"), &v) && v.type == JSON_OBJECT);
    ASSERT_TEXT(v.text, "{\"a\" : [1, {} , []] }");
    assert_true(json_parse(bytes_str("[ ]"), &v) && v.type == JSON_ARRAY);
    ASSERT_TEXT(v.text, "[ ]");
}

static const char *const malformed[] = {"",
                                        " ",
                                        "tru",
                                        "tru3",
                                        "truex",
                                        "nul",
                                        "nulll",
                                        "fals",
                                        "True",
                                        "NaN",
                                        "undefined",
                                        "'a'",
                                        "a",
                                        "-1",
                                        "+1",
                                        "1.0",
                                        "1.",
                                        ".5",
                                        "1e3",
                                        "1E3",
                                        "01",
                                        "00",
                                        "0x1",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "1 2",
                                        "1,",
                                        "1]",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        "[1",
                                        "[1,",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1}",
                                        "{]",
                                        "[}",
                                        "[]]",
                                        "{}}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{,}",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "{1:1}",
                                        "{\"a\":1]",
                                        "{\"a\":1,2}",
                                        "{\"a\":1,\"b\"}",
                                        "{\"a\":1,\"b\":}",
                                        "{null:1}",
                                        "\"",
                                        "\"a",
                                        "\"\\\"",
                                        "\"\\",
                                        "\"\\x41\"",
                                        "\"\\u\"",
                                        "\"\\u12\"",
                                        "\"\\u123g\"",
                                        "\"\\u12 4\"",
                                        "\"a\nb\"",
                                        "\"a\tb\"",
                                        "\"\x1f\"",
                                        "\"\\ud800\"",
                                        "\"\\udc00\"",
                                        "\"\\udc00\\udc00\"",
                                        "\"\\ud800x\"",
                                        "\"\\ud800\\n\"",
                                        "\"\\ud800\\u0041\"",
                                        "\"\\ud800\\ud800\"",
                                        "\"\\ud800\\ue000\"",
                                        "\"\\ud800\\u12\"",
                                        "\"\x80\"",
                                        "\"\xed\xa0\x80\"",
                                        ("\xef\xbb\xbf"
                                         "1"),
                                        "/*c*/1",
                                        "[1]//",
                                        "\"a\" \"b\"",
                                        "{\"a\":1}{}",
                                        "\v1",
                                        "\f1"};

static void malformed_text_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        if (parses(malformed[i]))
            fail_msg("`%s` was accepted", malformed[i]);
    struct json_value v;
    assert_false(json_parse(LIT("1\0"), &v));
    assert_false(json_parse(LIT("\"\0\""), &v));
    assert_false(json_parse(bytes_of(NULL, 0), &v));
}

static void nesting_ends_at_the_depth_limit(void **state)
{
    assert_true(parses("[[[[[[[[]]]]]]]]"));
    assert_false(parses("[[[[[[[[[]]]]]]]]]"));
    assert_true(parses("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}"));
    assert_false(parses("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}"));
    assert_true(parses("[[[[[[[[1]]]],[[[[2]]]]]]],[]]"));
    static char deep[100000];
    memset(deep, '[', sizeof deep);
    struct json_value v;
    assert_false(json_parse(bytes_of(deep, sizeof deep), &v));
}

static void an_object_is_read_into_its_field_table(void **state)
{
    struct json_value v, n;
    struct json_field f[] = {{.name = "spawn", .type = JSON_STRING, .required = true},
                             {.name = "budget", .type = JSON_OBJECT},
                             {.name = "ticks", .type = JSON_UINT}};
    struct json_field b[] = {{.name = "ttl_s", .type = JSON_UINT, .required = true}};
    assert_true(json_parse(bytes_str("{ \"budget\" : { \"ttl_s\" : 120 } , \"spawn\" : \"gpu\" }"), &v));
    assert_true(json_object(&v, f, 3));
    assert_true(f[0].seen && f[1].seen && !f[2].seen);
    ASSERT_TEXT(f[0].value.text, "gpu");
    n = f[1].value;
    assert_true(json_object(&n, b, 1));
    assert_true(b[0].value.u == 120);
    assert_true(json_parse(bytes_str("{}"), &v));
    assert_true(json_object(&v, NULL, 0));
}

static void an_object_with_anything_unforeseen_is_refused(void **state)
{
    static const char *const bad[] = {"{}",                      /* required one missing */
                                      "{\"b\":true}",            /* same, with another */
                                      "{\"a\":1,\"c\":2}",       /* unknown */
                                      "{\"a\":1,\"a\":1}",       /* duplicate */
                                      "{\"a\":1,\"\\u0061\":1}", /* duplicate under another spelling */
                                      "{\"a\":\"1\"}",           /* wrong type */
                                      "{\"a\":null}",            /* null is no number */
                                      "{\"a\":1,\"b\":1}",       /* number is no bool */
                                      "{\"A\":1}",               /* names are case-sensitive */
                                      "{\"\":1}",
                                      "{\"aa\":1}",
                                      "{\"a\\u0000\":1}", /* near misses */
                                      "[1]",
                                      "1",
                                      "\"a\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_field f[] = {{.name = "a", .type = JSON_UINT, .required = true},
                                 {.name = "b", .type = JSON_BOOL}};
        struct json_value v;
        assert_true(json_parse(bytes_str(bad[i]), &v));
        if (json_object(&v, f, 2))
            fail_msg("`%s` was accepted", bad[i]);
    }
}

static void a_name_written_with_escapes_is_the_same_name(void **state)
{
    struct json_value v;
    struct json_field f[] = {{.name = "k\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", .type = JSON_UINT}};
    assert_true(json_parse(bytes_str("{\"\\u006B\\u00E4\\u20ac\\ud83d\\ude00\":7}"), &v));
    assert_true(json_object(&v, f, 1));
    assert_true(f[0].value.u == 7);
}

static void a_field_table_can_be_used_again(void **state)
{
    struct json_value v;
    struct json_field f[] = {{.name = "a", .type = JSON_UINT}};
    assert_true(json_parse(bytes_str("{\"a\":1}"), &v));
    assert_true(json_object(&v, f, 1));
    assert_true(json_object(&v, f, 1));
    assert_true(json_parse(bytes_str("{}"), &v));
    assert_true(json_object(&v, f, 1));
    assert_false(f[0].seen);
}

static void an_array_gives_its_elements_in_turn(void **state)
{
    struct json_value v, e;
    size_t at = 0;
    assert_true(json_parse(bytes_str("[ 1 , \"]\",{\"a\":[2,3]},[ ] ]"), &v));
    assert_true(json_next(&v, &at, &e) && e.type == JSON_UINT && e.u == 1);
    assert_true(json_next(&v, &at, &e) && e.type == JSON_STRING);
    ASSERT_TEXT(e.text, "]");
    assert_true(json_next(&v, &at, &e) && e.type == JSON_OBJECT);
    ASSERT_TEXT(e.text, "{\"a\":[2,3]}");
    assert_true(json_next(&v, &at, &e) && e.type == JSON_ARRAY);
    assert_false(json_next(&v, &at, &e));
    assert_false(json_next(&v, &at, &e));
    at = 0;
    assert_true(json_parse(bytes_str("[]"), &v));
    assert_false(json_next(&v, &at, &e));
    assert_true(json_parse(bytes_str("{}"), &v));
    assert_false(json_next(&v, &at, &e));
}

static void a_string_is_unescaped(void **state)
{
    struct json_value v;
    uint8_t store[64];
    struct buf b = buf_of(store, sizeof store);
    assert_true(json_parse(bytes_str("\"\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0041\\u00e4\\u20AC\\ud83d\\ude00 "
                                     "\\uffff\\uD7FF\\ue000 \xc3\xa4\""),
                           &v));
    assert_true(json_string(&v, &b));
    ASSERT_TEXT(buf_bytes(&b), "\"\\/\b\f\n\r\t A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 "
                               "\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80 \xc3\xa4");
    assert_true(json_parse(bytes_str("\"+\""), &v));
    assert_true(json_string(&v, &b)); /* appends */
    assert_int_equal(store[b.n - 1], '+');
}

static void a_string_that_does_not_fit_or_holds_a_nul_is_refused_whole(void **state)
{
    struct json_value v;
    BUF(b, 4);
    assert_true(json_parse(bytes_str("\"ab\\u20ac\""), &v));
    assert_false(json_string(&v, &b));
    assert_int_equal(b.n, 0);
    assert_true(json_parse(bytes_str("\"a\\u0000\""), &v));
    assert_false(json_string(&v, &b));
    assert_int_equal(b.n, 0);
    assert_true(json_parse(bytes_str("\"abcd\""), &v));
    assert_true(json_string(&v, &b));
    assert_true(json_parse(bytes_str("1"), &v));
    assert_false(json_string(&v, &b));
}

static void strings_are_written_with_escapes(void **state)
{
    uint8_t store[64];
    struct buf b = buf_of(store, sizeof store);
    json_put_string(&b, LIT("a\"\\/\n\x01\x1f\x7f\0\xc3\xa4"));
    ASSERT_TEXT(buf_bytes(&b), "\"a\\\"\\\\/\\u000a\\u0001\\u001f\\u007f\\u0000\xc3\xa4\"");
    b = buf_of(store, 2);
    json_put_string(&b, bytes_of(NULL, 0));
    ASSERT_TEXT(buf_bytes(&b), "\"\"");
    b = buf_of(store, 7);
    json_put_string(&b, bytes_str("\n"));
    assert_true(b.cut);
    assert_int_equal(b.n, 0);
    b = buf_of(store, 8);
    json_put_string(&b, bytes_str("\n"));
    assert_false(b.cut);
}

static void what_is_written_reads_back(void **state)
{
    for (unsigned c = 1; c < 128; c++) {
        uint8_t text[3] = {'<', (uint8_t)c, '>'}, store[16], back[8];
        struct buf b = buf_of(store, sizeof store), out = buf_of(back, sizeof back);
        struct json_value v;
        json_put_string(&b, bytes_of(text, 3));
        assert_true(json_parse(buf_bytes(&b), &v));
        assert_true(json_string(&v, &out));
        assert_true(bytes_eq(buf_bytes(&out), bytes_of(text, 3)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_carry_their_type_and_value),
        cmocka_unit_test(containers_are_given_from_bracket_to_bracket),
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(nesting_ends_at_the_depth_limit),
        cmocka_unit_test(an_object_is_read_into_its_field_table),
        cmocka_unit_test(an_object_with_anything_unforeseen_is_refused),
        cmocka_unit_test(a_name_written_with_escapes_is_the_same_name),
        cmocka_unit_test(a_field_table_can_be_used_again),
        cmocka_unit_test(an_array_gives_its_elements_in_turn),
        cmocka_unit_test(a_string_is_unescaped),
        cmocka_unit_test(a_string_that_does_not_fit_or_holds_a_nul_is_refused_whole),
        cmocka_unit_test(strings_are_written_with_escapes),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
