/* The caches of model.h. */
#include <string.h>

#include "base/assert.h"
#include "model.h"
#include "model_inside.h"

struct model_memory cpu, device_memory;
static struct model_memory synced;
static uint8_t written[sizeof cpu / DMA_LINE]; /* lines that are dirty whatever they hold */
struct model model;
struct dma_counts dma_counts;

const struct nic_memory memory = {
    .packets = &cpu.packets,
    .packets_paddr = MODEL_PACKETS_PADDR,
    .queues = &cpu.queues,
    .queues_paddr = MODEL_QUEUES_PADDR,
};

void model_fail(const char *what, int line) { coh_panic(what, "model", line); }

uint32_t model_random(void)
{
    model.random = model.random * 1664525u + 1013904223u;
    return model.random >> 8;
}

void caches_init(void)
{
    memset(&cpu, 0x5a, sizeof cpu);
    memset(&synced, 0x5a, sizeof synced);
    memset(&device_memory, 0xa5, sizeof device_memory);
    memset(written, 0, sizeof written);
    dma_counts = (struct dma_counts){0};
}

static uint8_t *line_of(struct model_memory *m, size_t at) { return (uint8_t *)m + at; }

/* n bytes of whole lines. */
static void move(struct model_memory *to, struct model_memory *from, size_t at, size_t n)
{
    memcpy(line_of(to, at), line_of(from, at), n);
    memcpy(line_of(&synced, at), line_of(&cpu, at), n);
    memset(written + at / DMA_LINE, 0, n / DMA_LINE);
}

static bool dirty(size_t at, size_t n)
{
    return memchr(written + at / DMA_LINE, 1, n / DMA_LINE) || memcmp(line_of(&cpu, at), line_of(&synced, at), n) != 0;
}

void caches_written(void) { memset(written, 1, sizeof written); }

/* Page by page: most have nothing to do. */
#define PAGE 4096u
_Static_assert(sizeof cpu % PAGE == 0, "whole pages");

void model_evict(void)
{
    for (size_t page = 0; page < sizeof cpu; page += PAGE) {
        if (!dirty(page, PAGE))
            continue;
        for (size_t at = page; at < page + PAGE; at += DMA_LINE) {
            if (dirty(at, DMA_LINE))
                move(&device_memory, &cpu, at, DMA_LINE);
        }
    }
}

void model_fetch(void)
{
    for (size_t page = 0; page < sizeof cpu; page += PAGE) {
        if (memcmp(line_of(&cpu, page), line_of(&device_memory, page), PAGE) == 0) /* nothing to see */
            continue;
        for (size_t at = page; at < page + PAGE; at += DMA_LINE) {
            if (!dirty(at, DMA_LINE))
                move(&cpu, &device_memory, at, DMA_LINE);
        }
    }
}

void model_weather(void)
{
    if (model.weather != STORM)
        return;
    uint32_t r = model_random() % 8;
    if (r == 0)
        model_evict();
    if (r == 1)
        model_fetch();
    if (r == 2) {
        for (size_t at = 0; at < sizeof cpu; at += DMA_LINE * (1 + model_random() % 64))
            dirty(at, DMA_LINE) ? move(&device_memory, &cpu, at, DMA_LINE) : move(&cpu, &device_memory, at, DMA_LINE);
    }
    if (r == 3 && !model.asleep)
        device_run();
}

/* Whether the site's maintenance is to be done. */
static bool begin(enum dma_site site, const void *p, size_t n)
{
    uintptr_t base = (uintptr_t)&cpu, from = (uintptr_t)p;
    MUST(n > 0 && from % DMA_LINE == 0 && n % DMA_LINE == 0);
    MUST(from >= base && from - base <= sizeof cpu && n <= sizeof cpu - (from - base));
    model.calls[site]++;
    model_weather();
    return site != model.dropped;
}

static void end(enum dma_site site)
{
    if (model.meanwhile)
        model.meanwhile(site);
    model_weather();
}

static void maintain(struct model_memory *to, struct model_memory *from, const void *p, size_t n)
{
    move(to, from, (uintptr_t)p - (uintptr_t)&cpu, n);
}

void dma_clean(enum dma_site site, const void *p, size_t n)
{
    if (begin(site, p, n))
        maintain(&device_memory, &cpu, p, n);
    dma_counts.cleaned++;
    end(site);
}

void dma_invalidate(enum dma_site site, void *p, size_t n)
{
    if (begin(site, p, n))
        maintain(&cpu, &device_memory, p, n);
    dma_counts.invalidated++;
    end(site);
}

void dma_clean_invalidate(enum dma_site site, void *p, size_t n)
{
    if (begin(site, p, n))
        maintain(&device_memory, &cpu, p, n);
    dma_counts.cleaned++;
    dma_counts.invalidated++;
    end(site);
}
