/* A heartbeat worker: one isolated task each. Asked, it counts one beat where the authority reads it. */
#include <sel4/sel4.h>

#include "generated/caps.h"
#include "task/task.h"
#include "worker/worker.h"

__attribute__((section(".worker_beats"))) uint32_t worker_beats;

/* For the linker script's assertion. */
#define SET(name, value) __asm__(".global " #name "\n.set " #name ", " #value)
#define SET_VALUE(name, value) SET(name, value)
SET_VALUE(worker_beats_offset, WORKER_BEATS_OFFSET);

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
/* The kernel knows of none. libsel4 notes here what came with a wake-up. */
static seL4_IPCBuffer no_ipc_buffer;

_Noreturn void task_main(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    seL4_SetIPCBuffer(&no_ipc_buffer);
    for (seL4_Word badge;;) {
        seL4_Wait(CAP_WORKER_WAIT, &badge);
        __atomic_store_n(&worker_beats, worker_beats + 1u, __ATOMIC_RELEASE);
    }
}
