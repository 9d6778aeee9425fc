/* Sessions of the console: authentication, attach, throttling, pools, timeouts and the rules of framing. */
#include "support/client.h"

static void nothing_is_served_before_the_token(void **state)
{
    struct bench *b = *state;
    hive_accept(b->h, 1, HIVE_TCP, 0);
    assert_string_equal(hear(b, 1), "");
    expect(b, 1, "PING", "ERR AUTH reason=expected-token\n");
    expect(b, 1, "LS /", "ERR AUTH reason=expected-token\n");
    expect(b, 1, "AUTH", "ERR AUTH reason=expected-token\n");
    expect_holds(b, 1, "AUTH " TOKEN, "OK AUTH");
    expect(b, 1, "PING", "PONG\nOK PING reply=pong\n");
    expect(b, 1, "LS /", "ERR LS reason=unauthenticated\n");
    leave(b, 1);
}

static void a_wrong_token_delays_its_own_connection_alone(void **state)
{
    struct bench *b = *state;
    hive_accept(b->h, 1, HIVE_TCP, 0);
    hive_accept(b->h, 2, HIVE_TCP, 0);
    expect(b, 1, "AUTH nope", "ERR AUTH reason=invalid-token\n");
    expect(b, 1, "AUTH " TOKEN, "ERR AUTH reason=throttled delay_ms=250\n");
    expect(b, 2, "AUTH " TOKEN, "OK AUTH\n");
    pass_ms(b, 250);
    expect(b, 1, "AUTH no", "ERR AUTH reason=invalid-token\n");
    expect(b, 1, "AUTH " TOKEN, "ERR AUTH reason=throttled delay_ms=500\n");
    pass_ms(b, 500);
    expect(b, 1, "AUTH " TOKEN, "OK AUTH\n");
    leave(b, 1);
    leave(b, 2);
}

static void a_failed_attach_is_throttled_and_three_of_a_pair_cool_down(void **state)
{
    struct bench *b = *state;
    join(b, 1);
    expect(b, 1, "ATTACH worker", "ERR ATTACH reason=denied\n");
    expect(b, 1, "ATTACH worker", "ERR ATTACH reason=throttled delay_ms=250\n");
    for (uint32_t conn = 2; conn < 4; conn++) {
        join(b, conn);
        expect(b, conn, "ATTACH worker-heartbeat", "ERR ATTACH reason=denied\n");
    }
    join(b, 4);
    expect(b, 4, "ATTACH worker", "ERR ATTACH reason=throttled delay_ms=90000\n");
    expect(b, 4, "ATTACH worker-gpu", "ERR ATTACH reason=denied\n");
    assert_int_equal(b->h->budget.of[POOL_throttle].used, 2);
    hive_accept(b->h, 0, HIVE_SERIAL, b->now);
    uint8_t raw[4096];
    hive_output(b->h, 0, raw, sizeof raw, b->now);
    hive_input(b->h, 0, bytes_str("ATTACH worker\r"), b->now);
    size_t n = hive_output(b->h, 0, raw, sizeof raw - 1, b->now);
    raw[n] = 0;
    assert_non_null(strstr((char *)raw, "ERR ATTACH reason=denied\r\ncohesix> "));
    pass_ms(b, 90000);
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    assert_string_equal(attach_with(b, 4, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    for (uint32_t conn = 0; conn < 5; conn++)
        leave(b, conn);
}

static void strangers_have_a_pool_of_their_own(void **state)
{
    struct bench *b = *state;
    for (uint32_t conn = 1; conn <= COH_PREAUTH_MAX; conn++) {
        hive_accept(b->h, conn, HIVE_TCP, 0);
        assert_string_equal(hear(b, conn), "");
    }
    hive_accept(b->h, 20, HIVE_TCP, 0);
    assert_string_equal(hear(b, 20), "ERR AUTH reason=busy\n");
    assert_true(hive_wants_close(b->h, 20));
    leave(b, 20);
    expect(b, 1, "AUTH " TOKEN, "OK AUTH\n");
    hive_accept(b->h, 20, HIVE_TCP, 0);
    assert_string_equal(hear(b, 20), "");
    pass_ms(b, COH_CONSOLE_AUTH_TIMEOUT_MS);
    assert_true(hive_wants_close(b->h, 20));
    assert_false(hive_wants_close(b->h, 1));
    leave(b, 20);
    for (uint32_t conn = 1; conn <= COH_PREAUTH_MAX; conn++)
        leave(b, conn);
}

static void every_slot_serves_a_session_and_one_more_is_told_busy(void **state)
{
    struct bench *b = *state;
    char line[64];
    for (uint32_t conn = 1; conn <= COH_CONSOLE_MAX_SESSIONS; conn++)
        join_queen(b, conn);
    hive_accept(b->h, 40, HIVE_TCP, 0);
    expect(b, 40, "AUTH " TOKEN, "ERR AUTH reason=busy\n");
    assert_true(hive_wants_close(b->h, 40));
    leave(b, 40);
    expect(b, 1, "ECHO /log/queen.log first", "OK ECHO path=/log/queen.log bytes=5\n");
    for (uint32_t conn = 2; conn <= COH_CONSOLE_MAX_SESSIONS; conn++) {
        expect_holds(b, conn, "LOG", "first\nEND\n");
        expect(b, conn, "LOG", "OK LOG path=/log/queen.log\nEND\n");
    }
    snprintf(line, sizeof line, "active=%u draining=0\nEND\n", COH_CONSOLE_MAX_SESSIONS);
    expect_holds(b, 1, "CAT /proc/9p/session/active", line);
    leave(b, 7);
    join_queen(b, 7);
    for (uint32_t conn = 1; conn <= COH_CONSOLE_MAX_SESSIONS; conn++)
        leave(b, conn);
}

static void idle_sessions_close_and_a_ping_keeps_one_open(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    join_queen(b, 2);
    pass_ms(b, COH_CONSOLE_IDLE_TIMEOUT_MS - 1);
    expect(b, 2, "PING", "PONG\nOK PING reply=pong\n");
    pass_ms(b, 1);
    assert_true(hive_wants_close(b->h, 1));
    assert_false(hive_wants_close(b->h, 2));
    leave(b, 1);
    leave(b, 2);
}

static void who_reads_nothing_is_cut_however_much_he_asks(void **state)
{
    struct bench *b = *state;
    uint8_t f[64];
    size_t n = frame(f, bytes_str("CAT /proc/budget")), taken;
    join_queen(b, 1);
    join_queen(b, 2);
    while ((taken = hive_input(b->h, 1, bytes_of(f, n), b->now)) == n)
        continue;
    for (uint64_t ms = 0; ms < COH_CONSOLE_IDLE_TIMEOUT_MS; ms += 1000) {
        assert_false(hive_wants_close(b->h, 1));
        assert_int_equal(hive_input(b->h, 1, bytes_of(f + taken, n - taken), b->now), 0);
        expect(b, 2, "PING", "PONG\nOK PING reply=pong\n");
        pass_ms(b, 1000);
    }
    assert_true(hive_wants_close(b->h, 1));
    expect_holds(b, 2, "CAT /proc/pressure/busy", "busy=1\n");
    expect_holds(b, 2, "CAT /log/queen.log", "audit op=answer role=queen result=busy detail=unread\n");
    leave(b, 1);
    leave(b, 2);
}

static void whoever_takes_his_answers_slowly_stays(void **state)
{
    struct bench *b = *state;
    uint8_t f[64], out;
    size_t n = frame(f, bytes_str("CAT /proc/budget"));
    join_queen(b, 1);
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, n), b->now), n);
    for (int i = 0; i < 5; i++) {
        pass_ms(b, COH_CONSOLE_IDLE_TIMEOUT_MS - 1);
        assert_false(hive_wants_close(b->h, 1));
        assert_int_equal(hive_output(b->h, 1, &out, 1, b->now), 1);
    }
    leave(b, 1);
}

static void an_end_in_the_middle_of_a_frame_is_on_record(void **state)
{
    struct bench *b = *state;
    uint8_t f[64];
    size_t n = frame(f, bytes_str("ECHO /log/queen.log half"));
    static const size_t cut[] = {0, 1, 3, 4, 5};
    join_queen(b, 2);
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        char want[32];
        join_queen(b, 1);
        assert_int_equal(hive_input(b->h, 1, bytes_of(f, cut[i]), b->now), cut[i]);
        leave(b, 1);
        snprintf(want, sizeof want, "cut=%zu\n", i);
        expect_holds(b, 2, "CAT /proc/pressure/cut", want);
    }
    expect_holds(b, 2, "CAT /log/queen.log", "audit op=session role=queen result=cut detail=disconnected\n");
    expect_lacks(b, 2, "CAT /log/queen.log", "half");
    join_queen(b, 1);
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, n), b->now), n);
    leave(b, 1);
    expect_holds(b, 2, "CAT /proc/pressure/cut", "cut=4\n");
    leave(b, 2);
}

static void a_bad_size_before_the_token_closes(void **state)
{
    struct bench *b = *state;
    static const uint8_t sizes[][4] = {{4, 0, 0, 0}, {5, 1, 0, 0}, {0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}};
    for (size_t i = 0; i < 4; i++) {
        hive_accept(b->h, 1, HIVE_TCP, 0);
        assert_int_equal(hive_input(b->h, 1, bytes_of(sizes[i], 4), 0), 4);
        assert_string_equal(hear(b, 1), "ERR AUTH reason=invalid-length\n");
        assert_true(hive_wants_close(b->h, 1));
        leave(b, 1);
    }
}

static void a_long_frame_of_a_session_is_skipped_and_a_huge_one_closes(void **state)
{
    struct bench *b = *state;
    static uint8_t f[70000];
    join_queen(b, 1);
    memset(f, 'x', sizeof f);
    memcpy(f, "\x05\x01\x00\x00", 4);
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, 261), 0), 261);
    assert_string_equal(hear(b, 1), "ERR FRAME reason=invalid-length\n");
    expect(b, 1, "PING", "PONG\nOK PING reply=pong\n");
    memcpy(f, "\x04\x00\x01\x00", 4);
    size_t taken = 0;
    while (taken < 65540) {
        size_t n = hive_input(b->h, 1, bytes_of(f + taken, 65540 - taken > 999 ? 999 : 65540 - taken), 0);
        assert_true(n > 0);
        taken += n;
    }
    assert_string_equal(hear(b, 1), "ERR FRAME reason=invalid-length\n");
    expect(b, 1, "PING", "PONG\nOK PING reply=pong\n");
    hive_input(b->h, 1, LIT("\x05\x00\x01\x00"), 0);
    assert_string_equal(hear(b, 1), "ERR FRAME reason=invalid-length\n");
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
}

static void frames_may_come_byte_by_byte_and_several_at_once(void **state)
{
    struct bench *b = *state;
    uint8_t f[3 * CONSOLE_FRAME_MAX];
    join_queen(b, 1);
    size_t n = frame(f, bytes_str("PING"));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(hive_input(b->h, 1, bytes_of(f + i, 1), 0), 1);
    assert_string_equal(hear(b, 1), "PONG\nOK PING reply=pong\n");
    n = frame(f, bytes_str("CAT /proc/lifecycle/state"));
    n += frame(f + n, bytes_str("PING"));
    n += frame(f + n, bytes_str("QUIT"));
    size_t taken = hive_input(b->h, 1, bytes_of(f, n), 0);
    const char *first = hear(b, 1);
    assert_true(strncmp(first, "OK CAT path=/proc/lifecycle/state data=state=ONLINE\n", 52) == 0);
    assert_non_null(strstr(first, "OK PING reply=pong\n"));
    assert_int_equal(taken, n);
    assert_non_null(strstr(first, "state=ONLINE\nEND\nOK QUIT\n"));
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
}

static void only_a_right_ping_overtakes_a_stream(void **state)
{
    struct bench *b = *state;
    uint8_t f[3 * CONSOLE_FRAME_MAX];
    join_queen(b, 1);
    size_t n = frame(f, bytes_str("CAT /proc/lifecycle/state"));
    n += frame(f + n, bytes_str("PING PING"));
    size_t taken = hive_input(b->h, 1, bytes_of(f, n), 0);
    assert_int_equal(taken, n);
    assert_string_equal(hear(b, 1), "OK CAT path=/proc/lifecycle/state data=state=ONLINE\nstate=ONLINE\nEND\n"
                                    "ERR PARSE reason=policy detail=unexpected argument\n");
    leave(b, 1);
}

/* What a refused TAIL would have shown comes with the next one. */
static void a_throttled_tail_loses_no_line(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_QUEEN, .scope = "/log", .scope_verb = TICKET_BOTH, .scope_rate = 2};
    b->now = 5000;
    join_queen(b, 1);
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "queen", &m), "OK ATTACH role=queen\n");
    expect_holds(b, 2, "LOG", "OK LOG");
    expect_holds(b, 2, "LOG", "OK LOG");
    expect_holds(b, 1, "ECHO /log/queen.log said meanwhile", "OK ECHO");
    expect_holds(b, 2, "LOG", "ERR LOG reason=throttled");
    pass_ms(b, 1000);
    expect_holds(b, 2, "LOG", "\nsaid meanwhile\n");
    leave(b, 2);
    leave(b, 1);
}

/* A worker's last operation is asked for while its heartbeat is overdue. */
static void a_worker_that_runs_out_leaves_earlier_deadlines_alone(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"budget\":{\"ops\":1}}", "OK SPAWN");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    expect_holds(b, 2, "LS /worker", "entries=1");
    b->now += 10u * COH_WORKERS_HEARTBEAT_MS;
    expect_holds(b, 2, "LS /worker", "reason=quota");
    pass_ms(b, 1);
    expect_holds(b, 1, "LS /worker", "entries=0");
    leave(b, 2);
    leave(b, 1);
}

/* A reader that never takes anything holds its own stream, and nothing else. */
static void a_client_that_never_reads_takes_nothing_from_the_others(void **state)
{
    struct bench *b = *state;
    uint8_t f[CONSOLE_FRAME_MAX];
    join_queen(b, 1);
    join_queen(b, 2);
    for (uint32_t i = 0; i < 50; i++) {
        size_t n = frame(f, bytes_str("HELP"));
        hive_input(b->h, 1, bytes_of(f, n), 0);
        assert_true(hive_check(b->h));
    }
    expect(b, 2, "PING", "PONG\nOK PING reply=pong\n");
    expect_holds(b, 2, "LS /", "OK LS path=/ entries=");
    pass_ms(b, COH_CONSOLE_IDLE_TIMEOUT_MS);
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
    leave(b, 2);
}

/* Output that nobody pulls does not keep a connection that is to close. */
static void a_closing_connection_that_is_not_read_goes_in_time(void **state)
{
    struct bench *b = *state;
    hive_accept(b->h, 1, HIVE_TCP, 0);
    uint8_t f[CONSOLE_FRAME_MAX];
    size_t n = frame(f, bytes_str("LS /"));
    hive_input(b->h, 1, bytes_of(f, n), 0);
    hive_input(b->h, 1, LIT("\0\0\0\0"), 0);
    assert_false(hive_wants_close(b->h, 1));
    pass_ms(b, COH_CONSOLE_AUTH_TIMEOUT_MS);
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
    assert_int_equal(b->h->preauth, 0);
}

static void bad_tickets_of_others_do_not_lock_out_a_queen_without_one(void **state)
{
    struct bench *b = *state;
    for (uint32_t conn = 1; conn < 4; conn++) {
        join(b, conn);
        expect(b, conn, "ATTACH queen nonsense", "ERR ATTACH reason=denied\n");
    }
    join(b, 4);
    expect(b, 4, "ATTACH queen nonsense", "ERR ATTACH reason=throttled delay_ms=90000\n");
    expect(b, 4, "ATTACH queen ", "OK ATTACH role=queen\n");
    for (uint32_t conn = 1; conn < 5; conn++)
        leave(b, conn);
}

static void a_refusal_before_attach_is_nobody_s(void **state)
{
    struct bench *b = *state;
    join(b, 1);
    expect(b, 1, "FLY", "ERR PARSE reason=policy detail=unknown verb\n");
    join_queen(b, 2);
    expect_holds(b, 2, "CAT /log/queen.log", "audit op=PARSE role=none result=policy detail=unknown verb\n");
    leave(b, 1);
    leave(b, 2);
}

static void an_audit_line_says_all_that_the_refusal_said(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/ctl {", "ERR ECHO reason=policy detail=invalid-json path=/queen/ctl error=a control line is one JSON object\n");
    expect_holds(b, 1, "CAT /log/queen.log", " result=policy detail=invalid-json path=/queen/ctl error=a control line is one JSON object\n");
    join(b, 2);
    expect(b, 2, "ATTACH worker ", "ERR ATTACH reason=denied\n");
    expect(b, 2, "ATTACH worker ", "ERR ATTACH reason=throttled delay_ms=250\n");
    expect_holds(b, 1, "CAT /log/queen.log", " result=throttled delay_ms=250\n");
    leave(b, 1);
    leave(b, 2);
}

static void lines_that_are_no_commands_are_refused_by_name(void **state)
{
    struct bench *b = *state;
    char path[140];
    memset(path, 'a', sizeof path - 1);
    memcpy(path, "LS /", 4);
    path[120] = 0;
    join_queen(b, 1);
    expect(b, 1, "FLY", "ERR PARSE reason=policy detail=unknown verb\n");
    expect(b, 1, "LS", "ERR PARSE reason=policy detail=missing argument\n");
    expect(b, 1, path, "ERR PARSE reason=policy detail=argument payload exceeds allowed length\n");
    expect(b, 1, "LS /\x01", "ERR PARSE reason=policy detail=control character\n");
    expect(b, 1, "LS /\xff", "ERR PARSE reason=policy detail=invalid utf-8\n");
    expect_holds(b, 1, "CAT /proc/pressure/policy", "policy=5\n");
    leave(b, 1);
}

static void serial_edits_a_line_and_refuses_to_quit(void **state)
{
    struct bench *b = *state;
    char raw[8192];
    hive_accept(b->h, 0, HIVE_SERIAL, 0);
    size_t n = hive_output(b->h, 0, (uint8_t *)raw, sizeof raw, 0);
    assert_int_equal(n, 9);
    assert_memory_equal(raw, "cohesix> ", 9);
    hive_input(b->h, 0, bytes_str("pinx\x7fg\r"), 0);
    n = hive_output(b->h, 0, (uint8_t *)raw, sizeof raw - 1, 0);
    raw[n] = 0;
    assert_string_equal(raw, "pinx\b \bg\r\nPONG\r\nOK PING reply=pong\r\ncohesix> ");
    hive_input(b->h, 0, bytes_str("\n\x01quit\n"), 0);
    n = hive_output(b->h, 0, (uint8_t *)raw, sizeof raw - 1, 0);
    raw[n] = 0;
    assert_string_equal(raw, "quit\r\nERR QUIT reason=unsupported\r\ncohesix> ");
    assert_false(hive_wants_close(b->h, 0));
    leave(b, 0);
}

static void refusals_of_strangers_make_one_line_a_second(void **state)
{
    struct bench *b = *state;
    hive_accept(b->h, 1, HIVE_TCP, 0);
    for (uint32_t i = 0; i < 10; i++)
        expect(b, 1, "LS /", "ERR AUTH reason=expected-token\n");
    pass_ms(b, 1000);
    join_queen(b, 2);
    const char *log = ask(b, 2, "CAT /log/queen.log");
    assert_non_null(strstr(log, "\n0 auth unauthenticated refusals=1\n"));
    assert_non_null(strstr(log, "\n1000 auth unauthenticated refusals=9\n"));
    leave(b, 1);
    leave(b, 2);
}

/* What the log's verbs show is what the session's view has at the log's path. */
static void cachelog_shows_what_is_bound_over_the_log(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/ctl {\"bind\":{\"from\":\"/proc/lifecycle/state\",\"to\":\"/log/queen.log\"}}", "OK ECHO");
    expect(b, 1, "CACHELOG", "OK CACHELOG\nstate=ONLINE\nEND\n");
    expect(b, 1, "LOG", "OK LOG path=/log/queen.log\nstate=ONLINE\nEND\n");
    leave(b, 1);
}

/* An attach begins with an empty view: what the session before had bound does not count. */
static void a_new_attach_has_room_for_its_ticket_s_mount(void **state)
{
    struct bench *b = *state;
    static const uint8_t key[] = "bootstrap";
    uint8_t payload[64], derived[HASH_BYTES];
    char line[CONSOLE_LINE_BYTES + 1] = "ATTACH queen ";
    struct buf p = buf_of(payload, sizeof payload), out = buf_of(line, CONSOLE_LINE_BYTES);
    out.n = strlen(line);
    mint_le(&p, 1, 3); /* version, queen, no flags */
    mint_le(&p, 0, 8);
    mint_str(&p, bytes_str("logs"));
    mint_str(&p, bytes_str("/m"));
    blake3(bytes_of(key, sizeof key - 1), derived);
    mint_text(&out, buf_bytes(&p), derived);
    line[out.n] = 0;
    join_queen(b, 1);
    for (uint32_t i = 0; i < NS_BINDS_MAX; i++) {
        char bind[96];
        snprintf(bind, sizeof bind, "ECHO /queen/ctl {\"bind\":{\"from\":\"/proc\",\"to\":\"/y%u\"}}", i);
        expect_holds(b, 1, bind, "OK ECHO");
    }
    expect(b, 1, line, "OK ATTACH role=queen\n");
    expect(b, 1, "LS /m", "OK LS path=/m entries=1\nqueen.log\nEND\n");
    leave(b, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_served_before_the_token),
        CASE(a_wrong_token_delays_its_own_connection_alone),
        CASE(a_failed_attach_is_throttled_and_three_of_a_pair_cool_down),
        CASE(strangers_have_a_pool_of_their_own),
        CASE(every_slot_serves_a_session_and_one_more_is_told_busy),
        CASE(idle_sessions_close_and_a_ping_keeps_one_open),
        CASE(who_reads_nothing_is_cut_however_much_he_asks),
        CASE(whoever_takes_his_answers_slowly_stays),
        CASE(an_end_in_the_middle_of_a_frame_is_on_record),
        CASE(a_bad_size_before_the_token_closes),
        CASE(a_long_frame_of_a_session_is_skipped_and_a_huge_one_closes),
        CASE(frames_may_come_byte_by_byte_and_several_at_once),
        CASE(only_a_right_ping_overtakes_a_stream),
        CASE(a_throttled_tail_loses_no_line),
        CASE(a_worker_that_runs_out_leaves_earlier_deadlines_alone),
        CASE(a_client_that_never_reads_takes_nothing_from_the_others),
        CASE(a_closing_connection_that_is_not_read_goes_in_time),
        CASE(bad_tickets_of_others_do_not_lock_out_a_queen_without_one),
        CASE(a_refusal_before_attach_is_nobody_s),
        CASE(an_audit_line_says_all_that_the_refusal_said),
        CASE(lines_that_are_no_commands_are_refused_by_name),
        CASE(serial_edits_a_line_and_refuses_to_quit),
        CASE(refusals_of_strangers_make_one_line_a_second),
        CASE(cachelog_shows_what_is_bound_over_the_log),
        CASE(a_new_attach_has_room_for_its_ticket_s_mount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
