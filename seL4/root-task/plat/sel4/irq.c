/* See irq.h. */
#include "plat/sel4/irq.h"

#include "generated/manifest.h"

#define SOURCES 3u /* bits of the badge */

seL4_Word irq_core;
static seL4_CPtr notification;
static seL4_CPtr handlers[SOURCES];

seL4_CPtr irq_init(const seL4_BootInfo *bi)
{
#ifdef CONFIG_ENABLE_SMP_SUPPORT
    struct cap_name name = cap_name("affinity.authority_core");
    irq_core = COH_AFFINITY_ENABLED ? COH_AFFINITY_AUTHORITY_CORE : bi->nodeID;
    if (irq_core >= bi->numNodes)
        halt(name, "the kernel runs on fewer cores, namely ", piece_hex(bi->numNodes));
    sel4_must(name, "set affinity", seL4_TCB_SetAffinity(seL4_CapInitThreadTCB, irq_core));
#endif
    notification = caps_new(seL4_NotificationObject, seL4_NotificationBits, cap_name("irq.notification"));
    return notification;
}

void irq_take(seL4_Word number, uint32_t badge, struct cap_name name)
{
    seL4_CPtr handler = caps_slot(name), signal = caps_slot(name), root = seL4_CapInitThreadCNode;
    /* On the core that runs the root task: private interrupts (the timer's) belong to one core and must say which. */
#ifdef CONFIG_ENABLE_SMP_SUPPORT
    seL4_Error e =
        seL4_IRQControl_GetTriggerCore(seL4_CapIRQControl, number, 0, root, handler, seL4_WordBits, irq_core);
#else
    seL4_Error e = seL4_IRQControl_GetTrigger(seL4_CapIRQControl, number, 0, root, handler, seL4_WordBits);
#endif
    if (e == seL4_RevokeFirst)
        halt(name, "the kernel has given interrupt away already: ", piece_hex(number));
    sel4_must(name, "take interrupt", e);
    sel4_must(name, "mint",
              seL4_CNode_Mint(root, signal, seL4_WordBits, root, notification, seL4_WordBits, seL4_AllRights, badge));
    sel4_must(name, "set notification", seL4_IRQHandler_SetNotification(handler, signal));
    handlers[__builtin_ctz(badge)] = handler;
    irq_ack(badge);
}

void irq_ack(uint32_t badges)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        if ((badges & (UINT32_C(1) << i)) != 0 && handlers[i] != seL4_CapNull)
            sel4_must(cap_name_at("irq", i), "acknowledge", seL4_IRQHandler_Ack(handlers[i]));
    }
}

uint32_t irq_next(bool sleep)
{
    seL4_Word badge = 0;
    if (sleep)
        seL4_Wait(notification, &badge);
    else
        seL4_Poll(notification, &badge);
    return (uint32_t)badge;
}
