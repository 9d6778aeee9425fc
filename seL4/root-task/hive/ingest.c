/* Ingest metrics; see ingest.h. Nothing is computed that nobody reads: the window is kept in order as samples come, so that
 * a percentile is one look. */
#include "hive/ingest.h"

#include "hive/facts.h"
#include "hive/state.h"

#define WATCH COH_OBSERVABILITY_PROC_INGEST_WATCH
#define WATCH_ENTRIES COH_OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES
/* The longest line: `watch`, ts_ms in 20 digits, seven values in 10. */
#define WATCH_LINE_MAX 171u

_Static_assert(!WATCH || COH_OBSERVABILITY_PROC_INGEST_WATCH_LINE_BYTES >= WATCH_LINE_MAX, "a line of the watch fits");

static void ingest_init(struct hive *h) { ring_init(&h->ingest.watch, h->watch_bytes, sizeof h->watch_bytes); }

/* ---- the window ---- */

/* What is more than 32 bits hold stays at their most. */
static uint32_t bounded(uint64_t v) { return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX; }

/* Puts ms in order; place i is free, all others of the n hold their values in order. */
static void put_sorted(struct latency *w, uint32_t n, uint32_t i, uint32_t ms)
{
    for (; i > 0 && w[i - 1].sorted > ms; i--)
        w[i].sorted = w[i - 1].sorted;
    for (; i + 1 < n && w[i + 1].sorted < ms; i++)
        w[i].sorted = w[i + 1].sorted;
    w[i].sorted = ms;
}

void ingest_stored(struct hive *h)
{
    struct ingest_state *s = &h->ingest;
    struct latency *w = h->latency;
    uint32_t ms = bounded(h->now_ms > h->asked_ms ? h->now_ms - h->asked_ms : 0), free = s->samples;
    if (s->samples < COH_POOL_LATENCY_COUNT)
        s->samples++;
    else
        for (free = 0; w[free].sorted != w[s->oldest].came; free++)
            continue;
    put_sorted(w, s->samples, free, ms);
    w[s->oldest].came = ms;
    s->oldest = (s->oldest + 1) % COH_POOL_LATENCY_COUNT;
    s->changed = true;
    budget_level(h, POOL_latency, s->samples);
}

/* By nearest rank: the least sample that percent of all samples do not exceed; 0 when there is none. */
static uint32_t percentile(const struct hive *h, uint32_t percent)
{
    uint32_t n = h->ingest.samples;
    return n ? h->latency[(n * percent + 99u) / 100u - 1u].sorted : 0;
}

/* ---- events ---- */

void ingest_count(struct hive *h, uint64_t *counter, uint64_t n)
{
    *counter += n;
    h->ingest.changed |= n != 0;
}

void ingest_wait(struct hive *h, bool *waits, bool now)
{
    h->ingest.changed |= *waits != now;
    h->ingest.backpressure += now && !*waits;
    h->ingest.queued += (uint32_t)now - *waits;
    *waits = now;
}

/* ---- the watch ---- */

static void watch_append(struct hive *h)
{
    struct ingest_state *s = &h->ingest;
    BUF(b, WATCH_LINE_MAX);
    buf_say(&b, "watch ts_ms=", h->now_ms, " p50_ms=", percentile(h, 50), " p95_ms=", percentile(h, 95), " queued=",
            s->queued, " backpressure=", bounded(s->backpressure), " dropped=", bounded(s->dropped));
    buf_say(&b, " ui_reads=", bounded(s->ui_reads), " ui_denies=", bounded(s->ui_denies), "\n");
    COH_ASSERT(!b.cut);
    if (s->lines - s->watch.dropped == WATCH_ENTRIES)
        ring_drop(&s->watch);
    ring_append(&s->watch, buf_bytes(&b));
    s->lines++;
    budget_level(h, POOL_watch, s->watch.used);
}

/* The watch's line, when something changed and it is time. */
static uint64_t ingest_tick(struct hive *h)
{
    struct ingest_state *s = &h->ingest;
    if (!WATCH || !s->changed)
        return UINT64_MAX;
    if (h->now_ms < s->watch_next_ms)
        return s->watch_next_ms;
    watch_append(h);
    s->changed = false;
    s->watch_next_ms = h->now_ms + COH_OBSERVABILITY_PROC_INGEST_WATCH_MIN_INTERVAL_MS;
    return UINT64_MAX;
}

/* ---- nodes ---- */

FACT_NODE(p50_ms, percentile(h, 50))
FACT_NODE(p95_ms, percentile(h, 95))
FACT_NODE(backpressure, h->ingest.backpressure)
FACT_NODE(dropped, h->ingest.dropped)
FACT_NODE(queued, h->ingest.queued)
static const struct ns_pattern patterns[] = {
    {.path = "/proc/ingest/p50_ms", .gate = COH_OBSERVABILITY_PROC_INGEST_P50_MS,
     .cbor = COH_UI_PROVIDERS_PROC_INGEST_P50_MS, .ops = &p50_ms_ops},
    {.path = "/proc/ingest/p95_ms", .gate = COH_OBSERVABILITY_PROC_INGEST_P95_MS,
     .cbor = COH_UI_PROVIDERS_PROC_INGEST_P95_MS, .ops = &p95_ms_ops},
    {.path = "/proc/ingest/backpressure", .gate = COH_OBSERVABILITY_PROC_INGEST_BACKPRESSURE,
     .cbor = COH_UI_PROVIDERS_PROC_INGEST_BACKPRESSURE, .ops = &backpressure_ops},
    {.path = "/proc/ingest/dropped", .gate = COH_OBSERVABILITY_PROC_INGEST_DROPPED, .ops = &dropped_ops},
    {.path = "/proc/ingest/queued", .gate = COH_OBSERVABILITY_PROC_INGEST_QUEUED, .ops = &queued_ops},
    {.path = "/proc/ingest/watch", .mode = NS_APPEND, .gate = WATCH,
     .ops = NS_OPS(NS_RING(ingest.watch))},
};
const struct ns_table ingest_nodes = {NS_PATTERNS(patterns), .init = ingest_init, .tick = ingest_tick};
