/* The console grammar: every verb, its arguments, and every refusal's text. */
#include "support/test.h"

#include <string.h>

#include "base/fmt.h"
#include "wire/console.h"

static const char *parse(const char *line, struct console_command *c)
{
    return console_parse(bytes_str(line), c);
}

static void assert_refused(const char *line, const char *why)
{
    struct console_command c;
    const char *got = parse(line, &c);
    if (got == NULL)
        fail_msg("`%s` was accepted", line);
    else
        assert_string_equal(got, why);
}

/* name + one blank + n × 'x' */
static struct bytes with_word(const char *name, size_t n, uint8_t *store)
{
    size_t k = strlen(name);
    memcpy(store, name, k);
    memset(store + k, 'x', n);
    return bytes_of(store, k + n);
}

/* a and b as one line, valid until the next call */
static const char *joined(const char *a, const char *b)
{
    static char store[64];
    struct buf line = buf_of(store, sizeof store);
    buf_say(&line, a, b);
    buf_byte(&line, 0);
    assert_false(line.cut);
    return store;
}

static void every_verb_of_the_contract_is_known_in_any_case(void **state)
{
    static const char *const names[VERB_COUNT] = {
        "AUTH", "ATTACH", "HELP", "PING", "LS",  "CAT",      "TAIL",     "LOG",     "ECHO", "SPAWN",
        "KILL", "BI",     "CAPS", "MEM",  "SMP", "CACHELOG", "NETSTATS", "NETTEST", "TEST", "QUIT"};
    for (unsigned v = 0; v < VERB_COUNT; v++) {
        char lower[16] = {0}, mixed[16] = {0};
        for (size_t i = 0; names[v][i]; i++) {
            lower[i] = (char)(names[v][i] | 0x20);
            mixed[i] = i % 2u ? lower[i] : names[v][i];
        }
        assert_string_equal(console_verbs[v].name, names[v]);
        assert_int_equal(console_peek(bytes_str(names[v])), v);
        assert_int_equal(console_peek(bytes_str(lower)), v);
        assert_int_equal(console_peek(bytes_str(mixed)), v);
        assert_string_equal(console_verbs[v].ack, v == VERB_BI ? "BOOTINFO" : names[v]);
    }
}

static void every_verb_has_a_help_line_that_fits_a_frame(void **state)
{
    for (unsigned v = 0; v < VERB_COUNT; v++) {
        const struct console_usage *u = &console_verbs[v];
        size_t n = strlen(u->name);
        assert_memory_equal(u->usage, u->name, n);
        assert_true(u->usage[n] == 0 || u->usage[n] == ' ');
        assert_true(strlen(u->what) > 0);
        assert_true(strlen(u->usage) + 3u + strlen(u->what) <= CONSOLE_LINE_BYTES);
    }
}

static void verbs_without_arguments_take_none(void **state)
{
    static const char *const names[] = {"HELP", "PING",     "LOG",     "BI",   "CAPS", "MEM",
                                        "SMP",  "NETSTATS", "NETTEST", "TEST", "QUIT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct console_command c;
        assert_null(parse(names[i], &c));
        assert_int_equal(c.verb, console_peek(bytes_str(names[i])));
        assert_null(parse(joined(names[i], "  "), &c));
        assert_refused(joined(names[i], "  x"), "unexpected argument");
    }
}

static void path_verbs_take_one_path(void **state)
{
    static const char *const names[] = {"LS", "CAT", "TAIL"};
    for (size_t i = 0; i < 3; i++) {
        struct console_command c;
        assert_refused(names[i], "missing argument");
        assert_refused(joined(names[i], "   "), "missing argument");
        assert_null(parse(joined(names[i], "   /log/queen.log"), &c));
        ASSERT_TEXT(c.path, "/log/queen.log");
        assert_null(parse(joined(names[i], " /log/queen.log "), &c));
        ASSERT_TEXT(c.path, "/log/queen.log");
        assert_refused(joined(names[i], " /log/queen.log /log"), "unexpected argument");
    }
    struct console_command c;
    assert_null(parse("ls relative/../path", &c)); /* the namespace judges it */
    ASSERT_TEXT(c.path, "relative/../path");
}

static void attach_takes_a_role_and_perhaps_a_ticket(void **state)
{
    struct console_command c;
    assert_null(parse("ATTACH queen", &c));
    ASSERT_TEXT(c.role, "queen");
    assert_int_equal(c.ticket.n, 0);
    assert_null(parse("ATTACH queen ", &c));
    ASSERT_TEXT(c.role, "queen");
    assert_int_equal(c.ticket.n, 0);
    assert_null(parse("attach  Worker  cohesix-ticket-00.11 ", &c));
    ASSERT_TEXT(c.role, "Worker");
    ASSERT_TEXT(c.ticket, "cohesix-ticket-00.11");
    assert_refused("ATTACH", "missing argument");
    assert_refused("ATTACH ", "missing argument");
    assert_refused("ATTACH queen t more", "unexpected argument");
}

static void auth_takes_one_token(void **state)
{
    struct console_command c;
    assert_null(parse("AUTH changeme", &c));
    assert_int_equal(c.verb, VERB_AUTH);
    ASSERT_TEXT(c.token, "changeme");
    assert_refused("AUTH", "missing argument");
    assert_int_equal((parse("AUTH ", &c), c.verb), VERB_AUTH);
    assert_refused("AUTH a b", "unexpected argument");
}

static void echo_keeps_its_payload_as_sent(void **state)
{
    struct console_command c;
    assert_null(parse("ECHO /queen/ctl {\"kill\": \"worker-7\"} ", &c));
    ASSERT_TEXT(c.path, "/queen/ctl");
    ASSERT_TEXT(c.payload, "{\"kill\": \"worker-7\"} ");
    assert_null(parse("echo   /a   b  ", &c));
    ASSERT_TEXT(c.path, "/a");
    ASSERT_TEXT(c.payload, "  b  ");
    assert_refused("ECHO /a ", "missing argument");
    assert_refused("ECHO /a", "missing argument");
    assert_null(parse("ECHO /a \xe2\x82\xac", &c));
    ASSERT_TEXT(c.payload, "\xe2\x82\xac");
    assert_refused("ECHO", "missing argument");
    assert_refused("ECHO  ", "missing argument");
}

static void spawn_keeps_its_payload_as_sent(void **state)
{
    struct console_command c;
    assert_null(parse("SPAWN {\"spawn\":\"heartbeat\", \"ticks\":1} ", &c));
    ASSERT_TEXT(c.payload, "{\"spawn\":\"heartbeat\", \"ticks\":1} ");
    assert_null(parse("spawn  x", &c));
    ASSERT_TEXT(c.payload, " x");
    assert_refused("SPAWN", "missing argument");
    assert_refused("SPAWN ", "missing argument");
}

static void kill_takes_one_worker(void **state)
{
    struct console_command c;
    assert_null(parse("kill worker-7", &c));
    ASSERT_TEXT(c.worker, "worker-7");
    assert_refused("KILL", "missing argument");
    assert_refused("KILL a b", "unexpected argument");
}

static void cachelog_takes_perhaps_a_number(void **state)
{
    struct console_command c;
    assert_null(parse("CACHELOG", &c));
    assert_int_equal(c.count, 0);
    assert_null(parse("cachelog ", &c));
    assert_int_equal(c.count, 0);
    assert_null(parse("CACHELOG 64", &c));
    assert_int_equal(c.count, 64);
    assert_null(parse("CACHELOG 4294967295", &c));
    assert_true(c.count == UINT32_MAX);
    static const char *const bad[] = {"CACHELOG x",  "CACHELOG -1",         "CACHELOG 1x",
                                      "CACHELOG 01", "CACHELOG 4294967296", "CACHELOG 1.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(bad[i], "invalid number");
    assert_refused("CACHELOG 1 2", "unexpected argument");
}

static void c1_controls_are_control_characters(void **state)
{
    struct console_command c;
    assert_refused("ECHO /a \xc2\x9b" "2J", "control character");
    assert_refused("ECHO /a \xc2\x80", "control character");
    assert_null(parse("ECHO /a \xc2\xa0", &c));
}

static void arguments_are_refused_at_one_byte_too_many(void **state)
{
    static const struct {
        const char *before;
        size_t max;
    } cases[] = {{"ATTACH ", CONSOLE_ROLE_BYTES},     {"ATTACH queen ", CONSOLE_TICKET_BYTES},
                 {"LS ", CONSOLE_PATH_BYTES},         {"CAT ", CONSOLE_PATH_BYTES},
                 {"TAIL ", CONSOLE_PATH_BYTES},       {"KILL ", CONSOLE_WORKER_BYTES},     {"AUTH ", CONSOLE_LINE_BYTES - 5u},
                 {"SPAWN ", CONSOLE_LINE_BYTES - 6u}, {"ECHO /a ", CONSOLE_LINE_BYTES - 8u}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t store[400];
        struct console_command c;
        assert_null(console_parse(with_word(cases[i].before, cases[i].max, store), &c));
        assert_string_equal(console_parse(with_word(cases[i].before, cases[i].max + 1u, store), &c),
                            "argument payload exceeds allowed length");
    }
}

static void unknown_verbs_are_refused(void **state)
{
    static const char *const bad[] = {"",         " ",    " PING",     "PIN",  "PINGS",  "P",       "LS/",
                                      "BOOTINFO", "EXIT", "P\xc3\xa4", "[ALL", "AUTH,x", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(bad[i], "unknown verb");
        assert_int_equal(console_peek(bytes_str(bad[i])), VERB_COUNT);
    }
    struct console_command c;
    assert_string_equal(console_parse(bytes_of(NULL, 0), &c), "unknown verb");
    assert_int_equal(c.verb, VERB_COUNT);
}

static void control_characters_are_refused_wherever_they_stand(void **state)
{
    for (unsigned byte = 0; byte < 0x21; byte++) {
        uint8_t ch = byte == 0x20 ? 0x7f : (uint8_t)byte;
        static const char line[] = "ECHO /a b";
        for (size_t at = 0; at < sizeof line; at++) {
            uint8_t bad[sizeof line];
            memcpy(bad, line, sizeof line);
            bad[at] = ch;
            struct console_command c;
            assert_string_equal(console_parse(bytes_of(bad, at == 9 ? 10 : 9), &c), "control character");
        }
    }
}

static void invalid_utf8_is_refused(void **state)
{
    assert_refused("ECHO /a \xff", "invalid utf-8");
    assert_refused("ECHO /a \xc3", "invalid utf-8");
    assert_refused("ECHO /\xed\xa0\x80 x", "invalid utf-8");
    assert_refused("\x80PING", "invalid utf-8");
    assert_refused("ECHO /a \xc2", "invalid utf-8"); /* where a C1 control would begin */
    assert_refused("ECHO /a \xc2 b", "invalid utf-8");
}

static void peek_looks_no_further_than_the_verb(void **state)
{
    assert_int_equal(console_peek(bytes_str("ping")), VERB_PING);
    assert_int_equal(console_peek(bytes_str("PING \x01\xff")), VERB_PING);
    assert_int_equal(console_peek(bytes_str("ls")), VERB_LS);
}

static void nothing_of_a_refused_line_stays(void **state)
{
    struct console_command c;
    assert_null(parse("ATTACH queen t", &c));
    assert_non_null(parse("LS", &c));
    assert_int_equal(c.verb, VERB_LS);
    assert_int_equal(c.role.n + c.ticket.n + c.path.n + c.payload.n + c.token.n + c.worker.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_of_the_contract_is_known_in_any_case),
        cmocka_unit_test(every_verb_has_a_help_line_that_fits_a_frame),
        cmocka_unit_test(verbs_without_arguments_take_none),
        cmocka_unit_test(path_verbs_take_one_path),
        cmocka_unit_test(attach_takes_a_role_and_perhaps_a_ticket),
        cmocka_unit_test(auth_takes_one_token),
        cmocka_unit_test(echo_keeps_its_payload_as_sent),
        cmocka_unit_test(spawn_keeps_its_payload_as_sent),
        cmocka_unit_test(kill_takes_one_worker),
        cmocka_unit_test(cachelog_takes_perhaps_a_number),
        cmocka_unit_test(c1_controls_are_control_characters),
        cmocka_unit_test(arguments_are_refused_at_one_byte_too_many),
        cmocka_unit_test(unknown_verbs_are_refused),
        cmocka_unit_test(control_characters_are_refused_wherever_they_stand),
        cmocka_unit_test(invalid_utf8_is_refused),
        cmocka_unit_test(peek_looks_no_further_than_the_verb),
        cmocka_unit_test(nothing_of_a_refused_line_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
