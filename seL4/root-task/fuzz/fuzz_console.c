/* The command grammar: every line is parsed or refused with a known text, and what is borrowed lies inside
 * the line. */
#include "support/fuzz.h"

#include "base/fmt.h"
#include "wire/console.h"

static void check_inside(struct bytes part, struct bytes line, size_t max)
{
    if (part.n == 0)
        return;
    FUZZ_CHECK(part.p >= line.p && part.n <= line.n);
    FUZZ_CHECK((size_t)(part.p - line.p) <= line.n - part.n);
    FUZZ_CHECK(part.n <= max);
    FUZZ_CHECK(utf8_valid(part));
    for (size_t i = 0; i < part.n; i++)
        FUZZ_CHECK(part.p[i] >= 0x20 && part.p[i] != 0x7f);
}

static bool known_refusal(const char *text)
{
    static const char *const known[] = {"unknown verb",        "missing argument",
                                        "unexpected argument", "argument payload exceeds allowed length",
                                        "control character",   "invalid utf-8",
                                        "invalid number"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (bytes_is(bytes_str(text), known[i]))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes line = bytes_of(data, size);
    struct console_command c;
    enum console_verb verb = console_peek(line);
    const char *refused = console_parse(line, &c);
    FUZZ_CHECK(verb <= VERB_COUNT);
    if (refused) {
        FUZZ_CHECK(known_refusal(refused));
        return 0;
    }
    FUZZ_CHECK(c.verb == verb && verb < VERB_COUNT && size <= CONSOLE_LINE_BYTES);
    check_inside(c.path, line, CONSOLE_PATH_BYTES);
    check_inside(c.payload, line, CONSOLE_LINE_BYTES);
    check_inside(c.role, line, CONSOLE_ROLE_BYTES);
    check_inside(c.ticket, line, CONSOLE_TICKET_BYTES);
    check_inside(c.worker, line, CONSOLE_WORKER_BYTES);
    check_inside(c.token, line, CONSOLE_LINE_BYTES);
    FUZZ_CHECK(verb != VERB_SPAWN || c.payload.n > 0);
    FUZZ_CHECK((verb == VERB_ECHO || verb == VERB_LS || verb == VERB_CAT || verb == VERB_TAIL) ==
               (c.path.n > 0));
    return 0;
}
