/* The ELF note `.note.cohesix`: which kernel ABI a rootserver (or the simulation kernel) was linked for, as
 * the numbers themselves, so that the image tool can name the first one that differs from a kernel build's
 * headers.
 *
 * Exactly one C file of each program includes <sel4/sel4.h> (upstream's or ours), then this, and says
 * COH_NOTE_DEFINE; the linker script keeps the section: `.note.cohesix : { KEEP(*(.note.cohesix)) }`.
 *
 * offset size  field
 *      0    4  name size, 8
 *      4    4  descriptor size, sizeof(struct coh_note)
 *      8    4  type, 1
 *     12    8  "Cohesix" NUL
 *     20    -  struct coh_note, all little-endian u32 */
#pragma once

#include <stdint.h>

#define COH_NOTE_MAGIC 0x41484f43u /* 'C' 'O' 'H' 'A' */
#define COH_NOTE_LAYOUT 1u
#define COH_NOTE_KIND_ROOTSERVER 1u
#define COH_NOTE_KIND_SIM_KERNEL 2u

/* The numbers that differ between kernel versions and configurations, under libsel4's own names. The order is
 * part of the layout: append only, and tell io.cohesix.rtc.image.KernelNote. */
#define COH_NOTE_LABELS(X)                                                                                   \
    X(seL4_SysCall)                                                                                          \
    X(seL4_SysReplyRecv)                                                                                     \
    X(seL4_SysSend)                                                                                          \
    X(seL4_SysNBSend)                                                                                        \
    X(seL4_SysRecv)                                                                                          \
    X(seL4_SysReply)                                                                                         \
    X(seL4_SysYield)                                                                                         \
    X(seL4_SysNBRecv)                                                                                        \
    X(UntypedRetype)                                                                                         \
    X(TCBConfigure)                                                                                          \
    X(TCBSuspend)                                                                                            \
    X(TCBResume)                                                                                             \
    X(TCBBindNotification)                                                                                   \
    X(CNodeDelete)                                                                                           \
    X(CNodeCopy)                                                                                             \
    X(CNodeMint)                                                                                             \
    X(IRQIssueIRQHandler)                                                                                    \
    X(IRQAckIRQ)                                                                                             \
    X(IRQSetIRQHandler)                                                                                      \
    X(ARMPageTableMap)                                                                                       \
    X(ARMPageMap)                                                                                            \
    X(ARMPageUnmap)                                                                                          \
    X(ARMPageClean_Data)                                                                                     \
    X(ARMPageInvalidate_Data)                                                                                \
    X(ARMPageCleanInvalidate_Data)                                                                           \
    X(ARMPageUnify_Instruction)                                                                              \
    X(ARMPageGetAddress)                                                                                     \
    X(ARMIRQIssueIRQHandlerTrigger)                                                                          \
    X(seL4_TCBObject)                                                                                        \
    X(seL4_NotificationObject)                                                                               \
    X(seL4_CapTableObject)                                                                                   \
    X(seL4_ARM_SmallPageObject)                                                                              \
    X(seL4_ARM_LargePageObject)                                                                              \
    X(seL4_ARM_PageTableObject)                                                                              \
    X(seL4_TCBBits)                                                                                          \
    X(seL4_NotificationBits)                                                                                 \
    X(TCBReadRegisters)                                                                                      \
    X(TCBWriteRegisters)                                                                                     \
    X(TCBSetPriority)                                                                                        \
    X(TCBSetSpace)                                                                                           \
    X(CNodeRevoke)                                                                                           \
    X(CNodeMutate)                                                                                           \
    X(ARMVSpaceClean_Data)                                                                                   \
    X(ARMVSpaceInvalidate_Data)                                                                              \
    X(ARMVSpaceCleanInvalidate_Data)                                                                         \
    X(ARMASIDControlMakePool)                                                                                \
    X(ARMASIDPoolAssign)                                                                                     \
    X(seL4_EndpointObject)                                                                                   \
    X(seL4_ARM_VSpaceObject)                                                                                 \
    X(seL4_EndpointBits)                                                                                     \
    X(seL4_VSpaceBits)

#define COH_NOTE_ONE(name) +1
#define COH_NOTE_LABEL_COUNT (0 COH_NOTE_LABELS(COH_NOTE_ONE))
#define COH_NOTE_VALUE(name) (uint32_t)(name),

struct coh_note {
    uint32_t magic, layout;
    uint32_t kind;                /* COH_NOTE_KIND_* */
    uint32_t major, minor, patch; /* seL4 version of the headers; 0.0.0 where the build does not say */
    uint32_t nodes;               /* CONFIG_MAX_NUM_NODES */
    uint32_t hyp;                 /* 1: kernel at EL2 */
    uint32_t debug; /* 1: CONFIG_DEBUG_BUILD; informative, the labels above do not depend on it */
    uint32_t label_count;
    uint32_t labels[COH_NOTE_LABEL_COUNT]; /* two's complement: system calls are negative */
};

#ifdef CONFIG_ARM_HYPERVISOR_SUPPORT
#define COH_NOTE_HYP 1u
#else
#define COH_NOTE_HYP 0u
#endif
#ifdef CONFIG_DEBUG_BUILD
#define COH_NOTE_DEBUG 1u
#else
#define COH_NOTE_DEBUG 0u
#endif
#ifdef CONFIG_MAX_NUM_NODES
#define COH_NOTE_NODES ((uint32_t)CONFIG_MAX_NUM_NODES)
#else
#define COH_NOTE_NODES 1u
#endif

#define COH_NOTE_DEFINE(kind_, major_, minor_, patch_)                                                       \
    __attribute__((section(".note.cohesix"), used, aligned(4))) static const struct {                        \
        uint32_t name_size, desc_size, type;                                                                 \
        char name[8];                                                                                        \
        struct coh_note note;                                                                                \
    } coh_note_section = {8u,                                                                                \
                          (uint32_t)sizeof(struct coh_note),                                                 \
                          1u,                                                                                \
                          "Cohesix",                                                                         \
                          {COH_NOTE_MAGIC,                                                                   \
                           COH_NOTE_LAYOUT,                                                                  \
                           (kind_),                                                                          \
                           (major_),                                                                         \
                           (minor_),                                                                         \
                           (patch_),                                                                         \
                           COH_NOTE_NODES,                                                                   \
                           COH_NOTE_HYP,                                                                     \
                           COH_NOTE_DEBUG,                                                                   \
                           (uint32_t)COH_NOTE_LABEL_COUNT,                                                   \
                           {COH_NOTE_LABELS(COH_NOTE_VALUE)}}}
