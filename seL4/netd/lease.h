/* DHCP on the network interface: carries the client's messages, and gives lwIP the address that it holds. Only where
 * hw.net.mode is "dhcp". */
#pragma once

#include "base/bytes.h"

struct hive_net;
struct netif;

/* Starts the client for n, which has no address yet; what comes of it goes to *counts. secret[HASH_BYTES] is this
 * start's own: transaction identifiers follow from it. */
void lease_start(struct netif *n, const uint8_t *secret, struct hive_net *counts, bool link_up, uint64_t now_ms);
/* Takes the frame when it is a message to a DHCP client: lwIP need not see it then. */
bool lease_takes(struct bytes frame, uint64_t now_ms);
/* Does what is due, sends, and sets the address that is held now. Connections to an address that is lost are reset.
 * True: the address or its origin has changed. */
bool lease_turn(bool link_up, uint64_t now_ms);
/* When lease_turn must be called next though nothing comes. */
uint64_t lease_deadline(void);
