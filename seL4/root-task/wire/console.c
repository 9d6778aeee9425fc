/* The console grammar: one table of verbs with the shape of their arguments; see console.h and
 * spec/console.md. */
#include "wire/console.h"

#include "base/fmt.h"

/* What follows a verb. */
enum take {
    NOTHING,
    WORD,   /* 1…max bytes up to a blank, which must be there */
    OPTION, /* the same, or nothing */
    COUNT,  /* a number in decimal, or nothing: 0 */
    REST,   /* what follows one separator, blanks and all */
};

#define VERB_BYTES_MAX 8u /* NETSTATS */
#define TO(member) (uint8_t)offsetof(struct console_command, member)
#define NONE {{NOTHING, 0, 0}}
#define PATH {WORD, TO(path), CONSOLE_PATH_BYTES}
#define PAYLOAD {REST, TO(payload), 0}
const struct console_usage console_verbs[VERB_COUNT] = {
    [VERB_AUTH] = {"AUTH", "AUTH", "AUTH <token>", "authenticate this connection",
                   {{WORD, TO(token), CONSOLE_LINE_BYTES}}},
    [VERB_ATTACH] = {"ATTACH", "ATTACH", "ATTACH <role> [ticket]", "open a session as a role",
                     {{WORD, TO(role), CONSOLE_ROLE_BYTES}, {OPTION, TO(ticket), CONSOLE_TICKET_BYTES}}},
    [VERB_HELP] = {"HELP", "HELP", "HELP", "list the commands", NONE},
    [VERB_PING] = {"PING", "PING", "PING", "check that the console answers", NONE},
    [VERB_LS] = {"LS", "LS", "LS <path>", "list a directory", {PATH}},
    [VERB_CAT] = {"CAT", "CAT", "CAT <path>", "print a file", {PATH}},
    [VERB_TAIL] = {"TAIL", "TAIL", "TAIL <path>", "print what was appended since the last TAIL", {PATH}},
    [VERB_LOG] = {"LOG", "LOG", "LOG", "tail /log/queen.log", NONE},
    [VERB_ECHO] = {"ECHO", "ECHO", "ECHO <path> <payload>", "append a line to a file", {PATH, PAYLOAD}},
    [VERB_SPAWN] = {"SPAWN", "SPAWN", "SPAWN <json>", "append a spawn order to /queen/ctl", {PAYLOAD}},
    [VERB_KILL] = {"KILL", "KILL", "KILL <worker>", "stop a worker", {{WORD, TO(worker), CONSOLE_WORKER_BYTES}}},
    [VERB_BI] = {"BI", "BOOTINFO", "BI", "show the kernel's BootInfo", NONE},
    [VERB_CAPS] = {"CAPS", "CAPS", "CAPS", "show the root task's capabilities", NONE},
    [VERB_MEM] = {"MEM", "MEM", "MEM", "show untyped and device memory", NONE},
    [VERB_SMP] = {"SMP", "SMP", "SMP", "show facts about each core", NONE},
    [VERB_CACHELOG] = {"CACHELOG", "CACHELOG", "CACHELOG [n]", "print the newest n log lines", {{COUNT, TO(count), 0}}},
    [VERB_NETSTATS] = {"NETSTATS", "NETSTATS", "NETSTATS", "print network counters", NONE},
    [VERB_NETTEST] = {"NETTEST", "NETTEST", "NETTEST", "run the network self-test", NONE},
    [VERB_TEST] = {"TEST", "TEST", "TEST", "run the self-tests (in cohsh on the host)", NONE},
    [VERB_QUIT] = {"QUIT", "QUIT", "QUIT", "end the session", NONE},
};

static const char too_long[] = "argument payload exceeds allowed length";

/* Bytes at the beginning of s that are blanks, or that are none. */
static size_t span(struct bytes s, bool blanks)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ') == blanks)
        n++;
    return n;
}

/* Takes the next word off *rest, with the blanks before it. Empty: there is none. */
static struct bytes next_word(struct bytes *rest)
{
    struct bytes s = bytes_sub(*rest, span(*rest, true), rest->n);
    struct bytes word = bytes_sub(s, 0, span(s, false));
    *rest = bytes_sub(s, word.n, s.n);
    return word;
}

/* Takes one argument off *rest; NULL, or why not. */
static const char *take(struct bytes *rest, const struct console_argument *a, struct console_command *out)
{
    void *to = (uint8_t *)out + a->to;
    struct bytes s = a->take == REST ? bytes_sub(*rest, 1, rest->n) : next_word(rest);
    if (a->take == COUNT)
        return s.n == 0 || parse_u64(s, UINT32_MAX, to) ? NULL : "invalid number";
    *(struct bytes *)to = s;
    if (a->take == REST)
        rest->n = 0;
    else if (s.n > a->max)
        return too_long;
    return s.n || a->take == OPTION ? NULL : "missing argument";
}

static const char *take_arguments(struct bytes rest, struct console_command *out)
{
    const struct console_argument *a = console_verbs[out->verb].arguments;
    const char *refused = NULL;
    for (unsigned i = 0; i < CONSOLE_ARGUMENTS_MAX && a[i].take != NOTHING && !refused; i++)
        refused = take(&rest, &a[i], out);
    return !refused && span(rest, true) < rest.n ? "unexpected argument" : refused;
}

enum console_verb console_peek(struct bytes line)
{
    uint8_t name[VERB_BYTES_MAX + 1u]; /* one more, so that a word that is cut to it is none */
    struct bytes word = bytes_sub(bytes_sub(line, 0, sizeof name), 0, span(line, false));
    for (size_t i = 0; i < word.n; i++)
        name[i] = word.p[i] >= 'a' && word.p[i] <= 'z' ? (uint8_t)(word.p[i] - 'a' + 'A') : word.p[i];
    unsigned verb = 0;
    while (verb < VERB_COUNT && !bytes_is(bytes_of(name, word.n), console_verbs[verb].name))
        verb++;
    return (enum console_verb)verb;
}

const char *console_parse(struct bytes line, struct console_command *out)
{
    *out = (struct console_command){.verb = VERB_COUNT};
    if (utf8_control(line))
        return "control character";
    if (!utf8_valid(line))
        return "invalid utf-8";
    out->verb = console_peek(line);
    if (out->verb == VERB_COUNT)
        return "unknown verb";
    if (line.n > CONSOLE_LINE_BYTES)
        return too_long;
    return take_arguments(bytes_sub(line, span(line, false), line.n), out);
}
