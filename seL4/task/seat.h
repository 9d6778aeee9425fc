/* The local seat between seatd and the authority: keys one way, the serial line's text the other, and nothing else.
 *
 * Each word has one writer; indices are free-running. seatd signals the authority behind keys and when `state` is known.
 *   keys: seatd puts them at key_tail, the authority takes them at key_head: used = tail − head (mod 2³²) ≤ size. A key that
 *         finds no room is dropped. The authority believes no index: an impossible one ends the seat.
 *   text: the authority writes at text_tail and never waits: it overwrites the oldest bytes. It stores text_tail and fences
 *         behind each SEAT_TEXT_BATCH bytes at the latest, so that all but that many of the ring's bytes are what they were; who
 *         reads looks at text_tail again behind each copy, and knows by it whether the copy is good (seatd/feed.h).
 * seatd says by `awake` that it will look at text_tail before it waits: then the authority does not signal it. */
#pragma once

#include <stdint.h>

/* Powers of two. The text holds more than a screen at any length of lines: what is overwritten has scrolled off anyway. */
#define SEAT_KEY_BYTES 256u
#define SEAT_TEXT_BYTES 4096u
#define SEAT_TEXT_BATCH 256u

/* What has become of the devices. */
enum seat_state {
    SEAT_STARTING,
    SEAT_READY,
    SEAT_KEYBOARD_NONE,    /* there is no virtio input device */
    SEAT_KEYBOARD_LEGACY,  /* a virtio device of the old interface */
    SEAT_KEYBOARD_UNFIT,   /* it refuses what any virtio 1 device offers */
    SEAT_KEYBOARD_OTHER,   /* an input device without letters: a mouse */
    SEAT_DISPLAY_NO_FWCFG, /* QEMU's configuration device does not answer by DMA */
    SEAT_DISPLAY_NONE,     /* it knows of no ramfb */
    SEAT_DISPLAY_REFUSED,  /* it did not take the framebuffer's address */
    SEAT_STATES
};

struct seat_area {
    /* written by seatd */
    uint32_t state; /* enum seat_state */
    uint32_t awake;
    uint32_t key_tail;
    uint32_t keyboard; /* the keyboard's vendor << 16 | product, as it says */
    uint8_t keys[SEAT_KEY_BYTES];
    /* written by the authority */
    uint32_t key_head __attribute__((aligned(64)));
    uint32_t text_tail;
    uint8_t text[SEAT_TEXT_BYTES] __attribute__((aligned(64)));
};

static inline uint32_t seat_load(const uint32_t *w) { return __atomic_load_n(w, __ATOMIC_ACQUIRE); }
static inline void seat_store(uint32_t *w, uint32_t v) { __atomic_store_n(w, v, __ATOMIC_RELEASE); }
/* Between a store and a load of what the other side stores and loads the other way round. */
static inline void seat_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
