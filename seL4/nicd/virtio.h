/* virtio 1.x network devices over mmio (OASIS VIRTIO 1.1, section 5.1): what this driver uses of them beside task/virtio.h. */
#pragma once

#include "task/packet.h"
#include "task/virtio.h"

#define VIRTIO_ID_NET 1u

/* Feature bits: the low word. */
#define VIRTIO_NET_F_MAC (1u << 5)
#define VIRTIO_NET_F_STATUS (1u << 16)

/* Network configuration space: mac[6], status (bit 0: link is up). Every packet has a header of 12 bytes
 * before it. */
#define VIRTIO_NET_MAC 0u
#define VIRTIO_NET_STATUS 6u
#define VIRTIO_NET_HEADER 12u

/* Entries of a queue: two descriptors (header, packet) a slot. */
#define VIRTQ_SIZE (2u * PACKET_SLOTS)

struct virtq_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[VIRTQ_SIZE];
};

struct virtq_used {
    uint16_t flags;
    uint16_t idx;
    struct virtq_used_elem ring[VIRTQ_SIZE];
};
