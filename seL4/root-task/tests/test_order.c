/* Sorted slots against a plain model: a seeded sequence of insertions and removals, every place looked for. */
#include "support/test.h"

#include "base/order.h"

#define SLOTS 40u

/* What slot s holds; several may hold the same. */
static int compare_tenth(const void *ctx, uint16_t slot)
{
    return (int)(slot / 10u) - *(const int *)ctx;
}

static int compare_slot(const void *ctx, uint16_t slot)
{
    return (int)slot - *(const int *)ctx;
}

static void a_place_is_found_between_what_stands_before_and_behind(void **state)
{
    uint16_t slots[SLOTS];
    uint32_t n = 0;
    bool in[SLOTS] = {false}, found;
    uint32_t seed = 7;
    for (uint32_t step = 0; step < 2000; step++) {
        seed = seed * 1664525u + 1013904223u;
        int slot = (int)(seed >> 16) % (int)SLOTS;
        uint32_t at = order_find(slots, n, compare_slot, &slot, &found);
        assert_true(found == in[slot]);
        if (found)
            order_remove(slots, &n, at);
        else
            order_insert(slots, &n, at, (uint32_t)slot);
        in[slot] = !found;
        uint32_t seen = 0;
        for (uint16_t s = 0; s < SLOTS; s++) {
            if (in[s])
                assert_int_equal(slots[seen++], s);
        }
        assert_int_equal(seen, n);
    }
}

static void of_equals_the_first_is_found(void **state)
{
    const uint16_t slots[] = {1, 2, 11, 12, 13, 31};
    bool found;
    int tenth = 1;
    assert_int_equal(order_find(slots, 6, compare_tenth, &tenth, &found), 2);
    assert_true(found);
    tenth = 2;
    assert_int_equal(order_find(slots, 6, compare_tenth, &tenth, &found), 5);
    assert_false(found);
    tenth = 4;
    assert_int_equal(order_find(slots, 6, compare_tenth, &tenth, &found), 6);
    assert_false(found);
    assert_int_equal(order_find(slots, 0, compare_tenth, &tenth, &found), 0);
    assert_false(found);
}

static void places_outside_halt(void **state)
{
    uint16_t slots[4] = {0};
    uint32_t n = 1;
    EXPECT_PANIC(order_insert(slots, &n, 2, 1));
    EXPECT_PANIC(order_insert(slots, &n, 0, UINT16_MAX + 1u));
    EXPECT_PANIC(order_remove(slots, &n, 1));
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_found_between_what_stands_before_and_behind),
        cmocka_unit_test(of_equals_the_first_is_found),
        cmocka_unit_test(places_outside_halt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
