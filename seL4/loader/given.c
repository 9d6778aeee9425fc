/* What the start brought along: where the device tree is, and whether the machine has the memory that the kernel was
 * compiled for. */
#include "loader.h"

#include "generated/board.h"

#define GIB 0x40000000u
#define RANGES_MAX 16u
#define GO_WORDS 2u /* argc of `go ADDRESS TREE` */

/* A hexadecimal number with or without 0x; 0 when it is none. */
static uint64_t hex(const char *s)
{
    uint64_t v = 0;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
        s += 2;
    for (unsigned digits = 0; *s; s++, digits++) {
        char c = (char)(*s | 0x20);
        bool decimal = *s >= '0' && *s <= '9';
        if (digits == 16 || (!decimal && (c < 'a' || c > 'f')))
            return 0;
        v = v << 4 | (uint64_t)(decimal ? *s - '0' : c - 'a' + 10);
    }
    return v;
}

uint64_t given_tree(uint64_t x0, uint64_t x1)
{
    /* U-Boot's `go` calls us as main(argc, argv). No tree lies at 2, and whoever passes a tree has x1 = 0. */
    if (x0 != GO_WORDS || x1 == 0 || (x1 & 7))
        return x0;
    const char *const *words = (const char *const *)(uintptr_t)x1;
    return words[1] ? hex(words[1]) : 0;
}

uint64_t tree_room(uint64_t given, struct range self, struct range ram)
{
    if (given >= ram.start && given < ram.end)
        return ram.end - given;
    return given / GIB == self.start / GIB ? GIB - given % GIB : 0;
}

void check_board(const uint8_t *dtb, size_t dtb_bytes)
{
    static const char *const wants[] = {COH_BOARD_COMPATIBLE, COH_BOARD_GIC_COMPATIBLE};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        if (fdt_compatible(dtb, dtb_bytes, wants[i]))
            continue;
        say("loader: halted: the image is for " COH_BOARD_NAME ", and this machine's device tree has nothing compatible with ");
        say(wants[i]);
        say(": take an image for this machine (QEMU: -machine virt,gic-version=2)\n");
        asleep();
    }
}

/* The first address of a range that no other range covers; its end when all is covered. */
static uint64_t covered_up_to(struct range wants, const struct range *has, unsigned n)
{
    uint64_t at = wants.start;
    for (unsigned i = 0; i < n && at < wants.end; i++) {
        if (at >= has[i].start && at < has[i].end) {
            at = has[i].end;
            i = UINT32_MAX; /* from the first again: they come in any order */
        }
    }
    return at < wants.end ? at : wants.end;
}

void check_memory(const struct range *wants, size_t n, const uint8_t *dtb, size_t dtb_bytes)
{
    struct range has[RANGES_MAX];
    unsigned ranges = fdt_memory(dtb, dtb_bytes, has, RANGES_MAX);
    for (size_t i = 0; i < n; i++) {
        uint64_t at = covered_up_to(wants[i], has, ranges);
        if (at >= wants[i].end)
            continue;
        say("loader: halted: the kernel was compiled for memory up to ");
        say_hex(wants[n - 1].end);
        say(", this machine has none at ");
        say_hex(at);
        say(": take an image for its size (Raspberry Pi 4: a kernel built with RPI4_MEMORY=1024, 2048 or 4096), or "
            "give it as much (QEMU: -m)\n");
        asleep();
    }
}
