/* What a fault handler receives: the label of the message is the fault's kind, its words are named by the enums. */
#pragma once

#include <sel4/ipc.h>

typedef enum seL4_Fault_tag {
    seL4_Fault_NullFault = 0,
    seL4_Fault_CapFault = 1,
    seL4_Fault_UnknownSyscall = 2,
    seL4_Fault_UserException = 3,
    seL4_Fault_VMFault = 5
} seL4_Fault_tag_t;

/* A capability pointer of a system call led nowhere. From the fifth word on the type of the failed lookup decides what
 * there is. */
typedef enum {
    seL4_CapFault_IP,
    seL4_CapFault_Addr, /* the capability pointer */
    seL4_CapFault_InRecvPhase,
    seL4_CapFault_LookupFailureType,
    seL4_CapFault_BitsLeft,
    seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_GuardFound = seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_BitsFound,
    COH_ABI_LONG_ENUM(seL4_CapFault_Msg)
} seL4_CapFault_Msg;

/* A reply with label 0 writes as many of the first twelve words back to the thread as it is long, and the thread goes
 * on at FaultIP, which is the system call instruction; with another label the thread stays stopped. */
typedef enum {
    seL4_UnknownSyscall_X0,
    seL4_UnknownSyscall_X1,
    seL4_UnknownSyscall_X2,
    seL4_UnknownSyscall_X3,
    seL4_UnknownSyscall_X4,
    seL4_UnknownSyscall_X5,
    seL4_UnknownSyscall_X6,
    seL4_UnknownSyscall_X7,
    seL4_UnknownSyscall_FaultIP,
    seL4_UnknownSyscall_SP,
    seL4_UnknownSyscall_LR, /* in truth the instruction behind the call; a reply can't change it */
    seL4_UnknownSyscall_SPSR,
    seL4_UnknownSyscall_Syscall,
    seL4_UnknownSyscall_Length,
    COH_ABI_LONG_ENUM(seL4_UnknownSyscall_Msg)
} seL4_UnknownSyscall_Msg;

/* An instruction that the processor refused (brk, undefined). Replies as above, with the first three words. */
typedef enum {
    seL4_UserException_FaultIP,
    seL4_UserException_SP,
    seL4_UserException_SPSR,
    seL4_UserException_Number, /* ESR_EL1 */
    seL4_UserException_Code,
    seL4_UserException_Length,
    COH_ABI_LONG_ENUM(seL4_UserException_Msg)
} seL4_UserException_Msg;

/* An access that the address space does not allow. Any reply lets the thread try it again. */
typedef enum {
    seL4_VMFault_IP,
    seL4_VMFault_Addr,
    seL4_VMFault_PrefetchFault, /* seL4_DataFault or seL4_InstructionFault */
    seL4_VMFault_FSR,           /* ESR_EL1 */
    seL4_VMFault_Length,
    COH_ABI_LONG_ENUM(seL4_VMFault_Msg)
} seL4_VMFault_Msg;

#define seL4_DataFault 0
#define seL4_InstructionFault 1

static inline seL4_Bool seL4_isNullFault_tag(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_NullFault;
}
static inline seL4_Bool seL4_isCapFault_tag(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_CapFault;
}
static inline seL4_Bool seL4_isUnknownSyscall_tag(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_UnknownSyscall;
}
static inline seL4_Bool seL4_isUserException_tag(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_UserException;
}
static inline seL4_Bool seL4_isVMFault_tag(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_label(tag) == seL4_Fault_VMFault;
}
