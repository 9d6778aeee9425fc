/* A connection's life, one transition a line:
 *
 * - FREE → OPEN: accepted, placed on the port.
 * - OPEN → HALF: the peer has said all it will; → GONE when its input is used up and the answers are
 * acknowledged, or when it takes less than a segment of them in 10 s.
 * - OPEN, HALF → FLUSHING: the authority has closed; the rest of its output, then FIN, at most 5 s.
 * - FLUSHING → DRAINING: that is acknowledged; input is read and forgotten until the peer's FIN, at most 1 s;
 * → GONE.
 * - any → GONE: reset. GONE → FREE: the pump has released the port.
 *
 * Receive: the TCP window is the receive ring, byte for byte, so data is copied into the ring at once and
 * credit goes back to the peer as the pump takes it. Transmit: segments point into the transmit ring, whose
 * head moves on acknowledgement; so a port is given back only when TCP no longer refers to its ring. */
#include "netd/net.h"

#include "netd/hook.h"

#include "lwip/priv/tcp_priv.h"

#include "hooks.h"

_Static_assert(TCP_WND >= 2 * TCP_MSS, "a window of at least two segments");
_Static_assert(STREAM_TX_BYTES < 65536, "TCP can hold the whole ring");
_Static_assert(TCP_SND_QUEUELEN / 2 >= STREAM_TX_BYTES / TCP_MSS + 2, "the queue holds a ring of full segments");

/* How long the last output may wait for a peer that does not read, and input for a peer that does not close.
 */
#define FLUSH_MS 5000u
#define HALF_MS 10000u
#define DRAIN_MS 1000u
/* Keepalive (milliseconds): a vanished peer is noticed within two minutes. */
#define KEEP_IDLE_MS 60000u
#define KEEP_INTERVAL_MS 15000u
#define KEEP_COUNT 4u

enum conn_state { FREE, OPEN, HALF, FLUSHING, DRAINING, GONE };

struct conn {
    enum conn_state state;
    struct tcp_pcb *pcb;
    struct stream_port *port;
    uint32_t opened; /* our own copies of the words that we write */
    uint32_t rx_tail;
    uint32_t tx_head;
    uint32_t rx_credited; /* input before this is credited to the peer */
    uint32_t tx_given;    /* output before this is TCP's */
    uint64_t deadline;    /* HALF, FLUSHING, DRAINING */
    bool peer_fin, our_fin;
    uint8_t quiet;      /* HALF: passes in a row without anything to do */
    uint32_t half_head; /* HALF: tx_head when the deadline was set */
};

/* Named for pools.c. */
static struct conn coh_pool_net_conns[COH_POOL_NET_CONNS_COUNT];
#define conns coh_pool_net_conns
static struct hive_net *counts;
static struct stream_bells *bells; /* of the pump */
uint32_t conn_used;
bool conn_told;

void conn_init(struct stream_link *link)
{
    counts = &link->report.counts;
    bells = &link->to_hive;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        conns[i].port = &link->ports[i];
}

static void ring(const struct conn *c)
{
    bell_ring(bells, (uint32_t)(c - conns));
    conn_told = true;
}

/* Writes one of our words of the connection's port, and tells the pump. */
static void tell(const struct conn *c, uint32_t *word, uint32_t v)
{
    ring_store(word, v);
    ring(c);
}

/* Tells the peer that there is room again for the input before upto. */
static void credit(struct conn *c, uint32_t upto)
{
    uint32_t n = upto - c->rx_credited;
    COH_ASSERT(n <= c->rx_tail - c->rx_credited);
    c->rx_credited = upto;
    if (n > 0)
        tcp_recved(c->pcb, (u16_t)n);
}

/* ---- ends ---- */

static void gone(struct conn *c, bool lost)
{
    if (lost)
        ring_store(&c->port->net_lost, c->opened);
    c->pcb = NULL;
    c->state = GONE;
    tell(c, &c->port->net_closed, c->opened);
}

/* Leaves the rest of the handshake to lwIP. Output that is still unacknowledged lies in the ring, which is
 * about to be reused: then only a reset is safe. */
static void finish(struct conn *c)
{
    struct tcp_pcb *pcb = c->pcb;
    if (c->tx_head != c->tx_given) {
        tcp_abort(pcb); /* which calls on_error */
        return;
    }
    credit(c, c->rx_tail);
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_setprio(pcb, TCP_PRIO_MIN); /* what is left of it gives way to newcomers */
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
    gone(c, false);
}

/* ---- lwIP's callbacks ---- */

/* The control block is freed already. */
static void on_error(void *arg, err_t err) { gone(arg, true); }

/* Both sides have said all, and ours has arrived. Nothing but the peer's knowledge is missing: so lwIP may be in TIME_WAIT
 * from now on, where it takes the control block back without a word when it runs out of them. */
static bool ended(const struct conn *c) { return c->peer_fin && c->our_fin && c->tx_head == c->tx_given; }

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t n)
{
    struct conn *c = arg;
    COH_ASSERT(n <= c->tx_given - c->tx_head);
    uint32_t before = c->tx_head;
    c->tx_head += n;
    counts->tx_bytes += n;
    ring_store(&c->port->tx_head, c->tx_head);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* see stream.h */
    if (ring_load(&c->port->tx_tail) - before >= STREAM_TX_BYTES)
        ring(c);
    if (ended(c))
        finish(c);
    return ERR_OK;
}

static void store_input(struct conn *c, const struct pbuf *p)
{
    for (; p != NULL; p = p->next) {
        uint32_t at = c->rx_tail % STREAM_RX_BYTES;
        uint32_t first = STREAM_RX_BYTES - at < p->len ? STREAM_RX_BYTES - at : p->len;
        memcpy(c->port->rx + at, p->payload, first);
        memcpy(c->port->rx, (const uint8_t *)p->payload + first, p->len - first);
        HOOK_INPUT(p->payload, p->len);
        c->rx_tail += p->len;
    }
    tell(c, &c->port->rx_tail, c->rx_tail);
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct conn *c = arg;
    if (p == NULL) {
        c->peer_fin = true;
        if (c->state == OPEN) {
            c->state = HALF;
            c->half_head = c->tx_head;
            c->deadline = net_now + HALF_MS;
        }
        if (ended(c))
            finish(c);
        return ERR_OK;
    }
    counts->rx_bytes += p->tot_len;
    if (c->state == FLUSHING || c->state == DRAINING) { /* the authority is done: read and forget */
        tcp_recved(pcb, p->tot_len);
    } else {
        COH_ASSERT(p->tot_len <= STREAM_RX_BYTES - (c->rx_tail - c->rx_credited));
        store_input(c, p);
    }
    pbuf_free(p);
    return ERR_OK;
}

bool conn_open(struct tcp_pcb *pcb)
{
    struct conn *c = NULL;
    for (uint32_t i = 0; i < STREAM_PORTS && c == NULL; i++) {
        if (conns[i].state == FREE)
            c = &conns[i];
    }
    if (c == NULL)
        return false;
    /* Both sides start a connection with empty rings at index 0; the pump resets its words when it sees
     * `opened`. */
    *c = (struct conn){.state = OPEN, .pcb = pcb, .port = c->port, .opened = c->opened + 1, .deadline = UINT64_MAX};
    ring_store(&c->port->tx_head, 0);
    ring_store(&c->port->rx_tail, 0);
    tcp_arg(pcb, c);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_nagle_disable(pcb);
    /* Half of this bounds a segment. It would grow with the peer's window, from nothing if he likes; lwIP
     * asserts that what waits in the queue was cut by the bound of today. */
    if (pcb->snd_wnd_max < 2 * TCP_MSS)
        pcb->snd_wnd_max = 2 * TCP_MSS;
    tcp_setprio(pcb, TCP_PRIO_MAX); /* strangers' handshakes can't push it out */
    ip_set_option(pcb, SOF_KEEPALIVE);
    pcb->keep_idle = KEEP_IDLE_MS;
    pcb->keep_intvl = KEEP_INTERVAL_MS;
    pcb->keep_cnt = KEEP_COUNT;
    tell(c, &c->port->opened, c->opened);
    return true;
}

/* ---- one pass ---- */

/* How many bytes tcp_write can take now: it takes all of a piece or nothing, and a segment takes two places
 * of the queue. */
static uint32_t writable(struct tcp_pcb *pcb)
{
    uint32_t places = pcb->snd_queuelen < TCP_SND_QUEUELEN ? TCP_SND_QUEUELEN - pcb->snd_queuelen : 0u;
    uint32_t bytes = places / 2u * pcb->mss;
    return bytes < tcp_sndbuf(pcb) ? bytes : tcp_sndbuf(pcb);
}

/* lwIP's assertions suppose that a connection's segment size never shrinks. It would, by an MSS option that comes after
 * the handshake, where none is allowed (RFC 9293, 3.7.1). No other option is in use: so those of a later segment are
 * blanked out before lwIP reads them. */
err_t conn_admits(struct tcp_hdr *header, uint32_t options_n)
{
    if ((TCPH_FLAGS(header) & TCP_SYN) == 0)
        memset(header + 1, LWIP_TCP_OPT_NOP, options_n);
    return ERR_OK;
}

/* Gives TCP what the ring holds, in at most two pieces, and sends. */
static void give_output(struct conn *c)
{
    uint32_t tail = ring_load(&c->port->tx_tail);
    COH_ASSERT(tail - c->tx_head <= STREAM_TX_BYTES);
    while (!c->our_fin && c->tx_given != tail) {
        uint32_t at = c->tx_given % STREAM_TX_BYTES;
        uint32_t n = tail - c->tx_given;
        if (n > STREAM_TX_BYTES - at)
            n = STREAM_TX_BYTES - at;
        uint32_t room = writable(c->pcb);
        if (n > room)
            n = room;
        /* No copy; MORE when the rest wraps around, so that the last segment alone asks to be pushed. */
        u8_t flags = c->tx_given + n != tail ? TCP_WRITE_FLAG_MORE : 0;
        if (n == 0 || tcp_write(c->pcb, c->port->tx + at, (u16_t)n, flags) != ERR_OK)
            break;
        c->tx_given += n;
    }
    tcp_output(c->pcb);
}

/* Sends FIN behind the last output; the time for draining starts when that output has arrived. */
static void flush_turn(struct conn *c)
{
    if (!c->our_fin && c->tx_given == ring_load(&c->port->tx_tail))
        c->our_fin = tcp_shutdown(c->pcb, 0, 1) == ERR_OK;
    if (c->our_fin && c->tx_head == c->tx_given) {
        c->state = DRAINING;
        c->deadline = net_now + DRAIN_MS;
    } else if (net_now >= c->deadline) {
        tcp_abort(c->pcb);
    }
}

static bool half_closed_turn(struct conn *c)
{
    struct stream_port *port = c->port;
    bool busy = c->rx_credited != c->rx_tail || c->tx_head != ring_load(&port->tx_tail);
    c->quiet = busy ? 0 : (uint8_t)(c->quiet + 1);
    if (c->tx_head - c->half_head >= TCP_MSS) {
        c->half_head = c->tx_head;
        c->deadline = net_now + HALF_MS;
    }
    if (net_now >= c->deadline) { /* a byte for each probe of a closed window is nobody reading */
        tcp_abort(c->pcb);
        return true;
    }
    if (c->quiet < 3)
        return !busy; /* let the pump run once more before believing that there is nothing to say */
    finish(c);
    return true;
}

static bool conn_turn(struct conn *c)
{
    if (c->state == OPEN || c->state == HALF) {
        bool closing = ring_load(&c->port->hive_closed) == c->opened;
        /* Input that a closed authority will never read is credited, else lwIP would answer our end with a reset. */
        credit(c, closing ? c->rx_tail : ring_load(&c->port->rx_head));
        if (closing) {
            c->state = FLUSHING;
            c->deadline = net_now + FLUSH_MS;
        }
    }
    give_output(c);
    switch (c->state) {
    case HALF:
        return half_closed_turn(c);
    case FLUSHING:
        flush_turn(c);
        return c->state != FLUSHING;
    case DRAINING:
        if (c->peer_fin || net_now >= c->deadline)
            finish(c);
        return c->state == GONE;
    default:
        return false;
    }
}

bool conn_flush(uint64_t *deadline)
{
    bool again = false;
    conn_used = 0;
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        struct conn *c = &conns[i];
        if (c->state == GONE && ring_load(&c->port->released) == c->opened)
            c->state = FREE;
        else if (c->pcb != NULL)
            again |= conn_turn(c);
        if (c->pcb != NULL && c->deadline < *deadline)
            *deadline = c->deadline;
        conn_used += c->state != FREE;
    }
    return again;
}
