/* The NIC driver: virtio-net behind a packet area (task/packet.h, whose wake-up rules it keeps). It knows no protocol
 * and makes no system call; it reaches the device through regs.h and hands memory over through dma.h.
 *
 * Nothing that the network side wrote stops it: a ring with an impossible index or length is refused until the next
 * nic_start. A device that is absent, unfit or answers with what it was never given does (coh_panic). */
#pragma once

#include "nicd/virtio.h"

enum nic_queue { NIC_RX, NIC_TX, NIC_QUEUES };

/* The device writes used only, the driver the rest: so used begins a cache line. */
struct nic_rings {
    struct virtq_avail avail;
    struct virtq_used used __attribute__((aligned(64)));
} __attribute__((aligned(4096)));

/* What the driver and the device alone see, on pages that follow each other in physical memory too. */
struct nic_queues {
    struct virtq_desc desc[NIC_QUEUES][VIRTQ_SIZE] __attribute__((aligned(4096)));
    struct nic_rings rings[NIC_QUEUES];
    /* All packets of a queue share a header: zeros for transmission, since no offload is asked for; what a receiving
     * device writes there nobody reads. A line each. */
    uint8_t headers[NIC_QUEUES][64] __attribute__((aligned(4096)));
};

struct nic_memory {
    struct packet_area *packets;
    uint64_t packets_paddr;
    struct nic_queues *queues;
    uint64_t queues_paddr;
};

/* Resets the device, which ends all DMA, zeroes all memory, and starts anew. After it the packet area holds the
 * device's address and the link's state, and the device has all receive buffers. To be called first, and again
 * whenever. */
void nic_start(const struct nic_memory *m);
/* Everything that is to be done: packets both ways, buffers back, and after an interrupt the device's reasons for it
 * (then its line is low, and the interrupt may be unmasked). True: the network side must be woken. */
bool nic_turn(bool interrupted);
/* The network side has written what can't be, and is not served to the full any more. */
bool nic_refuses(void);
