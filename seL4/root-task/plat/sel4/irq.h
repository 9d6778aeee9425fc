/* Interrupts: one notification, on which the rootserver sleeps; each source signals its own badge bit. */
#pragma once

#include "plat/sel4/caps.h"

/* Badge bits. */
#define IRQ_TIMER 1u
#define IRQ_UART 2u
#define IRQ_NIC 4u

/* The core of the root task, to which its interrupts go. */
extern seL4_Word irq_core;

/* Makes the notification and returns it (for CAPS), and moves the root task to its core (affinity.authority_core) where
 * there are several. */
seL4_CPtr irq_init(const seL4_BootInfo *bi);
/* Takes interrupt `number` (GIC numbering), level triggered, signalling `badge`. Level: an edge that comes
 * between handling and acknowledgement can't be lost. */
void irq_take(seL4_Word number, uint32_t badge, struct cap_name name);
/* Unmasks the sources of `badges` again, after they were served. */
void irq_ack(uint32_t badges);
/* The badges that are pending, or 0; with `sleep` it waits until there is one. */
uint32_t irq_next(bool sleep);
