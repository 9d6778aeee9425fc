/* Where addresses are found by DHCP: what the network side says of its own, for people. It is believed nothing: the
 * words are shown as numbers and names, and a change is shown once a second at the most. */
#pragma once

#include "pump/boot.h"

/* Says a change on the serial line, in /kmesg and /log/queen.log; lowers *deadline to when it must be called next. */
void address_turn(struct boot_log *boot, struct hive *h, uint64_t now_ms, uint64_t *deadline);
/* The boot waits for an address: there is none yet, and the time for that is not over. Says so when it is. */
bool address_waits(struct boot_log *boot, struct hive *h, uint64_t now_ms);
