/* Production of streams; see console.h. The pool `streams` gives each connection a block that holds what was read last, so
 * that what one client reads slowly stays as it was when he asked. */
#include "serve/console.h"

#include "base/base64.h"

/* Enough of the content to know whether the next line fits a frame, and where to cut it on a character's boundary. */
#define PIECE_BYTES (CONSOLE_LINE_BYTES + 4u)

static uint8_t *block(struct hive *h, const struct conn *c) { return h->streams[c - h->conns]; }

/* Bytes of a byte stream in one `b64:` line: whole groups of three. */
#define B64_BYTES 186u

/* Takes the content from position `from` on into the block, but for what was overwritten by now; returns what ns_read says of
 * its size. */
static uint64_t fill(struct hive *h, struct conn *c, uint64_t from)
{
    struct stream *s = &c->stream;
    struct ns_read got;
    while (ns_read(&h->tree, h, &s->ref, 0, from, &s->at, block(h, c), COH_POOL_STREAMS_ELEM, &got) == COH_STALE)
        from = NS_ABSOLUTE + got.oldest;
    s->base = from;
    s->have = (uint32_t)got.n;
    return got.size;
}

void stream_open(struct hive *h, struct conn *c, const struct ns_ref *ref, uint64_t from)
{
    const struct ring *ring = ns_ring(&h->tree, h, ref);
    uint64_t first = ring ? NS_ABSOLUTE + ring->oldest : 0;
    c->stream = (struct stream){.on = true, .bytes = ns_is_bytes(&h->tree, ref), .ref = *ref,
                                .pos = from > first ? from : first};
    uint64_t size = fill(h, c, c->stream.pos);
    c->stream.end = ring ? NS_ABSOLUTE + ring->next : size;
}

enum coh_status stream_open_list(struct hive *h, struct conn *c, const struct ns_ref *dir, uint32_t *entries)
{
    struct caller who = session_caller(h, c->session);
    struct buf b = buf_of(block(h, c), COH_POOL_STREAMS_ELEM);
    bool fits = ns_list(&h->tree, h, &who, dir, &b, entries);
    c->stream = (struct stream){.on = fits, .have = (uint32_t)b.n, .end = b.n};
    return fits ? COH_OK : COH_TOO_BIG;
}

void stream_open_help(struct hive *h, struct conn *c)
{
    struct buf b = buf_of(block(h, c), COH_POOL_STREAMS_ELEM);
    for (const struct console_usage *u = console_verbs; u < console_verbs + VERB_COUNT; u++)
        buf_say(&b, u->usage, " - ", u->what, "\n");
    c->stream = (struct stream){.on = true, .have = (uint32_t)b.n, .end = b.n};
}

uint64_t stream_size(const struct conn *c) { return c->stream.end - c->stream.pos; }

/* The content from pos on, as far as the block has it. */
static struct bytes in_block(struct hive *h, const struct conn *c, uint64_t pos)
{
    const struct stream *s = &c->stream;
    uint64_t stop = s->base + s->have < s->end ? s->base + s->have : s->end;
    return pos < stop ? bytes_of(block(h, c) + (pos - s->base), (size_t)(stop - pos)) : bytes_of(NULL, 0);
}

/* The last bytes of the content, as many as the block holds. */
static struct bytes tail_of(struct hive *h, struct conn *c)
{
    const struct stream *s = &c->stream;
    uint64_t from = stream_size(c) > COH_POOL_STREAMS_ELEM ? s->end - COH_POOL_STREAMS_ELEM : s->pos;
    if (from != s->base)
        fill(h, c, from);
    return in_block(h, c, from);
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
    if (c->stream.bytes) { /* as many of the last as fit */
        size_t fit = base64_fit(room - strlen(B64_MARK));
        buf_say(out, B64_MARK);
        base64_encode(out, bytes_sub(text, text.n > fit ? text.n - fit : 0, text.n));
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

/* A view of the content from pos on: to the end of it, or at least PIECE_BYTES. Empty: there is no more of it. */
static struct bytes piece(struct hive *h, struct conn *c)
{
    struct stream *s = &c->stream;
    uint64_t left = stream_size(c), want = left < PIECE_BYTES ? left : PIECE_BYTES;
    if (s->pos < s->base || s->pos + want > s->base + s->have)
        fill(h, c, s->pos);
    if (s->pos < s->base)
        s->pos = s->base;
    return bytes_sub(in_block(h, c, s->pos), 0, PIECE_BYTES);
}

/* One line, or as much of it as a frame holds. */
static void content_line(struct conn *c, struct bytes p)
{
    struct stream *s = &c->stream;
    if (s->bytes) {
        BUF(b, CONSOLE_LINE_BYTES);
        p = bytes_sub(p, 0, B64_BYTES);
        base64_encode(&b, p);
        reply_say(c, B64_MARK, buf_bytes(&b));
        s->pos += p.n;
        return;
    }
    struct bytes rest = p, line = bytes_split(&rest, '\n');
    size_t used = reply_content(c, line);
    s->pos += used + (used == line.n && line.n < p.n);
}

void stream_run(struct hive *h, struct conn *c)
{
    while (c->stream.on && reply_room(c) >= CONSOLE_FRAME_MAX) {
        struct bytes p = c->stream.pos < c->stream.end ? piece(h, c) : bytes_of(NULL, 0);
        if (p.n) {
            content_line(c, p);
        } else {
            c->stream.on = false;
            reply_say(c, "END");
        }
    }
}
