/* See cache.h. The kernel does the operation on the frame capability, so that no range outside it can be
 * touched; whole lines are asked for, because a partial line would be cleaned by the kernel instead of being
 * invalidated. */
#include "plat/sel4/cache.h"

#define LINE 64u

_Static_assert(COH_CACHE_KERNEL_OPS || !(COH_CACHE_DMA_CLEAN || COH_CACHE_DMA_INVALIDATE),
               "cache.dma_* need cache.kernel_ops");

#if COH_CACHE_DMA_CLEAN || COH_CACHE_DMA_INVALIDATE
static uint32_t line_start(const struct dma_frame *f, uint32_t offset, uint32_t n)
{
    COH_ASSERT(n > 0 && offset < f->bytes && n <= f->bytes - offset);
    return offset & ~(LINE - 1);
}

static uint32_t line_end(uint32_t offset, uint32_t n)
{
    return (offset + n + LINE - 1) & ~(LINE - 1);
}
#endif

void cache_clean(const struct dma_frame *f, uint32_t offset, uint32_t n)
{
#if COH_CACHE_DMA_CLEAN
    seL4_Error e = seL4_ARM_Page_Clean_Data(f->cap, line_start(f, offset, n), line_end(offset, n));
    if (e != seL4_NoError)
        halt_sel4(f->name, "clean", e);
#else
#endif
}

void cache_invalidate(const struct dma_frame *f, uint32_t offset, uint32_t n)
{
#if COH_CACHE_DMA_INVALIDATE
    seL4_Error e = seL4_ARM_Page_Invalidate_Data(f->cap, line_start(f, offset, n), line_end(offset, n));
    if (e != seL4_NoError)
        halt_sel4(f->name, "invalidate", e);
#else
#endif
}
