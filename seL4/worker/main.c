/* A heartbeat worker: one isolated task each. Asked, it counts one beat where the authority reads it, and says so. */
#include <sel4/sel4.h>

#include "generated/caps.h"
#include "task/task.h"
#include "worker/worker.h"

__attribute__((section(".worker_beats"))) uint32_t worker_beats;

/* For the linker script's assertion. */
__asm__(".global worker_beats_offset\n.set worker_beats_offset, %c0" : : "i"(WORKER_BEATS_OFFSET));

_Noreturn void task_main(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    for (;;) {
        seL4_Word badge;
        seL4_Wait(CAP_WORKER_WAIT, &badge);
        __atomic_store_n(&worker_beats, worker_beats + 1u, __ATOMIC_RELEASE);
        seL4_Signal(CAP_WORKER_AUTHORITY);
    }
}
