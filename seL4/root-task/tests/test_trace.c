/* TraceFS: events, their filter, and the views of one worker. */
#include "support/p9_client.h"

static const char everything[] =
    "{\"set\":{\"level\":\"info\",\"cats\":[\"audit\",\"auth\",\"boot\",\"console\",\"lifecycle\",\"ninep\",\"session\","
    "\"telemetry\",\"ticket\",\"worker\"]}}\n";

/* All events as text. */
static const char *events(struct bench *b)
{
    content(b, "/trace/events");
    return b->answer;
}

static void set_filter(struct bench *b, const char *line)
{
    char ask_line[256], want[256];
    snprintf(ask_line, sizeof ask_line, "ECHO /trace/ctl %s", line);
    snprintf(want, sizeof want, "OK ECHO path=/trace/ctl bytes=%zu\n", strlen(line));
    expect(b, 1, ask_line, want);
}

static void a_fresh_hive_tells_its_boot(void **state)
{
    struct bench *b = *state;
    char want[512];
    snprintf(want, sizeof want,
             "{\"seq\":1,\"ts_ms\":0,\"level\":\"info\",\"cat\":\"boot\",\"text\":\"ready manifest=%s\"}\n"
             "{\"seq\":2,\"ts_ms\":0,\"level\":\"info\",\"cat\":\"lifecycle\",\"text\":\"transition old=BOOTING new=ONLINE "
             "reason=auto\"}\n",
             COH_MANIFEST_SHA256);
    assert_string_equal(events(b), want);
    expect_file(b, "/trace/ctl", everything);
}

static void sessions_and_workers_leave_events_as_they_come_and_go(void **state)
{
    struct bench *b = *state;
    b->now = 7;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    ask(b, 1, "KILL worker-1");
    leave(b, 1);
    static const char want[] =
        "{\"seq\":3,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"session\",\"text\":\"attached id=1 role=queen\"}\n"
        "{\"seq\":4,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"audit\",\"text\":\"op=ATTACH role=queen result=ok\"}\n"
        "{\"seq\":5,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":\"spawned id=worker-1 "
        "role=worker-heartbeat\"}\n"
        "{\"seq\":6,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"audit\",\"text\":\"op=write role=queen result=ok "
        "path=/queen/ctl\"}\n"
        "{\"seq\":7,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":\"ended id=worker-1 "
        "role=worker-heartbeat reason=killed tick=0\"}\n"
        "{\"seq\":8,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"audit\",\"text\":\"op=write role=queen result=ok "
        "path=/queen/ctl\"}\n"
        "{\"seq\":9,\"ts_ms\":7,\"level\":\"info\",\"cat\":\"session\",\"text\":\"ended id=1 role=queen\"}\n";
    const char *got = strstr(events(b), "{\"seq\":3,");
    assert_non_null(got);
    assert_string_equal(got, want);
}

static void only_what_the_filter_lets_through_is_kept_and_numbered(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    set_filter(b, "{\"set\":{\"level\":\"debug\",\"cats\":[\"worker\",\"console\"]}}");
    expect(b, 1, "CAT /trace/ctl",
           "OK CAT path=/trace/ctl data={\"set\":{\"level\":\"debug\",\"cats\":[\"console\",\"worker\"]}}\n"
           "{\"set\":{\"level\":\"debug\",\"cats\":[\"console\",\"worker\"]}}\nEND\n");
    uint64_t seq = b->h->trace.seq;
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":1}");
    pass_ms(b, COH_WORKERS_HEARTBEAT_MS);
    char want[600];
    snprintf(want, sizeof want,
             "{\"seq\":%u,\"ts_ms\":0,\"level\":\"debug\",\"cat\":\"console\",\"text\":\"verb=SPAWN session=1\"}\n"
             "{\"seq\":%u,\"ts_ms\":0,\"level\":\"info\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":\"spawned "
             "id=worker-1 role=worker-heartbeat\"}\n"
             "{\"seq\":%u,\"ts_ms\":250,\"level\":\"debug\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":"
             "\"{\\\"tick\\\":1,\\\"ts_ms\\\":250}\"}\n"
             "{\"seq\":%u,\"ts_ms\":250,\"level\":\"info\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":\"ended "
             "id=worker-1 role=worker-heartbeat reason=ticks tick=1\"}\n",
             (unsigned)seq + 1, (unsigned)seq + 2, (unsigned)seq + 3, (unsigned)seq + 4);
    const char *got = strstr(events(b), "\"text\":\"verb=SPAWN");
    assert_non_null(got);
    while (got > events(b) && got[-1] != '\n')
        got--;
    assert_string_equal(got, want);
    set_filter(b, "{\"set\":{\"cats\":[]}}");
    seq = b->h->trace.seq;
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    assert_int_equal(b->h->trace.seq, seq);
    expect_holds(b, 1, "CAT /trace/ctl", "{\"set\":{\"level\":\"debug\",\"cats\":[]}}\nEND\n");
    leave(b, 1);
}

static void a_filter_that_is_not_one_changes_nothing(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *line, *detail;
    } rows[] = {
        {"{", "invalid-json"},
        {"{\"set\":{\"level\":\"info\"}} x", "invalid-json"},
        {"{}", "invalid-fields"},
        {"{\"set\":{}}", "invalid-fields"},
        {"{\"set\":[]}", "invalid-fields"},
        {"{\"set\":{\"level\":3}}", "invalid-fields"},
        {"{\"set\":{\"level\":\"info\",\"level\":\"info\"}}", "invalid-fields"},
        {"{\"set\":{\"level\":\"info\",\"colour\":1}}", "invalid-fields"},
        {"{\"set\":{\"level\":\"info\"},\"get\":1}", "invalid-fields"},
        {"{\"set\":{\"level\":\"loud\"}}", "unknown-level"},
        {"{\"set\":{\"level\":\"INFO\"}}", "unknown-level"},
        {"{\"set\":{\"level\":\"a name that no level has\"}}", "unknown-level"},
        {"{\"set\":{\"cats\":[\"boot\",\"nine\"]}}", "unknown-category"},
        {"{\"set\":{\"cats\":[7]}}", "unknown-category"},
        {"{\"set\":{\"cats\":[\"boot\",\"boot\"]}}", "duplicate-category"},
        {"{\"set\":{\"level\":\"debug\",\"cats\":[\"nine\"]}}", "unknown-category"},
    };
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256], part[120];
        snprintf(line, sizeof line, "ECHO /trace/ctl %s", rows[i].line);
        snprintf(part, sizeof part, "ERR ECHO reason=policy detail=%s path=/trace/ctl error=", rows[i].detail);
        expect_holds(b, 1, line, part);
        expect_file(b, "/trace/ctl", everything);
    }
    leave(b, 1);
}

static void the_ring_is_bounded_and_its_numbers_have_no_gap(void **state)
{
    struct bench *b = *state;
    for (uint32_t i = 0; i < 2000; i++)
        trace(b->h, TRACE_INFO, TRACE_BOOT, 0, bytes_str("again and again, until the ring has gone round several times"));
    const struct ring *r = &b->h->trace.events;
    assert_true(r->dropped > 0 && r->used <= COH_POOL_TRACE_ELEM);
    assert_int_equal(b->h->trace.seq, 2002);
    uint64_t seq = r->dropped;
    for (const char *at = events(b); *at; at = strchr(at, '\n') + 1) {
        assert_memory_equal(at, "{\"seq\":", 7);
        assert_int_equal(strtoull(at + 7, NULL, 10), ++seq);
    }
    assert_int_equal(seq, 2002);
    assert_true(hive_check(b->h));
    assert_int_equal(b->h->budget.of[POOL_trace].used, r->used);
}

static void texts_are_escaped_and_cut_between_characters(void **state)
{
    struct bench *b = *state;
    char text[TRACE_TEXT_BYTES + 2];
    memset(text, 'x', sizeof text);
    memcpy(text + TRACE_TEXT_BYTES - 1, "\xc3\xa4", 2);
    trace(b->h, TRACE_ERROR, TRACE_BOOT, 0, bytes_of("a\"b\\c\x01", 6));
    assert_non_null(strstr(events(b), "\"level\":\"error\",\"cat\":\"boot\",\"text\":\"a\\\"b\\\\c\\u0001\"}\n"));
    trace(b->h, TRACE_WARN, TRACE_BOOT, 0, bytes_of(text, TRACE_TEXT_BYTES + 1));
    const char *got = strstr(events(b), "\"text\":\"xx");
    assert_int_equal(strspn(got + 8, "x"), TRACE_TEXT_BYTES - 1);
    assert_memory_equal(got + 8 + TRACE_TEXT_BYTES - 1, "\"}\n", 3);
    for (uint32_t i = 0; i < TRACE_TEXT_BYTES; i++)
        text[i] = 1;
    trace(b->h, TRACE_ERROR, TRACE_LIFECYCLE, UINT64_MAX, bytes_of(text, TRACE_TEXT_BYTES));
    assert_true(hive_check(b->h));
}

static void a_worker_s_trace_is_its_own_events_in_all_three_places(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    for (uint32_t i = 0; i < 11; i++)
        ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    expect(b, 2, "CAT /worker/worker-2/trace",
           "ERR CAT reason=policy detail=denied path=/worker/worker-2/trace error=EPERM\n");
    char text[2048];
    size_t n = content(b, "/worker/worker-1/trace").n;
    assert_true(n < sizeof text);
    memcpy(text, b->answer, n + 1);
    assert_non_null(strstr(text, "\"level\":\"info\",\"cat\":\"worker\",\"worker\":\"worker-1\",\"text\":\"spawned id=worker-1 "));
    assert_non_null(strstr(text, "\"cat\":\"session\",\"worker\":\"worker-1\",\"text\":\"attached id=2 role=worker-heartbeat\"}\n"));
    assert_non_null(strstr(text, "\"level\":\"warn\",\"cat\":\"audit\",\"worker\":\"worker-1\",\"text\":\"op=walk "));
    assert_null(strstr(text, "worker-10"));
    assert_null(strstr(text, "worker-11"));
    expect_file(b, "/proc/worker-1/trace", text);
    expect_file(b, "/shard/13/worker/worker-1/trace", text);
    expect(b, 1, "LS /proc/worker-1", "OK LS path=/proc/worker-1 entries=1\ntrace\nEND\n");
    expect_holds(b, 1, "LS /proc", "worker-1\nworker-10\nworker-11\nworker-2\n");
    expect_holds(b, 2, "CAT /worker/worker-1/trace", "OK CAT path=/worker/worker-1/trace data=");
    expect_holds(b, 2, "CAT /shard/13/worker/worker-1/trace", "OK CAT");
    expect(b, 2, "CAT /proc/worker-1/trace", "ERR CAT reason=policy detail=denied path=/proc/worker-1/trace error=EPERM\n");
    expect(b, 2, "CAT /trace/events", "ERR CAT reason=policy detail=denied path=/trace/events error=EPERM\n");
    expect(b, 2, "LS /trace", "ERR LS reason=policy detail=denied path=/trace error=EPERM\n");
    ask(b, 1, "KILL worker-1");
    expect_holds(b, 1, "CAT /proc/worker-1/trace", "detail=invalid-path");
    assert_non_null(strstr(events(b), "\"level\":\"warn\",\"cat\":\"session\",\"worker\":\"worker-1\",\"text\":\"revoked id=2 "
                                      "reason=worker-ended\"}\n"));
    leave(b, 1);
    leave(b, 2);
}

static void requests_are_events_at_debug_and_never_hold_a_secret(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    join_queen(b, 1);
    set_filter(b, "{\"set\":{\"level\":\"trace\"}}");
    p9_queen(b, 2);
    assert_non_null(p9_cat(b, 2, "proc/lifecycle/state", &err));
    assert_int_equal(p9_walk(b, 2, 0, 1, "nope"), 2);
    ask(b, 1, "ATTACH queen cohesix-ticket-00.11");
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    expect_holds(b, 1, "ECHO /worker/worker-1/telemetry my payload", "OK ECHO");
    expect_holds(b, 1, "LS /proc/lifecycle", "OK LS");
    leave(b, 2);
    const char *all = events(b);
    assert_non_null(strstr(all, "\"level\":\"debug\",\"cat\":\"ninep\",\"text\":\"op=ATTACH tag=1 fid=0 session=0 result=ok\"}\n"));
    assert_non_null(strstr(all, "\"cat\":\"ninep\",\"text\":\"op=read tag=4 fid=63 session=2 result=ok\"}\n"));
    assert_non_null(strstr(all, "\"cat\":\"ninep\",\"text\":\"op=clunk tag=6 fid=63 session=2 result=ok\"}\n"));
    assert_non_null(strstr(all, "\"cat\":\"ninep\",\"text\":\"op=walk tag=2 fid=0 session=2 result=policy\"}\n"));
    assert_non_null(strstr(all, "\"cat\":\"console\",\"text\":\"verb=LS session=1 path=/proc/lifecycle\"}\n"));
    assert_non_null(strstr(all, "\"cat\":\"console\",\"text\":\"verb=ATTACH session=1\"}\n"));
    assert_non_null(strstr(all, "\"level\":\"trace\",\"cat\":\"telemetry\",\"worker\":\"worker-1\",\"text\":\"record bytes=11\"}\n"));
    assert_null(strstr(all, TOKEN));
    assert_null(strstr(all, "my payload"));
    assert_null(strstr(all, "cohesix-ticket"));
    leave(b, 1);
}

static void a_ticket_s_budget_is_told_by_its_hash_when_it_begins_and_when_it_is_used_up(void **state)
{
    struct bench *b = *state;
    struct mint ops = {.role = ROLE_QUEEN, .has_ops = true, .ops = 1};
    join(b, 1);
    attach_with(b, 1, "queen", &ops);
    ask(b, 1, "LS /");
    ask(b, 1, "LS /");
    const char *begun = strstr(events(b), "\"cat\":\"ticket\",\"text\":\"budget begun ticket=");
    const char *audited = strstr(events(b), "op=ATTACH role=queen ticket=");
    assert_non_null(begun);
    assert_non_null(audited);
    assert_memory_equal(strstr(begun, "ticket="), strstr(audited, "ticket="), 7 + 16);
    assert_non_null(strstr(events(b), "\"level\":\"warn\",\"cat\":\"session\",\"text\":\"revoked id=1 reason=budget\"}\n"));
    leave(b, 1);
}

/* Else each read would append what the next one finds, and `cat` would have no end. */
static void whoever_reads_a_trace_does_not_hear_himself(void **state)
{
    struct bench *b = *state;
    static const char *const files[] = {"trace/events", "worker/worker-1/trace", "proc/worker-1/trace", "trace/events.pos"};
    char aname[TICKET_TEXT_BYTES + 64];
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    struct p9_msg r;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}"), 0);
    assert_int_equal(p9_echo(b, 1, "trace/ctl", "{\"set\":{\"level\":\"trace\"}}"), 0);
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    p9_connect(b, 2);
    assert_int_equal(p9_attach(b, 2, 0, "", aname), 0);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t conn = i == 1 ? 2 : 1;
        assert_int_equal(p9_walk(b, conn, 0, 10 + i, files[i]), 0);
        uint64_t seq = b->h->trace.seq;
        assert_int_equal(p9_open(b, conn, 10 + i, 0), 0);
        assert_true(p9_read(b, conn, 10 + i, 0, 4096, &r) > 0);
        assert_int_equal(b->h->trace.seq, seq);
    }
    leave(b, 1);
    leave(b, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_fresh_hive_tells_its_boot),
        TEST(sessions_and_workers_leave_events_as_they_come_and_go),
        TEST(only_what_the_filter_lets_through_is_kept_and_numbered),
        TEST(a_filter_that_is_not_one_changes_nothing),
        TEST(the_ring_is_bounded_and_its_numbers_have_no_gap),
        TEST(texts_are_escaped_and_cut_between_characters),
        TEST(a_worker_s_trace_is_its_own_events_in_all_three_places),
        TEST(requests_are_events_at_debug_and_never_hold_a_secret),
        TEST(whoever_reads_a_trace_does_not_hear_himself),
        TEST(a_ticket_s_budget_is_told_by_its_hash_when_it_begins_and_when_it_is_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
