/* The lifecycle state machine and its files; see lifecycle.h. */
#include "hive/lifecycle.h"

#include "hive/facts.h"
#include "hive/state.h"

static const char *const names[LIFECYCLE_COUNT] = {"BOOTING", "DEGRADED", "ONLINE", "DRAINING", "QUIESCED", "OFFLINE"};

/* Sets of states, one bit each. */
#define BIT(s) (1u << (s))
#define ANY_BUT(s) (((1u << LIFECYCLE_COUNT) - 1u) & ~BIT(s))

struct command {
    const char *name;
    unsigned from; /* states in which it is valid */
    enum lifecycle to;
};

static const struct command commands[] = {
    {"cordon", BIT(LIFECYCLE_ONLINE) | BIT(LIFECYCLE_DEGRADED), LIFECYCLE_DRAINING},
    {"drain", BIT(LIFECYCLE_DRAINING), LIFECYCLE_QUIESCED},
    {"quiesce", BIT(LIFECYCLE_ONLINE) | BIT(LIFECYCLE_DEGRADED) | BIT(LIFECYCLE_DRAINING), LIFECYCLE_QUIESCED},
    {"resume", ANY_BUT(LIFECYCLE_ONLINE), LIFECYCLE_ONLINE},
    {"reset", ANY_BUT(LIFECYCLE_BOOTING), LIFECYCLE_BOOTING},
};

bool lifecycle_admits(const struct hive *h)
{
    return h->lifecycle.state == LIFECYCLE_ONLINE || h->lifecycle.state == LIFECYCLE_DEGRADED;
}

bool lifecycle_ingests(const struct hive *h)
{
    return lifecycle_admits(h) || h->lifecycle.state == LIFECYCLE_DRAINING;
}

static void transition(struct hive *h, enum lifecycle to, const char *reason)
{
    const char *old = names[h->lifecycle.state];
    h->lifecycle.state = to;
    h->lifecycle.reason = reason;
    h->lifecycle.since_ms = h->now_ms;
    hive_say(h, "lifecycle", TRACE_INFO, 0, "transition old=", old, " new=", names[to], " reason=", reason);
}

/* The manifest's chain is acyclic (a red line), so every transition is taken at most once. */
static void run_auto(struct hive *h)
{
    for (uint32_t i = 0; i < coh_auto_transitions_count;) {
        bool leads_on = coh_auto_transitions[i].from == h->lifecycle.state;
        if (leads_on)
            transition(h, (enum lifecycle)coh_auto_transitions[i].to, "auto");
        i = leads_on ? 0 : i + 1;
    }
}

void lifecycle_init(struct hive *h)
{
    h->lifecycle.state = (enum lifecycle)COH_LIFECYCLE_INITIAL_STATE_INDEX;
    h->lifecycle.reason = "boot";
    run_auto(h);
}

#define NET_MISSING "network-missing"

/* DEGRADED when a dependency that the manifest requires is missing (features.net_console: the link), ONLINE again when it
 * has returned. Nothing is due by time. */
static uint64_t lifecycle_tick(struct hive *h)
{
    bool missing = COH_FEATURES_NET_CONSOLE && !h->net.link_up;
    if (missing && h->lifecycle.state == LIFECYCLE_ONLINE)
        transition(h, LIFECYCLE_DEGRADED, NET_MISSING);
    else if (!missing && h->lifecycle.state == LIFECYCLE_DEGRADED && bytes_is(bytes_str(h->lifecycle.reason), NET_MISSING))
        transition(h, LIFECYCLE_ONLINE, "network-returned");
    return UINT64_MAX;
}

void lifecycle_fault(struct hive *h, const char *reason)
{
    if (h->lifecycle.state != LIFECYCLE_OFFLINE)
        transition(h, LIFECYCLE_OFFLINE, reason);
}

static const struct command *find_command(struct bytes line)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (bytes_is(line, commands[i].name))
            return &commands[i];
    }
    return NULL;
}

/* What drain waits for: workers, and leases whoever holds them. */
static uint32_t outstanding(const struct hive *h) { return h->workers_state.by.n + h->lease.by.n; }

/* Why the command is refused now, or NULL. */
static const char *refusal(const struct hive *h, const struct command *c)
{
    if (!c)
        return "invalid-command";
    if (!(c->from & BIT(h->lifecycle.state)))
        return "invalid-transition";
    if (bytes_is(bytes_str("drain"), c->name) && outstanding(h))
        return "outstanding-leases";
    return NULL;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct command *c = find_command(w->line);
    why->detail = refusal(h, c);
    if (!why->detail)
        return COH_OK;
    why->action = c ? c->name : "unknown";
    why->error = "lifecycle command refused";
    return COH_INVALID;
}

enum coh_status lifecycle_gate(struct ns_why *why, const char *action)
{
    why->action = action;
    why->detail = "gate-denied";
    return COH_OFFLINE;
}

void lifecycle_log_denied(struct hive *h, const char *action, const char *reason)
{
    BUF(b, 160);
    buf_say(&b, "denied action=", action, " state=", names[h->lifecycle.state], " reason=", reason);
    if (bytes_is(bytes_str(reason), "outstanding-leases"))
        buf_say(&b, " leases=", outstanding(h));
    hive_event(h, "lifecycle", TRACE_WARN, 0, buf_bytes(&b));
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct command *c = find_command(w->line);
    transition(h, c->to, c->name);
    if (c->to == LIFECYCLE_BOOTING)
        run_auto(h);
}

FACT_NODE(state, names[h->lifecycle.state])
FACT_NODE(reason, h->lifecycle.reason)
FACT_NODE(since_ms, h->lifecycle.since_ms)
static const struct ns_pattern patterns[] = {
    {.path = "/proc/lifecycle/state", .gate = true, .ops = &state_ops},
    {.path = "/proc/lifecycle/reason", .gate = true, .ops = &reason_ops},
    {.path = "/proc/lifecycle/since", .gate = true, .ops = &since_ms_ops},
    {.path = "/queen/lifecycle/ctl", .gate = true, .offline = true, CONTROL_FILE(ctl, CONTROL_LIFECYCLE)},
};
const struct ns_table lifecycle_nodes = {NS_PATTERNS(patterns), .tick = lifecycle_tick};
