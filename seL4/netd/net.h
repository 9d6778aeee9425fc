/* The TCP side: lwIP between a packet area and the stream ports of pump/stream.h. It touches no device and no capability. */
#pragma once

#include "pump/stream.h"

struct packet_area;
struct tcp_pcb;

/* Starts the stack on `area` and listens on the console's port. link is zero but for the authority's orders; what the stack
 * counts, and what the NIC told it, goes to link->report.counts. */
void net_init(struct packet_area *area, struct stream_link *link, uint64_t now_ms);
/* Feeds received packets to the stack, runs its timers: fills the ports' receive rings. True: something
 * moved. */
bool net_input(uint64_t now_ms);
/* Sends what the ports' transmit rings hold, returns receive credit, opens and closes. Lowers *deadline to when
 * net_input must be called next though no packet comes. True: call again before sleeping. */
bool net_flush(uint64_t now_ms, uint64_t *deadline);
/* How much of the stack's pools is in use. */
void net_levels(uint32_t levels[STREAM_LEVELS]);

/* ---- conn.c: one TCP connection on one stream port, the protocol of pump/stream.h from the network side ---- */

/* The time (ms) at which the network side was called; net.c sets it. */
extern uint64_t net_now;
/* Connections that hold a port, since the last conn_flush. */
extern uint32_t conn_used;
/* A bell of the pump was rung; who signals the authority clears it. */
extern bool conn_told;

void conn_init(struct stream_link *link);
/* Places a new connection on a free port; false: there is none. */
bool conn_open(struct tcp_pcb *pcb);
/* One pass over all connections; lowers *deadline to the earliest time at which one needs the next pass though nothing
 * moves. True: call again before sleeping. */
bool conn_flush(uint64_t *deadline);
