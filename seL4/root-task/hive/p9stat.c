/* See p9stat.h. */
#include "hive/p9stat.h"

#include "base/cbor.h"
#include "hive/state.h"

/* `sessions …` and one line for each shard that can have a session: `shard ff 4096`, the most that a manifest allows.
 * coh-rtc holds sessions_bytes to it. */
#define HEAD_MAX 97u
#define SHARD_LINE_MAX 14u
#define SHARDS_MAX (COH_CONSOLE_MAX_SESSIONS < COH_SHARD_COUNT ? COH_CONSOLE_MAX_SESSIONS : COH_SHARD_COUNT)
_Static_assert(!COH_OBSERVABILITY_PROC_9P_SESSIONS ||
                   HEAD_MAX + SHARDS_MAX * SHARD_LINE_MAX <= COH_OBSERVABILITY_PROC_9P_SESSIONS_BYTES,
               "observability.proc_9p.sessions_bytes holds /proc/9p/sessions whole");

struct census {
    uint64_t total, worker;
    uint16_t shards; /* that have a session */
    uint16_t in_shard[COH_SHARD_COUNT];
};

static void take(const struct hive *h, struct census *c)
{
    memset(c, 0, sizeof *c);
    c->total = h->sessions_state.attached.n;
    for (uint32_t i = 0; i < h->sessions_state.attached.n; i++) {
        const struct session *s = &h->sessions[h->session_order[i]];
        if (s->role == ROLE_QUEEN)
            continue;
        c->worker++;
        if (COH_SHARDING_ENABLED && c->in_shard[s->shard]++ == 0)
            c->shards++;
    }
}

#define SHARD_BITS (COH_SHARDING_ENABLED ? COH_SHARDING_SHARD_BITS : 0u)
#define SHARD_COUNT (COH_SHARDING_ENABLED ? COH_SHARD_COUNT : 0u)

/* Writes a shard's label, and returns it. */
static struct bytes put_label(struct buf *b, uint32_t label)
{
    uint8_t raw = (uint8_t)label;
    buf_hex(b, bytes_of(&raw, 1));
    return buf_bytes(b);
}

static void show_sessions(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct census c;
    take(h, &c);
    text_say(out, "sessions total=", c.total, " worker=", c.worker, " shard_bits=", SHARD_BITS, " shard_count=",
             SHARD_COUNT, "\n");
    for (uint32_t i = 0; i < COH_SHARD_COUNT; i++) {
        BUF(label, 2);
        if (c.in_shard[i])
            text_say(out, "shard ", put_label(&label, i), " ", c.in_shard[i], "\n");
    }
}

static void cbor_sessions(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct census c;
    take(h, &c);
    cbor_map(out, 5);
    cbor_fact(out, "total", c.total);
    cbor_str(out, "shards");
    cbor_map(out, c.shards);
    for (uint32_t i = 0; i < COH_SHARD_COUNT; i++) {
        BUF(label, 2);
        if (!c.in_shard[i])
            continue;
        cbor_text(out, put_label(&label, i));
        cbor_uint(out, c.in_shard[i]);
    }
    cbor_fact(out, "worker", c.worker);
    cbor_fact(out, "shard_bits", SHARD_BITS);
    cbor_fact(out, "shard_count", SHARD_COUNT);
}

/* ---- requests in flight ---- */

#define OUTSTANDING_LIMIT ((uint64_t)COH_SECURE9P_TAGS_PER_SESSION * COH_STREAM_PORTS)

static void show_outstanding(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "outstanding current=", h->p9.outstanding, " limit=", OUTSTANDING_LIMIT, "\n");
}

static void cbor_outstanding(const struct hive *h, const uint64_t *arg, struct text *out)
{
    cbor_pairs(out, "limit", OUTSTANDING_LIMIT, "current", h->p9.outstanding);
}

static void show_short_writes(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "short_writes total=", h->p9.short_writes, " retries=", h->p9.retries, "\n");
}

static void cbor_short_writes(const struct hive *h, const uint64_t *arg, struct text *out)
{
    cbor_pairs(out, "total", h->p9.short_writes, "retries", h->p9.retries);
}

static const struct ns_pattern patterns[] = {
    {.path = "/proc/9p/sessions", .gate = COH_OBSERVABILITY_PROC_9P_SESSIONS, .cbor = COH_UI_PROVIDERS_PROC_9P_SESSIONS,
     .ops = NS_OPS(.show = show_sessions, .cbor = cbor_sessions)},
    {.path = "/proc/9p/outstanding", .gate = COH_OBSERVABILITY_PROC_9P_OUTSTANDING,
     .cbor = COH_UI_PROVIDERS_PROC_9P_OUTSTANDING, .ops = NS_OPS(.show = show_outstanding, .cbor = cbor_outstanding)},
    {.path = "/proc/9p/short_writes", .gate = COH_OBSERVABILITY_PROC_9P_SHORT_WRITES,
     .cbor = COH_UI_PROVIDERS_PROC_9P_SHORT_WRITES,
     .ops = NS_OPS(.show = show_short_writes, .cbor = cbor_short_writes)},
};
const struct ns_table p9stat_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
