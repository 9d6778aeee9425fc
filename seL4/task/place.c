/* Where a task's data begin: at the address that the capability table has for them (tasks.cmake names the row). */
#include "generated/caps.h"

/* For the linker script. Never called, and not in the program: the linker drops it and keeps the symbol. */
__attribute__((used)) static void place(void)
{
    __asm__(".global task_data\n.set task_data, %c0" : : "i"(TASK_DATA));
}
