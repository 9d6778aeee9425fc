/* The other side of a DHCP client, for tests and fuzzers: messages that are written out byte by byte, so that each can
 * be wrong, and a server that gives leases. */
#pragma once

#include <string.h>

#include "base/assert.h"
#include "netd/dhcp.h"

#define SERVER_IP 0x0a000202u
#define OFFERED_IP 0x0a000210u
#define MASK_24 0xffffff00u
#define LEASE_S 3600u

static const uint8_t card[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

/* ---- what the client says ---- */

struct heard {
    uint8_t type;
    uint32_t xid, ciaddr, requested, server, secs;
    bool end;
};

static uint32_t number_at(const uint8_t *p, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Every message of the client must be right to the byte. */
static struct heard hear(const uint8_t *m, size_t n)
{
    struct heard h = {.xid = number_at(m + 4, 4), .secs = number_at(m + 8, 2), .ciaddr = number_at(m + 12, 4)};
    COH_ASSERT(n == DHCP_MESSAGE_BYTES && m[0] == 1 && m[1] == 1 && m[2] == 6 && m[3] == 0);
    COH_ASSERT(memcmp(m + 28, card, 6) == 0 && number_at(m + 236, 4) == 0x63825363 && number_at(m + 10, 2) == 0);
    for (size_t i = 16; i < 28; i++)
        COH_ASSERT(m[i] == 0); /* the server's fields */
    for (size_t i = 240; i < n && !h.end; i += 2u + m[i + 1]) {
        if (m[i] == 255) {
            h.end = true;
            break;
        }
        COH_ASSERT(i + 2u + m[i + 1] < n);
        if (m[i] == 53)
            h.type = m[i + 2];
        else if (m[i] == 50)
            h.requested = number_at(m + i + 2, 4);
        else if (m[i] == 54)
            h.server = number_at(m + i + 2, 4);
    }
    COH_ASSERT(h.end && (h.type == DHCP_TYPE_DISCOVER || h.type == DHCP_TYPE_REQUEST));
    return h;
}

/* ---- what a server says ---- */

struct answer {
    uint8_t bytes[1500];
    size_t n;
};

static void put_number(uint8_t *p, uint32_t v, size_t n)
{
    while (n-- > 0) {
        p[n] = (uint8_t)v;
        v >>= 8;
    }
}

static void answer_option(struct answer *a, uint8_t code, uint32_t v, uint8_t n)
{
    a->bytes[a->n++] = code;
    a->bytes[a->n++] = n;
    put_number(a->bytes + a->n, v, n);
    a->n += n;
}

static void answer_end(struct answer *a) { a->bytes[a->n++] = 255; }

/* Without options but the message's type. */
static struct answer answer_bare(uint8_t type, uint32_t xid, uint32_t address)
{
    struct answer a = {.bytes = {2, 1, 6}, .n = 240};
    put_number(a.bytes + 4, xid, 4);
    put_number(a.bytes + 16, address, 4);
    memcpy(a.bytes + 28, card, 6);
    put_number(a.bytes + 236, 0x63825363, 4);
    answer_option(&a, 53, type, 1);
    return a;
}

struct terms {
    uint32_t address, server, mask, gateway, lease_s, renew_s, rebind_s; /* 0: left out */
};
static const struct terms usual = {OFFERED_IP, SERVER_IP, MASK_24, SERVER_IP, LEASE_S, 0, 0};

static struct answer answer_of(uint8_t type, uint32_t xid, const struct terms *t)
{
    struct answer a = answer_bare(type, xid, t->address);
    const struct {
        uint8_t code;
        uint32_t v;
    } options[] = {{54, t->server}, {51, t->lease_s}, {1, t->mask},
                   {3, t->gateway}, {58, t->renew_s}, {59, t->rebind_s}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].v)
            answer_option(&a, options[i].code, options[i].v, 4);
    }
    answer_end(&a);
    return a;
}

static inline struct bytes answer_bytes(const struct answer *a) { return bytes_of(a->bytes, a->n); }
