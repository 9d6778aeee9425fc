/* Entry points and everything that must not touch memory through a cache: arm64 image header, exception level, translation
 * registers, the jump into the kernel. */
#include "generated/board.h"

	.section .head, "ax"
	.globl	_start
_start:
	b	entry
	.word	0
	.quad	COH_BOARD_IMAGE_OFFSET	/* from the start of RAM: clear of the kernel and the rootserver */
	.quad	0			/* image size: the image tool writes it */
	.quad	0xa			/* little-endian, 4 KiB pages, may lie anywhere */
	.quad	0, 0, 0
	.word	0x644d5241		/* "ARM" 0x64 */
	.word	0

	.text
entry:
	msr	daifset, #0xf
	bl	first_stack
	bl	given_tree		/* from x0 and x1 */
	mov	x1, #0
	bl	loader_main
	b	asleep
	.globl	reentry
reentry:				/* the copy: x0 device tree */
	bl	first_stack
	mov	x1, #1
	bl	loader_main
	b	asleep

first_stack:
	msr	spsel, #1
	adrp	x9, stack_top
	add	sp, x9, :lo12:stack_top
	mov	x29, #0
	ret

	.globl	cpu_reenter
cpu_reenter:				/* x0 base of the copy, x1 device tree */
	adrp	x9, image_start
	add	x9, x9, :lo12:image_start
	adrp	x10, reentry
	add	x10, x10, :lo12:reentry
	sub	x10, x10, x9
	add	x10, x10, x0
	mov	x0, x1
	br	x10

	.globl	cpu_el
cpu_el:
	mrs	x0, CurrentEL
	ubfx	x0, x0, #2, #2
	ret

/* x5 = data cache line bytes; clobbers x6. */
	.macro	dcache_line
	mrs	x5, ctr_el0
	ubfx	x6, x5, #16, #4
	mov	x5, #4
	lsl	x5, x5, x6
	.endm

	.globl	cache_clean
cache_clean:				/* x0 start, x1 end */
	dcache_line
	sub	x6, x5, #1
	bic	x0, x0, x6
1:	cmp	x0, x1
	b.hs	2f
	dc	cvac, x0
	add	x0, x0, x5
	b	1b
2:	dsb	sy
	ic	iallu
	dsb	sy
	isb
	ret

	.globl	cpu_switch
cpu_switch:				/* x0 cpu_regs, x1 start, x2 end; no stack, x30 returns */
	dcache_line
	sub	x6, x5, #1
	bic	x1, x1, x6
1:	cmp	x1, x2
	b.hs	2f
	dc	civac, x1
	add	x1, x1, x5
	b	1b
2:	dsb	sy
	mrs	x3, CurrentEL
	cmp	x3, #(2 << 2)
	b.ne	at_el1
	ldr	x4, =0x30c50830		/* SCTLR_EL2: its one-bits, all off */
	msr	sctlr_el2, x4
	isb
	mov	x4, #(1 << 31)		/* HCR_EL2: EL1 is AArch64, nothing trapped, no stage 2 */
	msr	hcr_el2, x4
	mov	x4, #0x33ff		/* CPTR_EL2: no traps */
	msr	cptr_el2, x4
	isb
	/* One load each, with the caches off: what cpu_switch cleaned above. */
	ldp	x7, x8, [x0, #0]	/* el, mair */
	ldp	x9, x10, [x0, #16]	/* tcr, ttbr0 */
	ldp	x11, x12, [x0, #32]	/* ttbr1, sctlr */
	cmp	x7, #2
	b.ne	drop
	msr	mair_el2, x8
	msr	tcr_el2, x9
	msr	ttbr0_el2, x10
	dsb	sy
	isb
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el2, x12
	isb
	ret

drop:					/* EL2 to EL1: timers and counters open, identity registers real */
	mrs	x4, cnthctl_el2
	orr	x4, x4, #3
	msr	cnthctl_el2, x4
	msr	cntvoff_el2, xzr
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x4, midr_el1
	msr	vpidr_el2, x4
	mrs	x4, mpidr_el1
	msr	vmpidr_el2, x4
	mrs	x4, mdcr_el2
	and	x4, x4, #0x1f		/* keep the number of event counters, trap nothing */
	msr	mdcr_el2, x4
	mrs	x4, id_aa64pfr0_el1
	ubfx	x4, x4, #24, #4
	cbz	x4, 1f			/* no system-register interrupt controller */
	mrs	x4, s3_4_c12_c9_5	/* ICC_SRE_EL2: use it, and let EL1 */
	orr	x4, x4, #1
	orr	x4, x4, #8
	msr	s3_4_c12_c9_5, x4
	isb
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2 */
1:	ldr	x4, =0x30d00800		/* SCTLR_EL1: its one-bits, all off */
	msr	sctlr_el1, x4
	mov	x4, #0x3c5		/* EL1h, all masked */
	msr	spsr_el2, x4
	adr	x4, at_el1
	msr	elr_el2, x4
	mov	x4, sp
	msr	sp_el1, x4
	isb
	eret

at_el1:
	ldr	x4, =0x30d00800
	msr	sctlr_el1, x4
	isb
	ldp	x7, x8, [x0, #0]
	ldp	x9, x10, [x0, #16]
	ldp	x11, x12, [x0, #32]
	msr	mair_el1, x8
	msr	tcr_el1, x9
	msr	ttbr0_el1, x10
	msr	ttbr1_el1, x11
	mov	x4, #(3 << 20)		/* CPACR_EL1: no traps of vector registers */
	msr	cpacr_el1, x4
	dsb	sy
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el1, x12
	isb
	ret

	.globl	cpu_enter
cpu_enter:				/* x0 handover, x1 logical core */
	msr	tpidr_el1, x1
	isb
	mrs	x2, tpidr_el1
	cmp	x1, x2
	b.ne	asleep
	mov	x8, x0
	ldr	x9, [x8, #48]
	ldp	x0, x1, [x8, #0]
	ldp	x2, x3, [x8, #16]
	ldp	x4, x5, [x8, #32]
	dsb	sy
	isb
	br	x9

	.globl	cpu_psci
cpu_psci:				/* x0 … x3 as PSCI wants them, x4 by SMC? */
	cbz	x4, 1f
	smc	#0
	ret
1:	hvc	#0
	ret

/* A core that waited in firmware's spin-table: the same, without a number. */
	.globl	spin_entry
spin_entry:
	adrp	x9, spin_logical
	ldr	x0, [x9, :lo12:spin_logical]
/* A core that PSCI started: caches and MMU off, x0 its logical number (1 …). */
	.globl	secondary_entry
secondary_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x19, x0
	adrp	x9, secondary_stacks
	add	x9, x9, :lo12:secondary_stacks
	add	x9, x9, x0, lsl #10	/* 1 KiB each; number 1 has the first */
	mov	sp, x9
	adrp	x0, boot_regs
	add	x0, x0, :lo12:boot_regs
	mov	x1, #0
	mov	x2, #0
	bl	cpu_switch
	mov	x0, x19
	bl	secondary_main
	b	asleep

	.bss
	.balign	16
stack:	.skip	8192
stack_top:
secondary_stacks:
	.skip	3 * 1024
