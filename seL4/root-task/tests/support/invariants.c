/* The invariants of hive/'s pools, as hive_check asks for them. They only look at the state and call none of the code that
 * keeps it, so that one can't hide a mistake of the other. Test programs and the process of this machine have them; the
 * rootserver, which never asks, does not. */
#include "invariants.h"

#define RING_PREFIX_BYTES 2u /* before each record of a ring: its length */

#define CAP(name, count, elem) (count) == 1 ? (elem) : (count),
static const uint64_t caps[POOL_COUNT] = {COH_POOLS(CAP)};
#undef CAP

bool budget_valid(const struct hive *h)
{
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        if (h->budget.of[i].used > h->budget.of[i].peak || h->budget.of[i].peak > caps[i])
            return false;
    }
    return true;
}

bool trace_valid(const struct hive *h)
{
    const struct trace_state *t = &h->trace;
    return ring_valid(&t->events) && t->level < TRACE_LEVELS && t->cats < 1u << TRACE_CATS &&
           t->events.dropped <= t->seq;
}

bool tickets_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < COH_POOL_TICKETS_COUNT; i++)
        used += h->tickets[i].ends_ms != 0;
    return used == h->budget.of[POOL_tickets].used;
}

bool ingest_valid(const struct hive *h)
{
    const struct ingest_state *s = &h->ingest;
    uint64_t came = 0, sorted = 0;
    uint32_t waits = 0;
    for (uint32_t i = 0; i < s->samples; i++) {
        came += h->latency[i].came;
        sorted += h->latency[i].sorted;
        if (i && h->latency[i - 1].sorted > h->latency[i].sorted)
            return false;
    }
    for (uint32_t i = 0; i < COH_POOL_CONNS_COUNT; i++)
        waits += h->conns[i].waits;
    return came == sorted && waits == s->queued && s->samples <= COH_POOL_LATENCY_COUNT &&
           s->oldest < COH_POOL_LATENCY_COUNT && ring_valid(&s->watch) &&
           s->lines - s->watch.dropped <= COH_OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES;
}

/* ---- sessions ---- */

static bool session_valid(const struct hive *h, const struct session *s)
{
    bool free = s->state == SESSION_FREE;
    bool budget = free || s->use == TICKET_UNLIMITED || s->use < COH_POOL_TICKETS_COUNT;
    return budget && (s->id != 0) == (s->state >= SESSION_ACTIVE) && s->scopes_n <= SESSION_SCOPES &&
           s->binds.n <= NS_BINDS_MAX;
}

bool sessions_valid(const struct hive *h)
{
    uint32_t slots = 0, attached = 0;
    uint64_t before = 0;
    for (uint32_t i = 0; i < COH_POOL_SESSIONS_COUNT; i++) {
        slots += h->sessions[i].state != SESSION_FREE;
        attached += h->sessions[i].id != 0;
        if (!session_valid(h, &h->sessions[i]))
            return false;
    }
    if (slots != h->budget.of[POOL_sessions].used || attached != h->sessions_state.attached ||
        slots != h->sessions_state.by.n || slots != h->budget.of[POOL_session_order].used)
        return false;
    for (uint32_t i = 0; i < attached; i++) {
        uint16_t slot = h->session_order[i];
        if (slot >= COH_POOL_SESSIONS_COUNT || h->sessions[slot].id <= before)
            return false;
        before = h->sessions[slot].id;
    }
    return true;
}

/* ---- workers ---- */

static bool worker_valid(const struct hive *h, const struct worker *w)
{
    return ring_valid(&w->telemetry) && h->workers_state.next_ms <= w->next_ms && h->workers_state.next_ms <= w->ends_ms &&
           w->asked <= WORKER_WATCHDOG_TICKS;
}

/* Nothing stays of who has ended, but that the platform may not know it yet. */
static bool slot_empty(const struct hive *h, uint32_t slot)
{
    static const struct worker nobody;
    struct worker was;
    memcpy(&was, &h->workers[slot], sizeof was);
    was.changed = false;
    return memcmp(&was, &nobody, sizeof was) == 0;
}

/* Live slots, each once, since their names ascend. */
static bool workers_ordered(const struct hive *h)
{
    for (uint32_t i = 0; i < h->workers_state.by.n; i++) {
        BUF(before, WORKER_NAME_BYTES);
        BUF(name, WORKER_NAME_BYTES);
        if (h->order[i] >= COH_WORKERS_MAX || !h->workers[h->order[i]].number)
            return false;
        buf_say(&before, "worker-", h->workers[h->order[i ? i - 1 : 0]].number);
        buf_say(&name, "worker-", h->workers[h->order[i]].number);
        if (i && bytes_cmp(buf_bytes(&before), buf_bytes(&name)) >= 0)
            return false;
    }
    return true;
}

bool workers_valid(const struct hive *h)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        const struct worker *w = &h->workers[i];
        live += w->number != 0;
        if (w->number ? !worker_valid(h, w) : !slot_empty(h, i))
            return false;
        if (w->changed && (!h->facts.tasks || (i < h->workers_state.changed_from && i < h->workers_state.changed_low)))
            return false;
    }
    return live == h->workers_state.by.n && live == h->budget.of[POOL_workers].used &&
           live == h->budget.of[POOL_rings].used && live == h->budget.of[POOL_order].used && workers_ordered(h);
}

/* ---- telemetry ---- */

#define SEGMENTS (COH_POOL_TELEMETRY_SEGMENTS_COUNT / COH_POOL_TELEMETRY_DEVICES_COUNT)

static bool device_name_valid(const struct hive *h, uint32_t device)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const struct telemetry_device *d = &h->telemetry_devices[device];
    for (uint32_t i = 0; i < device; i++) {
        const struct telemetry_device *other = &h->telemetry_devices[i];
        if (bytes_eq(bytes_of(other->name, other->name_n), bytes_of(d->name, d->name_n)))
            return false;
    }
    for (uint32_t i = 0; i < d->name_n; i++) {
        if (!memchr(allowed, d->name[i], sizeof allowed - 1))
            return false;
    }
    return d->name_n > 0;
}

static bool device_valid(const struct hive *h, uint32_t device)
{
    const struct telemetry_device *d = &h->telemetry_devices[device];
    uint64_t bytes = 0;
    if (d->oldest >= d->next || d->next - d->oldest > SEGMENTS || !device_name_valid(h, device))
        return false;
    for (uint64_t number = d->oldest; number < d->next; number++) {
        uint64_t at = device * SEGMENTS + number % SEGMENTS;
        uint32_t used = h->telemetry_segments[at].used;
        bytes += used;
        if (used > COH_POOL_TELEMETRY_BYTES_ELEM || (used && h->telemetry_bytes[at][used - 1] != '\n'))
            return false;
    }
    return bytes == d->bytes && bytes <= COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE;
}

bool telemetry_valid(const struct hive *h)
{
    uint32_t devices = 0;
    uint64_t segments = 0;
    for (uint32_t i = 0; i < COH_POOL_TELEMETRY_DEVICES_COUNT; i++) {
        const struct telemetry_device *d = &h->telemetry_devices[i];
        if (!d->next)
            continue;
        if (i != devices++ || !device_valid(h, i))
            return false;
        segments += d->next - d->oldest;
    }
    return index_valid(&h->telemetry.by) && devices == h->telemetry.by.n &&
           devices == h->budget.of[POOL_telemetry_devices].used && segments == h->budget.of[POOL_telemetry_segments].used &&
           segments == h->budget.of[POOL_telemetry_bytes].used;
}

bool log_valid(const struct hive *h)
{
    bool ok = ring_valid(&h->log.queen) && ring_valid(&h->log.kmesg);
    for (uint32_t i = 0; i < CONTROL_COUNT; i++)
        ok = ok && ring_valid(&h->control[i]);
    return ok;
}

/* ---- leases, schedule, exports, GPUs ---- */

bool ring_valid(const struct ring *r)
{
    if (r->data == NULL || r->cap <= RING_PREFIX_BYTES || r->used > r->cap || r->start >= r->cap)
        return false;
    uint64_t bytes = 0;
    uint32_t seen = 0;
    while (seen < r->used) {
        if (r->used - seen <= RING_PREFIX_BYTES)
            return false;
        uint32_t at = r->start + seen;
        uint32_t n = (uint32_t)r->data[at % r->cap] | (uint32_t)r->data[(at + 1u) % r->cap] << 8;
        if (n == 0 || n > r->used - seen - RING_PREFIX_BYTES)
            return false;
        seen += n + RING_PREFIX_BYTES;
        bytes += n;
    }
    return r->oldest <= r->next && r->next - r->oldest == bytes;
}

bool index_valid(const struct index *ix)
{
    for (uint32_t i = 0; i < ix->n * ix->orders; i++) {
        uint32_t order = i / ix->n, place = i % ix->n;
        struct key key = ix->key(ix->pool, index_slot(ix, order, place), order);
        bool found;
        if (index_find(ix, order, &key, &found) != place || !found)
            return false;
    }
    return true;
}

bool lease_valid(const struct hive *h)
{
    const struct lease_state *s = &h->lease;
    return index_valid(&s->by) && index_valid(&s->quotas) && ring_valid(&s->preemptions) &&
           s->by.n + s->quotas.n == h->budget.of[POOL_leases].used;
}

bool schedule_valid(const struct hive *h)
{
    uint32_t running = 0;
    for (uint32_t at = 0; at < h->schedule.by.n; at++) {
        const struct sched *e = &h->scheduled[index_slot(&h->schedule.by, 0, at)];
        running += e->state == SCHED_RUNNING;
        if (e->left + e->live > e->count || (e->state == SCHED_RUNNING ? !(e->left + e->live) : e->left != e->count))
            return false;
    }
    return index_valid(&h->schedule.by) && running == h->schedule.running &&
           h->schedule.by.n == h->budget.of[POOL_schedule].used;
}

bool export_valid(const struct hive *h)
{
    return index_valid(&h->export.by) && h->export.by.n == h->budget.of[POOL_exports].used;
}

bool gpu_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < GPUS * GPU_FILES; i++) {
        const struct gpu *g = &h->gpus[i / GPU_FILES];
        used += g->number && i % GPU_FILES == 0;
        if (g->number && (!ring_valid(&g->files[i % GPU_FILES]) || gpu_named(h, g->is.id) != g))
            return false;
    }
    return used == h->budget.of[POOL_gpus].used && h->gpu_bridge.got <= h->gpu_bridge.bytes && ring_valid(&h->gpu.active);
}

/* ---- all of them ---- */

static bool (*const checks[])(const struct hive *h) = {
    budget_valid,    sessions_valid, log_valid,     trace_valid, workers_valid, telemetry_valid,
    ingest_valid,    tickets_valid,  fids_valid,    intents_valid, host_valid,  host_tickets_valid,
    journal_valid,   replay_valid,   policy_valid,  cas_valid,     models_valid, lease_valid,   schedule_valid,
    export_valid,    gpu_valid,
    sidecars_valid,
};

bool hive_check(const struct hive *h)
{
    uint32_t strangers = 0, open = 0;
    for (uint32_t i = 0; i < COH_POOL_CONNS_COUNT; i++) {
        if (!conn_valid(h, &h->conns[i]))
            return false;
        strangers += h->conns[i].open && h->conns[i].stranger;
        open += h->conns[i].open;
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i](h))
            return false;
    }
    return strangers == h->preauth && open == h->budget.of[POOL_conns].used;
}
