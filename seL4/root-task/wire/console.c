/* The console grammar: one table of verbs with the shape of their arguments; see console.h and
 * spec/console.md. */
#include "wire/console.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/utf8.h"

const struct console_usage console_verbs[VERB_COUNT] = {
    [VERB_AUTH] = {"AUTH", "AUTH", "AUTH <token>", "authenticate this connection"},
    [VERB_ATTACH] = {"ATTACH", "ATTACH", "ATTACH <role> [ticket]", "open a session as a role"},
    [VERB_HELP] = {"HELP", "HELP", "HELP", "list the commands"},
    [VERB_PING] = {"PING", "PING", "PING", "check that the console answers"},
    [VERB_LS] = {"LS", "LS", "LS <path>", "list a directory"},
    [VERB_CAT] = {"CAT", "CAT", "CAT <path>", "print a file"},
    [VERB_TAIL] = {"TAIL", "TAIL", "TAIL <path>", "print what was appended since the last TAIL"},
    [VERB_LOG] = {"LOG", "LOG", "LOG", "tail /log/queen.log"},
    [VERB_ECHO] = {"ECHO", "ECHO", "ECHO <path> <payload>", "append a line to a file"},
    [VERB_SPAWN] = {"SPAWN", "SPAWN", "SPAWN <json>", "append a spawn order to /queen/ctl"},
    [VERB_KILL] = {"KILL", "KILL", "KILL <worker>", "stop a worker"},
    [VERB_BI] = {"BI", "BOOTINFO", "BI", "show the kernel's BootInfo"},
    [VERB_CAPS] = {"CAPS", "CAPS", "CAPS", "show the root task's capabilities"},
    [VERB_MEM] = {"MEM", "MEM", "MEM", "show untyped and device memory"},
    [VERB_SMP] = {"SMP", "SMP", "SMP", "show facts about each core"},
    [VERB_CACHELOG] = {"CACHELOG", "CACHELOG", "CACHELOG [n]", "print the newest n log lines"},
    [VERB_NETSTATS] = {"NETSTATS", "NETSTATS", "NETSTATS", "print network counters"},
    [VERB_NETTEST] = {"NETTEST", "NETTEST", "NETTEST", "run the network self-test"},
    [VERB_TEST] = {"TEST", "TEST", "TEST", "run the self-tests (in cohsh on the host)"},
    [VERB_QUIT] = {"QUIT", "QUIT", "QUIT", "end the session"},
};

static const char too_long[] = "argument payload exceeds allowed length";

static uint8_t upper(uint8_t c) { return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c; }

static bool verb_is(struct bytes word, const char *name)
{
    if (word.n != strlen(name))
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (upper(word.p[i]) != (uint8_t)name[i])
            return false;
    return true;
}

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

/* What follows a verb. */
enum take {
    NOTHING,
    WORD,   /* 1…max bytes up to a blank, which must be there */
    OPTION, /* the same, or nothing */
    COUNT,  /* a number in decimal, or nothing: 0 */
    REST,   /* what follows one separator, blanks and all */
};

struct argument {
    uint8_t take;
    uint8_t to; /* offset in struct console_command */
    uint16_t max;
};

#define ARGUMENTS_MAX 2u
#define TO(member) (uint8_t)offsetof(struct console_command, member)
static const struct argument arguments[VERB_COUNT][ARGUMENTS_MAX] = {
    [VERB_AUTH] = {{WORD, TO(token), CONSOLE_LINE_BYTES}},
    [VERB_ATTACH] = {{WORD, TO(role), CONSOLE_ROLE_BYTES}, {OPTION, TO(ticket), CONSOLE_TICKET_BYTES}},
    [VERB_LS] = {{WORD, TO(path), CONSOLE_PATH_BYTES}}, [VERB_CAT] = {{WORD, TO(path), CONSOLE_PATH_BYTES}},
    [VERB_TAIL] = {{WORD, TO(path), CONSOLE_PATH_BYTES}},
    [VERB_ECHO] = {{WORD, TO(path), CONSOLE_PATH_BYTES}, {REST, TO(payload), 0}},
    [VERB_SPAWN] = {{REST, TO(payload), 0}},
    [VERB_KILL] = {{WORD, TO(worker), CONSOLE_WORKER_BYTES}},
    [VERB_CACHELOG] = {{COUNT, TO(count), 0}},
};

static const char *take_count(struct bytes word, uint32_t *out)
{
    uint64_t count = 0;
    if (word.n && !parse_u64(word, UINT32_MAX, &count))
        return "invalid number";
    *out = (uint32_t)count;
    return NULL;
}

/* Takes one argument off *rest; NULL, or why not. */
static const char *take(struct bytes *rest, const struct argument *a, struct console_command *out)
{
    void *to = (uint8_t *)out + a->to;
    struct bytes s = a->take == REST ? bytes_sub(*rest, 1, rest->n) : next_word(rest);
    if (a->take == COUNT)
        return take_count(s, to);
    *(struct bytes *)to = s;
    if (a->take == REST)
        rest->n = 0;
    else if (s.n > a->max)
        return too_long;
    return s.n || a->take == OPTION ? NULL : "missing argument";
}

static const char *take_arguments(struct bytes rest, struct console_command *out)
{
    const struct argument *a = arguments[out->verb];
    const char *refused = NULL;
    for (unsigned i = 0; i < ARGUMENTS_MAX && a[i].take != NOTHING && !refused; i++)
        refused = take(&rest, &a[i], out);
    return !refused && span(rest, true) < rest.n ? "unexpected argument" : refused;
}

enum console_verb console_peek(struct bytes line)
{
    struct bytes word = bytes_sub(line, 0, span(line, false));
    unsigned verb = 0;
    while (verb < VERB_COUNT && !verb_is(word, console_verbs[verb].name))
        verb++;
    return (enum console_verb)verb;
}

const char *console_parse(struct bytes line, struct console_command *out)
{
    COH_ASSERT(line.n == 0 || line.p != NULL);
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
