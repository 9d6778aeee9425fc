/* Slots of a pool in an order of their own: an array of slot numbers that is kept sorted, so that a slot is found by
 * bisection and a listing goes straight through. The array and its count are the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Below, at or above 0: what lies in the slot stands before what ctx looks for, is it, or stands behind it. */
typedef int order_compare(const void *ctx, uint16_t slot);

/* Place of the first of the n slots that does not stand before what is looked for, n when all do; *found: that one is it.
 * In time of log n. */
uint32_t order_find(const uint16_t *slots, uint32_t n, order_compare *compare, const void *ctx, bool *found);
/* Puts slot at a place ≤ *n. The array has room for one more. */
void order_insert(uint16_t *slots, uint32_t *n, uint32_t at, uint32_t slot);
/* Takes out what stands at a place < *n, asserted. */
void order_remove(uint16_t *slots, uint32_t *n, uint32_t at);
