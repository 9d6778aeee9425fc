/* Leases, quotas and preemption; see lease.h. */
#include "hive/lease.h"

#include "hive/control.h"
#include "hive/state.h"

/* Orders: of a subject by resource and age; by id; of a resource the least priority, then the oldest, first; by end. A quota
 * stands in the first alone. */
enum { BY_SUBJECT, BY_ID, BY_RESOURCE, BY_END, ORDERS };
#define LEASES COH_LEASES_MAX_ENTRIES
_Static_assert(COH_POOL_LEASES_COUNT == 2 * LEASES &&
                   COH_POOL_LEASE_ORDER_COUNT == (ORDERS + 1) * LEASES, "tools/coh-rtc PoolTable: leases, lease_order");

static struct key lease_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct lease *l = (const struct lease *)pool + slot;
    const struct key keys[ORDERS] = {
        [BY_SUBJECT] = {.a = token_bytes(&l->subject), .b = token_bytes(&l->resource), .v = l->seq},
        [BY_ID] = {.a = token_bytes(&l->id)},
        [BY_RESOURCE] = {.a = token_bytes(&l->resource), .u = l->priority, .v = l->seq},
        [BY_END] = {.u = l->ends_ms, .v = l->seq},
    };
    return keys[order];
}

static void lease_init(struct hive *h)
{
    struct lease_state *s = &h->lease;
    index_init(&s->by, h->lease_order, LEASES, ORDERS, h->leases, lease_key, BUDGET(leases, lease_order));
    index_init(&s->quotas, h->lease_order + ORDERS * LEASES, LEASES, 1, h->leases + LEASES, lease_key,
               BUDGET(leases, lease_order));
    ring_init(&s->preemptions, h->preemptions, sizeof h->preemptions);
}

/* The first lease of an id, a subject or a resource, whichever order is. NULL: there is none. */
static struct lease *first_of(const struct hive *h, uint32_t order, struct bytes a)
{
    uint32_t slot = index_slot_of(&h->lease.by, order, (struct key){.a = a});
    return slot < LEASES ? (struct lease *)&h->leases[slot] : NULL;
}

bool lease_held(const struct hive *h, struct bytes subject, struct bytes resource)
{
    struct key key = {.a = subject, .b = resource};
    return subject.n ? index_slot_of(&h->lease.by, BY_SUBJECT, key) < LEASES : first_of(h, BY_RESOURCE, resource) != NULL;
}

/* ---- grant and end ---- */

/* Would what is held stay within the bounds: by the subject of its resource (BY_SUBJECT), or of the resource by all? In time of
 * those leases. */
static bool within(const struct hive *h, uint32_t order, const struct lease *q, const struct lease *ask)
{
    uint64_t leases = 1, mem_mb = ask->mem_mb, streams = ask->streams;
    struct key want = lease_key(ask, 0, order);
    bool found;
    want.u = want.v = 0;
    for (uint32_t at = index_find(&h->lease.by, order, &want, &found); at < h->lease.by.n; at++) {
        const struct lease *l = &h->leases[index_slot(&h->lease.by, order, at)];
        struct key got = lease_key(l, 0, order);
        if (!bytes_eq(got.a, want.a) || !bytes_eq(got.b, want.b))
            break;
        leases++;
        mem_mb += l->mem_mb;
        streams += l->streams;
    }
    return leases <= q->leases && mem_mb <= q->mem_mb && streams <= q->streams;
}

enum coh_status lease_room(const struct hive *h, const struct lease *ask, struct ns_why *why)
{
    const struct lease_state *s = &h->lease;
    uint32_t quota = index_slot_of(&s->quotas, 0, lease_key(ask, 0, BY_SUBJECT));
    if (first_of(h, BY_ID, token_bytes(&ask->id)))
        return ns_refuse(why, COH_BUSY, "id-in-use", "a lease of that id is in force");
    if (s->by.n == LEASES)
        return ns_refuse(why, COH_BUSY, "leases", "leases.max_entries are in force");
    const struct gpu *g = gpu_named(h, token_bytes(&ask->resource));
    struct lease all = {.mem_mb = g ? g->is.mem_mb : 0, .streams = g ? g->is.streams : 0, .leases = UINT64_MAX};
    if (g && !within(h, BY_RESOURCE, &all, ask))
        return ns_refuse(why, COH_BUSY, "gpu-full", "the GPU has not that much memory or not so many streams left");
    bool fits = quota == LEASES || within(h, BY_SUBJECT, &h->leases[LEASES + quota], ask);
    return fits ? COH_OK : ns_refuse(why, COH_QUOTA, "quota", "the subject's quota of that resource is used up");
}

static void say(struct hive *h, const char *what, const struct lease *l, const char *reason)
{
    hive_say(h, "lease", TRACE_INFO, l->worker, what, " id=", token_bytes(&l->id), " subject=", token_bytes(&l->subject),
             " resource=", token_bytes(&l->resource), " seq=", l->seq, reason ? " reason=" : "", reason ? reason : "");
    if (l->seq) /* not a quota */
        gpu_note_lease(h, l, reason);
}

/* It is not in the index. */
static void begin(struct hive *h, struct lease *l, const char *what)
{
    l->ends_ms = time_later(h->now_ms, l->ttl_s, 1000);
    index_put(&h->lease.by);
    say(h, what, l, NULL);
}

void lease_grant(struct hive *h, const struct lease *ask)
{
    struct lease *l = &h->leases[index_free(&h->lease.by)];
    *l = *ask;
    l->seq = ++h->lease.seq;
    begin(h, l, "granted");
}

static void drop(struct hive *h, const struct lease *l, const char *reason)
{
    index_take(&h->lease.by, (uint32_t)(l - h->leases));
    say(h, "ended", l, reason);
}

void lease_end_for_subject(struct hive *h, struct bytes subject)
{
    for (const struct lease *l; (l = first_of(h, BY_SUBJECT, subject));)
        drop(h, l, "worker-ended");
}

/* NULL: no worker lives by it. */
static struct worker *worker_of(struct hive *h, const struct lease *l)
{
    return l->worker ? worker_by_name(h, token_bytes(&l->subject)) : NULL;
}

/* Ends it, and the worker that lives by it. */
static void end(struct hive *h, const struct lease *l, const char *reason)
{
    struct worker *w = worker_of(h, l);
    drop(h, l, reason);
    if (w)
        worker_end(h, w, "lease");
}

void lease_end_for_resource(struct hive *h, struct bytes resource, const char *reason)
{
    for (const struct lease *l; (l = first_of(h, BY_RESOURCE, resource));)
        end(h, l, reason);
}

/* Ends what has expired. */
static uint64_t lease_tick(struct hive *h)
{
    uint64_t next;
    for (uint32_t slot; (slot = index_due(&h->lease.by, BY_END, h->now_ms, &next)) < LEASES;)
        end(h, &h->leases[slot], "expired");
    return next;
}

/* ---- /queen/lease/ctl ---- */

enum op { GRANT = 1, RENEW = 2, RELEASE = 4, PREEMPT = 8, QUOTA = 16 }; /* in the order of their words */

struct order {
    unsigned op;
    struct lease ask;
    struct lease *lease; /* to renew, release or preempt */
    uint32_t quota;      /* slot of the one that stands; LEASES: none */
};

/* Grammar, the lifecycle (a grant begins something), and what the line names. */
static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    struct lease *l = &o->ask;
    struct json_field f[] = {
        CONTROL_HEAD("lease/v1", "grant|renew|release|preempt|quota"),
        CONTROL_NUMBER("mem_mb", 0, UINT32_MAX, .may = GRANT | QUOTA, .number = &l->mem_mb),
        CONTROL_NUMBER("streams", 0, UINT32_MAX, .may = GRANT | QUOTA, .number = &l->streams),
        CONTROL_NUMBER("leases", 0, UINT32_MAX, .may = QUOTA, .number = &l->leases),
        CONTROL_TOKEN("id", .must = GRANT | RENEW | RELEASE, .may = PREEMPT | QUOTA, .copy = &l->id),
        CONTROL_TOKEN("subject", .must = GRANT | QUOTA, .copy = &l->subject),
        CONTROL_TOKEN("resource", .must = GRANT | PREEMPT | QUOTA, .copy = &l->resource),
        CONTROL_NUMBER("ttl_s", 1, 0, .must = GRANT | RENEW, .number = &l->ttl_s),
        CONTROL_NUMBER("priority", 0, UINT32_MAX, .may = GRANT | PREEMPT, .number = &l->priority),
    };
    enum coh_status s = control_parse(w->line, COH_LEASES_MAX_LINE_BYTES, f, sizeof f / sizeof f[0], &o->op, why);
    if (s != COH_OK)
        return s;
    if (o->op == GRANT)
        return lifecycle_admits(h) ? COH_OK : lifecycle_gate(why, "lease");
    for (unsigned i = CONTROL_OWN; o->op == QUOTA && i < CONTROL_OWN + 3u; i++) /* what it does not say is not bounded */
        *f[i].number = f[i].seen ? f[i].value.u : UINT64_MAX;
    o->quota = index_slot_of(&h->lease.quotas, 0, lease_key(l, 0, BY_SUBJECT));
    o->lease = o->op == PREEMPT ? first_of(h, BY_RESOURCE, token_bytes(&l->resource))
                                   : first_of(h, BY_ID, token_bytes(&l->id));
    return o->op == QUOTA || o->lease ? COH_OK : COH_NOT_FOUND;
}

/* Does the quota that is asked for bound anything? One that does not lifts what stood. */
static bool bounds(const struct lease *q) { return (q->leases & q->mem_mb & q->streams) != UINT64_MAX; }

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct order *o = w->plan;
    if (o->op == GRANT)
        return lease_room(h, &o->ask, why);
    if (o->op == PREEMPT && o->lease->priority > o->ask.priority)
        return ns_refuse(why, COH_BUSY, "higher-priority", "every lease of that resource has a higher priority");
    bool full = o->op == QUOTA && o->quota == LEASES && bounds(&o->ask) && h->lease.quotas.n == LEASES;
    return full ? ns_refuse(why, COH_BUSY, "quotas", "leases.max_entries quotas are in force") : COH_OK;
}

static void renew(struct hive *h, struct lease *l, uint64_t ttl_s)
{
    struct worker *w = worker_of(h, l);
    index_take(&h->lease.by, (uint32_t)(l - h->leases));
    l->ttl_s = ttl_s;
    begin(h, l, "renewed");
    if (w)
        worker_rebudget(h, w, ttl_s, 0);
}

static void preempt(struct hive *h, const struct lease *l, struct bytes by)
{
    h->lease.preempted++;
    control_say(h, &h->lease.preemptions, "preempt id=", token_bytes(&l->id), " by=", by.n ? by : bytes_str("queen"), " ts_ms=",
                h->now_ms, " seq=", ++h->lease.seq);
    budget_level(h, POOL_preemptions, h->lease.preemptions.used);
    end(h, l, "preempted");
}

static void set_quota(struct hive *h, const struct order *o)
{
    struct index *ix = &h->lease.quotas;
    if (o->quota < LEASES)
        index_take(ix, o->quota);
    if (bounds(&o->ask)) {
        h->leases[LEASES + index_free(ix)] = o->ask;
        index_put(ix);
    }
    say(h, "quota", &o->ask, bounds(&o->ask) ? "set" : "lifted");
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct order *o = w->plan;
    if (o->op == GRANT)
        lease_grant(h, &o->ask);
    else if (o->op == RENEW)
        renew(h, o->lease, o->ask.ttl_s);
    else if (o->op == RELEASE)
        end(h, o->lease, "released");
    else if (o->op == PREEMPT)
        preempt(h, o->lease, token_bytes(&o->ask.id));
    else
        set_quota(h, o);
}

/* ---- /proc/lease ---- */

static void show_summary(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct lease_state *s = &h->lease;
    text_say(out, "leases active=", s->by.n, " preempted=", s->preempted, " quota=", s->quotas.n, " seq=", s->seq, "\n");
}

/* By id; as many whole lines as the manifest's bound holds. */
static void show_active(const struct hive *h, const uint64_t *arg, struct text *out)
{
    for (uint32_t at = 0; at < h->lease.by.n; at++) {
        const struct lease *l = &h->leases[index_slot(&h->lease.by, BY_ID, at)];
        BUF(b, 320);
        buf_say(&b, "lease id=", token_bytes(&l->id), " subject=", token_bytes(&l->subject), " resource=",
                token_bytes(&l->resource), " expires_ms=", l->ends_ms, " priority=", l->priority, " seq=", l->seq, "\n");
        if (out->total + b.n > COH_OBSERVABILITY_PROC_LEASE_ACTIVE_BYTES)
            return;
        text_put(out, buf_bytes(&b));
    }
}

static const struct ns_pattern patterns[] = {
    {.path = "/queen/lease/ctl", .gate = true, CONTROL_FILE(ctl, CONTROL_LEASE, .room = ctl_room)},
    {.path = "/proc/lease/summary", .gate = COH_OBSERVABILITY_PROC_LEASE_SUMMARY, .ops = NS_OPS(.show = show_summary)},
    {.path = "/proc/lease/active", .gate = COH_OBSERVABILITY_PROC_LEASE_ACTIVE, .ops = NS_OPS(.show = show_active)},
    {.path = "/proc/lease/preemptions", .gate = COH_OBSERVABILITY_PROC_LEASE_PREEMPTIONS,
     .ops = NS_OPS(NS_RING(lease.preemptions))},
};
const struct ns_table lease_nodes = {NS_PATTERNS(patterns), .init = lease_init, .tick = lease_tick};
