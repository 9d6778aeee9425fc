/* Datagrams, byte by byte; see udp.h.
 *
 * Ethernet: destination[6] source[6] type[2] = 0x0800.
 * IPv4: version and header length in words[1], service[1], length[2], id[2], fragment[2], ttl[1], protocol[1] = 17,
 * sum[2], source[4], destination[4], options. UDP: source port[2], destination port[2], length[2], sum[2], payload. */
#include "netd/udp.h"

#define ETHERNET_BYTES 14u
#define IP_BYTES 20u
#define IP_FRAGMENT 0x3fffu /* more follow, or it is not the first */
#define PROTOCOL_UDP 17u

static uint32_t be16_at(struct bytes b, size_t at) { return (uint32_t)b.p[at] << 8 | b.p[at + 1]; }

/* The ones' complement sum of big-endian words (RFC 1071), added to `sum`; an odd last byte is the high one of a word.
 */
static uint32_t sum_of(struct bytes b, uint32_t sum)
{
    for (size_t i = 0; i < b.n; i++)
        sum += i % 2 == 0 ? (uint32_t)b.p[i] << 8 : b.p[i];
    return sum;
}

static uint32_t folded(uint32_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The IPv4 packet of a frame without padding, if it is one for this card and whole; else nothing. */
static struct bytes packet_of(struct bytes frame, const uint8_t mac[6], size_t *header_n)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct bytes none = bytes_of(NULL, 0), ip = bytes_sub(frame, ETHERNET_BYTES, frame.n);
    if (ip.n < IP_BYTES || be16_at(frame, 12) != 0x0800 ||
        (memcmp(frame.p, mac, 6) != 0 && memcmp(frame.p, all, 6) != 0))
        return none;
    size_t length = be16_at(ip, 2);
    *header_n = (ip.p[0] & 0xfu) * 4u;
    if (ip.p[0] >> 4 != 4 || *header_n < IP_BYTES || *header_n > length || length > ip.n)
        return none;
    if ((be16_at(ip, 6) & IP_FRAGMENT) != 0 || folded(sum_of(bytes_sub(ip, 0, *header_n), 0)) != 0xffff)
        return none;
    return bytes_sub(ip, 0, length);
}

/* Of source, destination, protocol and length. */
static uint32_t pseudo_sum(struct bytes addresses, size_t length)
{
    return sum_of(addresses, PROTOCOL_UDP + (uint32_t)length);
}

bool udp_payload(struct bytes frame, const uint8_t mac[6], uint16_t from, uint16_t to, struct bytes *payload)
{
    size_t header_n = 0;
    struct bytes ip = packet_of(frame, mac, &header_n), udp = bytes_sub(ip, header_n, ip.n);
    if (udp.n < UDP_HEADER_BYTES || ip.p[9] != PROTOCOL_UDP || be16_at(udp, 0) != from || be16_at(udp, 2) != to)
        return false;
    size_t length = be16_at(udp, 4);
    if (length < UDP_HEADER_BYTES || length > udp.n)
        return false;
    udp = bytes_sub(udp, 0, length);
    /* A sum of 0 says that there is none. */
    if (be16_at(udp, 6) != 0 && folded(sum_of(udp, pseudo_sum(bytes_sub(ip, 12, 8), length))) != 0xffff)
        return false;
    *payload = bytes_sub(udp, UDP_HEADER_BYTES, length);
    return true;
}

static void put_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void udp_header(uint8_t *header, size_t n, uint32_t source, uint16_t from, uint32_t destination, uint16_t to)
{
    uint8_t addresses[8];
    size_t length = UDP_HEADER_BYTES + n;
    put_be16(addresses, source >> 16);
    put_be16(addresses + 2, source);
    put_be16(addresses + 4, destination >> 16);
    put_be16(addresses + 6, destination);
    put_be16(header, from);
    put_be16(header + 2, to);
    put_be16(header + 4, (uint32_t)length);
    put_be16(header + 6, 0);
    uint32_t sum =
        ~folded(sum_of(bytes_of(header, length), pseudo_sum(bytes_of(addresses, sizeof addresses), length))) & 0xffff;
    put_be16(header + 6, sum != 0 ? sum : 0xffff);
}
