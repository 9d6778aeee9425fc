/* The log ring, boot messages and audit lines; see log.h. */
#include "hive/log.h"

#include "hive/state.h"

/* Refusals of strangers are logged at most this often. */
#define STRANGERS_EVERY_MS 1000u

/* What the contracts say of each status (spec/secure9p.md "Errors"): the word behind `reason=`, which counter of
 * /proc/pressure a refusal steps, and what stands behind `detail=` and `error=`: always, or where the refusal itself says
 * nothing more. */
static const struct {
    const char *reason;
    enum pressure counter;
    bool always;
    const char *detail, *error;
} says[COH_STATUS_COUNT] = {
    [COH_OK] = {"ok", PRESSURE_COUNT, false, NULL, NULL},
    [COH_PERMISSION] = {"policy", PRESSURE_POLICY, true, "denied", "EPERM"},
    [COH_AUTH] = {"denied", PRESSURE_POLICY, false, NULL, NULL},
    [COH_NOT_FOUND] = {"policy", PRESSURE_POLICY, true, "invalid-path", "invalid path"},
    [COH_BUSY] = {"busy", PRESSURE_BUSY, false, NULL, NULL},
    [COH_QUOTA] = {"quota", PRESSURE_QUOTA, true, NULL, "ELIMIT"},
    [COH_INVALID] = {"policy", PRESSURE_POLICY, false, "invalid", "invalid argument"},
    [COH_TOO_BIG] = {"quota", PRESSURE_QUOTA, true, "too-big", NULL},
    [COH_STALE] = {"policy", PRESSURE_POLICY, true, "stale-cursor", NULL},
    [COH_CLOSED] = {"cut", PRESSURE_CUT, false, NULL, NULL},
    [COH_OFFLINE] = {"cut", PRESSURE_CUT, false, NULL, NULL},
    [COH_RATE] = {"throttled", PRESSURE_BUSY, false, NULL, NULL},
};

const char *status_reason(enum coh_status s) { return says[s].reason; }

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

void refusal_say(struct buf *b, const char *verb, enum coh_status status, struct bytes path, const struct ns_why *why)
{
    bool own = !says[status].always;
    const char *detail = own && why->detail ? why->detail : says[status].detail;
    const char *error = own && why->error ? why->error : says[status].error;
    buf_say(b, "ERR ", verb);
    FIELD(b, "reason", status_reason(status));
    if (status == COH_RATE)
        FIELD(b, "delay_ms", why->delay_ms);
    if (detail)
        FIELD(b, "detail", detail);
    if (status == COH_STALE)
        FIELD(b, "oldest", why->oldest);
    if (path.n)
        FIELD(b, "path", path);
    if (error)
        FIELD(b, "error", error);
}

static void log_init(struct hive *h)
{
    ring_init(&h->log.queen, h->log_bytes, sizeof h->log_bytes);
    ring_init(&h->log.kmesg, h->kmesg_bytes, sizeof h->kmesg_bytes);
    for (uint32_t i = 0; i < CONTROL_COUNT; i++)
        ring_init(&h->control[i], h->control_bytes[i], sizeof h->control_bytes[i]);
}

/* Cut on a UTF-8 boundary to limit, and to what the ring holds. */
static uint32_t append_line(struct ring *r, struct bytes line, size_t limit)
{
    uint8_t text[CONTROL_LINE_BYTES + 1u];
    size_t most = ring_max_record(r) - 1u, n = utf8_prefix(line, most < limit ? most : limit);
    memcpy(text, line.p, n);
    text[n] = '\n';
    return ring_append(r, bytes_of(text, n + 1));
}

static void queen_append(struct hive *h, struct bytes line)
{
    append_line(&h->log.queen, line, LOG_LINE_BYTES);
    budget_level(h, POOL_log, h->log.queen.used);
}

uint32_t control_keep(struct hive *h, struct ring *lines, struct bytes line)
{
    uint32_t lost = append_line(lines, line, CONTROL_LINE_BYTES), used = 0;
    for (uint32_t i = 0; i < CONTROL_COUNT; i++)
        used += h->control[i].used != 0;
    budget_level(h, POOL_control, used);
    return lost;
}

void control_pieces(struct hive *h, struct ring *lines, const struct piece *p, size_t n)
{
    BUF(line, LOG_LINE_BYTES);
    buf_pieces(&line, p, n);
    control_keep(h, lines, buf_bytes(&line));
}

void hive_event(struct hive *h, const char *subsystem, enum trace_level level, uint64_t worker, struct bytes text)
{
    BUF(b, LOG_LINE_BYTES);
    buf_say(&b, h->now_ms, " ", subsystem, " ");
    buf_put(&b, bytes_sub(text, 0, utf8_prefix(text, b.cap - b.n)));
    queen_append(h, buf_bytes(&b));
    trace(h, level, trace_cat_of(bytes_str(subsystem)), worker, text);
}

void hive_pieces(struct hive *h, const char *subsystem, enum trace_level level, uint64_t worker, const struct piece *p,
                 size_t n)
{
    BUF(b, LOG_LINE_BYTES);
    buf_pieces(&b, p, n);
    hive_event(h, subsystem, level, worker, buf_bytes(&b));
}

void hive_kmesg(struct hive *h, struct bytes line)
{
    append_line(&h->log.kmesg, line, LOG_LINE_BYTES);
    budget_level(h, POOL_kmesg, h->log.kmesg.used);
}

void log_field(struct buf *b, const char *key, struct bytes value)
{
    buf_say(b, " ", key, "=");
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c > ' ' && c != '=' && c != '\\' && c != 0x7f) {
            buf_byte(b, c);
        } else {
            buf_say(b, "\\x");
            buf_hex(b, bytes_of(&c, 1));
        }
    }
}

static void count_refusal(struct hive *h, enum coh_status status)
{
    COH_ASSERT(status != COH_OK && status < COH_STATUS_COUNT);
    h->pressure[says[status].counter]++;
    if (status == COH_BUSY)
        ingest_count(h, &h->ingest.backpressure, 1);
}

static void say_who(struct buf *b, const struct caller *who)
{
    buf_say(b, " role=", who->role < ROLE_COUNT ? role_name((enum coh_role)who->role) : "none");
    if (!who->ticket_id)
        return;
    buf_say(b, " ticket=");
    buf_hex16(b, who->ticket_id);
}

static void say_word(struct buf *b, const char *key, const char *word)
{
    if (word)
        buf_say(b, key, word);
}

void audit(struct hive *h, const struct caller *who, const char *op, struct bytes path, enum coh_status status,
           const struct ns_why *why)
{
    BUF(b, LOG_LINE_BYTES);
    bool worker = who->role != ROLE_QUEEN && !who->claimed;
    const struct ns_why more = why ? *why : (struct ns_why){0};
    if (status != COH_OK)
        count_refusal(h, status);
    buf_say(&b, "op=", op);
    say_who(&b, who);
    buf_say(&b, " result=", status_reason(status));
    say_word(&b, " detail=", more.detail);
    if (who->subject.n)
        log_field(&b, who->claimed ? "claimed" : "subject", who->subject);
    if (path.n)
        log_field(&b, "path", path);
    if (more.delay_ms)
        buf_say(&b, " delay_ms=", more.delay_ms);
    say_word(&b, " error=", more.error); /* the last field: text with blanks, and all that an errno can't say */
    hive_event(h, "audit", status == COH_OK ? TRACE_INFO : TRACE_WARN, worker ? worker_number_of(who->subject) : 0,
               buf_bytes(&b));
}

/* The coalesced line, when it is due. */
static uint64_t log_tick(struct hive *h)
{
    struct log_state *s = &h->log;
    if (s->strangers && h->now_ms >= s->strangers_next_ms) {
        hive_say(h, "auth", TRACE_WARN, 0, "unauthenticated refusals=", s->strangers);
        s->strangers = 0;
        s->strangers_next_ms = h->now_ms + STRANGERS_EVERY_MS;
    }
    return s->strangers ? s->strangers_next_ms : UINT64_MAX;
}

void audit_stranger(struct hive *h, enum coh_status status)
{
    count_refusal(h, status);
    h->log.strangers++;
    (void)log_tick(h);
}

/* A session's own line is stored as sent, so that consecutive appends stay adjacent (spec/console.md). */
static void queen_apply(struct hive *h, const struct ns_write *w)
{
    queen_append(h, w->line);
}

static const struct ns_pattern patterns[] = {
    {.path = "/log/queen.log", .mode = NS_APPEND, .gate = true, .unaudited = true, .roles = NS_ALL_WORKERS,
     .ops = NS_OPS(NS_RING(log.queen), .most = LOG_LINE_BYTES, .text = true, .apply = queen_apply)},
    {.path = "/kmesg", .mode = NS_READ, .gate = true, .ops = NS_OPS(NS_RING(log.kmesg))},
};
const struct ns_table log_nodes = {NS_PATTERNS(patterns), .init = log_init, .tick = log_tick};
