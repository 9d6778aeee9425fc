/* The arithmetic of retype, free of the rest of the kernel so that a hosted test can check it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sel4/types.h>

/* Size of an object as a power of two; bits is the caller's size (untyped: bytes, CNode: slots, others:
 * ignored). */
static inline unsigned retype_object_bits(uint64_t type, unsigned bits)
{
    switch (type) {
    case seL4_UntypedObject:
        return bits;
    case seL4_CapTableObject:
        return bits + seL4_SlotBits;
    case seL4_TCBObject:
        return seL4_TCBBits;
    case seL4_EndpointObject:
        return seL4_EndpointBits;
    case seL4_NotificationObject:
        return seL4_NotificationBits;
    case seL4_ARM_LargePageObject:
        return seL4_LargePageBits;
    case seL4_ARM_HugePageObject:
        return seL4_HugePageBits;
    default: /* small page, page table, VSpace */
        return seL4_PageBits;
    }
}

static inline bool retype_is_frame(uint64_t type)
{
    return type == seL4_ARM_SmallPageObject || type == seL4_ARM_LargePageObject ||
           type == seL4_ARM_HugePageObject;
}

/* Whether count objects fit behind the first `used` bytes of an untyped. Objects are aligned to their size;
 * since sizes are powers of two, counting whole objects in the free bytes covers the alignment as well. */
static inline bool retype_fits(unsigned untyped_bits, uint64_t used, unsigned object_bits, uint64_t count)
{
    uint64_t left = (1ul << untyped_bits) - used;

    return (left >> object_bits) >= count;
}

static inline uint64_t retype_align(uint64_t used, unsigned object_bits)
{
    uint64_t mask = (1ul << object_bits) - 1;

    return (used + mask) & ~mask;
}
