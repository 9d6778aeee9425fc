/* The world of nic.c on POSIX: memory with caches that no device looks into, a virtio-net device that checks all it is
 * given, and an honest network side. It implements regs.h and dma.h.
 *
 * Memory is there three times: what the processor sees (`cpu`), what the device sees, and what the processor saw when a
 * line was last fetched or written back, which tells dirty lines (but for those written with what they hold).
 * Maintenance moves lines between them; weather does too, whenever it may: dirty lines are written back, clean ones are
 * fetched again. */
#pragma once

#include "nicd/dma.h"
#include "nicd/nic.h"

/* Fails the run. */
void model_fail(const char *what, int line);
#define MUST(cond)                                                                                                     \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            model_fail(#cond, __LINE__);                                                                               \
    } while (0)

struct model_memory {
    struct nic_queues queues;
    struct packet_area packets __attribute__((aligned(4096)));
};
extern struct model_memory cpu;
extern const struct nic_memory memory; /* what nic_start is told of it */

enum weather {
    CALM,  /* lines stay as they are */
    LATE,  /* dirty lines are written back when it hurts: behind the device's writing */
    STORM, /* anything, at every chance */
    WEATHERS
};

struct model {
    /* caches */
    enum dma_site dropped;     /* this site's maintenance is left out; DMA_SITES: none */
    uint64_t calls[DMA_SITES]; /* how often each site came */
    enum weather weather;
    uint32_t random;
    void (*meanwhile)(enum dma_site site); /* what another core does during maintenance; may be NULL */
    /* the device: what it is */
    uint32_t magic, version, id, features, features_high, num_max;
    bool keeps_status, keeps_ready, refuses_features;
    bool link;
    bool polling;  /* it looks without being told; it says so in the used rings when it is next at work */
    bool disorder; /* it is done with buffers in any order */
    bool asleep;   /* it does nothing by itself */
};
extern struct model model;

/* Everything from the beginning, memory full of old words; nic_start is the caller's. */
void model_init(void);
uint32_t model_random(void);
/* Every dirty line is written back; every clean line is fetched again; some of either, in a storm alone. */
void model_evict(void);
void model_fetch(void);
void model_weather(void);

/* ---- the device ---- */

/* It looks for what it was told of, and is done with all packets that it finds. */
void device_run(void);
/* One frame of the wire's: false when the device has no buffer for it. */
bool device_receive(const uint8_t *frame, uint32_t len);
/* Its next used entry, whatever is true. */
void device_claim(enum nic_queue which, uint32_t id, uint32_t len);
/* Its used index goes on by n without entries. */
void device_skip(enum nic_queue which, uint16_t n);
void device_set_link(bool up);
void device_fails(void); /* it asks for a reset */
bool device_interrupts(void);
/* How many buffers it holds, as far as it knows. */
uint32_t device_holds(enum nic_queue which);

/* ---- the wire, and frames that tell themselves ---- */

/* Frame number `number`, of 14 to 1514 bytes; its length. */
uint32_t frame_make(uint32_t number, uint8_t out[PACKET_MAX]);
/* The number of a frame that is whole; fails the run when it isn't. */
uint32_t frame_check(const uint8_t *frame, uint32_t len);
/* Frames that the device has sent; who looks at each (NULL: nobody). */
extern uint32_t wire_sent;
extern void (*wire_watch)(const uint8_t *frame, uint32_t len);

/* ---- an honest network side, which keeps packet.h's rules ---- */

struct netd {
    uint32_t tx_tail, rx_head;
    uint32_t given;     /* rx_head at its last signal */
    uint32_t to_send;   /* frames that it has still to send */
    uint32_t sent, got; /* frames; the wire's come in their order from 0 */
    bool scribbles;     /* writes into packets that it has read */
    bool waits;         /* for room */
    uint32_t woken;     /* how often */
};
extern struct netd netd;
/* One turn. True: it signals nicd. */
bool netd_turn(void);

/* ---- nicd's loop: whoever has something to do is woken by rule, until all sleep ---- */

void board_start(void); /* nic_start, a new network side, first turns */
void board_settle(void);
void board_send(uint32_t frames); /* netd has that many more to send; settles */
void board_wire(uint32_t frames); /* that many frames come, those that find no buffer come again; settles in between */
