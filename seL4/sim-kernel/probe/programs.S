/* What the probe's isolated tasks run: one page of its own, mapped into their address spaces at the same address. Each
 * entry does one thing with the registers that it starts with; then the task says that it is there and waits, for ever
 * again. */
#include "tasks.h"
    .section .text.programs, "ax"
    .balign 4096
    .global task_code, task_call, task_load, task_store, task_jump, task_brk, task_undefined, task_spin, task_tell
    .global task_idle, task_show
task_code:
task_call:
    svc #0
    b task_done
/* What a call leaves in the registers: an unknown call shows them to the fault handler. */
task_show:
    svc #0
    mov x7, #1000
    svc #0
    b task_done
task_load:
    ldr x8, [x0]
    b task_done
task_store:
    str x1, [x0]
    b task_done
task_jump:
    br x0
task_brk:
    brk #5
    b task_done
task_undefined:
    .inst 0
    b task_done
task_spin:
    b task_spin
/* Sends the word at x0 to TASK_CALL. */
task_tell:
    ldr x2, [x0]
    mov x0, #TASK_CALL
    mov x1, #1
    mov x7, #-3
    svc #0
task_done:
    mov x0, #TASK_DONE
    mov x1, #0
    mov x7, #-3
    svc #0
task_idle:
    mov x0, #TASK_WAIT
    mov x7, #-5
    svc #0
    b task_done
    .balign 4096
    .section .note.GNU-stack, "", %progbits
