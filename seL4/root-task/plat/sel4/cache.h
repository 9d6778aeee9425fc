/* Cache maintenance for memory that a device reads or writes: the only place that does it. The manifest's
 * [cache] says whether the board needs it; where DMA is coherent (QEMU), it is off or harmless. */
#pragma once

#include "generated/manifest.h"
#include "plat/sel4/vspace.h"

/* After writing: what the CPU wrote to [offset, offset+n) is in memory before the device is told. */
void cache_clean(const struct ram_page *p, uint32_t offset, uint32_t n);
/* Before reading: what the device wrote to [offset, offset+n) is what the CPU will read. Never on a line that
 * the CPU also writes. */
void cache_invalidate(const struct ram_page *p, uint32_t offset, uint32_t n);
