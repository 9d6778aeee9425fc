/* Invocations of frames, page tables, address spaces and ASID pools. Arguments, order and results are
 * libsel4's. */
#pragma once

#include <sel4/syscalls.h>

#if defined(__aarch64__)

static inline seL4_Error seL4_ARM_PageTable_Map(seL4_ARM_PageTable _service, seL4_CPtr vspace,
                                                seL4_Word vaddr, seL4_ARM_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return coh_abi_invoke(_service, ARMPageTableMap, 1, 2, (seL4_Word[4]){vaddr, attr});
}

static inline seL4_Error seL4_ARM_PageTable_Unmap(seL4_ARM_PageTable _service)
{
    return coh_abi_invoke(_service, ARMPageTableUnmap, 0, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_ARM_Page_Map(seL4_ARM_Page _service, seL4_CPtr vspace, seL4_Word vaddr,
                                           seL4_CapRights_t rights, seL4_ARM_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return coh_abi_invoke(_service, ARMPageMap, 1, 3, (seL4_Word[4]){vaddr, rights.words[0], attr});
}

static inline seL4_Error seL4_ARM_Page_Unmap(seL4_ARM_Page _service)
{
    return coh_abi_invoke(_service, ARMPageUnmap, 0, 0, (seL4_Word[4]){0});
}

/* Cache operations on one frame: offsets into the frame, end exclusive. */
static inline seL4_Error seL4_ARM_Page_Clean_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                  seL4_Word end_offset)
{
    return coh_abi_invoke(_service, ARMPageClean_Data, 0, 2, (seL4_Word[4]){start_offset, end_offset});
}

static inline seL4_Error seL4_ARM_Page_Invalidate_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                       seL4_Word end_offset)
{
    return coh_abi_invoke(_service, ARMPageInvalidate_Data, 0, 2, (seL4_Word[4]){start_offset, end_offset});
}

static inline seL4_Error seL4_ARM_Page_CleanInvalidate_Data(seL4_ARM_Page _service, seL4_Word start_offset,
                                                            seL4_Word end_offset)
{
    return coh_abi_invoke(_service, ARMPageCleanInvalidate_Data, 0, 2,
                          (seL4_Word[4]){start_offset, end_offset});
}

static inline seL4_Error seL4_ARM_Page_Unify_Instruction(seL4_ARM_Page _service, seL4_Word start_offset,
                                                         seL4_Word end_offset)
{
    return coh_abi_invoke(_service, ARMPageUnify_Instruction, 0, 2, (seL4_Word[4]){start_offset, end_offset});
}

/* Cache operations on a range of virtual addresses of an address space, end exclusive. */
static inline seL4_Error seL4_ARM_VSpace_Clean_Data(seL4_ARM_VSpace _service, seL4_Word start, seL4_Word end)
{
    return coh_abi_invoke(_service, ARMVSpaceClean_Data, 0, 2, (seL4_Word[4]){start, end});
}

static inline seL4_Error seL4_ARM_VSpace_Invalidate_Data(seL4_ARM_VSpace _service, seL4_Word start,
                                                         seL4_Word end)
{
    return coh_abi_invoke(_service, ARMVSpaceInvalidate_Data, 0, 2, (seL4_Word[4]){start, end});
}

static inline seL4_Error seL4_ARM_VSpace_CleanInvalidate_Data(seL4_ARM_VSpace _service, seL4_Word start,
                                                              seL4_Word end)
{
    return coh_abi_invoke(_service, ARMVSpaceCleanInvalidate_Data, 0, 2, (seL4_Word[4]){start, end});
}

static inline seL4_Error seL4_ARM_VSpace_Unify_Instruction(seL4_ARM_VSpace _service, seL4_Word start,
                                                           seL4_Word end)
{
    return coh_abi_invoke(_service, ARMVSpaceUnify_Instruction, 0, 2, (seL4_Word[4]){start, end});
}

struct seL4_ARM_Page_GetAddress {
    int error;
    seL4_Word paddr;
};
typedef struct seL4_ARM_Page_GetAddress seL4_ARM_Page_GetAddress_t;

static inline seL4_ARM_Page_GetAddress_t seL4_ARM_Page_GetAddress(seL4_ARM_Page _service)
{
    seL4_Word mr[4] = {0};
    seL4_Error e = coh_abi_invoke(_service, ARMPageGetAddress, 0, 0, mr);

    return (seL4_ARM_Page_GetAddress_t){(int)e, mr[0]};
}

static inline seL4_Error seL4_ARM_ASIDControl_MakePool(seL4_ARM_ASIDControl _service, seL4_Untyped untyped,
                                                       seL4_CNode root, seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return coh_abi_invoke(_service, ARMASIDControlMakePool, 2, 2, (seL4_Word[4]){index, depth});
}

static inline seL4_Error seL4_ARM_ASIDPool_Assign(seL4_ARM_ASIDPool _service, seL4_CPtr vspace)
{
    seL4_SetCap(0, vspace);
    return coh_abi_invoke(_service, ARMASIDPoolAssign, 1, 0, (seL4_Word[4]){0});
}

#endif /* __aarch64__ */
