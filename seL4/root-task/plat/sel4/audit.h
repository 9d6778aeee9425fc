/* What a task may do, asked of the kernel. Only before it has run. */
#pragma once

#include "plat/sel4/task.h"

struct task_header;

/* A task whose thread has not begun, and has the authority's priority. */
struct audited {
    enum coh_task task;
    seL4_CPtr vspace, thread;
    const struct task_header *image;
};

/* Halts by name unless exactly the pages that the capability table lists for the task are mapped, each of its size, and the
 * thread can write and run no others than listed. frame: a small page's capability that is mapped nowhere, and stays so. */
void audit_pages(const struct audited *a, seL4_CPtr frame);
/* Can the thread receive from its slot? */
bool audit_receives(const struct audited *a, uint32_t slot);
