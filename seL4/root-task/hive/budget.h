/* Use and peak of every static pool, for /proc/budget. The pools themselves are generated (COH_POOLS). */
#pragma once

#include "base/index.h"
#include "generated/manifest.h"
#include "ns/tree.h"

#define BUDGET_POOL(name, count, elem) POOL_##name,
enum pool { COH_POOLS(BUDGET_POOL) POOL_COUNT };

/* Room for the pools of any manifest, so that one more pool does not change the size of the others. */
#define BUDGET_POOLS_MAX 96u
_Static_assert(POOL_COUNT <= BUDGET_POOLS_MAX, "BUDGET_POOLS_MAX");

struct budget_state {
    struct level of[BUDGET_POOLS_MAX];
};

/* One more, or fewer, in use. */
void budget_take(struct hive *h, enum pool pool);
void budget_give(struct hive *h, enum pool pool);
/* For pools whose use is a level: rings in bytes. */
void budget_level(struct hive *h, enum pool pool, uint32_t used);
/* The same, as somebody says whose word may be wrong: at most all of it. */
void budget_told(struct hive *h, enum pool pool, uint32_t used);
/* What an index keeps up by itself (index_init): the levels of the pools that its entries and their orders lie in. */
#define BUDGET(entries, order) &h->budget.of[POOL_##entries], &h->budget.of[POOL_##order]
#define BUDGET_ENTRIES(entries) &h->budget.of[POOL_##entries], NULL
