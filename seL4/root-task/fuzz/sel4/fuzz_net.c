/* The network side under frames of any kind and a pump in any state. Whatever came before: when the authority
 * closes all connections their ports come back, and a newcomer is served.
 *
 * Input: operations, each a byte and its arguments.
 *   0 n bytes[n]                     a frame to the guest's address
 *   1 peer                           a connection is opened
 *   2 peer flags seq ack window n    a segment: seq and ack as signed offsets (×16), n×5 bytes of data; flags 0x40:
 *                                    an MSS option (one more byte after window), 0x80: a window below 256
 *   3 ms                             time passes (×16 ms)
 *   4 port n                         the pump reads
 *   5 port n                         the pump writes (×64)
 *   6 port                           the authority closes
 *   7 k                              the device takes nothing for k turns */
#include "support/fuzz.h"

#include "sel4/wire.h"

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t next(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static void op_frame(struct input *in)
{
    uint8_t f[14 + 255] = {0};
    size_t n = next(in);
    memcpy(f, guest_mac, 6);
    memcpy(f + 6, host_mac, 6);
    put16(f + 12, 0x0800);
    for (size_t i = 0; i < n; i++)
        f[12 + i] = next(in);
    wire_receive(f, 14 + n);
}

static void op_segment(struct input *in)
{
    uint8_t data[1460] = {0};
    struct peer p = peers[next(in) % peers_n];
    uint8_t flags = next(in);
    p.seq += (uint32_t)((int8_t)next(in) * 16);
    p.ack += (uint32_t)((int8_t)next(in) * 16);
    p.window = (uint16_t)(next(in) * 257u);
    if (flags & 0x40)
        p.mss = (uint16_t)(next(in) * 6u + 1u);
    if (flags & 0x80)
        p.window = (uint16_t)(p.window & 0xff);
    size_t n = next(in) * 5u;
    peer_send(&p, flags, data, n);
    if (next(in) & 1) { /* it goes on from there */
        struct peer *q = &peers[next(in) % peers_n];
        q->seq += (uint32_t)n;
    }
}

static void op_open(struct input *in)
{
    uint8_t how = next(in);
    if (peers_n == PEERS_MAX)
        return;
    struct peer *p = peer_new();
    p->silent = how & 1;
    peer_send(p, SYN, NULL, 0);
}

static void op_pump(uint8_t op, struct input *in)
{
    static const uint8_t text[255 * 64];
    uint8_t scratch[256];
    struct stream_port *s = &ports[next(in) % STREAM_PORTS];
    size_t n = next(in);
    if (s->opened == s->hive_closed)
        return;
    if (op == 4) {
        port_read(s, scratch, n);
    } else if (op == 5) {
        size_t room = STREAM_TX_BYTES - (s->tx_tail - s->tx_head);
        port_say(s, text, n * 64 < room ? n * 64 : room);
    } else {
        ring_store(&s->hive_closed, s->opened);
    }
}

static void step(struct input *in)
{
    uint8_t op = next(in) % 8;
    if (op == 0)
        op_frame(in);
    else if (op == 1)
        op_open(in);
    else if (op == 2)
        op_segment(in);
    else if (op == 3)
        wire_pass(next(in) * 16u);
    else if (op < 7)
        op_pump(op, in);
    else
        for (uint8_t k = next(in) % 32; k > 0; k--)
            net_flush(now_ms, &deadline);
}

static void release_closed(void)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (ports[i].net_closed == ports[i].opened) {
            ring_store(&ports[i].hive_closed, ports[i].opened);
            ring_store(&ports[i].released, ports[i].opened);
        }
    }
}

/* Also what a late handshake opens meanwhile. */
static void close_all(void)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        ring_store(&ports[i].hive_closed, ports[i].opened);
    release_closed();
}

/* The invariant: everything comes back. */
static void all_ports_return(void)
{
    serve = close_all;
    wire_pass(12200);
    serve = release_closed;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        FUZZ_CHECK(ports[i].released == ports[i].opened);
}

static void a_newcomer_is_served(void)
{
    newest = NULL;
    peers_n = 0;
    struct peer *p = peer_connect();
    FUZZ_CHECK(p->connected && newest != NULL);
    struct stream_port *s = newest;
    peer_say(p, "ping", 4);
    wire_settle();
    FUZZ_CHECK(s->rx_tail == 4);
    port_say(s, "pong", 4);
    wire_pass(10);
    FUZZ_CHECK(p->got_n == 4);
    peer_send(p, RST | ACK, NULL, 0);
    wire_settle();
    FUZZ_CHECK(s->net_closed == s->opened);
    release_closed();
    wire_settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    if (area == NULL)
        wire_start();
    serve = release_closed;
    peers_n = 0;
    peer_new();
    while (in.n > 0) {
        step(&in);
        wire_settle();
    }
    all_ports_return();
    a_newcomer_is_served();
    return 0;
}
