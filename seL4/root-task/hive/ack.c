/* Acknowledgement lines; see ack.h. */
#include "hive/ack.h"

#include "base/utf8.h"
#include "hive/log.h"

void ack_ok(struct buf *b, const char *verb, struct bytes detail)
{
    buf_say(b, "OK ", verb);
    if (detail.n) {
        buf_byte(b, ' ');
        buf_put(b, bytes_sub(detail, 0, utf8_prefix(detail, b->cap - b->n)));
    }
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

void ack_err(struct buf *b, const char *verb, const char *reason)
{
    buf_say(b, "ERR ", verb);
    put_field(b, "reason", bytes_str(reason));
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

static void put_number(struct buf *b, const char *key, uint64_t value)
{
    BUF(digits, PIECE_DIGITS);
    buf_say(&digits, value);
    put_field(b, key, buf_bytes(&digits));
}

void ack_refused(struct buf *b, const char *verb, enum coh_status status, struct bytes path, const struct ns_why *why)
{
    const char *detail = why->detail, *error = why->error;
    defaults(status, &detail, &error);
    ack_err(b, verb, status_reason(status));
    if (status == COH_RATE)
        put_number(b, "delay_ms", why->delay_ms);
    if (detail)
        put_field(b, "detail", bytes_str(detail));
    if (status == COH_STALE)
        put_number(b, "oldest", why->oldest);
    if (path.n)
        put_field(b, "path", path);
    if (error)
        put_field(b, "error", bytes_str(error));
}
