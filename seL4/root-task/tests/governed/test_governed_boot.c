/* The profile with every gate on comes up, and what its gates open is there. */
#include "support/p9_client.h"

static void the_governed_profile_boots_to_online(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "CAT /proc/lifecycle/state", "data=state=ONLINE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_governed_profile_boots_to_online, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
