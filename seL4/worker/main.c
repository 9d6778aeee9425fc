/* A heartbeat worker: one isolated task each. Woken, it counts one beat and says so. */
#include <sel4/sel4.h>

#include "generated/caps.h"
#include "task/task.h"

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

_Noreturn void task_main(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    for (seL4_Word badge;;)
        seL4_Wait(CAP_WORKER_WAIT, &badge);
}
