/* The seat's devices, QEMU's: a virtio-input keyboard, and ramfb, which shows whatever page the configuration device (fw_cfg) was
 * told. Both read addresses in seat.queues and trust them, so that nobody else may write there. QEMU's devices look into the
 * processor's caches: nothing is cleaned or invalidated. */
#pragma once

#include "seatd/keys.h"
#include "task/seat.h"
#include "task/virtio.h"

/* Entries of the keyboard's queue, an event's buffer each. A power of two. */
#define SEAT_EVENTS 64u

/* Big-endian, as the device has them: an order to copy, the framebuffer, and an entry of the list of files. */
struct seat_order {
    uint32_t control, length;
    uint64_t address;
};
struct seat_frame {
    uint64_t address;
    uint32_t format, flags, width, height, stride;
} __attribute__((packed));
struct seat_file {
    uint32_t size;
    uint16_t key, reserved;
    char name[56];
};

/* All of seat.queues. The keyboard writes used and events, and the order's control word is answered. */
struct seat_queues {
    struct virtq_desc desc[SEAT_EVENTS];
    struct {
        uint16_t flags, idx, ring[SEAT_EVENTS];
    } avail;
    struct {
        uint16_t flags, idx;
        struct virtq_used_elem ring[SEAT_EVENTS];
    } used __attribute__((aligned(64)));
    struct seat_event events[SEAT_EVENTS] __attribute__((aligned(64)));
    struct seat_order order __attribute__((aligned(64)));
    struct seat_frame frame;
    struct seat_file file;
    uint32_t files; /* how many there are */
} __attribute__((aligned(4096)));

struct seat_memory {
    struct seat_queues *queues; /* zero at first */
    uint64_t queues_paddr, screen_paddr;
};

/* Starts the keyboard; *id: its vendor << 16 | product. SEAT_READY, or what is wrong with it. Once. */
enum seat_state keyboard_start(const struct seat_memory *m, uint32_t *id);
/* The interrupt's line is low again. */
void keyboard_hear(void);
/* The next event; its buffer is the device's again. False: there is none. A device that answers with what it was never given stops
 * the task (coh_panic). */
bool keyboard_next(struct seat_event *out);

/* Has ramfb show SEAT_PIXELS at screen_paddr (screen.h). SEAT_READY, or what is wrong. */
enum seat_state display_start(const struct seat_memory *m);
