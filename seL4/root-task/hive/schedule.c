/* The schedule; see schedule.h. An entry waits until its time has come, is then due, and runs from its first worker until all
 * its workers have ended. */
#include "hive/schedule.h"

#include "hive/control.h"
#include "hive/state.h"

/* Orders: by id; by priority, highest first, and age; the same with those first that can spawn now; by when time changes it. */
enum { BY_ID, BY_RANK, BY_START, BY_TIME, ORDERS };
#define ENTRIES COH_POOL_SCHEDULE_COUNT
/* Workers that one tick may spawn. */
#define SPAWNS_PER_TICK 16u

static bool can_spawn(const struct sched *e) { return e->state != SCHED_WAITING && e->left; }

/* When time alone changes it: it becomes due, or its deadline passes. */
static uint64_t changes_ms(const struct sched *e)
{
    if (e->state == SCHED_RUNNING)
        return UINT64_MAX;
    return e->state == SCHED_WAITING && e->due_ms < e->deadline_ms ? e->due_ms : e->deadline_ms;
}

static struct key sched_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct sched *e = (const struct sched *)pool + slot;
    uint64_t rank = UINT32_MAX - e->priority;
    const struct key keys[ORDERS] = {
        [BY_ID] = {.a = token_bytes(&e->id)},
        [BY_RANK] = {.u = rank, .v = e->seq},
        [BY_START] = {.u = (uint64_t)!can_spawn(e) << 32 | rank, .v = e->seq},
        [BY_TIME] = {.u = changes_ms(e), .v = e->seq},
    };
    return keys[order];
}

static void schedule_init(struct hive *h)
{
    INDEX_INIT(&h->schedule.by, h->schedule_order, ORDERS, h->scheduled, sched_key, BUDGET(schedule, schedule_order));
}

/* The entry at the head of an order; NULL: there is none. */
static struct sched *first(struct hive *h, uint32_t order)
{
    uint32_t slot = index_slot(&h->schedule.by, order, 0);
    return slot < ENTRIES ? &h->scheduled[slot] : NULL;
}

static void take(struct hive *h, const struct sched *e) { index_take(&h->schedule.by, (uint32_t)(e - h->scheduled)); }

/* The role as the line said it. */
static const char *role_word(const struct sched *e) { return role_name((enum coh_role)e->role) + strlen("worker-"); }

static void say(struct hive *h, const char *what, const struct sched *e)
{
    hive_say(h, "schedule", TRACE_INFO, 0, what, " id=", token_bytes(&e->id), " role=", role_word(e), " count=", e->count,
             " seq=", e->seq);
}

/* It is counted as dropped or done. */
static void leave(struct hive *h, const struct sched *e, uint64_t *count, const char *what)
{
    take(h, e);
    ++*count;
    say(h, what, e);
}

static void spawn(struct hive *h, struct sched *e)
{
    take(h, e);
    if (e->state != SCHED_RUNNING) {
        e->state = SCHED_RUNNING;
        h->schedule.running++;
        say(h, "started", e);
    }
    e->left--;
    e->live++;
    index_put(&h->schedule.by);
    workers_spawn(h, (enum coh_role)e->role, &e->budget, (uint32_t)(e - h->scheduled) + 1u);
}

void schedule_worker_ended(struct hive *h, uint32_t job)
{
    struct sched *e = &h->scheduled[job - 1u];
    COH_ASSERT(e->live);
    if (--e->live || e->left)
        return;
    h->schedule.running--;
    leave(h, e, &h->schedule.done, "done");
}

/* Starts and drops what it is time for. */
static uint64_t schedule_tick(struct hive *h)
{
    struct sched *e;
    while ((e = first(h, BY_TIME)) && changes_ms(e) <= h->now_ms) {
        if (h->now_ms >= e->deadline_ms) {
            leave(h, e, &h->schedule.dropped, "dropped");
        } else {
            take(h, e);
            e->state = SCHED_DUE;
            index_put(&h->schedule.by);
        }
    }
    for (uint32_t n = 0; (e = first(h, BY_START)) && can_spawn(e) && lifecycle_admits(h) && workers_room(h); n++) {
        if (n == SPAWNS_PER_TICK)
            return h->now_ms + COH_EVENT_PUMP_TICK_MS;
        spawn(h, e);
    }
    return e ? changes_ms(first(h, BY_TIME)) : UINT64_MAX;
}

/* ---- /queen/schedule/ctl ---- */

enum op { ENQUEUE = 1, CANCEL = 2, REPRIORITISE = 4 }; /* in the order of their words */

struct order {
    unsigned op;
    uint32_t slot; /* of the entry of that id; ENTRIES: there is none */
    struct sched entry;
};

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    struct sched *e = &o->entry;
    uint64_t role = 0, count = 1, priority = 0, not_before_ms = 0, deadline_ms = UINT64_MAX;
    struct json_field f[] = {
        CONTROL_HEAD("schedule/v1", "enqueue|cancel|reprioritise"), JSON_MAY(OBJECT, "budget", .may = ENQUEUE),
        CONTROL_TOKEN("id", .must = ENQUEUE | CANCEL | REPRIORITISE, .copy = &e->id),
        JSON_MAY(STRING, "role", .words = "heartbeat|gpu|bus|lora", .must = ENQUEUE, .number = &role),
        CONTROL_NUMBER("count", 1, COH_WORKERS_MAX, .may = ENQUEUE, .number = &count),
        CONTROL_NUMBER("priority", 0, UINT32_MAX, .must = REPRIORITISE, .may = ENQUEUE, .number = &priority),
        CONTROL_NUMBER("not_before_ms", 0, 0, .may = ENQUEUE, .number = &not_before_ms),
        CONTROL_NUMBER("deadline_ms", 1, 0, .may = ENQUEUE, .number = &deadline_ms),
    };
    enum coh_status s = control_parse(w->line, COH_SCHEDULE_MAX_LINE_BYTES, f, sizeof f / sizeof f[0], &o->op, why);
    if (s != COH_OK)
        return s;
    e->budget = worker_default_budget;
    if (f[CONTROL_OWN].seen && !worker_budget_take(&f[CONTROL_OWN].value, &e->budget))
        return ns_refuse(why, COH_INVALID, "invalid-budget", "ttl_s and ops are whole numbers of at least 1");
    e->role = (uint8_t)(ROLE_HEARTBEAT + role);
    e->count = e->left = (uint32_t)count;
    e->priority = (uint32_t)priority;
    e->due_ms = time_later(h->now_ms, not_before_ms, 1);
    e->deadline_ms = time_later(h->now_ms, deadline_ms, 1);
    o->slot = index_slot_of(&h->schedule.by, BY_ID, sched_key(e, 0, BY_ID));
    return o->op == ENQUEUE || o->slot < ENTRIES ? COH_OK : COH_NOT_FOUND;
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct order *o = w->plan;
    if (o->op != ENQUEUE)
        return h->scheduled[o->slot].state != SCHED_RUNNING ? COH_OK : ns_refuse(why, COH_BUSY, "running", "its workers run");
    if (o->entry.role != ROLE_HEARTBEAT)
        return ns_refuse(why, COH_BUSY, o->entry.role == ROLE_GPU ? "no-lease" : "no-adapter", "this role is spawned by /queen/ctl");
    if (o->slot < ENTRIES)
        return ns_refuse(why, COH_BUSY, "id-in-use", "an entry of that id is queued or runs");
    bool full = h->schedule.by.n == ENTRIES;
    return full ? ns_refuse(why, COH_BUSY, "schedule", "schedule.max_entries are queued or run") : COH_OK;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct order *o = w->plan;
    struct sched *e = &h->scheduled[o->op == ENQUEUE ? index_free(&h->schedule.by) : o->slot];
    if (o->op == CANCEL) {
        leave(h, e, &h->schedule.dropped, "cancelled");
        return;
    }
    if (o->op == REPRIORITISE) {
        take(h, e);
        e->priority = o->entry.priority;
    } else {
        *e = o->entry;
        e->seq = ++h->schedule.seq;
    }
    index_put(&h->schedule.by);
    say(h, o->op == ENQUEUE ? "queued" : "reprioritised", e);
}

/* ---- /proc/schedule ---- */

static void show_summary(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct schedule_state *s = &h->schedule;
    text_say(out, "schedule queued=", s->by.n - s->running, " running=", s->running, " done=", s->done, " dropped=", s->dropped,
             "\n");
}

/* As many whole lines as the manifest's bound holds. */
static void show_queue(const struct hive *h, const uint64_t *arg, struct text *out)
{
    for (uint32_t at = 0; at < h->schedule.by.n; at++) {
        const struct sched *e = &h->scheduled[index_slot(&h->schedule.by, BY_RANK, at)];
        BUF(b, 192);
        buf_say(&b, "sched id=", token_bytes(&e->id), " role=", role_word(e), " count=", e->count, " priority=",
                e->priority, " state=", e->state == SCHED_RUNNING ? "running" : "queued", " seq=", e->seq, "\n");
        if (out->total + b.n > COH_OBSERVABILITY_PROC_SCHEDULE_QUEUE_BYTES)
            return;
        text_put(out, buf_bytes(&b));
    }
}

static const struct ns_pattern patterns[] = {
    {.path = "/queen/schedule/ctl", .gate = true, CONTROL_FILE(ctl, CONTROL_SCHEDULE, .room = ctl_room)},
    {.path = "/proc/schedule/summary", .gate = COH_OBSERVABILITY_PROC_SCHEDULE_SUMMARY,
     .ops = NS_OPS(.show = show_summary)},
    {.path = "/proc/schedule/queue", .gate = COH_OBSERVABILITY_PROC_SCHEDULE_QUEUE, .ops = NS_OPS(.show = show_queue)},
};
const struct ns_table schedule_nodes = {NS_PATTERNS(patterns), .init = schedule_init, .tick = schedule_tick};
