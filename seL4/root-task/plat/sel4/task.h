/* Tasks beside the authority: built from the capability tables (task/caps.h), started, and ended without a trace. All that a
 * task is made of comes from one untyped of its own, so that to end it is to revoke that; the kernel zeroes the memory before
 * it is anything else. Its capabilities lie in a CNode of its own behind the authority's top CNode, the holder: no slot and no
 * byte is kept anywhere else. */
#pragma once

#include "plat/sel4/caps.h"
#include "task/caps.h"

struct irq_event;

/* Makes the top CNode, further pools of address-space numbers, and what the authority makes once for its tasks:
 * notifications, the fault endpoint, shared pages (net.streams appears at VADDR_AUTHORITY_NET_STREAMS), worker.text. */
void task_init(const seL4_BootInfo *bi);
/* The first capability of an object that the authority made once. */
seL4_CPtr task_object(enum coh_object object);
/* The same object, made elsewhere: nic.regs, nic.irq. Before the task that uses it is built. */
void task_provide(enum coh_object object, seL4_CPtr cap);
/* Physical address of an object's first page, to be passed to a task. */
uint64_t task_paddr(enum coh_object object);

/* Builds instance i of task t. False: what the kernel refused, or that memory is missing, is what task_refusal says; nothing is
 * left of it. */
bool task_build(enum coh_task t, uint32_t i);
/* Starts it with x0…x2. */
void task_run(enum coh_task t, uint32_t i, uint64_t x0, uint64_t x1, uint64_t x2);
/* The first capability of one of its own objects. */
seL4_CPtr task_own(enum coh_task t, uint32_t i, enum coh_object o);
/* Has the first page of one of its own objects appear in the authority, to be read, for as long as the task is. */
void task_show(enum coh_task t, uint32_t i, enum coh_object o, uintptr_t vaddr);
/* Ends it, running, waiting or faulted. */
void task_end(enum coh_task t, uint32_t i);
/* "netd.data: retype: not enough memory". */
struct bytes task_refusal(void);

/* Why it faulted, for the log: `cause=vm-fault address=0x… pc=0x…`, or what its program said when it stopped itself. */
void task_cause(enum coh_task t, uint32_t i, const struct irq_event *e, struct buf *out);
#define TASK_NOT_LISTED "the kernel did not give what the capability table lists"
/* Does the kernel's view of the task agree with the table: a capability in each listed slot, none in any other, each
 * notification's signal arrives with the listed badge, on kernels built for debugging each object is of its kind; and pages of
 * the listed size at each listed address, none at any other, and no table for pages but where one is listed? Halts by name at what does not. Only before it has run. */
void task_audit(enum coh_task t, uint32_t i);
