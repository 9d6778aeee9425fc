/* What the authority sleeps for: signals of its one notification, which is bound to its thread, and faults of its tasks, which
 * come to the endpoint it receives on. */
#pragma once

#include "plat/sel4/caps.h"

/* What came. */
struct irq_event {
    uint32_t badges;    /* BADGE_AUTHORITY_… (generated/caps.h); 0: none */
    uint32_t faulted;   /* the faulting task's number: enum coh_task + instance; 0: none */
    seL4_Word fault;    /* seL4_Fault_… */
    uint64_t address;   /* of a VM fault */
};

/* Binds the notification, and moves the authority to its core (affinity.authority_core) where there are several. */
void irq_init(const seL4_BootInfo *bi);
/* Takes interrupt `number` (GIC numbering), level triggered, which signals `notification` with `badge`, on core `core` where
 * there are several. Level: an edge that comes between handling and acknowledgement can't be lost. Returns its handler; what it
 * signals lies in the slot behind. */
seL4_CPtr irq_take(seL4_Word number, seL4_CPtr notification, uint32_t badge, seL4_Word core, struct cap_name name);
/* The same for the authority itself, which then acknowledges it by irq_ack. */
void irq_take_own(seL4_Word number, uint32_t badge, struct cap_name name);
/* Unmasks the sources of `badges` again, after they were served. */
void irq_ack(uint32_t badges);
/* What was signalled and then taken without being served is signalled again: nothing may stay masked for that. */
void irq_again(void);
/* What is pending; with `sleep` it waits until something is. A fault is heard after a few signals at most, whoever signals
 * without end. */
void irq_next(bool sleep, struct irq_event *out);
/* For the boot, which has tasks fault to see what they hold: has this one faulted? What one that runs beside it on a core of its
 * own (seatd alone can) faulted with meanwhile is kept for irq_next. */
bool irq_fault_of(uint32_t task, struct irq_event *out);
/* Sleeps for a moment that nothing cuts short; what comes meanwhile is still there after it. Returns the time behind it. Not
 * where time is polled. */
uint64_t irq_rest(void);
