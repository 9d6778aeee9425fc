/* The NIC's registers, which nic.c reads and writes through these alone: regs.c on the board, a model of a device in
 * tests. Offsets are into the transport's 0x200 bytes, aligned to the access. */
#pragma once

#include <stdint.h>

uint32_t regs_read(uint32_t offset);
uint8_t regs_read8(uint32_t offset);
uint16_t regs_read16(uint32_t offset);
void regs_write(uint32_t offset, uint32_t v);
/* What memory and register accesses came before it comes before those after it, for both sides. */
void regs_barrier(void);

/* Board only: where the registers lie (virtual address). Before any of the above. */
void regs_init(uintptr_t vaddr);
