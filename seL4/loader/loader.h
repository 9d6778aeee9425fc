/* What the loader's files share: text output, halting, hashes, device tree, translation tables, processor
 * control. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payload.h"

/* Everything is in this one image: no global offset table, no relocation. */
#pragma GCC visibility push(hidden)

#define PAGE_BYTES 4096u
#define MAX_CORES 4u
/* A device tree larger than this is no device tree (QEMU pads its own to 1 MiB, and one that it is given to twice as much). */
#define FDT_MAX_BYTES 0x400000u

/* Half-open range of physical addresses. */
struct range {
    uint64_t start, end;
};

static inline bool range_overlaps(struct range a, struct range b)
{
    return a.start < b.end && b.start < a.end;
}
static inline bool range_within(struct range a, struct range b)
{
    return a.start >= b.start && a.end <= b.end;
}
static inline uint64_t page_up(uint64_t a)
{
    return (a + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
}

/* uart.c: text on the board's UART, or whatever `to` does with a character once say_through has named one (NULL: the
 * UART). A newline becomes CR LF. */
void say_through(void (*to)(char c));
void say(const char *text);
void say_n(const char *text, size_t max); /* up to max bytes or the first NUL */
void say_hex(uint64_t v);
void say_dec(uint64_t v);
void say_digest(const uint8_t *p, size_t n);
/* `loader: halted: ` + what, then for ever asleep. halt_at adds ` 0x<value>` and why. */
_Noreturn void halt(const char *what);
_Noreturn void halt_at(const char *what, uint64_t value, const char *why);
_Noreturn void asleep(void);

/* sha256.c. The plain one is slow and works before cpu_switch has turned vector registers on. */
void sha256(const void *data, size_t n, uint8_t out[32]);
void sha256_plain(const void *data, size_t n, uint8_t out[32]);

/* fdt.c. All take bytes that nobody vouches for. */
/* Bytes that the tree at p really has (≤ max), 0 when there is none. */
size_t fdt_real_size(const uint8_t *p, size_t max);
/* Writes n as the tree's total size: what lies behind is padding. */
void fdt_trim(uint8_t *p, size_t n);
/* Each /cpus/cpu@… in the tree's order, at most max; returns how many the tree has. */
struct core {
    uint64_t mpidr;   /* its affinity */
    uint64_t release; /* where it waits for an address to go to (spin-table); 0: it is started by PSCI */
};
unsigned fdt_cpus(const uint8_t *p, size_t n, struct core *cores, unsigned max);
/* The ranges of /memory@… in the tree's order, at most max; returns how many were written. */
unsigned fdt_memory(const uint8_t *p, size_t n, struct range *out, unsigned max);

/* Is one of its nodes compatible with that? */
bool fdt_compatible(const uint8_t *p, size_t n, const char *with);

/* given.c: what the start brought along. */
/* The device tree's address, as x0 holds it, or as the second word of U-Boot's `go ADDRESS TREE` says it; 0: none. */
uint64_t given_tree(uint64_t x0, uint64_t x1);
/* Bytes in which a tree may lie at an address: within the memory that the kernel was compiled for, or in the GiB in which the image
 * (self) lies, whose memory must be there; 0: it is no place for one. */
uint64_t tree_room(uint64_t given, struct range self, struct range ram);
/* Halts when the tree is of another machine than the board that this loader, and the kernel, are for. */
void check_board(const uint8_t *dtb, size_t dtb_bytes);
/* Halts when some of the n ranges of memory that the kernel was compiled for is not in the tree. */
void check_memory(const struct range *wants, size_t n, const uint8_t *dtb, size_t dtb_bytes);

/* main.c: checks that need nothing but the image and the processor; each halts with its reason. efi.c makes them
 * before it leaves firmware, and every start afterwards. */
const struct payload_table *check_image(void); /* the table behind the loader; only then is it believed */
void check_machine(const struct payload_table *t);
void check_payloads(const struct payload_table *t); /* uses vector registers */
bool payload_has(const struct payload_table *t, uint32_t kind);

/* Physical address of the TPM's registers (compatible "tcg,tpm-tis-mmio"), 0 when the tree has none. */
uint64_t fdt_tpm(const uint8_t *p, size_t n);

/* mmu.c: what every core's registers must hold when it enters the kernel. The offsets are known to start.S.
 */
struct cpu_regs {
    uint64_t el;    /*  0: exception level of the kernel, 1 or 2 */
    uint64_t mair;  /*  8 */
    uint64_t tcr;   /* 16 */
    uint64_t ttbr0; /* 24 */
    uint64_t ttbr1; /* 32: EL1 only */
    uint64_t sctlr; /* 40 */
};

/* Builds the tables: RAM and the loader itself as normal memory, the UART as device, both where they are; the
 * kernel at its virtual address. Halts on a layout that they can't express. */
void mmu_build(struct cpu_regs *r, const struct payload_table *t, const struct payload_entry *kernel,
               struct range self);
/* Reads every register of r back on the calling core; halts naming the first that differs. */
void mmu_check(const struct cpu_regs *r);

/* start.S */
struct handover {
    uint64_t x[6];  /* 0 … 40: the kernel's x0 … x5 */
    uint64_t entry; /* 48 */
};
extern uint8_t image_start[], image_end[]; /* the loader; the payload table is at image_end */
extern uint8_t image_measured[], image_measured_end[]; /* its code and constants, behind the header */
unsigned cpu_el(void);
/* Takes the calling core to r->el with r's tables on; cleans [start, end) from the caches first (0, 0:
 * nothing). */
void cpu_switch(const struct cpu_regs *r, uint64_t start, uint64_t end);
_Noreturn void cpu_enter(const struct handover *h, uint64_t logical_core);
/* Jumps to the copy of this loader at base, which keeps the device tree's address. */
_Noreturn void cpu_reenter(uint64_t base, uint64_t dtb);
int64_t cpu_psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c, bool by_smc);
void cache_clean(uint64_t start,
                 uint64_t end); /* to the point of coherency; then instruction caches are dropped */
void secondary_entry(void); /* by PSCI: x0 is its logical number */
void spin_entry(void);      /* by spin-table: spin_logical is */

/* evidence.c */
#define SECRET_BYTES 32u
/* Zeroes a device secret; NULL: there is none. */
void evidence_wipe_secret(uint8_t *secret);
/* Measures loader, table, payloads and the tree in use, all checked before; says the measurement. With kind tpm2 it goes to the
 * TPM that the tree names, which then opens what sealed holds (a provisioning blob; empty: there is none). secret: SECRET_BYTES
 * of a device secret, zeroed here, NULL when there is none. */
void evidence_make(const struct payload_table *t, struct range tree, struct range sealed, uint8_t *secret);
/* Puts the record at the start of a page, and forgets the key. */
void evidence_put(uint8_t *page);

/* smp.c: starts every core but this one; returns when all have arrived. */
void smp_start(const struct payload_table *t, const uint8_t *dtb, size_t dtb_bytes, bool by_smc);
/* Prepared by main.c, read by every core. */
extern struct cpu_regs boot_regs;
extern struct handover boot_handover;

#pragma GCC visibility pop
