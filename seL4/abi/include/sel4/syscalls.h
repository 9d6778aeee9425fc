/* The system calls. Register convention: x7 call number, x0 capability in and badge out, x1 message info,
 * x2..x5 the first four message registers; all other registers are kept by the kernel. */
#pragma once

#include <sel4/invocation.h>
#include <sel4/ipc.h>

#if defined(__aarch64__)

/* One trap for every call: `*cap`, `*info` and mr[0..3] go in and come back. */
static inline void coh_abi_trap(seL4_Syscall_ID number, seL4_Word *cap, seL4_Word *info, seL4_Word mr[4])
{
    register seL4_Word x0 __asm__("x0") = *cap;
    register seL4_Word x1 __asm__("x1") = *info;
    register seL4_Word x2 __asm__("x2") = mr[0];
    register seL4_Word x3 __asm__("x3") = mr[1];
    register seL4_Word x4 __asm__("x4") = mr[2];
    register seL4_Word x5 __asm__("x5") = mr[3];
    register seL4_Word x7 __asm__("x7") = (seL4_Word)(seL4_Int64)number;

    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x7)
                     : "memory");
    *cap = x0;
    *info = x1;
    mr[0] = x2;
    mr[1] = x3;
    mr[2] = x4;
    mr[3] = x5;
}

/* The same with the first message registers taken from and put back to the IPC buffer. */
static inline seL4_MessageInfo_t coh_abi_trap_buffered(seL4_Syscall_ID number, seL4_CPtr cap,
                                                       seL4_MessageInfo_t info, seL4_Word *badge)
{
    seL4_Word mr[4] = {seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)};

    coh_abi_trap(number, &cap, &info.words[0], mr);
    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, mr[i]);
    }
    if (badge) {
        *badge = cap;
    }
    return info;
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4] = {seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)};

    coh_abi_trap(seL4_SysSend, &dest, &msgInfo.words[0], mr);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4] = {seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)};

    coh_abi_trap(seL4_SysNBSend, &dest, &msgInfo.words[0], mr);
}

static inline void seL4_Reply(seL4_MessageInfo_t msgInfo)
{
    seL4_Word none = 0;
    seL4_Word mr[4] = {seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)};

    coh_abi_trap(seL4_SysReply, &none, &msgInfo.words[0], mr);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    return coh_abi_trap_buffered(seL4_SysCall, dest, msgInfo, (seL4_Word *)0);
}

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo, seL4_Word *sender)
{
    return coh_abi_trap_buffered(seL4_SysReplyRecv, src, msgInfo, sender);
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    return coh_abi_trap_buffered(seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender);
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    return coh_abi_trap_buffered(seL4_SysNBRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender);
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    seL4_Word info = 0;
    seL4_Word mr[4] = {0, 0, 0, 0};

    coh_abi_trap(seL4_SysSend, &dest, &info, mr);
}

static inline void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    (void)seL4_Recv(src, sender);
}

static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBRecv(src, sender);
}

static inline void seL4_Yield(void)
{
    register seL4_Word x7 __asm__("x7") = (seL4_Word)(seL4_Int64)seL4_SysYield;

    __asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

/* The calls with the first message registers handed over directly: for threads without an IPC buffer. A null pointer
 * stands for a word that is not wanted; words beyond the message's length are sent as zero. */
static inline seL4_MessageInfo_t coh_abi_trap_words(seL4_Syscall_ID number, seL4_CPtr cap, seL4_MessageInfo_t info,
                                                    seL4_Word *badge, seL4_Word *const word[4])
{
    seL4_Word mr[4] = {0};

    for (unsigned i = 0; i < 4; i++) {
        mr[i] = word[i] && i < seL4_MessageInfo_get_length(info) ? *word[i] : 0;
    }
    coh_abi_trap(number, &cap, &info.words[0], mr);
    for (unsigned i = 0; i < 4; i++) {
        if (word[i]) {
            *word[i] = mr[i];
        }
    }
    if (badge) {
        *badge = cap;
    }
    return info;
}

static inline void coh_abi_send_words(seL4_Syscall_ID number, seL4_CPtr cap, seL4_MessageInfo_t info,
                                      const seL4_Word *const word[4])
{
    seL4_Word mr[4] = {0};

    for (unsigned i = 0; i < 4; i++) {
        mr[i] = word[i] && i < seL4_MessageInfo_get_length(info) ? *word[i] : 0;
    }
    coh_abi_trap(number, &cap, &info.words[0], mr);
}

static inline void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                    seL4_Word *mr2, seL4_Word *mr3)
{
    coh_abi_send_words(seL4_SysSend, dest, msgInfo, (const seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

static inline void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                      seL4_Word *mr2, seL4_Word *mr3)
{
    coh_abi_send_words(seL4_SysNBSend, dest, msgInfo, (const seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

static inline void seL4_ReplyWithMRs(seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                     seL4_Word *mr3)
{
    coh_abi_send_words(seL4_SysReply, 0, msgInfo, (const seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

static inline seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return coh_abi_trap_words(seL4_SysCall, dest, msgInfo, (seL4_Word *)0,
                              (seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

static inline seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                  seL4_Word *mr2, seL4_Word *mr3)
{
    return coh_abi_trap_words(seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender,
                              (seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

static inline seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t msgInfo, seL4_Word *sender,
                                                       seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return coh_abi_trap_words(seL4_SysReplyRecv, src, msgInfo, sender, (seL4_Word *const[4]){mr0, mr1, mr2, mr3});
}

/* Invokes an object: the first four words of the message go by register, later ones the caller has put into
 * the IPC buffer (as capabilities too). On an error the details are left in the IPC buffer, as libsel4 does.
 */
static inline seL4_Error coh_abi_invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps, seL4_Word length,
                                        seL4_Word mr[4])
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, caps, length);

    coh_abi_trap(seL4_SysCall, &service, &info.words[0], mr);
    if (seL4_MessageInfo_get_label(info) != seL4_NoError) {
        for (int i = 0; i < 4; i++) {
            seL4_SetMR(i, mr[i]);
        }
    }
    return (seL4_Error)seL4_MessageInfo_get_label(info);
}

#endif /* __aarch64__ */
