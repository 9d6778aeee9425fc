/* Back-off of a connection and cool-down of role and subject, on made-up times. */
#include "support/test.h"

#include "auth/throttle.h"

static struct bytes who(const char *s)
{
    return bytes_str(s);
}

static void a_connection_backs_off_in_doubling_steps_up_to_a_bound(void **state)
{
    static const uint32_t steps[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000, 64000};
    struct backoff b = {0};
    uint64_t now = 1000;
    assert_int_equal(backoff_check(&b, 0), 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        backoff_fail(&b, now);
        assert_int_equal(backoff_check(&b, now), steps[i]);
        assert_int_equal(backoff_check(&b, now + steps[i] - 1u), steps[i]);
        assert_int_equal(backoff_check(&b, now + steps[i]), 0);
        now += steps[i];
    }
    b.failures = UINT32_MAX;
    backoff_fail(&b, now);
    assert_int_equal(backoff_check(&b, now), 64000);
    EXPECT_PANIC((backoff_fail(&b, UINT64_MAX), 0));
}

static void the_third_failure_within_a_minute_starts_the_cool_down(void **state)
{
    struct throttle_slot slots[4] = {0};
    struct throttle t = {.slots = slots, .count = 4};
    assert_true(throttle_check(&t, 1, who("w"), 0) == 0);
    assert_false(throttle_fail(&t, 1, who("w"), 1000));
    assert_false(throttle_fail(&t, 1, who("w"), 2000));
    assert_true(throttle_check(&t, 1, who("w"), 2000) == 0);
    assert_true(throttle_fail(&t, 1, who("w"), 61000)); /* exactly 60 s after the first */
    assert_true(throttle_check(&t, 1, who("w"), 61000) == 90000);
    assert_true(throttle_check(&t, 1, who("w"), 150999) == 1);
    assert_true(throttle_check(&t, 1, who("w"), 151000) == 0);
}

static void failures_that_are_further_apart_do_not_add_up(void **state)
{
    struct throttle_slot slots[1] = {0};
    struct throttle t = {.slots = slots, .count = 1};
    for (uint64_t now = 0; now < 1000000; now += 30001)
        assert_false(throttle_fail(&t, 0, who("s"), now));
    assert_true(throttle_check(&t, 0, who("s"), 1000000) == 0);
}

static void pairs_that_are_watched_or_cooling_down_are_counted(void **state)
{
    struct throttle_slot slots[2] = {0};
    struct throttle t = {.slots = slots, .count = 2};
    assert_int_equal(t.used, 0);
    throttle_fail(&t, 1, who("a"), 0);
    throttle_fail(&t, 1, who("a"), 0);
    assert_int_equal(t.used, 1);
    throttle_fail(&t, 2, who("a"), 0);
    assert_int_equal(t.used, 2);
    throttle_fail(&t, 3, who("a"), 0); /* in another's place */
    assert_int_equal(t.used, 2);
}

static void any_minute_counts_not_only_the_one_from_the_first_failure(void **state)
{
    struct throttle_slot slots[1] = {0};
    struct throttle t = {.slots = slots, .count = 1};
    assert_false(throttle_fail(&t, 0, who("s"), 0));
    assert_false(throttle_fail(&t, 0, who("s"), 59000));
    assert_false(throttle_fail(&t, 0, who("s"), 60001));
    assert_true(throttle_fail(&t, 0, who("s"), 62000));
}

static void failures_during_a_cool_down_neither_count_nor_prolong_it(void **state)
{
    struct throttle_slot slots[1] = {0};
    struct throttle t = {.slots = slots, .count = 1};
    throttle_fail(&t, 0, who("s"), 0);
    throttle_fail(&t, 0, who("s"), 0);
    assert_true(throttle_fail(&t, 0, who("s"), 0));
    for (uint64_t now = 1; now < 90000; now += 1000)
        assert_false(throttle_fail(&t, 0, who("s"), now));
    assert_true(throttle_check(&t, 0, who("s"), 89999) == 1);
    assert_false(throttle_fail(&t, 0, who("s"), 90000));
    assert_false(throttle_fail(&t, 0, who("s"), 90001));
    assert_true(throttle_fail(&t, 0, who("s"), 90002));
}

static void role_and_subject_are_counted_as_a_pair(void **state)
{
    struct throttle_slot slots[8] = {0};
    struct throttle t = {.slots = slots, .count = 8};
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("a"), 0);
    assert_true(throttle_check(&t, 1, who("a"), 1) > 0);
    assert_true(throttle_check(&t, 2, who("a"), 1) == 0);
    assert_true(throttle_check(&t, 1, who("b"), 1) == 0);
    assert_true(throttle_check(&t, 1, who(""), 1) == 0);
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 0, bytes_of(NULL, 0), 0);
    assert_true(throttle_check(&t, 0, who(""), 1) > 0);
}

static void a_full_table_gives_up_what_is_over_longest(void **state)
{
    struct throttle_slot slots[3] = {0};
    struct throttle t = {.slots = slots, .count = 3};
    throttle_fail(&t, 1, who("b"), 2000); /* over at 62000 */
    throttle_fail(&t, 1, who("a"), 1000); /* over at 61000, the longest */
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("cool"), 3000); /* until 93000 */
    throttle_fail(&t, 1, who("d"), 70000);
    assert_int_equal(slots[1].strikes, 1);
    assert_true(slots[1].failed_ms[0] == 70000); /* a went */
    assert_true(slots[0].failed_ms[0] == 2000);
    assert_true(throttle_check(&t, 1, who("cool"), 70000) > 0);
}

static void a_full_table_of_running_windows_gives_up_the_oldest_but_no_cool_down(void **state)
{
    struct throttle_slot slots[3] = {0};
    struct throttle t = {.slots = slots, .count = 3};
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("cool"), 0);
    throttle_fail(&t, 1, who("new"), 2000);
    throttle_fail(&t, 1, who("old"), 1000);
    throttle_fail(&t, 1, who("old"), 3000);
    throttle_fail(&t, 1, who("next"), 4000); /* old goes: its window began first */
    assert_false(throttle_fail(&t, 1, who("new"), 4000));
    assert_true(throttle_fail(&t, 1, who("new"), 4001));
    assert_true(throttle_check(&t, 1, who("cool"), 4001) > 0);
}

static void a_table_full_of_cool_downs_gives_up_the_one_that_ends_first(void **state)
{
    struct throttle_slot slots[2] = {0};
    struct throttle t = {.slots = slots, .count = 2};
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("late"), 1000);
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("early"), 0);
    throttle_fail(&t, 1, who("x"), 2000);
    assert_true(throttle_check(&t, 1, who("early"), 2000) == 0);
    assert_true(throttle_check(&t, 1, who("late"), 2000) == 89000);
}

static void a_slot_whose_cool_down_ends_just_now_is_not_preferred_to_one_that_is_over(void **state)
{
    struct throttle_slot slots[2] = {0};
    struct throttle t = {.slots = slots, .count = 2};
    for (int i = 0; i < 3; i++)
        throttle_fail(&t, 1, who("cooled"), 10000); /* until 100000 */
    throttle_fail(&t, 1, who("over"), 30000);       /* until 90000 */
    throttle_fail(&t, 1, who("x"), 100000);
    assert_true(slots[0].cool_until_ms == 100000);
    throttle_fail(&t, 1, who("y"), 100000);
    assert_true(slots[0].cool_until_ms == 0);
    assert_true(slots[1].failed_ms[0] == 100000);
}

static void time_that_stands_still_or_steps_back_is_harmless(void **state)
{
    struct throttle_slot slots[1] = {0};
    struct throttle t = {.slots = slots, .count = 1};
    assert_false(throttle_fail(&t, 0, who("s"), 5000));
    assert_false(throttle_fail(&t, 0, who("s"), 4000));
    assert_true(throttle_fail(&t, 0, who("s"), 4000));
}

static void wrong_calls_halt(void **state)
{
    struct throttle_slot slots[1] = {0};
    struct throttle t = {.slots = slots, .count = 1}, none = {.slots = slots};
    EXPECT_PANIC(throttle_fail(&none, 0, who("s"), 0));
    EXPECT_PANIC(throttle_fail(&t, 0, who("s"), UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_backs_off_in_doubling_steps_up_to_a_bound),
        cmocka_unit_test(the_third_failure_within_a_minute_starts_the_cool_down),
        cmocka_unit_test(failures_that_are_further_apart_do_not_add_up),
        cmocka_unit_test(pairs_that_are_watched_or_cooling_down_are_counted),
        cmocka_unit_test(any_minute_counts_not_only_the_one_from_the_first_failure),
        cmocka_unit_test(failures_during_a_cool_down_neither_count_nor_prolong_it),
        cmocka_unit_test(role_and_subject_are_counted_as_a_pair),
        cmocka_unit_test(a_full_table_gives_up_what_is_over_longest),
        cmocka_unit_test(a_full_table_of_running_windows_gives_up_the_oldest_but_no_cool_down),
        cmocka_unit_test(a_table_full_of_cool_downs_gives_up_the_one_that_ends_first),
        cmocka_unit_test(a_slot_whose_cool_down_ends_just_now_is_not_preferred_to_one_that_is_over),
        cmocka_unit_test(time_that_stands_still_or_steps_back_is_harmless),
        cmocka_unit_test(wrong_calls_halt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
