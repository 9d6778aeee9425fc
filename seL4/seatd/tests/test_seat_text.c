/* The seat's pure parts: bytes to a grid, a ring to bytes, a grid to pixels, keys to bytes, and the letters themselves. */
#include <stdio.h>
#include <string.h>

#include "support/test.h"

#include "seatd/feed.h"
#include "seatd/keys.h"
#include "seatd/screen.h"

static struct seat_grid text;

static int begin(void **state)
{
    grid_clear(&text);
    return 0;
}

static void put(const char *s)
{
    while (*s)
        grid_put(&text, (uint8_t)*s++);
}

/* A line without the spaces at its end. */
static const char *line(uint32_t n)
{
    static char out[SEAT_COLUMNS + 1];
    uint32_t end = SEAT_COLUMNS;
    while (end > 0 && text.cell[n][end - 1] == ' ')
        end--;
    memcpy(out, text.cell[n], end);
    out[end] = 0;
    return out;
}

#define ASSERT_CURSOR(l, c) assert_true(text.line == (l) && text.column == (c))

/* ---- the grid ---- */

static void text_stands_where_the_cursor_was(void **state)
{
    put("help\r\nping\n");
    assert_string_equal(line(0), "help");
    assert_string_equal(line(1), "ping");
    ASSERT_CURSOR(2, 0);
    put("abc\rX");
    assert_string_equal(line(2), "Xbc");
    ASSERT_CURSOR(2, 1);
}

static void a_full_line_wraps_with_its_next_character_and_not_before(void **state)
{
    for (uint32_t i = 0; i < SEAT_COLUMNS; i++)
        put("x");
    ASSERT_CURSOR(0, SEAT_COLUMNS);
    put("\r\nnext");
    assert_string_equal(line(1), "next");
    begin(state);
    for (uint32_t i = 0; i <= SEAT_COLUMNS; i++)
        put("x");
    ASSERT_CURSOR(1, 1);
    assert_string_equal(line(1), "x");
}

static void backspace_and_tab_stay_in_their_line(void **state)
{
    put("ab\b\b\b\bz");
    assert_string_equal(line(0), "zb");
    put("\b \b");
    assert_string_equal(line(0), " b");
    put("\r\ta\tb");
    ASSERT_CURSOR(0, 17);
    assert_true(text.cell[0][8] == 'a' && text.cell[0][16] == 'b');
    put("\r");
    for (int i = 0; i < 12; i++)
        put("\t");
    ASSERT_CURSOR(0, SEAT_COLUMNS - 1);
    put("e");
    ASSERT_CURSOR(0, SEAT_COLUMNS);
    put("\b!");
    assert_true(text.cell[0][SEAT_COLUMNS - 1] == '!');
}

static void the_last_line_moves_the_others_up(void **state)
{
    char number[8];
    for (int i = 0; i < 100; i++) {
        snprintf(number, sizeof number, "%d\r\n", i);
        put(number);
    }
    ASSERT_CURSOR(SEAT_LINES - 1, 0);
    assert_string_equal(line(SEAT_LINES - 1), "");
    assert_string_equal(line(SEAT_LINES - 2), "99");
    assert_string_equal(line(0), "71");
}

static void what_has_no_letter_is_one_box_and_control_bytes_are_nothing(void **state)
{
    put("a\x01\x07\x0b\x0c\x1b\x1f\x7f" "b");
    assert_string_equal(line(0), "ab");
    put("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9d" "c");
    assert_string_equal(line(0), "ab\x7f\x7f\x7f" "c");
}

/* ---- the ring ---- */

static struct seat_area area;
static struct seat_feed feed;

static int begin_feed(void **state)
{
    memset(&area, 0, sizeof area);
    feed = (struct seat_feed){0};
    return begin(state);
}

static void write_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        area.text[(area.text_tail + i) % SEAT_TEXT_BYTES] = (uint8_t)s[i];
    area.text_tail += (uint32_t)n;
}

static void what_is_written_is_shown(void **state)
{
    assert_false(feed_take(&feed, &area, &text));
    for (uint32_t round = 0; round < 3000; round++) {
        char number[16];
        int n = snprintf(number, sizeof number, "line %u\n", round);
        write_text(number, (size_t)n);
        assert_false(feed_take(&feed, &area, &text));
        number[n - 1] = 0;
        assert_string_equal(line(text.line - 1), number);
    }
    assert_true(feed.head == area.text_tail && feed.missing == 0);
}

static int make_line(char out[100], uint32_t i)
{
    return snprintf(out, 100, "%06u ............................................................ %06u", i, i);
}

/* Numbered lines until `bytes` of them are written. Returns how many lines. */
static uint32_t write_lines(uint32_t bytes, uint32_t from)
{
    char number[100];
    uint32_t i = from;
    for (uint32_t done = 0; done < bytes; i++) {
        int n = make_line(number, i);
        write_text(number, (size_t)n);
        write_text("\r\n", 2);
        done += (uint32_t)n + 2;
    }
    return i - from;
}

/* What follows a gap are whole lines, the last ones, on a full screen; so much is said to be missing as is. */
static void who_falls_behind_loses_no_more_than_has_scrolled_off(void **state)
{
    for (uint32_t bytes = SEAT_TEXT_BYTES; bytes < 4 * SEAT_TEXT_BYTES; bytes += 97) {
        begin_feed(state);
        put("half a line");
        uint32_t n = write_lines(bytes, 0);
        char want[100];
        assert_false(feed_take(&feed, &area, &text));
        for (uint32_t i = 0; i + 1 < SEAT_LINES; i++) {
            make_line(want, n - (SEAT_LINES - 1) + i);
            assert_string_equal(line(i), want);
        }
        ASSERT_CURSOR(SEAT_LINES - 1, 0);
    }
}

static void a_gap_is_told_on_a_line_of_its_own(void **state)
{
    put("half a line");
    char flood[3 * SEAT_TEXT_BYTES];
    memset(flood, '\b', sizeof flood); /* bytes that take no room on the screen */
    memcpy(flood + sizeof flood - 20, "\nafter\n", 7);
    memset(flood + sizeof flood - 13, 0, 13);
    write_text(flood, sizeof flood);
    feed_take(&feed, &area, &text);
    assert_string_equal(line(0), "half a line");
    assert_string_equal(line(1), "[... 9216 bytes not shown]");
    assert_string_equal(line(3), "after");
    write_text("more\n", 5);
    feed_take(&feed, &area, &text);
    assert_string_equal(line(4), "more");
}

static void any_index_of_the_writer_is_survived(void **state)
{
    const uint32_t tails[] = {0, 1, SEAT_TEXT_BYTES - 1, SEAT_TEXT_BYTES, SEAT_TEXT_BYTES + 1, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        for (size_t j = 0; j < sizeof tails / sizeof tails[0]; j++) {
            begin_feed(state);
            feed.head = tails[i];
            area.text_tail = tails[j];
            while (feed_take(&feed, &area, &text))
                continue;
            assert_true(feed.head == tails[j]);
        }
    }
}

/* ---- pixels ---- */

static uint32_t pixels[SEAT_PIXELS + 2 * SEAT_WIDTH];
static struct seat_screen screen;

static int begin_screen(void **state)
{
    memset(pixels, 0xa5, sizeof pixels);
    memset(&screen, 0, sizeof screen);
    screen.pixels = pixels + SEAT_WIDTH;
    return begin(state);
}

/* Is the cell drawn as that character? */
static bool shows(uint32_t l, uint32_t c, uint8_t character, bool cursor)
{
    for (uint32_t y = 0; y < SEAT_CELL_HEIGHT; y++) {
        for (uint32_t x = 0; x < SEAT_CELL_WIDTH; x++) {
            bool ink = (seat_glyph_row(character, y) >> (7 - x) & 1) != cursor;
            uint32_t is = screen.pixels[(l * SEAT_CELL_HEIGHT + y) * SEAT_WIDTH + c * SEAT_CELL_WIDTH + x];
            if (is != (ink ? SEAT_INK : SEAT_PAPER))
                return false;
        }
    }
    return true;
}

static void the_screen_shows_the_grid_and_nothing_beside_it(void **state)
{
    char all[200];
    for (int i = 0; i < 95; i++)
        all[i] = (char)(' ' + i);
    all[95] = 0;
    for (int round = 0; round < 50; round++) {
        put(all + round);
        put(round % 3 ? "\r\n" : "\xc3\xa4");
        screen_show(&screen, &text);
        uint32_t at = text.column < SEAT_COLUMNS ? text.column : SEAT_COLUMNS - 1;
        for (uint32_t l = 0; l < SEAT_LINES; l++) {
            for (uint32_t c = 0; c < SEAT_COLUMNS; c++)
                assert_true(shows(l, c, text.cell[l][c], l == text.line && c == at));
        }
    }
    for (uint32_t i = 0; i < SEAT_WIDTH; i++)
        assert_true(pixels[i] == 0xa5a5a5a5u && pixels[SEAT_WIDTH + SEAT_PIXELS + i] == 0xa5a5a5a5u);
}

static void only_what_changed_is_drawn(void **state)
{
    put("abc");
    screen_show(&screen, &text);
    memset(pixels, 0, sizeof pixels);
    put("d");
    screen_show(&screen, &text);
    uint32_t drawn = 0;
    for (size_t i = 0; i < SEAT_PIXELS; i++)
        drawn += screen.pixels[i] != 0;
    assert_int_equal(drawn, 2 * SEAT_CELL_WIDTH * SEAT_CELL_HEIGHT);
    assert_true(shows(0, 3, 'd', false) && shows(0, 4, ' ', true));
}

/* ---- letters ---- */

static void each_letter_is_drawn_once_within_its_cell_and_apart_from_its_neighbour(void **state)
{
    uint8_t rows[128][SEAT_CELL_HEIGHT];
    for (uint32_t c = SEAT_GLYPH_FIRST; c <= SEAT_GLYPH_BOX; c++) {
        uint32_t ink = 0, columns = 0;
        for (uint32_t y = 0; y < SEAT_CELL_HEIGHT; y++) {
            rows[c][y] = seat_glyph_row((uint8_t)c, y);
            ink += (uint32_t)__builtin_popcount(rows[c][y]);
            columns |= rows[c][y];
        }
        assert_true(c == ' ' ? ink == 0 : ink >= 3);
        assert_int_equal(columns & 0x80, 0);
        assert_true(rows[c][0] == 0 && rows[c][1] == 0 && rows[c][14] == 0 && rows[c][15] == 0);
        for (uint32_t d = SEAT_GLYPH_FIRST; d < c; d++)
            assert_memory_not_equal(rows[c], rows[d], SEAT_CELL_HEIGHT);
    }
    for (uint32_t band = 0; band < SEAT_GLYPH_BANDS; band++) {
        for (uint32_t row = 0; row < SEAT_GLYPH_ROWS; row++)
            assert_int_equal(strspn(seat_glyph_art[band][row], ".#"), SEAT_GLYPH_BAND * SEAT_CELL_WIDTH);
    }
}

static void any_byte_has_a_letter_and_no_row_lies_outside(void **state)
{
    for (uint32_t c = 0; c < 256; c++) {
        for (uint32_t y = 0; y < 40; y++) {
            uint8_t as = seat_glyph_row((uint8_t)c, y);
            if (c < SEAT_GLYPH_FIRST || c > SEAT_GLYPH_BOX)
                assert_int_equal(as, seat_glyph_row(SEAT_GLYPH_BOX, y));
            assert_true(y < SEAT_CELL_HEIGHT || as == 0);
        }
    }
    assert_int_equal(seat_glyph_row('A', UINT32_MAX), 0);
}

/* ---- keys ---- */

static struct seat_keys keys;

static uint8_t event(uint16_t code, uint32_t value)
{
    struct seat_event e = {SEAT_EVENT_KEY, code, value};
    return keys_type(&keys, &e);
}

/* Presses and releases keys by number; 0 ends. */
static void types(const char *want, const uint16_t *codes)
{
    for (; *codes; codes++, want += *want != 0) {
        assert_int_equal(event(*codes, 1), *want);
        assert_int_equal(event(*codes, 2), 0);
        assert_int_equal(event(*codes, 0), 0);
    }
    assert_int_equal(*want, 0);
}

static const uint16_t every[] = {2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
                                 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 57, 0};

static void keys_type_what_stands_on_them(void **state)
{
    keys = (struct seat_keys){0};
    types("1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ ", every);
    const uint16_t others[] = {28, 14, 15, 1, 96, 98, 55, 71, 82, 83, 0};
    types("\r\b\t\033\r/*70.", others);
}

static void either_shift_types_the_upper_row_and_caps_lock_letters_alone(void **state)
{
    keys = (struct seat_keys){0};
    const char *upper = "!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"~|ZXCVBNM<>? ";
    event(42, 1);
    types(upper, every);
    event(54, 1);
    event(42, 0);
    types(upper, every);
    event(54, 0);
    event(58, 1);
    event(58, 0);
    types("1234567890-=QWERTYUIOP[]ASDFGHJKL;'`\\ZXCVBNM,./ ", every);
    event(42, 1);
    types("!@#$%^&*()_+qwertyuiop{}asdfghjkl:\"~|zxcvbnm<>? ", every);
    event(42, 0);
    event(58, 1);
    event(58, 2);
    types("1", (const uint16_t[]){2, 0});
    types("q", (const uint16_t[]){16, 0});
}

static void control_types_control_bytes_of_letters_alone(void **state)
{
    keys = (struct seat_keys){0};
    event(29, 1);
    types("\x01\x03\x1a", (const uint16_t[]){30, 46, 44, 0});
    assert_int_equal(event(2, 1), 0);
    event(97, 1);
    event(29, 0);
    types("\x15", (const uint16_t[]){22, 0});
    event(97, 0);
    types("u", (const uint16_t[]){22, 0});
}

static void other_keys_and_other_events_are_nothing(void **state)
{
    keys = (struct seat_keys){0};
    for (uint32_t code = 0; code < 65536; code++) {
        bool known = code == 1 || (code >= 2 && code <= 53) || code == 55 || code == 57 || (code >= 71 && code <= 83) || code == 96 || code == 98;
        uint8_t byte = event((uint16_t)code, 1);
        assert_true(known || byte == 0);
        assert_true(byte < 0x80);
        event((uint16_t)code, 0);
    }
    keys = (struct seat_keys){0};
    for (uint32_t type = 0; type < 32; type++) {
        struct seat_event e = {(uint16_t)type, 30, 1};
        assert_int_equal(keys_type(&keys, &e), type == SEAT_EVENT_KEY ? 'a' : 0);
    }
    assert_int_equal(event(30, 3), 0);
    assert_int_equal(event(30, UINT32_MAX), 0);
    assert_int_equal(event(42, UINT32_MAX), 0);
    assert_int_equal(event(30, 1), 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_stands_where_the_cursor_was, begin),
        cmocka_unit_test_setup(a_full_line_wraps_with_its_next_character_and_not_before, begin),
        cmocka_unit_test_setup(backspace_and_tab_stay_in_their_line, begin),
        cmocka_unit_test_setup(the_last_line_moves_the_others_up, begin),
        cmocka_unit_test_setup(what_has_no_letter_is_one_box_and_control_bytes_are_nothing, begin),
        cmocka_unit_test_setup(what_is_written_is_shown, begin_feed),
        cmocka_unit_test_setup(who_falls_behind_loses_no_more_than_has_scrolled_off, begin_feed),
        cmocka_unit_test_setup(a_gap_is_told_on_a_line_of_its_own, begin_feed),
        cmocka_unit_test_setup(any_index_of_the_writer_is_survived, begin_feed),
        cmocka_unit_test_setup(the_screen_shows_the_grid_and_nothing_beside_it, begin_screen),
        cmocka_unit_test_setup(only_what_changed_is_drawn, begin_screen),
        cmocka_unit_test(each_letter_is_drawn_once_within_its_cell_and_apart_from_its_neighbour),
        cmocka_unit_test(any_byte_has_a_letter_and_no_row_lies_outside),
        cmocka_unit_test(keys_type_what_stands_on_them),
        cmocka_unit_test(either_shift_types_the_upper_row_and_caps_lock_letters_alone),
        cmocka_unit_test(control_types_control_bytes_of_letters_alone),
        cmocka_unit_test(other_keys_and_other_events_are_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
