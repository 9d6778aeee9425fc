/* Mapping frames into the rootserver's own address space, at the addresses of layout.h. Failures halt with
 * the name. */
#pragma once

#include "plat/sel4/caps.h"
#include "plat/sel4/layout.h"

enum vspace_kind { VSPACE_RAM, VSPACE_DEVICE };

/* Maps frame at vaddr, readable and writable, never executable. Missing page tables are made. */
void vspace_map(seL4_CPtr frame, uintptr_t vaddr, enum vspace_kind kind, struct cap_name name);
/* The physical address of a frame. */
uint64_t vspace_paddr(seL4_CPtr frame, struct cap_name name);
/* Makes the loaded image what its sections say: text executable and read-only, constants read-only, data not
 * executable, and no page at all under the stack. */
void vspace_protect_image(const seL4_BootInfo *bi);
