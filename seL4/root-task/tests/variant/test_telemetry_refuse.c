/* Telemetry ingest where the manifest says eviction_policy = "refuse" and a device holds less than its
 * segments would. */
#include "support/telemetry.h"

#define SEG ROOT "/cam-1/seg/seg-00000"

static void a_device_keeps_its_segments_and_gets_no_more(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        new_segment(b, "cam-1");
    expect_refused(b, 1, ROOT "/cam-1/ctl", bytes_str(NEW), COH_QUOTA, "segments");
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/ctl " NEW, "error=ELIMIT");
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/latest"), "seg-000004\n");
    new_segment(b, "cam-2");
    expect_lacks(b, 1, "CAT /log/queen.log", "telemetry evicted");
}

static void a_device_holds_exactly_its_bytes(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    new_segment(b, "cam-1");
    new_segment(b, "cam-1");
    fill(b, SEG "1", SEGMENT_BYTES);
    fill(b, SEG "2", 40000 - SEGMENT_BYTES);
    expect_refused(b, 1, SEG "2", bytes_str("x"), COH_QUOTA, "device-full");
    assert_int_equal(get(b, 1, SEG "1").n, SEGMENT_BYTES);
    expect_holds(b, 1, "CAT /proc/pressure/quota", "quota=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_device_keeps_its_segments_and_gets_no_more, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_device_holds_exactly_its_bytes, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
