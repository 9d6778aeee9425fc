/* Mapping frames into the rootserver's own address space, at the addresses of layout.h. Failures halt with
 * the name. */
#pragma once

#include "plat/sel4/caps.h"
#include "plat/sel4/layout.h"

/* Maps the page of device registers at paddr to vaddr, readable and writable, never executable. Returns the frame. */
seL4_CPtr vspace_device(seL4_Word paddr, uintptr_t vaddr, struct cap_name name);
/* Makes the table for the small pages of 2 MiB from vaddr on. */
void vspace_table(uintptr_t vaddr, struct cap_name name);
/* Maps a frame to vaddr (aligned to its size), never executable. */
void vspace_map_own(seL4_CPtr frame, uintptr_t vaddr, seL4_CapRights_t rights, seL4_ARM_VMAttributes attr, struct cap_name name);
/* Makes the loaded image what its sections say: text executable and read-only, constants read-only, data not
 * executable, and no page at all under the stack. */
void vspace_protect_image(const seL4_BootInfo *bi);
