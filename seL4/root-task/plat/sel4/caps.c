/* The allocator behind caps.h. It mirrors the kernel's own bookkeeping: an untyped hands out memory in
 * ascending order, each object aligned to its size. To reach a device frame in the middle of an untyped, the
 * memory before it is split off as smaller untypeds, which stay usable.
 *
 * RAM comes from an untyped that is in use already, else from the smallest that fits: the kernel clears a
 * whole untyped at its first retype, and clearing 512 MiB for one page would cost more than the rest of the
 * boot. */
#include "plat/sel4/caps.h"

#define PIECES_MAX (CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS + 128)
/* CONFIG_RETYPE_FAN_OUT_LIMIT of every supported configuration is at least this. */
#define FAN_OUT_MAX 256u

struct piece {
    seL4_CPtr cap;
    uint64_t base; /* physical address */
    uint64_t used; /* bytes handed out from the start */
    uint8_t bits;
    bool device;
};

static struct piece pieces[PIECES_MAX];
static uint32_t pieces_n;
static seL4_CPtr slot_next, slot_end;
static struct caps_memory memory;

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
        halt_value(who, "impossible number of untypeds", n);
    if (bi->empty.end <= bi->empty.start)
        halt_value(who, "no free slots in the root CNode: build the kernel with a larger KernelRootCNodeSizeBits; now",
                   bi->initThreadCNodeSizeBits);
    slot_next = bi->empty.start;
    slot_end = bi->empty.end;
    for (seL4_Word i = 0; i < n; i++) {
        const seL4_UntypedDesc *d = &bi->untypedList[i];
        if (d->sizeBits < seL4_MinUntypedBits || d->sizeBits > seL4_MaxUntypedBits)
            halt_value(cap_name_at("untyped", (uint32_t)i), "impossible size bits", d->sizeBits);
        struct piece *p = &pieces[pieces_n++];
        *p = (struct piece){bi->untyped.start + i, d->paddr, 0, d->sizeBits, d->isDevice != 0};
        *(p->device ? &memory.device_bytes : &memory.ram_bytes) += UINT64_C(1) << p->bits;
    }
    memory.untyped = n;
}

struct caps_memory caps_memory(void) { return memory; }

static seL4_CPtr slots(uint32_t count, struct cap_name name)
{
    if (slot_end - slot_next < count)
        halt_value(name, "the root CNode is full; free slots", slot_end - slot_next);
    seL4_CPtr first = slot_next;
    slot_next += count;
    return first;
}

seL4_CPtr caps_slot(struct cap_name name) { return slots(1, name); }

/* The size argument is the kernel's only where the type alone does not say it. */
static void retype(struct piece *p, seL4_Word type, seL4_Word bits, uint32_t count, seL4_CPtr first,
                   struct cap_name name)
{
    seL4_Word size = type == seL4_UntypedObject ? bits : 0;
    sel4_must(name, "retype", seL4_Untyped_Retype(p->cap, type, size, seL4_CapInitThreadCNode, 0, 0, first, count));
    p->used = align_up(p->used, bits) + ((uint64_t)count << bits);
}

/* How many objects of 2^bits bytes fit into what is left of p. */
static uint64_t room(const struct piece *p, seL4_Word bits)
{
    uint64_t from = align_up(p->used, bits);
    uint64_t size = UINT64_C(1) << p->bits;
    return from < size ? (size - from) >> bits : 0;
}

static struct piece *best_ram(seL4_Word bits, struct cap_name name)
{
    struct piece *best = NULL;
    for (uint32_t i = 0; i < pieces_n; i++) {
        struct piece *p = &pieces[i];
        if (p->device || room(p, bits) == 0)
            continue;
        if (best == NULL || (p->used > 0) > (best->used > 0) ||
            ((p->used > 0) == (best->used > 0) && p->bits < best->bits))
            best = p;
    }
    if (best == NULL)
        halt_value(name, "no untyped memory left for an object of size", UINT64_C(1) << bits);
    return best;
}

seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name)
{
    struct piece *p = best_ram(bits, name);
    seL4_CPtr cap = caps_slot(name);
    retype(p, type, bits, 1, cap, name);
    return cap;
}

seL4_CPtr caps_new_many(seL4_Word type, seL4_Word bits, uint32_t count, const char *name)
{
    seL4_CPtr first = slots(count, cap_name_at(name, 0));
    for (uint32_t done = 0; done < count;) {
        struct cap_name who = cap_name_at(name, done);
        struct piece *p = best_ram(bits, who);
        uint64_t fit = room(p, bits);
        uint32_t n = count - done < FAN_OUT_MAX ? count - done : FAN_OUT_MAX;
        if (fit < n)
            n = (uint32_t)fit;
        retype(p, type, bits, n, first + done, who);
        done += n;
    }
    return first;
}

/* Splits the memory between p's watermark and offset `upto` off as untypeds, largest possible first. */
static void split_off(struct piece *p, uint64_t upto, struct cap_name name)
{
    while (p->used < upto) {
        seL4_Word bits = seL4_MinUntypedBits;
        while (bits + 1 < p->bits && align_up(p->used, bits + 1) == p->used && p->used + (UINT64_C(2) << bits) <= upto)
            bits++;
        if (pieces_n == PIECES_MAX)
            halt_value(name, "too many pieces of untyped memory", PIECES_MAX);
        struct piece *q = &pieces[pieces_n++];
        *q = (struct piece){slots(1, name), p->base + p->used, 0, (uint8_t)bits, p->device};
        retype(p, seL4_UntypedObject, bits, 1, q->cap, name);
    }
}

seL4_CPtr caps_device(seL4_Word paddr, seL4_Word bits, struct cap_name name)
{
    seL4_Word type = bits == seL4_PageBits ? seL4_ARM_SmallPageObject : seL4_ARM_LargePageObject;
    for (uint32_t i = 0; i < pieces_n; i++) {
        struct piece *p = &pieces[i];
        uint64_t offset = paddr - p->base;
        if (!p->device || paddr < p->base || offset < p->used || offset >= UINT64_C(1) << p->bits || p->bits < bits)
            continue;
        split_off(p, offset, name);
        seL4_CPtr cap = caps_slot(name);
        retype(p, type, bits, 1, cap, name);
        return cap;
    }
    halt_value(name, "no device memory left at physical address", paddr);
}

seL4_CPtr caps_badged(seL4_CPtr from, seL4_Word badge, struct cap_name name)
{
    seL4_CPtr slot = caps_slot(name), root = seL4_CapInitThreadCNode;
    sel4_must(name, "mint",
              seL4_CNode_Mint(root, slot, seL4_WordBits, root, from, seL4_WordBits, seL4_AllRights, badge));
    return slot;
}
