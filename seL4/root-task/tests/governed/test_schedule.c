/* The schedule: what /queen/schedule/ctl queues, when it really starts, and what /proc/schedule says of it. */
#include "support/p9_client.h"

#define CTL "ECHO /queen/schedule/ctl "
#define QUEUED "OK ECHO path=/queen/schedule/ctl"

static void order(struct bench *b, const char *fields, const char *answer)
{
    char line[256];
    snprintf(line, sizeof line, CTL "{\"schema\":\"schedule/v1\",%s}", fields);
    expect_holds(b, 1, line, answer);
}

static void enqueue(struct bench *b, const char *id, const char *rest, const char *answer)
{
    char fields[200];
    snprintf(fields, sizeof fields, "\"op\":\"enqueue\",\"id\":\"%s\",\"role\":\"heartbeat\"%s", id, rest);
    order(b, fields, answer);
}

static void an_entry_spawns_its_workers_and_is_done_when_they_have_ended(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=0 done=0 dropped=0\n");
    expect_file(b, "/proc/schedule/queue", "");
    enqueue(b, "s-1", ",\"count\":3,\"priority\":5,\"budget\":{\"ttl_s\":2}", QUEUED);
    expect_file(b, "/proc/schedule/queue", "sched id=s-1 role=heartbeat count=3 priority=5 state=queued seq=1\n");
    pass_ms(b, 1);
    expect_file(b, "/proc/schedule/queue", "sched id=s-1 role=heartbeat count=3 priority=5 state=running seq=1\n");
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=1 done=0 dropped=0\n");
    expect_holds(b, 1, "LS /worker", "worker-1\nworker-2\nworker-3\n");
    pass_ms(b, 1000);
    assert_true(content(b, "/worker/worker-3/telemetry").n > 0);
    pass_ms(b, 1000);
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=0 done=1 dropped=0\n");
    expect_file(b, "/proc/schedule/queue", "");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "0 schedule queued id=s-1 role=heartbeat count=3 seq=1\n"));
    assert_non_null(strstr(b->answer, "schedule started id=s-1 "));
    assert_non_null(strstr(b->answer, "2000 schedule done id=s-1 "));
    enqueue(b, "s-1", "", QUEUED);
}

static void the_queue_stands_by_priority_then_age(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    enqueue(b, "a", ",\"not_before_ms\":1000,\"priority\":1", QUEUED);
    enqueue(b, "b", ",\"not_before_ms\":1000,\"priority\":9", QUEUED);
    enqueue(b, "c", ",\"not_before_ms\":1000,\"priority\":1", QUEUED);
    expect_file(b, "/proc/schedule/queue",
                "sched id=b role=heartbeat count=1 priority=9 state=queued seq=2\n"
                "sched id=a role=heartbeat count=1 priority=1 state=queued seq=1\n"
                "sched id=c role=heartbeat count=1 priority=1 state=queued seq=3\n");
    order(b, "\"op\":\"reprioritise\",\"id\":\"c\",\"priority\":4294967295", QUEUED);
    order(b, "\"op\":\"cancel\",\"id\":\"b\"", QUEUED);
    expect_file(b, "/proc/schedule/queue",
                "sched id=c role=heartbeat count=1 priority=4294967295 state=queued seq=3\n"
                "sched id=a role=heartbeat count=1 priority=1 state=queued seq=1\n");
    expect_file(b, "/proc/schedule/summary", "schedule queued=2 running=0 done=0 dropped=1\n");
    pass_ms(b, 1000);
    order(b, "\"op\":\"cancel\",\"id\":\"c\"", "ERR ECHO reason=busy detail=running");
    order(b, "\"op\":\"reprioritise\",\"id\":\"c\",\"priority\":1", "ERR ECHO reason=busy detail=running");
    content(b, "/log/queen.log");
    assert_true(strstr(b->answer, "started id=c") < strstr(b->answer, "started id=a"));
    assert_non_null(strstr(b->answer, "schedule cancelled id=b "));
    assert_non_null(strstr(b->answer, "schedule reprioritised id=c "));
}

static void nothing_starts_before_its_time_or_after_its_deadline(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    enqueue(b, "later", ",\"not_before_ms\":500,\"deadline_ms\":600", QUEUED);
    enqueue(b, "never", ",\"not_before_ms\":500,\"deadline_ms\":500", QUEUED);
    enqueue(b, "far", ",\"not_before_ms\":18446744073709551615", QUEUED);
    pass_ms(b, 499);
    expect_file(b, "/proc/schedule/summary", "schedule queued=3 running=0 done=0 dropped=0\n");
    pass_ms(b, 1);
    expect_file(b, "/proc/schedule/summary", "schedule queued=1 running=1 done=0 dropped=1\n");
    expect_holds(b, 1, "CAT /log/queen.log", "500 schedule dropped id=never");
}

static void a_cordoned_hive_starts_nothing_until_it_resumes_and_deadlines_go_on(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    enqueue(b, "patient", "", QUEUED);
    enqueue(b, "hasty", ",\"deadline_ms\":100", QUEUED);
    pass_ms(b, 99);
    expect_file(b, "/proc/schedule/summary", "schedule queued=2 running=0 done=0 dropped=0\n");
    pass_ms(b, 1);
    expect_file(b, "/proc/schedule/summary", "schedule queued=1 running=0 done=0 dropped=1\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "OK ECHO");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl resume", "OK ECHO");
    pass_ms(b, 0);
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=1 done=0 dropped=1\n");
}

static void many_workers_come_a_few_a_tick_as_room_is_there(void **state)
{
    struct bench *b = *state;
    char fields[100];
    join_queen(b, 1);
    snprintf(fields, sizeof fields, ",\"count\":%u,\"budget\":{\"ttl_s\":1}", COH_WORKERS_MAX - 10u);
    enqueue(b, "all", fields, QUEUED);
    enqueue(b, "rest", ",\"count\":20,\"budget\":{\"ttl_s\":60}", QUEUED);
    hive_tick(b->h, b->now);
    assert_true(hive_check(b->h));
    assert_int_equal(b->h->workers_state.by_name.n, 16);
    pass_ms(b, 400);
    assert_int_equal(b->h->workers_state.by_name.n, COH_WORKERS_MAX);
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=2 done=0 dropped=0\n");
    pass_ms(b, 1000);
    expect_file(b, "/proc/schedule/summary", "schedule queued=0 running=1 done=1 dropped=0\n");
    assert_int_equal(b->h->workers_state.by_name.n, 20);
}

static void a_full_queue_is_busy_and_whole_lines_are_shown(void **state)
{
    struct bench *b = *state;
    char id[80];
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    for (unsigned i = 0; i < COH_SCHEDULE_MAX_ENTRIES; i++) {
        snprintf(id, sizeof id, "%064u", i);
        enqueue(b, id, ",\"count\":1000,\"priority\":4294967295", QUEUED);
    }
    enqueue(b, "more", "", "ERR ECHO reason=busy detail=schedule");
    enqueue(b, id, "", "ERR ECHO reason=busy detail=id-in-use");
    struct bytes all = content(b, "/proc/schedule/queue");
    assert_true(all.n <= COH_OBSERVABILITY_PROC_SCHEDULE_QUEUE_BYTES && all.n > COH_OBSERVABILITY_PROC_SCHEDULE_QUEUE_BYTES - 165);
    assert_int_equal(b->answer[all.n - 1], '\n');
    expect_holds(b, 1, "CAT /proc/budget", "pool=schedule used=64 peak=64 cap=64");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(an_entry_spawns_its_workers_and_is_done_when_they_have_ended),
        T(the_queue_stands_by_priority_then_age),
        T(nothing_starts_before_its_time_or_after_its_deadline),
        T(a_cordoned_hive_starts_nothing_until_it_resumes_and_deadlines_go_on),
        T(many_workers_come_a_few_a_tick_as_room_is_there),
        T(a_full_queue_is_busy_and_whole_lines_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
