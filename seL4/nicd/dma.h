/* Handing memory over between the processor's caches and a device that doesn't look into them: dma.c on the board, a
 * model of such caches in tests. Ranges are whole lines within nicd's queues or packets; anything else stops the task.
 *
 * Clean: what the processor wrote is in memory, before the device is told to read it. Invalidate: what lies in caches
 * is forgotten, before the device writes there (no old line may be written over it later) and again before the
 * processor reads it (no line may have been fetched in between). Never on a line that the processor has written and
 * still needs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DMA_LINE 64u
/* n bytes from the beginning of a line: up to the end of the last line. */
#define DMA_LINES(n) (((n) + DMA_LINE - 1) / DMA_LINE * DMA_LINE)

/* Each place where memory changes hands. Tests leave one out at a time, and must fail. */
enum dma_site {
    DMA_START_QUEUES,  /* clean: descriptor tables, empty rings and headers */
    DMA_START_BUFFERS, /* clean and invalidate: zeros in all receive buffers, which the device gets */
    DMA_RX_POST,       /* invalidate: a receive buffer that the device gets again */
    DMA_RX_TAKEN,      /* invalidate: a receive buffer that the device has filled */
    DMA_TX_PACKET,     /* clean: a packet */
    DMA_TX_DESC,       /* clean: the descriptors with packets' lengths */
    DMA_AVAIL_RING,    /* clean: entries of the ring of what the device may use, before their index */
    DMA_AVAIL_INDEX,   /* clean: that index, and whether the device shall interrupt */
    DMA_USED_FLAGS,    /* invalidate: whether the device wants to be notified */
    DMA_USED_INDEX,    /* invalidate: the index of the ring of what the device has used */
    DMA_USED_RING,     /* invalidate: its entries, behind their index */
    DMA_SITES
};

void dma_clean(enum dma_site site, const void *p, size_t n);
void dma_invalidate(enum dma_site site, void *p, size_t n);
void dma_clean_invalidate(enum dma_site site, void *p, size_t n);

/* Ranges that were maintained since boot; clean_invalidate is both. */
struct dma_counts {
    uint64_t cleaned, invalidated;
};
extern struct dma_counts dma_counts;
