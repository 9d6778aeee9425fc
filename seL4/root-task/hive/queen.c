/* /queen/ctl; see queen.h. */
#include "hive/queen.h"

#include "base/assert.h"
#include "hive/control.h"
#include "hive/state.h"
#include "hive/view.h"

enum order_kind { ORDER_SPAWN, ORDER_KILL, ORDER_BUDGET, ORDER_VIEW, ORDER_AGAIN };

struct order {
    enum order_kind kind;
    enum coh_role role;
    struct worker_budget budget;
    struct lease lease; /* of a GPU worker */
    bool has_ttl, has_ops; /* ORDER_BUDGET: which of them to change */
    struct bytes adapter_id; /* ORDER_SPAWN of bus and lora: what the worker is for, borrowed from the line */
    uint32_t adapter;        /* once there is room for it */
    struct worker *worker;   /* to kill or to give a new budget */
    struct view_change view; /* ORDER_VIEW: a bind or a mount, whose name lies in path */
    uint8_t path[2][NS_PATH_BYTES];
    bool enveloped; /* it came as this intent; ORDER_AGAIN: for another time */
    struct intent_name intent;
};
_Static_assert(sizeof(struct order) <= NS_PLAN_BYTES, "NS_PLAN_BYTES");

static enum coh_status named_worker(const struct hive *h, const struct json_value *v, struct order *o)
{
    o->worker = worker_by_name((struct hive *)(uintptr_t)h, v->text);
    return o->worker ? COH_OK : COH_NOT_FOUND;
}

/* Every field that an order may have; each kind of order allows a set of them. */
enum field {
    F_SPAWN, F_KILL, F_TICKS, F_BUDGET, F_LEASE, F_PRIORITY, F_ADAPTER, F_BIND, F_MOUNT,
    F_SCHEMA, F_ID, F_KEY, F_ISSUED, F_CMD, F_COUNT /* the envelope's */
};
#define FIELD(f) CONTROL_FIELD(f)

/* Exactly these fields, and none of the others? */
static bool only(const struct json_field *f, unsigned required, unsigned optional)
{
    for (unsigned i = 0; i < F_COUNT; i++) {
        bool may = (required | optional) & FIELD(i), must = required & FIELD(i);
        if (f[i].seen ? !may : must)
            return false;
    }
    return true;
}

static enum coh_status parse_heartbeat(const struct json_field *f, struct order *o, struct ns_why *why)
{
    if (!only(f, FIELD(F_SPAWN), FIELD(F_TICKS) | FIELD(F_BUDGET)))
        return control_bad_fields(why);
    o->role = ROLE_HEARTBEAT;
    if (f[F_TICKS].seen)
        o->budget.ticks = f[F_TICKS].value.u;
    if (o->budget.ticks == 0 || (f[F_BUDGET].seen && !worker_budget_take(&f[F_BUDGET].value, &o->budget)))
        return ns_refuse(why, COH_INVALID, "invalid-budget", "ticks, ttl_s and ops are whole numbers of at least 1");
    return COH_OK;
}

/* {"gpu_id":"GPU-0","mem_mb":4096,"streams":2,"ttl_s":120}: the lease that the new worker lives by. Its id and subject are the
 * worker's name. */
static enum coh_status parse_gpu(const struct hive *h, const struct json_field *f, struct order *o, struct ns_why *why)
{
    struct json_field lease[] = {
        {.name = "gpu_id", .type = JSON_STRING, .required = true, .token = TOKEN_BYTES},
        {.name = "mem_mb", .type = JSON_UINT, .required = true, .least = 1, .most = UINT32_MAX},
        {.name = "streams", .type = JSON_UINT, .required = true, .least = 1, .most = UINT32_MAX},
        {.name = "ttl_s", .type = JSON_UINT, .required = true, .least = 1}};
    BUF(name, WORKER_NAME_BYTES);
    if (!only(f, FIELD(F_SPAWN) | FIELD(F_LEASE), FIELD(F_PRIORITY)) || !json_object(&f[F_LEASE].value, lease, 4) ||
        f[F_PRIORITY].value.u > UINT32_MAX)
        return control_bad_fields(why);
    uint64_t worker = h->workers_state.last_number + 1, ttl_s = lease[3].value.u;
    o->role = ROLE_GPU;
    o->budget = (struct worker_budget){WORKER_DEFAULT_TICKS, WORKER_GPU_OPS, ttl_s};
    o->lease = (struct lease){.worker = worker, .mem_mb = lease[1].value.u, .streams = lease[2].value.u, .ttl_s = ttl_s,
                              .priority = f[F_PRIORITY].value.u};
    buf_say(&name, "worker-", worker);
    token_set(&o->lease.id, buf_bytes(&name));
    token_set(&o->lease.subject, buf_bytes(&name));
    token_set(&o->lease.resource, lease[0].value.text);
    return COH_OK;
}

/* A worker for an adapter of the manifest, which one worker at a time owns; it lives by its ttl and operations. */
static enum coh_status parse_adapter(const struct json_field *f, struct order *o, struct ns_why *why)
{
    if (!only(f, FIELD(F_SPAWN) | FIELD(F_ADAPTER), 0))
        return control_bad_fields(why);
    o->role = bytes_is(f[F_SPAWN].value.text, "lora") ? ROLE_LORA : ROLE_BUS;
    o->budget.ticks = UINT64_MAX;
    o->adapter_id = f[F_ADAPTER].value.text;
    return COH_OK;
}

static enum coh_status parse_spawn(const struct hive *h, const struct json_field *f, struct order *o, struct ns_why *why)
{
    struct bytes kind = f[F_SPAWN].value.text;
    o->kind = ORDER_SPAWN;
    if (bytes_is(kind, "heartbeat"))
        return parse_heartbeat(f, o, why);
    if (bytes_is(kind, "gpu"))
        return parse_gpu(h, f, o, why);
    if (bytes_is(kind, "bus") || bytes_is(kind, "lora"))
        return parse_adapter(f, o, why);
    return ns_refuse(why, COH_INVALID, "unknown-role", "spawn is one of heartbeat gpu bus lora");
}

static enum coh_status parse_kill(const struct hive *h, const struct json_field *f, struct order *o, struct ns_why *why)
{
    o->kind = ORDER_KILL;
    return only(f, FIELD(F_KILL), 0) ? named_worker(h, &f[F_KILL].value, o) : control_bad_fields(why);
}

/* {"budget":{"worker":"worker-7","ttl_s":60,"ops":100}}: what is absent stays as it is. */
static enum coh_status parse_rebudget(const struct hive *h, const struct json_field *f, struct order *o,
                                      struct ns_why *why)
{
    struct json_field b[] = {{.name = "worker", .type = JSON_STRING, .required = true, .token = CONSOLE_WORKER_BYTES},
                             {.name = "ttl_s", .type = JSON_UINT, .least = 1},
                             {.name = "ops", .type = JSON_UINT, .least = 1}};
    o->kind = ORDER_BUDGET;
    if (!only(f, FIELD(F_BUDGET), 0) || !json_object(&f[F_BUDGET].value, b, 3))
        return control_bad_fields(why);
    o->has_ttl = b[1].seen;
    o->has_ops = b[2].seen;
    o->budget.ttl_s = b[1].value.u;
    o->budget.ops = b[2].value.u;
    return named_worker(h, &b[0].value, o);
}

/* {"bind":{"from":"/shard","to":"/shadow"}} and {"mount":{"service":"logs","at":"/journal"}}: the caller's session only. */
static enum coh_status parse_view(const struct hive *h, const struct caller *who, const struct json_field *f,
                                  struct order *o, struct ns_why *why)
{
    bool bind = f[F_BIND].seen;
    const struct json_value *v = bind ? &f[F_BIND].value : &f[F_MOUNT].value;
    struct json_field p[] = {{.name = bind ? "from" : "service", .type = JSON_STRING, .required = true},
                             {.name = bind ? "to" : "at", .type = JSON_STRING, .required = true}};
    struct buf what = buf_of(o->path[0], NS_PATH_BYTES), where = buf_of(o->path[1], NS_PATH_BYTES);
    o->kind = ORDER_VIEW;
    if (!only(f, FIELD(bind ? F_BIND : F_MOUNT), 0) || !json_object(v, p, 2) || !json_string(&p[0].value, &what) ||
        !json_string(&p[1].value, &where))
        return control_bad_fields(why);
    return (bind ? view_bind : view_mount)(h, who, buf_bytes(&what), buf_bytes(&where), &o->view, why);
}

/* All fields of an order, or of the envelope around one. */
static enum coh_status parse_fields(const struct json_value *v, struct json_field f[F_COUNT], struct ns_why *why)
{
    static const struct json_field fields[F_COUNT] = {
        JSON_MAY(STRING, "spawn"), JSON_MAY(STRING, "kill", .token = CONSOLE_WORKER_BYTES), JSON_MAY(UINT, "ticks"),
        JSON_MAY(OBJECT, "budget"), JSON_MAY(OBJECT, "lease"), JSON_MAY(UINT, "priority"), CONTROL_TOKEN("adapter"),
        JSON_MAY(OBJECT, "bind"), JSON_MAY(OBJECT, "mount"), JSON_MAY(STRING, "schema", .words = "queen-intent/v1"),
        CONTROL_TOKEN("id"), CONTROL_TOKEN("idempotency_key"), JSON_MAY(UINT, "issued_unix_ms"),
        JSON_MAY(OBJECT, "cmd"),
    };
    memcpy(f, fields, sizeof fields);
    return json_object(v, f, F_COUNT) ? COH_OK : control_bad_fields(why);
}

/* Grammar, and whether the names in it exist. */
static enum coh_status parse_order(const struct hive *h, const struct caller *who, const struct json_field *f,
                                   struct order *o, struct ns_why *why)
{
    if (f[F_SPAWN].seen)
        return parse_spawn(h, f, o, why);
    if (f[F_KILL].seen)
        return parse_kill(h, f, o, why);
    if (f[F_BUDGET].seen)
        return parse_rebudget(h, f, o, why);
    if (f[F_BIND].seen || f[F_MOUNT].seen)
        return parse_view(h, who, f, o, why);
    return control_bad_fields(why);
}

/* The envelope: an intent that was accepted before is settled, of a new one f becomes the fields of its command. */
static enum coh_status parse_envelope(const struct hive *h, struct json_field f[F_COUNT], struct order *o,
                                      struct ns_why *why)
{
    const struct json_value cmd = f[F_CMD].value;
    if (!only(f, FIELD(F_SCHEMA) | FIELD(F_ID) | FIELD(F_KEY) | FIELD(F_ISSUED) | FIELD(F_CMD), 0))
        return control_bad_fields(why);
    o->enveloped = true;
    o->intent = (struct intent_name){f[F_ID].value.text, f[F_KEY].value.text, cmd.text};
    enum coh_status s = intent_check(h, &o->intent, &why->settled, why);
    if (s != COH_OK || why->settled)
        return s;
    return parse_fields(&cmd, f, why);
}

static enum coh_status parse_line(const struct hive *h, const struct caller *who, struct bytes line, struct order *o,
                                  struct ns_why *why)
{
    struct json_value v;
    struct json_field f[F_COUNT];
    memset(o, 0, sizeof *o);
    o->kind = ORDER_AGAIN;
    o->budget = worker_default_budget;
    if (!json_parse(line, &v) || v.type != JSON_OBJECT)
        return ns_refuse(why, COH_INVALID, "invalid-json", "a control line is one JSON object");
    enum coh_status s = parse_fields(&v, f, why);
    if (s == COH_OK && f[F_SCHEMA].seen)
        s = parse_envelope(h, f, o, why);
    else if (s == COH_OK && COH_QUEEN_CTL_ENVELOPE)
        return ns_refuse(why, COH_INVALID, "envelope-required",
                         "orders come in a queen-intent/v1 envelope (queen.ctl.envelope)");
    return s == COH_OK && !why->settled ? parse_order(h, who, f, o, why) : s;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    enum coh_status s = w->line.n <= LOG_LINE_BYTES ? parse_line(h, &w->who, w->line, o, why) : COH_TOO_BIG;
    bool spawn = o->kind == ORDER_SPAWN;
    return s == COH_OK && spawn && !lifecycle_admits(h) ? lifecycle_gate(why, "spawn") : s;
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    if (o->kind == ORDER_VIEW)
        return session_bind_check(h, w->who.session, &o->view.parent, o->view.name);
    if (o->kind != ORDER_SPAWN)
        return COH_OK;
    enum coh_status s = o->adapter_id.n ? sidecar_spawn(h, o->role, o->adapter_id, &o->adapter, why) : COH_OK;
    if (s != COH_OK)
        return s;
    if (o->role == ROLE_GPU && !gpu_named(h, token_bytes(&o->lease.resource)))
        return ns_refuse(why, COH_BUSY, "no-gpu", "no such GPU is published");
    if (!workers_room(h))
        return ns_refuse(why, COH_BUSY, "workers", NULL);
    return o->role == ROLE_GPU ? lease_room(h, &o->lease, why) : COH_OK;
}

static void spawn(struct hive *h, const struct order *o)
{
    uint64_t number = workers_spawn(h, o->role, &o->budget, 0);
    if (o->role == ROLE_GPU)
        lease_grant(h, &o->lease);
    if (o->role == ROLE_BUS || o->role == ROLE_LORA)
        h->sidecars[o->adapter].worker = number;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct order *o = w->plan;
    if (o->enveloped)
        intent_note(h, &o->intent);
    switch (o->kind) {
    case ORDER_SPAWN:
        spawn(h, o);
        break;
    case ORDER_VIEW:
        view_apply(h, &w->who, &o->view);
        break;
    case ORDER_KILL:
        worker_end(h, o->worker, "killed");
        break;
    case ORDER_AGAIN:
        break;
    case ORDER_BUDGET:
        worker_rebudget(h, o->worker, o->has_ttl ? &o->budget.ttl_s : NULL, o->has_ops ? &o->budget.ops : NULL);
    }
}

CONTROL_OPS(ctl, CONTROL_QUEEN, .room = ctl_room)
static const struct ns_pattern patterns[] = {
    {.path = "/queen/ctl", .mode = NS_APPEND, .gate = true, .control = true, .ops = &ctl_ops}};
const struct ns_table queen_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
