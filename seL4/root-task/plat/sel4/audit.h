/* What is mapped in a task's address space, asked of the kernel. */
#pragma once

#include "plat/sel4/task.h"

/* Halts by name unless exactly the pages that the capability table lists for task t are mapped in vspace, each of its size.
 * frame: a small page's capability that is mapped nowhere, and stays so. Only before the task has run. */
void audit_pages(enum coh_task t, seL4_CPtr vspace, seL4_CPtr frame);
