/* The NIC driver: virtio-net behind a packet area. It knows no protocol; it owns the device page and the
 * descriptor tables, and is written to become a task of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct packet_area;

/* Pages of descriptor tables and rings. */
#define NIC_QUEUE_FRAMES 5u

/* Finds the first virtio-net device on the board's transports, maps its memory, takes its interrupt and
 * starts it. NULL: there is none (a board without a network is legal). Fills mac. Anything half-working halts
 * by name. */
struct packet_area *nic_init(uint8_t mac[6]);
/* Takes the device's interrupt status, so that it stops asking; call it before nic_receive after an
 * interrupt. */
void nic_interrupt(void);
/* Hands received packets to the network side and takes transmitted ones back. */
void nic_receive(void);
/* Gives the network side's packets to the device and posts consumed receive buffers again. True: something
 * moved. */
bool nic_transmit(void);
/* Does the cable have a carrier? */
bool nic_link_up(void);
/* Received frames that the network side offered no room for, or that were no frames. */
uint64_t nic_rx_dropped(void);
