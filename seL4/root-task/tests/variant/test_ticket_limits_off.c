/* Tickets where the manifest sets no limit of its own to a scope's rate. */
#include "support/p9_client.h"

static void no_limit_lets_every_rate_in(void **state)
{
    struct bench *b = *state;
    char aname[TICKET_TEXT_BYTES + 64];
    struct mint m = {.role = ROLE_QUEEN, .scope = "/proc", .scope_verb = TICKET_READ, .scope_rate = 1000000};
    uint32_t err;
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", aname), 0);
    assert_string_equal(p9_cat(b, 1, "proc/lifecycle/state", &err), "state=ONLINE\n");
    leave(b, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_limit_lets_every_rate_in, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
