/* Workers and their telemetry; see workers.h. Live slots are kept in an array that is sorted by name, so that listing is
 * linear and a name is found by bisection. */
#include "hive/workers.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/hash.h"
#include "hive/state.h"
#include "hive/telemetry_record.h"

_Static_assert(sizeof(struct worker) == COH_POOL_WORKERS_ELEM, "tools/coh-rtc PoolTable: workers");
_Static_assert(COH_WORKERS_MAX <= UINT16_MAX, "order holds slots in 16 bits");

/* Records are telemetry-frame/v1, bytes without newlines; else each is a line. */
#define FRAMES COH_TELEMETRY_FRAME_SCHEMA_IS_TELEMETRY_FRAME_V1
_Static_assert(!FRAMES || COH_TELEMETRY_RING_BYTES_PER_WORKER >= RECORD_HEARTBEAT_BYTES + 2, "a ring holds a heartbeat's frame");

#define WRAP_LOG_EVERY_MS 60000u

static void name_of(uint64_t number, struct buf *out)
{
    buf_say(out, "worker-", number);
}

void worker_name(const struct worker *w, struct buf *out) { name_of(w->number, out); }

/* Position of the first live worker whose name is not less than name; *found when it is equal. */
static uint32_t order_find(const struct hive *h, struct bytes name, bool *found)
{
    uint32_t lo = 0, hi = h->workers_state.count;
    *found = false;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        BUF(b, WORKER_NAME_BYTES);
        worker_name(&h->workers[h->order[mid]], &b);
        int c = bytes_cmp(buf_bytes(&b), name);
        if (c == 0)
            *found = true;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct worker *worker_by_name(struct hive *h, struct bytes name)
{
    bool found;
    uint32_t at = order_find(h, name, &found);
    return found ? &h->workers[h->order[at]] : NULL;
}

uint64_t worker_number_of(struct bytes name)
{
    struct bytes prefix = bytes_str("worker-");
    uint64_t number;
    bool named = bytes_eq(bytes_sub(name, 0, prefix.n), prefix) &&
                 parse_u64(bytes_sub(name, prefix.n, name.n), UINT64_MAX, &number);
    return named ? number : 0;
}

bool worker_ended(const struct hive *h, struct bytes name)
{
    bool live;
    uint64_t number = worker_number_of(name);
    order_find(h, name, &live);
    return number > 0 && number <= h->workers_state.last_number && !live;
}

/* arg of a worker's node: its slot and number, so that a slot's next tenant is another node. */
static uint64_t worker_arg(const struct hive *h, const struct worker *w)
{
    return (w->number << 16) | (uint64_t)(w - h->workers);
}

static const struct worker *worker_at(const struct hive *h, uint64_t arg)
{
    const struct worker *w = &h->workers[arg & 0xffffu];
    return w->number == worker_number(arg) ? w : NULL;
}

uint8_t worker_shard(struct bytes name)
{
    uint8_t digest[HASH_BYTES];
    sha256(name, digest);
    return (uint8_t)(digest[0] >> (8u - COH_SHARDING_SHARD_BITS));
}

static uint64_t later(uint64_t now, uint64_t ms) { return ms > UINT64_MAX - now ? UINT64_MAX : now + ms; }

static uint64_t seconds_later(uint64_t now, uint64_t s)
{
    return s > UINT64_MAX / 1000u ? UINT64_MAX : later(now, s * 1000u);
}

/* Heartbeats fall on the pump's ticks, so that many workers share few wake-ups. */
static uint64_t next_heartbeat(uint64_t now)
{
    uint64_t due = now + COH_WORKERS_HEARTBEAT_MS + COH_EVENT_PUMP_TICK_MS - 1;
    return due - due % COH_EVENT_PUMP_TICK_MS;
}

static void note_deadline(struct hive *h, const struct worker *w)
{
    uint64_t due = w->next_ms < w->ends_ms ? w->next_ms : w->ends_ms;
    if (due < h->workers_state.next_ms)
        h->workers_state.next_ms = due;
}

void workers_init(struct hive *h) { h->workers_state.next_ms = UINT64_MAX; }

bool workers_valid(const struct hive *h)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        const struct worker *w = &h->workers[i];
        if (!w->number && i < h->workers_state.free_hint)
            return false;
        if (!w->number)
            continue;
        live++;
        BUF(b, WORKER_NAME_BYTES);
        worker_name(w, &b);
        bool found;
        uint32_t at = order_find(h, buf_bytes(&b), &found);
        if (!found || h->order[at] != i || !ring_valid(&w->telemetry) ||
            h->workers_state.next_ms > w->next_ms || h->workers_state.next_ms > w->ends_ms)
            return false;
    }
    return live == h->workers_state.count && live == h->budget.used[POOL_workers] && live == h->budget.used[POOL_rings] &&
           live == h->budget.used[POOL_order];
}

bool workers_room(const struct hive *h) { return h->workers_state.count < COH_WORKERS_MAX; }

static void log_worker(struct hive *h, const struct worker *w, const char *what, const char *reason)
{
    BUF(b, 160);
    buf_say(&b, what, " id=");
    worker_name(w, &b);
    buf_say(&b, " role=", role_name((enum coh_role)w->role));
    if (reason)
        buf_say(&b, " reason=", reason, " tick=", w->tick);
    hive_event(h, "worker", TRACE_INFO, w->number, buf_bytes(&b));
}

uint64_t workers_spawn(struct hive *h, enum coh_role role, const struct worker_budget *budget)
{
    struct workers_state *s = &h->workers_state;
    COH_ASSERT(workers_room(h));
    while (h->workers[s->free_hint].number)
        s->free_hint++;
    uint32_t slot = s->free_hint;
    struct worker *w = &h->workers[slot];
    memset(w, 0, sizeof *w);
    w->number = ++s->last_number;
    w->role = (uint8_t)role;
    w->ticks_left = budget->ticks;
    w->ops_left = budget->ops;
    w->ends_ms = seconds_later(h->now_ms, budget->ttl_s);
    w->next_ms = next_heartbeat(h->now_ms);
    ring_init(&w->telemetry, h->rings[slot], sizeof h->rings[slot]);

    BUF(b, WORKER_NAME_BYTES);
    worker_name(w, &b);
    w->label = worker_shard(buf_bytes(&b));
    s->in_shard[w->label]++;
    bool found;
    uint32_t at = order_find(h, buf_bytes(&b), &found);
    COH_ASSERT(!found);
    memmove(&h->order[at + 1], &h->order[at], (s->count - at) * sizeof h->order[0]);
    h->order[at] = (uint16_t)slot;
    s->count++;
    note_deadline(h, w);
    budget_take(h, POOL_workers);
    budget_take(h, POOL_order);
    budget_take(h, POOL_rings);
    log_worker(h, w, "spawned", NULL);
    return w->number;
}

void worker_end(struct hive *h, struct worker *w, const char *reason)
{
    struct workers_state *s = &h->workers_state;
    BUF(b, WORKER_NAME_BYTES);
    worker_name(w, &b);
    bool found;
    uint32_t at = order_find(h, buf_bytes(&b), &found);
    COH_ASSERT(found);
    uint32_t slot = h->order[at];
    s->count--;
    s->in_shard[w->label]--;
    memmove(&h->order[at], &h->order[at + 1], (s->count - at) * sizeof h->order[0]);
    if (slot < s->free_hint)
        s->free_hint = slot;
    sessions_revoke(h, (enum coh_role)w->role, buf_bytes(&b));
    log_worker(h, w, "ended", reason);
    w->number = 0;
    memset(h->rings[slot], 0, sizeof h->rings[slot]);
    budget_give(h, POOL_workers);
    budget_give(h, POOL_order);
    budget_give(h, POOL_rings);
}

void worker_rebudget(struct hive *h, struct worker *w, const uint64_t *ttl_s, const uint64_t *ops)
{
    if (ops)
        w->ops_left = *ops;
    if (ttl_s)
        w->ends_ms = seconds_later(h->now_ms, *ttl_s);
    note_deadline(h, w);
}

bool worker_spend_op(struct hive *h, struct worker *w)
{
    if (w->ops_left) {
        w->ops_left--;
        return true;
    }
    w->starved = true;
    if (h->workers_state.next_ms > h->now_ms)
        h->workers_state.next_ms = h->now_ms;
    return false;
}

/* A full ring drops a record with each new one. That is logged when it begins and then once a minute, so that busy workers
 * can't push the audit lines out of the log. */
static void telemetry_append(struct hive *h, struct worker *w, struct bytes record)
{
    BUF(b, 96);
    uint32_t lost = ring_append(&w->telemetry, record);
    if (trace_on(h, TRACE_TRACE, TRACE_TELEMETRY)) {
        buf_say(&b, "record bytes=", record.n);
        trace(h, TRACE_TRACE, TRACE_TELEMETRY, w->number, buf_bytes(&b));
        b.n = 0;
    }
    ingest_stored(h);
    ingest_dropped(h, lost);
    w->records_lost += lost;
    if (!w->records_lost || (w->wrap_logged_ms && h->now_ms < w->wrap_logged_ms + WRAP_LOG_EVERY_MS))
        return;
    buf_say(&b, "ring wrap worker=");
    worker_name(w, &b);
    buf_say(&b, " dropped=", w->records_lost);
    hive_event(h, "telemetry", TRACE_WARN, w->number, buf_bytes(&b));
    w->records_lost = 0;
    w->wrap_logged_ms = h->now_ms + 1;
}

static void frame_append(struct hive *h, struct worker *w)
{
    uint8_t name[WORKER_NAME_BYTES], frame[RECORD_HEARTBEAT_BYTES];
    struct buf id = buf_of(name, sizeof name);
    struct text t = text_window(frame, sizeof frame, 0);
    worker_name(w, &id);
    record_heartbeat(&t, buf_bytes(&id), bytes_str(role_name((enum coh_role)w->role)), w->tick, h->now_ms);
    COH_ASSERT(t.n == t.total);
    telemetry_append(h, w, bytes_of(frame, t.n));
}

static void heartbeat(struct hive *h, struct worker *w)
{
    w->tick++;
    w->ticks_left--;
    BUF(b, 80);
    buf_say(&b, "{\"tick\":", w->tick, ",\"ts_ms\":", h->now_ms, "}\n");
    h->asked_ms = w->next_ms; /* asked for when it was due */
    if (FRAMES)
        frame_append(h, w);
    else
        telemetry_append(h, w, buf_bytes(&b));
    trace(h, TRACE_DEBUG, TRACE_WORKER, w->number, bytes_sub(buf_bytes(&b), 0, b.n - 1));
    w->next_ms = next_heartbeat(h->now_ms);
}

uint64_t workers_tick(struct hive *h)
{
    struct workers_state *s = &h->workers_state;
    if (h->now_ms < s->next_ms)
        return s->next_ms;
    s->next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        struct worker *w = &h->workers[i];
        if (!w->number)
            continue;
        bool over = h->now_ms >= w->ends_ms;
        if (!over && h->now_ms >= w->next_ms)
            heartbeat(h, w);
        if (over || !w->ticks_left || w->starved)
            worker_end(h, w, over ? "ttl" : !w->ticks_left ? "ticks" : "ops");
        else
            note_deadline(h, w);
    }
    return s->next_ms;
}

/* ---- nodes ---- */

static bool worker_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    bool found;
    uint32_t at = order_find(h, name, &found);
    if (found)
        *out = worker_arg(h, &h->workers[h->order[at]]);
    return found;
}

static void add_name(const struct worker *w, struct ns_names *names)
{
    BUF(b, WORKER_NAME_BYTES);
    worker_name(w, &b);
    ns_names_add(names, buf_bytes(&b));
}

static void worker_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t i = 0; i < h->workers_state.count; i++)
        add_name(&h->workers[h->order[i]], names);
}

static void worker_arg_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    name_of(worker_number(arg[0]), out);
}

static bool owns(const struct hive *h, const struct caller *who, uint64_t worker)
{
    const struct worker *w = worker_at(h, worker);
    BUF(b, WORKER_NAME_BYTES);
    if (w)
        worker_name(w, &b);
    return w && w->role == who->role && bytes_eq(buf_bytes(&b), who->subject);
}

static bool worker_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    return owns(h, who, arg[0]);
}

static struct ring *worker_telemetry(struct hive *h, const uint64_t *arg)
{
    return worker_at(h, arg[0]) ? &h->workers[arg[0] & 0xffffu].telemetry : NULL;
}

static enum coh_status frame_check(const struct worker *w, struct bytes record, struct ns_why *why)
{
    BUF(id, WORKER_NAME_BYTES);
    worker_name(w, &id);
    return record_frame_check(record, buf_bytes(&id), bytes_str(role_name((enum coh_role)w->role)), why);
}

static enum coh_status record_check(const struct worker *w, struct bytes record, struct ns_why *why)
{
    if (!w)
        return COH_CLOSED;
    size_t n = record.n + !FRAMES; /* a line is stored with its newline */
    if (n > ring_max_record(&w->telemetry) || n > RECORD_BYTES)
        return COH_TOO_BIG;
    if (FRAMES)
        return frame_check(w, record, why);
    if (record.n)
        return COH_OK;
    why->detail = "empty-line";
    why->error = "a telemetry record needs content";
    return COH_INVALID;
}

static void record_apply(struct hive *h, uint64_t arg, struct bytes record)
{
    uint8_t text[RECORD_BYTES];
    memcpy(text, record.p, record.n);
    if (!FRAMES)
        text[record.n] = '\n';
    telemetry_append(h, &h->workers[arg & 0xffffu], bytes_of(text, record.n + !FRAMES));
}

static enum coh_status worker_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                    struct ns_why *why)
{
    return record_check(worker_at(h, w->arg[0]), w->line, why);
}

static void worker_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    record_apply(h, w->arg[0], w->line);
}

/* ---- /shard/<label>/worker/<id>: only shards that hold a worker are listed ---- */

static bool shard_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t label;
    if (name.n != 2 || !parse_hex(name, &label, 1) || !h->workers_state.in_shard[label])
        return false;
    *out = label;
    return true;
}

static void label_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    uint8_t label = (uint8_t)arg[0];
    buf_hex(out, bytes_of(&label, 1));
}

static void shard_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t label = 0; label < COH_SHARD_COUNT; label++) {
        uint8_t two[2];
        uint64_t one = label;
        struct buf b = buf_of(two, sizeof two);
        label_name(h, &one, &b);
        if (h->workers_state.in_shard[label])
            ns_names_add(names, buf_bytes(&b));
    }
}

static bool shard_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    uint64_t worker;
    return worker_find(h, arg, who->subject, &worker) && worker_at(h, worker)->label == arg[0];
}

static bool sharded_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    return worker_find(h, arg, name, out) && worker_at(h, *out)->label == arg[0];
}

static void sharded_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t i = 0; i < h->workers_state.count; i++) {
        const struct worker *w = &h->workers[h->order[i]];
        if (w->label == arg[0])
            add_name(w, names);
    }
}

static bool sharded_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    return owns(h, who, arg[1]);
}

static void sharded_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    worker_arg_name(h, &arg[1], out);
}

static struct ring *sharded_telemetry(struct hive *h, const uint64_t *arg) { return worker_telemetry(h, &arg[1]); }

static enum coh_status sharded_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                     struct ns_why *why)
{
    return record_check(worker_at(h, w->arg[1]), w->line, why);
}

static void sharded_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    record_apply(h, w->arg[1], w->line);
}

const struct ns_ops worker_dir_ops = {
    .find = worker_find, .list = worker_list, .name = worker_arg_name, .owned = worker_owned};
static const struct ns_ops telemetry_ops = {
    .lines = worker_telemetry, .check = worker_check, .apply = worker_apply};
static const struct ns_ops shard_ops = {
    .find = shard_find, .list = shard_list, .name = label_name, .owned = shard_owned};
static const struct ns_ops sharded_ops = {
    .find = sharded_find, .list = sharded_list, .name = sharded_name, .owned = sharded_owned};
static const struct ns_ops sharded_telemetry_ops = {
    .lines = sharded_telemetry, .check = sharded_check, .apply = sharded_apply};

static const struct ns_pattern patterns[] = {
    {.path = "/worker/{worker}", .dir = true, .gate = WORKERS_ALIAS, .roles = NS_ALL_WORKERS, .ops = &worker_dir_ops},
    {.path = "/worker/{worker}/telemetry", .mode = NS_APPEND, .bytes = FRAMES, .gate = WORKERS_ALIAS, .unaudited = true, .roles = NS_ALL_WORKERS,
     .writers = NS_ALL_WORKERS, .ops = &telemetry_ops},
    {.path = "/shard/{label}", .dir = true, .gate = COH_SHARDING_ENABLED, .roles = NS_ALL_WORKERS, .ops = &shard_ops},
    {.path = "/shard/{label}/worker/{worker}", .dir = true, .by_last = true, .gate = COH_SHARDING_ENABLED,
     .roles = NS_ALL_WORKERS, .ops = &sharded_ops},
    {.path = "/shard/{label}/worker/{worker}/telemetry", .mode = NS_APPEND, .by_last = true,
     .bytes = FRAMES, .gate = COH_SHARDING_ENABLED, .unaudited = true, .roles = NS_ALL_WORKERS, .writers = NS_ALL_WORKERS, .ops = &sharded_telemetry_ops},
};
const struct ns_table workers_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
