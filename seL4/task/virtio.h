/* virtio 1.x devices over mmio (OASIS VIRTIO 1.1, sections 2.6 and 4.2): what our drivers use of them whatever the device is. */
#pragma once

#include <stdint.h>

/* Register block of one transport. */
#define VIRTIO_MAGIC 0x000u     /* reads 0x74726976, "virt" */
#define VIRTIO_VERSION 0x004u   /* 2; 1 is the legacy interface */
#define VIRTIO_DEVICE_ID 0x008u /* 1 network, 18 input, 0 nothing there */
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

/* Bits of VIRTIO_INTERRUPT_STATUS. */
#define VIRTIO_INTERRUPT_USED 1u
#define VIRTIO_INTERRUPT_CONFIG 2u

/* Bits of VIRTIO_STATUS; 0 resets the device. */
#define VIRTIO_ACKNOWLEDGE 1u
#define VIRTIO_DRIVER 2u
#define VIRTIO_DRIVER_OK 4u
#define VIRTIO_FEATURES_OK 8u
#define VIRTIO_NEEDS_RESET 64u

/* The one feature that every device must have, in the high word. */
#define VIRTIO_F_VERSION_1_HIGH (1u << 0) /* bit 32 */

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

struct virtq_used_elem {
    uint32_t id;  /* head of the chain */
    uint32_t len; /* bytes that the device wrote */
};
