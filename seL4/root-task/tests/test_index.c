/* Entries in two orders against a plain model: a seeded sequence of entries that come, change and go. */
#include "support/test.h"

#include "base/index.h"
#include "support/invariants.h"

#define CAP 24u

struct entry {
    struct token name;
    uint64_t rank;
};

static struct key key_of(const void *pool, uint32_t slot, uint32_t order)
{
    const struct entry *e = (const struct entry *)pool + slot;
    return order == 0 ? (struct key){.a = token_bytes(&e->name)} : (struct key){.u = e->rank, .v = e->name.text[0]};
}

static void entries_are_found_in_every_order_whatever_comes_and_goes(void **state)
{
    static struct entry pool[CAP];
    uint16_t slots[2 * CAP];
    struct index ix;
    uint32_t where[CAP], seed = 5, n = 0;
    index_init(&ix, slots, CAP, 2, pool, key_of, NULL, NULL);
    for (uint32_t i = 0; i < CAP; i++)
        where[i] = CAP;
    for (uint32_t step = 0; step < 3000; step++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t who = (seed >> 16) % CAP;
        uint8_t name[2] = {(uint8_t)('a' + who), 'x'};
        if (where[who] < CAP && step % 3 == 0) {
            index_take(&ix, where[who]);
            where[who] = CAP;
            n--;
        } else if (where[who] < CAP) { /* changes, and keeps its slot */
            index_take(&ix, where[who]);
            assert_int_equal(index_free(&ix), where[who]);
            pool[where[who]].rank = seed >> 28;
            index_put(&ix);
        } else {
            where[who] = index_free(&ix);
            token_set(&pool[where[who]].name, bytes_of(name, 2));
            pool[where[who]].rank = seed >> 28;
            index_put(&ix);
            n++;
        }
        assert_int_equal(ix.n, n);
        assert_true(index_valid(&ix));
        assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_of(name, 2)}), where[who]);
        assert_int_equal(index_slot(&ix, 1, n), CAP);
    }
    for (uint32_t at = 1; at < n; at++)
        assert_true(pool[index_slot(&ix, 1, at - 1)].rank <= pool[index_slot(&ix, 1, at)].rank);
}

static void what_is_due_comes_first_and_tells_when_the_next_is(void **state)
{
    static struct entry pool[3] = {{{1, "a"}, 7}, {{1, "b"}, 3}, {{1, "c"}, 5}};
    uint16_t slots[6];
    uint64_t next;
    struct index ix;
    index_init(&ix, slots, 3, 2, pool, key_of, NULL, NULL);
    assert_int_equal(index_due(&ix, 1, UINT64_MAX, &next), 3);
    assert_int_equal(next, UINT64_MAX);
    for (uint32_t i = 0; i < 3; i++)
        index_put(&ix);
    assert_int_equal(index_due(&ix, 1, 2, &next), 3);
    assert_int_equal(next, 3);
    assert_int_equal(index_due(&ix, 1, 5, &next), 1);
    index_take(&ix, 1);
    assert_int_equal(index_due(&ix, 1, 5, &next), 2);
    index_take(&ix, 2);
    assert_int_equal(index_due(&ix, 1, 5, &next), 3);
    assert_int_equal(next, 7);
}

static struct key pair_of(const void *pool, uint32_t slot, uint32_t order)
{
    const struct entry *e = (const struct entry *)pool + slot;
    return (struct key){.a = bytes_of(e->name.text, 1), .b = bytes_of(e->name.text + 1, 1), .v = e->rank};
}

static void the_first_of_its_texts_is_found_whatever_its_numbers(void **state)
{
    static struct entry pool[3] = {{{2, "ab"}, 9}, {{2, "ab"}, 4}, {{2, "ac"}, 1}};
    uint16_t slots[3];
    struct index ix;
    index_init(&ix, slots, 3, 1, pool, pair_of, NULL, NULL);
    for (uint32_t i = 0; i < 3; i++)
        index_put(&ix);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("a")}), 1);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("a"), .b = bytes_str("b")}), 1);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("a"), .b = bytes_str("b"), .v = 5}), 0);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("a"), .b = bytes_str("c")}), 2);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("a"), .b = bytes_str("d")}), 3);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.a = bytes_str("b")}), 3);
    assert_int_equal(index_slot_of(&ix, 0, (struct key){.v = 0}), 3);
}

static void levels_follow_the_entries_and_their_places_of_all_that_share_them(void **state)
{
    static struct entry pool[3] = {{{1, "a"}, 7}, {{1, "b"}, 3}, {{1, "c"}, 5}};
    uint16_t slots[6], others[3];
    struct level entries = {0}, places = {0};
    struct index ix, other;
    index_init(&ix, slots, 3, 2, pool, key_of, &entries, &places);
    index_init(&other, others, 3, 1, pool, key_of, &entries, &places);
    index_put(&ix);
    index_put(&ix);
    index_put(&other);
    assert_int_equal(entries.used, 3);
    assert_int_equal(places.used, 5);
    index_take(&ix, 0);
    assert_int_equal(entries.used, 2);
    assert_int_equal(places.used, 3);
    index_take(&other, 0);
    index_put(&ix);
    assert_int_equal(entries.used, 2);
    assert_int_equal(entries.peak, 3);
    assert_int_equal(places.used, 4);
    assert_int_equal(places.peak, 5);
}

static void a_broken_order_is_noticed(void **state)
{
    static struct entry pool[2] = {{{1, "a"}, 1}, {{1, "b"}, 2}};
    uint16_t slots[4];
    struct index ix;
    index_init(&ix, slots, 2, 2, pool, key_of, NULL, NULL);
    index_put(&ix);
    index_put(&ix);
    assert_true(index_valid(&ix));
    pool[0].rank = 3;
    assert_false(index_valid(&ix));
}

static void a_full_index_and_keys_and_slots_that_do_not_fit_in_halt(void **state)
{
    static struct entry pool[2] = {{{1, "a"}, 1}, {{1, "a"}, 1}};
    uint16_t slots[4];
    struct index ix;
    index_init(&ix, slots, 2, 2, pool, key_of, NULL, NULL);
    EXPECT_PANIC(index_take(&ix, 0));
    index_put(&ix);
    EXPECT_PANIC(index_put(&ix)); /* another with the same key */
    pool[1] = (struct entry){{1, "b"}, 2};
    index_put(&ix);
    assert_true(index_valid(&ix));
    EXPECT_PANIC(index_put(&ix));
    EXPECT_PANIC(index_take(&ix, 2));
}

static void a_place_is_found_between_what_stands_before_and_behind(void **state)
{
    static struct entry pool[3] = {{{1, "d"}, 1}, {{1, "b"}, 2}, {{1, "f"}, 3}};
    uint16_t slots[6];
    struct index ix;
    index_init(&ix, slots, 3, 2, pool, key_of, NULL, NULL);
    for (uint32_t n = 0; n <= 3; n++) {
        for (uint8_t c = 'a'; c <= 'g'; c++) {
            bool found;
            uint32_t before = 0, equal = 0;
            for (uint32_t slot = 0; slot < n; slot++) {
                before += pool[slot].name.text[0] < c;
                equal += pool[slot].name.text[0] == c;
            }
            assert_int_equal(index_find(&ix, 0, &(struct key){.a = bytes_of(&c, 1)}, &found), before);
            assert_true(found == equal);
        }
        if (n < 3)
            index_put(&ix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_in_every_order_whatever_comes_and_goes),
        cmocka_unit_test(what_is_due_comes_first_and_tells_when_the_next_is),
        cmocka_unit_test(the_first_of_its_texts_is_found_whatever_its_numbers),
        cmocka_unit_test(levels_follow_the_entries_and_their_places_of_all_that_share_them),
        cmocka_unit_test(a_broken_order_is_noticed),
        cmocka_unit_test(a_full_index_and_keys_and_slots_that_do_not_fit_in_halt),
        cmocka_unit_test(a_place_is_found_between_what_stands_before_and_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
