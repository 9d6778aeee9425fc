/* The console grammar (spec/console.md): frames and commands, pure functions over buffers. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

/* ---- frames: a state machine over bytes ---- */

enum frame_event {
    FRAME_MORE,    /* all bytes were taken, no whole frame yet */
    FRAME_LINE,    /* line[0..want) holds a payload; call again after using it */
    FRAME_SKIPPED, /* a size of 261…65540 was announced: say `ERR FRAME`; its bytes are being skipped */
    FRAME_LOST,    /* size 0…4 or > 65540 (strict: anything outside 5…260): framing is lost, close */
};

struct frame_reader {
    uint8_t head[CONSOLE_HEADER_BYTES];
    uint8_t line[CONSOLE_LINE_BYTES];
    uint16_t head_n;
    uint16_t line_n; /* bytes of the payload read so far */
    uint16_t want;   /* payload length */
    uint32_t skip;   /* bytes still to drop */
};

/* Takes bytes from in and stops after an event; *taken says how many. strict: the rule before authentication, looked at when
 * a header is complete. A zeroed reader is ready; its line length is `want`. After FRAME_LOST every call is FRAME_LOST. */
enum frame_event frame_read(struct frame_reader *f, struct bytes in, bool strict, size_t *taken);
/* Takes from in what is missing of want bytes at `to`, of which *have are there; returns how many. */
size_t frame_fill(uint8_t *to, uint16_t *have, size_t want, struct bytes in);
/* Writes size + payload; payload 1…CONSOLE_LINE_BYTES, asserted. False: no room, nothing written, and `cut` is set. */
bool frame_write(struct buf *out, struct bytes payload);

/* ---- commands ---- */

enum console_verb {
    VERB_AUTH, VERB_ATTACH, VERB_HELP, VERB_PING, VERB_LS, VERB_CAT, VERB_TAIL, VERB_LOG, VERB_ECHO, VERB_SPAWN,
    VERB_KILL, VERB_BI, VERB_CAPS, VERB_MEM, VERB_SMP, VERB_CACHELOG, VERB_NETSTATS, VERB_NETTEST, VERB_TEST,
    VERB_QUIT, VERB_COUNT
};

struct console_command {
    enum console_verb verb;
    struct bytes path;    /* LS CAT TAIL ECHO */
    struct bytes payload; /* ECHO SPAWN: as sent, ≥ 1 byte */
    struct bytes role;    /* ATTACH */
    struct bytes ticket;  /* ATTACH: may be empty */
    struct bytes worker;  /* KILL */
    struct bytes token;   /* AUTH */
    uint64_t count;       /* CACHELOG: 0 = default; ≤ UINT32_MAX */
};

/* An argument in the grammar's table (console.c): how it is taken, the member of struct console_command that it goes to,
 * and the most bytes of a word. */
struct console_argument {
    uint8_t take, to;
    uint16_t max;
};
#define CONSOLE_ARGUMENTS_MAX 2u

struct console_usage {
    const char *name;  /* upper case, as in acknowledgements: BI answers BOOTINFO */
    const char *ack;
    const char *usage; /* e.g. "LS <path>" */
    const char *what;
    struct console_argument arguments[CONSOLE_ARGUMENTS_MAX];
};
extern const struct console_usage console_verbs[VERB_COUNT];

/* Parses one line, without its newline. NULL: *out is filled, borrowing from line. Else the text for `ERR PARSE
 * reason=policy detail=<text>`; out->verb then says which verb it was, VERB_COUNT when it is unknown. Arguments are words
 * between blanks; trailing blanks are dropped except in a payload. Whether a path is a good one is not judged here. */
const char *console_parse(struct bytes line, struct console_command *out);
/* Parsed only as far as its verb (for a PING in the middle of a stream). VERB_COUNT: unknown. */
enum console_verb console_peek(struct bytes line);
