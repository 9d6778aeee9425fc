/* Console framing: sizes at their edges before and after authentication, arbitrary splits, and skipping. */
#include "support/test.h"

#include <string.h>

#include "wire/console.h"

static uint8_t stream[70000];

static struct bytes header(uint32_t size)
{
    static uint8_t h[4];
    for (unsigned i = 0; i < 4; i++)
        h[i] = (uint8_t)(size >> (8u * i));
    return bytes_of(h, 4);
}

static enum frame_event feed(struct frame_reader *f, struct bytes in, bool strict)
{
    size_t taken;
    enum frame_event e = frame_read(f, in, strict, &taken);
    assert_int_equal(taken, in.n);
    return e;
}

static struct bytes line_of(const struct frame_reader *f)
{
    return bytes_of(f->line, f->want);
}

static void a_frame_is_read_back_as_it_was_written(void **state)
{
    uint8_t store[300];
    for (size_t n = 1; n <= CONSOLE_LINE_BYTES; n++) {
        uint8_t line[CONSOLE_LINE_BYTES];
        memset(line, (int)('a' + n % 26u), n);
        struct buf b = buf_of(store, sizeof store);
        assert_true(frame_write(&b, bytes_of(line, n)));
        assert_int_equal(b.n, n + 4);
        struct frame_reader f = {0};
        assert_int_equal(feed(&f, buf_bytes(&b), true), FRAME_LINE);
        assert_true(bytes_eq(line_of(&f), bytes_of(line, n)));
    }
}

static void several_frames_in_one_segment_come_one_by_one(void **state)
{
    struct bytes in = LIT("\x08\0\0\0PING\x05\0\0\0x\x06\0\0\0yz");
    struct frame_reader f = {0};
    static const char *const want[] = {"PING", "x", "yz"};
    for (size_t i = 0; i < 3; i++) {
        size_t taken;
        assert_int_equal(frame_read(&f, in, true, &taken), FRAME_LINE);
        ASSERT_TEXT(line_of(&f), want[i]);
        in = bytes_sub(in, taken, in.n);
    }
    assert_int_equal(in.n, 0);
    assert_int_equal(feed(&f, in, true), FRAME_MORE);
}

static void a_frame_may_span_any_number_of_segments(void **state)
{
    struct bytes in = LIT("\x09\0\0\0HELLO\x05\0\0\0!");
    struct frame_reader f = {0};
    unsigned lines = 0;
    for (size_t i = 0; i < in.n; i++) {
        enum frame_event e = feed(&f, bytes_sub(in, i, 1), false);
        assert_int_equal(e, i == 8 || i == 13 ? FRAME_LINE : FRAME_MORE);
        if (e == FRAME_LINE)
            ASSERT_TEXT(line_of(&f), lines++ ? "!" : "HELLO");
        assert_int_equal(feed(&f, bytes_of(NULL, 0), false), FRAME_MORE);
    }
    assert_int_equal(lines, 2);
}

static void before_authentication_any_other_size_loses_the_frame(void **state)
{
    static const uint32_t bad[] = {0, 1, 4, 261, 262, 65540, 65541, 0x01000005, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct frame_reader f = {0};
        assert_int_equal(feed(&f, header(bad[i]), true), FRAME_LOST);
    }
    struct frame_reader f = {0};
    assert_int_equal(feed(&f, header(5), true), FRAME_MORE);
    f = (struct frame_reader){0};
    assert_int_equal(feed(&f, header(260), true), FRAME_MORE);
}

static void after_authentication_a_long_frame_is_skipped_to_its_last_byte(void **state)
{
    static const uint32_t sizes[] = {261, 262, 4096, 65540};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(stream, 0xee, sizeof stream);
        memcpy(stream, header(sizes[i]).p, 4);
        memcpy(stream + sizes[i], "\x06\0\0\0ok", 6);
        struct bytes in = bytes_of(stream, sizes[i] + 6u);
        struct frame_reader f = {0};
        size_t taken;
        assert_int_equal(frame_read(&f, in, false, &taken), FRAME_SKIPPED);
        assert_int_equal(taken, 4);
        in = bytes_sub(in, taken, in.n);
        assert_int_equal(feed(&f, bytes_sub(in, 0, 100), false), FRAME_MORE);
        in = bytes_sub(in, 100, in.n);
        assert_int_equal(frame_read(&f, in, false, &taken), FRAME_LINE);
        assert_int_equal(taken, in.n);
        ASSERT_TEXT(line_of(&f), "ok");
    }
}

static void after_authentication_framing_is_lost_by_tiny_and_huge_sizes(void **state)
{
    static const uint32_t bad[] = {0, 1, 2, 3, 4, 65541, 65542, 0x00020000, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct frame_reader f = {0};
        size_t taken;
        assert_int_equal(feed(&f, header(bad[i]), false), FRAME_LOST);
        assert_int_equal(frame_read(&f, LIT("\x05\0\0\0x"), false, &taken), FRAME_LOST);
        assert_int_equal(taken, 0);
    }
}

static void strictness_is_that_of_the_moment_when_the_header_is_whole(void **state)
{
    struct frame_reader f = {0};
    assert_int_equal(feed(&f, bytes_sub(header(300), 0, 3), true), FRAME_MORE);
    assert_int_equal(feed(&f, bytes_sub(header(300), 3, 1), false), FRAME_SKIPPED);
    assert_int_equal(feed(&f, bytes_of(stream, 295), true), FRAME_MORE);
    assert_int_equal(f.skip, 1);
    assert_int_equal(feed(&f, bytes_of(stream, 1), true), FRAME_MORE);
    assert_int_equal(feed(&f, LIT("\x05\0\0\0x"), true), FRAME_LINE);
}

static void a_frame_that_has_no_room_is_not_begun(void **state)
{
    BUF(b, 8);
    assert_false(frame_write(&b, bytes_str("12345")));
    assert_int_equal(b.n, 0);
    assert_true(b.cut);
    assert_true(frame_write(&b, bytes_str("1234")));
    assert_false(frame_write(&b, bytes_str("1")));
    assert_int_equal(b.n, 8);
}

static void expect_halt(struct frame_reader f)
{
    size_t taken;
    EXPECT_PANIC(frame_read(&f, bytes_str("x"), true, &taken));
}

static void wrong_calls_halt(void **state)
{
    uint8_t store[300] = {0};
    struct buf b = buf_of(store, sizeof store);
    EXPECT_PANIC(frame_write(&b, bytes_of(store, 0)));
    EXPECT_PANIC(frame_write(&b, bytes_of(store, 257)));
    EXPECT_PANIC(frame_write(&(struct buf){.p = store, .cap = 8, .n = 9}, bytes_str("x")));
    expect_halt((struct frame_reader){.want = 3, .line_n = 4});
    expect_halt((struct frame_reader){.want = CONSOLE_LINE_BYTES + 1u});
    expect_halt((struct frame_reader){.head_n = CONSOLE_HEADER_BYTES + 1u});
    expect_halt((struct frame_reader){.skip = CONSOLE_SKIP_MAX - CONSOLE_HEADER_BYTES + 1u});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_back_as_it_was_written),
        cmocka_unit_test(several_frames_in_one_segment_come_one_by_one),
        cmocka_unit_test(a_frame_may_span_any_number_of_segments),
        cmocka_unit_test(before_authentication_any_other_size_loses_the_frame),
        cmocka_unit_test(after_authentication_a_long_frame_is_skipped_to_its_last_byte),
        cmocka_unit_test(after_authentication_framing_is_lost_by_tiny_and_huge_sizes),
        cmocka_unit_test(strictness_is_that_of_the_moment_when_the_header_is_whole),
        cmocka_unit_test(a_frame_that_has_no_room_is_not_begun),
        cmocka_unit_test(wrong_calls_halt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
