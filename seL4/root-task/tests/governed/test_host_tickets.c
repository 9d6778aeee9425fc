/* Host tickets: once each, in order, within their time, from the newest writer only. */
#include "support/p9_client.h"

static const char *spec(uint32_t id, uint64_t expires, uint32_t epoch)
{
    static char line[400];
    snprintf(line, sizeof line,
             "{\"schema\":\"host-ticket/v1\",\"id\":\"t-%u\",\"idempotency_key\":\"k\",\"action\":\"systemd.restart\","
             "\"target\":\"a.service\",\"args\":{\"why\":\"a b\"},\"expires_unix_ms\":%llu,\"writer_epoch\":%u}",
             id, (unsigned long long)expires, epoch);
    return line;
}

static const char *result(uint32_t id, const char *state, uint64_t seq)
{
    static char line[200];
    snprintf(line, sizeof line, "{\"schema\":\"host-ticket-result/v1\",\"id\":\"t-%u\",\"state\":\"%s\",\"seq\":%llu,\"detail\":\"x\"}", id,
             state, (unsigned long long)seq);
    return line;
}

static uint32_t give(struct bench *b, const char *file, const char *line)
{
    char path[64];
    snprintf(path, sizeof path, "host/tickets/%s", file);
    return p9_echo(b, 1, path, line);
}

static void a_repeated_ticket_is_listed_once(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(give(b, "spec", spec(1, 9, 1)), 0);
    const char *text = p9_cat(b, 1, "host/tickets/spec", &err);
    assert_int_equal(strlen(text), strlen(spec(1, 9, 1)) + 1u);
    assert_non_null(strstr(p9_cat(b, 1, "log/queen.log", &err), "dedupe hit id=t-1\n"));
}

static void open_tickets_are_bounded_and_what_is_over_makes_room_oldest_first(void **state)
{
    struct bench *b = *state;
    const uint32_t most = COH_ECOSYSTEM_TICKETS_MAX_ENTRIES;
    p9_queen(b, 1);
    for (uint32_t i = 0; i < most; i++)
        assert_int_equal(give(b, "spec", spec(100 - i, 9, 1)), 0);
    assert_int_equal(give(b, "spec", spec(1, 9, 1)), 16);
    assert_int_equal(give(b, "spec", spec(100, 9, 1)), 0); /* a known one needs no room */
    assert_int_equal(give(b, "status", result(99, "expired", 1)), 0);
    assert_int_equal(give(b, "status", result(100, "expired", 1)), 0);
    assert_int_equal(give(b, "spec", spec(1, 9, 1)), 0);
    assert_int_equal(give(b, "status", result(100, "claimed", 2)), 22); /* the oldest that was over is forgotten */
    assert_int_equal(give(b, "status", result(99, "claimed", 2)), 22);
    assert_int_equal(give(b, "spec", spec(99, 9, 1)), 0); /* over, and known: no second effect */
    assert_int_equal(b->h->host_tickets_state.open, most - 1u);
}

static void a_ticket_whose_time_is_over_expires_and_is_told_in_both_files(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    b->h->facts.rtc_unix_ms = 1000000;
    p9_queen(b, 1);
    assert_int_equal(give(b, "spec", spec(1, 1000000, 1)), 22);
    assert_int_equal(give(b, "spec", spec(1, 1000500, 1)), 0);
    assert_int_equal(give(b, "spec", spec(2, 1000700, 1)), 0);
    assert_int_equal(give(b, "status", result(1, "claimed", 4)), 0);
    pass_ms(b, 499);
    assert_null(strstr(p9_cat(b, 1, "host/tickets/status", &err), "expired"));
    pass_ms(b, 1);
    assert_non_null(strstr(p9_cat(b, 1, "host/tickets/status", &err),
                           "\"id\":\"t-1\",\"state\":\"expired\",\"seq\":5,\"detail\":\"expires_unix_ms\"}\n"));
    assert_string_equal(p9_cat(b, 1, "host/tickets/deadletter", &err),
                        "{\"id\":\"t-1\",\"state\":\"expired\",\"seq\":5,\"detail\":\"expires_unix_ms\"}\n");
    pass_ms(b, 200);
    assert_int_equal(b->h->host_tickets_state.open, 0);
}

/* The hive's own `expired` has the next seq: a result may not take the last one there is. */
static void a_results_seq_leaves_one_for_the_hive(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    b->h->facts.rtc_unix_ms = 1000000;
    p9_queen(b, 1);
    assert_int_equal(give(b, "spec", spec(1, 1000500, 1)), 0);
    assert_int_equal(give(b, "status", result(1, "claimed", UINT64_MAX)), 22);
    assert_int_equal(give(b, "status", result(1, "claimed", UINT64_MAX - 1)), 0);
    pass_ms(b, 500);
    assert_non_null(strstr(p9_cat(b, 1, "host/tickets/status", &err), "\"state\":\"expired\",\"seq\":18446744073709551615,"));
}

static void a_promoted_writer_fences_the_one_before(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    assert_int_equal(give(b, "spec", spec(1, 9, 4)), 0);
    assert_int_equal(give(b, "spec", spec(2, 9, 5)), 0);
    assert_int_equal(give(b, "spec", spec(3, 9, 4)), 1);
    assert_non_null(strstr(p9_cat(b, 1, "proc/queen/epoch", &err), "epoch=5 "));
    assert_non_null(strstr(p9_cat(b, 1, "log/queen.log", &err), "detail=stale-epoch"));
}

static void a_line_as_long_as_the_manifest_allows_is_kept_whole(void **state)
{
    struct bench *b = *state;
    char line[COH_ECOSYSTEM_TICKETS_MAX_LINE_BYTES + 2];
    uint32_t err;
    p9_queen(b, 1);
    int n = snprintf(line, sizeof line,
                     "{\"schema\":\"host-ticket/v1\",\"id\":\"t\",\"idempotency_key\":\"k\",\"action\":\"k8s.lease\",\"target\":\"n\","
                     "\"expires_unix_ms\":9,\"writer_epoch\":1,\"args\":{\"a\":\"");
    memset(line + n, 'x', sizeof line - (size_t)n);
    memcpy(line + sizeof line - 5, "\"}}", 4);
    assert_int_equal(give(b, "spec", line), 0);
    assert_int_equal(strlen(p9_cat(b, 1, "host/tickets/spec", &err)), strlen(line) + 1u);
    memcpy(line + sizeof line - 5, "x\"}}", 5);
    assert_int_equal(give(b, "spec", line), 90);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_repeated_ticket_is_listed_once),
        TEST(open_tickets_are_bounded_and_what_is_over_makes_room_oldest_first),
        TEST(a_ticket_whose_time_is_over_expires_and_is_told_in_both_files),
        TEST(a_results_seq_leaves_one_for_the_hive),
        TEST(a_promoted_writer_fences_the_one_before),
        TEST(a_line_as_long_as_the_manifest_allows_is_kept_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
