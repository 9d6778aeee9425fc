/* Address spaces: four levels of 4 KiB tables, frames of 4 KiB, 2 MiB and 1 GiB, address-space numbers, cache
 * operations. The loader's MAIR and TCR stay as they are: index 0 device, 4 normal memory, 48 bits, 4 KiB
 * granule. */
#include "sim.h"

#define PTE_VALID 1ul
#define PTE_TABLE 2ul /* level 0..2: table; level 3: page */
#define PTE_ADDRESS 0x0000fffffffff000ul
#define PTE_NORMAL (4ul << 2)
#define PTE_EL0 (1ul << 6)
#define PTE_READ_ONLY (1ul << 7)
#define PTE_INNER_SHARE (3ul << 8)
#define PTE_ACCESSED (1ul << 10)
#define PTE_NOT_GLOBAL (1ul << 11)
#define PTE_PXN (1ul << 53)
#define PTE_UXN (1ul << 54)

/* Address-space numbers: each pool has 512, by number the top-level tables' addresses; number 0 stands for "not
 * mapped". */
#define POOLS (1u << seL4_NumASIDPoolsBits)
#define POOL_SIZE (1u << seL4_ASIDPoolIndexBits)
static uint64_t first_pool[POOL_SIZE];
static uint64_t *pools[POOLS] = {first_pool};

static uint64_t kernel_top[512] __attribute__((aligned(4096)));
static uint64_t kernel_gigabytes[512] __attribute__((aligned(4096)));

/* Replaces the loader's kernel window by our own: RAM, and below it the devices. */
void vspace_boot(void)
{
    uint64_t mair, tcr;

    __asm__("mrs %0, mair_el1" : "=r"(mair));
    __asm__("mrs %0, tcr_el1" : "=r"(tcr));
    if ((mair & 0xff) != 0 || (mair >> 32 & 0xff) != 0xff) {
        boot_stop("MAIR_EL1 must hold 00 at index 0 and ff at index 4, it is", mair);
    }
    if ((tcr & 0x3f) != 16 || (tcr >> 16 & 0x3f) != 16 || (tcr >> 14 & 3) != 0 || (tcr >> 30 & 3) != 2 ||
        (tcr >> 22 & 1) != 0 || (tcr >> 36 & 1) != 1) {
        boot_stop("TCR_EL1 must say 48 bits, 4 KiB granule, 16-bit ASIDs of TTBR0, it is", tcr);
    }
    uint64_t common = PTE_VALID | PTE_ACCESSED | PTE_UXN;
    kernel_top[511] = v2p(kernel_gigabytes) | PTE_VALID | PTE_TABLE;
    kernel_gigabytes[0] = 0x00000000ul | common | PTE_PXN;
    kernel_gigabytes[1] = SIM_RAM_BASE | common | PTE_NORMAL | PTE_INNER_SHARE;
    __asm__ volatile("dsb ish\n msr ttbr1_el1, %0\n isb\n tlbi vmalle1\n dsb ish\n isb" : : "r"(v2p(kernel_top)));
}

static uint64_t asid_root(unsigned asid)
{
    const uint64_t *pool = pools[asid / POOL_SIZE];

    return pool ? pool[asid % POOL_SIZE] : 0;
}

static unsigned index_at(uint64_t vaddr, unsigned shift) { return (unsigned)(vaddr >> shift) & 511u; }

static bool is_table(uint64_t pte) { return (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE); }

/* Walks down until the entry that resolves `want` address bits, or as far as tables exist; *left says where
 * it is. */
static uint64_t *walk(uint64_t root, uint64_t vaddr, unsigned want, unsigned *left)
{
    unsigned shift = 39;
    uint64_t *entry = (uint64_t *)p2v(root) + index_at(vaddr, shift);

    while (shift > want && is_table(*entry)) {
        uint64_t *table = p2v(*entry & PTE_ADDRESS);
        shift -= 9;
        entry = table + index_at(vaddr, shift);
    }
    *left = shift;
    return entry;
}

static void flush_tlb(unsigned asid)
{
    __asm__ volatile("dsb ish\n tlbi aside1, %0\n dsb ish\n isb" : : "r"((uint64_t)asid << 48));
}

static void flush_frame(unsigned asid, uint64_t vaddr)
{
    __asm__ volatile("dsb ish\n tlbi vae1, %0\n dsb ish\n isb" : : "r"((uint64_t)asid << 48 | vaddr >> 12));
}

static uint64_t frame_pte(const struct slot *frame, uint64_t rights, uint64_t attr)
{
    uint64_t pte = frame->object | PTE_VALID | PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_PXN;

    rights &= frame->rights;
    if (rights & RIGHT_READ) {
        pte |= PTE_EL0;
    }
    if (!(rights & RIGHT_WRITE)) {
        pte |= PTE_READ_ONLY;
    }
    if (attr & seL4_ARM_PageCacheable) {
        pte |= PTE_NORMAL | PTE_INNER_SHARE;
    }
    if (attr & seL4_ARM_ExecuteNever) {
        pte |= PTE_UXN;
    }
    return frame->size_bits == seL4_PageBits ? pte | PTE_TABLE : pte;
}

bool vspace_boot_map(uint64_t root, uint64_t vaddr, uint64_t paddr, bool table)
{
    unsigned left;
    struct slot frame = {.object = paddr, .size_bits = seL4_PageBits, .rights = RIGHTS_ALL};
    uint64_t *entry = walk(root, vaddr, 12, &left);

    if (table == (left == 12)) {
        return false;
    }
    *entry = table ? paddr | PTE_VALID | PTE_TABLE
                   : frame_pte(&frame, RIGHT_READ | RIGHT_WRITE, seL4_ARM_Default_VMAttributes);
    return true;
}

void vspace_boot_register(struct slot *vspace)
{
    vspace->aux = 1;
    first_pool[1] = vspace->object;
}

void vspace_activate(const struct slot *vspace)
{
    static uint64_t active;
    /* Otherwise nothing is mapped for user mode: the low entries of the kernel's own table are empty. */
    bool usable = vspace->type == CAP_VSPACE && vspace->aux && asid_root(vspace->aux) == vspace->object;
    uint64_t ttbr = usable ? vspace->object | (uint64_t)vspace->aux << 48 : v2p(kernel_top);

    if (ttbr != active) {
        __asm__ volatile("msr ttbr0_el1, %0\n isb" : : "r"(ttbr));
        active = ttbr;
    }
}

/* Undoes what a frame's, table's or address space's capability stands for. */
void vspace_unmap(struct slot *s)
{
    unsigned left;

    if (s->aux == 0) {
        return;
    }
    unsigned asid = s->aux;
    uint64_t root = asid_root(asid);
    if (s->type == CAP_VSPACE) {
        if (root == s->object) {
            flush_tlb(asid);
            pools[asid / POOL_SIZE][asid % POOL_SIZE] = 0;
        }
    } else if (root != 0) {
        uint64_t *entry = walk(root, s->data, s->size_bits, &left);
        if (s->type == CAP_TABLE) {
            /* Several tables can share the way down: stop at the entry that points to this one. */
            for (unsigned want = 39; want > 12; want -= 9) {
                entry = walk(root, s->data, want, &left);
                if (is_table(*entry) && (*entry & PTE_ADDRESS) == s->object) {
                    *entry = 0;
                    break;
                }
            }
            memset(p2v(s->object), 0, SIM_PAGE);
            flush_tlb(asid);
        } else if (left == s->size_bits && (*entry & PTE_VALID) && (*entry & PTE_ADDRESS) == s->object) {
            *entry = 0;
            flush_frame(asid, s->data);
        }
    }
    s->aux = 0;
    s->data = 0;
}

/* The address space argument of a map call. */
static seL4_Error mapped_vspace(const struct slot *vspace, uint64_t *root)
{
    if (vspace->type != CAP_VSPACE || vspace->aux == 0) {
        return fail1(seL4_InvalidCapability, 1);
    }
    *root = asid_root(vspace->aux);
    if (*root == 0) {
        return fail_lookup(false, (struct lookup_fault){.type = seL4_InvalidRoot});
    }
    return *root == vspace->object ? seL4_NoError : fail1(seL4_InvalidCapability, 1);
}

static seL4_Error frame_map(const struct call *c)
{
    struct slot *frame = c->slot;
    uint64_t root;
    unsigned left;

    if (c->length < 3 || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t vaddr = call_arg(0), rights = call_arg(1), attr = call_arg(2);
    seL4_Error e = mapped_vspace(c->extra[0], &root);
    if (e != seL4_NoError) {
        return e;
    }
    if (vaddr & MASK(frame->size_bits)) {
        return fail(seL4_AlignmentError);
    }
    if (frame->aux != 0) {
        if (frame->aux != c->extra[0]->aux) {
            return fail1(seL4_InvalidCapability, 1);
        }
        if (frame->data != vaddr) {
            return fail1(seL4_InvalidArgument, 0);
        }
    } else if (vaddr + BIT(frame->size_bits) - 1 > seL4_UserTop) {
        return fail1(seL4_InvalidArgument, 0);
    }
    /* As seL4: down as far as tables go, also below the frame's own level; another frame's entry is
     * overwritten. */
    uint64_t *entry = walk(root, vaddr, seL4_PageBits, &left);
    if (left != frame->size_bits) {
        return fail_lookup(false, (struct lookup_fault){seL4_MissingCapability, left, 0, 0});
    }
    if (inject_map()) {
        return fail_lookup(false, (struct lookup_fault){seL4_MissingCapability, SEL4_MAPPING_LOOKUP_NO_PT, 0, 0});
    }
    bool was_valid = *entry & PTE_VALID;
    *entry = frame_pte(frame, rights, attr);
    frame->aux = c->extra[0]->aux;
    frame->data = vaddr;
    if (was_valid) {
        flush_frame(frame->aux, vaddr);
    }
    return seL4_NoError;
}

static void clean_line(uint64_t va) { __asm__ volatile("dc cvac, %0" : : "r"(va) : "memory"); }
static void invalidate_line(uint64_t va) { __asm__ volatile("dc ivac, %0" : : "r"(va) : "memory"); }
static void flush_line(uint64_t va) { __asm__ volatile("dc civac, %0" : : "r"(va) : "memory"); }

/* operation: 0 clean, 1 invalidate, 2 both, 3 make fetchable as instructions; the order of the labels. */
static void cache_range(unsigned operation, uint64_t start, uint64_t end)
{
    static void (*const line[])(uint64_t) = {clean_line, invalidate_line, flush_line, clean_line};

    for (uint64_t va = start & ~63ul; va < end; va += 64) {
        line[operation](va);
    }
    __asm__ volatile("dsb sy" : : : "memory");
    if (operation == 3) {
        __asm__ volatile("ic iallu\n dsb sy\n isb" : : : "memory");
    }
}

static seL4_Error frame_cache(const struct call *c, unsigned operation)
{
    const struct slot *frame = c->slot;

    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t start = call_arg(0), end = call_arg(1), size = BIT(frame->size_bits);
    if (frame->aux == 0) {
        return fail(seL4_IllegalOperation);
    }
    if (end <= start) {
        return fail1(seL4_InvalidArgument, 1);
    }
    if (start >= size || end > size) {
        return fail1(seL4_InvalidArgument, 0);
    }
    if (!(frame->flags & SLOT_DEVICE)) {
        uint64_t base = (uint64_t)(uintptr_t)p2v(frame->object);
        cache_range(operation, base + start, base + end);
    }
    return seL4_NoError;
}

seL4_Error frame_invoke(const struct call *c)
{
    switch (c->label) {
    case ARMPageMap:
        return frame_map(c);
    case ARMPageUnmap:
        vspace_unmap(c->slot);
        return seL4_NoError;
    case ARMPageClean_Data:
    case ARMPageInvalidate_Data:
    case ARMPageCleanInvalidate_Data:
    case ARMPageUnify_Instruction:
        return frame_cache(c, (unsigned)(c->label - ARMPageClean_Data));
    case ARMPageGetAddress:
        call_return(c->slot->object);
        return seL4_NoError;
    default:
        return fail(seL4_IllegalOperation);
    }
}

seL4_Error table_invoke(const struct call *c)
{
    struct slot *table = c->slot;
    uint64_t root;
    unsigned left;

    if (c->label == ARMPageTableUnmap) {
        if (!slot_is_final(table)) {
            return fail(seL4_RevokeFirst);
        }
        vspace_unmap(table);
        return seL4_NoError;
    }
    if (c->label != ARMPageTableMap) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < 2 || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    if (table->aux != 0) {
        return fail1(seL4_InvalidCapability, 0);
    }
    uint64_t vaddr = call_arg(0);
    if (c->extra[0]->type != CAP_VSPACE || c->extra[0]->aux == 0) {
        return fail1(seL4_InvalidCapability, 1);
    }
    if (vaddr > seL4_UserTop) {
        return fail1(seL4_InvalidArgument, 0);
    }
    seL4_Error e = mapped_vspace(c->extra[0], &root);
    if (e != seL4_NoError) {
        return e;
    }
    uint64_t *entry = walk(root, vaddr, 12, &left);
    if (left == 12 || (*entry & PTE_VALID)) {
        return fail(seL4_DeleteFirst);
    }
    *entry = table->object | PTE_VALID | PTE_TABLE;
    table->aux = c->extra[0]->aux;
    table->data = vaddr & ~MASK(left);
    return seL4_NoError;
}

seL4_Error vspace_invoke(const struct call *c)
{
    unsigned left;

    if (c->label < ARMVSpaceClean_Data || c->label > ARMVSpaceUnify_Instruction) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t start = call_arg(0), end = call_arg(1);
    if (end <= start) {
        return fail1(seL4_InvalidArgument, 1);
    }
    if (end > seL4_UserTop) {
        return fail(seL4_IllegalOperation);
    }
    uint64_t root;
    if (c->slot->aux == 0 || (root = asid_root(c->slot->aux)) != c->slot->object) {
        return fail1(seL4_InvalidCapability, 0);
    }
    uint64_t *entry = walk(root, start, 12, &left);
    if (!(*entry & PTE_VALID)) {
        return seL4_NoError;
    }
    uint64_t page_end = (start & ~MASK(left)) + BIT(left);
    if (end > page_end) {
        return fail2(seL4_RangeError, start, page_end - 1);
    }
    uint64_t paddr = (*entry & PTE_ADDRESS & ~MASK(left)) + (start & MASK(left));
    if (paddr >= SIM_RAM_BASE && paddr < SIM_RAM_END) {
        uint64_t base = (uint64_t)(uintptr_t)p2v(paddr);
        cache_range((unsigned)(c->label - ARMVSpaceClean_Data), base, base + (end - start));
    }
    return seL4_NoError;
}

void asid_pool_forget(const struct slot *pool)
{
    pools[pool->data / POOL_SIZE] = NULL;
    __asm__ volatile("dsb ish\n tlbi vmalle1\n dsb ish\n isb");
}

seL4_Error asid_control_invoke(const struct call *c)
{
    unsigned i = 0;
    struct slot *to;

    if (c->label != ARMASIDControlMakePool) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < 2 || c->extras < 2) {
        return fail(seL4_TruncatedMessage);
    }
    while (i < POOLS && pools[i]) {
        i++;
    }
    if (i == POOLS) {
        return fail(seL4_DeleteFirst);
    }
    struct slot *untyped = c->extra[0];
    if (untyped->type != CAP_UNTYPED || untyped->size_bits != seL4_ASIDPoolBits || (untyped->flags & SLOT_DEVICE)) {
        return fail1(seL4_InvalidCapability, 1);
    }
    if (slot_has_children(untyped)) {
        return fail(seL4_RevokeFirst);
    }
    seL4_Error e = slot_target(c->extra[1], call_arg(0), call_arg(1), false, &to);
    if (e == seL4_NoError) {
        e = slot_must_be_empty(to);
    }
    if (e == seL4_NoError) {
        struct slot cap = {
            .type = CAP_ASID_POOL, .object = untyped->object, .data = i * POOL_SIZE, .rights = RIGHTS_ALL};
        pools[i] = memset(p2v(cap.object), 0, BIT(seL4_ASIDPoolBits));
        untyped->data = BIT(seL4_ASIDPoolBits);
        slot_insert(untyped, to, &cap, true);
    }
    return e;
}

seL4_Error asid_pool_invoke(const struct call *c)
{
    if (c->label != ARMASIDPoolAssign) {
        return fail(seL4_IllegalOperation);
    }
    if (c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    struct slot *vspace = c->extra[0];
    uint64_t *pool = pools[c->slot->data / POOL_SIZE];
    if (vspace->type != CAP_VSPACE || vspace->aux != 0) {
        return fail1(seL4_InvalidCapability, 1);
    }
    for (uint64_t i = c->slot->data ? 0 : 1; i < POOL_SIZE; i++) {
        if (pool[i] == 0) {
            pool[i] = vspace->object;
            vspace->aux = (uint16_t)(c->slot->data + i);
            return seL4_NoError;
        }
    }
    return fail(seL4_DeleteFirst);
}
