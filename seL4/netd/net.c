/* The network interface and the listener: packets in and out of the packet area, and which connection gets
 * which port. What happens on one connection is conn.c. */
#include "netd/net.h"

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/memp.h"
#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#include "hooks.h"
#include "netd/hook.h"
#include "netd/lease.h"

#include "base/hash.h"
#include "task/packet.h"

/* Every pool holds what all connections together can need at once, so that none takes from another;
 * of headers one a segment. */
#define QUEUE_SEGMENTS (TCP_SND_QUEUELEN / 2u)
_Static_assert(COH_POOL_NET_SEGMENTS_COUNT >= STREAM_PORTS * QUEUE_SEGMENTS + COH_POOL_NET_PCBS_COUNT, "segments");
_Static_assert(COH_POOL_NET_PBUFS_COUNT >= STREAM_PORTS * QUEUE_SEGMENTS, "a reference a segment with data");

#define HANDSHAKES_MAX 8u
_Static_assert(COH_POOL_NET_PCBS_COUNT >= STREAM_PORTS + HANDSHAKES_MAX + 4u, "and some in TIME_WAIT");

static struct netif netif;
static struct packet_area *area;
static struct tcp_pcb *listener;
static struct pbuf_custom rx_pbuf; /* one packet is in the stack at a time */
static uint32_t tx_tail, rx_head;  /* our own copies of our indices */
static struct hive_net *counts;
uint64_t net_now;

u32_t sys_now(void) { return (u32_t)net_now; }

/* ---- initial sequence numbers after RFC 6528: a clock plus a keyed hash of the connection's addresses ---- */

static const uint8_t *secret; /* [HASH_BYTES], the authority's */

uint32_t isn_next(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port)
{
    uint8_t digest[HASH_BYTES];
    uint32_t tuple[3] = {local_ip, remote_ip, (uint32_t)local_port << 16 | remote_port};
    blake3_keyed(secret, bytes_of(tuple, sizeof tuple), digest);
    uint32_t f;
    memcpy(&f, digest, sizeof f);
    /* RFC 6528's clock ticks every 4 µs. */
    return f + (uint32_t)(net_now * 250);
}

/* ---- packets ---- */

static err_t send_packet(struct netif *n, struct pbuf *p)
{
    bool full = tx_tail - packet_load(&area->tx_head) >= PACKET_SLOTS && packet_wait_tx(area, tx_tail);
    if (full || p->tot_len > PACKET_MAX) {
        counts->tx_dropped++; /* TCP sends it again */
        return ERR_MEM;
    }
    uint32_t slot = tx_tail % PACKET_SLOTS;
    area->tx_len[slot] = pbuf_copy_partial(p, area->tx[slot], PACKET_MAX, 0);
    tx_tail++;
    packet_store(&area->tx_tail, tx_tail);
    return ERR_OK;
}

static void rx_pbuf_freed(struct pbuf *p) {}

/* Lends one received packet to the stack, in place. The stack gives it back before netif.input returns:
 * nothing that is compiled in keeps packets. */
static void receive_packet(uint32_t buffer, uint32_t len)
{
    if (COH_HW_NET_MODE_IS_DHCP && lease_takes(bytes_of(area->rx[buffer], len), net_now))
        return;
    rx_pbuf.custom_free_function = rx_pbuf_freed;
    struct pbuf *p = pbuf_alloced_custom(PBUF_RAW, (u16_t)len, PBUF_REF, &rx_pbuf, area->rx[buffer], PACKET_BYTES);
    if (netif.input(p, &netif) != ERR_OK)
        pbuf_free(p);
    COH_ASSERT(p->ref == 0);
}

/* How many packets came since the one that began a handshake. Its control block has taken over the listener's argument. */
static uint32_t age(const struct tcp_pcb *p) { return rx_head - (uint32_t)(uintptr_t)p->callback_arg; }

/* Handshakes that are not complete may hold this many control blocks; the oldest gives way, so that a flood
 * of them can't keep others out. */
static void evict_handshakes(void)
{
    struct tcp_pcb *oldest = NULL;
    uint32_t n = 0;
    for (struct tcp_pcb *p = tcp_active_pcbs; p != NULL; p = p->next) {
        if (p->state == SYN_RCVD) {
            oldest = oldest && age(oldest) > age(p) ? oldest : p;
            n++;
        }
    }
    if (n > HANDSHAKES_MAX)
        tcp_abort(oldest);
}

bool net_input(uint64_t now_ms)
{
    net_now = now_ms;
    if (!COH_HW_NET_MODE_IS_DHCP)
        counts->link_up = area->link_up;
    counts->rx_dropped = area->rx_dropped;
    uint32_t tail = packet_load(&area->rx_tail);
    bool moved = rx_head != tail;
    COH_ASSERT(tail - rx_head <= PACKET_SLOTS);
    for (; rx_head != tail; rx_head++) {
        uint32_t slot = rx_head % PACKET_SLOTS;
        uint32_t buffer = area->rx_buffer[slot];
        uint32_t len = area->rx_len[slot];
        COH_ASSERT(buffer < PACKET_SLOTS && len <= PACKET_MAX);
        tcp_arg(listener, (void *)(uintptr_t)rx_head);
        receive_packet(buffer, len);
        evict_handshakes();
    }
    packet_store(&area->rx_head, rx_head);
    sys_check_timeouts();
    if (COH_HW_NET_MODE_IS_DHCP && lease_turn(area->link_up, now_ms))
        moved = conn_told = true; /* the authority shows addresses */
    return moved;
}

/* ---- listener ---- */

static err_t accept_connection(void *arg, struct tcp_pcb *pcb, err_t err)
{
    if (err != ERR_OK || pcb == NULL || !conn_open(pcb)) {
        counts->refused++;
        return ERR_MEM; /* lwIP resets the connection */
    }
    counts->accepted++;
    return ERR_OK;
}

static err_t start_netif(struct netif *n)
{
    n->mtu = 1500;
    n->hwaddr_len = ETH_HWADDR_LEN;
    n->output = etharp_output;
    n->linkoutput = send_packet;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static void listen_console(void)
{
    struct tcp_pcb *pcb = tcp_new();
    err_t e = tcp_bind(pcb, IP4_ADDR_ANY, COH_CONSOLE_PORT);
    COH_ASSERT(e == ERR_OK);
    listener = tcp_listen(pcb);
    COH_ASSERT(listener != NULL);
    tcp_accept(listener, accept_connection);
}

/* The manifest's address, or none until there is a lease. */
static void add_netif(void)
{
    ip4_addr_t address = {0}, gateway = {0}, mask = {0};
    if (!COH_HW_NET_MODE_IS_DHCP) {
        address.addr = lwip_htonl(COH_HW_NET_ADDRESS_U32);
        gateway.addr = lwip_htonl(COH_HW_NET_GATEWAY_U32);
        mask.addr = lwip_htonl(COH_HW_NET_PREFIX == 0 ? 0 : UINT32_MAX << (32 - COH_HW_NET_PREFIX));
    }
    memcpy(netif.hwaddr, area->mac, ETH_HWADDR_LEN);
    const struct netif *added = netif_add(&netif, &address, &mask, &gateway, NULL, start_netif, ethernet_input);
    COH_ASSERT(added == &netif);
    netif_set_default(&netif);
    netif_set_up(&netif);
}

void net_init(struct packet_area *packets, struct stream_link *link, uint64_t now_ms)
{
    area = packets;
    counts = &link->report.counts;
    secret = link->orders.secret;
    net_now = now_ms;
    lwip_init();
    conn_init(link);
    HOOK_INIT(area, link);
    add_netif();
    listen_console();
    if (COH_HW_NET_MODE_IS_DHCP) {
        lease_start(&netif, secret, counts, area->link_up, now_ms);
    } else {
        counts->link_up = area->link_up;
        counts->listening = true;
    }
}

bool net_flush(uint64_t now_ms, uint64_t *deadline)
{
    net_now = now_ms;
    bool again = conn_flush(deadline);
    uint64_t stack = now_ms + sys_timeouts_sleeptime();
    if (COH_HW_NET_MODE_IS_DHCP && lease_deadline() < stack)
        stack = lease_deadline();
    *deadline = stack < *deadline ? stack : *deadline;
    return again;
}

void net_levels(uint32_t levels[STREAM_LEVELS])
{
    const uint32_t used[STREAM_LEVELS] = {lwip_stats.memp[MEMP_TCP_PCB]->used,    lwip_stats.memp[MEMP_TCP_SEG]->used,
                                          lwip_stats.memp[MEMP_PBUF]->used,       lwip_stats.memp[MEMP_POOL_FIRST]->used,
                                          lwip_stats.memp[MEMP_POOL_LAST]->used, conn_used};
    memcpy(levels, used, sizeof used);
}
