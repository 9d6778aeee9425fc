/* A task's header and its entry: the authority starts it with arguments in x0…x5 and no stack. Gives it a stack and a thread
 * pointer (libsel4 keeps the IPC buffer's address in a thread-local), then calls task_main with the same arguments. */
#include "task/layout.h"

    .section .task_header, "a"
    .ascii  "COHTASK1"
    .quad   _start
    .word   coh_text_pages
    .word   coh_rodata_pages
    .word   coh_data_pages
    .word   coh_rw_pages

/* For the linker script's assertions. */
    .set    task_image, TASK_IMAGE
    .set    task_image_end, TASK_IMAGE_END
    .set    task_data_end, TASK_DATA_END
    .set    task_stack_bytes, TASK_STACK_BYTES
    .global task_image, task_image_end, task_data_end, task_stack_bytes

    .section .text._start, "ax"
/* By which the authority asks the kernel what the thread may do, before it begins (TASK_ASK_PAGE and TASK_ASK_SLOT). */
    ldr     x2, [x1]
    str     x2, [x1]
    svc     #0
    brk     #3
    .global _start
    .type _start, %function
_start:
    adrp    x9, coh_stack_top
    add     x9, x9, :lo12:coh_stack_top
    mov     sp, x9
    adrp    x9, coh_tls
    add     x9, x9, :lo12:coh_tls
    msr     tpidr_el0, x9
    mov     x29, xzr
    mov     x30, xzr
    bl      task_main
    brk     #2
    .size _start, . - _start

/* Thread-local block: 16 bytes that the ABI keeps for itself, then .tbss (the linker script bounds its size). */
    .section .bss.coh_tls, "aw", %nobits
    .balign 16
coh_tls:
    .skip   16 + 48
