/* The one access decision; see access.h. */
#include "serve/access.h"

#include "hive/state.h"

enum coh_status access_refuse(struct hive *h, uint32_t session, const char *op, struct bytes path,
                              enum coh_status status, const struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    audit(h, &who, op, path, status, why);
    return status;
}

static bool readable(const struct ns_node *n) { return n->pattern->mode != NS_WRITE; }

static bool writable(const struct ns_node *n, const struct caller *who)
{
    return n->pattern->mode != NS_READ && (who->role == 0 || (n->pattern->writers & (1u << who->role)));
}

static enum coh_status kind_and_mode(const struct ns_node *n, const struct caller *who, enum access access,
                                     struct ns_why *why)
{
    if (n->dir != (access == ACCESS_LIST)) {
        why->detail = n->dir ? "is-a-directory" : "not-a-directory";
        why->error = n->dir ? "is a directory" : "not a directory";
        return COH_INVALID;
    }
    if (n->dir)
        return COH_OK;
    return (access == ACCESS_READ ? readable(n) : writable(n, who)) ? COH_OK : COH_PERMISSION;
}

static enum coh_status decide(struct hive *h, uint32_t session, enum access access, struct bytes path,
                              struct ns_ref *ref, struct ns_why *why)
{
    enum coh_status s = session_alive(h, session);
    if (s != COH_OK)
        return s;
    struct caller who = session_caller(h, session);
    s = ns_resolve(&h->tree, h, &who, path, ref);
    if (s == COH_OK)
        s = kind_and_mode(ns_node(&h->tree, ref), &who, access, why);
    if (s == COH_OK)
        s = session_scope(h, session, path, access == ACCESS_WRITE, why);
    return s == COH_OK ? session_charge_op(h, session) : s;
}

enum coh_status access_open(struct hive *h, uint32_t session, enum access access, const char *op, struct bytes path,
                            struct ns_ref *ref, struct ns_why *why)
{
    enum coh_status s = decide(h, session, access, path, ref, why);
    return s == COH_OK ? s : access_refuse(h, session, op, path, s, why);
}

enum coh_status access_check(struct hive *h, uint32_t session, const char *op, struct bytes path,
                             const struct ns_ref *ref, struct bytes line, struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    enum coh_status s = ns_node(&h->tree, ref)->ops->check(h, &who, ref->arg, line, why);
    if (s == COH_OK)
        s = session_charge_bytes(h, session, line.n);
    if (s == COH_OK)
        return s;
    if (ns_node(&h->tree, ref)->ops->refused)
        ns_node(&h->tree, ref)->ops->refused(h, line, s, why);
    return access_refuse(h, session, op, path, s, why);
}

void access_apply(struct hive *h, uint32_t session, const char *op, struct bytes path, const struct ns_ref *ref,
                  struct bytes line)
{
    struct caller who = session_caller(h, session);
    const struct ns_node *n = ns_node(&h->tree, ref);
    n->ops->apply(h, &who, ref->arg, line);
    if (!n->pattern->unaudited)
        audit(h, &who, op, path, COH_OK, NULL);
}
