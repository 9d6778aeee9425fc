/* 32-bit device registers and the barriers between memory and devices. */
#pragma once

#include <stdint.h>

static inline uint32_t mmio_read(uintptr_t base, uint32_t offset)
{
    uint32_t v;
    /* Assembly keeps the access a plain load: one with write-back could not be emulated under a hypervisor.
     */
    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(base + offset) : "memory");
    return v;
}

static inline void mmio_write(uintptr_t base, uint32_t offset, uint32_t v)
{
    __asm__ volatile("str %w0, [%1]" : : "r"(v), "r"(base + offset) : "memory");
}

/* Configuration spaces hold fields of 8 and 16 bits. */
static inline uint8_t mmio_read8(uintptr_t base, uint32_t offset)
{
    uint32_t v;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(base + offset) : "memory");
    return (uint8_t)v;
}

static inline uint16_t mmio_read16(uintptr_t base, uint32_t offset)
{
    uint32_t v;
    __asm__ volatile("ldrh %w0, [%1]" : "=r"(v) : "r"(base + offset) : "memory");
    return (uint16_t)v;
}

static inline void mmio_write8(uintptr_t base, uint32_t offset, uint8_t v)
{
    __asm__ volatile("strb %w0, [%1]" : : "r"(v), "r"(base + offset) : "memory");
}

/* What memory and device accesses came before it comes before those after it, for both sides: writes before a doorbell,
 * reads after an interrupt, and flags that each side writes and then reads the other's. */
static inline void mmio_barrier(void) { __asm__ volatile("dmb osh" : : : "memory"); }
