/* Initial sequence numbers after RFC 6528: a clock plus a keyed hash of the connection's addresses. */
#pragma once

#include <stdint.h>

/* Gathers the boot secret. noise: whatever differs between boots and is not seen on the wire. */
void isn_init(const uint8_t *noise, uint32_t n);
uint32_t isn_next(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port);
