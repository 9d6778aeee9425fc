/* The TCP side: lwIP between a packet area and the stream ports of pump/stream.h. It touches no device and no
 * capability, and is written to become a task of its own. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct packet_area;

/* Starts the stack on `area` and listens on the console's port. ports[STREAM_PORTS] are zero. counts: what it counts, and
 * what the NIC told it. */
void net_init(struct packet_area *area, struct stream_port *ports, struct hive_net *counts, uint64_t now_ms);
/* Feeds received packets to the stack, runs its timers: fills the ports' receive rings. True: something
 * moved. */
bool net_input(uint64_t now_ms);
/* Sends what the ports' transmit rings hold, returns receive credit, opens and closes. Lowers *deadline to when
 * net_input must be called next though no packet comes. True: call again before sleeping. */
bool net_flush(uint64_t now_ms, uint64_t *deadline);
/* Tells /proc/budget how much of the stack's pools is in use. */
void net_levels(struct hive *h);
