/* The registers of the seat's two devices, which its drivers read and write through these alone: regs.c on the board, a model of
 * the devices in tests. */
#pragma once

#include <stdint.h>

enum seat_device { SEAT_KEYBOARD, SEAT_FWCFG, SEAT_DEVICES };

/* Offsets are aligned to the access. */
uint32_t regs_read(enum seat_device d, uint32_t offset);
uint8_t regs_read8(enum seat_device d, uint32_t offset);
void regs_write(enum seat_device d, uint32_t offset, uint32_t v);
void regs_write8(enum seat_device d, uint32_t offset, uint8_t v);
/* What memory and register accesses came before it comes before those after it, for both sides. */
void regs_barrier(void);

/* Board only: where the registers lie (virtual addresses). Before any of the above. */
void regs_init(uintptr_t keyboard, uintptr_t fwcfg);
