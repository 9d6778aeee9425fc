/* The order of checks and effects that all writes share; see govern.h. */
#include "hive/govern.h"

#include "hive/state.h"

_Static_assert(COH_POOL_SCRATCH_ELEM >= NS_PLAN_BYTES && offsetof(struct hive, scratch) % 8u == 0, "a plan lies in scratch");

enum coh_status govern_admits(const struct hive *h, const struct caller *who, const struct ns_ref *ref, bool write,
                              struct ns_why *why)
{
    bool allowed = who->role == ROLE_QUEEN && (!write || ns_node(&h->tree, ref)->pattern->offline);
    return h->lifecycle.state != LIFECYCLE_OFFLINE || allowed ? COH_OK : lifecycle_gate(why, write ? "write" : "read");
}

/* Files that nobody checks are the hive's own to append to: a line that somebody else could write would prove nothing. */
static enum coh_status check(struct hive *h, struct ns_write *w, const struct ns_ops *ops, struct ns_why *why)
{
    if (!ops->check && !ops->most)
        return COH_PERMISSION;
    if (ops->most && w->line.n > ops->most)
        return COH_TOO_BIG;
    if (ops->text && w->line.n == 0)
        return ns_refuse(why, COH_INVALID, "empty-line", "a line needs text");
    return ops->check ? ops->check(h, w, why) : COH_OK;
}

static enum coh_status decide(struct hive *h, struct ns_write *w, const struct ns_ops *ops, struct ns_why *why)
{
    enum coh_status s = check(h, w, ops, why);
    if (s == COH_OK && ops->admits && !ops->admits(h))
        return lifecycle_gate(why, ops->action);
    if (s == COH_OK && !why->settled)
        s = policy_gate(h, w, why);
    return s == COH_OK && !why->settled && ops->room ? ops->room(h, w, why) : s;
}

enum coh_status govern_check(struct hive *h, struct ns_write *w, struct ns_why *why)
{
    const struct ns_ops *ops = ns_node(&h->tree, w->ref)->ops;
    enum coh_status s = ns_gone(&h->tree, h, w->ref) ? COH_CLOSED : govern_admits(h, &w->who, w->ref, true, why);
    w->plan = memset(h->scratch, 0, NS_PLAN_BYTES);
    if (s == COH_OK) {
        s = decide(h, w, ops, why);
        if (s != COH_OK && ops->refused)
            ops->refused(h, w, s, why);
    }
    if (s != COH_OK && why->action)
        lifecycle_log_denied(h, why->action, why->detail);
    return s;
}

void govern_apply(struct hive *h, const struct ns_write *w, const char *op)
{
    const struct ns_node *n = ns_node(&h->tree, w->ref);
    BUF(path, NS_PATH_BYTES);
    ns_path(&h->tree, h, w->ref, &path);
    policy_consume(h, w);
    if (n->pattern->control && !n->pattern->keeps)
        control_keep(h, ns_lines(n, h, w->arg), w->line);
    if (n->pattern->control && !n->pattern->unjournaled)
        journal_keep(h, &w->who, buf_bytes(&path), w->line);
    if (n->ops->apply)
        n->ops->apply(h, w);
    if (!n->pattern->unaudited)
        audit(h, &w->who, op, buf_bytes(&path), COH_OK, NULL);
}
