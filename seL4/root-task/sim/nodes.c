/* Paths that clients ask for, and what the contracts say of an access to them: spec/namespace.md and spec/tickets.md, told
 * again without a look at how the hive decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

#define EVERYBODY 0x1eu

struct contract_node {
    struct sim_node node;
    bool gate; /* the manifest's */
};

#define GPU_ROLE (1u << ROLE_GPU)
#define BUS_ROLE (1u << ROLE_BUS)
#define LORA_ROLE (1u << ROLE_LORA)
#define BUS (COH_SIDECARS_MODBUS_ENABLE || COH_SIDECARS_DNP3_ENABLE)
#define HOST COH_ECOSYSTEM_HOST_ENABLE
#define DIR(p, ...) {.path = p, .kind = NODE_DIR, __VA_ARGS__}
#define FACT(p) {.path = p, .kind = NODE_LINES}

/* Control files come from forms.c. */
static const struct contract_node contract[] = {
    {{.path = "/", .kind = NODE_DIR, .roles = EVERYBODY}, true},
    {{.path = "/proc", .kind = NODE_DIR, .roles = EVERYBODY}, true},
    {{.path = "/proc/boot", .kind = NODE_TEXT, .roles = EVERYBODY, .stable = true}, true},
    {{.path = "/proc/budget", .kind = NODE_TEXT}, true},
    {{.path = "/proc/tests", .kind = NODE_DIR}, true},
    {{.path = "/proc/tests/selftest_quick.coh", .kind = NODE_TEXT}, true},
    {{.path = "/proc/lifecycle", .kind = NODE_DIR}, true},
    {{.path = "/proc/lifecycle/state", .kind = NODE_TEXT}, true},
    {{.path = "/proc/root/cut_reason", .kind = NODE_TEXT}, true},
    {{.path = "/proc/pressure", .kind = NODE_DIR}, true},
    {{.path = "/proc/pressure/busy", .kind = NODE_TEXT}, true},
    {{.path = "/proc/pressure/quota", .kind = NODE_TEXT}, true},
    {{.path = "/proc/pressure/cut", .kind = NODE_TEXT}, true},
    {{.path = "/proc/pressure/policy", .kind = NODE_TEXT}, true},
    {{.path = "/proc/9p/session", .kind = NODE_DIR}, true},
    {{.path = "/proc/9p/session/active", .kind = NODE_TEXT}, true},
    {{.path = "/log", .kind = NODE_DIR, .roles = EVERYBODY}, true},
    {{.path = "/log/queen.log", .kind = NODE_LINES, .roles = EVERYBODY, .append = true, .logged = true}, true},
    {{.path = "/kmesg", .kind = NODE_LINES}, true},
    {{.path = "/queen", .kind = NODE_DIR}, true},
    {{.path = "/worker", .kind = NODE_DIR, .roles = EVERYBODY}, true},
    {{.path = "/shard", .kind = NODE_DIR, .roles = EVERYBODY}, true},
    {DIR("/proc/queen"), true},
    {FACT("/proc/queen/dedupe"), true},
    {FACT("/proc/queen/epoch"), true},
    {FACT("/proc/lifecycle/reason"), true},
    {FACT("/proc/lease/summary"), COH_OBSERVABILITY_PROC_LEASE_SUMMARY},
    {FACT("/proc/lease/active"), COH_OBSERVABILITY_PROC_LEASE_ACTIVE},
    {FACT("/proc/lease/preemptions"), COH_OBSERVABILITY_PROC_LEASE_PREEMPTIONS},
    {FACT("/proc/schedule/summary"), COH_OBSERVABILITY_PROC_SCHEDULE_SUMMARY},
    {FACT("/proc/schedule/queue"), COH_OBSERVABILITY_PROC_SCHEDULE_QUEUE},
    {DIR("/policy"), COH_ECOSYSTEM_POLICY_ENABLE},
    {FACT("/policy/rules"), COH_ECOSYSTEM_POLICY_ENABLE},
    {FACT("/policy/preflight/req"), COH_ECOSYSTEM_POLICY_ENABLE},
    {FACT("/policy/preflight/diff"), COH_ECOSYSTEM_POLICY_ENABLE},
    {DIR("/actions"), COH_ECOSYSTEM_POLICY_ENABLE},
    {DIR("/audit"), COH_ECOSYSTEM_AUDIT_ENABLE},
    {FACT("/audit/export"), COH_ECOSYSTEM_AUDIT_ENABLE},
    {FACT("/replay/status"), COH_ECOSYSTEM_AUDIT_ENABLE && COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE},
    {DIR("/host"), HOST},
    {DIR("/host/systemd"), HOST},
    {DIR("/host/k8s/node"), HOST},
    {DIR("/host/nvidia/gpu"), HOST},
    {DIR("/gpu", .roles = GPU_ROLE), true},
    {FACT("/gpu/bridge/status"), true},
    {DIR("/bus", .roles = BUS_ROLE), BUS},
    {DIR("/lora", .roles = LORA_ROLE), COH_SIDECARS_LORA_ENABLE},
    {DIR("/updates"), COH_CAS_ENABLE},
    {DIR("/models"), COH_ECOSYSTEM_MODELS_ENABLE},
};

struct sim_node sim_nodes[SIM_NODES];
uint32_t sim_nodes_count;
static bool probed, present[SIM_NODES];

/* Below these, things come and go; the first few are the session's own names (binds). */
static const struct {
    const char *prefix;
    bool gate;
} moving[] = {
    {"/shadow", true},          {"/attic", true},        {"/worker/", true},
    {"/shard/", true},          {"/proc/9p/session/", true}, {"/host/systemd/", HOST},
    {"/host/k8s/node/", HOST},  {"/host/nvidia/gpu/", HOST}, {"/actions/", COH_ECOSYSTEM_POLICY_ENABLE},
    {"/gpu/", true},            {"/bus/", BUS},          {"/lora/", COH_SIDECARS_LORA_ENABLE},
    {"/updates/", COH_CAS_ENABLE}, {"/models/", COH_ECOSYSTEM_MODELS_ENABLE}, {"/queen/telemetry", COH_TELEMETRY_INGEST_ENABLE},
    {"/queen/export/lora_jobs", true},
};

bool sim_dynamic(const char *path)
{
    for (size_t i = 0; i < sizeof moving / sizeof moving[0]; i++) {
        if (moving[i].gate && strncmp(path, moving[i].prefix, strlen(moving[i].prefix)) == 0)
            return true;
    }
    return false;
}

static bool hive_has(const struct world *w, const char *path)
{
    const struct caller queen = {.role = ROLE_QUEEN, .session = SESSION_NONE};
    struct ns_ref ref;
    return ns_resolve(&w->h->tree, w->h, &queen, bytes_str(path), &ref) == COH_OK;
}

static void probe(struct world *w, const struct sim_node *n, bool gate)
{
    bool has = hive_has(w, n->path);
    SIM_CHECK(w, gate || !has, "%s is there, and the manifest's gate is closed", n->path);
    SIM_CHECK(w, sim_nodes_count < SIM_NODES, "the simulation has too few nodes");
    if (has)
        sim_nodes[sim_nodes_count++] = *n;
}

void nodes_probe(struct world *w)
{
    char path[SIM_PATH];
    if (probed)
        return;
    probed = true;
    for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++)
        probe(w, &contract[i].node, contract[i].gate);
    for (uint32_t i = 0; i < control_files_count; i++) {
        const struct control_file *f = &control_files[i];
        const struct sim_node n = {.path = f->path, .kind = NODE_LINES, .append = true};
        size_t fixed = strcspn(f->path, "<");
        if (!f->path[fixed])
            probe(w, &n, f->gate);
        snprintf(path, sizeof path, "%.*s", (int)fixed, f->path);
        if (f->path[fixed])
            *strrchr(path, '/') = 0;
        present[i] = f->gate && hive_has(w, path);
    }
}

bool control_present(const struct control_file *f) { return present[f - control_files]; }

bool surely_offline(const struct world *w, uint32_t changes)
{
    return w->gov.changes == changes && w->gov.state == LIFECYCLE_OFFLINE;
}

bool maybe_offline(const struct world *w, uint32_t changes)
{
    return w->gov.state == LIFECYCLE_OFFLINE || (w->gov.changes != changes && w->gov.was_offline);
}

bool may_refuse(const char *path, uint8_t may)
{
    const struct control_file *f = control_at(path);
    return f && (f->may & may);
}

const struct sim_node *node_find(const char *path)
{
    for (uint32_t i = 0; i < sim_nodes_count; i++) {
        if (strcmp(sim_nodes[i].path, path) == 0)
            return &sim_nodes[i];
    }
    return NULL;
}

/* By components: walks both at once and looks what follows. */
bool sim_within(const char *path, const char *prefix)
{
    if (strcmp(prefix, "/") == 0)
        return true;
    while (*prefix && *path == *prefix) {
        path++;
        prefix++;
    }
    return *prefix == 0 && (*path == 0 || *path == '/');
}

int scope_of(const struct sim_ticket *t, const char *path, bool write)
{
    for (uint32_t i = 0; t && i < t->scopes_n; i++) {
        bool verb = t->scopes[i].verb == 2 || t->scopes[i].verb == (write ? 1 : 0);
        if (verb && sim_within(path, t->scopes[i].path))
            return (int)i;
    }
    return -1;
}

static const struct sim_ticket *ticket_of(const struct world *w, const struct identity *me)
{
    return me->ticket >= 0 ? &w->tickets[me->ticket] : NULL;
}

/* A scope lets its session pass through what lies above it, whatever its verb. */
static bool scope_reaches(const struct sim_ticket *t, const char *path)
{
    bool any = !t || !t->scopes_n;
    for (uint32_t i = 0; t && i < t->scopes_n; i++)
        any = any || sim_within(path, t->scopes[i].path) || sim_within(t->scopes[i].path, path);
    return any;
}

enum verdict node_verdict(const struct world *w, const struct identity *me, const char *path, const struct sim_node *node,
                          enum sim_access access, bool dynamic)
{
    const struct sim_ticket *t = ticket_of(w, me);
    if (!node)
        return dynamic ? ANY_VERDICT : MUST_NOT_FOUND;
    if (me->role != ROLE_QUEEN && !(node->roles & (1u << me->role)))
        return MUST_DENY;
    if (!scope_reaches(t, path))
        return MUST_DENY;
    if ((node->kind == NODE_DIR) != (access == SIM_LIST))
        return MUST_KIND;
    if (access == SIM_WRITE && (!node->append || me->role != ROLE_QUEEN))
        return MUST_DENY;
    if (t && t->scopes_n && scope_of(t, path, access == SIM_WRITE) < 0)
        return MUST_DENY;
    return dynamic ? ANY_VERDICT : MUST_PASS;
}

bool may_be_cut(const struct world *w, const struct identity *me)
{
    const struct sim_ticket *t = ticket_of(w, me);
    if (!t)
        return false;
    bool time = t->has_ttl && w->now >= t->first_sent_ms + t->ttl_s * 1000u;
    bool worker = t->role != ROLE_QUEEN && strncmp(t->subject, "worker-", 7) == 0;
    return me->spent || me->doubtful || time || worker || (t->replays && t->has_ops);
}

bool may_be_spent(const struct world *w, const struct identity *me)
{
    const struct sim_ticket *t = ticket_of(w, me);
    bool worker = t && t->role != ROLE_QUEEN && strncmp(t->subject, "worker-", 7) == 0;
    return worker || (t && ((t->has_ops && t->ops_maybe > t->ops) || t->has_quotas));
}

void charge(struct world *w, struct identity *me, uint32_t client, const char *path, bool write)
{
    struct sim_ticket *t = me->ticket >= 0 ? &w->tickets[me->ticket] : NULL;
    if (!t)
        return;
    t->ops_sure++;
    SIM_CHECK(w, !t->has_ops || t->ops_sure <= t->ops, "client %u: operation %llu of a ticket with %llu", client,
              (unsigned long long)t->ops_sure, (unsigned long long)t->ops);
    int s = scope_of(t, path, write);
    SIM_CHECK(w, !t->scopes_n || s >= 0, "client %u went out of its scopes: %s", client, path);
    if (s < 0)
        return;
    me->scope_ok[s]++;
    uint64_t windows = (w->now - me->attach_sent_ms) / 1000u + 2u; /* one may have begun before */
    SIM_CHECK(w, !t->scopes[s].rate || me->scope_ok[s] <= windows * t->scopes[s].rate, "client %u went over its rate", client);
}
