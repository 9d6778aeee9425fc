/* The system timer against a model whose clock goes on with every access: time never goes back, and no deadline is
 * missed. */
#include "support/test.h"

#include "board/systimer.h"

#define BASE 0x3000u
#define CHANNEL 1u

static struct {
    uint64_t now, step;      /* microseconds; what one access costs */
    uint32_t compare[4], status;
    uint64_t matched_at;     /* when the channel last matched */
    uint32_t others;         /* writes to channels that are firmware's */
} t;

/* The counter passes each value on its way: a match is equality, as in the device. */
static void pass(uint64_t us)
{
    for (uint32_t c = 0; c < 4; c++) {
        uint32_t ahead = t.compare[c] - (uint32_t)t.now;
        if (ahead > 0 && ahead <= us) {
            t.status |= 1u << c;
            t.matched_at = c == CHANNEL ? t.now + ahead : t.matched_at;
        }
    }
    t.now += us;
}

uint32_t mmio_read(uintptr_t base, uint32_t offset)
{
    assert_int_equal(base, BASE);
    pass(t.step);
    switch (offset) {
    case 0x00: return t.status;
    case 0x04: return (uint32_t)t.now;
    case 0x08: return (uint32_t)(t.now >> 32);
    default: fail(); return 0;
    }
}

void mmio_write(uintptr_t base, uint32_t offset, uint32_t v)
{
    assert_int_equal(base, BASE);
    pass(t.step);
    if (offset == 0x00)
        t.status &= ~v;
    else if (offset == 0x0c + 4 * CHANNEL)
        t.compare[CHANNEL] = v;
    else
        t.others++;
}

static int fresh(void **state)
{
    memset(&t, 0, sizeof t);
    t.now = 1000;
    t.step = 1;
    return 0;
}

static bool rings(void) { return (t.status & 1u << CHANNEL) != 0; }

static void the_halves_of_the_counter_belong_together(void **state)
{
    for (uint64_t before = 0; before < 8; before++) {
        t.now = (UINT64_C(7) << 32) - before;
        uint64_t from = t.now, v = systimer_now(BASE);
        assert_true(v > from && v <= t.now);
    }
}

static void time_never_goes_back(void **state)
{
    t.now = (UINT64_C(1) << 32) - 300;
    uint64_t last = 0;
    for (int i = 0; i < 400; i++) {
        uint64_t v = systimer_now(BASE);
        assert_true(v > last);
        last = v;
    }
}

static void it_rings_at_the_deadline_and_not_before(void **state)
{
    uint64_t from = t.now;
    systimer_arm(BASE, CHANNEL, 5000);
    assert_false(rings());
    pass(4000);
    assert_false(rings());
    pass(2000);
    assert_true(rings());
    assert_in_range(t.matched_at - from, 5000, 5010);
    systimer_clear(BASE, CHANNEL);
    assert_false(rings());
    pass(1000000);
    assert_false(rings());
    assert_int_equal(t.others, 0);
}

/* However slow the machine is between two accesses, a short wait rings, and soon. */
static void a_deadline_that_passes_while_it_is_set_is_not_missed(void **state)
{
    for (uint64_t step = 1; step < 3000; step += 7) {
        for (uint32_t us = 0; us < 40; us += 13) {
            fresh(NULL);
            t.step = step;
            systimer_arm(BASE, CHANNEL, us);
            pass(5 * step + 64);
            assert_true(rings());
        }
    }
}

static void it_rings_across_the_wrap_of_the_lower_half(void **state)
{
    t.now = (UINT64_C(1) << 32) - 100;
    systimer_arm(BASE, CHANNEL, 1000);
    assert_false(rings());
    pass(2000);
    assert_true(rings());
}

static void what_rang_before_does_not_count(void **state)
{
    t.status = 0xf;
    systimer_arm(BASE, CHANNEL, 1000);
    assert_int_equal(t.status, 0xd);
}

static void the_longest_wait_is_in_the_future(void **state)
{
    systimer_arm(BASE, CHANNEL, UINT32_MAX);
    assert_false(rings());
    assert_in_range(t.compare[CHANNEL] - (uint32_t)t.now, 0x7ffffff0u, 0x7fffffffu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_halves_of_the_counter_belong_together, fresh),
        cmocka_unit_test_setup(time_never_goes_back, fresh),
        cmocka_unit_test_setup(it_rings_at_the_deadline_and_not_before, fresh),
        cmocka_unit_test_setup(a_deadline_that_passes_while_it_is_set_is_not_missed, fresh),
        cmocka_unit_test_setup(it_rings_across_the_wrap_of_the_lower_half, fresh),
        cmocka_unit_test_setup(what_rang_before_does_not_count, fresh),
        cmocka_unit_test_setup(the_longest_wait_is_in_the_future, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
