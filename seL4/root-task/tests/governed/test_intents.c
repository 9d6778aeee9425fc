/* Queen intents: a repeated one has no second effect, and the writers' epoch only grows. */
#include "support/p9_client.h"

#define INTENT(id, key, cmd)                                                                                           \
    "{\"schema\":\"queen-intent/v1\",\"id\":\"" id "\",\"idempotency_key\":\"" key "\",\"issued_unix_ms\":5,\"cmd\":" cmd "}"
#define SPAWN "{\"spawn\":\"heartbeat\"}"

static uint32_t give(struct bench *b, const char *line) { return p9_echo(b, 1, "queen/ctl", line); }

static uint32_t workers(const struct bench *b) { return b->h->workers_state.by_name.n; }

static void a_repeated_intent_is_answered_again_and_done_once(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    join_queen(b, 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(give(b, INTENT("i-1", "k-1", SPAWN)), 0);
    assert_int_equal(workers(b), 1);
    expect_holds(b, 2, "CAT /log/queen.log", "dedupe hit id=i-1\n");
    expect_holds(b, 2, "CAT /proc/queen/dedupe", "intent id=i-1 key=k-1 seq=1 ts_ms=0 hits=2\n");
}

static void the_same_key_under_another_id_is_another_intent(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(give(b, INTENT("i-1", "k-1", SPAWN)), 0);
    assert_int_equal(give(b, INTENT("i-2", "k-1", SPAWN)), 0);
    assert_int_equal(give(b, INTENT("i-1", "k-2", SPAWN)), 0);
    assert_int_equal(workers(b), 3);
}

static void a_repeated_kill_is_answered_as_the_first_though_the_worker_is_gone(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(give(b, SPAWN), 0);
    assert_int_equal(give(b, INTENT("i-1", "k-1", "{\"kill\":\"worker-1\"}")), 0);
    assert_int_equal(give(b, INTENT("i-1", "k-1", "{\"kill\":\"worker-1\"}")), 0);
    assert_int_equal(give(b, INTENT("i-2", "k-1", "{\"kill\":\"worker-1\"}")), 2);
    assert_int_equal(workers(b), 0);
}

static void a_repeated_intent_is_answered_in_states_that_admit_no_new_one(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(give(b, INTENT("i-1", "k-1", SPAWN)), 0);
    assert_int_equal(p9_echo(b, 1, "queen/lifecycle/ctl", "cordon"), 0);
    assert_int_equal(give(b, INTENT("i-1", "k-1", SPAWN)), 0);
    assert_int_equal(give(b, INTENT("i-2", "k-2", SPAWN)), 112);
}

static void a_refused_intent_is_not_remembered(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(give(b, INTENT("i-1", "k-1", "{\"kill\":\"worker-1\"}")), 2);
    assert_int_equal(give(b, SPAWN), 0);
    assert_int_equal(give(b, INTENT("i-1", "k-1", "{\"kill\":\"worker-1\"}")), 0);
    assert_int_equal(workers(b), 0);
}

static void the_oldest_intent_is_forgotten_for_a_new_one(void **state)
{
    struct bench *b = *state;
    char line[256];
    p9_queen(b, 1);
    for (uint32_t i = 0; i <= COH_QUEEN_DEDUPE_ENTRIES; i++) {
        snprintf(line, sizeof line, INTENT("i-%u", "k", SPAWN), i * 7919u % 1000u);
        assert_int_equal(give(b, line), 0);
    }
    assert_int_equal(workers(b), COH_QUEEN_DEDUPE_ENTRIES + 1u);
    assert_int_equal(give(b, line), 0);
    assert_int_equal(workers(b), COH_QUEEN_DEDUPE_ENTRIES + 1u);
    assert_int_equal(give(b, INTENT("i-0", "k", SPAWN)), 0); /* the first of them: done anew */
    assert_int_equal(workers(b), COH_QUEEN_DEDUPE_ENTRIES + 2u);
    assert_int_equal(b->h->intents_state.by.n, COH_QUEEN_DEDUPE_ENTRIES);
}

static void an_epoch_only_grows_and_tells_it_once(void **state)
{
    struct bench *b = *state;
    struct ns_why why = {0};
    join_queen(b, 1);
    expect_holds(b, 1, "CAT /proc/queen/epoch", "epoch=0 since_ms=0\n");
    pass_ms(b, 40);
    assert_int_equal(epoch_check(b->h, 3, &why), COH_OK);
    epoch_note(b->h, 3);
    epoch_note(b->h, 3);
    assert_int_equal(epoch_check(b->h, 2, &why), COH_PERMISSION);
    assert_string_equal(why.detail, "stale-epoch");
    expect_holds(b, 1, "CAT /proc/queen/epoch", "epoch=3 since_ms=40\n");
    expect_holds(b, 1, "CAT /log/queen.log", "epoch promoted old=0 new=3\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_repeated_intent_is_answered_again_and_done_once),
        TEST(the_same_key_under_another_id_is_another_intent),
        TEST(a_repeated_kill_is_answered_as_the_first_though_the_worker_is_gone),
        TEST(a_repeated_intent_is_answered_in_states_that_admit_no_new_one),
        TEST(a_refused_intent_is_not_remembered),
        TEST(the_oldest_intent_is_forgotten_for_a_new_one),
        TEST(an_epoch_only_grows_and_tells_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
