/* Isolated tasks for the probe to ask questions with: own CSpace, address space and thread, made of one untyped. */
#pragma once

/* Capability pointers of a task: its CNode has 16 slots. */
#define TASK_WAIT 1  /* notification to wait on */
#define TASK_DONE 2  /* notification, badge DONE */
#define TASK_FAULT 3 /* endpoint of its fault handler, badge 100 */
#define TASK_CALL 4  /* the same endpoint, badge 7 */
#define TASK_MUTE 5  /* the same endpoint, without the right to write */
#define TASK_NODE 6  /* a CNode of 4 slots behind a guard of 4 bits, 3 */

#ifndef __ASSEMBLER__
#include "probe.h"

#define DONE 32
#define TASK_BITS 17 /* of its untyped */

extern char task_code[], task_call[], task_load[], task_store[], task_jump[], task_brk[], task_undefined[];
extern char task_spin[], task_show[], task_tell[], task_idle[], probe_image[];

/* Slots in the probe's CSpace, the same again for every life of the task. */
struct task {
    seL4_CPtr untyped, tcb, cnode, vspace, table[3], frame, node;
    seL4_CPtr pool; /* that its address-space number is from */
};

/* The objects that all tasks share, made by tasks_start: notifications and endpoint. */
extern seL4_CPtr tasks_wait, tasks_done, tasks_endpoint;
void tasks_start(void);

/* Takes slots and an untyped for a task. */
void task_prepare(struct task *t);
/* Makes its objects: a thread of this priority that isn't started, with TASK_FAULT for its faults. */
void task_build(struct task *t, seL4_Word priority);
/* Starts it at an entry of programs.S. */
void task_start(const struct task *t, const char *entry, seL4_Word x0, seL4_Word x1);
/* Starts it at a system call with this number, a word of its own in every register; _show_: and has the registers that
 * it leaves shown by an unknown system call. */
void task_call_start(const struct task *t, seL4_CPtr cap, seL4_Word info, int64_t number);
void task_show_start(const struct task *t, seL4_CPtr cap, seL4_Word info, int64_t number);
/* Its untyped's revocation, and the end of whatever else it left. */
void task_end(const struct task *t);
/* Its frame at an address, as retyped. */
void task_map(const struct task *t, seL4_Word address, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes);

/* `probe: <name>: <badge> <label> <length> <words>`, the next message on the tasks' endpoint. */
seL4_MessageInfo_t message(const char *name);
uint64_t poll(seL4_CPtr c);
uint64_t wait(seL4_CPtr c);
uint64_t counter(void);
uint64_t milliseconds(uint64_t ms);
/* Waits for the timer's interrupt and returns its badge. */
uint64_t interrupt_after(uint64_t ms);

void probe_faults(void);
void probe_registers(void);
void probe_priorities(void);
void probe_revocation(void);
void probe_pools(void);
void probe_cspaces(void);
#endif
