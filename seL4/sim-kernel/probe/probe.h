/* The probe: a first task that asks the kernel questions and prints each answer as one line, so that the
 * simulation kernel can be compared with seL4 line by line. Lines hold no addresses and no times, which
 * differ between kernels. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sel4/sel4.h>

#include <sel4/arch/mapping.h>

#define SELF_CNODE seL4_CapInitThreadCNode
#define SELF_VSPACE seL4_CapInitThreadVSpace

extern seL4_BootInfo *probe_info;
extern seL4_CPtr probe_pool; /* an untyped of 2^PROBE_POOL_BITS bytes that everything is made of */
#define PROBE_POOL_BITS 25

/* A fresh empty slot. */
seL4_CPtr slot(void);
/* An object made of the pool; stops the probe if that fails. */
seL4_CPtr make(seL4_Word type, seL4_Word bits);

/* `probe: <name>: <error> <details>` from the last call. */
void line(const char *name, seL4_Error e);
void line_value(const char *name, uint64_t value);
void line_words(const char *name, const uint64_t *words, unsigned n);
void line_text(const char *name, const char *text);
void stop(const char *why);
void uart_start(void);

void probe_retype(void);
void probe_cnode(void);
void probe_memory(void);
void probe_tables(void);
void probe_notification(void);
void probe_irq(void);
void probe_threads(void);
