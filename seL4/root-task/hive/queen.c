/* /queen/ctl; see queen.h. */
#include "hive/queen.h"

#include "hive/control.h"
#include "hive/state.h"
#include "hive/view.h"

/* A spawn is named by the role that begins. */
enum order_kind {
    ORDER_AGAIN, /* an intent that was done before, for another time */
    ORDER_HEARTBEAT = ROLE_HEARTBEAT,
    ORDER_GPU = ROLE_GPU,
    ORDER_BUS = ROLE_BUS,
    ORDER_LORA = ROLE_LORA,
    ORDER_KILL = ROLE_COUNT,
    ORDER_BUDGET,
    ORDER_BIND,
    ORDER_MOUNT,
    ORDER_KINDS
};

struct order {
    enum order_kind kind;
    struct worker_budget budget; /* of ORDER_BUDGET: 0 stays as it is */
    struct lease lease;          /* of a GPU worker */
    struct bytes adapter_id; /* of a bus or lora worker: what it is for, borrowed from the line */
    uint32_t adapter;        /* once there is room for it */
    struct worker *worker;   /* to kill or to give a new budget */
    struct view_change view; /* a bind or a mount, whose name lies in path */
    uint8_t path[2][NS_PATH_BYTES];
    bool enveloped; /* it came as this intent */
    struct intent_name intent;
};
_Static_assert(sizeof(struct order) <= NS_PLAN_BYTES, "NS_PLAN_BYTES");

static bool spawns(const struct order *o) { return o->kind > ORDER_AGAIN && o->kind < ORDER_KILL; }

/* Every field that an order may have, and what each kind of order needs and may have of them. */
enum field {
    F_SPAWN, F_KILL, F_BUDGET, F_BIND, F_MOUNT, F_TICKS, F_LEASE, F_PRIORITY, F_ADAPTER,
    F_SCHEMA, F_ID, F_KEY, F_ISSUED, F_CMD, F_COUNT /* the envelope's */
};
#define FIELD(f) CONTROL_FIELD(f)
static const struct control_op kinds[ORDER_KINDS] = {
    [ORDER_HEARTBEAT] = {FIELD(F_SPAWN), FIELD(F_TICKS) | FIELD(F_BUDGET)},
    [ORDER_GPU] = {FIELD(F_SPAWN) | FIELD(F_LEASE), FIELD(F_PRIORITY)},
    [ORDER_BUS] = {FIELD(F_SPAWN) | FIELD(F_ADAPTER), 0},
    [ORDER_LORA] = {FIELD(F_SPAWN) | FIELD(F_ADAPTER), 0},
    [ORDER_KILL] = {FIELD(F_KILL), 0},
    [ORDER_BUDGET] = {FIELD(F_BUDGET), 0},
    [ORDER_BIND] = {FIELD(F_BIND), 0},
    [ORDER_MOUNT] = {FIELD(F_MOUNT), 0},
};
static const struct control_op envelope = {FIELD(F_SCHEMA) | FIELD(F_ID) | FIELD(F_KEY) | FIELD(F_ISSUED) | FIELD(F_CMD), 0};

/* The first of these fields that is there says what is ordered; ORDER_KINDS: none is, or no role that can be spawned. */
static enum order_kind kind_of(const struct json_field *f)
{
    static const enum order_kind by_field[] = {ORDER_KINDS, ORDER_KILL, ORDER_BUDGET, ORDER_BIND, ORDER_MOUNT};
    unsigned first = F_SPAWN, role = ORDER_HEARTBEAT;
    while (first <= F_MOUNT && !f[first].seen)
        first++;
    if (first != F_SPAWN)
        return first <= F_MOUNT ? by_field[first] : ORDER_KINDS;
    while (role <= ORDER_LORA && !bytes_is(f[F_SPAWN].value.text, role_name((enum coh_role)role) + strlen("worker-")))
        role++;
    return role <= ORDER_LORA ? (enum order_kind)role : ORDER_KINDS;
}

static enum coh_status named_worker(const struct hive *h, const struct json_value *v, struct order *o)
{
    o->worker = worker_by_name((struct hive *)(uintptr_t)h, v->text);
    return o->worker ? COH_OK : COH_NOT_FOUND;
}

static enum coh_status parse_heartbeat(const struct json_field *f, struct order *o, struct ns_why *why)
{
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
        JSON_MUST(STRING, "gpu_id", .token = TOKEN_BYTES), JSON_MUST(UINT, "mem_mb", .least = 1, .most = UINT32_MAX),
        JSON_MUST(UINT, "streams", .least = 1, .most = UINT32_MAX), JSON_MUST(UINT, "ttl_s", .least = 1)};
    BUF(name, WORKER_NAME_BYTES);
    if (!json_object(&f[F_LEASE].value, lease, 4) || f[F_PRIORITY].value.u > UINT32_MAX)
        return control_bad_fields(why);
    uint64_t worker = h->workers_state.last_number + 1, ttl_s = lease[3].value.u;
    o->budget = (struct worker_budget){WORKER_DEFAULT_TICKS, WORKER_GPU_OPS, ttl_s};
    o->lease = (struct lease){.worker = worker, .mem_mb = lease[1].value.u, .streams = lease[2].value.u, .ttl_s = ttl_s,
                              .priority = f[F_PRIORITY].value.u};
    buf_say(&name, "worker-", worker);
    token_set(&o->lease.id, buf_bytes(&name));
    token_set(&o->lease.subject, buf_bytes(&name));
    token_set(&o->lease.resource, lease[0].value.text);
    return COH_OK;
}

/* {"budget":{"worker":"worker-7","ttl_s":60,"ops":100}} */
static enum coh_status parse_rebudget(const struct hive *h, const struct json_field *f, struct order *o,
                                      struct ns_why *why)
{
    struct json_field b[] = {JSON_MUST(STRING, "worker", .token = CONSOLE_WORKER_BYTES), JSON_MAY(UINT, "ttl_s", .least = 1),
                             JSON_MAY(UINT, "ops", .least = 1)};
    if (!json_object(&f[F_BUDGET].value, b, 3))
        return control_bad_fields(why);
    o->budget = (struct worker_budget){.ttl_s = b[1].value.u, .ops = b[2].value.u};
    return named_worker(h, &b[0].value, o);
}

/* {"bind":{"from":"/shard","to":"/shadow"}} and {"mount":{"service":"logs","at":"/journal"}}: the caller's session only. */
static enum coh_status parse_view(const struct hive *h, const struct caller *who, const struct json_field *f,
                                  struct order *o, struct ns_why *why)
{
    bool bind = o->kind == ORDER_BIND;
    struct json_field p[] = {JSON_MUST(STRING, bind ? "from" : "service"), JSON_MUST(STRING, bind ? "to" : "at")};
    struct buf what = buf_of(o->path[0], NS_PATH_BYTES), where = buf_of(o->path[1], NS_PATH_BYTES);
    if (!json_object(&f[bind ? F_BIND : F_MOUNT].value, p, 2) || !json_string(&p[0].value, &what) ||
        !json_string(&p[1].value, &where))
        return control_bad_fields(why);
    return (bind ? view_bind : view_mount)(h, who, buf_bytes(&what), buf_bytes(&where), &o->view, why);
}

/* All fields of an order, or of the envelope around one. */
static enum coh_status parse_fields(const struct json_value *v, struct json_field f[F_COUNT], struct ns_why *why)
{
    static const struct json_field fields[F_COUNT] = {
        JSON_MAY(STRING, "spawn"), JSON_MAY(STRING, "kill", .token = CONSOLE_WORKER_BYTES), JSON_MAY(OBJECT, "budget"),
        JSON_MAY(OBJECT, "bind"), JSON_MAY(OBJECT, "mount"), JSON_MAY(UINT, "ticks"), JSON_MAY(OBJECT, "lease"),
        JSON_MAY(UINT, "priority"), CONTROL_TOKEN("adapter"), JSON_MAY(STRING, "schema", .words = "queen-intent/v1"),
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
    o->kind = kind_of(f);
    if (o->kind == ORDER_KINDS && f[F_SPAWN].seen)
        return ns_refuse(why, COH_INVALID, "unknown-role", "spawn is one of heartbeat gpu bus lora");
    if (o->kind == ORDER_KINDS || !control_allows(&kinds[o->kind], f, 0, F_COUNT))
        return control_bad_fields(why);
    switch (o->kind) {
    case ORDER_HEARTBEAT:
        return parse_heartbeat(f, o, why);
    case ORDER_GPU:
        return parse_gpu(h, f, o, why);
    case ORDER_KILL:
        return named_worker(h, &f[F_KILL].value, o);
    case ORDER_BUDGET:
        return parse_rebudget(h, f, o, why);
    case ORDER_BIND:
    case ORDER_MOUNT:
        return parse_view(h, who, f, o, why);
    default: /* a worker for an adapter of the manifest, which one worker at a time owns; it lives by its ttl and operations */
        o->budget.ticks = UINT64_MAX;
        o->adapter_id = f[F_ADAPTER].value.text;
        return COH_OK;
    }
}

/* The envelope: an intent that was accepted before is settled, of a new one f becomes the fields of its command. */
static enum coh_status parse_envelope(const struct hive *h, struct json_field f[F_COUNT], struct order *o,
                                      struct ns_why *why)
{
    const struct json_value cmd = f[F_CMD].value;
    if (!control_allows(&envelope, f, 0, F_COUNT))
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
    o->budget = worker_default_budget;
    if (line.n > LOG_LINE_BYTES)
        return COH_TOO_BIG;
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
    enum coh_status s = o->adapter_id.n ? sidecar_spawn(h, (enum coh_role)o->kind, o->adapter_id, &o->adapter, why) : COH_OK;
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
    else if (o->adapter_id.n)
        h->sidecars[o->adapter].worker = number;
    else if (o->kind == ORDER_KILL)
        worker_end(h, o->worker, "killed");
    else if (o->kind == ORDER_BUDGET)
        worker_rebudget(h, o->worker, o->budget.ttl_s, o->budget.ops);
    else if (o->kind >= ORDER_BIND)
        view_apply(h, &w->who, &o->view);
}

CONTROL_OPS(ctl, CONTROL_QUEEN, .room = ctl_room)
static const struct ns_pattern patterns[] = {
    {.path = "/queen/ctl", .mode = NS_APPEND, .gate = true, .control = true, .ops = &ctl_ops}};
const struct ns_table queen_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
