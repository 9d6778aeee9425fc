/* The event pump; see pump.h. */
#include "pump/pump.h"

COH_CHECK_STREAMS(STREAM_RX_BYTES, STREAM_TX_BYTES);
_Static_assert(COH_STREAM_PORTS == COH_POOL_PORTS_COUNT && COH_CONNS == COH_STREAM_PORTS + 1u,
               "a connection for every port, and serial");

/* What one source may move in one turn before the others get theirs. */
#define TURN_ROUNDS 8u
/* So many ports get their share in one turn; then the serial line is asked again. */
#define TURN_PORTS 16u

/* So much is copied at once: the other side may change what it shares at any time, and nothing may be looked at twice. */
#define COPY_BYTES STREAM_RX_BYTES

/* Offers the hive n bytes of the receive ring, or has it fill n of the transmit ring; how many it took or gave. */
static size_t pass(struct pump *p, uint32_t conn, uint8_t *ring, size_t n, bool in, uint64_t now_ms)
{
    uint8_t copy[COPY_BYTES];
    if (in) {
        memcpy(copy, ring, n);
        return hive_input(p->hive, conn, bytes_of(copy, n), now_ms);
    }
    size_t given = hive_output(p->hive, conn, copy, n, now_ms);
    COH_ASSERT(given <= n);
    memcpy(ring, copy, given);
    return given;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Moves bytes one way. False when the network side's index is impossible. */
static bool move(struct pump *p, uint32_t conn, struct stream_port *port, bool in, uint64_t now_ms, size_t *moved)
{
    uint32_t size = in ? STREAM_RX_BYTES : STREAM_TX_BYTES;
    uint32_t *mine = in ? &p->ports[conn].rx_head : &p->ports[conn].tx_tail;
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* tx_tail was stored before tx_head is read: see stream.h */
    uint32_t theirs = ring_load(in ? &port->rx_tail : &port->tx_head);
    uint32_t left = in ? theirs - *mine : size - (*mine - theirs);
    if (left > size)
        return false;
    for (uint32_t n = 0, run = 0; n == run && left; left -= n) {
        uint32_t at = *mine % size;
        run = least(least(size - at, left), COPY_BYTES);
        n = (uint32_t)pass(p, conn, (in ? port->rx : port->tx) + at, run, in, now_ms);
        COH_ASSERT(n <= run);
        *mine += n;
        *moved += n;
    }
    return true;
}

static void end(struct pump *p, uint32_t conn, struct stream_port *port, uint64_t now_ms)
{
    struct pump_port *mine = &p->ports[conn];
    if (p->forged || ring_load(&port->net_lost) == mine->seen)
        hive_lost(p->hive, conn, now_ms);
    else
        hive_closed(p->hive, conn, now_ms);
    mine->done = true;
    ring_store(&port->hive_closed, mine->seen);
}

/* Both ways until nothing moves, or the share of a turn is used up. False: as move. */
static bool carry(struct pump *p, uint32_t conn, struct stream_port *port, uint64_t now_ms, bool *again, bool *any)
{
    for (uint32_t round = 0; round <= TURN_ROUNDS; round++) {
        size_t moved = 0;
        if (!move(p, conn, port, true, now_ms, &moved) || !move(p, conn, port, false, now_ms, &moved)) {
            p->forged = true;
            return false;
        }
        if (!moved)
            return true;
        /* In this order: a network side on another core ends a half-closed connection when input is used up and no output
         * is there. */
        ring_store(&port->tx_tail, p->ports[conn].tx_tail);
        ring_store(&port->rx_head, p->ports[conn].rx_head);
        *any = true;
    }
    *again = true;
    return true;
}

/* The source's connection, from its beginning to its end; sets *any when something moved. */
static void serve(struct pump *p, uint32_t conn, struct stream_port *port, uint64_t now_ms, bool *again, bool *any)
{
    struct pump_port *mine = &p->ports[conn];
    bool gone = ring_load(&port->net_closed) == mine->seen;
    if (!mine->done && (!carry(p, conn, port, now_ms, again, any) || gone || hive_wants_close(p->hive, conn))) {
        end(p, conn, port, now_ms);
        *any = true;
    }
    if (mine->done && gone) {
        /* Empty before it is free: the network side may look at tx_tail before the pump sees the next connection, and
         * must not find the last one's output there. */
        ring_store(&port->rx_head, 0);
        ring_store(&port->tx_tail, 0);
        ring_store(&port->released, mine->seen);
        mine->open = false;
        *any = true;
    }
}

/* One source's share of a turn. True: it has something left, and is looked at in the next turn though its bell is silent. */
static bool serve_port(struct pump *p, uint32_t conn, uint64_t now_ms, bool *again, bool *moved)
{
    struct stream_port *port = conn == 0 ? p->serial : &p->link->ports[conn - 1];
    struct pump_port *mine = &p->ports[conn];
    uint32_t opened = ring_load(&port->opened);
    bool any = false;
    if (!mine->open) {
        if (opened == mine->seen)
            return false;
        *mine = (struct pump_port){.seen = opened, .open = true};
        hive_accept(p->hive, conn, conn == 0 ? HIVE_SERIAL : HIVE_TCP, now_ms);
        any = true;
    }
    serve(p, conn, port, now_ms, again, &any);
    *moved |= any;
    if (any && conn > 0)
        bell_ring(&p->link->to_net, conn - 1);
    return any || ring_load(&port->rx_tail) != mine->rx_head ||
           mine->tx_tail - ring_load(&port->tx_head) >= STREAM_TX_BYTES;
}

/* Of a word of bells, the bits that stand for a port. */
static uint64_t ports_in(uint32_t word)
{
    uint32_t n = STREAM_PORTS - word * 64u;
    return n >= 64u ? UINT64_MAX : (UINT64_C(1) << n) - 1u;
}

/* Was a connection cut since the round began? Its port's bell need not ring. */
static bool cuts(const struct pump *p) { return p->link && hive_cuts(p->hive) != p->cuts; }

/* Which ports get their share in this round: it ends when all of them had it. */
static void begin_round(struct pump *p)
{
    bool cut = cuts(p);
    p->cuts = hive_cuts(p->hive);
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++) {
        p->round[w] = (p->busy[w] | bell_take(&p->link->to_hive, w) | (cut ? UINT64_MAX : 0)) & ports_in(w);
        p->busy[w] = 0;
        p->waiting += (uint32_t)__builtin_popcountll(p->round[w]);
    }
}

uint64_t pump_turn(struct pump *p, uint64_t now_ms, bool *again, bool *moved)
{
    *again = *moved = false;
    uint64_t next = hive_tick(p->hive, now_ms);
    serve_port(p, 0, now_ms, again, moved);
    if (p->link && p->waiting == 0)
        begin_round(p);
    for (uint32_t w = 0, served = 0; p->waiting > 0 && served < TURN_PORTS; w++) {
        for (; p->round[w] && served < TURN_PORTS; p->round[w] &= p->round[w] - 1u, p->waiting--, served++) {
            uint32_t bit = (uint32_t)__builtin_ctzll(p->round[w]);
            if (serve_port(p, 1u + w * 64u + bit, now_ms, again, moved))
                p->busy[w] |= UINT64_C(1) << bit;
        }
    }
    next = *moved ? hive_tick(p->hive, now_ms) : next;
    *again |= p->waiting > 0 || cuts(p);
    return next;
}

void pump_lost(struct pump *p, uint64_t now_ms)
{
    for (uint32_t conn = 1; conn <= COH_STREAM_PORTS; conn++) {
        if (p->ports[conn].open && !p->ports[conn].done)
            hive_lost(p->hive, conn, now_ms);
        p->ports[conn] = (struct pump_port){0};
    }
    memset(p->busy, 0, sizeof p->busy);
    memset(p->round, 0, sizeof p->round);
    p->waiting = 0;
    memset(p->link, 0, sizeof *p->link);
    p->forged = false;
}
