/* Pool accounting; see budget.h. */
#include "hive/budget.h"

#include "hive/state.h"

struct pool_facts {
    const char *name;
    uint64_t count, elem;
};

#define BUDGET_FACTS(name, count, elem) {#name, count, elem},
static const struct pool_facts pools[POOL_COUNT] = {COH_POOLS(BUDGET_FACTS)};

/* A pool of one element is a block: its use and cap count bytes; unless it is a level alone, without bytes. */
static uint64_t cap_of(enum pool pool)
{
    return pools[pool].count == 1 && pools[pool].elem ? pools[pool].elem : pools[pool].count;
}

static const enum pool reserved[] = {POOL_core,      POOL_serial_port, POOL_packets,     POOL_nic_queues,
                                     POOL_stack,     POOL_platform,    POOL_nicd_text,   POOL_nicd_data,
                                     POOL_netd_text, POOL_netd_data,   POOL_worker_text, POOL_worker_state,
                                     POOL_seatd_text, POOL_seatd_data, POOL_seat_memory};

/* Blocks that the platform takes whole at boot count as used. */
static void budget_init(struct hive *h)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        budget_level(h, reserved[i], (uint32_t)cap_of(reserved[i]));
}

void budget_level(struct hive *h, enum pool pool, uint32_t used) { level_set(&h->budget.of[pool], used); }

void budget_told(struct hive *h, enum pool pool, uint32_t used)
{
    uint32_t cap = (uint32_t)cap_of(pool);
    budget_level(h, pool, used < cap ? used : cap);
}

void budget_take(struct hive *h, enum pool pool)
{
    COH_ASSERT(h->budget.of[pool].used < pools[pool].count);
    budget_level(h, pool, h->budget.of[pool].used + 1);
}

void budget_give(struct hive *h, enum pool pool)
{
    COH_ASSERT(h->budget.of[pool].used > 0);
    h->budget.of[pool].used--;
}

static void show_budget(const struct hive *h, const uint64_t *arg, struct text *out)
{
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        text_say(out, "pool=", pools[i].name, " used=", h->budget.of[i].used, " peak=", h->budget.of[i].peak, " cap=",
                 cap_of((enum pool)i), " bytes=", pools[i].count * pools[i].elem, "\n");
    }
}

static const struct ns_pattern patterns[] = {{.path = "/proc/budget", .gate = true,
     .ops = NS_OPS(.show = show_budget)}};
const struct ns_table budget_nodes = {NS_PATTERNS(patterns), .init = budget_init};
