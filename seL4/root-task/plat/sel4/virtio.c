/* See virtio.h. */
#include "plat/sel4/virtio.h"

#include "generated/board.h"
#include "plat/sel4/task.h"
#include "plat/sel4/vspace.h"
#include "task/mmio.h"
#include "task/virtio.h"

#define VIRTIO_STRIDE 0x200u
#define VIRTIO_PER_PAGE (PAGE_BYTES / VIRTIO_STRIDE)
#define VIRTIO_PAGES (VIRTIO_TRANSPORTS / VIRTIO_PER_PAGE)

static seL4_CPtr frames[VIRTIO_PAGES]; /* made once */

static uint32_t device_id(uint32_t transport)
{
    uintptr_t regs = LAYOUT_VIRTIO + transport * VIRTIO_STRIDE;
    return mmio_read(regs, VIRTIO_MAGIC) == VIRTIO_MAGIC_VALUE ? mmio_read(regs, VIRTIO_DEVICE_ID) : 0;
}

static void must_be_alone(uint32_t transport, enum coh_object regs)
{
    uint32_t first = transport - transport % VIRTIO_PER_PAGE, devices = 0;
    for (uint32_t i = first; i < first + VIRTIO_PER_PAGE; i++)
        devices += device_id(i) != 0;
    if (devices > 1)
        halt(cap_name(coh_objects[regs].name), "another device is in its page: give QEMU bus=virtio-mmio-bus.<n> with another n / 8");
}

static void map_all(void)
{
    for (uint32_t i = 0; i < VIRTIO_PAGES; i++) {
        struct cap_name name = cap_name_at("virtio.frame", i);
        uintptr_t vaddr = LAYOUT_VIRTIO + i * PAGE_BYTES;
        if (frames[i] == seL4_CapNull)
            frames[i] = vspace_device(COH_BOARD_VIRTIO_PADDR + i * PAGE_BYTES, vaddr, name);
        else
            vspace_map_own(frames[i], vaddr, seL4_ReadWrite, 0, name);
    }
}

uint32_t virtio_take(uint32_t id, enum coh_object regs)
{
    uint32_t found = 0;
    map_all();
    while (found < VIRTIO_TRANSPORTS && device_id(found) != id)
        found++;
    if (found < VIRTIO_TRANSPORTS) {
        must_be_alone(found, regs);
        task_provide(regs, frames[found / VIRTIO_PER_PAGE]);
    }
    for (uint32_t i = 0; i < VIRTIO_PAGES; i++)
        sel4_must(cap_name_at("virtio.frame", i), "unmap", seL4_ARM_Page_Unmap(frames[i]));
    return found;
}

uint32_t virtio_irq(uint32_t transport) { return COH_BOARD_VIRTIO_IRQ + transport; }
uint32_t virtio_offset(uint32_t transport) { return transport % VIRTIO_PER_PAGE * VIRTIO_STRIDE; }
