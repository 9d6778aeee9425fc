/* Sorted slots; see order.h. */
#include "base/order.h"

#include <string.h>

#include "base/assert.h"

uint32_t order_find(const uint16_t *slots, uint32_t n, order_compare *compare, const void *ctx, bool *found)
{
    uint32_t low = 0, high = n;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = compare(ctx, slots[middle]);
        *found |= c == 0;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void order_insert(uint16_t *slots, uint32_t *n, uint32_t at, uint32_t slot)
{
    COH_ASSERT(at <= *n && slot <= UINT16_MAX);
    memmove(&slots[at + 1], &slots[at], (*n - at) * sizeof *slots);
    slots[at] = (uint16_t)slot;
    ++*n;
}

void order_remove(uint16_t *slots, uint32_t *n, uint32_t at)
{
    COH_ASSERT(at < *n);
    --*n;
    memmove(&slots[at], &slots[at + 1], (*n - at) * sizeof *slots);
}
