/* Workers and their telemetry; see workers.h. Live ones are kept in the order of their names, so that listing is linear
 * and a name is found by bisection. */
#include "hive/workers.h"

#include "hive/state.h"
#include "hive/telemetry_record.h"

_Static_assert(COH_WORKERS_MAX <= UINT16_MAX, "order holds slots in 16 bits");

/* Records are telemetry-frame/v1, bytes without newlines; else each is a line. */
#define FRAMES COH_TELEMETRY_FRAME_SCHEMA_IS_TELEMETRY_FRAME_V1
_Static_assert(!FRAMES || COH_TELEMETRY_RING_BYTES_PER_WORKER >= RECORD_HEARTBEAT_BYTES + 2,
               "a ring holds a heartbeat's frame");

#define WRAP_LOG_EVERY_MS 60000u

static struct bytes name_of(const struct worker *w) { return bytes_of(w->name, w->name_n); }

static struct bytes role_of(const struct worker *w) { return bytes_str(role_name((enum coh_role)w->role)); }

static struct key worker_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct worker *w = (const struct worker *)pool + slot;
    return (struct key){.a = name_of(w), .v = w->number};
}

static void workers_init(struct hive *h)
{
    h->workers_state = (struct workers_state){
        .next_ms = UINT64_MAX, .changed_from = COH_WORKERS_MAX, .changed_low = COH_WORKERS_MAX};
    index_init(&h->workers_state.by, h->order, COH_WORKERS_MAX, 1, h->workers, worker_key, BUDGET(workers, order));
}

uint64_t worker_number_of(struct bytes name)
{
    uint64_t number;
    return bytes_begin(name, "worker-") && parse_u64(bytes_sub(name, strlen("worker-"), name.n), UINT64_MAX, &number) ? number : 0;
}

/* Where slots were given in turn, as they are until a worker ends, the number leads to the slot; else it is sought. */
struct worker *worker_by_name(const struct hive *h, struct bytes name)
{
    uint64_t number = worker_number_of(name);
    uint32_t slot = (uint32_t)((number - 1) % COH_WORKERS_MAX);
    if (!number || !bytes_eq(name_of(&h->workers[slot]), name))
        slot = index_slot_of(&h->workers_state.by, 0, (struct key){.a = name});
    return slot < COH_WORKERS_MAX ? (struct worker *)&h->workers[slot] : NULL;
}

bool worker_ended(const struct hive *h, struct bytes name)
{
    uint64_t number = worker_number_of(name);
    return number > 0 && number <= h->workers_state.last_number && !worker_by_name(h, name);
}

/* The argument of a worker's node: its number and slot, so that a slot's next tenant is another node. It is the last one,
 * behind that of a shard where there is one; and never 0. */
static uint64_t last_arg(const uint64_t *arg) { return arg[1] ? arg[1] : arg[0]; }

uint64_t worker_number(const uint64_t *arg) { return last_arg(arg) >> 16; }

/* NULL: the worker has ended. */
static struct worker *worker_at(const struct hive *h, const uint64_t *arg)
{
    const struct worker *w = &h->workers[last_arg(arg) & 0xffffu];
    return w->number == worker_number(arg) ? (struct worker *)w : NULL;
}

uint8_t worker_shard(struct bytes name)
{
    uint8_t digest[HASH_BYTES];
    sha256(name, digest);
    return (uint8_t)(digest[0] >> (8u - COH_SHARDING_SHARD_BITS));
}

uint64_t time_later(uint64_t now, uint64_t n, uint64_t unit_ms)
{
    return n > (UINT64_MAX - now) / unit_ms ? UINT64_MAX : now + n * unit_ms;
}

const struct worker_budget worker_default_budget = {WORKER_DEFAULT_TICKS, WORKER_DEFAULT_OPS, WORKER_DEFAULT_TTL_S};

bool worker_budget_take(const struct json_value *v, struct worker_budget *budget)
{
    struct json_field f[] = {JSON_MAY(UINT, "ttl_s", .least = 1, .number = &budget->ttl_s),
                             JSON_MAY(UINT, "ops", .least = 1, .number = &budget->ops)};
    return json_object(v, f, 2);
}

/* Heartbeats fall on the pump's ticks, so that many workers share few wake-ups. */
static uint64_t next_heartbeat(uint64_t now)
{
    uint64_t due = now + COH_WORKERS_HEARTBEAT_MS + COH_EVENT_PUMP_TICK_MS - 1;
    return due - due % COH_EVENT_PUMP_TICK_MS;
}

/* The platform has something to do there: its worker began or ended, or its task is to beat. */
static void note_change(struct hive *h, const struct worker *w)
{
    struct workers_state *s = &h->workers_state;
    uint32_t slot = (uint32_t)(w - h->workers);
    h->workers[slot].changed = h->facts.tasks;
    if (h->facts.tasks && slot < s->changed_from && slot < s->changed_low)
        s->changed_low = slot;
}

static void note_deadline(struct hive *h, const struct worker *w)
{
    uint64_t due = w->next_ms < w->ends_ms ? w->next_ms : w->ends_ms;
    if (due < h->workers_state.next_ms)
        h->workers_state.next_ms = due;
}

bool workers_room(const struct hive *h) { return h->workers_state.by.n < COH_WORKERS_MAX; }

uint64_t workers_spawn(struct hive *h, enum coh_role role, const struct worker_budget *budget, uint32_t job)
{
    struct workers_state *s = &h->workers_state;
    uint32_t slot = index_free(&s->by);
    struct worker *w = &h->workers[slot];
    *w = (struct worker){.number = ++s->last_number,
                         .role = (uint8_t)role,
                         .job = job,
                         .ticks_left = budget->ticks,
                         .ops_left = budget->ops,
                         .ends_ms = time_later(h->now_ms, budget->ttl_s, 1000),
                         .next_ms = role == ROLE_HEARTBEAT ? next_heartbeat(h->now_ms) : UINT64_MAX};
    ring_init(&w->telemetry, h->rings[slot], sizeof h->rings[slot]);

    struct buf name = buf_of(w->name, sizeof w->name);
    buf_say(&name, "worker-", w->number);
    w->name_n = (uint8_t)name.n;
    w->label = worker_shard(name_of(w));
    s->in_shard[w->label]++;
    index_put(&s->by);
    note_deadline(h, w);
    note_change(h, w);
    budget_take(h, POOL_rings);
    hive_say(h, "worker", TRACE_INFO, w->number, "spawned id=", name_of(w), " role=", role_of(w));
    return w->number;
}

void worker_end(struct hive *h, struct worker *w, const char *reason)
{
    uint32_t slot = (uint32_t)(w - h->workers);
    struct bytes name = name_of(w);
    index_take(&h->workers_state.by, slot);
    h->workers_state.in_shard[w->label]--;
    sessions_revoke(h, (enum coh_role)w->role, name);
    lease_end_for_subject(h, name);
    if (w->job)
        schedule_worker_ended(h, w->job);
    hive_say(h, "worker", TRACE_INFO, w->number, "ended id=", name, " role=", role_of(w), " reason=", reason,
             " tick=", w->tick);
    memset(w, 0, sizeof *w);
    note_change(h, w);
    memset(h->rings[slot], 0, sizeof h->rings[slot]);
    budget_give(h, POOL_rings);
}

void worker_rebudget(struct hive *h, struct worker *w, uint64_t ttl_s, uint64_t ops)
{
    if (ops)
        w->ops_left = ops;
    if (ttl_s)
        w->ends_ms = time_later(h->now_ms, ttl_s, 1000);
    note_deadline(h, w);
}

bool worker_spend_op(struct hive *h, struct worker *w)
{
    if (w->ops_left) {
        w->ops_left--;
        return true;
    }
    w->starved = true;
    h->workers_state.next_ms = 0; /* at once */
    return false;
}

/* A full ring drops a record with each new one. That is logged when it begins and then once a minute, so that busy workers
 * can't push the audit lines out of the log. */
static void telemetry_append(struct hive *h, struct worker *w, struct bytes record)
{
    uint32_t lost = ring_append(&w->telemetry, record);
    trace_say(h, TRACE_TRACE, TRACE_TELEMETRY, w->number, "record bytes=", record.n);
    ingest_stored(h);
    ingest_count(h, &h->ingest.dropped, lost);
    w->records_lost += lost;
    if (!w->records_lost || (w->wrap_logged_ms && h->now_ms < w->wrap_logged_ms + WRAP_LOG_EVERY_MS))
        return;
    hive_say(h, "telemetry", TRACE_WARN, w->number, "ring wrap worker=worker-", w->number, " dropped=",
             w->records_lost);
    w->records_lost = 0;
    w->wrap_logged_ms = h->now_ms + 1;
}

static void heartbeat(struct hive *h, struct worker *w)
{
    w->tick++;
    w->ticks_left--;
    BUF(b, 80);
    uint8_t frame[RECORD_HEARTBEAT_BYTES];
    struct text t = text_window(frame, sizeof frame, 0);
    buf_say(&b, "{\"tick\":", w->tick, ",\"ts_ms\":", h->now_ms, "}\n");
    if (FRAMES)
        record_heartbeat(&t, name_of(w), role_of(w), w->tick, h->now_ms);
    COH_ASSERT(t.n == t.total);
    h->asked_ms = w->next_ms; /* asked for when it was due */
    telemetry_append(h, w, FRAMES ? bytes_of(frame, t.n) : buf_bytes(&b));
    trace(h, TRACE_DEBUG, TRACE_WORKER, w->number, bytes_sub(buf_bytes(&b), 0, b.n - 1));
    if (w->changed || w->asked > 1) /* not even asked since the last one, or more than the answer that is told with the next asking */
        trace_say(h, TRACE_DEBUG, TRACE_WORKER, w->number, "silent asked=", w->asked);
    w->next_ms = next_heartbeat(h->now_ms);
    note_change(h, w);
}

/* What has run out; NULL: it lives on. */
static const char *over_by(const struct hive *h, const struct worker *w)
{
    if (h->now_ms >= w->ends_ms)
        return "ttl";
    if (!w->ticks_left)
        return "ticks";
    /* a heartbeat that stays due was not granted any more */
    return w->starved ? "ops" : h->now_ms >= w->next_ms ? "watchdog" : NULL;
}

/* Heartbeats and ttl that are due. */
static uint64_t workers_tick(struct hive *h)
{
    struct workers_state *s = &h->workers_state;
    if (h->now_ms < s->next_ms)
        return s->next_ms;
    s->next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        struct worker *w = &h->workers[i];
        if (!w->number)
            continue;
        if (h->now_ms >= w->next_ms && h->now_ms < w->ends_ms && w->asked < WORKER_WATCHDOG_TICKS)
            heartbeat(h, w);
        const char *over = over_by(h, w);
        if (over)
            worker_end(h, w, over);
        else
            note_deadline(h, w);
    }
    return s->next_ms;
}

/* ---- /worker/<id>, and /shard/<label>/worker/<id>: only shards that hold a worker are listed ---- */

/* A shard's argument is its label + 1, and so below every worker's. Does the worker stand in the directory that arg leads
 * to? */
static bool stands_in(const struct hive *h, const uint64_t *arg, uint32_t slot)
{
    return arg[0] == 0 || arg[0] > COH_SHARD_COUNT || arg[0] == h->workers[slot].label + 1u;
}

static void worker_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_say(out, "worker-", worker_number(arg));
}

static bool worker_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    const struct worker *w = worker_at(h, arg);
    return w && w->role == who->role && bytes_eq(name_of(w), who->subject);
}

static enum coh_status telemetry_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct worker *worker = worker_at(h, w->arg);
    size_t n = w->line.n + !FRAMES; /* a line is stored with its newline */
    if (n > ring_max_record(&worker->telemetry) || n > RECORD_BYTES)
        return COH_TOO_BIG;
    if (FRAMES)
        return record_frame_check(w->line, name_of(worker), role_of(worker), why);
    return w->line.n ? COH_OK : ns_refuse(why, COH_INVALID, "empty-line", "a telemetry record needs content");
}

static void telemetry_apply(struct hive *h, const struct ns_write *w)
{
    uint8_t text[RECORD_BYTES];
    memcpy(text, w->line.p, w->line.n);
    if (!FRAMES)
        text[w->line.n] = '\n';
    telemetry_append(h, worker_at(h, w->arg), bytes_of(text, w->line.n + !FRAMES));
}

struct bytes worker_put_label(uint32_t label, struct buf *b)
{
    uint8_t raw = (uint8_t)label;
    buf_hex(b, bytes_of(&raw, 1));
    return buf_bytes(b);
}

static bool shard_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t label;
    if (!parse_hex(name, &label, 1) || !h->workers_state.in_shard[label])
        return false;
    *out = label + 1u;
    return true;
}

static void shard_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    worker_put_label((uint32_t)arg[0] - 1u, out);
}

static void shard_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t label = 0; label < COH_SHARD_COUNT; label++) {
        BUF(b, 2);
        if (h->workers_state.in_shard[label])
            ns_names_add(names, worker_put_label(label, &b));
    }
}

static bool shard_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    const struct worker *w = worker_by_name(h, who->subject);
    return w && arg[0] == w->label + 1u;
}

const struct ns_ops worker_dir_ops = {NS_INDEX(workers_state.by, 0), .in = stands_in, .name = worker_name,
                                      .owned = worker_owned};
static const struct ns_ops telemetry_ops = {
    NS_RINGS(workers, telemetry), .check = telemetry_check, .apply = telemetry_apply};

#define SHARDED COH_SHARDING_ENABLED

void worker_other_path(const struct hive *h, const struct ns_ref *ref, struct buf *out)
{
    const struct worker *w = ns_node(&h->tree, ref)->ops == &telemetry_ops ? worker_at(h, ref->arg) : NULL;
    if (!w || !SHARDED || !WORKERS_ALIAS)
        return;
    if (!ref->arg[1]) {
        buf_say(out, "/shard/");
        worker_put_label(w->label, out);
    }
    buf_say(out, "/worker/worker-", w->number, "/telemetry");
}

#define WORKER "/worker/{worker}"
#define SHARD "/shard/{label}"
#define TELEMETRY                                                                                                      \
    .mode = NS_APPEND, .bytes = FRAMES, .unaudited = true, .roles = NS_ALL_WORKERS, .writers = NS_ALL_WORKERS,         \
    .ops = &telemetry_ops
static const struct ns_pattern patterns[] = {
    {.path = WORKER, .dir = true, .gate = WORKERS_ALIAS, .roles = NS_ALL_WORKERS, .ops = &worker_dir_ops},
    {.path = WORKER "/telemetry", .gate = WORKERS_ALIAS, TELEMETRY},
    {.path = SHARD, .dir = true, .gate = SHARDED, .roles = NS_ALL_WORKERS,
     .ops = NS_OPS(.find = shard_find, .list = shard_list, .name = shard_name, .owned = shard_owned)},
    {.path = SHARD WORKER, .dir = true, .by_last = true, .gate = SHARDED, .roles = NS_ALL_WORKERS,
     .ops = &worker_dir_ops},
    {.path = SHARD WORKER "/telemetry", .by_last = true, .gate = SHARDED, TELEMETRY},
};
const struct ns_table workers_nodes = {NS_PATTERNS(patterns), .init = workers_init, .tick = workers_tick};
