/* /audit: the journal of accepted control writes, the decisions, and what is exported. */
#include "support/journal.h"
#include "support/p9_client.h"

#define CORDON "ECHO /queen/lifecycle/ctl cordon"
#define RESUME "ECHO /queen/lifecycle/ctl resume"
#define FIXTURE COH_FIXTURES "/audit/journal.jsonl"

static void a_fresh_journal_is_empty(void **state)
{
    struct bench *b = *state;
    expect_file(b, "/audit/journal", "");
    expect_file(b, "/audit/decisions", "");
    expect_file(b, "/audit/export",
                "journal_base=0\njournal_next=0\nentries=0\ndecisions_base=0\ndecisions_next=0\nhead=" ZEROS
                "\nhead_seq=0\nreplay_enabled=yes\nreplay_max_entries=64\n");
}

static void each_accepted_control_write_leaves_an_entry_and_a_refused_one_none(void **state)
{
    struct bench *b = *state;
    char want[512], head[65];
    const char *first = "{\"seq\":1,\"ms\":7,\"role\":\"queen\",\"path\":\"/queen/lifecycle/ctl\",\"line\":\"cordon\",\"prev\":\"" ZEROS "\"}";
    b->now = 7;
    join_queen(b, 1);
    ask(b, 1, CORDON);
    expect_holds(b, 1, CORDON, "ERR ECHO");
    hex_digest(bytes_str(first), head);
    snprintf(want, sizeof want, "%s\n", first);
    expect_file(b, "/audit/journal", want);
    assert_string_equal(exported(b, "head"), head);
    assert_string_equal(exported(b, "head_seq"), "1");
    b->now = 9;
    ask(b, 1, RESUME);
    snprintf(want, sizeof want,
             "%s\n{\"seq\":2,\"ms\":9,\"role\":\"queen\",\"path\":\"/queen/lifecycle/ctl\",\"line\":\"resume\",\"prev\":\"%s\"}\n",
             first, head);
    expect_file(b, "/audit/journal", want);
}

static void what_is_no_control_write_is_not_journaled(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "ECHO /log/queen.log hello");
    ask(b, 1, "ECHO /trace/ctl {\"set\":{\"level\":\"warn\"}}");
    expect_file(b, "/audit/journal", "");
}

static void an_entry_names_the_subject_and_the_tickets_hash(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_QUEEN, .subject = "ops \"night\""};
    join(b, 1);
    assert_string_equal(attach_with(b, 1, "queen", &m), "OK ATTACH role=queen\n");
    order(b, 1, "{\"spawn\":\"heartbeat\"}");
    content(b, "/audit/journal");
    assert_non_null(strstr(b->answer, "\"role\":\"queen\",\"subject\":\"ops \\\"night\\\"\",\"ticket\":\""));
    assert_non_null(strstr(b->answer, "\",\"path\":\"/queen/ctl\",\"line\":\"{\\\"spawn\\\":\\\"heartbeat\\\"}\",\"prev\":"));
    assert_int_equal(strcspn(strstr(b->answer, "\"ticket\":\"") + 10, "\""), 16);
}

static void a_full_journal_drops_oldest_whole_entries_and_stays_a_chain(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (int i = 0; i < 100; i++)
        ask(b, 1, i % 2 ? RESUME : CORDON);
    char *prev;
    struct bytes all = content(b, "/audit/journal");
    assert_true(all.n <= COH_ECOSYSTEM_AUDIT_JOURNAL_MAX_BYTES);
    prev = strstr(b->answer, "\"prev\":\"") + 8;
    char first[65];
    snprintf(first, sizeof first, "%.64s", prev);
    assert_string_not_equal(first, ZEROS);
    char entries[24];
    snprintf(entries, sizeof entries, "%zu", expect_chain(all, first));
    assert_string_equal(exported(b, "entries"), entries);
    assert_string_equal(exported(b, "head_seq"), "100");
    uint64_t base = strtoull(exported(b, "journal_base"), NULL, 10), next = strtoull(exported(b, "journal_next"), NULL, 10);
    assert_true(base > 0);
    assert_int_equal(next - base, all.n);
}

static void a_line_that_makes_the_entry_too_long_is_kept_as_its_digest(void **state)
{
    struct bench *b = *state;
    static char line[5000];
    struct caller queen = {0};
    char digest[65], want[256];
    memset(line, 'x', sizeof line - 1);
    journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_str(line));
    hex_digest(bytes_str(line), digest);
    snprintf(want, sizeof want,
             "{\"seq\":1,\"ms\":0,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line_sha256\":\"%s\",\"prev\":\"" ZEROS "\"}\n",
             digest);
    expect_file(b, "/audit/journal", want);
    /* the longest that is kept whole */
    size_t room = JOURNAL_ENTRY_BYTES - strlen("{\"seq\":2,\"ms\":0,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"\",\"prev\":\"" ZEROS "\"}\n");
    journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_of(line, room));
    assert_int_equal(ring_newest(&b->h->journal.entries, 1), b->h->journal.entries.next - JOURNAL_ENTRY_BYTES);
    journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_of(line, room + 1));
    content(b, "/audit/journal");
    assert_non_null(strstr(b->answer, "{\"seq\":3,"));
    assert_non_null(strstr(strstr(b->answer, "{\"seq\":3,"), "line_sha256"));
}

static void a_small_ring_keeps_digests_of_lines_that_it_can_not_hold(void **state)
{
    struct bench *b = *state;
    static char line[2100];
    struct caller queen = {0};
    memset(line, '"', sizeof line - 1);
    ring_init(&b->h->journal.entries, b->h->journal_bytes, JOURNAL_RING_LEAST);
    for (int i = 0; i < 31; i++)
        journal_keep(b->h, &queen, bytes_str("/queen/ctl"), bytes_str(line + 1200 * (i % 2)));
    assert_true(hive_check(b->h));
    content(b, "/audit/journal");
    assert_non_null(strstr(b->answer, "line_sha256"));
    assert_true(b->h->journal.entries.dropped > 20);
}

/* Sends one journal's lines to another hive, one write each. */
static void restore(struct bench *to, uint32_t conn, struct bytes journal)
{
    while (journal.n) {
        size_t n = (size_t)((const uint8_t *)memchr(journal.p, '\n', journal.n) - journal.p);
        put(to, conn, "/audit/journal", bytes_sub(journal, 0, n + 1));
        journal = bytes_sub(journal, n + 1, journal.n);
    }
}

static void a_saved_journal_comes_back_on_a_fresh_hive(void **state)
{
    struct bench *b = *state, *fresh = calloc(1, sizeof *fresh);
    static char saved[9000], head[65];
    journal_script(b);
    snprintf(saved, sizeof saved, "%s", (const char *)content(b, "/audit/journal").p);
    snprintf(head, sizeof head, "%s", exported(b, "head"));
    bench_start(fresh);
    join_queen(fresh, 1);
    restore(fresh, 1, bytes_str(saved));
    expect_file(fresh, "/audit/journal", saved);
    assert_string_equal(exported(fresh, "head"), head);
    expect_file(fresh, "/proc/lifecycle/state", "state=ONLINE\n"); /* nothing was executed */
    expect_lacks(fresh, 1, "CAT /proc/lifecycle/reason", "reset");
    bench_end(fresh);
    free(fresh);
}

static void an_append_that_does_not_continue_the_chain_is_refused(void **state)
{
    struct bench *b = *state;
    static const char *const bad[] = {
        "",
        "cordon",
        "{}",
        "{\"seq\":2,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"" ZEROS "\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"1" ZEROS "\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"A000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"1000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"prev\":\"" ZEROS "\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"line_sha256\":\"" ZEROS "\",\"prev\":\"" ZEROS "\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\\ny\",\"prev\":\"" ZEROS "\"}",
        "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"more\":1,\"prev\":\"" ZEROS "\"}",
        "{\"seq\":1,\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"" ZEROS "\"}",
    };
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(b, 1, "/audit/journal", bytes_str(bad[i]), COH_INVALID, "chain");
    static char long_line[JOURNAL_ENTRY_BYTES + 1];
    memset(long_line, 'x', sizeof long_line - 1);
    expect_refused(b, 1, "/audit/journal", bytes_str(long_line), COH_TOO_BIG, NULL);
    expect_refused(b, 1, "/audit/journal", bytes_str("a\nb"), COH_INVALID, "one-line");
    expect_file(b, "/audit/journal", "");
    put(b, 1, "/audit/journal", bytes_str("{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"ticket\":\"0123456789abcdef\",\"path\":\"/queen/ctl\",\"line_sha256\":\"" ZEROS "\",\"prev\":\"" ZEROS "\"}"));
    assert_string_equal(exported(b, "entries"), "1");
}

static void an_append_in_9p_must_say_where_the_journal_ends(void **state)
{
    struct bench *b = *state;
    char line[400], head[65];
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "audit/journal"), 0);
    assert_int_equal(p9_open(b, 1, 1, 2), 0);
    snprintf(line, sizeof line, "{\"seq\":1,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"" ZEROS "\"}\n");
    assert_int_equal(p9_write(b, 1, 1, 5, line), 22);
    expect_file(b, "/audit/journal", "");
    assert_int_equal(p9_write(b, 1, 1, 0, line), 0);
    size_t n = strlen(line);
    for (int seq = 2; seq <= 60; seq++) { /* longer than the ring: the open fid counts from its own start */
        hex_digest(bytes_of(line, strlen(line) - 1), head);
        snprintf(line, sizeof line, "{\"seq\":%d,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"%s\"}\n", seq, head);
        assert_int_equal(p9_write(b, 1, 1, 0, line), 22);
        assert_int_equal(p9_write(b, 1, 1, seq % 2 ? n : (1ull << 62) + n, line), 0);
        n += strlen(line);
    }
    assert_true(strtoull(exported(b, "journal_base"), NULL, 10) > 0);
    assert_string_equal(exported(b, "head_seq"), "60");
    hex_digest(bytes_of(line, strlen(line) - 1), head);
    snprintf(line, sizeof line, "{\"seq\":61,\"ms\":1,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"%s\"}\n", head);
    assert_int_equal(p9_write(b, 1, 1, UINT64_MAX, line), 0);
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "result=policy detail=offset path=/audit/journal"));
}

static void decisions_are_numbered_and_bounded(void **state)
{
    struct bench *b = *state;
    struct caller queen = {0}, ops = {.subject = bytes_str("ops"), .ticket_id = 0xabc};
    b->now = 5;
    hive_tick(b->h, 5);
    journal_decide(b->h, &queen, true, bytes_str("approval-1"), bytes_str("/queen/ctl"), bytes_str("queen-ctl"));
    journal_decide(b->h, &ops, false, bytes_str(""), bytes_str("/queen/ctl"), bytes_str("queen-ctl"));
    expect_file(b, "/audit/decisions",
                "{\"seq\":1,\"ms\":5,\"role\":\"queen\",\"decision\":\"approved\",\"id\":\"approval-1\",\"target\":\"/queen/ctl\",\"rule\":\"queen-ctl\"}\n"
                "{\"seq\":2,\"ms\":5,\"role\":\"queen\",\"subject\":\"ops\",\"ticket\":\"0000000000000abc\",\"decision\":\"denied\",\"target\":\"/queen/ctl\",\"rule\":\"queen-ctl\"}\n");
    for (int i = 0; i < 100; i++)
        journal_decide(b->h, &ops, false, bytes_str(""), bytes_str("/queen/ctl"), bytes_str("queen-ctl"));
    assert_true(hive_check(b->h));
    assert_true(strtoull(exported(b, "decisions_base"), NULL, 10) > 0);
    assert_true(content(b, "/audit/decisions").n <= COH_ECOSYSTEM_AUDIT_DECISIONS_MAX_BYTES);
    expect_file(b, "/audit/journal", "");
}

static void the_longest_decision_fits(void **state)
{
    struct bench *b = *state;
    char token[256], quotes[256], target[321];
    struct caller ops = {.role = ROLE_HEARTBEAT, .ticket_id = UINT64_MAX};
    memset(token, 'x', 256);
    memset(quotes, '"', 256);
    memset(target, '"', 321);
    ops.subject = bytes_of(quotes, TICKET_SUBJECT_BYTES);
    b->h->now_ms = b->h->journal.decided = UINT64_MAX - 1;
    journal_decide(b->h, &ops, true, bytes_of(token, 255), bytes_of(target, NS_PATH_BYTES), bytes_of(token, 255));
    assert_true(b->h->journal.decisions.used > 0);
    b->h->journal.decided = 1;
}

static void only_the_hive_writes_decisions(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_refused(b, 1, "/audit/decisions", bytes_str("{\"decision\":\"approved\"}"), COH_PERMISSION, NULL);
    expect_file(b, "/audit/decisions", "");
}

static void the_audit_is_the_queens_alone(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    order(b, 1, "{\"spawn\":\"heartbeat\"}");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker-heartbeat", &m), "OK ATTACH role=worker-heartbeat\n");
    static const char *const paths[] = {"/audit", "/audit/journal", "/audit/decisions", "/audit/export", "/replay/ctl",
                                        "/replay/status"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(walk_to(b, 2, paths[i]), COH_PERMISSION);
    expect_lacks(b, 2, "LS /", "audit");
    expect_holds(b, 1, "ECHO /audit/export x", "ERR ECHO reason=policy detail=denied path=/audit/export error=EPERM");
}

static void equal_inputs_and_times_give_equal_heads(void **state)
{
    struct bench *b = *state, *other = calloc(1, sizeof *other);
    char head[65];
    bench_start(other);
    journal_script(b);
    journal_script(other);
    snprintf(head, sizeof head, "%s", exported(b, "head"));
    assert_string_equal(exported(other, "head"), head);
    bench_end(other);
    free(other);
}

/* The journal that host/cohsh's tests read. COH_WRITE_FIXTURES=1 writes it anew. */
static void the_fixture_journal_is_what_a_hive_writes(void **state)
{
    struct bench *b = *state;
    static char file[16384];
    struct caller ops = {.subject = bytes_str("b\xc3\xbc" "cher"), .ticket_id = 0x0123456789abcdef};
    journal_script(b);
    journal_keep(b->h, &ops, bytes_str("/queen/ctl"), bytes_str("{\"kill\":\"worker-2\"}"));
    memset(file, 'x', 5000);
    journal_keep(b->h, &ops, bytes_str("/queen/ctl"), bytes_of(file, 5000));
    struct bytes all = content(b, "/audit/journal");
    assert_int_equal(expect_chain(all, ZEROS), 6);
    FILE *f;
    if (getenv("COH_WRITE_FIXTURES")) {
        assert_non_null(f = fopen(FIXTURE, "wb"));
        assert_int_equal(fwrite(all.p, 1, all.n, f), all.n);
        fclose(f);
    }
    assert_non_null(f = fopen(FIXTURE, "rb"));
    size_t n = fread(file, 1, sizeof file, f);
    fclose(f);
    assert_int_equal(n, all.n);
    assert_memory_equal(file, all.p, n);
}

#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_fresh_journal_is_empty),
        T(each_accepted_control_write_leaves_an_entry_and_a_refused_one_none),
        T(what_is_no_control_write_is_not_journaled),
        T(an_entry_names_the_subject_and_the_tickets_hash),
        T(a_full_journal_drops_oldest_whole_entries_and_stays_a_chain),
        T(a_line_that_makes_the_entry_too_long_is_kept_as_its_digest),
        T(a_small_ring_keeps_digests_of_lines_that_it_can_not_hold),
        T(a_saved_journal_comes_back_on_a_fresh_hive),
        T(an_append_that_does_not_continue_the_chain_is_refused),
        T(an_append_in_9p_must_say_where_the_journal_ends),
        T(decisions_are_numbered_and_bounded),
        T(the_longest_decision_fits),
        T(only_the_hive_writes_decisions),
        T(the_audit_is_the_queens_alone),
        T(equal_inputs_and_times_give_equal_heads),
        T(the_fixture_journal_is_what_a_hive_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
