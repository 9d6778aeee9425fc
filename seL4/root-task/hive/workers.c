/* Workers and their telemetry; see workers.h. */
#include "hive/workers.h"

#include "base/assert.h"
#include "hive/state.h"
#include "hive/telemetry_record.h"

_Static_assert(COH_WORKERS_MAX <= UINT16_MAX, "order holds slots in 16 bits");

/* Records are telemetry-frame/v1, bytes without newlines; else each is a line. */
#define FRAMES COH_TELEMETRY_FRAME_SCHEMA_IS_TELEMETRY_FRAME_V1
_Static_assert(!FRAMES || COH_TELEMETRY_RING_BYTES_PER_WORKER >= RECORD_HEARTBEAT_BYTES + 2,
               "a ring holds a heartbeat's frame");

#define WRAP_LOG_EVERY_MS 60000u

/* Writes a worker's name, and returns it. */
static struct bytes name_of(const struct worker *w, struct buf *out)
{
    buf_say(out, "worker-", w->number);
    return buf_bytes(out);
}

static struct bytes role_of(const struct worker *w) { return bytes_str(role_name((enum coh_role)w->role)); }

/* Names are listed in order of their bytes, 1, 10, 11, 2: so are the numbers when their first digits stand at one place. */
static struct key key_of(uint64_t number)
{
    struct key key = {.u = number, .v = number};
    while (key.u && key.u < 1000000000000000000u)
        key.u *= 10;
    return key;
}

static struct key key_in(const void *pool, uint32_t slot, uint32_t order)
{
    return key_of(((const struct worker *)pool)[slot].number);
}

void workers_init(struct hive *h)
{
    h->workers_state.next_ms = UINT64_MAX;
    index_init(&h->workers_state.by_name, h->order, COH_WORKERS_MAX, 1, h->workers, key_in);
}

/* The slot of the live worker of that name; COH_WORKERS_MAX: there is none. */
static uint32_t slot_of(const struct hive *h, struct bytes name)
{
    return index_slot_of(&h->workers_state.by_name, 0, key_of(worker_number_of(name)));
}

struct worker *worker_by_name(struct hive *h, struct bytes name)
{
    uint32_t slot = slot_of(h, name);
    return slot < COH_WORKERS_MAX ? &h->workers[slot] : NULL;
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
    uint64_t number = worker_number_of(name);
    return number > 0 && number <= h->workers_state.last_number && slot_of(h, name) == COH_WORKERS_MAX;
}

/* The argument of a worker's node: its number and slot, so that a slot's next tenant is another node. It is the last one,
 * behind that of a shard where there is one; and never 0. */
static uint64_t worker_arg(const struct hive *h, uint32_t slot) { return h->workers[slot].number << 16 | slot; }

static uint64_t last_arg(const uint64_t *arg) { return arg[1] ? arg[1] : arg[0]; }

uint64_t worker_number(const uint64_t *arg) { return last_arg(arg) >> 16; }

/* NULL: the worker has ended. */
static const struct worker *worker_at(const struct hive *h, const uint64_t *arg)
{
    const struct worker *w = &h->workers[last_arg(arg) & 0xffffu];
    return w->number == worker_number(arg) ? w : NULL;
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
    struct json_field f[] = {{.name = "ttl_s", .type = JSON_UINT, .least = 1},
                             {.name = "ops", .type = JSON_UINT, .least = 1}};
    if (!json_object(v, f, 2))
        return false;
    if (f[0].seen)
        budget->ttl_s = f[0].value.u;
    if (f[1].seen)
        budget->ops = f[1].value.u;
    return true;
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

bool workers_room(const struct hive *h) { return h->workers_state.by_name.n < COH_WORKERS_MAX; }

uint64_t workers_spawn(struct hive *h, enum coh_role role, const struct worker_budget *budget, uint32_t job)
{
    struct workers_state *s = &h->workers_state;
    COH_ASSERT(workers_room(h));
    uint32_t slot = index_free(&s->by_name);
    struct worker *w = &h->workers[slot];
    memset(w, 0, sizeof *w);
    w->number = ++s->last_number;
    w->role = (uint8_t)role;
    w->job = job;
    w->ticks_left = budget->ticks;
    w->ops_left = budget->ops;
    w->ends_ms = time_later(h->now_ms, budget->ttl_s, 1000);
    w->next_ms = role == ROLE_HEARTBEAT ? next_heartbeat(h->now_ms) : UINT64_MAX;
    ring_init(&w->telemetry, h->rings[slot], sizeof h->rings[slot]);

    BUF(b, WORKER_NAME_BYTES);
    w->label = worker_shard(name_of(w, &b));
    s->in_shard[w->label]++;
    index_put(&s->by_name);
    note_deadline(h, w);
    budget_take(h, POOL_workers);
    budget_take(h, POOL_order);
    budget_take(h, POOL_rings);
    hive_say(h, "worker", TRACE_INFO, w->number, "spawned id=worker-", w->number, " role=", role_of(w));
    return w->number;
}

void worker_end(struct hive *h, struct worker *w, const char *reason)
{
    struct workers_state *s = &h->workers_state;
    uint32_t slot = (uint32_t)(w - h->workers);
    BUF(b, WORKER_NAME_BYTES);
    index_take(&s->by_name, slot);
    s->in_shard[w->label]--;
    sessions_revoke(h, (enum coh_role)w->role, name_of(w, &b));
    lease_end_for_subject(h, buf_bytes(&b));
    if (w->job)
        schedule_worker_ended(h, w->job);
    hive_say(h, "worker", TRACE_INFO, w->number, "ended id=worker-", w->number, " role=", role_of(w), " reason=", reason,
             " tick=", w->tick);
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
        w->ends_ms = time_later(h->now_ms, *ttl_s, 1000);
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
    uint32_t lost = ring_append(&w->telemetry, record);
    trace_say(h, TRACE_TRACE, TRACE_TELEMETRY, w->number, "record bytes=", record.n);
    ingest_stored(h);
    ingest_dropped(h, lost);
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
    BUF(id, WORKER_NAME_BYTES);
    uint8_t frame[RECORD_HEARTBEAT_BYTES];
    struct text t = text_window(frame, sizeof frame, 0);
    buf_say(&b, "{\"tick\":", w->tick, ",\"ts_ms\":", h->now_ms, "}\n");
    if (FRAMES)
        record_heartbeat(&t, name_of(w, &id), role_of(w), w->tick, h->now_ms);
    COH_ASSERT(t.n == t.total);
    h->asked_ms = w->next_ms; /* asked for when it was due */
    telemetry_append(h, w, FRAMES ? bytes_of(frame, t.n) : buf_bytes(&b));
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

/* ---- /worker/<id> ---- */

static bool worker_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint32_t slot = slot_of(h, name);
    if (slot < COH_WORKERS_MAX)
        *out = worker_arg(h, slot);
    return slot < COH_WORKERS_MAX;
}

/* Those of one shard; COH_SHARD_COUNT: all. */
static void list_shard(const struct hive *h, uint64_t label, struct ns_names *names)
{
    for (uint32_t i = 0; i < h->workers_state.by_name.n; i++) {
        const struct worker *w = &h->workers[h->order[i]];
        BUF(b, WORKER_NAME_BYTES);
        if (label == COH_SHARD_COUNT || w->label == label)
            ns_names_add(names, name_of(w, &b));
    }
}

static void worker_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    list_shard(h, COH_SHARD_COUNT, names);
}

static void worker_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_say(out, "worker-", worker_number(arg));
}

static bool worker_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    const struct worker *w = worker_at(h, arg);
    BUF(b, WORKER_NAME_BYTES);
    return w && w->role == who->role && bytes_eq(name_of(w, &b), who->subject);
}

static struct ring *telemetry_lines(struct hive *h, const uint64_t *arg)
{
    return worker_at(h, arg) ? &h->workers[last_arg(arg) & 0xffffu].telemetry : NULL;
}

static enum coh_status telemetry_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct worker *worker = worker_at(h, w->arg);
    BUF(id, WORKER_NAME_BYTES);
    if (!worker)
        return COH_CLOSED;
    size_t n = w->line.n + !FRAMES; /* a line is stored with its newline */
    if (n > ring_max_record(&worker->telemetry) || n > RECORD_BYTES)
        return COH_TOO_BIG;
    if (FRAMES)
        return record_frame_check(w->line, name_of(worker, &id), role_of(worker), why);
    return w->line.n ? COH_OK : ns_refuse(why, COH_INVALID, "empty-line", "a telemetry record needs content");
}

static void telemetry_apply(struct hive *h, const struct ns_write *w)
{
    uint8_t text[RECORD_BYTES];
    memcpy(text, w->line.p, w->line.n);
    if (!FRAMES)
        text[w->line.n] = '\n';
    telemetry_append(h, &h->workers[last_arg(w->arg) & 0xffffu], bytes_of(text, w->line.n + !FRAMES));
}

/* ---- /shard/<label>/worker/<id>: only shards that hold a worker are listed ---- */

static bool shard_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint8_t label;
    if (!parse_hex(name, &label, 1) || !h->workers_state.in_shard[label])
        return false;
    *out = label;
    return true;
}

static void shard_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    uint8_t label = (uint8_t)arg[0];
    buf_hex(out, bytes_of(&label, 1));
}

static void shard_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint64_t label = 0; label < COH_SHARD_COUNT; label++) {
        BUF(b, 2);
        shard_name(h, &label, &b);
        if (h->workers_state.in_shard[label])
            ns_names_add(names, buf_bytes(&b));
    }
}

static bool sharded_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    uint64_t label = arg[0];
    uint32_t slot = slot_of(h, name);
    if (slot == COH_WORKERS_MAX || h->workers[slot].label != label)
        return false;
    *out = worker_arg(h, slot);
    return true;
}

static bool shard_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    uint64_t worker;
    return sharded_find(h, arg, who->subject, &worker);
}

static void sharded_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    list_shard(h, arg[0], names);
}

const struct ns_ops worker_dir_ops = {
    .find = worker_find, .list = worker_list, .name = worker_name, .owned = worker_owned};
static const struct ns_ops telemetry_ops = {
    .lines = telemetry_lines, .check = telemetry_check, .apply = telemetry_apply};

#define SHARDED COH_SHARDING_ENABLED

void worker_other_path(const struct hive *h, const struct ns_ref *ref, struct buf *out)
{
    const struct worker *w = ns_node(&h->tree, ref)->ops == &telemetry_ops ? worker_at(h, ref->arg) : NULL;
    uint64_t label = w ? w->label : 0;
    if (!w || !SHARDED || !WORKERS_ALIAS)
        return;
    if (!ref->arg[1]) {
        buf_say(out, "/shard/");
        shard_name(h, &label, out);
    }
    buf_say(out, "/worker/worker-", w->number, "/telemetry");
}

#define WORKER "/worker/{worker}"
#define SHARD "/shard/{label}"
static const struct ns_pattern patterns[] = {
    {.path = WORKER, .dir = true, .gate = WORKERS_ALIAS, .roles = NS_ALL_WORKERS, .ops = &worker_dir_ops},
    {.path = WORKER "/telemetry", .mode = NS_APPEND, .bytes = FRAMES, .gate = WORKERS_ALIAS, .unaudited = true,
     .roles = NS_ALL_WORKERS, .writers = NS_ALL_WORKERS, .ops = &telemetry_ops},
    {.path = SHARD, .dir = true, .gate = SHARDED, .roles = NS_ALL_WORKERS,
     .ops = NS_OPS(.find = shard_find, .list = shard_list, .name = shard_name, .owned = shard_owned)},
    {.path = SHARD WORKER, .dir = true, .by_last = true, .gate = SHARDED, .roles = NS_ALL_WORKERS,
     .ops = NS_OPS(.find = sharded_find, .list = sharded_list, .name = worker_name, .owned = worker_owned)},
    {.path = SHARD WORKER "/telemetry", .mode = NS_APPEND, .by_last = true, .bytes = FRAMES, .gate = SHARDED,
     .unaudited = true, .roles = NS_ALL_WORKERS, .writers = NS_ALL_WORKERS, .ops = &telemetry_ops},
};
const struct ns_table workers_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
