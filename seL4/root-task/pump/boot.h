/* The boot log (spec/boot.md "Boot log"): the same lines in the same order on every platform. plat says the lines that
 * come before the hive, then calls boot_run and boot_tickets once. */
#pragma once

#include "base/fmt.h"
#include "hive/hive.h"

#define BOOT_LOG_BYTES 4096u

/* Collects lines until the hive exists, and prints each at once. Zero it, set out. */
struct boot_log {
    void (*out)(struct bytes line_with_newline); /* plat: write to the UART or stdout */
    struct hive *hive;                           /* set by boot_run: from then on lines go to /kmesg */
    size_t n;
    uint8_t text[BOOT_LOG_BYTES];
};

/* Prints a line of these pieces (base/fmt.h), and keeps it for /kmesg. */
void boot_pieces(struct boot_log *l, const struct piece *p, size_t n);
#define boot_say(l, ...) boot_pieces(l, PIECES(__VA_ARGS__))

/* `[kernel:entry] root-task entry reached`, `[MARK] boot_state=COLD`. */
void boot_begin(struct boot_log *l);
/* bootinfo summary, manifest.*, hive_init. False: `boot halted: <reason>` was printed; plat halts. */
bool boot_run(struct boot_log *l, struct hive *h, struct hive_facts *facts);
/* Tickets are published, then mounts. What the manifest requires of the board stands before it. */
void boot_tickets(struct boot_log *l);
/* plat says it as each source comes up: timer, serial, net, workers. */
#define BOOT_SOURCE "event-pump: init "
/* `net-console: listening port=… addr=…`, unless addr is NULL, then the ready line. The prompt follows from the serial
 * connection itself. */
void boot_ready(struct boot_log *l, uint32_t port, const char *addr);
