/* ramfb (QEMU docs/specs/fw_cfg, hw/display/ramfb): a framebuffer of our own memory that fw_cfg's file "etc/ramfb" names. fw_cfg is
 * asked by DMA alone: an order's address is written, high half first, and its control word becomes 0, or 1 for a refusal. */
#include <string.h>

#include "seatd/devices.h"
#include "seatd/regs.h"
#include "seatd/screen.h"

/* Registers: the order's address, big-endian; read, they say whether there is DMA ("QEMU CFG"). */
#define DMA_HIGH 16u
#define DMA_LOW 20u
#define DMA_SIGNATURE 0x554d4551u /* "QEMU" */

/* Bits of control; a file's key stands in the upper half with SELECT. */
#define REFUSED 1u
#define READ 2u
#define SELECT 8u
#define WRITE 16u
#define KEY_FILES 0x19u

/* More files than any QEMU has. */
#define FILES_MAX 1024u
#define POLLS 1000000u

/* 32 bits a pixel, blue first in memory, by the name that DRM has for it: XR24. */
#define FORMAT_XRGB8888 0x34325258u

static uint32_t big32(uint32_t v) { return __builtin_bswap32(v); }
static uint64_t big64(uint64_t v) { return __builtin_bswap64(v); }

/* Copies `length` bytes between the device and `offset` in seat.queues. */
static bool order(const struct seat_memory *m, uint32_t control, uint32_t length, uint64_t offset)
{
    struct seat_order *o = &m->queues->order;
    uint64_t at = m->queues_paddr + __builtin_offsetof(struct seat_queues, order);
    *o = (struct seat_order){big32(control), big32(length), big64(m->queues_paddr + offset)};
    regs_barrier();
    regs_write(SEAT_FWCFG, DMA_HIGH, big32((uint32_t)(at >> 32)));
    regs_write(SEAT_FWCFG, DMA_LOW, big32((uint32_t)at));
    for (uint32_t i = 0; i < POLLS; i++) {
        uint32_t answer = big32(__atomic_load_n(&o->control, __ATOMIC_ACQUIRE));
        if (answer == 0 || (answer & REFUSED) != 0)
            return answer == 0;
    }
    return false;
}
#define AT(member) __builtin_offsetof(struct seat_queues, member)

/* Of "etc/ramfb"; 0: there is none. */
static uint32_t find_key(const struct seat_memory *m)
{
    static const char name[] = "etc/ramfb";
    if (!order(m, KEY_FILES << 16 | SELECT | READ, sizeof m->queues->files, AT(files)))
        return 0;
    uint32_t n = big32(m->queues->files);
    for (uint32_t i = 0; i < n && i < FILES_MAX; i++) {
        if (!order(m, READ, sizeof m->queues->file, AT(file)))
            return 0;
        if (memcmp(m->queues->file.name, name, sizeof name) == 0)
            return __builtin_bswap16(m->queues->file.key);
    }
    return 0;
}

enum seat_state display_start(const struct seat_memory *m)
{
    if (regs_read(SEAT_FWCFG, DMA_HIGH) != DMA_SIGNATURE)
        return SEAT_DISPLAY_NO_FWCFG;
    uint32_t key = find_key(m);
    if (key == 0)
        return SEAT_DISPLAY_NONE;
    m->queues->frame = (struct seat_frame){.address = big64(m->screen_paddr), .format = big32(FORMAT_XRGB8888),
                                           .width = big32(SEAT_WIDTH), .height = big32(SEAT_HEIGHT),
                                           .stride = big32(SEAT_WIDTH * sizeof(uint32_t))};
    return order(m, key << 16 | SELECT | WRITE, sizeof m->queues->frame, AT(frame)) ? SEAT_READY : SEAT_DISPLAY_REFUSED;
}
