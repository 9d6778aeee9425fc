/* Cache maintenance by the kernel, on nicd's own address space. The manifest's [cache] says whether the board needs it;
 * where DMA is coherent (QEMU), it is off or harmless. */
#include "nicd/dma.h"

#include <sel4/sel4.h>

#include "generated/caps.h"
#include "generated/manifest.h"
#include "task/task.h"

_Static_assert(COH_CACHE_KERNEL_OPS || !(COH_CACHE_DMA_CLEAN || COH_CACHE_DMA_INVALIDATE), "coh-rtc refuses it");

struct dma_counts dma_counts;

typedef seL4_Error operation(seL4_CPtr vspace, seL4_Word start, seL4_Word end);

/* What a stop says beside its text: where, and seL4's error (0: the range is wrong). */
#define DETAIL(site, error) ((uint64_t)(site) << 8 | (uint64_t)(error))

/* The size of the pages on which [from, to) lies. */
static uintptr_t page_bytes(enum dma_site site, uintptr_t from, uintptr_t to)
{
    if (from >= VADDR_NICD_NET_PACKETS && to <= VADDR_NICD_NET_PACKETS + BYTES_NET_PACKETS)
        return UINT64_C(1) << PAGE_BITS_NET_PACKETS;
    if (from < VADDR_NICD_NIC_QUEUES || to > VADDR_NICD_NIC_QUEUES + BYTES_NIC_QUEUES)
        task_stop("cache maintenance outside queues and packets", __FILE__, __LINE__, DETAIL(site, 0));
    return UINT64_C(1) << PAGE_BITS_NIC_QUEUES;
}

/* The kernel takes one page's bytes at a time, and would clean a partial line instead of invalidating it. */
static void maintain(enum dma_site site, operation *op, const char *refused, const void *p, size_t n)
{
    uintptr_t from = (uintptr_t)p, to = from + n;
    if (n == 0 || to < from || from % DMA_LINE != 0 || n % DMA_LINE != 0)
        task_stop("cache maintenance on other than whole lines", __FILE__, __LINE__, DETAIL(site, 0));
    uintptr_t page = page_bytes(site, from, to);
    while (from < to) {
        uintptr_t next = (from / page + 1) * page;
        uintptr_t end = next < to ? next : to;
        seL4_Error e = op(CAP_NICD_VSPACE, from, end);
        if (e != seL4_NoError)
            task_stop(refused, __FILE__, __LINE__, DETAIL(site, e));
        from = end;
    }
}

void dma_clean(enum dma_site site, const void *p, size_t n)
{
    if (!COH_CACHE_DMA_CLEAN)
        return;
    maintain(site, seL4_ARM_VSpace_Clean_Data, "the kernel refused to clean", p, n);
    dma_counts.cleaned++;
}

void dma_invalidate(enum dma_site site, void *p, size_t n)
{
    if (!COH_CACHE_DMA_INVALIDATE)
        return;
    maintain(site, seL4_ARM_VSpace_Invalidate_Data, "the kernel refused to invalidate", p, n);
    dma_counts.invalidated++;
}

void dma_clean_invalidate(enum dma_site site, void *p, size_t n)
{
    if (!COH_CACHE_DMA_CLEAN || !COH_CACHE_DMA_INVALIDATE) {
        dma_clean(site, p, n);
        dma_invalidate(site, p, n);
        return;
    }
    maintain(site, seL4_ARM_VSpace_CleanInvalidate_Data, "the kernel refused to clean and invalidate", p, n);
    dma_counts.cleaned++;
    dma_counts.invalidated++;
}
