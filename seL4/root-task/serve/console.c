/* The console server; see console.h. A command is dispatched only when everything before it is out, so that answers never
 * overtake each other and there is always room for an acknowledgement. */
#include "serve/console.h"

#include "wire/p9.h"

/* Room that an answer to PING or a line about a frame needs, at most. */
#define ASIDE_BYTES 96u

static bool is_serial(const struct conn *c) { return c->kind == HIVE_SERIAL; }

static bool idle(const struct conn *c) { return c->out_n == 0 && !c->stream.on && !c->closing; }

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

/* What the frame reader found. A line is run in its turn, but a PING is answered even in the middle of a stream. */
static void frame_in(struct hive *h, struct conn *c, enum frame_event e)
{
    struct bytes line = bytes_of(c->in.line, c->in.line_n);
    if (e != FRAME_LINE) {
        verb_refuse_frame(h, c);
        if (e == FRAME_LOST)
            link_close(h, c);
    } else if (idle(c)) {
        dispatch(h, c);
    } else if (c->session != SESSION_NONE && is_ping(line)) {
        verb_run(h, c, line);
    } else {
        c->pending = true;
        ingest_wait(h, &c->waits, true);
    }
}

/* Is the first frame a Tversion and no line, which can't hold 0xff? Then what came of it is Secure9P's. */
static bool is_version(struct hive *h, struct conn *c, bool whole)
{
    static const uint8_t mark[] = {P9_TVERSION, P9_NOTAG & 0xff, P9_NOTAG >> 8};
    uint8_t *frame = h->streams[c - h->conns];
    bool version = c->in.line_n >= sizeof mark && memcmp(c->in.line, mark, sizeof mark) == 0;
    if (c->protocol != PROTOCOL_OPEN || (c->in.line_n < sizeof mark && !whole))
        return false;
    c->protocol = version ? PROTOCOL_P9 : PROTOCOL_CONSOLE;
    if (!version)
        return false;
    memcpy(frame, c->in.head, sizeof c->in.head);
    memcpy(frame + sizeof c->in.head, c->in.line, c->in.line_n);
    c->p9.in_n = (uint16_t)(sizeof c->in.head + c->in.line_n);
    return true;
}

static size_t frames_in(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    while (done < in.n && !c->pending && !c->closing && reply_room(c) >= ASIDE_BYTES) {
        size_t taken;
        if (c->in.head_n == 0 || (c->in.want && c->in.line_n == c->in.want)) /* between two frames */
            c->asked_ms = h->now_ms;
        enum frame_event e = frame_read(&c->in, bytes_sub(in, done, in.n), c->session == SESSION_NONE, &taken);
        done += taken;
        if (is_version(h, c, e == FRAME_LINE))
            break;
        if (e != FRAME_MORE)
            frame_in(h, c, e);
    }
    return done;
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
        verb_refuse_line(h, c, "argument payload exceeds allowed length");
    c->pending = c->in.line_n && !c->too_long;
    c->prompt = !c->pending;
    c->too_long = false;
    if (!c->pending)
        c->in.line_n = 0;
}

static void type(struct conn *c, uint8_t key)
{
    if (c->in.line_n == CONSOLE_LINE_BYTES) {
        c->too_long = true;
        return;
    }
    c->in.line[c->in.line_n++] = key;
    put(c, (const char[]){(char)key, 0});
}

static void key_in(struct hive *h, struct conn *c, uint8_t key)
{
    bool second = key == '\n' && c->carriage; /* of a CR LF */
    c->carriage = key == '\r';
    if (c->in.line_n == 0)
        c->asked_ms = h->now_ms;
    if (key == '\r' || (key == '\n' && !second))
        enter(h, c);
    else if (key == '\b' || key == 0x7f)
        erase(c);
    else if (key >= 0x20)
        type(c, key);
}

static size_t keys_in(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    while (done < in.n && !c->pending && !c->prompt && !c->stream.on && reply_room(c) >= CONSOLE_FRAME_MAX)
        key_in(h, c, in.p[done++]);
    return done;
}

size_t console_input(struct hive *h, struct conn *c, struct bytes in)
{
    return is_serial(c) ? keys_in(h, c, in) : frames_in(h, c, in);
}

void console_produce(struct hive *h, struct conn *c)
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
        put(c, "cohesix> ");
    }
}
