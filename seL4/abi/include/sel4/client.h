/* Invocations of untypeds, CNodes and interrupts. Arguments, order and results are libsel4's. */
#pragma once

#include <sel4/syscalls.h>

#if defined(__aarch64__)

static inline seL4_Error seL4_Untyped_Retype(seL4_Untyped _service, seL4_Word type, seL4_Word size_bits,
                                             seL4_CNode root, seL4_Word node_index, seL4_Word node_depth,
                                             seL4_Word node_offset, seL4_Word num_objects)
{
    seL4_SetCap(0, root);
    seL4_SetMR(4, node_offset);
    seL4_SetMR(5, num_objects);
    return coh_abi_invoke(_service, UntypedRetype, 1, 6,
                          (seL4_Word[4]){type, size_bits, node_index, node_depth});
}

static inline seL4_Error seL4_CNode_Revoke(seL4_CNode _service, seL4_Word index, seL4_Uint8 depth)
{
    return coh_abi_invoke(_service, CNodeRevoke, 0, 2, (seL4_Word[4]){index, depth});
}

static inline seL4_Error seL4_CNode_Delete(seL4_CNode _service, seL4_Word index, seL4_Uint8 depth)
{
    return coh_abi_invoke(_service, CNodeDelete, 0, 2, (seL4_Word[4]){index, depth});
}

static inline seL4_Error seL4_CNode_CancelBadgedSends(seL4_CNode _service, seL4_Word index, seL4_Uint8 depth)
{
    return coh_abi_invoke(_service, CNodeCancelBadgedSends, 0, 2, (seL4_Word[4]){index, depth});
}

static inline seL4_Error seL4_CNode_SaveCaller(seL4_CNode _service, seL4_Word index, seL4_Uint8 depth)
{
    return coh_abi_invoke(_service, CNodeSaveCaller, 0, 2, (seL4_Word[4]){index, depth});
}

static inline seL4_Error seL4_CNode_Copy(seL4_CNode _service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    return coh_abi_invoke(_service, CNodeCopy, 1, 5,
                          (seL4_Word[4]){dest_index, dest_depth, src_index, src_depth});
}

static inline seL4_Error seL4_CNode_Mint(seL4_CNode _service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    seL4_SetMR(5, badge);
    return coh_abi_invoke(_service, CNodeMint, 1, 6,
                          (seL4_Word[4]){dest_index, dest_depth, src_index, src_depth});
}

static inline seL4_Error seL4_CNode_Move(seL4_CNode _service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_SetCap(0, src_root);
    return coh_abi_invoke(_service, CNodeMove, 1, 4,
                          (seL4_Word[4]){dest_index, dest_depth, src_index, src_depth});
}

static inline seL4_Error seL4_CNode_Mutate(seL4_CNode _service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                           seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                           seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, badge);
    return coh_abi_invoke(_service, CNodeMutate, 1, 5,
                          (seL4_Word[4]){dest_index, dest_depth, src_index, src_depth});
}

static inline seL4_Error seL4_CNode_Rotate(seL4_CNode _service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                           seL4_Word dest_badge, seL4_CNode pivot_root, seL4_Word pivot_index,
                                           seL4_Uint8 pivot_depth, seL4_Word pivot_badge, seL4_CNode src_root,
                                           seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_SetCap(0, pivot_root);
    seL4_SetCap(1, src_root);
    seL4_SetMR(4, pivot_depth);
    seL4_SetMR(5, pivot_badge);
    seL4_SetMR(6, src_index);
    seL4_SetMR(7, src_depth);
    return coh_abi_invoke(_service, CNodeRotate, 2, 8,
                          (seL4_Word[4]){dest_index, dest_depth, dest_badge, pivot_index});
}

static inline seL4_Error seL4_IRQControl_Get(seL4_IRQControl _service, seL4_Word irq, seL4_CNode root,
                                             seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return coh_abi_invoke(_service, IRQIssueIRQHandler, 1, 3, (seL4_Word[4]){irq, index, depth});
}

/* trigger: 0 level, 1 edge. */
static inline seL4_Error seL4_IRQControl_GetTrigger(seL4_IRQControl _service, seL4_Word irq,
                                                    seL4_Word trigger, seL4_CNode root, seL4_Word index,
                                                    seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return coh_abi_invoke(_service, ARMIRQIssueIRQHandlerTrigger, 1, 4,
                          (seL4_Word[4]){irq, trigger, index, depth});
}

static inline seL4_Error seL4_IRQHandler_Ack(seL4_IRQHandler _service)
{
    return coh_abi_invoke(_service, IRQAckIRQ, 0, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_IRQHandler_SetNotification(seL4_IRQHandler _service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return coh_abi_invoke(_service, IRQSetIRQHandler, 1, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_IRQHandler_Clear(seL4_IRQHandler _service)
{
    return coh_abi_invoke(_service, IRQClearIRQHandler, 0, 0, (seL4_Word[4]){0});
}

#endif /* __aarch64__ */
