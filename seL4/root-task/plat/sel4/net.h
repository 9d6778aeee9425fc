/* The TCP side: lwIP between a packet area and the stream ports of pump/stream.h. It touches no device and no
 * capability, and is written to become a task of its own. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct packet_area;
struct tcp_pcb;

/* Starts the stack on `area` and listens on the console's port. link is zero. counts: what it counts, and
 * what the NIC told it. The wall clock and the key blob help to make sequence numbers that an outsider can't guess. */
void net_init(struct packet_area *area, struct stream_link *link, struct hive_net *counts, uint64_t unix_ms,
              struct bytes provision);
/* Feeds received packets to the stack, runs its timers: fills the ports' receive rings. True: something
 * moved. */
bool net_input(uint64_t now_ms);
/* Sends what the ports' transmit rings hold, returns receive credit, opens and closes. Lowers *deadline to when
 * net_input must be called next though no packet comes. True: call again before sleeping. */
bool net_flush(uint64_t now_ms, uint64_t *deadline);
/* Tells /proc/budget how much of the stack's pools is in use. */
void net_levels(struct hive *h);

/* ---- conn.c: one TCP connection on one stream port, the protocol of pump/stream.h from the network side ---- */

/* The time (ms) at which the network side was called; net.c sets it. */
extern uint64_t net_now;
/* Connections that hold a port, since the last conn_flush. */
extern uint32_t conn_used;

/* Connections count the bytes that they move in counts. */
void conn_init(struct stream_link *link, struct hive_net *counts);
/* Places a new connection on a free port; false: there is none. */
bool conn_open(struct tcp_pcb *pcb);
/* One pass over all connections; lowers *deadline to the earliest time at which one needs the next pass though nothing
 * moves. True: call again before sleeping. */
bool conn_flush(uint64_t *deadline);
