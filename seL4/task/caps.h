/* The capability tables: which tasks there are, which kernel objects, which slot of a task's CSpace holds what, which pages
 * it sees where. coh-rtc makes the rows from the manifest (generated/caps.c, drawn by `coh-rtc explain --caps`); the
 * authority builds its tasks by walking them and checks the result against them. A task itself includes generated/caps.h
 * alone.
 *
 * To build instance i of task t:
 *   each object with home t      → `count` new ones from the instance's untyped memory
 *   each cap row of t            → mint a copy of the object's capability into slot `slot` of the CSpace, with `rights`
 *                                  (none: a plain copy) and `badge`; the badge of a fault endpoint plus i
 *   each map row of t            → map the object's pages at `vaddr`, one behind the other; an object with another home is
 *                                  mapped by copies of its frames' capabilities
 *   priority, core cores[i % core_count], fault handler: the slot of the row whose object is OBJECT_AUTHORITY_FAULTS
 * Slots without a row stay empty; tables between a VSpace and its pages are made as mappings need them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "generated/caps.h"

/* One task. */
struct task_row {
    const char *name;     /* "nicd" */
    uint8_t priority;     /* seL4's; the authority's is the highest */
    uint8_t radix;        /* its CSpace has 2^radix slots; 0: the authority's, which the kernel made */
    uint8_t core_count;   /* ≥ 1 */
    const uint8_t *cores; /* of instance i: cores[i % core_count] */
    uint32_t instances;   /* how many there may be at once; 0: the manifest leaves it out, and it has no rows */
    uint64_t fault_badge; /* of instance 0; + i of instance i */
};
/* By enum coh_task. */
extern const struct task_row coh_tasks[TASK_COUNT];

/* One kernel object, or the pages of one purpose. */
struct object_row {
    const char *name;  /* "net.packets" */
    uint8_t kind;      /* enum coh_object_kind */
    uint8_t home;      /* enum coh_task: made and ended with each instance of it; TASK_AUTHORITY: made once, at boot */
    uint8_t page_bits; /* of KIND_PAGES (normal, cached memory) and KIND_DEVICE (device memory); else 0 */
    uint32_t count;    /* pages, contiguous in physical memory; 1 of anything else; 0: the manifest leaves it out */
};
/* By enum coh_object. */
extern const struct object_row coh_objects[OBJECT_COUNT];

/* One slot of a task's CSpace. The authority has no rows: it places its own capabilities at boot. */
struct cap_row {
    const char *name; /* "nicd.irq" */
    uint8_t task;     /* enum coh_task */
    uint8_t object;   /* enum coh_object */
    uint8_t slot;     /* 1 … 2^radix − 1 */
    uint8_t rights;   /* RIGHT_…; 0: the kind has none */
    uint64_t badge;   /* 0: none */
};
extern const struct cap_row coh_caps[COH_CAPS_COUNT];

/* An object's pages in a task's address space; the authority's rows are those of its pages that a task shares. */
struct map_row {
    uint8_t task;    /* enum coh_task */
    uint8_t object;  /* enum coh_object, of KIND_PAGES or KIND_DEVICE */
    uint8_t rights;  /* RIGHT_READ, or with RIGHT_WRITE */
    bool executable; /* never what is writable */
    uint32_t vaddr;  /* of the first page, aligned to a page of its size */
};
extern const struct map_row coh_maps[COH_MAPS_COUNT];

/* Where an interrupt goes: its handler signals the notification with the badge. */
struct irq_row {
    uint8_t object;       /* enum coh_object, of KIND_IRQ */
    uint8_t notification; /* enum coh_object, of KIND_NOTIFICATION */
    uint64_t badge;
};
extern const struct irq_row coh_irqs[COH_IRQS_COUNT];
