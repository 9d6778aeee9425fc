/* Console lines and acknowledgements; see reply.h. */
#include "serve/reply.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "hive/ack.h"

size_t reply_room(const struct conn *c) { return sizeof c->out - c->out_n; }

void reply_line(struct conn *c, struct bytes line)
{
    struct buf b = buf_of(c->out + c->out_n, reply_room(c));
    if (c->kind == HIVE_SERIAL) {
        buf_say(&b, line, "\r\n");
    } else {
        b.cut = !frame_write(&b, line);
    }
    COH_ASSERT(!b.cut);
    c->out_n = (uint16_t)(c->out_n + b.n);
}

/* Could this content line be taken for protocol, or not be framed at all? */
static bool needs_escape(struct bytes line)
{
    static const char *const prefixes[] = {"OK ", "ERR ", "PONG", "\\"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (bytes_is(bytes_sub(line, 0, strlen(prefixes[i])), prefixes[i]))
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
    if (n == 0 && line.n)
        n = line.n < b.cap - b.n ? line.n : b.cap - b.n;
    buf_put(&b, bytes_sub(line, 0, n));
    reply_line(c, buf_bytes(&b));
    return n;
}

void reply_ok(struct conn *c, const char *verb, struct bytes detail)
{
    BUF(b, CONSOLE_LINE_BYTES);
    ack_ok(&b, verb, detail);
    reply_line(c, buf_bytes(&b));
}

void reply_err(struct conn *c, const char *verb, const char *reason)
{
    BUF(b, CONSOLE_LINE_BYTES);
    ack_err(&b, verb, reason);
    reply_line(c, buf_bytes(&b));
}

void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why)
{
    BUF(b, CONSOLE_LINE_BYTES);
    ack_refused(&b, verb, status, path, why);
    reply_line(c, buf_bytes(&b));
}
