/* /replay: the journal's lines issued again, and what is said of it. */
#include "support/journal.h"
#include "support/p9_client.h"

#define STATUS "/replay/status"
#define IDLE "{\"state\":\"idle\",\"entries\":0,\"sequence_fnv1a\":\"cbf29ce484222325\"}\n"

static uint64_t fnv(const char *acks)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (; *acks; acks++)
        sum = (sum ^ (uint8_t)*acks) * 0x100000001b3u;
    return sum;
}

/* Asks for a replay and lets it run. */
static void replay(struct bench *b, uint32_t conn, uint64_t from)
{
    char line[64];
    snprintf(line, sizeof line, "{\"from\":%llu}", (unsigned long long)from);
    put(b, conn, "/replay/ctl", bytes_str(line));
    expect_file(b, STATUS, IDLE);
    hive_tick(b->h, b->now);
    assert_true(hive_check(b->h));
}

static void expect_ok(struct bench *b, unsigned entries, const char *acks)
{
    char want[128];
    snprintf(want, sizeof want, "{\"state\":\"ok\",\"entries\":%u,\"sequence_fnv1a\":\"%016llx\"}\n", entries,
             (unsigned long long)fnv(acks));
    expect_file(b, STATUS, want);
}

static void expect_err(struct bench *b, unsigned entries, const char *acks, uint64_t from, uint64_t at, const char *detail)
{
    char want[256];
    snprintf(want, sizeof want,
             "{\"state\":\"err\",\"entries\":%u,\"sequence_fnv1a\":\"%016llx\",\"from\":%llu,\"stopped_at\":%llu,\"detail\":\"%s\"}\n",
             entries, (unsigned long long)fnv(acks), (unsigned long long)from, (unsigned long long)at, detail);
    expect_file(b, STATUS, want);
}

static void command(struct bench *b, const char *word)
{
    put(b, 1, "/queen/lifecycle/ctl", bytes_str(word));
}

static uint64_t journal_end(struct bench *b) { return strtoull(exported(b, "journal_next"), NULL, 10); }

static void a_fresh_hive_has_replayed_nothing(void **state)
{
    struct bench *b = *state;
    expect_file(b, STATUS, IDLE);
    expect_file(b, "/replay/ctl", "");
}

static void a_replay_issues_each_line_again_in_order(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    content(b, "/audit/journal");
    char *saved = strdup(b->answer);
    b->now = 50;
    replay(b, 1, 0);
    expect_ok(b, 2, "OK ECHO path=/queen/lifecycle/ctl bytes=6\nOK ECHO path=/queen/lifecycle/ctl bytes=6\n");
    content(b, "/log/queen.log");
    const char *log = strstr(b->answer, "50 lifecycle transition old=ONLINE new=DRAINING reason=cordon\n50 audit op=replay role=queen "
                                        "result=ok path=/queen/lifecycle/ctl\n50 lifecycle transition old=DRAINING new=ONLINE reason=resume\n");
    assert_non_null(log);
    assert_non_null(strstr(log, "50 replay from=0 entries=2 result=ok\n"));
    /* Neither what was replayed nor the line that asked for it is journaled. */
    expect_file(b, "/audit/journal", saved);
    expect_file(b, "/replay/ctl", "{\"from\":0}\n");
    expect_file(b, "/queen/lifecycle/ctl", "cordon\nresume\ncordon\nresume\n");
    free(saved);
}

static void a_replay_begins_at_its_cursor(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    command(b, "cordon");
    uint64_t second = journal_end(b);
    command(b, "resume");
    command(b, "cordon");
    replay(b, 1, second);
    expect_ok(b, 2, "OK ECHO path=/queen/lifecycle/ctl bytes=6\nOK ECHO path=/queen/lifecycle/ctl bytes=6\n");
    replay(b, 1, journal_end(b));
    expect_ok(b, 0, "");
}

static void a_replay_stops_at_the_first_refusal(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    uint64_t third = journal_end(b);
    command(b, "quiesce");
    command(b, "resume");
    command(b, "cordon");
    replay(b, 1, third); /* DRAINING → QUIESCED → ONLINE → DRAINING */
    assert_non_null(strstr((const char *)content(b, STATUS).p, "\"state\":\"ok\",\"entries\":3"));
    replay(b, 1, 0);
    expect_err(b, 1, "ERR ECHO reason=policy detail=invalid-transition path=/queen/lifecycle/ctl error=lifecycle command refused\n", 0, 0,
               "invalid-transition");
    expect_file(b, "/proc/lifecycle/state", "state=DRAINING\n");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "audit op=replay role=queen result=policy detail=invalid-transition path=/queen/lifecycle/ctl"));
    assert_non_null(strstr(b->answer, "replay from=0 entries=1 result=policy\n"));
}

static void a_cursor_that_is_no_entrys_is_refused_and_changes_nothing(void **state)
{
    struct bench *b = *state;
    char line[96];
    join_queen(b, 1);
    command(b, "cordon");
    uint64_t end = journal_end(b);
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":1}",
                 "ERR ECHO reason=policy detail=cursor path=/replay/ctl error=no entry of the journal begins there");
    snprintf(line, sizeof line, "ECHO /replay/ctl {\"from\":%llu}", (unsigned long long)end + 1);
    expect_holds(b, 1, line, "detail=cursor");
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":18446744073709551615}", "detail=cursor");
    expect_holds(b, 1, "ECHO /replay/ctl from", "detail=invalid-json");
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":0,\"to\":1}", "detail=invalid-fields");
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":\"0\"}", "detail=invalid-fields");
    expect_holds(b, 1, "ECHO /replay/ctl {}", "detail=invalid-fields");
    static char blanks[LOG_LINE_BYTES + 12];
    memset(blanks, ' ', sizeof blanks - 1);
    memcpy(blanks, "{\"from\":0}", 10);
    expect_refused(b, 1, "/replay/ctl", bytes_str(blanks), COH_TOO_BIG, NULL);
    hive_tick(b->h, b->now);
    expect_file(b, STATUS, IDLE);
    expect_file(b, "/replay/ctl", "");
}

static void what_is_dropped_is_stale_and_beyond_the_window_is_over_quota(void **state)
{
    struct bench *b = *state;
    char line[96], want[160];
    join_queen(b, 1);
    /* short entries, so that more than replay_max_entries of them fit */
    struct caller queen = {0};
    for (unsigned i = 0; i < COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES + 1; i++)
        journal_keep(b->h, &queen, bytes_str("/a"), bytes_str("x"));
    uint64_t second = journal_start(b->h, 2);
    if (b->h->journal.entries.oldest == 0) {
        expect_holds(b, 1, "ECHO /replay/ctl {\"from\":0}", "ERR ECHO reason=quota path=/replay/ctl error=ELIMIT");
        snprintf(line, sizeof line, "{\"from\":%llu}", (unsigned long long)second);
        put(b, 1, "/replay/ctl", bytes_str(line));
    }
    for (int i = 0; i < 100; i++)
        journal_keep(b->h, &queen, bytes_str("/a"), bytes_str("x"));
    snprintf(want, sizeof want, "ERR ECHO reason=policy detail=stale-cursor oldest=%s path=/replay/ctl", exported(b, "journal_base"));
    hive_tick(b->h, b->now);
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":0}", want);
}

static void one_replay_waits_at_a_time(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    put(b, 1, "/replay/ctl", bytes_str("{\"from\":0}"));
    expect_holds(b, 1, "ECHO /replay/ctl {\"from\":0}", "ERR ECHO reason=busy detail=replay path=/replay/ctl");
    hive_tick(b->h, b->now);
    expect_ok(b, 0, "");
}

static void what_comes_after_the_request_is_not_replayed(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    put(b, 1, "/replay/ctl", bytes_str("{\"from\":0}"));
    command(b, "cordon");
    command(b, "resume");
    hive_tick(b->h, b->now);
    expect_ok(b, 2, "OK ECHO path=/queen/lifecycle/ctl bytes=6\nOK ECHO path=/queen/lifecycle/ctl bytes=6\n");
}

static void a_journal_that_is_overwritten_before_the_tick_is_stale(void **state)
{
    struct bench *b = *state;
    struct caller queen = {0};
    join_queen(b, 1);
    command(b, "cordon");
    put(b, 1, "/replay/ctl", bytes_str("{\"from\":0}"));
    for (int i = 0; i < 100; i++)
        journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_str("x"));
    hive_tick(b->h, b->now);
    expect_err(b, 0, "", 0, 0, "policy");
}

static void a_replay_ends_when_its_asker_is_gone(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    command(b, "cordon");
    put(b, 1, "/replay/ctl", bytes_str("{\"from\":0}"));
    leave(b, 1);
    join_queen(b, 2); /* in the same slot */
    hive_tick(b->h, b->now);
    expect_err(b, 0, "", 0, 0, "cut");
    expect_file(b, "/queen/lifecycle/ctl", "cordon\n");
}

static void an_entry_that_is_only_a_digest_is_not_replayed(void **state)
{
    struct bench *b = *state;
    static char line[5000];
    struct caller queen = {0};
    memset(line, 'x', sizeof line - 1);
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    uint64_t third = journal_end(b);
    journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_str(line));
    replay(b, 1, 0);
    expect_err(b, 3,
               "OK ECHO path=/queen/lifecycle/ctl bytes=6\nOK ECHO path=/queen/lifecycle/ctl bytes=6\n"
               "ERR ECHO reason=policy detail=digest-only path=/queen/ctl error=the journal holds only this line's digest\n",
               0, third, "digest-only");
}

/* Appends an entry as somebody might who made a journal of his own. */
static uint64_t forge(struct bench *b, const char *path, const char *line)
{
    char text[512], head[65];
    uint64_t at = journal_end(b), seq = b->h->journal.seq + 1;
    snprintf(head, sizeof head, "%s", exported(b, "head"));
    snprintf(text, sizeof text, "{\"seq\":%llu,\"ms\":1,\"role\":\"queen\",\"path\":\"%s\",\"line\":\"%s\",\"prev\":\"%s\"}",
             (unsigned long long)seq, path, line, head);
    put(b, 1, "/audit/journal", bytes_str(text));
    return at;
}

static void an_empty_line_is_journaled_and_replayed_as_one(void **state)
{
    struct bench *b = *state;
    struct caller queen = {0};
    join_queen(b, 1);
    journal_keep(b->h, &queen, bytes_str("/queen/lifecycle/ctl"), bytes_str(""));
    replay(b, 1, 0);
    expect_err(b, 1, "ERR ECHO reason=policy detail=invalid-command path=/queen/lifecycle/ctl error=lifecycle command refused\n", 0, 0,
               "invalid-command");
}

static void only_control_files_are_replayed(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    static const struct {
        const char *path, *detail;
    } bad[] = {
        {"/log/queen.log", "denied"}, {"/audit/decisions", "denied"}, {"/replay/ctl", "denied"},   {"/queen", "denied"},
        {"/kmesg", "denied"},         {"/nowhere", "invalid-path"},   {"queen/ctl", "invalid-path"}, {"/queen/ctl.pos", "denied"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char ack[160];
        uint64_t at = forge(b, bad[i].path, "{\\\"from\\\":0}");
        snprintf(ack, sizeof ack, "ERR ECHO reason=policy detail=%s path=%s error=%s\n", bad[i].detail, bad[i].path,
                 i == 5 || i == 6 ? "invalid path" : "EPERM");
        replay(b, 1, at);
        expect_err(b, 1, ack, at, at, i == 5 || i == 6 ? "policy" : "no-control-file");
    }
    expect_file(b, "/audit/decisions", "");
}

static void a_ticket_replays_only_within_its_scope_and_budget(void **state)
{
    struct bench *b = *state;
    struct mint scoped = {.role = ROLE_QUEEN, .subject = "r", .scope = "/replay", .scope_verb = TICKET_BOTH, .scope_rate = 0};
    struct mint few = {.role = ROLE_QUEEN, .subject = "f", .has_ops = true, .ops = 2};
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "queen", &scoped), "OK ATTACH role=queen\n");
    replay(b, 2, 0);
    expect_err(b, 1, "ERR ECHO reason=policy detail=denied path=/queen/lifecycle/ctl error=EPERM\n", 0, 0, "scope");
    join(b, 3);
    assert_string_equal(attach_with(b, 3, "queen", &few), "OK ATTACH role=queen\n");
    replay(b, 3, 0); /* one operation asked for it, one is left */
    expect_err(b, 2, "OK ECHO path=/queen/lifecycle/ctl bytes=6\nERR ECHO reason=quota path=/queen/lifecycle/ctl error=ELIMIT\n", 0,
               journal_start(b->h, 2), "quota");
    expect_file(b, "/proc/lifecycle/state", "state=DRAINING\n");
}

static void what_is_replayed_counts_against_the_tickets_bandwidth(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_QUEEN, .subject = "b", .has_quotas = true, .bandwidth = strlen("{\"from\":0}") + strlen("cordon") + 5};
    join_queen(b, 1);
    command(b, "cordon");
    command(b, "resume");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "queen", &m), "OK ATTACH role=queen\n");
    replay(b, 2, 0);
    expect_err(b, 2, "OK ECHO path=/queen/lifecycle/ctl bytes=6\nERR ECHO reason=quota path=/queen/lifecycle/ctl error=ELIMIT\n", 0,
               journal_start(b->h, 2), "quota");
    expect_file(b, "/proc/lifecycle/state", "state=DRAINING\n");
}

static void orders_are_replayed_as_the_queen_who_asked(void **state)
{
    struct bench *b = *state, *fresh = calloc(1, sizeof *fresh);
    join_queen(b, 1);
    order(b, 1, "{\"spawn\":\"heartbeat\",\"ticks\":100}");
    order(b, 1, "{\"spawn\":\"heartbeat\",\"ticks\":100}");
    order(b, 1, "{\"kill\":\"worker-1\"}");
    order(b, 1, "{\"bind\":{\"from\":\"/log\",\"to\":\"/proc/diary\"}}");
    struct bytes all = content(b, "/audit/journal");
    bench_start(fresh);
    join_queen(fresh, 7);
    while (all.n) {
        size_t n = (size_t)((const uint8_t *)memchr(all.p, '\n', all.n) - all.p);
        put(fresh, 7, "/audit/journal", bytes_sub(all, 0, n));
        all = bytes_sub(all, n + 1, all.n);
    }
    replay(fresh, 7, 0);
    assert_non_null(strstr((const char *)content(fresh, STATUS).p, "\"state\":\"ok\""));
    expect_holds(fresh, 7, "LS /worker", "worker-2");
    expect_lacks(fresh, 7, "LS /worker", "worker-1");
    expect_holds(fresh, 7, "CAT /proc/diary/queen.log", "OK CAT");
    bench_end(fresh);
    free(fresh);
}

/* The same journal and cursor on an equal hive, asked for over the console here and in 9P there. */
static void equal_hives_give_equal_sums_over_any_transport(void **state)
{
    struct bench *b = *state, *other = calloc(1, sizeof *other);
    bench_start(other);
    journal_script(b);
    journal_script(other);
    expect(b, 1, "ECHO /replay/ctl {\"from\":0}", "OK ECHO path=/replay/ctl bytes=10\n");
    p9_queen(other, 5);
    assert_int_equal(p9_echo(other, 5, "replay/ctl", "{\"from\":0}\n"), 0);
    hive_tick(b->h, b->now);
    hive_tick(other->h, other->now);
    content(b, STATUS);
    assert_non_null(strstr(b->answer, "{\"state\":\"ok\",\"entries\":4,"));
    expect_file(other, STATUS, b->answer);
    bench_end(other);
    free(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_fresh_hive_has_replayed_nothing),
        T(a_replay_issues_each_line_again_in_order),
        T(a_replay_begins_at_its_cursor),
        T(a_replay_stops_at_the_first_refusal),
        T(a_cursor_that_is_no_entrys_is_refused_and_changes_nothing),
        T(what_is_dropped_is_stale_and_beyond_the_window_is_over_quota),
        T(one_replay_waits_at_a_time),
        T(what_comes_after_the_request_is_not_replayed),
        T(a_journal_that_is_overwritten_before_the_tick_is_stale),
        T(a_replay_ends_when_its_asker_is_gone),
        T(an_entry_that_is_only_a_digest_is_not_replayed),
        T(an_empty_line_is_journaled_and_replayed_as_one),
        T(only_control_files_are_replayed),
        T(a_ticket_replays_only_within_its_scope_and_budget),
        T(what_is_replayed_counts_against_the_tickets_bandwidth),
        T(orders_are_replayed_as_the_queen_who_asked),
        T(equal_hives_give_equal_sums_over_any_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
