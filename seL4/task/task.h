/* A task's program, as the authority loads it: a flat image that begins with struct task_header, and holds whole pages in
 * the order text, constants, initialised variables. It starts at `entry` with arguments in x0…x5, and comes up as
 * task_main(x0…x5). Its stack and its variables beyond the image's pages are zero. */
#pragma once

#include <stdint.h>

#include "task/layout.h"

#define TASK_MAGIC "COHTASK1"
/* So many bytes before `entry`, the word at x1 is written again as it is; then the system call of x7 is made for slot x0; then
 * comes a breakpoint. */
#define TASK_ASK_PAGE 16u
#define TASK_ASK_SLOT 8u

/* The first bytes of the image, which lies at TASK_IMAGE. Pages are small ones. */
struct task_header {
    char magic[8];         /* TASK_MAGIC without its end */
    uint64_t entry;        /* virtual address */
    uint32_t text_pages;   /* from TASK_IMAGE: executable, read-only; this header's page among them */
    uint32_t rodata_pages; /* behind them: read-only, never executable */
    uint32_t data_pages;   /* behind them in the image, but behind the stack in memory: writable, never executable */
    uint32_t rw_pages;     /* all that are writable: stack, data_pages of the image, then zeros */
};

/* What the program defines. Never returns. */
_Noreturn void task_main(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5);

/* Ends the task by a breakpoint fault with x0 = file, x1 = line, x2 = what went wrong, x3 = detail: two addresses of
 * strings among the image's constants and two numbers, for whoever handles the fault. coh_panic (base/assert.h) is this
 * with detail 0. */
_Noreturn void task_stop(const char *what, const char *file, int line, uint64_t detail);
