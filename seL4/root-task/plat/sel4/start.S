/* Entry of the rootserver: seL4 starts it with x0 = BootInfo and nothing else. Gives it a stack and a thread pointer
 * (libsel4 keeps the IPC buffer's address in a thread-local), then calls main_sel4. */
    .section .text._start, "ax"
    .global _start
    .type _start, %function
_start:
    adrp    x1, coh_stack_top
    add     x1, x1, :lo12:coh_stack_top
    mov     sp, x1
    adrp    x2, coh_tls
    add     x2, x2, :lo12:coh_tls
    msr     tpidr_el0, x2
    mov     x29, xzr
    mov     x30, xzr
    bl      main_sel4
1:  b       1b
    .size _start, . - _start

/* Thread-local block: 16 bytes that the ABI keeps for itself, then .tbss (the linker script bounds its size). */
    .section .bss.coh_tls, "aw", %nobits
    .balign 16
    .global coh_tls
coh_tls:
    .skip   16 + 48
