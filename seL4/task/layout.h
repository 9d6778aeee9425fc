/* Where things lie in the address space of a task: all below 1 GiB, so that one directory of page tables serves. Macros
 * alone: start.S reads it too. task.ld says the same, and start.S has it checked. */
#pragma once

#define TASK_PAGE_BYTES 0x1000
#define TASK_LARGE_PAGE_BYTES 0x200000

/* Header, text and constants, as small pages. The second half of their 2 MiB is for windows of small pages, which then need
 * no table of their own. */
#define TASK_IMAGE 0x400000
#define TASK_IMAGE_END 0x500000
/* nicd: the page of the NIC's registers, and net's descriptor tables and rings. */
#define TASK_NIC_REGS 0x500000
#define TASK_NIC_QUEUES 0x510000
#define TASK_NIC_QUEUE_PAGES 5
/* The stack, then variables. */
#define TASK_DATA 0x600000
#define TASK_DATA_END 0x800000
#define TASK_STACK_BYTES 0x4000
/* nicd and netd: struct packet_area, one large page. */
#define TASK_PACKETS 0x800000
/* netd: the stream ports, large pages. */
#define TASK_STREAMS 0xa00000
