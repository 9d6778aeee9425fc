/* Where firmware enters the UEFI application: x0 the image's handle, x1 the system table, MMU and caches on, memory
 * where it is. What follows efi_main is without firmware: caches and MMU off, then the way of every other start. */
	.text
	.globl	efi_entry
efi_entry:
	bl	efi_main		/* x0 device tree, x1 end of what is ours */
	msr	daifset, #0xf
	adrp	x2, image_start
	add	x2, x2, :lo12:image_start
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4
	mov	x4, #4
	lsl	x3, x4, x3		/* bytes of a line of the data caches */
	sub	x4, x3, #1
	bic	x2, x2, x4
1:	cmp	x2, x1
	b.hs	2f
	dc	civac, x2
	add	x2, x2, x3
	b	1b
2:	dsb	sy
	mrs	x3, CurrentEL
	cmp	x3, #(2 << 2)
	b.ne	3f
	ldr	x4, =0x30c50830		/* SCTLR_EL2: its one-bits, all off */
	msr	sctlr_el2, x4
	isb
	tlbi	alle2
	b	4f
3:	ldr	x4, =0x30d00800		/* SCTLR_EL1: the same */
	msr	sctlr_el1, x4
	isb
	tlbi	vmalle1
4:	ic	iallu
	dsb	sy
	isb
	b	_start
