/* What a Secure9P client may believe of paths, fids and sessions. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"

/* Does a known node lie at or below the path? The directories above known nodes are known too. */
static bool leads_to_known(const char *path, uint8_t *roles)
{
    bool any = false;
    *roles = 0;
    for (uint32_t i = 0; i < sim_nodes_count; i++) {
        if (!sim_within(sim_nodes[i].path, path))
            continue;
        any = true;
        *roles |= sim_nodes[i].roles;
    }
    return any;
}

bool p9_known_dir(const char *path, const struct sim_node **node)
{
    uint8_t roles;
    *node = node_find(path);
    return *node ? (*node)->kind == NODE_DIR : leads_to_known(path, &roles);
}

enum verdict p9_walk_verdict(const struct world *w, const struct identity *me, const char *path, bool *dynamic)
{
    const struct sim_ticket *t = me->ticket >= 0 ? &w->tickets[me->ticket] : NULL;
    uint8_t roles;
    *dynamic = !node_find(path) && sim_dynamic(path);
    if (*dynamic)
        return ANY_VERDICT;
    if (!leads_to_known(path, &roles))
        return MUST_NOT_FOUND;
    if (me->role != ROLE_QUEEN && !(roles & (1u << me->role)))
        return MUST_DENY;
    bool reach = !t || !t->scopes_n;
    for (uint32_t i = 0; t && i < t->scopes_n; i++)
        reach = reach || sim_within(path, t->scopes[i].path) || sim_within(t->scopes[i].path, path);
    return reach ? MUST_PASS : MUST_DENY;
}

void p9_free_fid(struct client *c, uint32_t number, uint64_t at_ms)
{
    struct p9_client *p = p9_of(c);
    struct sim_fid *f = &p->fids[number];
    bool session = f->state >= SFID_PATH;
    uint32_t who = f->who;
    memset(f, 0, sizeof *f);
    p->fids_n--;
    if (session && --p->identity[who].fids == 0) {
        p->identity[who].alive = false;
        p->attached--;
        p->unattached_ms = at_ms;
    }
}

void p9_reset(struct client *c, uint64_t at_ms)
{
    struct p9_client *p = p9_of(c);
    for (uint32_t i = 0; i < SIM_FIDS; i++) {
        if (p->fids[i].state != SFID_FREE)
            p9_free_fid(c, i, at_ms);
    }
    p->versioned = false;
}
