/* The BCM2835 system timer (BCM2711 ARM Peripherals, chapter 10): a counter of microseconds, 64 bits wide, and compare
 * channels of 32 bits. A channel matches when it equals the counter's lower half, not when it lies behind; it then
 * interrupts until that is cleared. Firmware uses channels 0 and 2.
 *
 * offset  register
 *   0x00  CS    bit n: channel n has matched; writing the bit clears it
 *   0x04  CLO   counter, lower half
 *   0x08  CHI   counter, upper half
 *   0x0c  C0 … C3 at 4 bytes each */
#pragma once

#include "task/mmio.h"

#define SYSTIMER_CS 0x00u
#define SYSTIMER_CLO 0x04u
#define SYSTIMER_CHI 0x08u
#define SYSTIMER_C0 0x0cu
#define SYSTIMER_HZ 1000000u
/* The counter must not pass between being read and the channel being written: at least so far ahead, and twice as far
 * when it did. */
#define SYSTIMER_MARGIN 16u
/* Half the counter's lower half would be the past. */
#define SYSTIMER_MOST 0x7fffffffu

/* Microseconds since the machine's start. */
static inline uint64_t systimer_now(uintptr_t base)
{
    uint32_t high = mmio_read(base, SYSTIMER_CHI), low, again;
    for (;;) {
        low = mmio_read(base, SYSTIMER_CLO);
        again = mmio_read(base, SYSTIMER_CHI);
        if (again == high)
            return (uint64_t)high << 32 | low;
        high = again;
    }
}

/* The channel's interrupt is over. */
static inline void systimer_clear(uintptr_t base, uint32_t channel) { mmio_write(base, SYSTIMER_CS, 1u << channel); }

/* The channel interrupts once in `us` microseconds (at most SYSTIMER_MOST), or a little later; nothing that it did
 * before counts. Ends when the match lies ahead, or has happened: a counter that passed between reading and writing is
 * tried again. */
static inline void systimer_arm(uintptr_t base, uint32_t channel, uint32_t us)
{
    uint32_t ahead = us < SYSTIMER_MARGIN ? SYSTIMER_MARGIN : us < SYSTIMER_MOST ? us : SYSTIMER_MOST;
    for (;; ahead = ahead < SYSTIMER_MOST / 2 ? 2 * ahead : SYSTIMER_MOST) {
        uint32_t at = mmio_read(base, SYSTIMER_CLO) + ahead;
        systimer_clear(base, channel);
        mmio_write(base, SYSTIMER_C0 + 4 * channel, at);
        if ((int32_t)(at - mmio_read(base, SYSTIMER_CLO)) > 0 || (mmio_read(base, SYSTIMER_CS) & 1u << channel) != 0)
            return;
    }
}
