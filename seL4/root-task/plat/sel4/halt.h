/* Stopping for good, with the name of the thing that failed. Every capability has a name ("uart.frame",
 * "net.rx[3]"), and no message shows a bare slot number. */
#pragma once

#include "base/fmt.h"

/* A capability's name: base, or base[index] when index ≥ 0. */
struct cap_name {
    const char *base;
    int32_t index;
};

static inline struct cap_name cap_name(const char *base) { return (struct cap_name){base, -1}; }

static inline struct cap_name cap_name_at(const char *base, uint32_t index)
{
    return (struct cap_name){base, (int32_t)index};
}

/* From here on a failure says `halted: …` instead of `boot halted: …`. */
void halt_boot_done(void);
/* Prints `boot halted: <name>` and the pieces, and never returns. */
_Noreturn void halt_pieces(struct cap_name name, const struct piece *p, size_t n);
/* halt(name, "needs ", n, " of them"): `<name>: needs 3 of them`. */
#define halt(name, ...) halt_pieces(name, PIECES(": ", __VA_ARGS__))
/* What a seL4 call answered: unless that is seL4_NoError, halts with `<name>: <operation>: <seL4's word for error>`. */
void sel4_must(struct cap_name name, const char *operation, unsigned long error);
/* seL4's word for an error. */
const char *sel4_word(unsigned long error);
/* Stops without a word: the reason was said. */
_Noreturn void halt_stop(void);
