/* Paths that clients ask for, and what the contracts say of an access to them: spec/namespace.md and spec/tickets.md, told
 * again without a look at how the hive decides. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

#define EVERYBODY 0x1eu

const struct sim_node sim_nodes[] = {
    {.path = "/", .kind = NODE_DIR, .roles = EVERYBODY},
    {.path = "/proc", .kind = NODE_DIR, .roles = EVERYBODY},
    {.path = "/proc/boot", .kind = NODE_TEXT, .roles = EVERYBODY, .stable = true},
    {.path = "/proc/budget", .kind = NODE_TEXT},
    {.path = "/proc/tests", .kind = NODE_DIR},
    {.path = "/proc/tests/selftest_quick.coh", .kind = NODE_TEXT},
    {.path = "/proc/lifecycle", .kind = NODE_DIR},
    {.path = "/proc/lifecycle/state", .kind = NODE_TEXT},
    {.path = "/proc/root/cut_reason", .kind = NODE_TEXT},
    {.path = "/proc/pressure", .kind = NODE_DIR},
    {.path = "/proc/pressure/busy", .kind = NODE_TEXT},
    {.path = "/proc/pressure/quota", .kind = NODE_TEXT},
    {.path = "/proc/pressure/cut", .kind = NODE_TEXT},
    {.path = "/proc/pressure/policy", .kind = NODE_TEXT},
    {.path = "/proc/9p/session", .kind = NODE_DIR},
    {.path = "/proc/9p/session/active", .kind = NODE_TEXT},
    {.path = "/log", .kind = NODE_DIR, .roles = EVERYBODY},
    {.path = "/log/queen.log", .kind = NODE_LINES, .roles = EVERYBODY, .append = true, .logged = true},
    {.path = "/kmesg", .kind = NODE_LINES},
    {.path = "/queen", .kind = NODE_DIR},
    {.path = "/queen/ctl", .kind = NODE_LINES, .append = true},
    {.path = "/queen/lifecycle/ctl", .kind = NODE_LINES, .append = true},
    {.path = "/worker", .kind = NODE_DIR, .roles = EVERYBODY},
    {.path = "/shard", .kind = NODE_DIR, .roles = EVERYBODY},
};
const uint32_t sim_nodes_count = sizeof sim_nodes / sizeof sim_nodes[0];

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
    return me->spent || time || worker;
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
