/* The NIC driver: virtio-net behind a packet area. It knows no protocol; it owns the device page and the
 * descriptor tables, and is written to become a task of its own. */
#pragma once

#include "task/packet.h"

/* Pages of descriptor tables and rings. */
#define NIC_QUEUE_FRAMES 5u

/* Finds the first virtio-net device on the board's transports, maps its memory, takes its interrupt and
 * starts it. NULL: there is none (a board without a network is legal). Anything half-working halts by name. */
struct packet_area *nic_init(void);
/* Hands received packets to the network side and takes transmitted ones back. After an interrupt: also takes the device's
 * interrupt status, so that it stops asking. */
void nic_receive(bool interrupted);
/* Gives the network side's packets to the device and posts consumed receive buffers again. True: something
 * moved. */
bool nic_transmit(void);
