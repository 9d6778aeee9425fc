/* Translation tables and the registers that go with them. seL4 at EL1 never writes MAIR_EL1 or TCR_EL1: what
 * is set here stays for good, so every value is read back. Emulators forgive mistakes here; hardware does
 * not. */
#include "loader.h"

#include "generated/board.h"

#define BLOCK_2M 0x200000u
#define GIB_SHIFT 30
#define TABLE 3u
#define BLOCK 1u
#define ATTR(i) ((uint64_t)(i) << 2)
#define AP_EL2_ONE (1ull << 6) /* AP[1]: reserved, one, in tables of EL2 */
#define INNER_SHAREABLE (3ull << 8)
#define ACCESSED (1ull << 10)
#define NEVER_EXECUTE (3ull << 53)

/* Index 0 device-nGnRnE, 1 device-nGnRE, 2 device-GRE, 3 normal non-cacheable, 4 normal write-back, 5 normal
 * write-through. */
#define MAIR 0x0000aaff440c0400ull
#define DEVICE (BLOCK | ATTR(0) | ACCESSED | NEVER_EXECUTE)
#define NORMAL (BLOCK | ATTR(4) | ACCESSED | INNER_SHAREABLE)

#define WALKS_CACHED_INNER_SHAREABLE                                                                         \
    ((1ull << 8) | (1ull << 10) | (3ull << 12)) /* IRGN, ORGN, SH of one half */
/* 48-bit halves, 4 KiB granules (TG0 0, TG1 2), 16-bit ASIDs taken from TTBR0. */
#define TCR_EL1                                                                                              \
    (16ull | WALKS_CACHED_INNER_SHAREABLE | (16ull | WALKS_CACHED_INNER_SHAREABLE) << 16 | 2ull << 30 |      \
     1ull << 36)
#define TCR_EL1_IPS_SHIFT 32
#define TCR_EL2 (16ull | WALKS_CACHED_INNER_SHAREABLE | 1ull << 23 | 1ull << 31)
#define TCR_EL2_PS_SHIFT 16
/* One-bits, then MMU, data caches, instruction caches. */
#define SCTLR_EL1 (0x30d00800ull | 1u | 1u << 2 | 1u << 12)
#define SCTLR_EL2 (0x30c50830ull | 1u | 1u << 2 | 1u << 12)

struct table {
    uint64_t e[512];
};
static struct table identity_l0, identity_l1, kernel_l0, kernel_l1, kernel_l2 __attribute__((aligned(4096)));
_Static_assert(sizeof(struct table) == PAGE_BYTES, "tables are pages");

static uint64_t physical(const struct table *t)
{
    return (uint64_t)(uintptr_t)t;
}

static void map_identity(struct range r, uint64_t attributes, uint64_t el_bits)
{
    for (uint64_t gib = r.start >> GIB_SHIFT; gib <= (r.end - 1) >> GIB_SHIFT; gib++) {
        uint64_t entry = gib << GIB_SHIFT | attributes | el_bits;
        if (gib >= 512)
            halt_at("an address", r.end, " lies above 512 GiB, which this loader does not map");
        if (identity_l1.e[gib] && identity_l1.e[gib] != entry)
            halt_at("devices and memory share the GiB at", gib << GIB_SHIFT, ": this loader maps whole GiBs");
        identity_l1.e[gib] = entry;
    }
}

static void map_kernel(const struct payload_entry *k, struct table *l0, uint64_t el_bits)
{
    uint64_t first = k->virt & ~(uint64_t)(BLOCK_2M - 1);
    uint64_t last = k->virt + k->mem_size - 1;
    uint64_t phys = k->phys - (k->virt - first);
    uint64_t top = (k->virt >> 39) & 511;
    if ((k->virt - k->phys) % BLOCK_2M)
        halt_at("kernel's virtual and physical address differ by", k->virt - k->phys,
                ", not a multiple of 2 MiB");
    if (first >> GIB_SHIFT != last >> GIB_SHIFT)
        halt_at("kernel crosses a GiB boundary at", last, ": this loader maps one");
    if (l0->e[top])
        halt_at("kernel's virtual address", k->virt, " collides with the identity map");
    l0->e[top] = physical(&kernel_l1) | TABLE;
    kernel_l1.e[(first >> GIB_SHIFT) & 511] = physical(&kernel_l2) | TABLE;
    for (uint64_t va = first; va <= last; va += BLOCK_2M, phys += BLOCK_2M)
        kernel_l2.e[(va >> 21) & 511] = phys | NORMAL | el_bits;
}

void mmu_build(struct cpu_regs *r, const struct payload_table *t, const struct payload_entry *kernel,
               struct range self)
{
    bool el2 = (t->flags & PAYLOAD_FLAG_EL2) != 0;
    uint64_t el_bits = el2 ? AP_EL2_ONE : 0;
    struct range ram = {t->ram_start, t->ram_end};
    struct range uart = {COH_BOARD_UART_PADDR, COH_BOARD_UART_PADDR + 1};
    uint64_t parange;
    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(parange));
    parange &= 15;
    if (parange > 5)
        parange = 5; /* 48 bits: more needs other tables */

    identity_l0.e[0] = physical(&identity_l1) | TABLE;
    map_identity(ram, NORMAL, el_bits);
    map_identity(self, NORMAL, el_bits);
    map_identity(uart, DEVICE, el_bits);
    map_kernel(kernel, el2 ? &identity_l0 : &kernel_l0, el_bits);

    r->el = el2 ? 2 : 1;
    r->mair = MAIR;
    r->tcr = el2 ? TCR_EL2 | parange << TCR_EL2_PS_SHIFT : TCR_EL1 | parange << TCR_EL1_IPS_SHIFT;
    r->ttbr0 = physical(&identity_l0);
    r->ttbr1 = el2 ? 0 : physical(&kernel_l0);
    r->sctlr = el2 ? SCTLR_EL2 : SCTLR_EL1;
}

#define READ(name)                                                                                           \
    __extension__({                                                                                          \
        uint64_t v_;                                                                                         \
        __asm__ volatile("mrs %0, " #name : "=r"(v_));                                                       \
        v_;                                                                                                  \
    })

static void expect(const char *name, uint64_t has, uint64_t wants)
{
    if (has == wants)
        return;
    say("loader: ");
    say(name);
    say(" was set to ");
    say_hex(wants);
    say("\n");
    halt_at(name, has, " is what it reads: this processor does not do what the kernel needs");
}

void mmu_check(const struct cpu_regs *r)
{
    expect("CurrentEL", cpu_el(), r->el);
    if (r->el == 1) {
        expect("MAIR_EL1", READ(mair_el1), r->mair);
        expect("TCR_EL1", READ(tcr_el1), r->tcr);
        expect("TTBR0_EL1", READ(ttbr0_el1), r->ttbr0);
        expect("TTBR1_EL1", READ(ttbr1_el1), r->ttbr1);
        expect("SCTLR_EL1", READ(sctlr_el1), r->sctlr);
    } else {
        expect("MAIR_EL2", READ(mair_el2), r->mair);
        expect("TCR_EL2", READ(tcr_el2), r->tcr);
        expect("TTBR0_EL2", READ(ttbr0_el2), r->ttbr0);
        expect("SCTLR_EL2", READ(sctlr_el2), r->sctlr);
    }
}
