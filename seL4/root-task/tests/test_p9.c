/* What the 9P vectors cannot show: framing of data in place, rooms that are too small, and preconditions. */
#include "support/test.h"

#include <string.h>

#include "wire/p9.h"

static void data_is_framed_in_place(void **state)
{
    uint8_t frame[P9_DATA_HEADER_BYTES + 3u] = {0};
    memcpy(frame + P9_DATA_HEADER_BYTES, "abc", 3);
    p9_frame_data(frame, P9_RREAD, 0x1234, 3);
    assert_true(bytes_eq(bytes_of(frame, sizeof frame), LIT("\x0e\0\0\0\x75\x34\x12\x03\0\0\0"
                                                            "abc")));
    struct p9_msg m;
    assert_int_equal(p9_decode_r(bytes_of(frame, sizeof frame), &m), P9_OK);
    assert_int_equal(m.type, P9_RREAD);
    ASSERT_TEXT(m.u.data, "abc");
    assert_ptr_equal(m.u.data.p, frame + P9_DATA_HEADER_BYTES);

    p9_frame_data(frame, P9_RREADDIR, P9_NOTAG, 0);
    assert_true(bytes_eq(bytes_of(frame, sizeof frame), LIT("\x0b\0\0\0\x29\xff\xff\0\0\0\0"
                                                            "abc")));
    EXPECT_PANIC(p9_frame_data(frame, P9_RWRITE, 1, 3));
    EXPECT_PANIC(p9_frame_data(frame, P9_RREAD, 1, UINT32_MAX - P9_DATA_HEADER_BYTES + 1u));
}

static void an_entry_goes_in_whole_or_not_at_all(void **state)
{
    const struct p9_qid qid = {P9_QTDIR, 1, 2};
    uint8_t store[2 * 25];
    struct buf data = buf_of(store, sizeof store);
    assert_true(p9_put_entry(&data, &qid, 1, LIT("a")));
    assert_int_equal(data.n, 25);
    assert_false(p9_put_entry(&data, &qid, 2, LIT("bc")));
    assert_true(data.n == 25 && data.cut);
    assert_true(p9_put_entry(&data, &qid, 2, LIT("b")));
    assert_int_equal(data.n, sizeof store);
    assert_false(p9_put_entry(&data, &qid, 3, LIT("")));
    assert_true(data.n == sizeof store && data.cut);
}

static struct p9_msg flush(void)
{
    return (struct p9_msg){.type = P9_TFLUSH, .tag = 2, .u.oldtag = 1};
}

static void messages_follow_each_other_until_there_is_no_room(void **state)
{
    uint8_t store[3 * 9 - 1];
    struct buf out = buf_of(store, sizeof store);
    struct p9_msg m = flush();
    p9_encode(&out, &m);
    p9_encode(&out, &m);
    assert_true(out.n == 18 && !out.cut);
    assert_true(memcmp(store, "\x09\0\0\0\x6c\x02\0\x01\0\x09\0\0\0\x6c\x02\0\x01\0", 18) == 0);
    p9_encode(&out, &m);
    assert_true(out.n == 18 && out.cut);
}

static void a_message_that_fits_is_written_behind_an_earlier_cut(void **state)
{
    BUF(out, 9);
    out.cut = true;
    struct p9_msg m = flush();
    p9_encode(&out, &m);
    assert_true(out.n == 9 && out.cut);
}

/* A long field does not let shorter ones behind it slip in. */
static void no_part_of_a_message_is_written_when_a_field_in_its_middle_has_no_room(void **state)
{
    uint8_t store[40];
    memset(store, 0xee, sizeof store);
    struct buf out = buf_of(store, sizeof store);
    struct p9_msg m = {
        .type = P9_TAUTH,
        .u.attach = {.uname = LIT("a name that is longer than what is left"), .aname = LIT("b")}};
    p9_encode(&out, &m);
    assert_true(out.n == 0 && out.cut);
}

static void the_largest_answer_without_data_has_the_room_it_is_said_to_need(void **state)
{
    uint8_t store[P9_REPLY_MAX + 1];
    struct buf out = buf_of(store, sizeof store);
    struct p9_msg m = {.type = P9_RGETATTR};
    p9_encode(&out, &m);
    assert_int_equal(out.n, P9_REPLY_MAX);
    m.type = P9_RWALK;
    m.u.walked.n = P9_NAMES_MAX;
    out = buf_of(store, sizeof store);
    p9_encode(&out, &m);
    assert_in_range(out.n, 1, P9_REPLY_MAX);
    m = (struct p9_msg){.type = P9_RLERROR, .u.errnum = 1};
    out = buf_of(store, sizeof store);
    p9_encode(&out, &m);
    assert_int_equal(out.n, P9_HEADER_BYTES + sizeof m.u.errnum);
}

static void strings_are_borrowed_from_the_frame(void **state)
{
    static const char raw[] = "\x14\0\0\0\x6e\x01\0\x01\0\0\0\x02\0\0\0\x01\0\x01\0x";
    struct bytes frame = LIT(raw);
    struct p9_msg m;
    assert_int_equal(p9_decode_t(frame, &m), P9_OK);
    assert_ptr_equal(m.u.walk.name[0].p, frame.p + 19);
    assert_int_equal(m.u.walk.name[0].n, 1);
}

/* Nothing of an earlier message is left where a frame gave nothing. */
static void a_message_starts_from_nothing(void **state)
{
    struct p9_msg m;
    memset(&m, 0xff, sizeof m);
    assert_int_equal(p9_decode_t(LIT("\x07\0\0\0\x48\x05\0"), &m), P9_REFUSED_OP);
    assert_true(m.type == P9_TMKDIR && m.tag == 5 && m.fid == 0);
    memset(&m, 0xff, sizeof m);
    assert_int_equal(p9_decode_t(bytes_of(NULL, 0), &m), P9_BROKEN);
    assert_true(m.type == 0 && m.tag == 0 && m.fid == 0);
}

static void expect_never_encoded(uint8_t type)
{
    BUF(out, P9_REPLY_MAX);
    struct p9_msg m = {.type = type};
    EXPECT_PANIC(p9_encode(&out, &m));
    assert_true(out.n == 0 && !out.cut);
}

static void only_what_is_served_is_encoded(void **state)
{
    static const uint8_t never[] = {
        0, 6, P9_TLCREATE, P9_TLCREATE + 1, P9_TMKDIR, P9_TREADLINK, P9_TXATTRWALK, P9_TLOCK, 124, 128, 255};
    for (size_t i = 0; i < sizeof never; i++)
        expect_never_encoded(never[i]);
}

static void what_no_frame_can_hold_is_never_encoded(void **state)
{
    static uint8_t big[UINT16_MAX + 64u], store[UINT16_MAX + 64u];
    memset(big, 'b', sizeof big);
    struct buf out = buf_of(store, sizeof store);
    struct p9_msg m = {.type = P9_TVERSION, .u.version = {1, bytes_of(big, UINT16_MAX)}};
    p9_encode(&out, &m);
    assert_int_equal(out.n, 7u + 4u + 2u + UINT16_MAX);
    struct p9_msg back;
    assert_int_equal(p9_decode_t(buf_bytes(&out), &back), P9_OK);
    assert_int_equal(back.u.version.version.n, UINT16_MAX);
    out = buf_of(store, sizeof store);
    m.u.version.version.n++;
    EXPECT_PANIC(p9_encode(&out, &m));

    m = (struct p9_msg){.type = P9_TWALK, .u.walk.n = P9_NAMES_MAX + 1u};
    EXPECT_PANIC(p9_encode(&out, &m));
    m = (struct p9_msg){.type = P9_RWALK, .u.walked.n = P9_NAMES_MAX + 1u};
    EXPECT_PANIC(p9_encode(&out, &m));
    m = (struct p9_msg){.type = P9_RREAD, .u.data = {big, (size_t)UINT32_MAX + 1u}};
    EXPECT_PANIC(p9_encode(&out, &m));
    const struct p9_qid qid = {0};
    EXPECT_PANIC(p9_put_entry(&out, &qid, 1, bytes_of(big, UINT16_MAX + 1u)));
    assert_int_equal(out.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_is_framed_in_place),
        cmocka_unit_test(an_entry_goes_in_whole_or_not_at_all),
        cmocka_unit_test(messages_follow_each_other_until_there_is_no_room),
        cmocka_unit_test(a_message_that_fits_is_written_behind_an_earlier_cut),
        cmocka_unit_test(no_part_of_a_message_is_written_when_a_field_in_its_middle_has_no_room),
        cmocka_unit_test(the_largest_answer_without_data_has_the_room_it_is_said_to_need),
        cmocka_unit_test(strings_are_borrowed_from_the_frame),
        cmocka_unit_test(a_message_starts_from_nothing),
        cmocka_unit_test(only_what_is_served_is_encoded),
        cmocka_unit_test(what_no_frame_can_hold_is_never_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
