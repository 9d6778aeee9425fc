/* The console server; see console.h. A command is dispatched only when everything before it is out, so that answers never
 * overtake each other and there is always room for an acknowledgement. */
#include "serve/console.h"

#include "base/assert.h"
#include "serve/link.h"
#include "serve/reply.h"
#include "serve/verbs.h"

/* Room that an answer to PING or a line about a frame needs, at most. */
#define ASIDE_BYTES 96u
#define PROMPT "cohesix> "

static bool is_serial(const struct conn *c) { return c->kind == HIVE_SERIAL; }

static bool idle(const struct conn *c) { return c->out_n == 0 && c->stream.from == STREAM_NONE && !c->closing; }

static void dispatch(struct hive *h, struct conn *c)
{
    COH_ASSERT(idle(c));
    c->pending = false;
    ingest_wait(h, &c->waits, false);
    h->asked_ms = c->asked_ms;
    c->prompt = is_serial(c);
    verb_run(h, c, bytes_of(c->in.line, c->in.line_n));
}

/* A PING that is one: what the parser refuses waits for its turn like any other line. */
static bool is_ping(struct bytes line)
{
    struct console_command cmd;
    return console_parse(line, &cmd) == NULL && cmd.verb == VERB_PING;
}

/* A whole line has come. PING is answered even in the middle of a stream. */
static void line_in(struct hive *h, struct conn *c)
{
    struct bytes line = bytes_of(c->in.line, c->in.line_n);
    if (idle(c)) {
        dispatch(h, c);
    } else if (c->session != SESSION_NONE && !c->closing && is_ping(line)) {
        verb_run(h, c, line);
    } else {
        c->pending = true;
        ingest_wait(h, &c->waits, true);
    }
}

static void frame_lost(struct hive *h, struct conn *c)
{
    if (c->session == SESSION_NONE) {
        reply_err(c, "AUTH", "invalid-length");
        audit_stranger(h, COH_INVALID);
    } else {
        verb_refuse_frame(h, c);
    }
    link_close(h, c);
}

static size_t frames_in(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    while (done < in.n && !c->pending && !c->closing && reply_room(c) >= ASIDE_BYTES) {
        size_t taken;
        if (c->in.head_n == 0 || (c->in.want && c->in.line_n == c->in.want)) /* between two frames */
            c->asked_ms = h->now_ms;
        enum frame_event e = frame_read(&c->in, bytes_sub(in, done, in.n), c->session == SESSION_NONE, &taken);
        if (e == FRAME_LINE)
            line_in(h, c);
        else if (e == FRAME_SKIPPED)
            verb_refuse_frame(h, c);
        else if (e == FRAME_LOST)
            frame_lost(h, c);
        done += taken;
    }
    return c->closing ? in.n : done;
}

/* ---- serial: a line editor ---- */

static void put(struct conn *c, const char *text)
{
    size_t n = strlen(text);
    COH_ASSERT(n <= reply_room(c));
    memcpy(c->out + c->out_n, text, n);
    c->out_n = (uint16_t)(c->out_n + n);
}

/* Takes the last character, all bytes of it, off the line. */
static void erase(struct conn *c)
{
    if (c->in.line_n == 0 || c->too_long)
        return;
    while (c->in.line_n > 0 && (c->in.line[--c->in.line_n] & 0xc0u) == 0x80u)
        continue;
    put(c, "\b \b");
}

static void enter(struct hive *h, struct conn *c)
{
    put(c, "\r\n");
    if (c->too_long)
        verb_too_long(h, c);
    else if (c->in.line_n)
        c->pending = true;
    else
        c->prompt = true;
    c->too_long = false;
    if (!c->pending)
        c->in.line_n = 0;
}

static size_t keys_in(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    while (done < in.n && !c->pending && !c->prompt && c->stream.from == STREAM_NONE && reply_room(c) >= CONSOLE_FRAME_MAX) {
        uint8_t key = in.p[done++];
        bool second = key == '\n' && c->carriage;
        c->carriage = key == '\r';
        if (second) /* of a CR LF */
            continue;
        if (c->in.line_n == 0)
            c->asked_ms = h->now_ms;
        if (key == '\r' || key == '\n') {
            enter(h, c);
        } else if (key == '\b' || key == 0x7f) {
            erase(c);
        } else if (key >= 0x20) {
            if (c->in.line_n == CONSOLE_LINE_BYTES) {
                c->too_long = true;
                continue;
            }
            c->in.line[c->in.line_n++] = key;
            put(c, (const char[]){(char)key, 0});
        }
    }
    return done;
}

size_t console_input(struct hive *h, struct conn *c, struct bytes in)
{
    c->last_input_ms = h->now_ms;
    return is_serial(c) ? keys_in(h, c, in) : frames_in(h, c, in);
}

/* Something to say next, when all that was said is out. */
static void produce(struct hive *h, struct conn *c)
{
    stream_run(h, c);
    if (c->out_n || c->closing)
        return;
    if (c->pending) {
        dispatch(h, c);
        if (is_serial(c))
            c->in.line_n = 0;
        stream_run(h, c);
    } else if (c->prompt) {
        c->prompt = false;
        put(c, PROMPT);
    }
}

size_t console_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap)
{
    size_t done = 0;
    while (done < cap) {
        if (c->out_n == 0)
            produce(h, c);
        if (c->out_n == 0)
            break;
        struct bytes part = bytes_sub(bytes_of(c->out, c->out_n), c->out_from, cap - done);
        memcpy(out + done, part.p, part.n);
        done += part.n;
        c->out_from = (uint16_t)(c->out_from + part.n);
        if (c->out_from == c->out_n)
            c->out_from = c->out_n = 0;
    }
    return done;
}

bool console_valid(const struct hive *h, const struct conn *c)
{
    bool out = c->out_from <= c->out_n && c->out_n <= sizeof c->out && (c->out_n == 0 || c->out_from < c->out_n);
    bool stream = c->stream.from == STREAM_NONE || c->stream.pos <= c->stream.end;
    return out && stream && c->in.line_n <= CONSOLE_LINE_BYTES;
}
