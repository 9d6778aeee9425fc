/* Where QEMU's virt board has virtio devices: 32 transports of 0x200 bytes, eight a page. */
#pragma once

#include "plat/sel4/caps.h"
#include "task/caps.h"

#define VIRTIO_TRANSPORTS 32u

/* The first transport of a device of that id (virtio's), with its page as the object `regs`, which is mapped nowhere.
 * VIRTIO_TRANSPORTS: there is none. Halts when the page holds another device too: whoever drives one can see all of it. */
uint32_t virtio_take(uint32_t id, enum coh_object regs);
/* The interrupt of a transport, and where its registers begin in its page. */
uint32_t virtio_irq(uint32_t transport);
uint32_t virtio_offset(uint32_t transport);
