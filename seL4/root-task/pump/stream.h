/* Byte-stream ports between the network side and the authority's pump. The network side (sockets on POSIX; on seL4 lwIP in a
 * task of its own, netd) and the pump share this memory and nothing else. Each word of a port has one writer; who changed one
 * rings the port's bell on the other side after it, so that neither looks at ports where nothing happens. The pump treats every
 * word that the network side can write as hostile: an impossible index closes the port, a bell too many costs a look.
 *
 * An acknowledgement (tx_head) needs a bell only where tx was full, which is all that the pump waits for: who moves tx_head
 * fences and reads tx_tail then, and the pump, before it finds tx full, stores tx_tail and fences. rx_head is stored behind the
 * answers to what it counts: a network side that sees its input used up sees them too, on whichever core. */
#pragma once

#include "generated/manifest.h"
#include "hive/hive.h"

/* The pools of a network side with a TCP of its own (netd), in the order in which it reports their use. */
#define COH_NET_LEVELS(X) X(net_pcbs) X(net_segments) X(net_pbufs) X(net_headers) X(net_buffers) X(net_conns)
#define STREAM_LEVELS 6u

/* Powers of two. rx holds a few console frames or half a 9P message; tx a whole 9P message and more. */
#define STREAM_RX_BYTES 4096u
#define STREAM_TX_BYTES 16384u

/* Free-running indices: used = tail − head (mod 2³²) ≤ size. */
struct stream_port {
    /* written by the network side */
    uint32_t opened;     /* +1 when a new connection is placed here; only when released == opened */
    uint32_t net_closed; /* = opened when the peer is gone or our FIN handshake is done: nothing more will come */
    uint32_t rx_tail;
    uint32_t tx_head;
    uint32_t net_lost;   /* = opened when it ended without the peer's FIN: reset, or no answer to any probe */
    uint32_t pad0[11];
    /* written by the pump */
    uint32_t hive_closed; /* = opened when the authority is done: send what tx holds, then FIN, drain input ≤ 1 s, net_closed */
    uint32_t released;    /* = opened when the pump is done with a net_closed port, and its own indices are 0 again */
    uint32_t rx_head;
    uint32_t tx_tail;
    uint32_t pad1[12];
    uint8_t rx[STREAM_RX_BYTES];
    uint8_t tx[STREAM_TX_BYTES];
};

/* Ports for TCP; their hive connection index is port + 1 (0 is serial). */
#define STREAM_PORTS COH_STREAM_PORTS

/* A bit a port, which rings where the two words differ: one side turns it over in `rung`, the other makes `taken` the same and
 * looks at those ports. Each word has one writer, so that neither side can keep the other trying. */
#define STREAM_BELL_WORDS ((STREAM_PORTS + 63u) / 64u)
struct stream_bells {
    uint64_t rung[STREAM_BELL_WORDS], taken[STREAM_BELL_WORDS];
} __attribute__((aligned(64)));

/* What the network side says of itself, where it is a task: only to be shown, but for the time. */
struct stream_report {
    uint32_t answered;    /* poke, as the task saw it last: it is alive */
    uint32_t awake;       /* it will look at bells and poke before it waits: no signal is needed */
    uint64_t deadline_ms; /* wake it then though no port moves; UINT64_MAX: never */
    struct hive_net counts;
    uint32_t levels[STREAM_LEVELS]; /* use of its pools, in the order of COH_NET_LEVELS */
} __attribute__((aligned(64)));

/* What the authority says to it. */
struct stream_orders {
    uint32_t poke;          /* one more each time it is signalled */
    uint64_t now_ms;        /* the time of that, for a task that can read no counter */
    uint64_t start_ticks;   /* the counter at now_ms = 0 */
    uint64_t counter_hz;    /* ticks a second */
    uint8_t secret[32];     /* for sequence numbers that an outsider can't guess; no key depends on it */
} __attribute__((aligned(64)));

/* All that the two sides share. Zero at first. */
struct stream_link {
    struct stream_bells to_hive, to_net;
    struct stream_report report; /* written by the network side */
    struct stream_orders orders; /* written by the authority */
    struct stream_port ports[STREAM_PORTS] __attribute__((aligned(4096)));
};

/* The bits of a word that ring. */
static inline uint64_t bells_of(const struct stream_bells *b, uint32_t word)
{
    return __atomic_load_n(&b->rung[word], __ATOMIC_ACQUIRE) ^ __atomic_load_n(&b->taken[word], __ATOMIC_RELAXED);
}

static inline bool bells_ring(const struct stream_bells *b)
{
    uint64_t bits = 0;
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++)
        bits |= bells_of(b, w);
    return bits != 0;
}

/* The fence: either it rings no longer, or the other side has yet to look at the port and sees what it is rung for. */
static inline void bell_ring(struct stream_bells *b, uint32_t port)
{
    uint64_t bit = UINT64_C(1) << port % 64, *w = &b->rung[port / 64];
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if ((bells_of(b, port / 64) & bit) == 0)
        __atomic_store_n(w, __atomic_load_n(w, __ATOMIC_RELAXED) ^ bit, __ATOMIC_RELEASE);
}

static inline uint64_t bell_take(struct stream_bells *b, uint32_t word)
{
    uint64_t bits = bells_of(b, word);
    if (bits) {
        __atomic_store_n(&b->taken[word], b->taken[word] ^ bits, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    return bits;
}

static inline uint32_t ring_load(const uint32_t *w) { return __atomic_load_n(w, __ATOMIC_ACQUIRE); }
static inline void ring_store(uint32_t *w, uint32_t v) { __atomic_store_n(w, v, __ATOMIC_RELEASE); }
