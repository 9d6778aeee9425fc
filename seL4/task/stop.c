/* How a task ends: a breakpoint fault, whose handler finds the reason in the registers. */
#include "base/assert.h"
#include "task/task.h"

_Noreturn void task_stop(const char *what, const char *file, int line, uint64_t detail)
{
    register const char *x0 __asm__("x0") = file;
    register uint64_t x1 __asm__("x1") = (uint64_t)line;
    register const char *x2 __asm__("x2") = what;
    register uint64_t x3 __asm__("x3") = detail;
    for (;;)
        __asm__ volatile("brk #1" : : "r"(x0), "r"(x1), "r"(x2), "r"(x3) : "memory");
}

_Noreturn void coh_panic(const char *what, const char *file, int line) { task_stop(what, file, line, 0); }
