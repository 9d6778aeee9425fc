/* See audit.h. The kernel has no call that says what is mapped, and maps a page over another without a word. But it refuses to
 * clean caches beyond the end of the page in which the range begins, and says where that is; where nothing is mapped it has
 * nothing to refuse. How much is empty from there on, it says when a page can't be mapped for want of a table; where one can
 * and none is listed near, there is a table too many. For rights it has no call at all: the thread itself does what they are
 * for, by the instructions that its program has for that (task/task.h), and each time ends in a fault that tells. */
#include "plat/sel4/audit.h"

#include "plat/sel4/irq.h"
#include "plat/sel4/layout.h"
#include "task/task.h"

#define REGISTERS_TO_X7 11u
/* A fault is there after one turn of the thread, or very soon where it has another core. */
#define TURNS 1000000u

/* No page is larger. */
#define GIBIBYTE_BITS 30u
#define GIBIBYTE (UINT64_C(1) << GIBIBYTE_BITS)
#define SPACE_END ((uint64_t)seL4_UserTop + 1)

/* The object whose page the table has at vaddr. */
static const struct object_row *listed_at(enum coh_task t, uint64_t vaddr)
{
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        const struct object_row *o = &coh_objects[coh_maps[m].object];
        if (coh_maps[m].task == t && (vaddr - coh_maps[m].vaddr) >> o->page_bits < o->count)
            return o;
    }
    return NULL;
}

/* The size of the page that begins at vaddr, which is one of o's; 0: there is none, and o is null. */
static uint64_t page_at(const struct audited *a, uint64_t vaddr, const struct object_row *o)
{
    uint64_t listed = o ? UINT64_C(1) << o->page_bits : 0;
#ifdef CONFIG_PRINTING
    if (o)
        return listed; /* such kernels print what they refuse; they have said that they mapped it */
#endif
    bool there = seL4_ARM_VSpace_Clean_Data(a->vspace, vaddr, vaddr + GIBIBYTE + 1) == seL4_RangeError;
    if ((there ? seL4_GetMR(1) + 1 - vaddr : 0) != listed)
        halt(cap_name(o ? o->name : coh_tasks[a->task].name), TASK_NOT_LISTED ": address ", piece_hex(vaddr));
    return listed;
}

/* Where the first large page's worth of space begins, from vaddr on, in which a page is listed. */
static uint64_t listed_from(enum coh_task t, uint64_t vaddr)
{
    uint64_t first = SPACE_END;
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        const struct map_row *r = &coh_maps[m];
        const struct object_row *o = &coh_objects[r->object];
        uint64_t from = r->vaddr & ~(uint64_t)(LARGE_PAGE_BYTES - 1);
        if (r->task == t && vaddr < r->vaddr + ((uint64_t)o->count << o->page_bits) && from < first)
            first = from < vaddr ? vaddr : from;
    }
    return first;
}

/* How much is empty from vaddr on, where no page is listed near. No page is larger than a gibibyte, nor as large where the
 * kernel has no frame of one. */
static uint64_t empty_at(const struct audited *a, uint64_t vaddr, seL4_CPtr frame, bool gibibytes)
{
    seL4_Error e = seL4_ARM_Page_Map(frame, a->vspace, vaddr, seL4_CanRead, seL4_ARM_ExecuteNever);
    uint64_t size = e == seL4_FailedLookup ? UINT64_C(1) << seL4_GetMR(2) : PAGE_BYTES;
    sel4_must(cap_name("audit"), "map", e == seL4_FailedLookup || e == seL4_DeleteFirst ? seL4_NoError : e);
    /* No range goes on behind the last page of all, so that no page could be seen there. */
    if (size < (vaddr + GIBIBYTE < SPACE_END ? LARGE_PAGE_BYTES : GIBIBYTE))
        halt(cap_name(coh_tasks[a->task].name), TASK_NOT_LISTED ": a table for ", piece_hex(vaddr));
    if (size < GIBIBYTE || (size == GIBIBYTE && gibibytes))
        page_at(a, vaddr, NULL);
    return size;
}

/* The fault in which the thread ends that goes on at pc with x0 and x1. */
static seL4_Word fault_of(const struct audited *a, uint64_t pc, uint64_t x0, uint64_t x1)
{
    seL4_UserContext regs = {.pc = pc, .x0 = x0, .x1 = x1, .x7 = (seL4_Word)seL4_SysNBRecv};
    struct irq_event e;
    sel4_must(cap_name("audit"), "write registers", seL4_TCB_WriteRegisters(a->thread, true, 0, REGISTERS_TO_X7, &regs));
    uint32_t turns = 0;
    do {
        if (turns++ == TURNS)
            halt(cap_name(coh_tasks[a->task].name), TASK_NOT_LISTED ": its faults do not come");
        seL4_Yield();
    } while (!irq_fault_of(a->task, &e));
    return e.fault;
}

bool audit_receives(const struct audited *a, uint32_t slot)
{
    return fault_of(a, a->image->entry - TASK_ASK_SLOT, slot, 0) != seL4_Fault_CapFault;
}

/* Has the row's page i, at vaddr, no right that is not listed? */
static bool page_fits(const struct audited *a, const struct map_row *m, uint32_t i, uint64_t vaddr)
{
    bool writes = (m->rights & RIGHT_WRITE) != 0, runs = m->executable && i < a->image->text_pages;
    return (writes || fault_of(a, a->image->entry - TASK_ASK_PAGE, 0, vaddr) == seL4_Fault_VMFault) &&
           (runs || fault_of(a, vaddr, 0, 0) == seL4_Fault_VMFault);
}

/* Halts by name where a page has a right too many: the first and the last of an object's, and where a program's constants
 * begin, since the others are mapped like their neighbours and each question takes two changes of address space. A device's
 * registers are left alone: to read one can be an order. */
static void audit_rights(const struct audited *a, const struct map_row *m)
{
    const struct object_row *o = &coh_objects[m->object];
    for (uint32_t i = 0; i < o->count && o->kind != KIND_DEVICE; i++) {
        uint64_t vaddr = m->vaddr + ((uint64_t)i << o->page_bits);
        if (i > 0 && i + 1 < o->count && i != a->image->text_pages)
            continue;
        if (!page_fits(a, m, i, vaddr))
            halt(cap_name(o->name), TASK_NOT_LISTED ": rights at ", piece_hex(vaddr));
    }
}

void audit_pages(const struct audited *a, seL4_CPtr frame)
{
    bool gibibytes = !caps_untouched(GIBIBYTE_BITS);
    for (uint64_t size, vaddr = 0, next; vaddr < SPACE_END;) {
        for (next = listed_from(a->task, vaddr); vaddr < next; vaddr += size < next - vaddr ? size : next - vaddr)
            size = empty_at(a, vaddr, frame, gibibytes);
        for (next += LARGE_PAGE_BYTES; vaddr < SPACE_END && vaddr < next; vaddr += size ? size : PAGE_BYTES)
            size = page_at(a, vaddr, listed_at(a->task, vaddr));
    }
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        if (coh_maps[m].task == a->task)
            audit_rights(a, &coh_maps[m]);
    }
}
