/* Production of streams; see stream.h. The pool `streams` gives each connection a block that holds rendered text or names,
 * so that what one client reads slowly stays as it was when he asked. */
#include "serve/stream.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "ns/content.h"
#include "serve/reply.h"

/* Enough of the content to know whether the next line fits a frame, and where to cut it on a character's boundary. */
#define PIECE_BYTES (CONSOLE_LINE_BYTES + 4u)

static uint8_t *block(struct hive *h, const struct conn *c) { return h->streams[c - h->conns]; }

/* Bytes of a byte stream in one `b64:` line: whole groups of three. */
#define B64_MARK "b64:"
#define B64_BYTES 186u

/* Renders the text from position `from` into the block; returns the content's whole size. */
static uint64_t render(struct hive *h, struct conn *c, uint64_t from)
{
    struct text t = text_window(block(h, c), COH_POOL_STREAMS_ELEM, from);
    ns_render(&h->tree, h, &c->stream.ref, &t);
    c->stream.base = from;
    return t.total;
}

void stream_open(struct hive *h, struct conn *c, const struct ns_ref *ref, uint64_t from)
{
    struct stream *s = &c->stream;
    const struct ring *ring = ns_ring(&h->tree, h, ref);
    struct bytes constant;
    *s = (struct stream){.ref = *ref, .bytes = ns_is_bytes(&h->tree, ref)};
    if (ring) {
        s->from = STREAM_LINES;
        s->pos = from == UINT64_MAX || from < ring->oldest ? ring->oldest : from;
        s->end = ring->next;
    } else if (ns_constant(&h->tree, h, ref, &constant)) {
        s->from = STREAM_FIXED;
        s->fixed = constant.p;
        s->end = constant.n;
    } else {
        s->from = STREAM_TEXT;
        s->end = render(h, c, 0);
    }
}

bool stream_open_list(struct hive *h, struct conn *c, const struct ns_ref *dir, uint32_t *entries)
{
    struct caller who = session_caller(h, c->session);
    struct buf b = buf_of(block(h, c), COH_POOL_STREAMS_ELEM);
    bool fits = ns_list(&h->tree, h, &who, dir, &b, entries);
    c->stream = (struct stream){.from = fits ? STREAM_FIXED : STREAM_NONE, .fixed = b.p, .end = b.n};
    return fits;
}

void stream_open_help(struct conn *c) { c->stream = (struct stream){.from = STREAM_HELP, .end = VERB_COUNT}; }

uint64_t stream_size(const struct conn *c) { return c->stream.end - c->stream.pos; }

/* The last bytes of the content, as many as are at hand. */
static struct bytes tail_of(struct hive *h, struct conn *c)
{
    struct stream *s = &c->stream;
    if (s->from == STREAM_FIXED)
        return bytes_of(s->fixed + s->pos, (size_t)(s->end - s->pos));
    uint64_t from = s->end - s->pos > COH_POOL_STREAMS_ELEM ? s->end - COH_POOL_STREAMS_ELEM : s->pos;
    if (s->from == STREAM_LINES)
        ring_read_on(ns_ring(&h->tree, h, &s->ref), &(struct ring_cursor){0}, from, block(h, c),
                     (size_t)(s->end - from));
    else if (from != s->base)
        render(h, c, from);
    return bytes_of(block(h, c), (size_t)(s->end - from));
}

/* Of bytes: as many of the last as fit. */
static void bytes_summary(struct bytes all, struct buf *out)
{
    size_t fit = base64_fit(out->cap - out->n - strlen(B64_MARK));
    buf_say(out, B64_MARK);
    base64_encode(out, bytes_sub(all, all.n > fit ? all.n - fit : 0, all.n));
}

/* Where the line begins that ends at index end. */
static size_t line_start(struct bytes text, size_t end)
{
    while (end > 0 && text.p[end - 1] != '\n')
        end--;
    return end;
}

void stream_summary(struct hive *h, struct conn *c, struct buf *out)
{
    struct bytes text = tail_of(h, c);
    size_t room = out->cap - out->n;
    if (c->stream.bytes) {
        bytes_summary(text, out);
        return;
    }
    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    size_t line = line_start(text, text.n);
    while (line > 1) { /* to the earliest line from which all fits; an empty first line is not shown */
        size_t prev = line_start(text, line - 1);
        if (text.n - prev > room)
            break;
        line = prev;
    }
    struct bytes kept = bytes_sub(text, line, text.n);
    kept.n = utf8_prefix(kept, room); /* not even the last line fits: its beginning does */
    for (size_t i = 0; i < kept.n; i++)
        buf_byte(out, kept.p[i] == '\n' ? '|' : kept.p[i]);
}

/* A view of the content from pos: to the end of it, or at least PIECE_BYTES. store holds what must be copied. */
static struct bytes piece(struct hive *h, struct conn *c, uint8_t store[PIECE_BYTES])
{
    struct stream *s = &c->stream;
    uint64_t left = s->end - s->pos;
    size_t want = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    if (s->from == STREAM_FIXED)
        return bytes_of(s->fixed + s->pos, want);
    if (s->from == STREAM_LINES)
        return bytes_of(store, ring_read_on(ns_ring(&h->tree, h, &s->ref), &s->at, s->pos, store, want));
    if (s->pos < s->base || s->pos + want > s->base + COH_POOL_STREAMS_ELEM)
        s->end = render(h, c, s->pos);
    left = s->end > s->pos ? s->end - s->pos : 0;
    return bytes_of(block(h, c) + (s->pos - s->base), left < want ? (size_t)left : want);
}

/* One line, or as much of it as a frame holds. */
static void content_line(struct hive *h, struct conn *c)
{
    uint8_t store[PIECE_BYTES];
    struct stream *s = &c->stream;
    struct bytes p = piece(h, c, store);
    const uint8_t *nl = p.n ? memchr(p.p, '\n', p.n) : NULL;
    if (p.n == 0) {
        s->pos = s->end;
        return;
    }
    if (s->bytes) {
        BUF(b, CONSOLE_LINE_BYTES);
        p = bytes_sub(p, 0, B64_BYTES);
        base64_encode(&b, p);
        reply_say(c, B64_MARK, buf_bytes(&b));
        s->pos += p.n;
        return;
    }
    size_t line = nl ? (size_t)(nl - p.p) : p.n;
    size_t used = reply_content(c, bytes_of(p.p, line));
    s->pos += used + (used == line && nl != NULL);
}

static void help_line(struct conn *c)
{
    const struct console_usage *u = &console_verbs[c->stream.pos++];
    reply_say(c, u->usage, " - ", u->what);
}

/* The file may be gone, or its oldest lines may have been overwritten, since the stream began. */
static void catch_up(struct hive *h, struct conn *c)
{
    struct stream *s = &c->stream;
    if (s->from != STREAM_LINES)
        return;
    const struct ring *r = ns_ring(&h->tree, h, &s->ref);
    if (!r)
        s->pos = s->end = 0;
    else if (s->pos < r->oldest)
        s->pos = r->oldest < s->end ? r->oldest : s->end;
}

void stream_run(struct hive *h, struct conn *c)
{
    struct stream *s = &c->stream;
    while (s->from != STREAM_NONE && reply_room(c) >= CONSOLE_FRAME_MAX) {
        catch_up(h, c);
        if (s->pos >= s->end) {
            reply_say(c, "END");
            s->from = STREAM_NONE;
        } else if (s->from == STREAM_HELP) {
            help_line(c);
        } else {
            content_line(h, c);
        }
    }
}
