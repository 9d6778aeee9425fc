/* Console lines and acknowledgements; see console.h. */
#include "serve/console.h"

size_t reply_room(const struct conn *c) { return sizeof c->out - c->out_n; }

static void line_out(struct conn *c, struct bytes line)
{
    struct buf b = buf_of(c->out + c->out_n, reply_room(c));
    if (c->kind == HIVE_SERIAL)
        buf_say(&b, line, "\r\n");
    else
        frame_write(&b, line);
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

void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why)
{
    BUF(b, CONSOLE_LINE_BYTES);
    refusal_say(&b, verb, status, path, why);
    line_out(c, buf_bytes(&b));
}
