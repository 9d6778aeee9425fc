/* Cache maintenance by the kernel, as the manifest's [cache] asks for it: what the authority does itself, and what the boot
 * log says of all of it. What devices see, nicd maintains (nicd/dma.h). */
#pragma once

#include "generated/manifest.h"
#include "plat/sel4/halt.h"

#include <sel4/sel4.h>

/* The boot log's line. */
#if COH_CACHE_DMA_CLEAN && COH_CACHE_DMA_INVALIDATE
#define CACHE_SAYS_DMA " dma clean+invalidate"
#elif COH_CACHE_DMA_CLEAN
#define CACHE_SAYS_DMA " dma clean"
#elif COH_CACHE_DMA_INVALIDATE
#define CACHE_SAYS_DMA " dma invalidate"
#else
#define CACHE_SAYS_DMA " dma as it is"
#endif
#if COH_CACHE_UNIFY_INSTRUCTIONS
#define CACHE_SAYS "cache:" CACHE_SAYS_DMA ", instructions unified, by kernel ops"
#else
#define CACHE_SAYS "cache:" CACHE_SAYS_DMA " by kernel ops"
#endif

#define CACHE_LINE_BYTES 64u

/* Code was written to [from, to) of a frame of `bytes` bytes that is mapped here: whoever runs it will see that. Whole
 * lines, for which the range is widened; a range that leaves the frame, or a refusal, halts with the name. */
static inline void cache_unify(seL4_CPtr frame, uint32_t bytes, uint32_t from, uint32_t to, struct cap_name name)
{
    from -= from % CACHE_LINE_BYTES;
    to += (CACHE_LINE_BYTES - to % CACHE_LINE_BYTES) % CACHE_LINE_BYTES;
    if (from >= to || to > bytes)
        halt(name, "unify: no range of it; it ends at ", piece_hex(to));
    if (COH_CACHE_UNIFY_INSTRUCTIONS)
        sel4_must(name, "unify", seL4_ARM_Page_Unify_Instruction(frame, from, to));
}
