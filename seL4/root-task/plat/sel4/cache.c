/* See cache.h. The kernel does the operation on the frame capability and refuses a range outside it; whole lines are asked
 * for, because a partial line would be cleaned by the kernel instead of being invalidated. */
#include "plat/sel4/cache.h"

#define LINE 64u

static void whole_lines(const struct ram_page *p, uint32_t offset, uint32_t n, const char *name,
                        seL4_Error (*operation)(seL4_CPtr, seL4_Word, seL4_Word))
{
    sel4_must(p->name, name, operation(p->frame, offset & ~(LINE - 1), (offset + n + LINE - 1) & ~(LINE - 1)));
}

void cache_clean(const struct ram_page *p, uint32_t offset, uint32_t n)
{
    if (COH_CACHE_DMA_CLEAN)
        whole_lines(p, offset, n, "clean", seL4_ARM_Page_Clean_Data);
}

void cache_invalidate(const struct ram_page *p, uint32_t offset, uint32_t n)
{
    if (COH_CACHE_DMA_INVALIDATE)
        whole_lines(p, offset, n, "invalidate", seL4_ARM_Page_Invalidate_Data);
}
