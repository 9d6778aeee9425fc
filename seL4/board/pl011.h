/* Registers of the ARM PrimeCell UART PL011 (ARM DDI 0183). The line itself (speed, 8N1) is set up by firmware, or
 * needs no set-up in QEMU; FIFOs and interrupt masks are ours. Included by board/uart.h, which says what each function
 * does.
 *
 * offset  register
 *   0x00  DR    data
 *   0x18  FR    flags: bit 4 receive FIFO empty, bit 5 transmit FIFO full
 *   0x2c  LCR_H bit 4 FIFOs on, bits 6:5 = 3 for 8 bits
 *   0x30  CR    bit 0 UART on, bit 8 transmitter on, bit 9 receiver on
 *   0x34  IFLS  FIFO levels: receive at 1/8 (0), transmit at 1/8 (0)
 *   0x38  IMSC  interrupt mask: bit 4 receive, bit 5 transmit, bit 6 receive timeout
 *   0x44  ICR   interrupt clear */
#pragma once

#include <stdbool.h>

#include "task/mmio.h"

#define PL011_DR 0x00u
#define PL011_FR 0x18u
#define PL011_LCR_H 0x2cu
#define PL011_CR 0x30u
#define PL011_IFLS 0x34u
#define PL011_IMSC 0x38u
#define PL011_ICR 0x44u

#define PL011_FR_RX_EMPTY 0x10u
#define PL011_FR_TX_FULL 0x20u
#define PL011_CR_SENDS 0x101u
#define PL011_INT_RX 0x50u /* receive and receive timeout */
#define PL011_INT_TX 0x20u
#define PL011_INT_ALL 0x7ffu

static inline bool pl011_can_send(uintptr_t base) { return (mmio_read(base, PL011_FR) & PL011_FR_TX_FULL) == 0; }
static inline void pl011_send(uintptr_t base, uint8_t c) { mmio_write(base, PL011_DR, c); }
static inline bool pl011_has_input(uintptr_t base) { return (mmio_read(base, PL011_FR) & PL011_FR_RX_EMPTY) == 0; }
static inline uint8_t pl011_take(uintptr_t base) { return (uint8_t)mmio_read(base, PL011_DR); }

static inline void pl011_speak(uintptr_t base)
{
    uint32_t control = mmio_read(base, PL011_CR);
    if ((control & PL011_CR_SENDS) != PL011_CR_SENDS)
        mmio_write(base, PL011_CR, control | PL011_CR_SENDS);
}

static inline void pl011_start(uintptr_t base)
{
    mmio_write(base, PL011_IMSC, 0);
    mmio_write(base, PL011_LCR_H, 0x70);
    mmio_write(base, PL011_IFLS, 0);
    mmio_write(base, PL011_ICR, PL011_INT_ALL);
}

static inline void pl011_interrupt(uintptr_t base, bool input, bool room)
{
    mmio_write(base, PL011_IMSC, (input ? PL011_INT_RX : 0) | (room ? PL011_INT_TX : 0));
}

static inline void pl011_clear(uintptr_t base) { mmio_write(base, PL011_ICR, PL011_INT_RX | PL011_INT_TX); }
