/* The TCP side: lwIP between a packet area and the stream ports of pump/stream.h. It touches no device and no
 * capability, and is written to become a task of its own. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct packet_area;

/* Starts the stack on `area` with this address and listens on the console's port. ports[STREAM_PORTS] are
 * zero. */
void net_init(struct packet_area *area, const uint8_t mac[6], struct stream_port *ports, uint64_t now_ms);
/* The address that the listener has, as text. */
const char *net_address(void);
/* Feeds received packets to the stack, runs its timers: fills the ports' receive rings. True: something
 * moved. */
bool net_input(uint64_t now_ms);
/* Sends what the ports' transmit rings hold, returns receive credit, opens and closes. True: call again
 * before sleeping. */
bool net_flush(uint64_t now_ms);
/* When net_input must be called next though no packet comes. */
uint64_t net_deadline(uint64_t now_ms);
/* Tells /proc/budget how much of the stack's pools is in use. */
void net_levels(struct hive *h);
/* The stack's counters. What the NIC knows is 0. */
struct hive_net net_counts(void);
