/* From power-on to the kernel's first instruction: check the payloads, find room, turn the MMU on, place,
 * start, enter. */
#include "loader.h"

#include "generated/board.h"

#include <string.h>

#define USER_END_ALIGN ((uint64_t)COH_BOARD_USER_END_ALIGN)
#define ALIGN_2M(a) (((a) + 0x1fffff) & ~0x1fffffull)

struct cpu_regs boot_regs;
struct handover boot_handover;
static bool own_tree;       /* none came along; the copy of the loader knows it too */
static bool entered_at_el2; /* then PSCI is reached by SMC, else by HVC */

void loader_main(uint64_t dtb, uint64_t is_copy);

struct places {
    struct range self;    /* loader, payloads */
    struct range scratch; /* trimmed copy of the device tree, behind them */
    struct range kernel, dtb, user; /* whole pages, one behind the other */
};

static const struct payload_table *the_table(void)
{
    return (const struct payload_table *)(const void *)image_end;
}

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case PAYLOAD_KERNEL:
        return "kernel";
    case PAYLOAD_ROOTSERVER:
        return "rootserver";
    case PAYLOAD_DTB:
        return "device tree";
    case PAYLOAD_PROVISION:
        return "provision";
    case PAYLOAD_MANIFEST:
        return "manifest";
    case PAYLOAD_MEMORY:
        return "memory map";
    case PAYLOAD_SECRET:
        return "device secret";
    default:
        return "unknown kind";
    }
}

static const struct payload_entry *find(const struct payload_table *t, uint32_t kind)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->entries[i].kind == kind)
            return &t->entries[i];
    return NULL;
}

bool payload_has(const struct payload_table *t, uint32_t kind)
{
    return find(t, kind) != NULL;
}

static void table_damaged(const char *what)
{
    say("loader: halted: payload table: ");
    say(what);
    say(": the image is damaged or cut short; write it again\n");
    asleep();
}

/* Nothing of the table is believed before this returns. */
static void check_table(const struct payload_table *t)
{
    struct payload_table copy;
    uint8_t sum[32];
    if (t->magic != PAYLOAD_MAGIC || t->layout != PAYLOAD_LAYOUT)
        table_damaged("not found behind the loader");
    memcpy(&copy, t, sizeof copy);
    memset(copy.table_sha256, 0, sizeof copy.table_sha256);
    sha256_plain(&copy, sizeof copy, sum);
    if (memcmp(sum, t->table_sha256, sizeof sum) != 0)
        table_damaged("SHA-256 differs");
    if (t->count > PAYLOAD_MAX || t->cores < 1 || t->cores > MAX_CORES || !find(t, PAYLOAD_KERNEL) ||
        !find(t, PAYLOAD_ROOTSERVER))
        table_damaged("made by another version of the image tool");
    for (uint32_t i = 0; i < t->count; i++) {
        const struct payload_entry *e = &t->entries[i];
        if (e->offset > t->total_bytes || e->size > t->total_bytes - e->offset || e->mem_size < e->size)
            table_damaged("an entry lies outside the image");
    }
    const struct payload_entry *secret = find(t, PAYLOAD_SECRET);
    if ((secret && secret->size != SECRET_BYTES) || t->self_start != (uint64_t)(image_measured - image_start) ||
        t->self_end != (uint64_t)(image_measured_end - image_start))
        table_damaged("made for another loader");
}

const struct payload_table *check_image(void)
{
    const struct payload_table *t = the_table();
    check_table(t);
    return t;
}

static const uint8_t *blob(const struct payload_table *t, const struct payload_entry *e)
{
    return (const uint8_t *)t + e->offset;
}

/* Between table and payloads are zeros. */
static void check_gap(const struct payload_table *t, uint64_t from)
{
    for (uint64_t at = from; at < page_up(from) && at < t->total_bytes; at++)
        if (((const uint8_t *)t)[at] != 0)
            table_damaged("bytes between payloads are not zero");
}

/* The device secret among the payloads, NULL when there is none. */
static uint8_t *secret_in_image(const struct payload_table *t)
{
    const struct payload_entry *e = find(t, PAYLOAD_SECRET);
    return e ? image_end + e->offset : NULL;
}

/* The provisioning blob among the payloads, empty when there is none. */
static struct range keys_in_image(const struct payload_table *t)
{
    const struct payload_entry *e = find(t, PAYLOAD_PROVISION);
    uint64_t at = e ? (uint64_t)(uintptr_t)blob(t, e) : 0;
    return (struct range){at, e ? at + e->size : at};
}

void check_payloads(const struct payload_table *t)
{
    check_gap(t, sizeof *t);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct payload_entry *e = &t->entries[i];
        uint8_t sum[32];
        check_gap(t, e->offset + e->size);
        sha256(blob(t, e), e->size, sum);
        if (memcmp(sum, e->sha256, sizeof sum) == 0)
            continue;
        say("loader: halted: payload ");
        say(kind_name(e->kind));
        say(": SHA-256 is ");
        say_digest(sum, 8);
        say("..., the table says ");
        say_digest(e->sha256, 8);
        say("...: the image is damaged; write it again\n");
        asleep();
    }
}

static void banner(const struct payload_table *t)
{
    say("loader: cohesix ");
    say_n(t->stamp, PAYLOAD_STAMP_BYTES);
    say(" manifest=");
    say_digest(t->manifest_sha256, 6);
    say(" el=");
    say_dec(cpu_el());
    say(t->flags & PAYLOAD_FLAG_EL2 ? "->2 cores=" : "->1 cores=");
    say_dec(t->cores);
    say("\n");
}

/* The tree in x0 when there is one (QEMU, booti), else the image's own (`go` passes none). */
static struct range find_dtb(const struct payload_table *t, uint64_t given)
{
    struct range r = {0, 0};
    struct range self = {(uint64_t)(uintptr_t)image_start, (uint64_t)(uintptr_t)t + t->total_bytes};
    struct range ram = {t->ram_start, t->ram_end};
    size_t n;
    uint64_t room = given == page_up(self.end) ? PAYLOAD_SLACK : tree_room(given, self, ram); /* efi.c puts firmware's there */
    if (!(given & 7) && room) {
        n = fdt_real_size((const uint8_t *)(uintptr_t)given,
                          room < FDT_MAX_BYTES ? (size_t)room : FDT_MAX_BYTES);
        if (n) {
            r.start = given;
            r.end = given + n;
            return r;
        }
    }
    const struct payload_entry *own = find(t, PAYLOAD_DTB);
    n = own ? fdt_real_size(blob(t, own), (size_t)own->size) : 0;
    if (!n)
        halt_at("no device tree: x0 holds", given,
                " and the image carries none; start it with a loader that passes one, or make the image with "
                "--dtb");
    own_tree = true;
    r.start = (uint64_t)(uintptr_t)blob(t, own);
    r.end = r.start + n;
    return r;
}

/* The rootserver's region ends where large untypeds can begin: behind another page the kernel would give up to
 * ten small ones first, and where it may give 50 in all (its verified configurations) the large ones would be
 * lost. For the same reason no page between kernel and rootserver is free. */
static uint64_t untyped_up(uint64_t end)
{
    return (end + USER_END_ALIGN - 1) & ~(USER_END_ALIGN - 1);
}

/* Only a tree that came along says what the machine is and has. */
static void compare_machine(const struct payload_table *t, const struct places *p)
{
    const struct payload_entry *map = find(t, PAYLOAD_MEMORY);
    const struct range ram = {t->ram_start, t->ram_end};
    const uint8_t *tree = (const uint8_t *)(uintptr_t)p->scratch.start;
    size_t bytes = p->scratch.end - p->scratch.start;
    if (own_tree) {
        say("loader: no device tree came along: the image's own serves, and the machine's memory is not checked\n");
        return;
    }
    check_board(tree, bytes);
    check_memory(map ? (const struct range *)(const void *)blob(t, map) : &ram, map ? map->size / sizeof(struct range) : 1,
                 tree, bytes);
}

static void plan(struct places *p, const struct payload_table *t, struct range dtb)
{
    const struct payload_entry *k = find(t, PAYLOAD_KERNEL), *u = find(t, PAYLOAD_ROOTSERVER);
    struct range ram = {t->ram_start, t->ram_end};
    p->kernel = (struct range){k->phys, page_up(k->phys + k->mem_size)};
    p->dtb = (struct range){p->kernel.end, page_up(p->kernel.end + (dtb.end - dtb.start))};
    uint64_t user = p->dtb.end;
    p->user = (struct range){user, untyped_up(user + u->mem_size)};
    p->self = (struct range){(uint64_t)(uintptr_t)image_start, (uint64_t)(uintptr_t)t + t->total_bytes};
    p->scratch.start = page_up(p->self.end);
    p->scratch.end = p->scratch.start + (dtb.end - dtb.start);
    if (!range_within(p->kernel, ram))
        halt_at("kernel ends at", p->kernel.end, ", outside of the memory that it was compiled for");
    if (!range_within(p->user, ram))
        halt_at("no room: the rootserver would end at", p->user.end, ", behind the end of memory");
}

/* Copies loader, payloads and tree above everything that will be written, and goes on there. */
static void move_away(const struct places *p, const struct payload_table *t, struct range dtb)
{
    uint64_t bytes = p->scratch.end - p->self.start;
    uint64_t top = p->user.end > p->scratch.end ? p->user.end : p->scratch.end;
    struct range to = {ALIGN_2M(top), 0};
    to.end = to.start + bytes;
    if (range_overlaps(to, dtb)) {
        to.start = ALIGN_2M(dtb.end);
        to.end = to.start + bytes;
    }
    if (to.end > t->ram_end)
        halt_at("no room: the loader lies where the kernel goes, and its copy would end at", to.end,
                ", behind the end of memory");
    uint64_t new_dtb = to.start + (p->scratch.start - p->self.start);
    cache_clean(to.start, to.end); /* what firmware left there must not be written over the copy later */
    memcpy((void *)(uintptr_t)to.start, image_start, p->self.end - p->self.start);
    evidence_wipe_secret(secret_in_image(t));
    memmove((void *)(uintptr_t)new_dtb, (const void *)(uintptr_t)dtb.start, dtb.end - dtb.start);
    fdt_trim((uint8_t *)(uintptr_t)new_dtb, dtb.end - dtb.start);
    cache_clean(to.start, to.end);
    cpu_reenter(to.start, new_dtb);
}

static void put_payload(const struct payload_table *t, const struct payload_entry *e, struct range at)
{
    uint8_t *to = (uint8_t *)(uintptr_t)at.start;
    memcpy(to, blob(t, e), e->size);
    memset(to + e->size, 0, (size_t)(at.end - at.start - e->size));
}

static void place(const struct places *p, const struct payload_table *t)
{
    const struct payload_entry *u = find(t, PAYLOAD_ROOTSERVER), *secret = find(t, PAYLOAD_PROVISION);
    put_payload(t, find(t, PAYLOAD_KERNEL), p->kernel);
    size_t tree = p->scratch.end - p->scratch.start;
    memcpy((void *)(uintptr_t)p->dtb.start, (const void *)(uintptr_t)p->scratch.start, tree);
    memset((void *)(uintptr_t)(p->dtb.start + tree), 0, p->dtb.end - p->dtb.start - tree);
    put_payload(t, u, p->user);
    if (secret) {
        uint64_t at = t->provision_virt - u->virt;
        if (t->provision_virt < u->virt || secret->size > PAGE_BYTES || at > u->mem_size - PAGE_BYTES)
            table_damaged("the provision blob does not fit the rootserver's page");
        memcpy((void *)(uintptr_t)(p->user.start + at), blob(t, secret), secret->size);
    }
    if (t->evidence_virt) {
        uint64_t at = t->evidence_virt - u->virt;
        if (t->evidence_virt < u->virt || at > u->mem_size - PAGE_BYTES)
            table_damaged("the evidence page lies outside the rootserver");
        evidence_put((uint8_t *)(uintptr_t)(p->user.start + at));
    }
    cache_clean(p->kernel.start, p->user.end);
}

static void set_handover(const struct places *p, const struct payload_table *t)
{
    boot_handover.x[0] = p->user.start;
    boot_handover.x[1] = p->user.end;
    boot_handover.x[2] = p->user.start - find(t, PAYLOAD_ROOTSERVER)->virt;
    boot_handover.x[3] = t->user_entry;
    boot_handover.x[4] = p->dtb.start;
    boot_handover.x[5] = p->dtb.end - p->dtb.start;
    boot_handover.entry = t->kernel_entry;
}

/* A kernel at EL2 fits one size of physical addresses alone: on another processor it would stop without a word. */
static void check_processor(const struct payload_table *t)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52}; /* by ID_AA64MMFR0_EL1.PARange */
    uint64_t range;
    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(range));
    range &= 15;
    uint32_t has = range < sizeof bits ? bits[range] : 0;
    if (t->physical_bits == 0 || t->physical_bits == has)
        return;
    say("loader: halted: the kernel was built for processors with physical addresses of ");
    say_dec(t->physical_bits);
    say(" bits, this one has ");
    say_dec(has);
    say(": start QEMU with -cpu cortex-a53 for 40, cortex-a57 for 44, or build the kernel for this processor\n");
    asleep();
}

void check_machine(const struct payload_table *t)
{
    unsigned el = cpu_el();
    if (el != 1 && el != 2)
        halt_at("entered at exception level", el, ": this loader starts at 1 or 2");
    if ((t->flags & PAYLOAD_FLAG_EL2) && el != 2)
        halt("the kernel needs EL2 and this is EL1: start QEMU with -machine virt,virtualization=on, or take "
             "a kernel "
             "without hypervisor support");
    check_processor(t);
}

void loader_main(uint64_t dtb_given, uint64_t is_copy)
{
    const struct payload_table *t = check_image();
    struct places p;
    if (!is_copy)
        banner(t);
    entered_at_el2 = cpu_el() == 2;
    check_machine(t);
    struct range dtb = find_dtb(t, dtb_given);
    plan(&p, t, dtb);
    struct range written = {p.kernel.start, p.user.end}, own = {p.self.start, p.scratch.end};
    if (!is_copy && range_overlaps(own, written))
        move_away(&p, t, dtb);
    if (dtb.start != p.scratch.start)
        memmove((void *)(uintptr_t)p.scratch.start, (const void *)(uintptr_t)dtb.start, dtb.end - dtb.start);
    fdt_trim((uint8_t *)(uintptr_t)p.scratch.start, dtb.end - dtb.start);

    mmu_build(&boot_regs, t, find(t, PAYLOAD_KERNEL), own);
    set_handover(&p, t);
    cpu_switch(&boot_regs, own.start, own.end);
    mmu_check(&boot_regs);

    check_payloads(t);
    compare_machine(t, &p);
    evidence_make(t, p.scratch, keys_in_image(t), secret_in_image(t));
    place(&p, t);
    cache_clean(own.start, own.end); /* the other cores read boot_regs before their caches are on */
    if (t->cores > 1)
        smp_start(t, (const uint8_t *)(uintptr_t)p.dtb.start, (size_t)(p.dtb.end - p.dtb.start),
                  entered_at_el2);
    cpu_enter(&boot_handover, 0);
}
