/* Heartbeat workers that are tasks of their own, with a platform that answers, keeps silent or loses them. */
#include "support/client.h"

#define BEAT ((uint64_t)COH_WORKERS_HEARTBEAT_MS)
#define CYCLES 10000u

static int tasks_setup(void **state)
{
    bench_setup(state);
    ((struct bench *)*state)->h->facts.tasks = true;
    join_queen(*state, 1);
    return 0;
}

static void spawn(struct bench *b, const char *more)
{
    char line[128];
    snprintf(line, sizeof line, "ECHO /queen/ctl {\"spawn\":\"heartbeat\"%s}", more);
    expect_holds(b, 1, line, "OK ECHO");
}

static void kill_worker(struct bench *b, uint64_t number)
{
    char line[64];
    snprintf(line, sizeof line, "KILL worker-%llu", (unsigned long long)number);
    expect_holds(b, 1, line, "OK KILL");
}

/* The one slot that changed. */
static void expect_change(struct bench *b, uint32_t slot, uint64_t number)
{
    uint32_t got_slot;
    uint64_t got;
    assert_true(hive_worker_change(b->h, &got_slot, &got));
    assert_int_equal(got_slot, slot);
    assert_int_equal(got, number);
    assert_int_equal(hive_worker(b->h, slot), number);
}

static void expect_no_change(struct bench *b)
{
    uint32_t slot;
    uint64_t number;
    assert_false(hive_worker_change(b->h, &slot, &number));
}

static void expect_log(struct bench *b, const char *text)
{
    content(b, "/log/queen.log");
    if (!strstr(b->answer, text))
        fail_msg("the log lacks `%s`: %s", text, b->answer);
}

/* To the next heartbeat; all workers of a test beat at once. */
static void next_beat(struct bench *b) { pass_ms(b, BEAT); }

static void beat(struct bench *b, uint32_t slot, uint64_t number) { hive_worker_beat(b->h, slot, number, b->now); }

static uint64_t ticks(const struct bench *b, uint32_t slot) { return b->h->workers[slot].tick; }

static void without_tasks_nothing_changes(void **state)
{
    struct bench *b = *state;
    b->h->facts.tasks = false;
    spawn(b, "");
    expect_no_change(b);
    for (uint32_t i = 0; i < 10; i++)
        next_beat(b);
    expect_no_change(b);
    assert_int_equal(ticks(b, 0), 10);
    assert_int_equal(hive_worker(b->h, 0), 1);
}

/* A platform that has no time for all of them takes some at each heartbeat, at which all are to beat again. */
static void whoever_waits_has_his_turn(void **state)
{
    struct bench *b = *state;
    bool taken[10] = {false};
    uint32_t slot;
    uint64_t number;
    for (uint32_t i = 0; i < 10; i++)
        spawn(b, "");
    for (uint32_t round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < 3; i++) {
            assert_true(hive_worker_change(b->h, &slot, &number));
            assert_int_equal(number, slot + 1);
            assert_true(round == 3 || !taken[slot]);
            taken[slot] = true;
        }
        next_beat(b);
    }
    for (uint32_t i = 0; i < 10; i++)
        assert_true(taken[i]);
    kill_worker(b, 1);
    for (uint32_t i = 0; i < 10 && hive_worker_change(b->h, &slot, &number) && number;)
        i++;
    assert_int_equal(slot, 0);
    assert_int_equal(number, 0);
}

static void who_misses_three_heartbeats_in_a_row_ends(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    expect_change(b, 0, 1);
    next_beat(b); /* two are granted: the record comes when it is due */
    expect_change(b, 0, 1);
    next_beat(b);
    expect_change(b, 0, 1);
    expect_no_change(b);
    assert_int_equal(ticks(b, 0), 2);
    pass_ms(b, BEAT - 1);
    assert_int_equal(hive_worker(b->h, 0), 1);
    pass_ms(b, 1);
    expect_log(b, "worker ended id=worker-1 role=worker-heartbeat reason=watchdog tick=2\n");
    expect_change(b, 0, 0);
    expect_no_change(b);
    assert_int_equal(b->h->workers_state.next_ms, UINT64_MAX);
}

static void an_answer_lets_the_count_begin_anew(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    for (uint32_t i = 0; i < 30; i++) {
        expect_change(b, 0, 1);
        if (i % 3 == 2)
            beat(b, 0, 1);
        next_beat(b);
    }
    assert_int_equal(ticks(b, 0), 30);
    for (uint32_t i = 0; i < 3; i++) {
        expect_change(b, 0, 1);
        next_beat(b);
    }
    expect_log(b, "reason=watchdog tick=32\n");
}

static void an_answer_that_is_late_still_counts(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    for (uint32_t i = 0; i < 20; i++) {
        expect_change(b, 0, 1);
        pass_ms(b, BEAT - 1);
        beat(b, 0, 1);
        pass_ms(b, 1);
    }
    assert_int_equal(ticks(b, 0), 20);
}

static void what_the_platform_did_not_take_is_not_missed(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    for (uint32_t i = 0; i < 50; i++)
        next_beat(b);
    assert_int_equal(ticks(b, 0), 50);
    expect_change(b, 0, 1);
    next_beat(b);
    expect_change(b, 0, 1);
    for (uint32_t i = 0; i < 50; i++)
        next_beat(b);
    assert_int_equal(ticks(b, 0), 101);
    expect_change(b, 0, 1);
    next_beat(b);
    expect_log(b, "reason=watchdog tick=101\n");
}

/* A worker's whole life, with a task that misses some heartbeats. */
static void live(struct bench *b)
{
    spawn(b, ",\"ticks\":9");
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t slot;
        uint64_t number;
        if (hive_worker_change(b->h, &slot, &number) && i % 3 == 1)
            beat(b, slot, number);
        if (i == 8)
            content(b, "/shard/13/worker/worker-1/telemetry");
        next_beat(b);
    }
}

static void records_are_the_same_with_tasks_and_without(void **state)
{
    struct bench *b = *state, other;
    bench_start(&other);
    join_queen(&other, 1);
    assert_false(other.h->facts.tasks);
    live(b);
    live(&other);
    assert_string_equal(b->answer, other.answer);
    assert_int_equal(b->h->workers_state.by.n, 0);
    content(b, "/log/queen.log");
    expect_file(&other, "/log/queen.log", b->answer);
    bench_end(&other);
}

static void a_lost_task_ends_its_worker_with_everything_that_is_its_own(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    spawn(b, "");
    spawn(b, "");
    expect_change(b, 0, 1);
    expect_change(b, 1, 2);
    join(b, 2);
    assert_non_null(strstr(attach_with(b, 2, "worker-heartbeat", &m), "OK ATTACH"));
    uint64_t audits = b->h->log.queen.next;
    hive_worker_lost(b->h, 0, 1, "fault", b->now + 7);
    b->now += 7;
    content(b, "/log/queen.log");
    const char *since = strstr(b->answer, "worker ended id=worker-1 role=worker-heartbeat reason=fault tick=0\n");
    assert_non_null(since);
    assert_true(b->h->log.queen.next > audits);
    assert_null(strstr(since, "audit op="));
    expect_change(b, 0, 0);
    expect_no_change(b);
    expect_holds(b, 2, "CAT /proc/boot", "reason=cut");
    expect_holds(b, 1, "LS /worker", "entries=1\nworker-2\n");
    hive_worker_lost(b->h, 1, 2, "memory", b->now);
    expect_log(b, "worker ended id=worker-2 role=worker-heartbeat reason=memory tick=0\n");
    assert_int_equal(b->h->workers_state.by.n, 0);
}

static void what_is_said_of_somebody_else_changes_nothing(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    expect_change(b, 0, 1);
    kill_worker(b, 1);
    spawn(b, "");
    expect_change(b, 0, 2);
    hive_worker_lost(b->h, 0, 1, "fault", b->now);
    hive_worker_lost(b->h, 0, 0, "fault", b->now);
    hive_worker_lost(b->h, 0, 3, "fault", b->now);
    hive_worker_lost(b->h, 1, 2, "fault", b->now);
    hive_worker_lost(b->h, 1, 0, "fault", b->now);
    hive_worker_lost(b->h, COH_WORKERS_MAX, 2, "fault", b->now);
    hive_worker_lost(b->h, UINT32_MAX, 0, "fault", b->now);
    assert_int_equal(hive_worker(b->h, 0), 2);
    assert_int_equal(hive_worker(b->h, COH_WORKERS_MAX), 0);
    for (uint32_t i = 0; i < 3; i++) {
        beat(b, 0, 1);
        beat(b, 0, 0);
        beat(b, 1, 2);
        beat(b, COH_WORKERS_MAX, 2);
        next_beat(b);
        if (i < 2)
            expect_change(b, 0, 2);
    }
    expect_log(b, "worker ended id=worker-2 role=worker-heartbeat reason=watchdog tick=2\n");
}

static void a_slots_next_tenant_is_one_change(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    expect_change(b, 0, 1);
    kill_worker(b, 1);
    spawn(b, "");
    kill_worker(b, 2);
    spawn(b, "");
    expect_change(b, 0, 3); /* who came and went between two looks was nobody */
    expect_no_change(b);
    kill_worker(b, 3);
    spawn(b, "");
    kill_worker(b, 4);
    expect_change(b, 0, 0);
    expect_no_change(b);
}

static void a_worker_that_is_no_task_is_nobody(void **state)
{
    struct bench *b = *state;
    spawn(b, "");
    expect_change(b, 0, 1);
    kill_worker(b, 1);
    expect_holds(b, 1,
                 "ECHO /queen/ctl {\"spawn\":\"gpu\",\"lease\":{\"gpu_id\":\"GPU-0\",\"mem_mb\":1,\"streams\":1,\"ttl_s\":60}}",
                 "OK ECHO");
    assert_int_equal(b->h->workers[0].number, 2);
    expect_change(b, 0, 0); /* the task of the one before must go */
    hive_worker_lost(b->h, 0, 2, "fault", b->now);
    hive_worker_lost(b->h, 0, 0, "fault", b->now);
    for (uint32_t i = 0; i < 10; i++)
        next_beat(b);
    assert_int_equal(b->h->workers[0].number, 2);
}

static void changes_go_round_the_slots_and_come_once_each(void **state)
{
    struct bench *b = *state;
    uint32_t slot;
    uint64_t number;
    for (uint32_t i = 0; i < 6; i++)
        spawn(b, "");
    expect_change(b, 0, 1);
    expect_change(b, 1, 2);
    kill_worker(b, 1); /* before where the look is now: after all that wait already */
    for (uint32_t i = 2; i < 6; i++)
        expect_change(b, i, i + 1u);
    expect_change(b, 0, 0);
    expect_no_change(b);
    next_beat(b);
    for (uint32_t i = 1; i < 6; i++) {
        assert_true(hive_worker_change(b->h, &slot, &number));
        assert_int_equal(slot, i);
        assert_int_equal(number, i + 1u);
    }
    expect_no_change(b);
}

/* ---- 10 000 cycles ---- */

/* Asks without looking at every invariant: the cycles do that now and then. */
static void say(struct bench *b, const char *line)
{
    uint8_t f[CONSOLE_FRAME_MAX], out[1024];
    size_t n = frame(f, bytes_str(line));
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, n), b->now), n);
    n = hive_output(b->h, 1, out, sizeof out, b->now);
    assert_true(n > 6 && memcmp(out + 4, "OK", 2) == 0);
}

/* A platform: what runs in each slot. */
struct world {
    uint64_t task[COH_WORKERS_MAX];
    uint32_t runs, built, ended;
};

static void look(struct bench *b, struct world *w)
{
    uint32_t slot;
    uint64_t number;
    while (hive_worker_change(b->h, &slot, &number)) {
        if (w->task[slot] == number)
            continue;
        w->ended += w->task[slot] != 0;
        w->built += number != 0;
        w->runs = w->built - w->ended;
        w->task[slot] = number;
        budget_level(b->h, POOL_worker_tasks, w->runs);
    }
    for (uint32_t i = 0; i < 16; i++)
        beat(b, i, w->task[i]);
    assert_int_equal(w->runs, b->h->workers_state.by.n);
}

/* Free slots, each once, in whatever order they became free; never more of them than lived at once. */
static void same_slots(const uint16_t *was, const uint16_t *is)
{
    uint8_t seen[COH_WORKERS_MAX] = {0};
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        assert_true(is[i] < COH_WORKERS_MAX && !seen[is[i]]);
        seen[is[i]] = 1;
        if (i >= 9)
            assert_int_equal(was[i], is[i]);
    }
}

/* All that is about workers, but what counts them: numbers are never given again. */
static void same_workers(const struct hive *was, const struct hive *is)
{
    struct workers_state a = was->workers_state, c = is->workers_state;
    assert_memory_equal(was->workers, is->workers, sizeof was->workers);
    assert_memory_equal(was->rings, is->rings, sizeof was->rings);
    same_slots(was->order, is->order);
    assert_memory_equal(&was->budget, &is->budget, offsetof(struct budget_state, of[POOL_log]));
    assert_int_equal(was->budget.of[POOL_worker_tasks].used, is->budget.of[POOL_worker_tasks].used);
    assert_int_equal(was->budget.of[POOL_worker_tasks].peak, is->budget.of[POOL_worker_tasks].peak);
    assert_memory_equal(was->session_order, is->session_order, sizeof was->session_order);
    assert_memory_equal(was->tickets, is->tickets, sizeof was->tickets);
    assert_memory_equal(was->leases, is->leases, sizeof was->leases);
    assert_memory_equal(was->scheduled, is->scheduled, sizeof was->scheduled);
    assert_int_equal(a.by.n, c.by.n);
    assert_int_equal(a.next_ms, c.next_ms);
    assert_int_equal(a.changed_from, c.changed_from);
    assert_int_equal(a.changed_low, c.changed_low);
    assert_memory_equal(a.in_shard, c.in_shard, sizeof a.in_shard);
    assert_true(c.last_number > a.last_number);
}

/* Up to `most` live at once: the oldest is killed then. */
static void cycles(struct bench *b, struct world *w, uint32_t n, uint32_t most)
{
    uint64_t first = b->h->workers_state.last_number + 1, next = first;
    char line[64];
    for (uint32_t i = 0; i < n; i++) {
        say(b, "ECHO /queen/ctl {\"spawn\":\"heartbeat\"}");
        if (b->h->workers_state.by.n == most) {
            snprintf(line, sizeof line, "KILL worker-%llu", (unsigned long long)first++);
            say(b, line);
        }
        if (i % 3)
            look(b, w);
        b->now += i % 7;
        hive_tick(b->h, b->now);
        if (i % 500 == 0)
            assert_true(hive_check(b->h));
    }
    for (next = b->h->workers_state.last_number; first <= next; first++) {
        snprintf(line, sizeof line, "KILL worker-%llu", (unsigned long long)first);
        say(b, line);
    }
    look(b, w);
    pass_ms(b, 2 * BEAT);
}

static void ten_thousand_workers_leave_nothing_behind(void **state)
{
    struct bench *b = *state;
    struct world w = {{0}, 0, 0, 0};
    struct hive *was = malloc(hive_size());
    assert_non_null(was);
    for (uint32_t most = 1; most <= 9; most += 4) {
        cycles(b, &w, 20, most); /* peaks, and the slots that are taken, are those of the first */
        memcpy(was, b->h, hive_size());
        cycles(b, &w, CYCLES, most);
        same_workers(was, b->h);
    }
    assert_int_equal(w.runs, 0);
    assert_true(w.built > CYCLES && w.built == w.ended);
    expect_holds(b, 1, "CAT /proc/budget", "pool=worker_tasks used=0 peak=9 cap=1024 bytes=0");
    free(was);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tasks_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_tasks_nothing_changes),
        TEST(whoever_waits_has_his_turn),
        TEST(who_misses_three_heartbeats_in_a_row_ends),
        TEST(an_answer_lets_the_count_begin_anew),
        TEST(an_answer_that_is_late_still_counts),
        TEST(what_the_platform_did_not_take_is_not_missed),
        TEST(records_are_the_same_with_tasks_and_without),
        TEST(a_lost_task_ends_its_worker_with_everything_that_is_its_own),
        TEST(what_is_said_of_somebody_else_changes_nothing),
        TEST(a_slots_next_tenant_is_one_change),
        TEST(a_worker_that_is_no_task_is_nobody),
        TEST(changes_go_round_the_slots_and_come_once_each),
        TEST(ten_thousand_workers_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
