/* The NIC's registers on the board. */
#include "nicd/regs.h"

#include "task/mmio.h"

static uintptr_t base;

void regs_init(uintptr_t vaddr) { base = vaddr; }
uint32_t regs_read(uint32_t offset) { return mmio_read(base, offset); }
uint8_t regs_read8(uint32_t offset) { return mmio_read8(base, offset); }
uint16_t regs_read16(uint32_t offset) { return mmio_read16(base, offset); }
void regs_write(uint32_t offset, uint32_t v) { mmio_write(base, offset, v); }
void regs_barrier(void) { mmio_barrier(); }
