/* UDP for the one protocol that needs it here, DHCP, before and after there is an address: lwIP's UDP is not compiled
 * in. */
#pragma once

#include "base/bytes.h"

#define UDP_HEADER_BYTES 8u

/* Is the Ethernet frame a whole datagram from port `from` to port `to`, sent to the card `mac` or to all? Then *payload
 * is what it carries. Its sums are checked; fragments are nobody's. */
bool udp_payload(struct bytes frame, const uint8_t mac[6], uint16_t from, uint16_t to, struct bytes *payload);
/* Writes the header of a datagram whose n bytes of payload stand behind it: header[UDP_HEADER_BYTES + n]. Addresses in
 * host order. */
void udp_header(uint8_t *header, size_t n, uint32_t source, uint16_t from, uint32_t destination, uint16_t to);
