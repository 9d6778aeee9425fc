/* nicd: the task that owns the NIC. The authority starts it with x0 = virtual address of the transport's registers, x1
 * = physical address of net.packets, x2 = physical address of nic.queues, whose pages follow each other. */
#include <string.h>

#include <sel4/sel4.h>

#include "generated/caps.h"
#include "nicd/nic.h"
#include "nicd/regs.h"
#include "task/task.h"

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
/* The kernel knows of none. libsel4 notes here what a refused call said, before we stop. */
static seL4_IPCBuffer no_ipc_buffer;

_Static_assert(sizeof(struct nic_queues) == BYTES_NIC_QUEUES, "all of nic.queues");
_Static_assert(sizeof(struct packet_area) <= BYTES_NET_PACKETS, "fits net.packets");

static void unmask(void)
{
    seL4_Error e = seL4_IRQHandler_Ack(CAP_NICD_IRQ);
    if (e != seL4_NoError)
        task_stop("the kernel refused to unmask the interrupt", __FILE__, __LINE__, e);
}

_Noreturn void task_main(uint64_t regs, uint64_t packets, uint64_t queues, uint64_t x3, uint64_t x4, uint64_t x5)
{
    const struct nic_memory memory = {(struct packet_area *)VADDR_NICD_NET_PACKETS, packets,
                                      (struct nic_queues *)VADDR_NICD_NIC_QUEUES, queues};
    seL4_SetIPCBuffer(&no_ipc_buffer);
    regs_init(regs);
    for (seL4_Word badges = BADGE_NICD_RESET | BADGE_NICD_IRQ;;) {
        if ((badges & BADGE_NICD_RESET) != 0) {
            nic_start(&memory);
            memset(memory.packets + 1, 0, BYTES_NET_PACKETS - sizeof *memory.packets); /* netd could write there too */
            seL4_Signal(CAP_NICD_AUTHORITY);
        }
        bool served = !nic_refuses(), wake = nic_turn((badges & BADGE_NICD_IRQ) != 0);
        if (served && nic_refuses())
            seL4_Signal(CAP_NICD_FORGED);
        if ((badges & BADGE_NICD_IRQ) != 0)
            unmask();
        if (wake)
            seL4_Signal(CAP_NICD_NETD);
        seL4_Wait(CAP_NICD_WAIT, &badges);
    }
}
