/* Capabilities: the root CNode's free slots and the untyped memory, handed out once at boot, every object by
 * name. A refusal by the kernel or an exhausted resource halts with that name; so none of these return an
 * error. */
#pragma once

#include <sel4/sel4.h>

#include "plat/sel4/halt.h"

/* Sums over BootInfo's untypeds. */
struct caps_memory {
    uint64_t untyped, ram_bytes, device_bytes;
};

/* Reads BootInfo's untyped list and empty slots; halts when either is impossible. */
void caps_init(const seL4_BootInfo *bi);
struct caps_memory caps_memory(void);
/* One free slot, empty. */
seL4_CPtr caps_slot(struct cap_name name);
/* One object of RAM of 2^bits bytes, of a type that has that size alone. Its memory is zero. */
seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name);
/* count objects of 2^bits bytes each at consecutive slots, retyped in chunks; the first slot. Index i of name
 * is object i. */
seL4_CPtr caps_new_many(seL4_Word type, seL4_Word bits, uint32_t count, const char *name);
/* The device frame (2^bits bytes, a page size) at physical address paddr. Each address once. */
seL4_CPtr caps_device(seL4_Word paddr, seL4_Word bits, struct cap_name name);
/* A copy of notification `from` that signals with `badge`. */
seL4_CPtr caps_badged(seL4_CPtr from, seL4_Word badge, struct cap_name name);
