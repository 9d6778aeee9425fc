/* The network's two tasks, seen from the authority: it starts nicd and netd, wakes netd, and when netd faults, hangs or forges,
 * ends its connections and builds it anew. */
#pragma once

#include "plat/sel4/irq.h"
#include "pump/pump.h"

/* Finds the NIC, builds both tasks, checks their capabilities against the tables, and starts nicd. NULL: both stand; else why
 * there is no network. link: where net.streams lies. The wall clock and the key blob help to make sequence numbers that an
 * outsider can't guess. */
const char *network_init(struct stream_link *link, uint64_t unix_ms, struct bytes provision);
/* The network is coming up: what netd says after its first turn has not been taken. *lost: why it never will, or NULL. */
bool network_waits(const char **lost);
/* Everything that is due after a turn of the pump; lowers *deadline to when the next call is due though nothing happens. */
void network_turn(struct pump *p, uint32_t badges, uint64_t now_ms, uint64_t *deadline);
/* One of the two has faulted. */
void network_fault(struct pump *p, const struct irq_event *e, uint64_t now_ms);
