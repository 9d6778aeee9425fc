/* /queen/ctl: spawn, kill, budget, bind and mount orders (spec/control.md). */
#include "hive/control.h"
#include "hive/state.h"
#include "hive/view.h"

/* A spawn is named by the role that begins. */
enum order_kind {
    ORDER_AGAIN, /* an intent that was done before, for another time; the kind of the envelope's own fields */
    ORDER_HEARTBEAT = ROLE_HEARTBEAT,
    ORDER_GPU = ROLE_GPU,
    ORDER_BUS = ROLE_BUS,
    ORDER_LORA = ROLE_LORA,
    ORDER_KILL = ROLE_COUNT, /* in the order of their fields */
    ORDER_BUDGET,
    ORDER_BIND,
    ORDER_MOUNT
};

struct order {
    enum order_kind kind;
    struct worker_budget budget; /* of ORDER_BUDGET: 0 stays as it is */
    struct lease lease;          /* of a GPU worker */
    struct bytes named;      /* the worker that it is about, or what a bus or lora worker is for; borrowed from it */
    struct worker *worker;   /* to kill or to give a new budget */
    uint32_t adapter;        /* of a bus or lora worker, once there is room for it */
    struct ns_bind view;     /* a bind or a mount */
    bool enveloped; /* it came as this intent */
    struct intent_name intent;
};
_Static_assert(sizeof(struct order) <= NS_PLAN_BYTES, "NS_PLAN_BYTES");

static bool spawns(const struct order *o) { return o->kind > ORDER_AGAIN && o->kind < ORDER_KILL; }

/* Of the manifest; one worker at a time owns it. */
static bool for_adapter(const struct order *o) { return o->kind == ORDER_BUS || o->kind == ORDER_LORA; }

/* Every field that an order may have, and behind them the envelope's. */
enum field {
    F_SPAWN, F_KILL, F_BUDGET, F_BIND, F_MOUNT, F_TICKS, F_LEASE, F_PRIORITY, F_ADAPTER,
    F_SCHEMA, F_ID, F_KEY, F_ISSUED, F_CMD, F_COUNT
};
/* Kinds of order in a field's row. */
#define KIND(kind) (1u << ORDER_##kind)
#define ADAPTERS (KIND(BUS) | KIND(LORA))
#define SPAWNS (KIND(HEARTBEAT) | KIND(GPU) | ADAPTERS)
#define ENVELOPE KIND(AGAIN)

static enum order_kind kind_of(const struct json_field *f)
{
    for (unsigned role = f[F_SPAWN].seen ? ROLE_HEARTBEAT : ROLE_COUNT; role < ROLE_COUNT; role++) {
        if (bytes_is(f[F_SPAWN].value.text, role_name((enum coh_role)role) + strlen("worker-")))
            return (enum order_kind)role;
    }
    for (unsigned i = F_KILL; i <= F_MOUNT; i++) {
        if (f[i].seen)
            return (enum order_kind)(ORDER_KILL + i - F_KILL);
    }
    return ORDER_AGAIN;
}

/* {"gpu_id":"GPU-0","mem_mb":4096,"streams":2,"ttl_s":120}: the lease that the new worker lives by. Its id and subject are the
 * worker's name. */
static bool parse_gpu(const struct hive *h, const struct json_value *v, struct order *o)
{
    struct lease *l = &o->lease;
    struct json_field lease[] = {JSON_MUST(STRING, "gpu_id", .token = TOKEN_BYTES, .copy = &l->resource),
                                 JSON_MUST(UINT, "mem_mb", .least = 1, .most = UINT32_MAX, .number = &l->mem_mb),
                                 JSON_MUST(UINT, "streams", .least = 1, .most = UINT32_MAX, .number = &l->streams),
                                 JSON_MUST(UINT, "ttl_s", .least = 1, .number = &l->ttl_s)};
    BUF(name, WORKER_NAME_BYTES);
    bool ok = json_object(v, lease, 4);
    l->worker = h->workers_state.last_number + 1;
    buf_say(&name, "worker-", l->worker);
    token_set(&l->id, buf_bytes(&name));
    token_set(&l->subject, buf_bytes(&name));
    o->budget = (struct worker_budget){WORKER_DEFAULT_TICKS, WORKER_GPU_OPS, l->ttl_s};
    return ok;
}

/* {"budget":{"worker":"worker-7","ttl_s":60,"ops":100}} */
static bool parse_rebudget(const struct json_value *v, struct order *o)
{
    struct json_field b[] = {JSON_MUST(STRING, "worker", .token = CONSOLE_WORKER_BYTES, .bytes = &o->named),
                             JSON_MAY(UINT, "ttl_s", .least = 1, .number = &o->budget.ttl_s),
                             JSON_MAY(UINT, "ops", .least = 1, .number = &o->budget.ops)};
    o->budget = (struct worker_budget){0, 0, 0};
    return json_object(v, b, 3);
}

/* {"bind":{"from":"/shard","to":"/shadow"}} and {"mount":{"service":"logs","at":"/journal"}}: the caller's session only. */
static enum coh_status parse_view(const struct hive *h, const struct caller *who, const struct json_field *f,
                                  struct order *o, struct ns_why *why)
{
    bool bind = o->kind == ORDER_BIND;
    struct json_field p[] = {JSON_MUST(STRING, bind ? "from" : "service"), JSON_MUST(STRING, bind ? "to" : "at")};
    BUF(what, NS_PATH_BYTES);
    BUF(where, NS_PATH_BYTES);
    if (!json_object(&f[bind ? F_BIND : F_MOUNT].value, p, 2) || !json_string(&p[0].value, &what) ||
        !json_string(&p[1].value, &where))
        return control_bad_fields(why);
    return (bind ? view_bind : view_mount)(h, who, buf_bytes(&what), buf_bytes(&where), &o->view, why);
}

/* The object that some orders hold. */
static bool parse_inner(const struct hive *h, const struct json_field *f, struct order *o)
{
    if (o->kind == ORDER_GPU)
        return parse_gpu(h, &f[F_LEASE].value, o);
    return o->kind != ORDER_BUDGET || parse_rebudget(&f[F_BUDGET].value, o);
}

/* Of a worker that begins. One for an adapter lives by its ttl and operations. */
static bool parse_budget(const struct json_field *f, struct order *o)
{
    if (for_adapter(o))
        o->budget.ticks = UINT64_MAX;
    return o->budget.ticks && (!f[F_BUDGET].seen || worker_budget_take(&f[F_BUDGET].value, &o->budget));
}

/* Grammar, and whether the names in it exist. */
static enum coh_status parse_order(const struct hive *h, const struct caller *who, const struct json_field *f,
                                   struct order *o, struct ns_why *why)
{
    o->kind = kind_of(f);
    if (f[F_SPAWN].seen && !spawns(o))
        return ns_refuse(why, COH_INVALID, "unknown-role", "spawn is one of heartbeat gpu bus lora");
    if (o->kind == ORDER_AGAIN || !control_allows(1u << o->kind, f, 0, F_COUNT) || !parse_inner(h, f, o))
        return control_bad_fields(why);
    if (o->kind >= ORDER_BIND)
        return parse_view(h, who, f, o, why);
    if (spawns(o))
        return parse_budget(f, o) ? COH_OK : ns_refuse(why, COH_INVALID, "invalid-budget",
                                                       "ticks, ttl_s and ops are whole numbers of at least 1");
    o->worker = worker_by_name(h, o->named);
    return o->worker ? COH_OK : COH_NOT_FOUND;
}

/* The envelope: an intent that was accepted before is settled, of a new one f becomes the fields of its command. */
static enum coh_status parse_envelope(const struct hive *h, struct json_field f[F_COUNT], struct order *o,
                                      struct ns_why *why)
{
    const struct json_value cmd = f[F_CMD].value;
    if (!control_allows(ENVELOPE, f, 0, F_COUNT))
        return control_bad_fields(why);
    o->enveloped = true;
    enum coh_status s = intent_check(h, &o->intent, &why->settled, why);
    if (s != COH_OK || why->settled)
        return s;
    return json_object(&cmd, f, F_COUNT) ? COH_OK : control_bad_fields(why);
}

static enum coh_status parse_line(const struct hive *h, const struct caller *who, struct bytes line, struct order *o,
                                  struct ns_why *why)
{
    struct json_field f[F_COUNT] = {
        JSON_MAY(STRING, "spawn", .must = SPAWNS),
        JSON_MAY(STRING, "kill", .must = KIND(KILL), .token = CONSOLE_WORKER_BYTES, .bytes = &o->named),
        JSON_MAY(OBJECT, "budget", .must = KIND(BUDGET), .may = KIND(HEARTBEAT)),
        JSON_MAY(OBJECT, "bind", .must = KIND(BIND)),
        JSON_MAY(OBJECT, "mount", .must = KIND(MOUNT)),
        JSON_MAY(UINT, "ticks", .may = KIND(HEARTBEAT), .number = &o->budget.ticks),
        JSON_MAY(OBJECT, "lease", .must = KIND(GPU)),
        JSON_MAY(UINT, "priority", .may = KIND(GPU), .most = UINT32_MAX, .number = &o->lease.priority),
        JSON_MAY(STRING, "adapter", .must = ADAPTERS, .token = TOKEN_BYTES, .bytes = &o->named),
        JSON_MAY(STRING, "schema", .must = ENVELOPE, .words = "queen-intent/v1"),
        JSON_MAY(STRING, "id", .must = ENVELOPE, .token = TOKEN_BYTES, .bytes = &o->intent.id),
        JSON_MAY(STRING, "idempotency_key", .must = ENVELOPE, .token = TOKEN_BYTES, .bytes = &o->intent.key),
        JSON_MAY(UINT, "issued_unix_ms", .must = ENVELOPE),
        JSON_MAY(OBJECT, "cmd", .must = ENVELOPE, .bytes = &o->intent.cmd),
    };
    memset(o, 0, sizeof *o);
    o->budget = worker_default_budget;
    enum coh_status s = control_line(line, LOG_LINE_BYTES, f, F_COUNT, why);
    if (s == COH_OK && f[F_SCHEMA].seen)
        s = parse_envelope(h, f, o, why);
    else if (s == COH_OK && COH_QUEEN_CTL_ENVELOPE)
        return ns_refuse(why, COH_INVALID, "envelope-required",
                         "orders come in a queen-intent/v1 envelope (queen.ctl.envelope)");
    return s == COH_OK && !why->settled ? parse_order(h, who, f, o, why) : s;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    enum coh_status s = parse_line(h, &w->who, w->line, w->plan, why);
    return s == COH_OK && spawns(w->plan) && !lifecycle_admits(h) ? lifecycle_gate(why, "spawn") : s;
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    if (o->kind == ORDER_BIND || o->kind == ORDER_MOUNT)
        return view_room(h, &w->who, &o->view);
    if (!spawns(o))
        return COH_OK;
    enum coh_status s = for_adapter(o) ? sidecar_spawn(h, (enum coh_role)o->kind, o->named, &o->adapter, why) : COH_OK;
    if (s != COH_OK)
        return s;
    if (o->kind == ORDER_GPU && !gpu_named(h, token_bytes(&o->lease.resource)))
        return ns_refuse(why, COH_BUSY, "no-gpu", "no such GPU is published");
    if (!workers_room(h))
        return ns_refuse(why, COH_BUSY, "workers", NULL);
    return o->kind == ORDER_GPU ? lease_room(h, &o->lease, why) : COH_OK;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct order *o = w->plan;
    if (o->enveloped)
        intent_note(h, &o->intent);
    uint64_t number = spawns(o) ? workers_spawn(h, (enum coh_role)o->kind, &o->budget, 0) : 0;
    if (o->kind == ORDER_GPU)
        lease_grant(h, &o->lease);
    else if (for_adapter(o))
        h->sidecars[o->adapter].worker = number;
    else if (o->kind == ORDER_KILL)
        worker_end(h, o->worker, "killed");
    else if (o->kind == ORDER_BUDGET)
        worker_rebudget(h, o->worker, o->budget.ttl_s, o->budget.ops);
    else if (o->kind >= ORDER_BIND)
        view_apply(h, &w->who, &o->view);
}

static const struct ns_pattern patterns[] = {
    {.path = "/queen/ctl", .gate = true, CONTROL_FILE(ctl, CONTROL_QUEEN, .room = ctl_room)}};
const struct ns_table queen_nodes = {NS_PATTERNS(patterns)};
