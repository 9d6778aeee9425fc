/* Windows onto rendered text: every window of every size shows just its bytes of the whole. */
#include "support/test.h"

#include <string.h>

#include "base/fmt.h"

/* A few pieces, an empty one among them. */
static void render(struct text *t)
{
    text_say(t, "role=queen\nfids=", 64, "\n", UINT64_MAX, " ops=", 0);
}

static const char whole[] = "role=queen\nfids=64\n18446744073709551615 ops=0";
#define WHOLE (sizeof whole - 1u)

static void a_window_shows_its_part_of_the_whole_and_counts_all(void **state)
{
    for (size_t skip = 0; skip <= WHOLE + 2u; skip++) {
        for (size_t cap = 0; cap <= WHOLE + 2u; cap++) {
            uint8_t out[WHOLE + 3u];
            memset(out, 0xee, sizeof out);
            struct text t = text_window(out, cap, skip);
            render(&t);
            assert_int_equal(t.total, WHOLE);
            struct bytes want = bytes_sub(LIT(whole), skip, cap);
            assert_true(bytes_eq(bytes_of(out, t.n), want));
            assert_int_equal(out[t.n], 0xee);
        }
    }
}

static void a_window_far_behind_the_end_stays_empty(void **state)
{
    uint8_t out[4];
    struct text t = text_window(out, sizeof out, UINT64_MAX);
    render(&t);
    assert_true(t.n == 0 && t.total == WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_shows_its_part_of_the_whole_and_counts_all),
        cmocka_unit_test(a_window_far_behind_the_end_stays_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
