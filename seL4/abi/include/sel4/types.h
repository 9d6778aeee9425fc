/* Words, capability pointers, object types and sizes, rights' width, attributes and error numbers. */
#pragma once

#include <sel4/config.h>

typedef signed char seL4_Int8;
typedef unsigned char seL4_Uint8;
typedef signed short seL4_Int16;
typedef unsigned short seL4_Uint16;
typedef signed int seL4_Int32;
typedef unsigned int seL4_Uint32;
typedef signed long seL4_Int64;
typedef unsigned long seL4_Uint64;
typedef seL4_Int8 seL4_Bool;
typedef seL4_Uint64 seL4_Word;
typedef seL4_Uint64 seL4_Time;

#define seL4_True 1
#define seL4_False 0
#define seL4_Null ((void *)0)
#define seL4_NilData 0

typedef seL4_Word seL4_CPtr;
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_ARM_Page;
typedef seL4_CPtr seL4_ARM_PageTable;
typedef seL4_CPtr seL4_ARM_VSpace;
typedef seL4_CPtr seL4_ARM_ASIDControl;
typedef seL4_CPtr seL4_ARM_ASIDPool;

/* An enum that is as wide as a word, as the kernel reads it. */
#define COH_ABI_LONG_ENUM(name) coh_abi_wide_##name = ((1ULL << 63) - 1)

typedef enum {
    seL4_NoError = 0,
    seL4_InvalidArgument,   /* MR0: which argument */
    seL4_InvalidCapability, /* MR0: which capability, 0 is the one invoked */
    seL4_IllegalOperation,
    seL4_RangeError, /* MR0, MR1: least and greatest value allowed */
    seL4_AlignmentError,
    seL4_FailedLookup, /* MR0: of a source?, MR1: lookup failure type, MR2: bits or level left */
    seL4_TruncatedMessage,
    seL4_DeleteFirst,
    seL4_RevokeFirst,
    seL4_NotEnoughMemory, /* MR0: bytes left */
    seL4_NumErrors
} seL4_Error;

typedef enum {
    seL4_NoFailure = 0,
    seL4_InvalidRoot,
    seL4_MissingCapability,
    seL4_DepthMismatch,
    seL4_GuardMismatch,
    COH_ABI_LONG_ENUM(seL4_LookupFailureType)
} seL4_LookupFailureType;

/* Object types for seL4_Untyped_Retype. Frames and tables have a fixed size; size_bits counts for untypeds
 * (bytes) and CNodes (slots) alone. */
enum {
    seL4_UntypedObject = 0,
    seL4_TCBObject,
    seL4_EndpointObject,
    seL4_NotificationObject,
    seL4_CapTableObject,
    seL4_NonArchObjectTypeCount
};
enum {
    seL4_ARM_HugePageObject = seL4_NonArchObjectTypeCount,
    seL4_ARM_VSpaceObject,
    seL4_ModeObjectTypeCount
};
enum {
    seL4_ARM_SmallPageObject = seL4_ModeObjectTypeCount,
    seL4_ARM_LargePageObject,
    seL4_ARM_PageTableObject,
    seL4_ObjectTypeCount
};

/* Sizes as powers of two. */
#define seL4_WordSizeBits 3
#define seL4_WordBits (sizeof(seL4_Word) * 8)
#define seL4_SlotBits 5
#define seL4_TCBBits 11
#define seL4_EndpointBits 4
#define seL4_NotificationBits 5
#define seL4_PageBits 12
#define seL4_LargePageBits 21
#define seL4_HugePageBits 30
#define seL4_PageTableBits 12
#define seL4_PageTableEntryBits 3
#define seL4_PageTableIndexBits 9
#define seL4_VSpaceBits 12
#define seL4_VSpaceEntryBits 3
#define seL4_VSpaceIndexBits 9
#define seL4_ASIDPoolBits 12
#define seL4_ASIDPoolIndexBits 9
#define seL4_NumASIDPoolsBits 7
#define seL4_MinUntypedBits 4
#define seL4_MaxUntypedBits 47
#define seL4_IPCBufferSizeBits 10
#define seL4_UserTop 0x00007fffffffffff
#define seL4_UserVSpaceTop seL4_UserTop
#define seL4_UntypedRetypeMaxObjects CONFIG_RETYPE_FAN_OUT_LIMIT
#define seL4_GuardSizeBits 6
#define seL4_GuardBits 58
#define seL4_BadgeBits 64

enum { seL4_InvalidPrio = -1, seL4_MinPrio = 0, seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1 };

typedef enum {
    seL4_ARM_PageCacheable = 0x01,
    seL4_ARM_ParityEnabled = 0x02,
    seL4_ARM_Default_VMAttributes = 0x03,
    seL4_ARM_ExecuteNever = 0x04,
    COH_ABI_LONG_ENUM(seL4_ARM_VMAttributes)
} seL4_ARM_VMAttributes;

/* Registers of a thread, in the order in which TCB_ReadRegisters and TCB_WriteRegisters carry them. */
typedef struct seL4_UserContext_ {
    seL4_Word pc, sp, spsr;
    seL4_Word x0, x1, x2, x3, x4, x5, x6, x7, x8, x16, x17, x18, x29, x30;
    seL4_Word x9, x10, x11, x12, x13, x14, x15, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
    seL4_Word tpidr_el0, tpidrro_el0;
} seL4_UserContext;
