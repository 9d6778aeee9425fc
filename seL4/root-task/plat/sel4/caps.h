/* Capabilities: the root CNode's free slots and the untyped memory, handed out once at boot, every object by
 * name. A refusal by the kernel or an exhausted resource halts with that name; so none of these return an
 * error. */
#pragma once

#include <sel4/sel4.h>

#include "hive/hive.h"
#include "plat/sel4/halt.h"

/* What was handed out so far; memory that is lost between two objects counts. */
extern struct hive_taken caps_taken;

/* Reads BootInfo's untyped list and empty slots; halts when either is impossible. */
void caps_init(const seL4_BootInfo *bi);
/* One free slot, empty. */
seL4_CPtr caps_slot(struct cap_name name);
/* One object of RAM of 2^bits bytes (a CNode: with its slots). Its memory is zero. */
seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name);
/* n of them, in slots and in physical memory one behind the other (n ≤ CONFIG_RETYPE_FAN_OUT_LIMIT); the first's slot. */
seL4_CPtr caps_new_run(seL4_Word type, seL4_Word bits, uint32_t n, struct cap_name name);
/* n of them in slots one behind the other, in as few runs as there is room for. */
seL4_CPtr caps_new_many(seL4_Word type, seL4_Word bits, uint32_t n, struct cap_name name);
/* An untyped of 2^bits bytes whose owner retypes it himself; seL4_CapNull when no memory or slot is left. */
seL4_CPtr caps_untyped(seL4_Word bits);
/* Is nothing made of any untyped of 2^bits bytes or more, so that nothing of that size is anywhere? By the kernel's word: more
 * than there is of one is asked for, and it says how much there is. False where it can't be asked. */
bool caps_untouched(seL4_Word bits);
/* The device frame (a small page) at physical address paddr. Each address once. */
seL4_CPtr caps_device(seL4_Word paddr, struct cap_name name);
