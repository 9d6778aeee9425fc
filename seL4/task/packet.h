/* Packets between the NIC driver (nicd) and the network stack (netd): two rings in memory that both share, and
 * nothing else. The NIC side is trusted with DMA and believes nothing here that the network side wrote: indices are
 * range-checked, lengths are bounded, and addresses never come from this memory at all (slot i of a ring is
 * buffer i, for ever).
 *
 * Each word has one writer; indices are free-running, used = tail − head (mod 2³²).
 *   receive:  NIC fills slots at rx_tail; network consumes at rx_head.
 *   transmit: network fills slots at tx_tail; NIC marks those that the device is done with by tx_head, a quarter late.
 * A ring whose words make no sense is refused: the NIC side doesn't look at it again until the authority has it start
 * anew, when all of this memory is zero.
 *
 * Who wakes whom, so that nobody sleeps beside work and nobody is woken for nothing:
 * - network → NIC, once behind a turn: it moved tx_tail, or it has consumed PACKET_GIVE_BACK packets since it last did.
 *   (With fewer, the device still holds buffers: the next packet wakes the NIC side, which looks at rx_head then.)
 * - NIC → network, once behind a turn: rx_tail moved, link_up changed, or tx_head went past tx_wake. A network side
 * that finds the ring full calls packet_wait_tx, and may sleep when that says so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Slots of a ring: a receive burst of every connection's window fits. A power of two. */
#define PACKET_SLOTS 128u
/* A slot's bytes: an Ethernet frame without FCS (≤ 1514), on cache-line boundaries. */
#define PACKET_BYTES 2048u
#define PACKET_MIN 14u
#define PACKET_MAX 1514u
/* See above. */
#define PACKET_GIVE_BACK (PACKET_SLOTS / 2u)

/* Bits of `refused`. */
#define PACKET_REFUSED_RX 1u
#define PACKET_REFUSED_TX 2u

/* One writer a cache line. */
struct packet_area {
    /* written by the NIC side */
    uint32_t rx_tail;
    uint32_t tx_head;
    uint32_t rx_len[PACKET_SLOTS];
    uint8_t rx_buffer[PACKET_SLOTS]; /* which buffer rx slot i is: devices may fill buffers out of order */
    uint64_t rx_dropped;             /* received, but no frames */
    uint64_t forged;                 /* indices and lengths that made no sense, since boot */
    uint64_t cleaned, invalidated;   /* ranges of memory on which caches were maintained, since boot */
    uint32_t refused;                /* rings that are not served any more */
    bool link_up;                    /* the cable has a carrier */
    uint8_t mac[6];
    /* written by the network side */
    uint32_t rx_head __attribute__((aligned(64)));
    uint32_t tx_tail;
    uint32_t tx_wake; /* the slot whose return it waits for */
    uint32_t tx_len[PACKET_SLOTS];
    /* written by the device and by the network side */
    uint8_t rx[PACKET_SLOTS][PACKET_BYTES] __attribute__((aligned(64)));
    uint8_t tx[PACKET_SLOTS][PACKET_BYTES];
};
_Static_assert(PACKET_SLOTS <= 256, "rx_buffer holds an index in one byte");

static inline uint32_t packet_load(const uint32_t *w) { return __atomic_load_n(w, __ATOMIC_ACQUIRE); }
static inline void packet_store(uint32_t *w, uint32_t v) { __atomic_store_n(w, v, __ATOMIC_RELEASE); }

/* For the network side, whose transmit ring is full up to `tail`: asks to be woken when half of it is free. False:
 * there is room meanwhile, so that nobody will. */
static inline bool packet_wait_tx(struct packet_area *a, uint32_t tail)
{
    packet_store(&a->tx_wake, tail - PACKET_SLOTS / 2u);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the NIC side stores tx_head, then reads tx_wake */
    return tail - packet_load(&a->tx_head) >= PACKET_SLOTS;
}
