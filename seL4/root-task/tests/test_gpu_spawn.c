/* GPU workers: each lives by a lease, and the two end together. */
#include "support/client.h"

#define SPAWN(rest) "ECHO /queen/ctl {\"spawn\":\"gpu\",\"lease\":{\"gpu_id\":\"GPU-0\"," rest
#define LEASE(line) "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\"," line "}"

static void spawn(struct bench *b, unsigned mem_mb, unsigned streams, unsigned ttl_s, unsigned priority, const char *answer)
{
    char line[256];
    snprintf(line, sizeof line, SPAWN("\"mem_mb\":%u,\"streams\":%u,\"ttl_s\":%u},\"priority\":%u}"), mem_mb, streams, ttl_s, priority);
    expect_holds(b, 1, line, answer);
}

static void a_gpu_worker_takes_a_lease_and_its_end_gives_it_back(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, SPAWN("\"mem_mb\":4096,\"streams\":2,\"ttl_s\":120}}"), "OK ECHO");
    spawn(b, 8192, 2, 60, 3, "OK ECHO");
    expect_file(b, "/proc/lease/active",
                "lease id=worker-1 subject=worker-1 resource=GPU-0 expires_ms=120000 priority=0 seq=1\n"
                "lease id=worker-2 subject=worker-2 resource=GPU-0 expires_ms=60000 priority=3 seq=2\n");
    content(b, "/gpu/GPU-0/lease");
    assert_non_null(strstr(b->answer, "{\"schema\":\"gpu-lease/v1\",\"state\":\"ACTIVE\",\"gpu_id\":\"GPU-0\",\"worker_id\":\"worker-2\""));
    spawn(b, 8192, 1, 60, 9, "ERR ECHO reason=busy detail=gpu-full");
    spawn(b, 1, 5, 60, 9, "ERR ECHO reason=busy detail=gpu-full");
    expect_holds(b, 1, "ECHO /queen/ctl {\"kill\":\"worker-1\"}", "OK ECHO");
    expect_holds(b, 1, "CAT /log/queen.log", "OK CAT");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "worker spawned id=worker-1 role=worker-gpu\n"));
    assert_non_null(strstr(b->answer, "lease ended id=worker-1 subject=worker-1 resource=GPU-0 seq=1 reason=worker-ended\n"));
    spawn(b, 8192, 1, 60, 9, "OK ECHO");
    pass_ms(b, 60000);
    expect_file(b, "/proc/lease/active", "");
    assert_int_equal(b->h->workers_state.by_name.n, 0);
}

static void the_end_of_a_lease_ends_the_worker_that_lives_by_it(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_GPU, .subject = "worker-1"};
    join_queen(b, 1);
    spawn(b, 1, 1, 600, 1, "OK ECHO");
    spawn(b, 1, 1, 600, 2, "OK ECHO");
    spawn(b, 1, 1, 600, 3, "OK ECHO");
    join(b, 2);
    assert_non_null(strstr(attach_with(b, 2, "worker-gpu", &m), "OK ATTACH"));
    expect_holds(b, 2, "ECHO /gpu/GPU-0/job {\"job\":\"j\"}", "OK ECHO");
    expect_holds(b, 1, LEASE("\"op\":\"preempt\",\"resource\":\"GPU-0\",\"id\":\"p\",\"priority\":2"), "OK ECHO");
    expect_holds(b, 2, "PING", "OK PING");
    expect_holds(b, 2, "CAT /gpu/GPU-0/info", "reason=cut");
    expect_holds(b, 1, LEASE("\"op\":\"release\",\"id\":\"worker-2\""), "OK ECHO");
    expect_holds(b, 1, LEASE("\"op\":\"renew\",\"id\":\"worker-3\",\"ttl_s\":1000"), "OK ECHO");
    expect_holds(b, 1, "LS /worker", "entries=1\nworker-3\n");
    pass_ms(b, 250000);
    expect_holds(b, 1, "PING", "PONG");
    pass_ms(b, 250000);
    expect_holds(b, 1, "PING", "PONG");
    pass_ms(b, 250000);
    expect_holds(b, 1, "LS /worker", "entries=1\nworker-3\n");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/ctl RELEASE", "OK ECHO");
    expect_holds(b, 1, "LS /worker", "entries=0");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "worker ended id=worker-1 role=worker-gpu reason=lease tick=0\n"));
}

static void a_gpu_workers_sessions_have_64_operations(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_GPU, .subject = "worker-1"};
    join_queen(b, 1);
    spawn(b, 1, 1, 600, 1, "OK ECHO");
    join(b, 2);
    assert_non_null(strstr(attach_with(b, 2, "worker-gpu", &m), "OK ATTACH"));
    for (unsigned i = 0; i < 64; i++)
        expect_holds(b, 2, "CAT /gpu/GPU-0/info", "OK CAT");
    expect_holds(b, 2, "CAT /gpu/GPU-0/info", "reason=quota");
    pass_ms(b, 5);
    expect_file(b, "/proc/lease/active", "");
}

static void a_spawn_that_cannot_be_is_refused_and_changes_nothing(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/ctl {\"spawn\":\"gpu\",\"lease\":{\"gpu_id\":\"GPU-7\",\"mem_mb\":1,\"streams\":1,\"ttl_s\":9}}",
                 "ERR ECHO reason=busy detail=no-gpu");
    expect_holds(b, 1, SPAWN("\"mem_mb\":0,\"streams\":1,\"ttl_s\":9}}"), "detail=invalid-fields");
    expect_holds(b, 1, SPAWN("\"mem_mb\":1,\"streams\":0,\"ttl_s\":9}}"), "detail=invalid-fields");
    expect_holds(b, 1, SPAWN("\"mem_mb\":1,\"streams\":1,\"ttl_s\":0}}"), "detail=invalid-fields");
    expect_holds(b, 1, SPAWN("\"mem_mb\":1,\"streams\":1}}"), "detail=invalid-fields");
    expect_holds(b, 1, SPAWN("\"mem_mb\":1,\"streams\":1,\"ttl_s\":1},\"priority\":4294967296}"), "detail=invalid-fields");
    expect_holds(b, 1, LEASE("\"op\":\"grant\",\"id\":\"worker-1\",\"subject\":\"s\",\"resource\":\"r\",\"ttl_s\":60"), "OK ECHO");
    spawn(b, 1, 1, 60, 0, "ERR ECHO reason=busy detail=id-in-use");
    expect_holds(b, 1, LEASE("\"op\":\"quota\",\"subject\":\"worker-1\",\"resource\":\"GPU-0\",\"mem_mb\":5"), "OK ECHO");
    expect_holds(b, 1, LEASE("\"op\":\"release\",\"id\":\"worker-1\""), "OK ECHO");
    spawn(b, 6, 1, 60, 0, "ERR ECHO reason=quota");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    spawn(b, 1, 1, 60, 0, "ERR ECHO reason=cut detail=gate-denied");
    assert_int_equal(b->h->workers_state.by_name.n, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(a_gpu_worker_takes_a_lease_and_its_end_gives_it_back),
        T(the_end_of_a_lease_ends_the_worker_that_lives_by_it),
        T(a_gpu_workers_sessions_have_64_operations),
        T(a_spawn_that_cannot_be_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
