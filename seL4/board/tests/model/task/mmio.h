/* Stands where task/mmio.h stands on the board: each test says what a register does. */
#pragma once

#include <stdint.h>

uint32_t mmio_read(uintptr_t base, uint32_t offset);
void mmio_write(uintptr_t base, uint32_t offset, uint32_t v);
