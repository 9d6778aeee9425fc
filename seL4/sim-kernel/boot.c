/* Makes the first task: its CSpace, address space, boot info and thread, and the untypeds for all other
 * memory. */
#include "sim.h"

#define CNODE_BITS CONFIG_ROOT_CNODE_SIZE_BITS
#define MAX_TABLES 64u      /* covers a first task of about 120 MiB */
#define MAX_EXTRA_PAGES 32u /* boot-info chunks: the device tree and ours */
#define MAX_EXTRA (MAX_EXTRA_PAGES * SIM_PAGE)

static struct slot root_cnode[1u << CNODE_BITS] __attribute__((aligned(4096)));
static uint8_t root_vspace[SIM_PAGE] __attribute__((aligned(4096)));
static uint8_t tables[MAX_TABLES][SIM_PAGE] __attribute__((aligned(4096)));
static uint8_t ipc_page[SIM_PAGE] __attribute__((aligned(4096)));
static uint8_t info_pages[(1 + MAX_EXTRA_PAGES) * SIM_PAGE] __attribute__((aligned(4096)));
static struct thread first_thread __attribute__((aligned(2048)));
extern char sim_end[];

static uint64_t next_slot = seL4_NumInitialCaps;
static uint64_t tables_used;

static struct slot *put_cap(uint64_t index, const struct slot *cap)
{
    if (index >= BIT(CNODE_BITS)) {
        boot_stop("the first task needs more slots than its root CNode has", BIT(CNODE_BITS));
    }
    root_cnode[index] = *cap;
    root_cnode[index].rights = RIGHTS_ALL;
    root_cnode[index].flags |= SLOT_ORIGINAL;
    return &root_cnode[index];
}

static uint64_t round_up(uint64_t n) { return (n + SIM_PAGE - 1) & ~(SIM_PAGE - 1); }

/* ---- device tree: only the boot arguments are wanted ---- */
static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void read_bootargs(const uint8_t *fdt, uint64_t size)
{
    if (size < 40 || be32(fdt) != 0xd00dfeedu || be32(fdt + 4) > size) {
        boot_stop("no device tree at the address that the loader gave", v2p(fdt));
    }
    const uint8_t *strings = fdt + be32(fdt + 12);
    const uint8_t *end = fdt + size;
    const uint8_t *p = fdt + be32(fdt + 8);

    while (p + 12 <= end) {
        uint32_t token = be32(p);
        p += 4;
        if (token == 1) { /* node: name, padded */
            while (p < end && *p) {
                p++;
            }
            p = fdt + (((uint64_t)(p - fdt) + 4) & ~3ul);
        } else if (token == 3) { /* property: length, name, value */
            uint32_t n = be32(p), name = be32(p + 4);
            if (p + 8 + n > end || strings + name >= end) {
                return;
            }
            if (same_text((const char *)strings + name, "bootargs")) {
                inject_boot((const char *)p + 8, n);
                return;
            }
            p += 8 + ((n + 3) & ~3u);
        } else if (token == 9) {
            break;
        }
    }
    inject_boot("", 0);
}

/* ---- boot info ---- */
static uint64_t write_chunks(const struct boot_args *a)
{
    uint8_t *at = info_pages + SIM_PAGE;
    seL4_BootInfoHeader fdt = {SEL4_BOOTINFO_HEADER_FDT, (sizeof(seL4_BootInfoHeader) + a->dtb_size + 7) & ~7ul};
    struct coh_sim_chunk ours;

    if (fdt.len + sizeof ours > MAX_EXTRA) {
        boot_stop("device tree too large (at most 128 KiB; the loader trims it), bytes", a->dtb_size);
    }
    memcpy(at, &fdt, sizeof fdt);
    memcpy(at + sizeof fdt, p2v(a->dtb), a->dtb_size);
    inject_describe(&ours);
    memcpy(at + fdt.len, &ours, sizeof ours);
    return fdt.len + sizeof ours;
}

static void map_page(uint64_t vaddr, uint64_t paddr)
{
    if (!vspace_boot_map(v2p(root_vspace), vaddr, paddr, false)) {
        boot_stop("no table for an address of the first task", vaddr);
    }
}

static seL4_SlotRegion make_tables(uint64_t from, uint64_t to)
{
    seL4_SlotRegion region = {.start = next_slot};

    for (uint64_t va = from & ~MASK(seL4_LargePageBits); va < to; va += BIT(seL4_LargePageBits)) {
        /* At most three levels are missing. */
        for (unsigned level = 0; level < 3; level++) {
            if (tables_used == MAX_TABLES) {
                boot_stop("the first task's image is too large, page tables", MAX_TABLES);
            }
            if (!vspace_boot_map(v2p(root_vspace), va, v2p(tables[tables_used]), true)) {
                break;
            }
            struct slot cap = {.type = CAP_TABLE,
                               .object = v2p(tables[tables_used]),
                               .size_bits = seL4_PageTableBits,
                               .data = va,
                               .aux = 1};
            put_cap(next_slot++, &cap);
            tables_used++;
        }
    }
    region.end = next_slot;
    return region;
}

static seL4_SlotRegion map_frames(uint64_t vaddr, uint64_t paddr, uint64_t bytes)
{
    seL4_SlotRegion region = {.start = next_slot};

    for (uint64_t at = 0; at < bytes; at += SIM_PAGE) {
        struct slot cap = {
            .type = CAP_FRAME, .object = paddr + at, .size_bits = seL4_PageBits, .data = vaddr + at, .aux = 1};
        map_page(vaddr + at, paddr + at);
        put_cap(next_slot++, &cap);
    }
    region.end = next_slot;
    return region;
}

static void map_one(uint64_t slot, uint64_t vaddr, const void *page)
{
    struct slot cap = {.type = CAP_FRAME, .object = v2p(page), .size_bits = seL4_PageBits, .data = vaddr, .aux = 1};

    map_page(vaddr, v2p(page));
    put_cap(slot, &cap);
}

/* ---- untypeds ---- */
static void add_untypeds(seL4_BootInfo *bi, uint64_t from, uint64_t to, bool device)
{
    while (from < to) {
        unsigned bits = from ? (unsigned)__builtin_ctzl(from) : seL4_MaxUntypedBits;
        while (bits > seL4_MaxUntypedBits || BIT(bits) > to - from) {
            bits--;
        }
        uint64_t n = next_slot - bi->untyped.start;
        if (n == CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS) {
            boot_stop("more untypeds than the boot info has room for", n);
        }
        struct slot cap = {
            .type = CAP_UNTYPED, .object = from, .size_bits = (uint8_t)bits, .flags = device ? SLOT_DEVICE : 0};
        put_cap(next_slot++, &cap);
        bi->untypedList[n] = (seL4_UntypedDesc){.paddr = from, .sizeBits = (seL4_Uint8)bits, .isDevice = device};
        from += BIT(bits);
    }
}

static void make_untypeds(seL4_BootInfo *bi, const struct boot_args *a)
{
    bi->untyped.start = next_slot;
    add_untypeds(bi, 0, SIM_GICD, true);
    add_untypeds(bi, SIM_GICD + SIM_PAGE, SIM_GICC, true);
    add_untypeds(bi, SIM_GICC + SIM_PAGE, SIM_RAM_BASE, true);
    add_untypeds(bi, SIM_RAM_END, SIM_DEVICE_END, true);
    add_untypeds(bi, v2p(sim_end), a->dtb & ~(SIM_PAGE - 1), false);
    add_untypeds(bi, round_up(a->dtb + a->dtb_size), a->image_start, false);
    add_untypeds(bi, a->image_end, SIM_RAM_END, false);
    bi->untyped.end = next_slot;
}

static void check_order(const struct boot_args *a)
{
    if (a->dtb < v2p(sim_end) || a->dtb >= SIM_RAM_END) {
        boot_stop("the device tree must lie behind the kernel's end, it is at", a->dtb);
    }
    if (a->image_start < round_up(a->dtb + a->dtb_size) || a->image_end > SIM_RAM_END ||
        a->image_start >= a->image_end || ((a->image_start | a->image_end) & (SIM_PAGE - 1))) {
        boot_stop("the user image must be whole pages behind the device tree, it starts at", a->image_start);
    }
}

static void make_fixed_caps(void)
{
    put_cap(seL4_CapInitThreadTCB,
            &(struct slot){.type = CAP_TCB, .object = v2p(&first_thread), .size_bits = seL4_TCBBits});
    put_cap(seL4_CapInitThreadCNode, &(struct slot){.type = CAP_CNODE,
                                                    .object = v2p(root_cnode),
                                                    .size_bits = CNODE_BITS,
                                                    .aux = seL4_WordBits - CNODE_BITS});
    put_cap(seL4_CapInitThreadVSpace,
            &(struct slot){.type = CAP_VSPACE, .object = v2p(root_vspace), .size_bits = seL4_VSpaceBits});
    vspace_boot_register(&root_cnode[seL4_CapInitThreadVSpace]);
    put_cap(seL4_CapIRQControl, &(struct slot){.type = CAP_IRQ_CONTROL});
    put_cap(seL4_CapASIDControl, &(struct slot){.type = CAP_ASID_CONTROL});
    put_cap(seL4_CapInitThreadASIDPool, &(struct slot){.type = CAP_ASID_POOL});
    put_cap(seL4_CapDomain, &(struct slot){.type = CAP_DOMAIN});
}

static void give(unsigned to, uint64_t from)
{
    struct slot cap;

    (void)cap_derive(&root_cnode[from], &cap);
    slot_insert(&root_cnode[from], &first_thread.slots[to], &cap, false);
}

struct thread *boot_first_thread(const struct boot_args *a)
{
    seL4_BootInfo *bi = (seL4_BootInfo *)(void *)info_pages;
    uint64_t image = a->image_start - a->pv_offset;
    uint64_t ipc_vaddr = image + (a->image_end - a->image_start);
    uint64_t info_vaddr = ipc_vaddr + SIM_PAGE;

    check_order(a);
    read_bootargs(p2v(a->dtb), a->dtb_size);
    make_fixed_caps();
    bi->extraLen = write_chunks(a);
    uint64_t extra = round_up(bi->extraLen);
    bi->numNodes = 1;
    bi->ipcBuffer = (seL4_IPCBuffer *)(uintptr_t)ipc_vaddr;
    bi->initThreadCNodeSizeBits = CNODE_BITS;
    bi->userImagePaging = make_tables(image, info_vaddr + SIM_PAGE + extra);
    map_one(seL4_CapInitThreadIPCBuffer, ipc_vaddr, ipc_page);
    map_one(seL4_CapBootInfoFrame, info_vaddr, info_pages);
    bi->extraBIPages = map_frames(info_vaddr + SIM_PAGE, v2p(info_pages) + SIM_PAGE, extra);
    bi->userImageFrames = map_frames(image, a->image_start, a->image_end - a->image_start);
    make_untypeds(bi, a);
    bi->empty = (seL4_SlotRegion){next_slot, BIT(CNODE_BITS)};

    struct thread *t = &first_thread;
    thread_init(t);
    give(THREAD_CSPACE, seL4_CapInitThreadCNode);
    give(THREAD_VSPACE, seL4_CapInitThreadVSpace);
    give(THREAD_BUFFER, seL4_CapInitThreadIPCBuffer);
    t->buffer_vaddr = ipc_vaddr;
    t->priority = t->mcp = seL4_MaxPrio;
    thread_restart(t);
    t->ctx.pc = a->entry;
    t->ctx.x[0] = info_vaddr;
    return t;
}
