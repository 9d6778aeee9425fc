/* Invocations of thread control blocks. Arguments, order and results are libsel4's (seL4_TCB_SetAffinity
 * exists in multi-core builds only, so it is not here). */
#pragma once

#include <sel4/syscalls.h>

#if defined(__aarch64__)

static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source,
                                                seL4_Uint8 arch_flags, seL4_Word count,
                                                seL4_UserContext *regs)
{
    seL4_Word mr[4] = {(seL4_Word)(suspend_source & 1) | ((seL4_Word)arch_flags << 8), count, 0, 0};
    seL4_Error e = coh_abi_invoke(_service, TCBReadRegisters, 0, 2, mr);
    seL4_Word *out = (seL4_Word *)regs;

    for (seL4_Word i = 0; i < count && i < sizeof *regs / sizeof *out; i++) {
        out[i] = i < 4 ? mr[i] : seL4_GetMR((int)i);
    }
    return e;
}

static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target,
                                                 seL4_Uint8 arch_flags, seL4_Word count,
                                                 seL4_UserContext *regs)
{
    const seL4_Word *in = (const seL4_Word *)regs;

    for (seL4_Word i = 2; i < count && i < sizeof *regs / sizeof *in; i++) {
        seL4_SetMR((int)i + 2, in[i]);
    }
    return coh_abi_invoke(_service, TCBWriteRegisters, 0, 2 + sizeof *regs / sizeof *in,
                          (seL4_Word[4]){(seL4_Word)(resume_target & 1) | ((seL4_Word)arch_flags << 8), count,
                                         regs->pc, regs->sp});
}

static inline seL4_Error seL4_TCB_CopyRegisters(seL4_TCB _service, seL4_TCB source, seL4_Bool suspend_source,
                                                seL4_Bool resume_target, seL4_Bool transfer_frame,
                                                seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    return coh_abi_invoke(_service, TCBCopyRegisters, 1, 1,
                          (seL4_Word[4]){(seL4_Word)(suspend_source & 1) | (seL4_Word)(resume_target & 1) << 1 |
                                         (seL4_Word)(transfer_frame & 1) << 2 |
                                         (seL4_Word)(transfer_integer & 1) << 3 | (seL4_Word)arch_flags << 8});
}

static inline seL4_Error seL4_TCB_Configure(seL4_TCB _service, seL4_Word fault_ep, seL4_CNode cspace_root,
                                            seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                            seL4_Word vspace_root_data, seL4_Word buffer,
                                            seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    seL4_SetCap(2, bufferFrame);
    return coh_abi_invoke(_service, TCBConfigure, 3, 4,
                          (seL4_Word[4]){fault_ep, cspace_root_data, vspace_root_data, buffer});
}

static inline seL4_Error seL4_TCB_SetSpace(seL4_TCB _service, seL4_Word fault_ep, seL4_CNode cspace_root,
                                           seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                           seL4_Word vspace_root_data)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    return coh_abi_invoke(_service, TCBSetSpace, 2, 3,
                          (seL4_Word[4]){fault_ep, cspace_root_data, vspace_root_data});
}

static inline seL4_Error seL4_TCB_SetIPCBuffer(seL4_TCB _service, seL4_Word buffer, seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, bufferFrame);
    return coh_abi_invoke(_service, TCBSetIPCBuffer, 1, 1, (seL4_Word[4]){buffer});
}

static inline seL4_Error seL4_TCB_SetPriority(seL4_TCB _service, seL4_TCB authority, seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return coh_abi_invoke(_service, TCBSetPriority, 1, 1, (seL4_Word[4]){priority});
}

static inline seL4_Error seL4_TCB_SetMCPriority(seL4_TCB _service, seL4_TCB authority, seL4_Word mcp)
{
    seL4_SetCap(0, authority);
    return coh_abi_invoke(_service, TCBSetMCPriority, 1, 1, (seL4_Word[4]){mcp});
}

static inline seL4_Error seL4_TCB_SetSchedParams(seL4_TCB _service, seL4_TCB authority, seL4_Word mcp,
                                                 seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return coh_abi_invoke(_service, TCBSetSchedParams, 1, 2, (seL4_Word[4]){mcp, priority});
}

static inline seL4_Error seL4_TCB_SetTLSBase(seL4_TCB _service, seL4_Word tls_base)
{
    return coh_abi_invoke(_service, TCBSetTLSBase, 0, 1, (seL4_Word[4]){tls_base});
}

static inline seL4_Error seL4_TCB_Suspend(seL4_TCB _service)
{
    return coh_abi_invoke(_service, TCBSuspend, 0, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_TCB_Resume(seL4_TCB _service)
{
    return coh_abi_invoke(_service, TCBResume, 0, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_TCB_BindNotification(seL4_TCB _service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return coh_abi_invoke(_service, TCBBindNotification, 1, 0, (seL4_Word[4]){0});
}

static inline seL4_Error seL4_TCB_UnbindNotification(seL4_TCB _service)
{
    return coh_abi_invoke(_service, TCBUnbindNotification, 0, 0, (seL4_Word[4]){0});
}

#endif /* __aarch64__ */
