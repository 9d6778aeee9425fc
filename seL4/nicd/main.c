/* nicd: the task that owns the NIC. The authority starts it with x0 = virtual address of the transport's registers, x1 =
 * physical address of net.packets, x2 = physical address of nic.queues, whose pages follow each other. */
#include <sel4/sel4.h>

#include "nicd/caps.h"
#include "nicd/nic.h"
#include "nicd/regs.h"
#include "task/task.h"

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
/* The kernel knows of none. libsel4 notes here what a refused call said, before we stop. */
static seL4_IPCBuffer no_ipc_buffer;

_Static_assert(sizeof(struct nic_queues) == TASK_NIC_QUEUE_PAGES * TASK_PAGE_BYTES, "layout.h says how many");
_Static_assert(sizeof(struct packet_area) <= TASK_LARGE_PAGE_BYTES, "the packet area is one large page");

static void unmask(void)
{
    seL4_Error e = seL4_IRQHandler_Ack(NICD_CAP_IRQ);
    if (e != seL4_NoError)
        task_stop("the kernel refused to unmask the interrupt", __FILE__, __LINE__, e);
}

_Noreturn void task_main(uint64_t regs, uint64_t packets, uint64_t queues, uint64_t x3, uint64_t x4, uint64_t x5)
{
    const struct nic_memory memory = {(struct packet_area *)TASK_PACKETS, packets, (struct nic_queues *)TASK_NIC_QUEUES, queues};
    seL4_SetIPCBuffer(&no_ipc_buffer);
    regs_init(regs);
    for (seL4_Word badges = NICD_BADGE_RESET | NICD_BADGE_IRQ;;) {
        if ((badges & NICD_BADGE_RESET) != 0) {
            nic_start(&memory);
            seL4_Signal(NICD_CAP_AUTHORITY);
        }
        bool wake = nic_turn((badges & NICD_BADGE_IRQ) != 0);
        if ((badges & NICD_BADGE_IRQ) != 0)
            unmask();
        if (wake)
            seL4_Signal(NICD_CAP_NETD);
        seL4_Wait(NICD_CAP_WAIT, &badges);
    }
}
