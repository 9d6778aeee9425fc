/* Interrupts: one notification, on which the rootserver sleeps; each source signals its own badge bit. */
#pragma once

#include "plat/sel4/caps.h"

/* Badge bits. */
#define IRQ_TIMER 1u
#define IRQ_UART 2u
#define IRQ_NIC 4u

/* Makes the notification, and moves the root task to its core (affinity.authority_core) where there are several. */
void irq_init(const seL4_BootInfo *bi);
/* The notification (for CAPS). */
seL4_CPtr irq_notification(void);
/* Takes interrupt `number` (GIC numbering), level triggered, signalling `badge`. Level: an edge that comes
 * between handling and acknowledgement can't be lost. */
void irq_take(seL4_Word number, uint32_t badge, struct cap_name name);
/* As irq_take, but false instead of halting when the kernel keeps this interrupt for itself. */
bool irq_try(seL4_Word number, uint32_t badge, struct cap_name name);
/* Unmasks the sources of `badges` again, after they were served. */
void irq_ack(uint32_t badges);
/* Sleeps until a source signals; returns the badges, never 0. */
uint32_t irq_wait(void);
/* The badges that are pending now, or 0. */
uint32_t irq_poll(void);
