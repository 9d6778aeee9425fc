/* Leases: what /queen/lease/ctl does, when leases end, and what /proc/lease says of them. */
#include "support/p9_client.h"

#define CTL "ECHO /queen/lease/ctl "
#define GRANTED "OK ECHO path=/queen/lease/ctl"

static void order(struct bench *b, const char *fields, const char *answer)
{
    char line[256];
    snprintf(line, sizeof line, CTL "{\"schema\":\"lease/v1\",%s}", fields);
    expect_holds(b, 1, line, answer);
}

static void grant(struct bench *b, const char *id, const char *subject, const char *resource, unsigned ttl_s,
                  unsigned priority, const char *answer)
{
    char fields[240];
    snprintf(fields, sizeof fields,
             "\"op\":\"grant\",\"id\":\"%s\",\"subject\":\"%s\",\"resource\":\"%s\",\"ttl_s\":%u,\"mem_mb\":100,"
             "\"streams\":1,\"priority\":%u", id, subject, resource, ttl_s, priority);
    order(b, fields, answer);
}

static void a_lease_is_granted_renewed_and_released(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_file(b, "/proc/lease/summary", "leases active=0 preempted=0 quota=0 seq=0\n");
    expect_file(b, "/proc/lease/active", "");
    pass_ms(b, 1000);
    grant(b, "l-2", "worker-3", "GPU-7", 120, 3, GRANTED);
    grant(b, "l-1", "desk", "room", 5, 0, GRANTED);
    expect_file(b, "/proc/lease/active",
                "lease id=l-1 subject=desk resource=room expires_ms=6000 priority=0 seq=2\n"
                "lease id=l-2 subject=worker-3 resource=GPU-7 expires_ms=121000 priority=3 seq=1\n");
    pass_ms(b, 1000);
    order(b, "\"op\":\"renew\",\"id\":\"l-1\",\"ttl_s\":60", GRANTED);
    expect_file(b, "/proc/lease/active",
                "lease id=l-1 subject=desk resource=room expires_ms=62000 priority=0 seq=2\n"
                "lease id=l-2 subject=worker-3 resource=GPU-7 expires_ms=121000 priority=3 seq=1\n");
    order(b, "\"op\":\"release\",\"id\":\"l-2\"", GRANTED);
    expect_file(b, "/proc/lease/summary", "leases active=1 preempted=0 quota=0 seq=2\n");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "1000 lease granted id=l-2 subject=worker-3 resource=GPU-7 seq=1\n"));
    assert_non_null(strstr(b->answer, "2000 lease renewed id=l-1 subject=desk resource=room seq=2\n"));
    assert_non_null(strstr(b->answer, "2000 lease ended id=l-2 subject=worker-3 resource=GPU-7 seq=1 reason=released\n"));
    content(b, "/queen/lease/ctl");
    assert_non_null(strstr(b->answer, "{\"schema\":\"lease/v1\",\"op\":\"release\",\"id\":\"l-2\"}\n"));
}

static void leases_end_by_their_time_in_order(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "a", "s", "r", 3, 0, GRANTED);
    grant(b, "b", "s", "r", 1, 0, GRANTED);
    grant(b, "c", "s", "r", 1, 0, GRANTED);
    pass_ms(b, 999);
    expect_file(b, "/proc/lease/summary", "leases active=3 preempted=0 quota=0 seq=3\n");
    pass_ms(b, 1);
    expect_file(b, "/proc/lease/active", "lease id=a subject=s resource=r expires_ms=3000 priority=0 seq=1\n");
    pass_ms(b, 2000);
    expect_file(b, "/proc/lease/active", "");
    content(b, "/log/queen.log");
    assert_true(strstr(b->answer, "ended id=b ") < strstr(b->answer, "ended id=c "));
    assert_non_null(strstr(b->answer, "3000 lease ended id=a subject=s resource=r seq=1 reason=expired\n"));
    order(b, "\"op\":\"grant\",\"id\":\"ever\",\"subject\":\"s\",\"resource\":\"r\",\"ttl_s\":18446744073709551615", GRANTED);
    expect_file(b, "/proc/lease/active", "lease id=ever subject=s resource=r expires_ms=18446744073709551615 priority=0 seq=4\n");
}

static void preemption_takes_the_lowest_priority_oldest_first_and_never_a_higher_one(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "high", "s", "GPU-9", 600, 7, GRANTED);
    grant(b, "young", "s", "GPU-9", 600, 2, GRANTED);
    order(b, "\"op\":\"grant\",\"id\":\"other\",\"subject\":\"s\",\"resource\":\"GPU-8\",\"ttl_s\":600", GRANTED);
    grant(b, "old", "s", "GPU-9", 600, 1, GRANTED);
    grant(b, "older", "s", "GPU-9", 600, 1, GRANTED);
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-9\"", "ERR ECHO reason=busy detail=higher-priority");
    pass_ms(b, 50);
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-9\",\"id\":\"p-1\",\"priority\":1", GRANTED);
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-9\",\"priority\":4294967295", GRANTED);
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-9\",\"id\":\"p-3\",\"priority\":1",
          "ERR ECHO reason=busy detail=higher-priority");
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-9\",\"id\":\"p-3\",\"priority\":2", GRANTED);
    expect_file(b, "/proc/lease/preemptions",
                "preempt id=old by=p-1 ts_ms=50 seq=6\npreempt id=older by=queen ts_ms=50 seq=7\n"
                "preempt id=young by=p-3 ts_ms=50 seq=8\n");
    expect_file(b, "/proc/lease/summary", "leases active=2 preempted=3 quota=0 seq=8\n");
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU\"", "ERR ECHO reason=policy detail=invalid-path");
    order(b, "\"op\":\"preempt\",\"resource\":\"GPU-99\"", "ERR ECHO reason=policy detail=invalid-path");
}

static void a_subject_stays_within_its_quota(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "before", "s", "r", 600, 0, GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"leases\":2,\"mem_mb\":250,\"streams\":9", GRANTED);
    expect_file(b, "/proc/lease/summary", "leases active=1 preempted=0 quota=1 seq=1\n");
    grant(b, "a", "s", "r", 600, 0, GRANTED);
    grant(b, "b", "s", "r", 600, 0, "ERR ECHO reason=quota path=/queen/lease/ctl error=ELIMIT");
    grant(b, "b", "s", "elsewhere", 600, 0, GRANTED);
    grant(b, "c", "other", "r", 600, 0, GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"mem_mb\":250", GRANTED);
    grant(b, "d", "s", "r", 600, 0, "ERR ECHO reason=quota path=/queen/lease/ctl error=ELIMIT");
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"streams\":3", GRANTED);
    grant(b, "d", "s", "r", 600, 0, GRANTED);
    grant(b, "e", "s", "r", 600, 0, "ERR ECHO reason=quota path=/queen/lease/ctl error=ELIMIT");
    order(b, "\"op\":\"release\",\"id\":\"a\"", GRANTED);
    grant(b, "e", "s", "r", 600, 0, GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"leases\":0", GRANTED);
    grant(b, "f", "s", "r", 600, 0, "ERR ECHO reason=quota");
    order(b, "\"op\":\"quota\",\"id\":\"q\",\"subject\":\"s\",\"resource\":\"r\"", GRANTED);
    expect_file(b, "/proc/lease/summary", "leases active=5 preempted=0 quota=0 seq=6\n");
    grant(b, "f", "s", "r", 600, 0, GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"nobody\",\"resource\":\"r\"", GRANTED);
}

static void full_tables_are_busy_and_whole_lines_are_shown(void **state)
{
    struct bench *b = *state;
    char id[80], line[200];
    join_queen(b, 1);
    for (unsigned i = 0; i < COH_LEASES_MAX_ENTRIES; i++) {
        snprintf(id, sizeof id, "%064u", i * 37u % COH_LEASES_MAX_ENTRIES);
        snprintf(line, sizeof line, "\"op\":\"grant\",\"id\":\"%s\",\"subject\":\"s\",\"resource\":\"%058u\",\"ttl_s\":%u", id, i % 3u,
                 9u + i);
        order(b, line, GRANTED);
    }
    grant(b, "more", "s", "r", 9, 0, "ERR ECHO reason=busy detail=leases");
    grant(b, id, "s", "r", 9, 0, "ERR ECHO reason=busy detail=id-in-use");
    struct bytes all = content(b, "/proc/lease/active");
    assert_true(all.n <= COH_OBSERVABILITY_PROC_LEASE_ACTIVE_BYTES && all.n > COH_OBSERVABILITY_PROC_LEASE_ACTIVE_BYTES - 300);
    assert_int_equal(b->answer[all.n - 1], '\n');
    expect_holds(b, 1, "CAT /proc/budget", "pool=leases used=64 peak=64 cap=128");
    for (unsigned i = 0; i < COH_LEASES_MAX_ENTRIES; i++) {
        snprintf(line, sizeof line, "\"op\":\"quota\",\"subject\":\"s-%u\",\"resource\":\"r\",\"leases\":1", i);
        order(b, line, GRANTED);
    }
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"leases\":1", "ERR ECHO reason=busy detail=quotas");
    order(b, "\"op\":\"quota\",\"subject\":\"s-1\",\"resource\":\"r\",\"leases\":9", GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"s-1\",\"resource\":\"r\"", GRANTED);
    order(b, "\"op\":\"quota\",\"subject\":\"s\",\"resource\":\"r\",\"leases\":1", GRANTED);
    pass_ms(b, 80000);
    expect_file(b, "/proc/lease/summary", "leases active=0 preempted=0 quota=64 seq=64\n");
}

static void drain_waits_for_leases_and_a_cordoned_hive_grants_none(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "l", "s", "r", 600, 0, GRANTED);
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "ERR ECHO reason=policy detail=outstanding-leases");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=drain state=DRAINING reason=outstanding-leases leases=1");
    grant(b, "m", "s", "r", 600, 0, "ERR ECHO reason=cut detail=gate-denied");
    order(b, "\"op\":\"renew\",\"id\":\"l\",\"ttl_s\":60", GRANTED);
    order(b, "\"op\":\"release\",\"id\":\"l\"", GRANTED);
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "OK ECHO");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "lifecycle denied action=lease state=DRAINING reason=gate-denied\n"));
}

static void the_preemptions_keep_the_newest(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (unsigned i = 0; i < 300; i++) {
        grant(b, "l", "s", "r", 600, 0, GRANTED);
        order(b, "\"op\":\"preempt\",\"resource\":\"r\",\"id\":\"p\"", GRANTED);
    }
    struct bytes all = content(b, "/proc/lease/preemptions");
    assert_true(all.n <= COH_OBSERVABILITY_PROC_LEASE_PREEMPTIONS_BYTES);
    assert_non_null(strstr(b->answer, "seq=600\n"));
    assert_null(strstr(b->answer, "seq=2\n"));
}

static void workers_see_nothing_of_leases(void **state)
{
    struct bench *b = *state;
    join(b, 1);
    expect_holds(b, 1, "PING", "");
    struct mint m = {.role = ROLE_GPU, .subject = "worker-1"};
    expect_holds(b, 1, "PING", "");
    assert_non_null(strstr(attach_with(b, 1, "worker-gpu", &m), "OK ATTACH"));
    expect_holds(b, 1, "CAT /proc/lease/summary", "error=EPERM");
    expect_holds(b, 1, CTL "{}", "error=EPERM");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(a_lease_is_granted_renewed_and_released),
        T(leases_end_by_their_time_in_order),
        T(preemption_takes_the_lowest_priority_oldest_first_and_never_a_higher_one),
        T(a_subject_stays_within_its_quota),
        T(full_tables_are_busy_and_whole_lines_are_shown),
        T(drain_waits_for_leases_and_a_cordoned_hive_grants_none),
        T(the_preemptions_keep_the_newest),
        T(workers_see_nothing_of_leases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
