/* Telemetry ingest where a device holds less than its segments would: records evict whole older segments. */
#include "support/telemetry.h"

#define SEG ROOT "/cam-1/seg/seg-00000"

static void a_record_evicts_older_segments_until_it_fits(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < 3; i++)
        new_segment(b, "cam-1");
    fill(b, SEG "1", 100);
    fill(b, SEG "2", 32000);
    fill(b, SEG "3", 7900);
    expect_lacks(b, 1, "CAT /log/queen.log", "telemetry evicted");
    put(b, 1, SEG "3", bytes_str("x"));
    expect_holds(b, 1, "LS " ROOT "/cam-1/seg", "entries=2\nseg-000002\nseg-000003\nEND\n");
    expect_holds(b, 1, "CAT /log/queen.log",
                 "telemetry evicted device=cam-1 segment=seg-000001 bytes=100 records=1");
    fill(b, SEG "3", 200);
    expect_holds(b, 1, "LS " ROOT "/cam-1/seg", "entries=1\nseg-000003\nEND\n");
    expect_holds(b, 1, "CAT /proc/ingest/dropped", "dropped=9");
    assert_int_equal(get(b, 1, SEG "3").n, 8102);
}

static void no_record_evicts_the_segment_that_it_goes_to(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    new_segment(b, "cam-1");
    new_segment(b, "cam-1");
    fill(b, SEG "1", 20000);
    fill(b, SEG "2", 20000);
    expect_refused(b, 1, SEG "1", bytes_str("x"), COH_QUOTA, "device-full");
    put(b, 1, SEG "2", bytes_str("x"));
    expect_refused(b, 1, SEG "1", bytes_str("x"), COH_NOT_FOUND, NULL);
}

static void a_reference_manifest_has_at_most_so_many_chunks(void **state)
{
    struct ns_why why = {0};
    const char *three = REF("3", CHUNK("0", "1") "," CHUNK("1", "1") "," CHUNK("2", "1"));
    const char *four = REF("4", CHUNK("0", "1") "," CHUNK("1", "1") "," CHUNK("2", "1") "," CHUNK("3", "1"));
    assert_int_equal(record_line_check(bytes_str(three), &why), COH_OK);
    assert_int_equal(record_line_check(bytes_str(four), &why), COH_QUOTA);
    assert_string_equal(why.detail, "refs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_evicts_older_segments_until_it_fits, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(no_record_evicts_the_segment_that_it_goes_to, bench_setup,
                                        bench_teardown),
        cmocka_unit_test(a_reference_manifest_has_at_most_so_many_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
