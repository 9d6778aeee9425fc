/* One TCP connection on one stream port: the protocol of pump/stream.h, from the network side. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct tcp_pcb;

/* The time (ms) at which the network side was called; net.c sets it. */
extern uint64_t net_now;
/* Connections that hold a port, since the last conn_flush. */
extern uint32_t conn_used;

/* Connections count the bytes that they move in counts. */
void conn_init(struct stream_port *ports, struct hive_net *counts);
/* Places a new connection on a free port; false: there is none. */
bool conn_open(struct tcp_pcb *pcb);
/* One pass over all connections; lowers *deadline to the earliest time at which one needs the next pass though nothing
 * moves. True: call again before sleeping. */
bool conn_flush(uint64_t *deadline);
