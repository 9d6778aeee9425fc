/* Telemetry ingest that the manifest leaves out: there is no such file. */
#include "support/telemetry.h"

static void there_is_no_telemetry_below_queen(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_lacks(b, 1, "LS /queen", "telemetry");
    assert_int_equal(walk_to(b, 1, ROOT), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/cam-1/ctl"), COH_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_is_no_telemetry_below_queen, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
