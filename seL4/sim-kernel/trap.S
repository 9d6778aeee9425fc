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
/* struct context: x0..x30, sp, pc, spsr, tpidr, tpidrro. In user mode SP_EL1 points to it. */
    .macro save_user
    stp x0, x1, [sp, #0]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
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
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x19, [sp, #144]
    ldp x20, x21, [sp, #160]
    ldp x22, x23, [sp, #176]
    ldp x24, x25, [sp, #192]
    ldp x26, x27, [sp, #208]
    ldp x28, x29, [sp, #224]
    ldp x0, x1, [sp, #0]
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
    stp q0, q1, [x0, #0]
    stp q2, q3, [x0, #32]
    stp q4, q5, [x0, #64]
    stp q6, q7, [x0, #96]
    stp q8, q9, [x0, #128]
    stp q10, q11, [x0, #160]
    stp q12, q13, [x0, #192]
    stp q14, q15, [x0, #224]
    stp q16, q17, [x0, #256]
    stp q18, q19, [x0, #288]
    stp q20, q21, [x0, #320]
    stp q22, q23, [x0, #352]
    stp q24, q25, [x0, #384]
    stp q26, q27, [x0, #416]
    stp q28, q29, [x0, #448]
    stp q30, q31, [x0, #480]
    mrs x1, fpsr
    mrs x2, fpcr
    str x1, [x0, #512]
    str x2, [x0, #520]
    ret

    .global sim_fp_load
sim_fp_load:
    ldp q0, q1, [x0, #0]
    ldp q2, q3, [x0, #32]
    ldp q4, q5, [x0, #64]
    ldp q6, q7, [x0, #96]
    ldp q8, q9, [x0, #128]
    ldp q10, q11, [x0, #160]
    ldp q12, q13, [x0, #192]
    ldp q14, q15, [x0, #224]
    ldp q16, q17, [x0, #256]
    ldp q18, q19, [x0, #288]
    ldp q20, q21, [x0, #320]
    ldp q22, q23, [x0, #352]
    ldp q24, q25, [x0, #384]
    ldp q26, q27, [x0, #416]
    ldp q28, q29, [x0, #448]
    ldp q30, q31, [x0, #480]
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
