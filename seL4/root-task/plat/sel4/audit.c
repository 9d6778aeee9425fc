/* See audit.h. The kernel has no call that says what is mapped, and maps a page over another without a word. But it refuses to
 * clean caches beyond the end of the page in which the range begins, and says where that is; where nothing is mapped it has
 * nothing to refuse. How much is empty from there on, it says when a page can't be mapped for want of a table. For rights it
 * has no call at all: the thread itself does what they are for, by the instructions that its program has for that
 * (task/task.h), and each time ends in a fault that tells. */
#include "plat/sel4/audit.h"

#include "plat/sel4/irq.h"
#include "plat/sel4/layout.h"
#include "task/task.h"

#define REGISTERS_TO_X7 11u
/* A fault is there after one turn of the thread, or very soon where it has another core. */
#define TURNS 1000000u

/* No page is larger. */
#define GIBIBYTE (UINT64_C(1) << 30)

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

/* The size of the page that begins at vaddr, as listed; 0: there is none, and none is listed. */
static uint64_t page_at(enum coh_task t, seL4_CPtr vspace, uint64_t vaddr)
{
    const struct object_row *o = listed_at(t, vaddr);
    uint64_t listed = o ? UINT64_C(1) << o->page_bits : 0;
#ifdef CONFIG_PRINTING
    if (o)
        return listed; /* such kernels print what they refuse; they have said that they mapped it */
#endif
    bool there = seL4_ARM_VSpace_Clean_Data(vspace, vaddr, vaddr + GIBIBYTE + 1) == seL4_RangeError;
    if ((there ? seL4_GetMR(1) + 1 - vaddr : 0) != listed)
        halt(cap_name(o ? o->name : coh_tasks[t].name), TASK_NOT_LISTED ": address ", piece_hex(vaddr));
    return listed;
}

/* The size of what is empty at vaddr, where no page begins. */
static uint64_t empty_at(seL4_CPtr vspace, uint64_t vaddr, seL4_CPtr frame)
{
    seL4_Error e = seL4_ARM_Page_Map(frame, vspace, vaddr, seL4_CanRead, seL4_ARM_ExecuteNever);
    if (e == seL4_FailedLookup)
        return UINT64_C(1) << seL4_GetMR(2);
    sel4_must(cap_name("audit"), "map", e);
    sel4_must(cap_name("audit"), "unmap", seL4_ARM_Page_Unmap(frame));
    return PAGE_BYTES;
}

/* The fault in which the thread ends that goes on at pc with x0 and x1. */
static seL4_Word fault_of(const struct audited *a, uint64_t pc, uint64_t x0, uint64_t x1)
{
    seL4_UserContext regs = {.pc = pc, .x0 = x0, .x1 = x1, .x7 = (seL4_Word)seL4_SysNBRecv};
    struct irq_event e = {0};
    sel4_must(cap_name("audit"), "write registers", seL4_TCB_WriteRegisters(a->thread, true, 0, REGISTERS_TO_X7, &regs));
    for (uint32_t turns = 0; e.faulted != a->task; turns++) {
        if (turns == TURNS)
            halt(cap_name(coh_tasks[a->task].name), TASK_NOT_LISTED ": its faults do not come");
        seL4_Yield();
        irq_next(false, &e);
    }
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
    uint64_t step, table_end = 0; /* up to there, small pages have a table */
    for (uint64_t vaddr = 0; vaddr < seL4_UserTop; vaddr += step) {
        step = page_at(a->task, a->vspace, vaddr);
        if (step == 0)
            step = vaddr < table_end ? PAGE_BYTES : empty_at(a->vspace, vaddr, frame);
        if (step == PAGE_BYTES)
            table_end = (vaddr | (LARGE_PAGE_BYTES - 1)) + 1;
        /* No range goes on behind the last page of all: no table may lead there. */
        if (step < GIBIBYTE && vaddr + GIBIBYTE >= seL4_UserTop)
            halt(cap_name(coh_tasks[a->task].name), TASK_NOT_LISTED ": a table for ", piece_hex(vaddr));
    }
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        if (coh_maps[m].task == a->task)
            audit_rights(a, &coh_maps[m]);
    }
}
