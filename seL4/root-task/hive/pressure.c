/* Counts refusals by kind; see pressure.h. */
#include "hive/pressure.h"

#include "base/assert.h"
#include "hive/facts.h"
#include "hive/state.h"

enum pressure pressure_of(enum coh_status status)
{
    COH_ASSERT(status != COH_OK && status < COH_STATUS_COUNT);
    static const enum pressure kinds[COH_STATUS_COUNT] = {
        [COH_PERMISSION] = PRESSURE_POLICY, [COH_AUTH] = PRESSURE_POLICY,  [COH_NOT_FOUND] = PRESSURE_POLICY,
        [COH_BUSY] = PRESSURE_BUSY,         [COH_QUOTA] = PRESSURE_QUOTA,  [COH_INVALID] = PRESSURE_POLICY,
        [COH_TOO_BIG] = PRESSURE_QUOTA,     [COH_STALE] = PRESSURE_POLICY, [COH_CLOSED] = PRESSURE_CUT,
        [COH_OFFLINE] = PRESSURE_CUT,       [COH_RATE] = PRESSURE_BUSY,
    };
    return kinds[status];
}

FACT_NODE(busy, h->pressure.count[PRESSURE_BUSY])
FACT_NODE(quota, h->pressure.count[PRESSURE_QUOTA])
FACT_NODE(cut, h->pressure.count[PRESSURE_CUT])
FACT_NODE(policy, h->pressure.count[PRESSURE_POLICY])
static const struct ns_pattern patterns[] = {
    {.path = "/proc/pressure/busy", .gate = COH_OBSERVABILITY_PROC_PRESSURE_BUSY, .ops = &busy_ops},
    {.path = "/proc/pressure/quota", .gate = COH_OBSERVABILITY_PROC_PRESSURE_QUOTA, .ops = &quota_ops},
    {.path = "/proc/pressure/cut", .gate = COH_OBSERVABILITY_PROC_PRESSURE_CUT, .ops = &cut_ops},
    {.path = "/proc/pressure/policy", .gate = COH_OBSERVABILITY_PROC_PRESSURE_POLICY, .ops = &policy_ops},
};
const struct ns_table pressure_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
