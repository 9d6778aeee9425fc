/* See irq.h. */
#include "plat/sel4/irq.h"

#include "generated/manifest.h"
#include "plat/sel4/task.h"
#include "plat/sel4/timer.h"

#define SOURCES 7u /* badges of the authority's own interrupts, and others in between */
_Static_assert((BADGE_AUTHORITY_TIMER | BADGE_AUTHORITY_UART | BADGE_AUTHORITY_ALARM) < 1u << SOURCES, "SOURCES");

/* How long a rest is. */
#define REST_MS 5u

/* So many times in a row it is signals that the authority hears; then it looks whether somebody has faulted. */
#define SIGNALS_MAX 8u

static seL4_CPtr handlers[SOURCES], rest;
static struct irq_event kept; /* the fault that came while another task's were waited for */

static void bind(struct cap_name name)
{
    sel4_must(name, "bind", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, task_object(OBJECT_AUTHORITY_WAIT)));
}

void irq_init(const seL4_BootInfo *bi)
{
    struct cap_name name = cap_name("authority.wait");
#ifdef CONFIG_ENABLE_SMP_SUPPORT
    for (uint32_t t = 0; t < TASK_COUNT; t++) {
        for (uint32_t i = 0; i < coh_tasks[t].core_count; i++) {
            if (coh_tasks[t].cores[i] >= bi->numNodes)
                halt(cap_name(coh_tasks[t].name), "affinity: the kernel runs on fewer cores, namely ", piece_hex(bi->numNodes));
        }
    }
    sel4_must(name, "set affinity", seL4_TCB_SetAffinity(seL4_CapInitThreadTCB, CORE_AUTHORITY));
#endif
    rest = caps_new(seL4_NotificationObject, seL4_NotificationBits, name);
    bind(name);
}

seL4_CPtr irq_take(seL4_Word number, seL4_CPtr notification, uint32_t badge, seL4_Word core, struct cap_name name)
{
    seL4_CPtr handler = caps_slot(name), signal = caps_slot(name), root = seL4_CapInitThreadCNode; /* slots beside each other */
    /* Private interrupts (the timer's) belong to one core and must say which. */
#ifdef CONFIG_ENABLE_SMP_SUPPORT
    seL4_Error e =
        seL4_IRQControl_GetTriggerCore(seL4_CapIRQControl, number, 0, root, handler, seL4_WordBits, core);
#else
    seL4_Error e = seL4_IRQControl_GetTrigger(seL4_CapIRQControl, number, 0, root, handler, seL4_WordBits);
#endif
    if (e == seL4_RevokeFirst)
        halt(name, "the kernel has given interrupt away already: ", piece_hex(number));
    sel4_must(name, "take interrupt", e);
    sel4_must(name, "mint",
              seL4_CNode_Mint(root, signal, seL4_WordBits, root, notification, seL4_WordBits, seL4_AllRights, badge));
    sel4_must(name, "set notification", seL4_IRQHandler_SetNotification(handler, signal));
    sel4_must(name, "acknowledge", seL4_IRQHandler_Ack(handler));
    return handler;
}

void irq_take_own(seL4_Word number, uint32_t badge, struct cap_name name)
{
    handlers[__builtin_ctz(badge)] = irq_take(number, task_object(OBJECT_AUTHORITY_WAIT), badge, CORE_AUTHORITY, name);
}

static void unmask(uint32_t badges)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        if ((badges & (UINT32_C(1) << i)) != 0 && handlers[i] != seL4_CapNull)
            sel4_must(cap_name_at("irq", i), "acknowledge", seL4_IRQHandler_Ack(handlers[i]));
    }
}

void irq_ack(uint32_t badges)
{
    if ((badges & (BADGE_AUTHORITY_TIMER | BADGE_AUTHORITY_ALARM)) != 0)
        timer_arm(UINT64_MAX); /* else the level would interrupt again */
    if ((badges & BADGE_AUTHORITY_ALARM) != 0)
        timer_alarm();
    unmask(badges);
}

void irq_again(void) { unmask(UINT32_MAX); }

/* Timer and alarm end a rest, or wake the authority as ever. */
static void rest_is(bool now)
{
    for (uint32_t i = 0; i < SOURCES; i++) {
        if (handlers[i] == seL4_CapNull || UINT32_C(1) << i == BADGE_AUTHORITY_UART)
            continue;
        sel4_must(cap_name("rest"), "set notification",
                  seL4_IRQHandler_SetNotification(handlers[i], now ? rest : handlers[i] + 1));
        /* Else what nobody has heard yet would keep it masked. */
        sel4_must(cap_name("rest"), "acknowledge", seL4_IRQHandler_Ack(handlers[i]));
    }
}

uint64_t irq_rest(void)
{
    rest_is(true);
    timer_arm(timer_now_ms() + REST_MS);
    seL4_Wait(rest, NULL);
    timer_arm(UINT64_MAX);
    rest_is(false);
    return timer_now_ms();
}

static void hear(bool sleep, struct irq_event *out)
{
    seL4_Word badge = 0;
    const seL4_CPtr faults = task_object(OBJECT_AUTHORITY_FAULTS);
    seL4_MessageInfo_t info = sleep ? seL4_Recv(faults, &badge) : seL4_NBRecv(faults, &badge);
    if ((badge & BADGE_FAULT) == 0) {
        out->badges |= (uint32_t)badge;
        return;
    }
    out->faulted = (uint32_t)(badge & ~BADGE_FAULT);
    out->fault = seL4_MessageInfo_get_label(info);
    out->address = out->fault == seL4_Fault_VMFault ? seL4_GetMR(seL4_VMFault_Addr) : 0;
}

/* The kernel hands over what was signalled before it looks at the endpoint: who signals all the time would hide all faults. */
static void receive(bool sleep, struct irq_event *out)
{
    static uint32_t signals;
    *out = (struct irq_event){0};
    hear(sleep, out);
    signals = out->badges ? signals + 1 : 0;
    if (signals < SIGNALS_MAX)
        return;
    signals = 0;
    struct cap_name name = cap_name("authority.wait");
    sel4_must(name, "unbind", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    hear(false, out);
    bind(name);
}

void irq_next(bool sleep, struct irq_event *out)
{
    if (kept.faulted)
        *out = kept;
    else
        receive(sleep, out);
    kept.faulted = 0;
}

bool irq_fault_of(uint32_t task, struct irq_event *out)
{
    receive(false, out);
    if (out->faulted != task && out->faulted)
        kept = *out;
    return out->faulted == task;
}
