/* Capabilities: the root CNode's free slots and the untyped memory, handed out once at boot, every object by
 * name. A refusal by the kernel or an exhausted resource halts with that name; so none of these return an
 * error. */
#pragma once

#include <sel4/sel4.h>

#include "plat/sel4/halt.h"

/* Reads BootInfo's untyped list and empty slots; halts when either is impossible. */
void caps_init(const seL4_BootInfo *bi);
/* One free slot, empty. */
seL4_CPtr caps_slot(struct cap_name name);
/* One object of RAM of 2^bits bytes, of a type that has that size alone. Its memory is zero. */
seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name);
/* The device frame (a small page) at physical address paddr. Each address once. */
seL4_CPtr caps_device(seL4_Word paddr, struct cap_name name);
