/* Cache maintenance for memory that a device reads or writes: the only place that does it. The manifest's
 * [cache] says whether the board needs it; where DMA is coherent (QEMU), it is off or harmless. */
#pragma once

#include "generated/manifest.h"
#include "plat/sel4/caps.h"

/* A mapped frame that a device can reach. */
struct dma_frame {
    seL4_CPtr cap;
    uint64_t paddr;
    struct cap_name name;
};

/* After writing: what the CPU wrote to [offset, offset+n) is in memory before the device is told. */
void cache_clean(const struct dma_frame *f, uint32_t offset, uint32_t n);
/* Before reading: what the device wrote to [offset, offset+n) is what the CPU will read. Never on a line that
 * the CPU also writes. */
void cache_invalidate(const struct dma_frame *f, uint32_t offset, uint32_t n);
