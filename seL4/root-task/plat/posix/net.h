/* Sockets behind stream ports: the network side of pump/stream.h on POSIX. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

struct posix_net;

/* Listens on addr:port (0 = a free one). NULL: why was printed to stderr. */
struct posix_net *net_open(const char *addr, uint16_t port, struct stream_link *link, struct hive_net *facts);
void net_close(struct posix_net *n);
uint16_t net_port(const struct posix_net *n);
/* Waits up to timeout_ms (-1: for ever) for a socket, or fd extra (−1: none), to become ready; true when extra is. */
bool net_wait(struct posix_net *n, int timeout_ms, int extra);
/* Moves bytes between sockets and rings, accepts and closes. True when anything moved. */
bool net_poll(struct posix_net *n, uint64_t now_ms);
/* The next time at which a closing socket's patience ends; UINT64_MAX: none. */
uint64_t net_deadline(const struct posix_net *n);
