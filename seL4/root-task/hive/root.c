/* Root reachability; see root.h. */
#include "hive/root.h"

#include "hive/facts.h"
#include "hive/state.h"

/* Priority: spec/namespace.md, /proc/root. */
static const char *cut_reason(const struct hive *h)
{
    if (h->lifecycle.state == LIFECYCLE_OFFLINE)
        return "lifecycle_offline";
    if (h->root.session_revoked)
        return "session_revoked";
    if (h->root.policy_denied)
        return "policy_denied";
    if (!h->net.link_up)
        return "network_unreachable";
    return "none";
}

/* The queen is cut off only when nobody can act for her; a refused or revoked session is told, but others may attach. */
static void show_reachable(const struct hive *h, const uint64_t *arg, struct text *out)
{
    bool yes = h->net.link_up && h->lifecycle.state != LIFECYCLE_OFFLINE;
    text_say(out, "reachable=", yes ? "yes" : "no", "\n");
}

static void show_cut_reason(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "cut_reason=", cut_reason(h), "\n");
}

FACT_NODE(last_seen_ms, h->root.last_seen_ms)
static const struct ns_pattern patterns[] = {
    {.path = "/proc/root/reachable", .gate = COH_OBSERVABILITY_PROC_ROOT_REACHABLE,
     .ops = NS_OPS(.show = show_reachable)},
    {.path = "/proc/root/last_seen_ms", .gate = COH_OBSERVABILITY_PROC_ROOT_LAST_SEEN_MS, .ops = &last_seen_ms_ops},
    {.path = "/proc/root/cut_reason", .gate = COH_OBSERVABILITY_PROC_ROOT_CUT_REASON,
     .ops = NS_OPS(.show = show_cut_reason)},
};
const struct ns_table root_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
