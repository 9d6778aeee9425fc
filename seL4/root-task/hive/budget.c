/* Pool accounting; see budget.h. */
#include "hive/budget.h"

#include "hive/state.h"

struct pool_facts {
    const char *name;
    uint64_t count, elem;
};

#define BUDGET_FACTS(name, count, elem) {#name, count, elem},
static const struct pool_facts pools[POOL_COUNT] = {COH_POOLS(BUDGET_FACTS)};
#undef BUDGET_FACTS

/* A pool of one element is a block: its use and cap count bytes. */
static uint64_t cap_of(enum pool pool) { return pools[pool].count == 1 ? pools[pool].elem : pools[pool].count; }

static const enum pool reserved[] = {POOL_core,       POOL_serial_port, POOL_packets,
                                     POOL_nic_queues, POOL_stack,       POOL_platform};

void budget_init(struct hive *h)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        budget_level(h, reserved[i], (uint32_t)cap_of(reserved[i]));
}

void budget_level(struct hive *h, enum pool pool, uint32_t used)
{
    h->budget.used[pool] = used;
    if (used > h->budget.peak[pool])
        h->budget.peak[pool] = used;
}

void budget_index(struct hive *h, enum pool entries, enum pool order, const struct index *ix)
{
    budget_level(h, entries, ix->n);
    budget_level(h, order, ix->n * ix->orders);
}

void budget_take(struct hive *h, enum pool pool)
{
    COH_ASSERT(h->budget.used[pool] < pools[pool].count);
    budget_level(h, pool, h->budget.used[pool] + 1);
}

void budget_give(struct hive *h, enum pool pool)
{
    COH_ASSERT(h->budget.used[pool] > 0);
    h->budget.used[pool]--;
}

static void show_budget(const struct hive *h, const uint64_t *arg, struct text *out)
{
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        text_say(out, "pool=", pools[i].name, " used=", h->budget.used[i], " peak=", h->budget.peak[i], " cap=",
                 cap_of((enum pool)i), " bytes=", pools[i].count * pools[i].elem, "\n");
    }
}

static const struct ns_pattern patterns[] = {{.path = "/proc/budget", .gate = true,
     .ops = NS_OPS(.show = show_budget)}};
const struct ns_table budget_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
