/* The devices' registers on the board. */
#include "seatd/regs.h"

#include "task/mmio.h"

static uintptr_t base[SEAT_DEVICES];

void regs_init(uintptr_t keyboard, uintptr_t fwcfg)
{
    base[SEAT_KEYBOARD] = keyboard;
    base[SEAT_FWCFG] = fwcfg;
}
uint32_t regs_read(enum seat_device d, uint32_t offset) { return mmio_read(base[d], offset); }
uint8_t regs_read8(enum seat_device d, uint32_t offset) { return mmio_read8(base[d], offset); }
void regs_write(enum seat_device d, uint32_t offset, uint32_t v) { mmio_write(base[d], offset, v); }
void regs_write8(enum seat_device d, uint32_t offset, uint8_t v) { mmio_write8(base[d], offset, v); }
void regs_barrier(void) { mmio_barrier(); }
