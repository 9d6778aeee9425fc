/* See vspace.h. */
#include "plat/sel4/vspace.h"

void vspace_table(uintptr_t vaddr, struct cap_name name)
{
    seL4_CPtr table = caps_new(seL4_ARM_PageTableObject, seL4_PageTableBits, name);
    sel4_must(name, "map page table",
              seL4_ARM_PageTable_Map(table, seL4_CapInitThreadVSpace, vaddr, seL4_ARM_Default_VMAttributes));
}

void vspace_map_own(seL4_CPtr frame, uintptr_t vaddr, seL4_CapRights_t rights, seL4_ARM_VMAttributes attr, struct cap_name name)
{
    const seL4_CPtr vspace = seL4_CapInitThreadVSpace;
    attr |= seL4_ARM_ExecuteNever;
    seL4_Error e = seL4_ARM_Page_Map(frame, vspace, vaddr, rights, attr);
    /* Of all the tables above a page, one can be missing: see layout.h. */
    if (e == seL4_FailedLookup) {
        vspace_table(vaddr, name);
        e = seL4_ARM_Page_Map(frame, vspace, vaddr, rights, attr);
    }
    sel4_must(name, "map", e);
}

seL4_CPtr vspace_device(seL4_Word paddr, uintptr_t vaddr, struct cap_name name)
{
    seL4_CPtr frame = caps_device(paddr, name);
    vspace_map_own(frame, vaddr, seL4_ReadWrite, 0, name);
    return frame;
}

void vspace_protect_image(const seL4_BootInfo *bi)
{
    uintptr_t vaddr = (uintptr_t)coh_image_start;
    uintptr_t pages = ((uintptr_t)coh_image_end - vaddr) / PAGE_BYTES;
    if (bi->userImageFrames.end - bi->userImageFrames.start < pages)
        halt(cap_name("image"), "BootInfo has fewer frames than the image has pages, namely ",
             piece_hex(bi->userImageFrames.end - bi->userImageFrames.start));
    for (uint32_t i = 0; i < pages; i++, vaddr += PAGE_BYTES) {
        seL4_CPtr frame = bi->userImageFrames.start + i;
        seL4_CapRights_t rights = vaddr < (uintptr_t)coh_rodata_end ? seL4_CanRead : seL4_ReadWrite;
        seL4_ARM_VMAttributes attr = seL4_ARM_Default_VMAttributes;
        if (vaddr >= (uintptr_t)coh_text_end)
            attr |= seL4_ARM_ExecuteNever;
        if (vaddr == (uintptr_t)coh_stack_guard)
            sel4_must(cap_name("stack.guard"), "unmap", seL4_ARM_Page_Unmap(frame));
        else
            sel4_must(cap_name_at("image.page", i), "remap",
                      seL4_ARM_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, rights, attr));
    }
    /* The loader rounds the region's end up: nothing lies there. */
    for (seL4_CPtr frame = bi->userImageFrames.start + pages; frame < bi->userImageFrames.end; frame++)
        sel4_must(cap_name("image.rest"), "unmap", seL4_ARM_Page_Unmap(frame));
}
