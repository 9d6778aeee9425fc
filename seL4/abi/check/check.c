/* Compiled by abi-check.sh with our headers and with a build's: values become marked lines of the assembly
 * output, and the types of the calls must fit both. */
#include <sel4/sel4.h>

#include <sel4/arch/mapping.h>
#include <stddef.h>

void values(void);
void values(void)
{
#define V(e) __asm__ volatile("#VALUE " #e " = %0" : : "i"((unsigned long)(e)));
#include "values.def"
}

typedef seL4_CPtr C;
typedef seL4_Word W;
typedef seL4_Uint8 U8;

static seL4_Error (*const f_two[])(C, W, W) = {seL4_ARM_Page_Clean_Data,
                                               seL4_ARM_Page_Invalidate_Data,
                                               seL4_ARM_Page_CleanInvalidate_Data,
                                               seL4_ARM_VSpace_Clean_Data,
                                               seL4_ARM_VSpace_Invalidate_Data,
                                               seL4_ARM_VSpace_CleanInvalidate_Data,
                                               seL4_ARM_Page_Unify_Instruction,
                                               seL4_ARM_VSpace_Unify_Instruction,
                                               seL4_TCB_SetMCPriority,
                                               seL4_TCB_SetPriority,
                                               seL4_TCB_SetIPCBuffer};
static seL4_Error (*const f_none[])(C) = {seL4_IRQHandler_Ack,        seL4_IRQHandler_Clear, seL4_ARM_PageTable_Unmap,
                                          seL4_ARM_Page_Unmap,        seL4_TCB_Suspend,      seL4_TCB_Resume,
                                          seL4_TCB_UnbindNotification};
static seL4_Error (*const f_one[])(C, W) = {seL4_IRQHandler_SetNotification, seL4_ARM_ASIDPool_Assign,
                                            seL4_TCB_BindNotification, seL4_TCB_SetTLSBase};
static seL4_Error (*const f_slot[])(C, W, U8) = {seL4_CNode_Revoke, seL4_CNode_Delete, seL4_CNode_CancelBadgedSends,
                                                 seL4_CNode_SaveCaller};
static seL4_Error (*const f_retype)(C, W, W, C, W, W, W, W) = seL4_Untyped_Retype;
static seL4_Error (*const f_copy)(C, W, U8, C, W, U8, seL4_CapRights_t) = seL4_CNode_Copy;
static seL4_Error (*const f_mint)(C, W, U8, C, W, U8, seL4_CapRights_t, W) = seL4_CNode_Mint;
static seL4_Error (*const f_move)(C, W, U8, C, W, U8) = seL4_CNode_Move;
static seL4_Error (*const f_mutate)(C, W, U8, C, W, U8, W) = seL4_CNode_Mutate;
static seL4_Error (*const f_irq)(C, W, C, W, U8) = seL4_IRQControl_Get;
static seL4_Error (*const f_trigger)(C, W, W, C, W, U8) = seL4_IRQControl_GetTrigger;
static seL4_Error (*const f_table)(C, C, W, seL4_ARM_VMAttributes) = seL4_ARM_PageTable_Map;
static seL4_Error (*const f_page)(C, C, W, seL4_CapRights_t, seL4_ARM_VMAttributes) = seL4_ARM_Page_Map;
static seL4_ARM_Page_GetAddress_t (*const f_address)(C) = seL4_ARM_Page_GetAddress;
static seL4_Error (*const f_pool)(C, C, C, W, U8) = seL4_ARM_ASIDControl_MakePool;
static seL4_Error (*const f_read)(C, seL4_Bool, U8, W, seL4_UserContext *) = seL4_TCB_ReadRegisters;
static seL4_Error (*const f_write)(C, seL4_Bool, U8, W, seL4_UserContext *) = seL4_TCB_WriteRegisters;
static seL4_Error (*const f_configure)(C, W, C, W, C, W, W, C) = seL4_TCB_Configure;
static seL4_Error (*const f_space)(C, W, C, W, C, W) = seL4_TCB_SetSpace;
static seL4_Error (*const f_sched)(C, C, W, W) = seL4_TCB_SetSchedParams;
static seL4_Error (*const f_copyregs)(C, C, seL4_Bool, seL4_Bool, seL4_Bool, seL4_Bool, U8) = seL4_TCB_CopyRegisters;
static seL4_Error (*const f_rotate)(C, W, U8, W, C, W, U8, W, C, W, U8) = seL4_CNode_Rotate;
static void (*const f_sendmrs[])(C, seL4_MessageInfo_t, W *, W *, W *, W *) = {seL4_SendWithMRs, seL4_NBSendWithMRs};
static void (*const f_replymrs)(seL4_MessageInfo_t, W *, W *, W *, W *) = seL4_ReplyWithMRs;
static seL4_MessageInfo_t (*const f_callmrs)(C, seL4_MessageInfo_t, W *, W *, W *, W *) = seL4_CallWithMRs;
static seL4_MessageInfo_t (*const f_recvmrs)(C, W *, W *, W *, W *, W *) = seL4_RecvWithMRs;
static seL4_MessageInfo_t (*const f_replyrecvmrs)(C, seL4_MessageInfo_t, W *, W *, W *, W *,
                                                  W *) = seL4_ReplyRecvWithMRs;
static seL4_Bool (*const f_isfault[])(seL4_MessageInfo_t) = {
    seL4_isNullFault_tag, seL4_isCapFault_tag, seL4_isUnknownSyscall_tag, seL4_isUserException_tag, seL4_isVMFault_tag};
static void (*const f_send[])(C, seL4_MessageInfo_t) = {seL4_Send, seL4_NBSend};
static seL4_MessageInfo_t (*const f_recv[])(C, W *) = {seL4_Recv, seL4_NBRecv, seL4_Poll};
static seL4_MessageInfo_t (*const f_call)(C, seL4_MessageInfo_t) = seL4_Call;
static seL4_MessageInfo_t (*const f_replyrecv)(C, seL4_MessageInfo_t, W *) = seL4_ReplyRecv;
static void (*const f_reply)(seL4_MessageInfo_t) = seL4_Reply;
static void (*const f_signal)(C) = seL4_Signal;
static void (*const f_wait)(C, W *) = seL4_Wait;
static void (*const f_yield)(void) = seL4_Yield;

/* Kept so that no definition above is dropped before its type is checked. */
const void *const uses[] = {
    &f_two,   &f_none,     &f_one,    &f_slot,    &f_retype,   &f_copy,      &f_mint,    &f_move,         &f_mutate,
    &f_irq,   &f_trigger,  &f_table,  &f_page,    &f_address,  &f_pool,      &f_read,    &f_write,        &f_configure,
    &f_space, &f_sched,    &f_send,   &f_recv,    &f_call,     &f_replyrecv, &f_reply,   &f_signal,       &f_wait,
    &f_yield, &f_copyregs, &f_rotate, &f_sendmrs, &f_replymrs, &f_callmrs,   &f_recvmrs, &f_replyrecvmrs, &f_isfault};
