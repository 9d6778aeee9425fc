/* Use and peak of every static pool, for /proc/budget. The pools themselves are generated (COH_POOLS). */
#ifndef COH_HIVE_BUDGET_H
#define COH_HIVE_BUDGET_H

#include "generated/manifest.h"
#include "ns/tree.h"

#define BUDGET_POOL(name, count, elem) POOL_##name,
enum pool { COH_POOLS(BUDGET_POOL) POOL_COUNT };
#undef BUDGET_POOL

struct budget_state {
    uint32_t used[POOL_COUNT], peak[POOL_COUNT];
};

extern const struct ns_table budget_nodes;
/* One more, or fewer, in use. */
void budget_take(struct hive *h, enum pool pool);
void budget_give(struct hive *h, enum pool pool);
/* For pools whose use is a level: rings in bytes. */
void budget_level(struct hive *h, enum pool pool, uint32_t used);
bool budget_valid(const struct hive *h);

#endif
