/* The other side of the rootserver's network, for tests and fuzzers: what the NIC driver does with the packet
 * area, and TCP peers that are written out by hand, so that each can misbehave. One network stack a process
 * (lwIP's state is static). */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "netd/net.h"
#include "task/packet.h"

#define GUEST_IP 0x0a00020fu
#define HOST_IP 0x0a000202u

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
static const uint8_t host_mac[6] = {0x52, 0x55, 10, 0, 2, 2};

static struct packet_area *area;
static struct stream_link *streams;
static struct stream_port *ports;
#define counts streams->report.counts
static uint64_t now_ms = 1000;
static uint64_t deadline; /* the last that net_flush gave */

static void wire_start(void)
{
    area = aligned_alloc(64, sizeof *area);
    streams = aligned_alloc(4096, sizeof *streams);
    COH_ASSERT(area != NULL && streams != NULL);
    memset(streams, 0, sizeof *streams);
    ports = streams->ports;
    memset(area, 0, sizeof *area);
    memcpy(area->mac, guest_mac, sizeof guest_mac);
    net_init(area, streams, now_ms);
}

/* ---- frames ---- */

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}
static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}
static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

/* RFC 1071, the slow way: an oracle for checksum.c, too. */
static uint16_t plain_checksum(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint16_t tcp_sum(const uint8_t *ip, const uint8_t *tcp, size_t n)
{
    uint32_t sum = 6 + (uint32_t)n;
    for (size_t i = 12; i < 20; i += 2)
        sum += get16(ip + i);
    return plain_checksum(sum, tcp, n);
}

/* Plays the device: one frame arrives. False: the ring is full and it is lost. */
static bool wire_receive(const uint8_t *frame, size_t n)
{
    uint32_t tail = area->rx_tail, slot = tail % PACKET_SLOTS;
    if (tail - area->rx_head >= PACKET_SLOTS || n > PACKET_MAX)
        return false;
    memcpy(area->rx[slot], frame, n);
    area->rx_buffer[slot] = (uint8_t)slot;
    area->rx_len[slot] = (uint32_t)n;
    packet_store(&area->rx_tail, tail + 1);
    return true;
}

/* ---- peers ---- */

struct peer {
    uint16_t port;
    uint16_t window;
    uint32_t seq; /* next byte that we send */
    uint32_t ack; /* next byte that we expect */
    uint16_t mss; /* sent as an option with every segment; 0: 1460 with SYN alone */
    bool silent;  /* acknowledges nothing */
    bool connected, fin, rst;
    uint32_t acked; /* the guest has acknowledged up to here */
    uint32_t guest_window;
    uint32_t segments; /* with data */
    uint8_t got[65536];
    size_t got_n;
};

#define PEERS_MAX 128u
static struct peer peers[PEERS_MAX];
static uint32_t peers_n;
static uint16_t next_port = 20000;

static void peer_send(const struct peer *p, uint8_t flags, const void *data, size_t n)
{
    uint8_t f[PACKET_MAX] = {0};
    uint8_t *ip = f + 14, *tcp = ip + 20;
    memcpy(f, guest_mac, 6);
    memcpy(f + 6, host_mac, 6);
    put16(f + 12, 0x0800);
    ip[0] = 0x45;
    /* A SYN says that we take full segments. */
    uint8_t mss[4] = {2, 4, 0x05, 0xb4};
    size_t options = flags & SYN || p->mss ? sizeof mss : 0;
    if (p->mss)
        put16(mss + 2, p->mss);
    put16(ip + 2, (uint32_t)(40 + options + n));
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, HOST_IP);
    put32(ip + 16, GUEST_IP);
    put16(ip + 10, plain_checksum(0, ip, 20));
    put16(tcp, p->port);
    put16(tcp + 2, COH_CONSOLE_PORT);
    put32(tcp + 4, p->seq);
    put32(tcp + 8, flags & ACK ? p->ack : 0);
    tcp[12] = (uint8_t)((20 + options) << 2);
    tcp[13] = flags;
    put16(tcp + 14, p->window);
    memcpy(tcp + 20, mss, options);
    if (n > 0)
        memcpy(tcp + 20 + options, data, n);
    put16(tcp + 16, tcp_sum(ip, tcp, 20 + options + n));
    wire_receive(f, 54 + options + n);
}

static struct peer *peer_new(void)
{
    COH_ASSERT(peers_n < PEERS_MAX);
    struct peer *p = &peers[peers_n++];
    memset(p, 0, sizeof *p);
    p->port = next_port++;
    p->window = 65535;
    p->seq = 1000u * p->port;
    return p;
}

static void peer_say(struct peer *p, const void *data, size_t n)
{
    peer_send(p, ACK | PSH, data, n);
    p->seq += (uint32_t)n;
}

static void answer_arp(const uint8_t *f)
{
    uint8_t r[42];
    memcpy(r, f, sizeof r);
    memcpy(r, f + 6, 6);
    memcpy(r + 6, host_mac, 6);
    put16(r + 20, 2);
    memcpy(r + 22, host_mac, 6);
    memcpy(r + 28, f + 38, 4);
    memcpy(r + 32, f + 22, 10);
    wire_receive(r, sizeof r);
}

static void peer_hear(struct peer *p, const uint8_t *tcp, size_t n)
{
    uint32_t seq = get32(tcp + 4), head = (uint32_t)(tcp[12] >> 4) * 4;
    uint8_t flags = tcp[13];
    size_t data = n - head;
    p->guest_window = get16(tcp + 14);
    if (flags & ACK)
        p->acked = get32(tcp + 8);
    if (flags & RST) {
        p->rst = true;
        return;
    }
    if ((flags & SYN) && !p->connected) {
        p->connected = true;
        p->ack = seq + 1;
        p->seq++;
        peer_send(p, ACK, NULL, 0);
        return;
    }
    if (p->silent || (data == 0 && !(flags & FIN)))
        return;
    p->segments += data > 0;
    if (seq == p->ack && !p->fin) {
        size_t room = sizeof p->got - p->got_n, keep = data < room ? data : room; /* the first 64 KiB */
        memcpy(p->got + p->got_n, tcp + head, keep);
        p->got_n += keep;
        p->ack += (uint32_t)data;
        if (flags & FIN) {
            p->fin = true;
            p->ack++;
        }
    }
    peer_send(p, ACK, NULL, 0);
}

/* What the guest sent goes to the peers; a frame is thrown away when lose() says so. Every frame's sums are
 * checked. */
static bool (*lose)(void);
/* Who hears datagrams: the frame, whose IP header's sum is right. */
static void (*hear_datagram)(const uint8_t *frame);

static void wire_deliver(void)
{
    for (uint32_t head = area->tx_head; head != area->tx_tail; packet_store(&area->tx_head, ++head)) {
        const uint8_t *f = area->tx[head % PACKET_SLOTS];
        uint32_t len = area->tx_len[head % PACKET_SLOTS];
        COH_ASSERT(len >= PACKET_MIN && len <= PACKET_MAX);
        if (lose && lose())
            continue;
        if (get16(f + 12) == 0x0806 && get16(f + 20) == 1 && get32(f + 38) == HOST_IP)
            answer_arp(f);
        if (get16(f + 12) == 0x0800 && f[23] == 17 && hear_datagram) {
            COH_ASSERT(plain_checksum(0, f + 14, 20) == 0 && get16(f + 16) + 14u <= len);
            hear_datagram(f);
        }
        if (get16(f + 12) != 0x0800 || f[23] != 6)
            continue;
        size_t n = get16(f + 16) - 20u;
        COH_ASSERT(plain_checksum(0, f + 14, 20) == 0 && tcp_sum(f + 14, f + 34, n) == 0);
        for (uint32_t i = 0; i < peers_n; i++) {
            if (peers[i].port == get16(f + 36))
                peer_hear(&peers[i], f + 34, n);
        }
    }
}

/* As the pump does: resets the words of its side for each new connection. The port of the newest one. */
static uint32_t adopted[STREAM_PORTS];
static struct stream_port *newest;

static void adopt(void)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (ports[i].opened != adopted[i]) {
            adopted[i] = ports[i].opened;
            ports[i].rx_head = ports[i].tx_tail = 0;
            newest = &ports[i];
        }
    }
}

/* Turns until nothing moves. The pump's part is the test's: `serve` is called between input and output. */
static void (*serve)(void);

static void wire_settle(void)
{
    for (int i = 0; i < 64; i++) {
        bool moved = net_input(now_ms);
        adopt();
        if (serve)
            serve();
        deadline = UINT64_MAX;
        moved |= net_flush(now_ms, &deadline);
        moved |= area->tx_tail != area->tx_head;
        wire_deliver();
        if (!moved && area->rx_tail == area->rx_head)
            return;
    }
}

static void wire_pass(uint64_t ms)
{
    for (uint64_t end = now_ms + ms; now_ms < end;) {
        uint64_t next = deadline;
        now_ms = next > now_ms && next < end ? next : now_ms + 1 > end ? end : next >= end ? end : now_ms + 1;
        wire_settle();
    }
}

static struct peer *peer_connect(void)
{
    struct peer *p = peer_new();
    peer_send(p, SYN, NULL, 0);
    wire_settle();
    return p;
}

/* ---- a pump that does as it is told ---- */

static inline void port_say(struct stream_port *s, const void *data, size_t n)
{
    COH_ASSERT(n <= STREAM_TX_BYTES - (s->tx_tail - s->tx_head));
    for (size_t i = 0; i < n; i++)
        s->tx[(s->tx_tail + i) % STREAM_TX_BYTES] = ((const uint8_t *)data)[i];
    ring_store(&s->tx_tail, s->tx_tail + (uint32_t)n);
}

static inline size_t port_read(struct stream_port *s, uint8_t *out, size_t cap)
{
    size_t n = 0;
    for (; n < cap && s->rx_head + n != s->rx_tail; n++)
        out[n] = s->rx[(s->rx_head + n) % STREAM_RX_BYTES];
    ring_store(&s->rx_head, s->rx_head + (uint32_t)n);
    return n;
}

static inline void port_release(struct stream_port *s)
{
    ring_store(&s->hive_closed, s->opened);
    ring_store(&s->released, s->opened);
}
