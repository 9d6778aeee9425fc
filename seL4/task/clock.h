/* The architectural counter from user level, where the kernel lets it be read; its headers say so, and a wrong guess would be
 * a fault. */
#pragma once

#include <stdint.h>

#include <sel4/config.h>

#if defined(CONFIG_EXPORT_VCNT_USER) || defined(CONFIG_EXPORT_PCNT_USER)
#define CLOCK_COUNTER 1

static inline uint64_t clock_ticks(void)
{
    uint64_t v;
    /* isb: the read is not moved before what came earlier. */
#ifdef CONFIG_EXPORT_VCNT_USER
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v) : : "memory");
#else
    __asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(v) : : "memory");
#endif
    return v;
}
#else
#define CLOCK_COUNTER 0
static inline uint64_t clock_ticks(void) { return 0; }
#endif

/* A second's ticks; firmware sets it. */
static inline uint64_t clock_frequency(void)
{
    uint64_t f;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(f));
    return f;
}

/* Whole seconds first: ticks × 1000 would overflow after some years. */
static inline uint64_t clock_ms(uint64_t ticks, uint64_t frequency)
{
    return ticks / frequency * 1000 + ticks % frequency * 1000 / frequency;
}
