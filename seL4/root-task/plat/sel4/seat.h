/* The local seat, seen from the authority: seatd's keys come in like the serial line's bytes, and whatever goes to the serial line
 * goes to seatd as well (task/seat.h). Where the manifest has no seat all of this does nothing. */
#pragma once

#include "plat/sel4/irq.h"
#include "pump/boot.h"
#include "pump/stream.h"

/* Finds the keyboard, builds seatd, checks its capabilities against the table, has it shown what the boot log said so far, and
 * starts it. */
void seat_init(const struct boot_log *log);
/* Its devices are coming up: look again in SEAT_LOOK_MS. They are ready or given up in the end. */
#define SEAT_LOOK_MS 50u
bool seat_waits(uint64_t now_ms);
/* The seat is there, or there is to be none: NULL. Else what is missing: "keyboard: there is no …". */
const char *seat_missing(void);
/* The line for the boot log, once there was nothing to wait for any more. */
void seat_say(struct boot_log *log);

/* What goes to the serial line, byte by byte; then seat_tell. */
void seat_put(uint8_t byte);
void seat_tell(void);
/* Keys become input of the serial port, as far as it has room. */
void seat_turn(struct hive *h, struct stream_port *serial, uint64_t now_ms);
/* seatd has faulted: it is not built again, as it drives devices that write memory. */
void seat_fault(struct hive *h, const struct irq_event *e, uint64_t now_ms);
