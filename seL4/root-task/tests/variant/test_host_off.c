/* A manifest without ecosystem.host: there is no /host for anyone, and nothing brings it about. */
#include "support/p9_client.h"

static void without_the_gate_there_is_no_host(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    expect_lacks(b, 1, "LS /", "\nhost\n");
    expect_holds(b, 1, "LS /host", "detail=invalid-path");
    expect_holds(b, 1, "ECHO /host/systemd/cohesix-agent.service/status state=active sub=running", "detail=invalid-path");
    expect_holds(b, 1, "CAT /host/tickets/status", "detail=invalid-path");
    join(b, 2);
    attach_with(b, 2, "worker-heartbeat", &m);
    expect_holds(b, 2, "ECHO /host/systemd/cohesix-agent.service/restart now", "detail=invalid-path");
    p9_queen(b, 3);
    assert_int_equal(p9_walk(b, 3, 0, 7, "host"), 2);
    assert_int_equal(b->h->host_by.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_the_gate_there_is_no_host, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
