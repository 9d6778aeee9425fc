/* Initial sequence numbers after RFC 6528: a clock plus a keyed hash of the connection's addresses. */
#pragma once

#include "base/bytes.h"

/* Gathers the boot secret from what differs between boots and boards. */
void isn_init(const uint8_t mac[6], uint64_t unix_ms, struct bytes provision);
uint32_t isn_next(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port);
