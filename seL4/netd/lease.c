/* See lease.h. Datagrams come in as they are, because lwIP takes none without an address; out they go by lwIP's IP,
 * which knows the server's card. */
#include "netd/lease.h"

#include "lwip/ip4.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/prot/ip.h"

#include "base/hash.h"
#include "hive/hive.h"
#include "netd/dhcp.h"
#include "netd/udp.h"

#include "generated/manifest.h"

static struct dhcp client;
static struct netif *netif;
static struct hive_net *told;
static uint64_t deadline;

uint64_t lease_deadline(void) { return deadline; }

void lease_start(struct netif *n, const uint8_t *secret, struct hive_net *counts, bool link_up, uint64_t now_ms)
{
    struct dhcp_config c = {.timeout_ms = COH_HW_NET_DHCP_TIMEOUT_MS, .retries = COH_HW_NET_DHCP_RETRIES};
    uint8_t digest[HASH_BYTES];
    netif = n;
    told = counts;
    memcpy(c.mac, n->hwaddr, sizeof c.mac);
    blake3_keyed(secret, bytes_of(c.mac, sizeof c.mac), digest);
    memcpy(&c.seed, digest, sizeof c.seed);
    dhcp_start(&client, &c, link_up, now_ms);
}

bool lease_takes(struct bytes frame, uint64_t now_ms)
{
    struct bytes message;
    bool takes = udp_payload(frame, client.config.mac, DHCP_SERVER_PORT, DHCP_CLIENT_PORT, &message);
    if (takes)
        dhcp_input(&client, message, now_ms);
    return takes;
}

static ip4_addr_t wire(uint32_t address) { return (ip4_addr_t){lwip_htonl(address)}; }

/* A message that finds no room is as good as lost: it is sent again. */
static void send(const uint8_t *message, size_t n, uint32_t to)
{
    ip4_addr_t destination = wire(to), source = *netif_ip4_addr(netif);
    struct pbuf *p = pbuf_alloc(PBUF_IP, (u16_t)(UDP_HEADER_BYTES + n), PBUF_RAM);
    if (p == NULL)
        return;
    uint8_t *udp = p->payload;
    memcpy(udp + UDP_HEADER_BYTES, message, n);
    udp_header(udp, n, lwip_ntohl(source.addr), DHCP_CLIENT_PORT, to, DHCP_SERVER_PORT);
    ip4_output_if_src(p, &source, &destination, UINT8_MAX, 0, IP_PROTO_UDP, netif);
    pbuf_free(p);
}

/* What the interface is to have, as it is told. */
static struct hive_net wanted(void)
{
    const struct dhcp_lease *l = dhcp_lease(&client);
    struct hive_net w = {.source = HIVE_NO_ADDRESS, .dhcp = (uint8_t)client.refusal};
    if (l != NULL) {
        w.source = HIVE_LEASE;
        w.address = l->address;
        w.prefix = l->prefix;
        w.gateway = l->gateway;
        w.server = l->server;
        w.lease_s = l->seconds;
    } else if (client.fallback) {
        w.source = HIVE_STATIC;
        w.address = COH_HW_NET_ADDRESS_U32;
        w.prefix = COH_HW_NET_PREFIX;
        w.gateway = COH_HW_NET_GATEWAY_U32;
    }
    return w;
}

/* Setting an address that is another one resets what is connected to the old one, and asks whether somebody has the
 * new. */
static bool set_address(bool link_up)
{
    struct hive_net w = wanted();
    ip4_addr_t address = wire(w.address), gateway = wire(w.gateway);
    ip4_addr_t mask = wire(w.prefix == 0 ? 0 : UINT32_MAX << (32 - w.prefix));
    bool changed = told->address != w.address || told->source != w.source || told->gateway != w.gateway ||
                   told->prefix != w.prefix;
    if (told->address != w.address)
        netif_set_addr(netif, NULL, NULL, NULL); /* the resets go out by the old routes */
    if (changed)
        netif_set_addr(netif, &address, &mask, &gateway);
    told->address = w.address;
    told->gateway = w.gateway;
    told->server = w.server;
    told->lease_s = w.lease_s;
    told->prefix = w.prefix;
    told->source = w.source;
    told->dhcp = w.dhcp;
    told->listening = w.address != 0;
    told->link_up = link_up && w.address != 0;
    return changed;
}

bool lease_turn(bool link_up, uint64_t now_ms)
{
    uint8_t message[DHCP_MESSAGE_BYTES];
    uint32_t to;
    dhcp_link(&client, link_up, now_ms);
    deadline = dhcp_turn(&client, now_ms);
    bool changed = set_address(link_up);
    size_t n = dhcp_output(&client, message, &to);
    if (n > 0)
        send(message, n, to);
    return changed;
}
