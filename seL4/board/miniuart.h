/* Registers of the BCM2711's mini-UART (BCM2711 ARM Peripherals, section 2.2), with the corrections of its errata: bit
 * 0 of IER is the receive interrupt and bit 1 the transmit interrupt, and bits 3:2 must be set for either. Firmware
 * has set the pins, the core clock (enable_uart=1 keeps it still) and the speed, 8 bits. Included by board/uart.h,
 * which says what each function does.
 *
 * offset  register
 *   0x00  IO    data
 *   0x04  IER   interrupt enable
 *   0x14  LSR   bit 0 a byte is there, bit 5 there is room for one
 *   0x20  CNTL  bit 0 receiver on, bit 1 transmitter on
 *
 * There is nothing to clear: an interrupt stands as long as its cause. */
#pragma once

#include <stdbool.h>

#include "task/mmio.h"

#define MINIUART_IO 0x00u
#define MINIUART_IER 0x04u
#define MINIUART_LSR 0x14u
#define MINIUART_CNTL 0x20u

#define MINIUART_LSR_INPUT 0x01u
#define MINIUART_LSR_ROOM 0x20u
#define MINIUART_CNTL_SENDS 0x02u
#define MINIUART_IER_RX 0x0du /* with bits 3:2 */
#define MINIUART_IER_TX 0x0eu

static inline bool miniuart_can_send(uintptr_t base)
{
    return (mmio_read(base, MINIUART_LSR) & MINIUART_LSR_ROOM) != 0;
}

static inline void miniuart_send(uintptr_t base, uint8_t c) { mmio_write(base, MINIUART_IO, c); }
static inline bool miniuart_has_input(uintptr_t base)
{
    return (mmio_read(base, MINIUART_LSR) & MINIUART_LSR_INPUT) != 0;
}

static inline uint8_t miniuart_take(uintptr_t base) { return (uint8_t)mmio_read(base, MINIUART_IO); }

static inline void miniuart_speak(uintptr_t base)
{
    uint32_t control = mmio_read(base, MINIUART_CNTL);
    if ((control & MINIUART_CNTL_SENDS) == 0)
        mmio_write(base, MINIUART_CNTL, control | MINIUART_CNTL_SENDS);
}

static inline void miniuart_start(uintptr_t base) { mmio_write(base, MINIUART_IER, 0); }

static inline void miniuart_interrupt(uintptr_t base, bool input, bool room)
{
    mmio_write(base, MINIUART_IER, (input ? MINIUART_IER_RX : 0) | (room ? MINIUART_IER_TX : 0));
}

static inline void miniuart_clear(uintptr_t base) { (void)base; }
