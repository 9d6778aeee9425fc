/* What the boot log says of cache maintenance. What devices see, nicd maintains by calls of the kernel, as the manifest's [cache]
 * asks for it (nicd/dma.h); a task's text is always made fit to be fetched (task.c). */
#pragma once

#include "generated/manifest.h"

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
