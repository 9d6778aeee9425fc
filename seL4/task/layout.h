/* Where a task's image lies in its address space; what else it sees, generated/caps.h says. Macros alone: start.S reads it too.
 * task.ld says the same, and start.S has it checked. */
#pragma once

/* Header, text and constants. */
#define TASK_IMAGE 0x400000
#define TASK_IMAGE_END 0x500000
/* The stack, then variables, from where the capability table has them (task_data, place.c). Below nothing can be written, so that
 * an overflow faults. */
#define TASK_DATA_END 0x10000000
#define TASK_STACK_BYTES 0x4000
