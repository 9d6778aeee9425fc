/* Entry of the probe: x0 is the boot info; gives itself a stack and thread-local storage. */
    .text
    .global _start
_start:
    adrp x1, probe_stack_top
    add x1, x1, :lo12:probe_stack_top
    mov sp, x1
    adrp x1, probe_tls
    add x1, x1, :lo12:probe_tls
    msr tpidr_el0, x1
    bl probe_main
1:  b 1b

    .global probe_second
/* Entry of the probe's second thread. Its TPIDR_EL0 and stack come with its registers. */
probe_second:
    bl probe_second_main
1:  b 1b

    .bss
    .balign 4096
    .space 16384
probe_stack_top:
    .global probe_second_stack_top
    .space 4096
probe_second_stack_top:
/* 16 bytes that the ABI keeps, then the thread's variables (one pointer). */
    .balign 64
probe_tls:
    .space 128
    .global probe_second_tls
probe_second_tls:
    .space 128
    .section .note.GNU-stack, "", %progbits
