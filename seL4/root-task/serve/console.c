/* The console server; see console.h. A command is dispatched only when everything before it is out, so that answers never
 * overtake each other and there is always room for an acknowledgement. */
#include "serve/console.h"

#include "base/assert.h"
#include "serve/link.h"
#include "wire/p9.h"

/* Room that an answer to PING or a line about a frame needs, at most. */
#define ASIDE_BYTES 96u
#define PROMPT "cohesix> "

static bool is_serial(const struct conn *c) { return c->kind == HIVE_SERIAL; }

static bool idle(const struct conn *c) { return c->out_n == 0 && !c->stream.on && !c->closing; }

static void dispatch(struct hive *h, struct conn *c)
{
    COH_ASSERT(idle(c));
    c->pending = false;
    ingest_go(h, &c->waits);
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
        ingest_wait(h, &c->waits);
    }
}

/* Of the first frame: is it a Tversion and no line? Then what came of it is Secure9P's. A line can't hold 0xff. */
static bool is_version(struct hive *h, struct conn *c, bool whole)
{
    static const uint8_t mark[] = {P9_TVERSION, P9_NOTAG & 0xff, P9_NOTAG >> 8};
    uint8_t *frame = h->streams[c - h->conns];
    bool version = c->in.line_n >= sizeof mark && memcmp(c->in.line, mark, sizeof mark) == 0;
    if (!version && !whole && c->in.line_n < sizeof mark)
        return false;
    c->protocol = version ? PROTOCOL_P9 : PROTOCOL_CONSOLE;
    if (!version)
        return false;
    memcpy(frame, c->in.head, sizeof c->in.head);
    memcpy(frame + sizeof c->in.head, c->in.line, c->in.line_n);
    c->p9.in_n = (uint32_t)sizeof c->in.head + c->in.line_n;
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
        if (c->protocol == PROTOCOL_OPEN && is_version(h, c, e == FRAME_LINE))
            break;
        if (e == FRAME_LINE)
            line_in(h, c);
        else if (e != FRAME_MORE)
            verb_refuse_frame(h, c);
        if (e == FRAME_LOST)
            link_close(h, c);
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
    while (done < in.n && !c->pending && !c->prompt && !c->stream.on && reply_room(c) >= CONSOLE_FRAME_MAX) {
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
        put(c, PROMPT);
    }
}
