/* virtio 1.x network devices over mmio (OASIS VIRTIO 1.1, sections 2.6, 4.2 and 5.1): what this driver uses of them. */
#pragma once

#include <stdint.h>

#include "task/packet.h"

/* Register block of one transport. */
#define VIRTIO_MAGIC 0x000u     /* reads 0x74726976, "virt" */
#define VIRTIO_VERSION 0x004u   /* 2; 1 is the legacy interface */
#define VIRTIO_DEVICE_ID 0x008u /* 1 network, 0 nothing there */
#define VIRTIO_DEVICE_FEATURES 0x010u
#define VIRTIO_DEVICE_FEATURES_SEL 0x014u
#define VIRTIO_DRIVER_FEATURES 0x020u
#define VIRTIO_DRIVER_FEATURES_SEL 0x024u
#define VIRTIO_QUEUE_SEL 0x030u
#define VIRTIO_QUEUE_NUM_MAX 0x034u
#define VIRTIO_QUEUE_NUM 0x038u
#define VIRTIO_QUEUE_READY 0x044u
#define VIRTIO_QUEUE_NOTIFY 0x050u
#define VIRTIO_INTERRUPT_STATUS 0x060u
#define VIRTIO_INTERRUPT_ACK 0x064u
#define VIRTIO_STATUS 0x070u
#define VIRTIO_QUEUE_DESC 0x080u /* low, then high */
#define VIRTIO_QUEUE_DRIVER 0x090u
#define VIRTIO_QUEUE_DEVICE 0x0a0u
#define VIRTIO_CONFIG 0x100u

#define VIRTIO_MAGIC_VALUE 0x74726976u
#define VIRTIO_ID_NET 1u

/* Bits of VIRTIO_INTERRUPT_STATUS. */
#define VIRTIO_INTERRUPT_USED 1u
#define VIRTIO_INTERRUPT_CONFIG 2u

/* Bits of VIRTIO_STATUS; 0 resets the device. */
#define VIRTIO_ACKNOWLEDGE 1u
#define VIRTIO_DRIVER 2u
#define VIRTIO_DRIVER_OK 4u
#define VIRTIO_FEATURES_OK 8u
#define VIRTIO_NEEDS_RESET 64u

/* Feature bits: the low word, then the high word. */
#define VIRTIO_NET_F_MAC (1u << 5)
#define VIRTIO_NET_F_STATUS (1u << 16)
#define VIRTIO_F_VERSION_1_HIGH (1u << 0) /* bit 32 */

/* Network configuration space: mac[6], status (bit 0: link is up). Every packet has a header of 12 bytes
 * before it. */
#define VIRTIO_NET_MAC 0u
#define VIRTIO_NET_STATUS 6u
#define VIRTIO_NET_HEADER 12u

#define VIRTQ_DESC_NEXT 1u
#define VIRTQ_DESC_WRITE 2u
#define VIRTQ_AVAIL_NO_INTERRUPT 1u
#define VIRTQ_USED_NO_NOTIFY 1u

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

/* Entries of a queue: two descriptors (header, packet) a slot. */
#define VIRTQ_SIZE (2u * PACKET_SLOTS)

struct virtq_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[VIRTQ_SIZE];
};

struct virtq_used_elem {
    uint32_t id;  /* head of the chain */
    uint32_t len; /* bytes that the device wrote */
};

struct virtq_used {
    uint16_t flags;
    uint16_t idx;
    struct virtq_used_elem ring[VIRTQ_SIZE];
};
