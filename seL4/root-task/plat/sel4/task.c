/* See task.h. Capability pointers have two parts: the number of a holder, which the top CNode resolves, and a slot in it;
 * holder 0 is the root CNode that the kernel made, so that its slots keep their numbers. A task's holder has the number by
 * which its faults are known. */
#include "plat/sel4/task.h"

#include "generated/manifest.h"
#include "plat/sel4/audit.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/vspace.h"
#include "task/task.h"

#define HOLDERS (TASK_WORKER + COH_WORKERS_MAX)
#define TOP_BITS (32u - (unsigned)__builtin_clz(HOLDERS))
/* Slots of a holder: objects, tables and copies of shared frames. */
#define HOLDER_BITS 8u
#define HOLDER_BITS_MANY 4u
#define ASIDS_PER_POOL 512u
#define POOLS ((HOLDERS + 1u) / ASIDS_PER_POOL + 1u)
/* task_audit's, for notifications that are listed without one. */
#define BADGE_ASKED (UINT64_C(1) << 32)

/* The programs, flat (task/task.h), and the pages that they fill. */
extern const struct task_header coh_nicd_image[], coh_netd_image[], coh_seatd_image[], coh_worker_image[];
static const struct program {
    const struct task_header *image;
    uint8_t text, data;     /* enum coh_object */
    uint8_t untyped_bits;   /* holds everything of one instance */
} programs[TASK_COUNT] = {
    [TASK_NICD] = {coh_nicd_image, OBJECT_NICD_TEXT, OBJECT_NICD_DATA, 18},
    /* A page of data and 64 KiB more: small objects lie before the pages, tables behind them. */
    [TASK_NETD] = {coh_netd_image, OBJECT_NETD_TEXT, OBJECT_NETD_DATA,
                   32 - __builtin_clz(BYTES_NETD_TEXT + BYTES_NETD_DATA + (1u << PAGE_BITS_NETD_DATA) + 0xffffu)},
#if COH_TASKS_SEAT
    [TASK_SEATD] = {coh_seatd_image, OBJECT_SEATD_TEXT, OBJECT_SEATD_DATA, 17},
#endif
    [TASK_WORKER] = {coh_worker_image, OBJECT_WORKER_TEXT, OBJECT_WORKER_DATA, 15},
};

static const struct {
    uint8_t kind, page_bits, type, bits; /* bits: of an object's bytes */
} kinds[] = {
    /* Small ones first: an untyped hands out aligned memory in ascending order. */
    {KIND_NOTIFICATION, 0, seL4_NotificationObject, seL4_NotificationBits},
    {KIND_ENDPOINT, 0, seL4_EndpointObject, seL4_EndpointBits},
    {KIND_CSPACE, 0, seL4_CapTableObject, 0},
    {KIND_TCB, 0, seL4_TCBObject, seL4_TCBBits},
    {KIND_VSPACE, 0, seL4_ARM_VSpaceObject, seL4_VSpaceBits},
    {KIND_PAGES, seL4_PageBits, seL4_ARM_SmallPageObject, seL4_PageBits},
    {KIND_PAGES, seL4_LargePageBits, seL4_ARM_LargePageObject, seL4_LargePageBits},
};

static seL4_CPtr top, scratch, pools[POOLS];
static seL4_Word root_bits;
static seL4_CPtr made_once[OBJECT_COUNT]; /* first capability of each object whose home is the authority */
static uint32_t untypeds[HOLDERS];        /* each task's, once it has been built */

/* What was refused last. */
static struct {
    const char *name, *operation;
    seL4_Error error;
} refused;

static bool ok(const char *name, const char *operation, seL4_Error e)
{
    if (e == seL4_NoError)
        return true;
    refused.name = name;
    refused.operation = operation;
    refused.error = e;
    return false;
}

struct bytes task_refusal(void)
{
    static uint8_t text[96];
    struct buf b = buf_of(text, sizeof text);
    buf_say(&b, refused.name, ": ", refused.operation, ": ", sel4_word(refused.error));
    return buf_bytes(&b);
}

/* One task while it is built or looked at. */
struct build {
    enum coh_task task;
    const struct task_row *row;
    const struct program *program;
    uint32_t holder;            /* its number */
    uint32_t next;              /* free slot in it */
    seL4_CPtr untyped;
    seL4_CPtr of[OBJECT_COUNT]; /* first capability of each object that it can see */
};

/* The first of the next n free slots of the holder. */
static seL4_CPtr holder_slot(struct build *b, uint32_t n)
{
    b->next += n;
    return (seL4_Word)b->holder << root_bits | (b->next - n);
}

/* ---- once ---- */

static void make_top(const seL4_BootInfo *bi)
{
    struct cap_name name = cap_name("top.cspace");
    const seL4_CPtr root = seL4_CapInitThreadCNode;
    root_bits = bi->initThreadCNodeSizeBits;
    seL4_Word guard = seL4_WordBits - TOP_BITS - root_bits;
    seL4_CPtr bare = caps_new(seL4_CapTableObject, TOP_BITS + seL4_SlotBits, name);
    top = caps_slot(name);
    sel4_must(name, "mint", seL4_CNode_Mint(root, top, seL4_WordBits, root, bare, seL4_WordBits, seL4_AllRights, guard));
    sel4_must(name, "mint root", seL4_CNode_Mint(bare, 0, TOP_BITS, root, root, seL4_WordBits, seL4_AllRights, 0));
    sel4_must(name, "set space",
              seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, top, guard, seL4_CapInitThreadVSpace, 0));
}

static void make_pools(void)
{
    struct cap_name name = cap_name("asid.pool");
    pools[0] = seL4_CapInitThreadASIDPool;
    for (uint32_t i = 1; i < POOLS; i++) {
        pools[i] = caps_slot(name);
        sel4_must(name, "make", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, caps_new(seL4_UntypedObject, seL4_ASIDPoolBits, name),
                                                              seL4_CapInitThreadCNode, pools[i], seL4_WordBits));
    }
}

/* Is there such an object, and of that kind? */
static bool is_of(const struct object_row *r, uint32_t k)
{
    return r->count > 0 && r->kind == kinds[k].kind && r->page_bits == kinds[k].page_bits;
}

static void make_once(enum coh_object o)
{
    const struct object_row *r = &coh_objects[o];
    for (uint32_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (is_of(r, k))
            made_once[o] = caps_new_run(kinds[k].type, kinds[k].bits, r->count, cap_name(r->name));
    }
}

/* Writes n bytes of a program into an object's pages, `offset` behind their beginning. */
static bool write_pages(seL4_CPtr first, enum coh_object o, uint32_t offset, const uint8_t *from, uint32_t n, bool code)
{
    const struct object_row *r = &coh_objects[o];
    uint32_t page = 1u << r->page_bits;
    uintptr_t window = r->page_bits == seL4_PageBits ? LAYOUT_SCRATCH : LAYOUT_SCRATCH_LARGE;
    if (n > 0 && offset + n > r->count * page)
        return ok(r->name, "program is larger", seL4_RangeError);
    while (n > 0) {
        uint32_t at = offset % page, run = page - at < n ? page - at : n;
        if (!ok(r->name, "copy", seL4_CNode_Copy(top, scratch, seL4_WordBits, top, first + offset / page, seL4_WordBits, seL4_AllRights)))
            return false;
        vspace_map_own(scratch, window, seL4_ReadWrite, seL4_ARM_Default_VMAttributes, cap_name(r->name));
        memcpy((uint8_t *)window + at, from, run);
        if (code)
            sel4_must(cap_name(r->name), "unify", seL4_ARM_Page_Unify_Instruction(scratch, at, at + run));
        sel4_must(cap_name(r->name), "delete", seL4_CNode_Delete(top, scratch, seL4_WordBits));
        from += run;
        offset += run;
        n -= run;
    }
    return true;
}

static bool write_text(const struct program *p, const seL4_CPtr *of)
{
    const struct task_header *h = p->image;
    return write_pages(of[p->text], p->text, 0, (const uint8_t *)h, (h->text_pages + h->rodata_pages) * PAGE_BYTES, true);
}

void task_init(const seL4_BootInfo *bi)
{
    make_top(bi);
    make_pools();
    scratch = caps_slot(cap_name("scratch"));
    for (uint32_t o = 0; o < OBJECT_COUNT; o++) {
        if (coh_objects[o].home == TASK_AUTHORITY)
            make_once(o);
    }
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        const struct map_row *r = &coh_maps[m];
        for (uint32_t i = 0; r->task == TASK_AUTHORITY && i < coh_objects[r->object].count; i++)
            vspace_map_own(made_once[r->object] + i, r->vaddr + ((uintptr_t)i << coh_objects[r->object].page_bits), seL4_ReadWrite,
                           seL4_ARM_Default_VMAttributes, cap_name(coh_objects[r->object].name));
    }
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i += LARGE_PAGE_BYTES / PAGE_BYTES) /* else a spawn could need one and find none */
        vspace_table(LAYOUT_WORKERS + (uintptr_t)i * PAGE_BYTES, cap_name_at("workers.table", i));
    if (!write_text(&programs[TASK_WORKER], made_once))
        halt(cap_name("worker.text"), task_refusal());
}

seL4_CPtr task_object(enum coh_object object) { return made_once[object]; }

void task_provide(enum coh_object object, seL4_CPtr cap) { made_once[object] = cap; }

uint64_t task_paddr(enum coh_object object)
{
    seL4_ARM_Page_GetAddress_t r = seL4_ARM_Page_GetAddress(made_once[object]);
    sel4_must(cap_name(coh_objects[object].name), "get address", (unsigned long)r.error);
    return r.paddr;
}

/* ---- building ---- */

static bool retype(struct build *b, const char *name, seL4_Word type, seL4_Word bits, seL4_CPtr first, uint32_t n)
{
    seL4_Word slot = first & ((UINT64_C(1) << root_bits) - 1);
    return ok(name, "retype", seL4_Untyped_Retype(b->untyped, type, bits, top, b->holder, seL4_WordBits - root_bits, slot, n));
}

static uint32_t holder_bits(const struct task_row *r) { return r->instances > 1 ? HOLDER_BITS_MANY : HOLDER_BITS; }

/* The holder: a CNode in the top CNode's slot, whose guard makes it resolve as many bits as the root CNode. */
static bool make_holder(struct build *b)
{
    seL4_Word bits = holder_bits(b->row);
    seL4_Word depth = seL4_WordBits - root_bits;
    return ok("holder", "retype", seL4_Untyped_Retype(b->untyped, seL4_CapTableObject, bits, seL4_CapInitThreadCNode, 0, 0, scratch, 1)) &&
           ok("holder", "mint", seL4_CNode_Mutate(top, b->holder, (seL4_Uint8)depth, seL4_CapInitThreadCNode, scratch, seL4_WordBits, root_bits - bits));
}

/* Goes through the task's own objects, and says where each lies, or makes it there. */
static bool own_objects(struct build *b, bool make)
{
    for (uint32_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (uint32_t o = 0; o < OBJECT_COUNT; o++) {
            const struct object_row *r = &coh_objects[o];
            if (r->home != b->task || !is_of(r, k))
                continue;
            seL4_Word bits = r->kind == KIND_CSPACE ? b->row->radix : 0;
            if (make && !retype(b, r->name, kinds[k].type, bits, b->of[o], r->count))
                return false;
            if (!make)
                b->of[o] = holder_slot(b, r->count);
        }
    }
    return true;
}

/* Each task has one TCB, one CSpace and one VSpace. */
static seL4_CPtr own(const struct build *b, enum coh_object_kind kind)
{
    uint32_t o = 0;
    while (coh_objects[o].home != b->task || coh_objects[o].kind != kind)
        o++;
    return b->of[o];
}

static bool assign_asid(struct build *b)
{
    seL4_Error e = seL4_DeleteFirst;
    for (uint32_t i = 0; i < POOLS && e == seL4_DeleteFirst; i++)
        e = seL4_ARM_ASIDPool_Assign(pools[i], own(b, KIND_VSPACE));
    return ok(b->row->name, "assign address space", e);
}

static bool map_page(struct build *b, const struct map_row *r, bool executable, seL4_CPtr frame, uintptr_t vaddr)
{
    const struct object_row *o = &coh_objects[r->object];
    seL4_CapRights_t rights = r->rights & RIGHT_WRITE ? seL4_ReadWrite : seL4_CanRead;
    seL4_ARM_VMAttributes attr = o->kind == KIND_DEVICE ? 0 : seL4_ARM_Default_VMAttributes;
    for (;;) {
        seL4_Error e = seL4_ARM_Page_Map(frame, own(b, KIND_VSPACE), vaddr, rights, executable ? attr : attr | seL4_ARM_ExecuteNever);
        if (e != seL4_FailedLookup)
            return ok(o->name, "map", e);
        seL4_CPtr table = holder_slot(b, 1);
        if (!retype(b, o->name, seL4_ARM_PageTableObject, 0, table, 1) ||
            !ok(o->name, "map page table", seL4_ARM_PageTable_Map(table, own(b, KIND_VSPACE), vaddr, seL4_ARM_Default_VMAttributes)))
            return false;
    }
}

static bool make_map(struct build *b, const struct map_row *r)
{
    const struct object_row *o = &coh_objects[r->object];
    for (uint32_t i = 0; i < o->count; i++) {
        seL4_CPtr frame = b->of[r->object] + i;
        if (o->home != b->task) {
            seL4_CPtr copy = holder_slot(b, 1);
            if (!ok(o->name, "copy", seL4_CNode_Copy(top, copy, seL4_WordBits, top, frame, seL4_WordBits, seL4_AllRights)))
                return false;
            frame = copy;
        }
        bool executable = r->executable && i < b->program->image->text_pages; /* constants lie behind */
        if (!map_page(b, r, executable, frame, r->vaddr + ((uintptr_t)i << o->page_bits)))
            return false;
    }
    return true;
}

static seL4_CapRights_t rights_of(const struct cap_row *r)
{
    return seL4_CapRights_new((r->rights & RIGHT_REPLY) != 0, 0, (r->rights & RIGHT_READ) != 0, (r->rights & RIGHT_WRITE) != 0);
}

static bool make_cap(struct build *b, uint32_t i, const struct cap_row *r)
{
    seL4_CPtr from = b->of[r->object], cspace = own(b, KIND_CSPACE);
    seL4_Word badge = r->object == OBJECT_AUTHORITY_FAULTS ? r->badge + i : r->badge;
    return ok(r->name, "grant", r->rights ? seL4_CNode_Mint(cspace, r->slot, b->row->radix, top, from, seL4_WordBits, rights_of(r), badge)
                                          : seL4_CNode_Copy(cspace, r->slot, b->row->radix, top, from, seL4_WordBits, seL4_AllRights));
}

/* Everything that the tables say of task b->task. */
static bool make_rows(struct build *b, uint32_t i)
{
    for (uint32_t m = 0; m < COH_MAPS_COUNT; m++) {
        if (coh_maps[m].task == b->task && !make_map(b, &coh_maps[m]))
            return false;
    }
    for (uint32_t c = 0; c < COH_CAPS_COUNT; c++) {
        if (coh_caps[c].task == b->task && !make_cap(b, i, &coh_caps[c]))
            return false;
    }
    return true;
}

static bool load(struct build *b)
{
    const struct task_header *h = b->program->image;
    const uint8_t *data = (const uint8_t *)h + (h->text_pages + h->rodata_pages) * PAGE_BYTES;
    return (coh_objects[b->program->text].home == TASK_AUTHORITY || write_text(b->program, b->of)) &&
           write_pages(b->of[b->program->data], b->program->data, TASK_STACK_BYTES, data, h->data_pages * PAGE_BYTES, false);
}

static seL4_Word fault_slot(const struct build *b)
{
    uint32_t c = 0;
    while (coh_caps[c].task != b->task || coh_caps[c].object != OBJECT_AUTHORITY_FAULTS)
        c++;
    return coh_caps[c].slot;
}

static bool prioritise(const struct build *b, uint8_t priority)
{
    return ok(b->row->name, "set priority", seL4_TCB_SetPriority(own(b, KIND_TCB), seL4_CapInitThreadTCB, timer_polling ? PRIORITY_AUTHORITY : priority));
}

static bool configure(struct build *b, uint32_t i)
{
    seL4_CPtr tcb = own(b, KIND_TCB);
    return ok(b->row->name, "configure", seL4_TCB_Configure(tcb, fault_slot(b), own(b, KIND_CSPACE), seL4_WordBits - b->row->radix,
                                                           own(b, KIND_VSPACE), 0, 0, seL4_CapNull)) &&
#ifdef CONFIG_ENABLE_SMP_SUPPORT
           ok(b->row->name, "set affinity", seL4_TCB_SetAffinity(tcb, b->row->cores[i % b->row->core_count])) &&
#endif
           prioritise(b, b->row->priority);
}

static void look(struct build *b, enum coh_task t, uint32_t i)
{
    *b = (struct build){.task = t, .row = &coh_tasks[t], .program = &programs[t], .holder = t + i};
    memcpy(b->of, made_once, sizeof made_once);
    b->untyped = untypeds[t + i];
    own_objects(b, false);
}

bool task_build(enum coh_task t, uint32_t i)
{
    struct build b;
    look(&b, t, i);
    if (b.untyped == seL4_CapNull)
        b.untyped = untypeds[t + i] = (uint32_t)caps_untyped(b.program->untyped_bits);
    if (b.untyped == seL4_CapNull)
        return ok(b.row->name, "untyped", seL4_NotEnoughMemory);
    bool built = make_holder(&b) && own_objects(&b, true) && assign_asid(&b) && make_rows(&b, i) && load(&b) && configure(&b, i);
    if (!built)
        task_end(t, i);
    return built;
}

void task_run(enum coh_task t, uint32_t i, uint64_t x0, uint64_t x1, uint64_t x2)
{
    struct build b;
    look(&b, t, i);
    seL4_UserContext regs = {.pc = b.program->image->entry, .x0 = x0, .x1 = x1, .x2 = x2};
    sel4_must(cap_name(b.row->name), "write registers", seL4_TCB_WriteRegisters(own(&b, KIND_TCB), true, 0, 6, &regs));
}

seL4_CPtr task_own(enum coh_task t, uint32_t i, enum coh_object o)
{
    struct build b;
    look(&b, t, i);
    return b.of[o];
}

void task_show(enum coh_task t, uint32_t i, enum coh_object o, uintptr_t vaddr)
{
    struct cap_name name = cap_name(coh_objects[o].name);
    struct build b;
    look(&b, t, i);
    b.next = (1u << holder_bits(b.row)) - 1u; /* nothing else goes there */
    seL4_CPtr copy = holder_slot(&b, 1);
    sel4_must(name, "copy", seL4_CNode_Copy(top, copy, seL4_WordBits, top, b.of[o], seL4_WordBits, seL4_CanRead));
    vspace_map_own(copy, vaddr, seL4_CanRead, seL4_ARM_Default_VMAttributes, name);
}

void task_end(enum coh_task t, uint32_t i)
{
    sel4_must(cap_name(coh_tasks[t].name), "revoke", seL4_CNode_Revoke(top, untypeds[t + i], seL4_WordBits));
}

/* ---- looking at one ---- */

/* A printable text of fewer than n bytes among the constants of its program, by the address that the task gave. */
static struct bytes constant(const struct task_header *h, uint64_t vaddr, size_t n)
{
    uint64_t size = (uint64_t)(h->text_pages + h->rodata_pages) * PAGE_BYTES, at = vaddr - TASK_IMAGE, end = at;
    while (end < size && end - at < n && ((const uint8_t *)h)[end] - 0x20u < 0x5fu)
        end++;
    bool whole = end < size && ((const uint8_t *)h)[end] == 0;
    return bytes_of((const uint8_t *)h + (whole ? at : 0), whole ? (size_t)(end - at) : 0);
}

void task_cause(enum coh_task t, uint32_t i, const struct irq_event *e, struct buf *out)
{
    static const char stopped[] = "exception";
    static const char *const words[] = {[seL4_Fault_CapFault] = "capability-fault",
                                        [seL4_Fault_UnknownSyscall] = "unknown-system-call",
                                        [seL4_Fault_UserException] = stopped,
#ifdef CONFIG_ARM_HYPERVISOR_SUPPORT
                                        [seL4_Fault_VCPUFault] = stopped, /* so such kernels call a breakpoint */
#endif
                                        [seL4_Fault_VMFault] = "vm-fault"};
    const char *word = e->fault < sizeof words / sizeof *words ? words[e->fault] : NULL;
    struct build b;
    seL4_UserContext r = {0};
    look(&b, t, i);
    seL4_Error unread = seL4_TCB_ReadRegisters(own(&b, KIND_TCB), false, 0, 7, &r);
    buf_say(out, "cause=", word ? word : "unknown", " pc=", piece_hex(r.pc));
    if (e->fault == seL4_Fault_VMFault)
        buf_say(out, " address=", piece_hex(e->address));
    if (unread || word != stopped)
        return;
    /* task_stop: file and line, and what went wrong. */
    struct bytes file = constant(b.program->image, r.x0, 48), what = constant(b.program->image, r.x2, 80);
    if (file.n > 0 && what.n > 0)
        buf_say(out, " at=", file, ":", r.x1, " what=", what);
}

/* Does what lies in scratch, a copy of the task's capability, behave as the table says? */
static bool as_listed(const struct build *b, const struct cap_row *r)
{
    const struct object_row *o = &coh_objects[r->object];
#ifdef CONFIG_DEBUG_BUILD
    if (seL4_DebugCapIdentify(scratch) != seL4_DebugCapIdentify(b->of[r->object]))
        return false;
    if ((r->rights & RIGHT_WRITE) == 0)
        return true; /* such kernels print what is refused */
#endif
    if (o->kind != KIND_NOTIFICATION)
        return true;
    seL4_Word badge;
    seL4_Poll(b->of[r->object], &badge);
    seL4_Signal(scratch);
    seL4_Poll(b->of[r->object], &badge);
    return badge == (r->rights & RIGHT_WRITE ? (r->badge ? r->badge : BADGE_ASKED) : 0);
}

/* Is the slot as the table says? An empty one can be written to, any other can be read. Where no badge is listed the copy gets
 * one, by which its signal would be seen. */
static bool slot_fits(const struct build *b, const struct audited *a, uint32_t slot, const struct cap_row *r)
{
    seL4_CPtr cspace = own(b, KIND_CSPACE);
    uint8_t radix = b->row->radix;
    if (r == NULL)
        return seL4_CNode_Copy(cspace, slot, radix, top, cspace, seL4_WordBits, seL4_AllRights) == seL4_NoError &&
               seL4_CNode_Delete(cspace, slot, radix) == seL4_NoError;
    if (audit_receives(a, slot) != ((r->rights & RIGHT_READ) != 0))
        return false;
    bool bare = coh_objects[r->object].kind == KIND_NOTIFICATION && r->badge == 0;
    if ((bare ? seL4_CNode_Mint(top, scratch, seL4_WordBits, cspace, slot, radix, seL4_AllRights, BADGE_ASKED)
              : seL4_CNode_Copy(top, scratch, seL4_WordBits, cspace, slot, radix, seL4_AllRights)) != seL4_NoError)
        return false;
    bool fits = as_listed(b, r);
    sel4_must(cap_name("scratch"), "delete", seL4_CNode_Delete(top, scratch, seL4_WordBits));
    return fits;
}

void task_audit(enum coh_task t, uint32_t i)
{
    struct build b;
    look(&b, t, i);
    const struct audited a = {.task = t, .vspace = own(&b, KIND_VSPACE), .thread = own(&b, KIND_TCB), .image = b.program->image};
    /* Else the kernel would let nobody receive from the authority's notification, whatever his rights. */
    sel4_must(cap_name("audit"), "unbind", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    if (!prioritise(&b, PRIORITY_AUTHORITY))
        halt(cap_name("audit"), task_refusal());
    for (uint32_t slot = 0; slot < 1u << b.row->radix; slot++) {
        const struct cap_row *r = NULL;
        for (uint32_t c = 0; c < COH_CAPS_COUNT; c++)
            r = coh_caps[c].task == t && coh_caps[c].slot == slot ? &coh_caps[c] : r;
        if (!slot_fits(&b, &a, slot, r))
            halt(cap_name(r ? r->name : b.row->name), TASK_NOT_LISTED ": slot ", slot);
    }
    seL4_CPtr frame = made_once[OBJECT_WORKER_TEXT];
    sel4_must(cap_name("scratch"), "copy", seL4_CNode_Copy(top, scratch, seL4_WordBits, top, frame, seL4_WordBits, seL4_CanRead));
    audit_pages(&a, scratch);
    sel4_must(cap_name("scratch"), "delete", seL4_CNode_Delete(top, scratch, seL4_WordBits));
    if (!prioritise(&b, b.row->priority))
        halt(cap_name("audit"), task_refusal());
    sel4_must(cap_name("audit"), "bind", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, task_object(OBJECT_AUTHORITY_WAIT)));
    irq_again(); /* as_listed has emptied the authority's notification */
}
