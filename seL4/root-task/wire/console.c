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

static const char unknown_verb[] = "unknown verb";
static const char missing[] = "missing argument";
static const char unexpected[] = "unexpected argument";
static const char too_long[] = "argument payload exceeds allowed length";

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static bool verb_is(struct bytes word, const char *name)
{
    if (word.n != strlen(name))
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (upper(word.p[i]) != (uint8_t)name[i])
            return false;
    return true;
}

/* Bytes before the first blank. */
static size_t word_length(struct bytes s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ')
        n++;
    return n;
}

static struct bytes skip_blanks(struct bytes s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] == ' ')
        n++;
    return bytes_sub(s, n, s.n);
}

/* Takes the next word off *rest, with the blanks before it. Empty: there is none. */
static struct bytes next_word(struct bytes *rest)
{
    struct bytes s = skip_blanks(*rest);
    struct bytes word = bytes_sub(s, 0, word_length(s));
    *rest = bytes_sub(s, word.n, s.n);
    return word;
}

static const char *check_end(struct bytes rest)
{
    return skip_blanks(rest).n ? unexpected : NULL;
}

/* A word of 1…max bytes that must be there. */
static const char *take_word(struct bytes *rest, size_t max, struct bytes *out)
{
    *out = next_word(rest);
    if (out->n == 0)
        return missing;
    return out->n > max ? too_long : NULL;
}

/* The same as a command's only argument. */
static const char *take_only(struct bytes rest, size_t max, struct bytes *out)
{
    const char *refused = take_word(&rest, max, out);
    return refused ? refused : check_end(rest);
}

static const char *take_attach(struct bytes rest, struct console_command *out)
{
    const char *refused = take_word(&rest, CONSOLE_ROLE_BYTES, &out->role);
    if (refused)
        return refused;
    out->ticket = next_word(&rest);
    if (out->ticket.n > CONSOLE_TICKET_BYTES)
        return too_long;
    return check_end(rest);
}

/* The payload is what follows one separator after the path, blanks and all. */
static const char *take_echo(struct bytes rest, struct console_command *out)
{
    const char *refused = take_word(&rest, CONSOLE_PATH_BYTES, &out->path);
    if (refused)
        return refused;
    out->payload = bytes_sub(rest, 1, rest.n);
    return out->payload.n ? NULL : missing;
}

static const char *take_spawn(struct bytes rest, struct console_command *out)
{
    out->payload = bytes_sub(rest, 1, rest.n);
    return out->payload.n ? NULL : missing;
}

static const char *take_count(struct bytes rest, struct console_command *out)
{
    struct bytes word = next_word(&rest);
    uint64_t count = 0;
    if (word.n && !parse_u64(word, UINT32_MAX, &count))
        return "invalid number";
    out->count = (uint32_t)count;
    return check_end(rest);
}

static const char *take_arguments(struct bytes rest, struct console_command *out)
{
    switch (out->verb) {
    case VERB_AUTH:
        return take_only(rest, CONSOLE_LINE_BYTES, &out->token);
    case VERB_ATTACH:
        return take_attach(rest, out);
    case VERB_LS:
    case VERB_CAT:
    case VERB_TAIL:
        return take_only(rest, CONSOLE_PATH_BYTES, &out->path);
    case VERB_ECHO:
        return take_echo(rest, out);
    case VERB_SPAWN:
        return take_spawn(rest, out);
    case VERB_KILL:
        return take_only(rest, CONSOLE_WORKER_BYTES, &out->worker);
    case VERB_CACHELOG:
        return take_count(rest, out);
    default:
        return check_end(rest);
    }
}

enum console_verb console_peek(struct bytes line)
{
    struct bytes word = bytes_sub(line, 0, word_length(line));
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
        return unknown_verb;
    if (line.n > CONSOLE_LINE_BYTES)
        return too_long;
    size_t n = word_length(line);
    return take_arguments(bytes_sub(line, n, line.n), out);
}
