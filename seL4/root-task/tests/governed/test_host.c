/* /host: what host tools publish, what the queen orders, and who may do neither. */
#include "support/p9_client.h"

#define SYSTEMD "/host/systemd"

static void entries_of_the_manifest_stand_at_boot_with_all_their_files(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS /host", "OK LS path=/host entries=5\ndocker\nk8s\nnvidia\nsystemd\ntickets\nEND\n");
    expect(b, 1, "LS /host/systemd", "OK LS path=/host/systemd entries=1\ncohesix-agent.service\nEND\n");
    expect(b, 1, "LS /host/systemd/cohesix-agent.service",
           "OK LS path=/host/systemd/cohesix-agent.service entries=2\nrestart\nstatus\nEND\n");
    expect(b, 1, "LS /host/k8s/node/node-1", "OK LS path=/host/k8s/node/node-1 entries=3\ncordon\ndrain\nstatus\nEND\n");
    expect(b, 1, "LS /host/nvidia/gpu", "OK LS path=/host/nvidia/gpu entries=0\nEND\n");
}

static void a_published_status_makes_its_entry_and_the_control_files_beside_it(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /host/nvidia/gpu/GPU-7/power_cap 200", "detail=invalid-path");
    expect_holds(b, 1, "ECHO /host/nvidia/gpu/GPU-7/thermal temp_c=61", "OK ECHO");
    expect_holds(b, 1, "ECHO /host/nvidia/gpu/GPU-2/status util_pct=1 mem_used_mb=2 mem_total_mb=3 temp_c=4 power_w=5",
                 "OK ECHO");
    expect(b, 1, "LS /host/nvidia/gpu", "OK LS path=/host/nvidia/gpu entries=2\nGPU-2\nGPU-7\nEND\n");
    expect_holds(b, 1, "ECHO /host/nvidia/gpu/GPU-7/power_cap 200", "OK ECHO");
    expect_holds(b, 1, "CAT /host/nvidia/gpu/GPU-7/power_cap", "data=200\n");
    expect_holds(b, 1, "CAT /host/nvidia/gpu/GPU-7/thermal", "data=temp_c=61\n");
    expect_holds(b, 1, "CAT /host/nvidia/gpu/GPU-7/status", "OK CAT path=/host/nvidia/gpu/GPU-7/status data=\n");
}

static void looking_at_an_unknown_unit_creates_nothing(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    assert_string_equal(p9_cat(b, 1, "host/systemd/ghost.service/status", &err), "");
    assert_int_equal(p9_walk(b, 1, 0, 7, "host/systemd/ghost.service/restart"), P9_SHORT);
    join_queen(b, 2);
    expect(b, 2, "LS /host/systemd", "OK LS path=/host/systemd entries=1\ncohesix-agent.service\nEND\n");
}

static void a_provider_that_fails_says_so_in_the_same_file(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /host/docker/status state=unknown reason=socket-missing", "OK ECHO");
    expect_holds(b, 1, "ECHO /host/docker/status state=running reason=none", "detail=status-format"); /* a reason is of the unknown */
    expect_holds(b, 1, "ECHO /host/docker/status version=24.0 containers=3 running=2 paused=0 stopped=1", "OK ECHO");
    expect_holds(b, 1, "CAT /host/docker/status",
                 "state=unknown reason=socket-missing\nversion=24.0 containers=3 running=2 paused=0 stopped=1\n");
}

static void entries_are_bounded_and_one_too_many_is_told_busy(void **state)
{
    struct bench *b = *state;
    char line[128];
    p9_queen(b, 1);
    for (uint32_t i = b->h->host_by.n; i < COH_POOL_HOST_ENTRIES_COUNT; i++) {
        snprintf(line, sizeof line, "host/systemd/u%u.service/status", 1000u - i * 7u);
        assert_int_equal(p9_echo(b, 1, line, "state=active sub=running"), 0);
    }
    assert_int_equal(p9_echo(b, 1, "host/systemd/more.service/status", "state=active sub=running"), 16);
    assert_int_equal(p9_echo(b, 1, "host/systemd/cohesix-agent.service/status", "state=active sub=running"), 0);
    assert_true(hive_check(b->h));
}

static void two_who_walked_to_the_same_new_name_write_into_one_entry(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    p9_queen(b, 2);
    for (uint32_t conn = 1; conn <= 2; conn++) {
        assert_int_equal(p9_walk(b, conn, 0, 7, "host/systemd/new.service/status"), 0);
        assert_int_equal(p9_open(b, conn, 7, 01), 0);
    }
    assert_int_equal(p9_write(b, 1, 7, 0, "state=active sub=running"), 0);
    assert_int_equal(p9_write(b, 2, 7, 0, "state=failed sub=dead"), 0);
    join_queen(b, 3);
    expect_holds(b, 3, "CAT /host/systemd/new.service/status", "state=active sub=running\nstate=failed sub=dead\n");
    expect_holds(b, 3, "LS /host/systemd", "entries=2");
}

static void a_worker_is_denied_and_the_audit_names_him_and_the_path(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    join(b, 2);
    attach_with(b, 2, "worker-heartbeat", &m);
    expect_holds(b, 2, "ECHO /host/systemd/cohesix-agent.service/restart now", "error=EPERM");
    expect_holds(b, 1, "CAT /log/queen.log",
                 "result=policy subject=worker-1 path=/host/systemd/cohesix-agent.service/restart");
    expect_holds(b, 2, "LS /host", "error=EPERM");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_of_the_manifest_stand_at_boot_with_all_their_files),
        TEST(a_published_status_makes_its_entry_and_the_control_files_beside_it),
        TEST(looking_at_an_unknown_unit_creates_nothing),
        TEST(a_provider_that_fails_says_so_in_the_same_file),
        TEST(entries_are_bounded_and_one_too_many_is_told_busy),
        TEST(two_who_walked_to_the_same_new_name_write_into_one_entry),
        TEST(a_worker_is_denied_and_the_audit_names_him_and_the_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
