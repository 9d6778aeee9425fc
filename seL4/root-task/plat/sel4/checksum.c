/* The Internet checksum (RFC 1071) for lwIP: the one's complement sum of 16-bit words, eight bytes a step. */
#include <string.h>

#include "arch/cc.h"

uint16_t net_checksum(const void *data, int n)
{
    const uint8_t *p = data;
    uint64_t sum = 0;
    COH_ASSERT(n >= 0 && n <= 65535);
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t w[2];
        memcpy(w, p, sizeof w);
        sum += (uint64_t)w[0] + w[1];
    }
    for (; n >= 2; n -= 2, p += 2)
        sum += (uint64_t)p[0] | (uint64_t)p[1] << 8;
    if (n > 0)
        sum += p[0];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}
