/* The arithmetic of retype, free of the rest of the kernel so that a hosted test can check it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sel4/types.h>

/* Size of an object as a power of two; bits is the caller's size (untyped: bytes, CNode: slots, others:
 * ignored). */
static inline unsigned retype_object_bits(uint64_t type, unsigned bits)
{
    static const uint8_t sizes[seL4_ObjectTypeCount] = {[seL4_UntypedObject] = 0,
                                                        [seL4_TCBObject] = seL4_TCBBits,
                                                        [seL4_EndpointObject] = seL4_EndpointBits,
                                                        [seL4_NotificationObject] = seL4_NotificationBits,
                                                        [seL4_CapTableObject] = seL4_SlotBits,
                                                        [seL4_ARM_HugePageObject] = seL4_HugePageBits,
                                                        [seL4_ARM_VSpaceObject] = seL4_VSpaceBits,
                                                        [seL4_ARM_SmallPageObject] = seL4_PageBits,
                                                        [seL4_ARM_LargePageObject] = seL4_LargePageBits,
                                                        [seL4_ARM_PageTableObject] = seL4_PageTableBits};

    return type == seL4_UntypedObject || type == seL4_CapTableObject ? sizes[type] + bits : sizes[type];
}

static inline bool retype_is_frame(uint64_t type)
{
    return type == seL4_ARM_SmallPageObject || type == seL4_ARM_LargePageObject || type == seL4_ARM_HugePageObject;
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
