/* The allocator behind caps.h. It mirrors the kernel's own bookkeeping: an untyped hands out memory in
 * ascending order, each object aligned to its size. To reach a device frame in the middle of an untyped, the
 * memory before it is split off as smaller untypeds, which stay usable.
 *
 * RAM comes from an untyped that is in use already, else from the smallest that fits, of equal ones the last:
 * the kernel clears a whole untyped at its first retype, and clearing 512 MiB for one page would cost more than
 * the rest of the boot. The first is what the kernel's boot code was, which an emulator clears at a tenth of the pace. */
#include "plat/sel4/caps.h"

#define REGIONS_MAX (CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS + 128)

struct region {
    seL4_CPtr cap;
    uint64_t base; /* physical address */
    uint64_t used; /* bytes handed out from the start */
    uint8_t bits;
    bool device;
};

static struct region regions[REGIONS_MAX];
static uint32_t regions_n;
static seL4_CPtr slot_next, slot_end;
struct hive_taken caps_taken;

static uint64_t align_up(uint64_t v, seL4_Word bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    return (v + mask) & ~mask;
}

void caps_init(const seL4_BootInfo *bi)
{
    struct cap_name who = cap_name("bootinfo");
    seL4_Word n = bi->untyped.end - bi->untyped.start;
    if (bi->untyped.end < bi->untyped.start || n > CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS)
        halt(who, "impossible number of untypeds ", piece_hex(n));
    if (bi->empty.end <= bi->empty.start)
        halt(who, "no free slots in the root CNode: build the kernel with a larger KernelRootCNodeSizeBits; now ",
             piece_hex(bi->initThreadCNodeSizeBits));
    slot_next = bi->empty.start;
    slot_end = bi->empty.end;
    for (seL4_Word i = 0; i < n; i++) {
        const seL4_UntypedDesc *d = &bi->untypedList[i];
        if (d->sizeBits < seL4_MinUntypedBits || d->sizeBits > seL4_MaxUntypedBits)
            halt(cap_name_at("untyped", (uint32_t)i), "impossible size bits ", piece_hex(d->sizeBits));
        regions[regions_n++] = (struct region){bi->untyped.start + i, d->paddr, 0, d->sizeBits, d->isDevice != 0};
    }
}

seL4_CPtr caps_slot(struct cap_name name)
{
    if (slot_next == slot_end)
        halt(name, "the root CNode is full");
    caps_taken.slots++;
    return slot_next++;
}

/* Makes n objects of 2^bits bytes each, in slots that follow each other. The size argument is the kernel's only where the type
 * alone does not say it. */
static seL4_CPtr retype(struct region *p, seL4_Word type, seL4_Word bits, uint32_t n, struct cap_name name)
{
    seL4_CPtr cap = slot_next;
    if (slot_end - slot_next < n)
        halt(name, "the root CNode is full");
    slot_next += n;
    caps_taken.slots += n;
    seL4_Word size = type == seL4_UntypedObject ? bits : type == seL4_CapTableObject ? bits - seL4_SlotBits : 0;
    sel4_must(name, "retype", seL4_Untyped_Retype(p->cap, type, size, seL4_CapInitThreadCNode, 0, 0, cap, n));
    uint64_t used = align_up(p->used, bits) + ((uint64_t)n << bits);
    *(p->device ? &caps_taken.device : &caps_taken.ram) += used - p->used;
    p->used = used;
    return cap;
}

/* The region that n objects of 2^bits bytes come from, all of them; NULL: there is none. */
static struct region *region_for(seL4_Word bits, uint32_t n)
{
    struct region *best = NULL;
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < regions_n; i++) {
        struct region *p = &regions[i];
        bool fits = align_up(p->used, bits) + ((uint64_t)n << bits) <= UINT64_C(1) << p->bits;
        uint32_t cost = p->bits + (p->used > 0 ? 0 : 64u);
        if (!p->device && fits && cost <= least) {
            best = p;
            least = cost;
        }
    }
    return best;
}

seL4_CPtr caps_new_run(seL4_Word type, seL4_Word bits, uint32_t n, struct cap_name name)
{
    struct region *p = region_for(bits, n);
    if (p == NULL)
        halt(name, "no untyped memory left for an object of size ", piece_hex((uint64_t)n << bits));
    return retype(p, type, bits, n, name);
}

seL4_CPtr caps_new_many(seL4_Word type, seL4_Word bits, uint32_t n, struct cap_name name)
{
    seL4_CPtr first = slot_next;
    for (uint32_t run; n > 0; n -= run) {
        run = n < CONFIG_RETYPE_FAN_OUT_LIMIT ? n : CONFIG_RETYPE_FAN_OUT_LIMIT;
        while (run > 1 && region_for(bits, run) == NULL)
            run /= 2;
        caps_new_run(type, bits, run, name);
    }
    return first;
}

seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name) { return caps_new_run(type, bits, 1, name); }

seL4_CPtr caps_untyped(seL4_Word bits)
{
    struct region *p = slot_next < slot_end ? region_for(bits, 1) : NULL;
    return p ? retype(p, seL4_UntypedObject, bits, 1, cap_name("task.untyped")) : seL4_CapNull;
}

bool caps_untouched(seL4_Word bits)
{
#ifdef CONFIG_PRINTING
    return false; /* such kernels print what they refuse */
#endif
    for (uint32_t i = 0; i < regions_n; i++) {
        const struct region *p = &regions[i];
        if (p->bits >= bits &&
            (seL4_Untyped_Retype(p->cap, seL4_UntypedObject, p->bits, seL4_CapInitThreadCNode, 0, 0, slot_next, 2) != seL4_NotEnoughMemory ||
             seL4_GetMR(0) != UINT64_C(1) << p->bits))
            return false;
    }
    return true;
}

/* Splits the memory between p's watermark and offset `upto` off as untypeds, largest possible first. */
static void split_off(struct region *p, uint64_t upto, struct cap_name name)
{
    while (p->used < upto) {
        uint64_t base = p->base + p->used;
        uint8_t bits = seL4_MinUntypedBits;
        while (bits + 1 < p->bits && align_up(p->used, bits + 1u) == p->used && p->used + (UINT64_C(2) << bits) <= upto)
            bits++;
        if (regions_n == REGIONS_MAX)
            halt(name, "too many pieces of untyped memory ", piece_hex(REGIONS_MAX));
        regions[regions_n++] = (struct region){retype(p, seL4_UntypedObject, bits, 1, name), base, 0, bits, p->device};
        caps_taken.device -= UINT64_C(1) << bits; /* only device memory is split, and stays usable */
    }
}

seL4_CPtr caps_device(seL4_Word paddr, struct cap_name name)
{
    for (uint32_t i = 0; i < regions_n; i++) {
        struct region *p = &regions[i];
        uint64_t offset = paddr - p->base; /* huge where p begins behind paddr */
        if (p->device && offset >= p->used && offset < UINT64_C(1) << p->bits && p->bits >= seL4_PageBits) {
            split_off(p, offset, name);
            return retype(p, seL4_ARM_SmallPageObject, seL4_PageBits, 1, name);
        }
    }
    halt(name, "no device memory left at physical address ", piece_hex(paddr));
}
