/* Mapping frames into the rootserver's own address space, at the addresses of layout.h. Failures halt with
 * the name. */
#pragma once

#include "plat/sel4/caps.h"
#include "plat/sel4/layout.h"

/* Maps the page of device registers at paddr to vaddr, readable and writable, never executable. Returns the frame. */
seL4_CPtr vspace_device(seL4_Word paddr, uintptr_t vaddr, struct cap_name name);
/* A mapped page of RAM. */
struct ram_page {
    seL4_CPtr frame;
    void *vaddr;
    uint64_t paddr;
    struct cap_name name;
};
/* Maps a new, zeroed page of 2^bits bytes (a page's size) to vaddr, as above. */
struct ram_page vspace_ram(uintptr_t vaddr, seL4_Word bits, struct cap_name name);
/* Makes the loaded image what its sections say: text executable and read-only, constants read-only, data not
 * executable, and no page at all under the stack. */
void vspace_protect_image(const seL4_BootInfo *bi);
