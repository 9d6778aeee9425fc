/* See vspace.h. */
#include "plat/sel4/vspace.h"

/* Adds the next missing level of tables above vaddr; false: no level is missing. */
static bool add_table(uintptr_t vaddr, struct cap_name name)
{
    seL4_CPtr table = caps_new(seL4_ARM_PageTableObject, seL4_PageTableBits, name);
    seL4_Error e = seL4_ARM_PageTable_Map(table, seL4_CapInitThreadVSpace, vaddr, seL4_ARM_Default_VMAttributes);
    if (e != seL4_DeleteFirst)
        sel4_must(name, "map page table", e);
    return e == seL4_NoError;
}

void vspace_map(seL4_CPtr frame, uintptr_t vaddr, enum vspace_kind kind, struct cap_name name)
{
    seL4_ARM_VMAttributes attr = seL4_ARM_ExecuteNever;
    if (kind == VSPACE_RAM)
        attr |= seL4_ARM_Default_VMAttributes;
    seL4_Error e = seL4_ARM_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, attr);
    /* At most three levels of tables can be missing above a page. */
    for (int i = 0; i < 3 && e == seL4_FailedLookup && add_table(vaddr, name); i++)
        e = seL4_ARM_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, attr);
    sel4_must(name, "map", e);
}

uint64_t vspace_paddr(seL4_CPtr frame, struct cap_name name)
{
    seL4_ARM_Page_GetAddress_t r = seL4_ARM_Page_GetAddress(frame);
    sel4_must(name, "get address", (unsigned long)r.error);
    return r.paddr;
}

/* Page i of the image. */
static void remap(seL4_CPtr frame, uintptr_t i, seL4_CapRights_t rights, seL4_ARM_VMAttributes attr)
{
    uintptr_t vaddr = (uintptr_t)coh_image_start + i * PAGE_BYTES;
    sel4_must(cap_name_at("image.page", (uint32_t)i), "remap",
              seL4_ARM_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, rights, attr));
}

void vspace_protect_image(const seL4_BootInfo *bi)
{
    uintptr_t start = (uintptr_t)coh_image_start;
    uintptr_t pages = ((uintptr_t)coh_image_end - start) / PAGE_BYTES;
    if (bi->userImageFrames.end - bi->userImageFrames.start < pages)
        halt_value(cap_name("image"), "BootInfo has fewer frames than the image has pages, namely",
                   bi->userImageFrames.end - bi->userImageFrames.start);
    for (uintptr_t i = 0; i < pages; i++) {
        seL4_CPtr frame = bi->userImageFrames.start + i;
        uintptr_t vaddr = start + i * PAGE_BYTES;
        if (vaddr < (uintptr_t)coh_text_end)
            remap(frame, i, seL4_CanRead, seL4_ARM_Default_VMAttributes);
        else if (vaddr < (uintptr_t)coh_rodata_end)
            remap(frame, i, seL4_CanRead, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
        else if (vaddr != (uintptr_t)coh_stack_guard)
            remap(frame, i, seL4_ReadWrite, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
        else if (seL4_ARM_Page_Unmap(frame) != seL4_NoError)
            halt_named(cap_name("stack.guard"), "unmap refused");
    }
}
