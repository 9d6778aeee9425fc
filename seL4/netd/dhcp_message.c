/* One DHCP message: strict reading, plain writing. Numbers are big-endian.
 *
 * offset  field
 *      0  op: 1 request, 2 reply    1  htype: 1 Ethernet    2  hlen: 6    3  hops
 *      4  xid[4]
 *      8  secs[2]   10  flags[2]
 *     12  ciaddr[4]: what the client has   16  yiaddr[4]: what it is given   20  siaddr[4]   24  giaddr[4]
 *     28  chaddr[16]: the client's card
 *     44  sname[64]  108  file[128]: neither is read; a server that spills options into them is refused
 *    236  cookie: 99 130 83 99
 *    240  options: code[1] length[1] value; 0 is padding and 255 the end, both without a length */
#include "netd/dhcp.h"

#define OP_REQUEST 1u
#define OP_REPLY 2u
#define HTYPE_ETHERNET 1u
#define MAC_BYTES 6u
#define COOKIE 0x63825363u

#define AT_XID 4u
#define AT_YIADDR 16u
#define AT_CHADDR 28u
#define AT_COOKIE 236u
#define AT_OPTIONS 240u

enum option {
    PAD = 0,
    NETMASK = 1,
    ROUTER = 3,
    REQUESTED = 50,
    LEASE_TIME = 51,
    OVERLOAD = 52,
    MESSAGE_TYPE = 53,
    SERVER_ID = 54,
    PARAMETERS = 55,
    MAX_SIZE = 57,
    RENEW_TIME = 58,
    REBIND_TIME = 59,
    END = 255,
};

/* No fragment of IP, whatever the path: RFC 2131's least. */
#define MAX_MESSAGE 576u

static uint32_t be(struct bytes b)
{
    uint32_t v = 0;
    for (size_t i = 0; i < b.n; i++)
        v = v << 8 | b.p[i];
    return v;
}
static uint32_t be32_at(struct bytes m, size_t at) { return be(bytes_sub(m, at, 4)); }

/* ---- reading ---- */

/* Where the value of an option that counts goes; NULL: nobody asks for it. */
static uint32_t *place_of(uint8_t code, struct dhcp_message *m, uint32_t *type)
{
    switch (code) {
    case NETMASK:
        return &m->netmask;
    case ROUTER:
        return &m->gateway;
    case LEASE_TIME:
        return &m->lease_s;
    case MESSAGE_TYPE:
        return type;
    case SERVER_ID:
        return &m->server;
    case RENEW_TIME:
        return &m->renew_s;
    case REBIND_TIME:
        return &m->rebind_s;
    default:
        return NULL;
    }
}

static bool length_fits(uint8_t code, size_t n)
{
    if (code == ROUTER)
        return n >= 4 && n % 4 == 0; /* in the order of preference */
    return n == (code == MESSAGE_TYPE ? 1u : 4u);
}

/* Up to the end mark. An option that counts is there once and has its length; whatever else there is only has to be
 * whole. */
static enum dhcp_refusal read_options(struct bytes options, struct dhcp_message *m, uint32_t *type)
{
    struct reader r = reader_of(options);
    uint64_t seen = 0;
    for (uint8_t code = rd_u8(&r); !r.bad && code != END; code = rd_u8(&r)) {
        if (code == PAD)
            continue;
        struct bytes value = rd_bytes(&r, rd_u8(&r));
        uint32_t *place = place_of(code, m, type);
        if (r.bad || code == OVERLOAD)
            return DHCP_OPTIONS;
        if (!place)
            continue;
        if (!length_fits(code, value.n) || (seen >> code & 1) != 0)
            return DHCP_OPTIONS;
        seen |= UINT64_C(1) << code;
        *place = be(bytes_sub(value, 0, 4));
    }
    return r.bad ? DHCP_OPTIONS : DHCP_FINE;
}

/* Not "this network", not loopback, not multicast or beyond. */
static bool is_unicast(uint32_t address)
{
    uint32_t first = address >> 24;
    return first != 0 && first != 127 && first < 224;
}

enum dhcp_refusal dhcp_parse(struct bytes message, uint32_t xid, const uint8_t mac[6], struct dhcp_message *out)
{
    uint32_t type = 0;
    *out = (struct dhcp_message){0};
    if (message.n < AT_OPTIONS || message.p[0] != OP_REPLY || message.p[1] != HTYPE_ETHERNET ||
        message.p[2] != MAC_BYTES || be32_at(message, AT_XID) != xid ||
        memcmp(message.p + AT_CHADDR, mac, MAC_BYTES) != 0)
        return DHCP_NOT_OURS;
    if (be32_at(message, AT_COOKIE) != COOKIE)
        return DHCP_COOKIE;
    enum dhcp_refusal wrong = read_options(bytes_sub(message, AT_OPTIONS, message.n), out, &type);
    if (wrong)
        return wrong;
    if (type != DHCP_TYPE_OFFER && type != DHCP_TYPE_ACK && type != DHCP_TYPE_NAK)
        return DHCP_OPTIONS;
    out->type = (enum dhcp_type)type;
    out->address = be32_at(message, AT_YIADDR);
    return is_unicast(out->server) ? DHCP_FINE : DHCP_SERVER;
}

/* Can a host of the subnet have it? In subnets of one or two addresses all of them are hosts'. */
static bool is_host(uint32_t address, uint32_t netmask)
{
    uint32_t rest = address & ~netmask;
    return is_unicast(address) && (~netmask <= 1 || (rest != 0 && rest != ~netmask));
}

enum dhcp_refusal dhcp_acceptable(const struct dhcp_message *m, struct dhcp_lease *out)
{
    uint32_t host = ~m->netmask;
    if (m->lease_s < DHCP_LEASE_MIN_S)
        return DHCP_TIME;
    if (m->netmask == 0 || (host & (host + 1)) != 0)
        return DHCP_NETMASK;
    if (!is_host(m->address, m->netmask) || m->address == m->server)
        return DHCP_ADDRESS;
    if (m->gateway != 0 &&
        (!is_host(m->gateway, m->netmask) || ((m->gateway ^ m->address) & m->netmask) != 0 || m->gateway == m->address))
        return DHCP_GATEWAY;
    *out = (struct dhcp_lease){m->address, m->gateway, m->server, m->lease_s, 32};
    for (; host != 0; host >>= 1)
        out->prefix--;
    return DHCP_FINE;
}

/* ---- writing ---- */

static void put_be(struct buf *b, uint32_t v, unsigned n)
{
    COH_ASSERT(n <= b->cap - b->n);
    while (n-- > 0)
        b->p[b->n++] = (uint8_t)(v >> 8 * n);
}

static void put_option(struct buf *b, enum option code, uint32_t v, unsigned n)
{
    put_be(b, code, 1);
    put_be(b, n, 1);
    put_be(b, v, n);
}

size_t dhcp_build(const struct dhcp_words *w, uint8_t *out)
{
    struct buf b = buf_of(out, DHCP_MESSAGE_BYTES);
    memset(out, 0, DHCP_MESSAGE_BYTES);
    put_be(&b, OP_REQUEST << 24 | HTYPE_ETHERNET << 16 | MAC_BYTES << 8, 4);
    put_be(&b, w->xid, 4);
    put_be(&b, (uint32_t)w->secs << 16, 4); /* no broadcast flag: a card takes what is sent to its own address */
    put_be(&b, w->held, 4);
    memcpy(out + AT_CHADDR, w->mac, MAC_BYTES);
    b.n = AT_COOKIE;
    put_be(&b, COOKIE, 4);
    put_option(&b, MESSAGE_TYPE, w->type, 1);
    if (w->requested)
        put_option(&b, REQUESTED, w->requested, 4);
    if (w->server)
        put_option(&b, SERVER_ID, w->server, 4);
    put_option(&b, MAX_SIZE, MAX_MESSAGE, 2);
    put_option(&b, PARAMETERS, NETMASK << 8 | ROUTER, 2);
    put_be(&b, END, 1);
    return DHCP_MESSAGE_BYTES;
}
