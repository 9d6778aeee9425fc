/* The freestanding memory functions and the checksum, against the C library's and a plain sum: every length
 * around the steps of 8 and 16 bytes, every alignment, every overlap. */
#include "support/test.h"

#include <string.h>

/* mem.c under other names, so that both are at hand. */
#define memcpy board_memcpy
#define memmove board_memmove
#define memset board_memset
#define memcmp board_memcmp
#define memchr board_memchr
#define strlen board_strlen
#include "task/libc/string.h"
#include "task/mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen

/* lwIP's, of the algorithm that lwipopts.h picks. */
uint16_t lwip_standard_chksum(const void *data, int n);

#define ROOM 160u
static uint8_t source[ROOM], want[ROOM], got[ROOM];

static int fill(void **state)
{
    for (size_t i = 0; i < ROOM; i++)
        source[i] = (uint8_t)(i * 37 + 11);
    return 0;
}

static void copies_are_exact_at_every_alignment_and_length(void **state)
{
    for (size_t from = 0; from < 9; from++) {
        for (size_t to = 0; to < 9; to++) {
            for (size_t n = 0; n < 100; n++) {
                memset(want, 0xee, ROOM);
                memset(got, 0xee, ROOM);
                memcpy(want + to, source + from, n);
                assert_ptr_equal(board_memcpy(got + to, source + from, n), got + to);
                assert_memory_equal(got, want, ROOM);
            }
        }
    }
}

static void moves_survive_every_overlap(void **state)
{
    for (size_t from = 0; from < 40; from++) {
        for (size_t to = 0; to < 40; to++) {
            for (size_t n = 0; n < 70; n += n < 20 ? 1 : 7) {
                memcpy(want, source, ROOM);
                memcpy(got, source, ROOM);
                memmove(want + to, want + from, n);
                board_memmove(got + to, got + from, n);
                assert_memory_equal(got, want, ROOM);
            }
        }
    }
}

static void fills_touch_what_they_should(void **state)
{
    for (size_t at = 0; at < 17; at++) {
        for (size_t n = 0; n < 100; n++) {
            memset(want, 1, ROOM);
            memset(got, 1, ROOM);
            memset(want + at, 0x1a5, n);
            board_memset(got + at, 0x1a5, n);
            assert_memory_equal(got, want, ROOM);
        }
    }
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void comparisons_agree_with_the_library(void **state)
{
    for (size_t n = 1; n < 64; n++) {
        for (size_t at = 0; at < n; at++) {
            memcpy(got, source, ROOM);
            got[at] ^= 0x80;
            assert_int_equal(sign(board_memcmp(got, source, n)), sign(memcmp(got, source, n)));
            assert_int_equal(board_memcmp(got, source, at), 0);
            assert_ptr_equal(board_memchr(got, got[at], n), memchr(got, got[at], n));
        }
    }
    static const char *const words[] = {"", "a", "ab", "abc", "abd", "b", "\xff", "a\xff"};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(board_strlen(words[i]), strlen(words[i]));
}

static void checksums_agree_with_a_plain_sum(void **state)
{
    for (size_t at = 0; at < 9; at++) {
        for (size_t n = 0; n < 140; n++) {
            uint32_t sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += (uint32_t)source[at + i] << (i % 2 ? 8 : 0);
            while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
            assert_int_equal(lwip_standard_chksum(source + at, (int)n), sum);
        }
    }
    static uint8_t ones[65535];
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(lwip_standard_chksum(ones, 65534), 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_exact_at_every_alignment_and_length),
        cmocka_unit_test(moves_survive_every_overlap),
        cmocka_unit_test(fills_touch_what_they_should),
        cmocka_unit_test(comparisons_agree_with_the_library),
        cmocka_unit_test(checksums_agree_with_a_plain_sum),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
