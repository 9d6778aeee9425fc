/* Entry from the loader, exception vectors, and the way in and out of user mode. */
    .section .boot.text, "ax"
    .global _start
/* x0..x5 are the loader's arguments and go to sim_main untouched. The MMU is on and .bss is zero. */
_start:
    msr daifset, #0xf
    msr spsel, #1
    adrp x9, sim_stack_top
    add x9, x9, :lo12:sim_stack_top
    mov sp, x9
    adrp x9, sim_vectors
    add x9, x9, :lo12:sim_vectors
    msr vbar_el1, x9
    isb
    bl sim_main
    b sim_resume

    .text
    .altmacro
    .macro one_pair op, bank, a, b, base, offset
    \op \bank\()\a, \bank\()\b, [\base, #\offset]
    .endm
/* Stores or loads registers 0 to count - 1 of a bank in pairs. */
    .macro pairs op, bank, count, bytes, base
    .set i, 0
    .rept \count / 2
    one_pair \op, \bank, %i, %(i + 1), \base, %(i * \bytes)
    .set i, i + 2
    .endr
    .endm

/* struct context: x0..x30, sp, pc, spsr, tpidr, tpidrro. In user mode SP_EL1 points to it. */
    .macro save_user
    pairs stp, x, 30, 8, sp
    mrs x9, sp_el0
    stp x30, x9, [sp, #240]
    mrs x10, elr_el1
    mrs x11, spsr_el1
    stp x10, x11, [sp, #256]
    mrs x12, tpidr_el0
    mrs x13, tpidrro_el0
    stp x12, x13, [sp, #272]
    adrp x9, sim_stack_top
    add x9, x9, :lo12:sim_stack_top
    mov sp, x9
    .endm

    .global sim_resume
/* x0: the thread to run. */
sim_resume:
    mov sp, x0
    ldp x10, x11, [sp, #256]
    msr elr_el1, x10
    msr spsr_el1, x11
    ldp x12, x13, [sp, #272]
    msr tpidr_el0, x12
    msr tpidrro_el0, x13
    ldp x30, x9, [sp, #240]
    msr sp_el0, x9
    pairs ldp, x, 30, 8, sp
    eret

user_sync:
    save_user
    bl sim_trap
    b sim_resume

user_irq:
    save_user
    bl sim_irq
    b sim_resume

user_other:
    save_user
    mov x0, #1
    bl sim_unexpected

kernel_any:
    mov x0, #0
    bl sim_unexpected

    .global sim_fp_save
/* x0: struct fp_context */
sim_fp_save:
    pairs stp, q, 32, 16, x0
    mrs x1, fpsr
    mrs x2, fpcr
    str x1, [x0, #512]
    str x2, [x0, #520]
    ret

    .global sim_fp_load
sim_fp_load:
    pairs ldp, q, 32, 16, x0
    ldr x1, [x0, #512]
    ldr x2, [x0, #520]
    msr fpsr, x1
    msr fpcr, x2
    ret

    .section .vectors, "ax"
    .balign 2048
    .global sim_vectors
sim_vectors:
    .rept 8
    b kernel_any
    .balign 128
    .endr
    b user_sync
    .balign 128
    b user_irq
    .balign 128
    b user_other
    .balign 128
    b user_other
    .balign 128
    .rept 4
    b user_other
    .balign 128
    .endr

    .bss
    .balign 4096
    .space 16384
sim_stack_top:
    .section .note.GNU-stack, "", %progbits
