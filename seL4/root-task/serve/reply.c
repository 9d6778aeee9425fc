/* Console lines and acknowledgements; see reply.h. */
#include "serve/reply.h"

#include "base/assert.h"
#include "base/utf8.h"

size_t reply_room(const struct conn *c) { return sizeof c->out - c->out_n; }

static void line_out(struct conn *c, struct bytes line)
{
    struct buf b = buf_of(c->out + c->out_n, reply_room(c));
    if (c->kind == HIVE_SERIAL)
        buf_say(&b, line, "\r\n");
    else
        b.cut = !frame_write(&b, line);
    COH_ASSERT(!b.cut);
    c->out_n = (uint16_t)(c->out_n + b.n);
}

void reply_pieces(struct conn *c, const struct piece *p, size_t n)
{
    BUF(b, 2 * CONSOLE_LINE_BYTES);
    buf_pieces(&b, p, n);
    line_out(c, bytes_sub(buf_bytes(&b), 0, utf8_prefix(buf_bytes(&b), CONSOLE_LINE_BYTES)));
}

/* Could this content line be taken for protocol, or not be framed at all? */
static bool needs_escape(struct bytes line)
{
    static const char *const prefixes[] = {"OK ", "ERR ", "PONG", "\\"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (bytes_begin(line, prefixes[i]))
            return true;
    }
    return line.n == 0 || bytes_is(line, "END");
}

size_t reply_content(struct conn *c, struct bytes line)
{
    BUF(b, CONSOLE_LINE_BYTES);
    if (needs_escape(line))
        buf_byte(&b, '\\');
    size_t n = utf8_prefix(line, b.cap - b.n);
    if (n == 0) /* what can't be cut as text is cut as bytes */
        n = bytes_sub(line, 0, b.cap - b.n).n;
    buf_put(&b, bytes_sub(line, 0, n));
    line_out(c, buf_bytes(&b));
    return n;
}

/* key=value with a blank before it; a value that does not fit is cut on a UTF-8 boundary. */
static void put_field(struct buf *b, const char *key, struct piece value)
{
    uint8_t digits[PIECE_DIGITS];
    if (strlen(key) + 2 > b->cap - b->n)
        return;
    buf_say(b, " ", key, "=");
    utf8_put(b, piece_text(&value, digits));
}
#define FIELD(b, key, value) put_field(b, key, PIECE(value))

void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why)
{
    /* What the contract says: always, or where the refusal itself says nothing more. */
    static const struct {
        bool always;
        const char *detail, *error;
    } says[COH_STATUS_COUNT] = {
        [COH_PERMISSION] = {true, "denied", "EPERM"},
        [COH_NOT_FOUND] = {true, "invalid-path", "invalid path"},
        [COH_QUOTA] = {true, NULL, "ELIMIT"},
        [COH_INVALID] = {false, "invalid", "invalid argument"},
        [COH_TOO_BIG] = {true, "too-big", NULL},
        [COH_STALE] = {true, "stale-cursor", NULL},
    };
    bool own = !says[status].always;
    const char *detail = own && why->detail ? why->detail : says[status].detail;
    const char *error = own && why->error ? why->error : says[status].error;
    BUF(b, CONSOLE_LINE_BYTES);
    buf_say(&b, "ERR ", verb);
    FIELD(&b, "reason", status_reason(status));
    if (status == COH_RATE)
        FIELD(&b, "delay_ms", why->delay_ms);
    if (detail)
        FIELD(&b, "detail", detail);
    if (status == COH_STALE)
        FIELD(&b, "oldest", why->oldest);
    if (path.n)
        FIELD(&b, "path", path);
    if (error)
        FIELD(&b, "error", error);
    line_out(c, buf_bytes(&b));
}
