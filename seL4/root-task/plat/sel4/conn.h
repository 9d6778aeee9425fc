/* One TCP connection on one stream port: the protocol of pump/stream.h, from the network side. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct tcp_pcb;

/* Connections count the bytes that they move in counts. */
void conn_init(struct stream_port *ports, struct hive_net *counts);
/* Places a new connection on a free port; false: there is none. */
bool conn_open(struct tcp_pcb *pcb);
/* One pass over all connections. True: call again before sleeping. */
bool conn_flush(uint64_t now_ms);
/* The earliest time at which a connection needs conn_flush though nothing moves; UINT64_MAX: never. */
uint64_t conn_deadline(void);
/* Connections that hold a port. */
uint32_t conn_used(void);
