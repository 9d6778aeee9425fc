/* How workers' tasks are asked to beat, with tasks that answer when the test says so: never more at once than those below them in
 * priority can bear, and nobody waits for one that is gone. */
#include <string.h>
#include <sys/mman.h>

#include "support/test.h"

#define hive_worker test_worker
#define hive_worker_change test_change
#define hive_worker_beat test_beat
#define hive_worker_lost test_lost
#define hive_note test_note
#define hive_net test_net
#include <sel4/sel4.h>
static void seL4_Signal(seL4_CPtr dest);
#include "plat/sel4/workers.c"

/* ---- what the authority's other parts would do ---- */

static uint32_t due_from, due_upto, signalled, beats;
static bool is_running[COH_WORKERS_MAX], lost[COH_WORKERS_MAX];
static struct hive_net net;
const char *timer_polling;

static uint64_t number_of(uint32_t slot) { return lost[slot] ? 0 : slot + 1u; }
uint64_t test_worker(const struct hive *h, uint32_t slot) { return number_of(slot); }
bool test_change(struct hive *h, uint32_t *slot, uint64_t *number)
{
    bool more = due_from < due_upto;
    *slot = due_from;
    *number = more ? number_of(due_from++) : 0;
    return more;
}
void test_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms) { beats++; }
void test_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms) { lost[slot] = true; }
void test_note(struct hive *h, const char *subsystem, struct bytes text, uint64_t now_ms) {}
struct hive_net *test_net(struct hive *h) { return &net; }
void budget_take(struct hive *h, enum pool pool) {}
void budget_give(struct hive *h, enum pool pool) {}

static uint32_t *page_of(uint32_t slot)
{
    return (uint32_t *)(LAYOUT_WORKERS + (uintptr_t)slot * PAGE_BYTES + WORKER_BEATS_OFFSET);
}
bool task_build(enum coh_task t, uint32_t i) { return is_running[i] = true; }
void task_show(enum coh_task t, uint32_t i, enum coh_object o, uintptr_t vaddr) {}
void task_run(enum coh_task t, uint32_t i, uint64_t x0, uint64_t x1, uint64_t x2) {}
void task_end(enum coh_task t, uint32_t i) { is_running[i] = false; }
struct bytes task_refusal(void) { return bytes_str(""); }
void task_cause(enum coh_task t, uint32_t i, const struct irq_event *e, struct buf *out) { buf_say(out, "cause=vm-fault"); }
seL4_CPtr task_own(enum coh_task t, uint32_t i, enum coh_object o) { return 1000 + i; }
static void seL4_Signal(seL4_CPtr dest)
{
    assert_true(is_running[dest - 1000]);
    signalled++;
}

/* ---- */

static int map_pages(void **s)
{
    void *at = (void *)(uintptr_t)LAYOUT_WORKERS;
    size_t n = (size_t)COH_WORKERS_MAX * PAGE_BYTES;
    return mmap(at, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == at ? 0 : -1;
}

/* 100 workers stand and have answered; all are to beat. */
static int begin_100(void **s)
{
    uint64_t deadline;
    memset(running, 0, sizeof running);
    running_n = 0;
    memset(lost, 0, sizeof lost);
    asked = (struct asked){0};
    net = (struct hive_net){0};
    for (uint32_t at = 0; at < 100; at += 5) {
        due_from = at;
        due_upto = at + 5;
        workers_turn(NULL, 0, &deadline);
        for (uint32_t i = at; i < due_upto; i++)
            *page_of(i) += 1;
    }
    due_from = signalled = beats = 0;
    due_upto = 100;
    return 0;
}

static void answer(uint32_t from, uint32_t upto)
{
    for (uint32_t i = from; i < upto; i++)
        *page_of(i) += 1;
}

/* A turn at now; how many are asked in it. */
static uint32_t turn(uint64_t now_ms, uint64_t want_deadline)
{
    uint64_t deadline = 1000000;
    uint32_t before = signalled;
    net.slept_ms = now_ms; /* all time is the tasks' */
    assert_false(workers_turn(NULL, now_ms, &deadline));
    assert_int_equal(deadline, want_deadline);
    return signalled - before;
}

static void so_many_are_asked_at_once(void **s)
{
    due_upto = 20;
    assert_int_equal(turn(1000, 1001), 8);
    answer(0, 8);
    assert_int_equal(turn(1001, 1002), 8);
    answer(8, 16);
    assert_int_equal(turn(1001, 1000000), 4);
    assert_int_equal(beats, 20);
}

static void who_needs_long_leaves_as_long_to_others(void **s)
{
    assert_int_equal(turn(1000, 1001), 8);
    answer(0, 7);
    assert_int_equal(turn(1001, 1002), 0);
    answer(7, 8);
    assert_int_equal(turn(1010, 1020), 0);
    assert_int_equal(turn(1019, 1020), 0);
    assert_int_equal(turn(1020, 1021), 8);
}

static void a_silent_one_costs_a_heartbeat_at_most(void **s)
{
    const uint64_t had = COH_WORKERS_HEARTBEAT_MS / 2u, end = 1000 + had;
    assert_int_equal(turn(1000, 1001), 8);
    answer(0, 7);
    assert_int_equal(turn(end - 1, end), 0);
    assert_int_equal(turn(end, end + had), 0);
    assert_int_equal(turn(end + had, end + had + 1), 8);
    answer(8, 16);
    assert_int_equal(turn(end + had + 1, end + had + 2), 8);
}

static void nobody_waits_for_one_that_faulted(void **s)
{
    assert_int_equal(turn(1000, 1001), 8);
    answer(0, 7);
    workers_fault(NULL, &(struct irq_event){.faulted = TASK_WORKER + 7u}, 1001);
    assert_true(lost[7]);
    due_from = 7;
    due_upto = 9;
    assert_int_equal(turn(1001, 1000000), 1);
    assert_false(is_running[7]);
}

static void nobody_waits_for_one_that_was_killed(void **s)
{
    assert_int_equal(turn(1000, 1001), 8);
    answer(0, 7);
    lost[7] = true;
    due_from = 7;
    due_upto = 8;
    assert_int_equal(turn(1001, 1000000), 0);
    assert_false(is_running[7]);
}

static void who_has_ended_ends_though_others_are_awaited(void **s)
{
    lost[20] = true;
    assert_int_equal(turn(1000, 1001), 8);
    assert_false(is_running[20]);
    lost[21] = true;
    assert_int_equal(turn(1001, 1002), 0);
    assert_false(is_running[21]);
    assert_true(is_running[22]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(so_many_are_asked_at_once, begin_100),
        cmocka_unit_test_setup(who_needs_long_leaves_as_long_to_others, begin_100),
        cmocka_unit_test_setup(a_silent_one_costs_a_heartbeat_at_most, begin_100),
        cmocka_unit_test_setup(nobody_waits_for_one_that_faulted, begin_100),
        cmocka_unit_test_setup(nobody_waits_for_one_that_was_killed, begin_100),
        cmocka_unit_test_setup(who_has_ended_ends_though_others_are_awaited, begin_100),
    };
    return cmocka_run_group_tests(tests, map_pages, NULL);
}
