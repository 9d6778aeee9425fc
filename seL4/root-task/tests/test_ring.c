/* The ring of whole records, also against a plain model under a seeded sequence of appends and reads. */
#include "support/test.h"

#include <string.h>

#include "base/ring.h"
#include "support/invariants.h"
#include "support/ring.h"

static struct bytes read_all(const struct ring *r, uint64_t pos, uint8_t *out, size_t cap)
{
    return bytes_of(out, ring_read(r, pos, out, cap));
}

static void records_read_back_as_one_text_without_prefixes(void **state)
{
    uint8_t data[32], out[32];
    struct ring r;
    ring_init(&r, data, sizeof data);
    assert_int_equal(ring_append(&r, bytes_str("one\n")), 0);
    assert_int_equal(ring_append(&r, bytes_str("two\n")), 0);
    ASSERT_TEXT(read_all(&r, 0, out, sizeof out), "one\ntwo\n");
    ASSERT_TEXT(read_all(&r, 2, out, sizeof out), "e\ntwo\n");
    ASSERT_TEXT(read_all(&r, 2, out, 3), "e\nt");
    ASSERT_TEXT(read_all(&r, 4, out, 3), "two");
    ASSERT_TEXT(read_all(&r, 8, out, sizeof out), "");
    assert_true(ring_valid(&r));
}

static void an_append_drops_whole_oldest_records_until_it_fits(void **state)
{
    uint8_t data[16], out[16];
    struct ring r;
    ring_init(&r, data, sizeof data);
    ring_append(&r, bytes_str("aaa"));  /* 5 */
    ring_append(&r, bytes_str("bbb"));  /* 10 */
    ring_append(&r, bytes_str("cccc")); /* 16: exactly full */
    assert_true(r.dropped == 0);
    assert_int_equal(ring_append(&r, bytes_str("dddd")), 2);
    ASSERT_TEXT(read_all(&r, 6, out, sizeof out), "ccccdddd");
    assert_true(r.oldest == 6 && r.next == 14 && r.dropped == 2);
    assert_int_equal(ring_read(&r, 5, out, sizeof out), 0);
    assert_int_equal(ring_read(&r, 15, out, sizeof out), 0);
    assert_true(ring_valid(&r));
}

static void the_largest_record_replaces_everything(void **state)
{
    uint8_t data[16], out[16];
    struct ring r;
    ring_init(&r, data, sizeof data);
    assert_int_equal(ring_max_record(&r), 14);
    ring_append(&r, bytes_str("abc"));
    assert_int_equal(ring_append(&r, bytes_str("0123456789abcd")), 1);
    ASSERT_TEXT(read_all(&r, 3, out, sizeof out), "0123456789abcd");
    assert_int_equal(ring_append(&r, bytes_str("x")), 1);
    ASSERT_TEXT(read_all(&r, 17, out, sizeof out), "x");
    assert_true(ring_valid(&r));
}

static void a_large_ring_is_bounded_by_the_prefix(void **state)
{
    static uint8_t data[80000], big[65536];
    struct ring r;
    ring_init(&r, data, sizeof data);
    assert_int_equal(ring_max_record(&r), 65535);
    assert_int_equal(ring_append(&r, bytes_of(big, 65535)), 0);
    assert_true(ring_valid(&r));
    EXPECT_PANIC(ring_append(&r, bytes_of(big, 65536)));
}

static void wrong_calls_halt(void **state)
{
    uint8_t data[16];
    struct ring r;
    EXPECT_PANIC((ring_init(&r, data, 2), 0));
    EXPECT_PANIC((ring_init(&r, NULL, 16), 0));
    ring_init(&r, data, sizeof data);
    EXPECT_PANIC(ring_append(&r, bytes_str("")));
    EXPECT_PANIC(ring_append(&r, bytes_str("0123456789abcde")));
}

static void damage_is_seen_by_ring_valid(void **state)
{
    uint8_t data[16];
    struct ring r, bad;
    ring_init(&r, data, sizeof data);
    assert_true(ring_valid(&r));
    ring_append(&r, bytes_str("abc"));
    ring_append(&r, bytes_str("de"));
    assert_true(ring_valid(&r));
    bad = r, bad.data = NULL;
    assert_false(ring_valid(&bad));
    bad = r, bad.cap = 2;
    assert_false(ring_valid(&bad));
    bad = r, bad.used = 17;
    assert_false(ring_valid(&bad));
    bad = r, bad.start = 16;
    assert_false(ring_valid(&bad));
    bad = r, bad.used = 8;
    assert_false(ring_valid(&bad));
    bad = r, bad.used = 7;
    assert_false(ring_valid(&bad));
    bad = r, bad.next++;
    assert_false(ring_valid(&bad));
    bad = r, bad.oldest = bad.next + 1u;
    assert_false(ring_valid(&bad));
    data[5] = 0;
    assert_false(ring_valid(&r));
}

/* The model: all text ever appended, with the record ends. */
static uint8_t history[200000];
static uint64_t record_end[20000];

static void the_ring_agrees_with_a_model_through_many_wraps(void **state)
{
    static const uint32_t caps[] = {3, 4, 7, 64, 257};
    for (size_t c = 0; c < sizeof caps / sizeof *caps; c++) {
        uint8_t data[257], out[300];
        struct ring r;
        uint32_t seed = 12345u + caps[c];
        uint64_t total = 0;
        ring_init(&r, data, caps[c]);
        for (size_t i = 0; i < 3000; i++) {
            seed = seed * 1664525u + 1013904223u;
            uint32_t n = 1u + (seed >> 16) % (ring_max_record(&r) < 40u ? ring_max_record(&r) : 40u);
            for (uint32_t k = 0; k < n; k++)
                history[total + k] = (uint8_t)(seed >> (k % 13u));
            ring_append(&r, bytes_of(history + total, n));
            total += n;
            record_end[i] = total;
            assert_true(ring_valid(&r));
            assert_true(r.next == total);
            assert_true(r.oldest == (r.dropped ? record_end[r.dropped - 1u] : 0));
            uint64_t pos = r.oldest + (seed >> 8) % (r.next - r.oldest + 1u);
            size_t want = (seed >> 4) % 300u;
            size_t got = ring_read(&r, pos, out, want);
            assert_int_equal(got, want < total - pos ? want : total - pos);
            assert_memory_equal(out, history + pos, got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_read_back_as_one_text_without_prefixes),
        cmocka_unit_test(an_append_drops_whole_oldest_records_until_it_fits),
        cmocka_unit_test(the_largest_record_replaces_everything),
        cmocka_unit_test(a_large_ring_is_bounded_by_the_prefix),
        cmocka_unit_test(wrong_calls_halt),
        cmocka_unit_test(damage_is_seen_by_ring_valid),
        cmocka_unit_test(the_ring_agrees_with_a_model_through_many_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
