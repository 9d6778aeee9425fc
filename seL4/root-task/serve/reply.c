/* Console lines and acknowledgements; see reply.h. */
#include "serve/reply.h"

#include "base/assert.h"
#include "base/utf8.h"

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
    buf_say(&b, "OK ", verb);
    if (detail.n) {
        buf_byte(&b, ' ');
        buf_put(&b, bytes_sub(detail, 0, utf8_prefix(detail, b.cap - b.n)));
    }
    reply_line(c, buf_bytes(&b));
}

/* key=value with a blank before it; a value that does not fit is cut on a UTF-8 boundary. */
static void put_field(struct buf *b, const char *key, struct bytes value)
{
    size_t need = strlen(key) + 2;
    if (need > b->cap - b->n)
        return;
    buf_say(b, " ", key, "=");
    buf_put(b, bytes_sub(value, 0, utf8_prefix(value, b->cap - b->n)));
}

void reply_err(struct conn *c, const char *verb, const char *reason)
{
    BUF(b, CONSOLE_LINE_BYTES);
    buf_say(&b, "ERR ", verb);
    put_field(&b, "reason", bytes_str(reason));
    reply_line(c, buf_bytes(&b));
}

/* What the contract says where the refusal itself says nothing more. */
static void defaults(enum coh_status status, const char **detail, const char **error)
{
    static const struct {
        enum coh_status status;
        const char *detail, *error;
    } table[] = {
        {COH_PERMISSION, "denied", "EPERM"},
        {COH_NOT_FOUND, "invalid-path", "invalid path"},
        {COH_QUOTA, NULL, "ELIMIT"},
        {COH_INVALID, "invalid", "invalid argument"},
        {COH_TOO_BIG, "too-big", NULL},
        {COH_STALE, "stale-cursor", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].status != status)
            continue;
        *detail = *detail && status == COH_INVALID ? *detail : table[i].detail;
        *error = *error && status == COH_INVALID ? *error : table[i].error;
    }
}

void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why)
{
    uint8_t text[CONSOLE_LINE_BYTES], number[20];
    struct buf b = buf_of(text, sizeof text), delay = buf_of(number, sizeof number);
    const char *detail = why->detail, *error = why->error;
    defaults(status, &detail, &error);
    buf_say(&b, "ERR ", verb);
    put_field(&b, "reason", bytes_str(status_reason(status)));
    if (status == COH_RATE) {
        buf_say(&delay, why->delay_ms);
        put_field(&b, "delay_ms", buf_bytes(&delay));
    }
    if (detail)
        put_field(&b, "detail", bytes_str(detail));
    if (status == COH_STALE) {
        buf_say(&delay, why->oldest);
        put_field(&b, "oldest", buf_bytes(&delay));
    }
    if (path.n)
        put_field(&b, "path", path);
    if (error)
        put_field(&b, "error", bytes_str(error));
    reply_line(c, buf_bytes(&b));
}
