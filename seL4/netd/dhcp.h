/* A DHCPv4 client (RFC 2131, 2132) as a state machine: messages and times go in, messages and a lease come out. It has
 * no clock, no heap and no memory but struct dhcp, and touches no device. Addresses are numbers in host order.
 *
 * - WAITING → SELECTING: an exchange begins, of `timeout_ms`: DISCOVER.
 * - SELECTING → REQUESTING: the first offer that is acceptable: REQUEST. Later offers are nobody's.
 * - REQUESTING → BOUND: acknowledged. → WAITING: refused, until the exchange's time is over, so that a server that
 *   offers and refuses is not asked in a circle.
 * - SELECTING, REQUESTING → SELECTING: the time is over, and the next exchange begins. After `retries` of them static
 *   values are in use, and an exchange is tried every DHCP_PAUSE_MS.
 * - BOUND → RENEWING at T1: REQUEST to the server. → REBINDING at T2, or when the link has come back: REQUEST to all.
 * - RENEWING, REBINDING → BOUND: acknowledged. → SELECTING: refused, or the lease is over: the address is gone. */
#pragma once

#include "base/bytes.h"

#define DHCP_SERVER_PORT 67u
#define DHCP_CLIENT_PORT 68u
/* Of every message that is sent: what BOOTP relays want at the least. */
#define DHCP_MESSAGE_BYTES 300u
#define DHCP_BROADCAST UINT32_MAX
/* A shorter lease is refused: it would be renewed more often than every quarter of a minute. */
#define DHCP_LEASE_MIN_S 30u
/* This many seconds are for ever. */
#define DHCP_LEASE_FOREVER_S UINT32_MAX
/* Between exchanges once static values are in use. */
#define DHCP_PAUSE_MS 60000u

enum dhcp_state { DHCP_WAITING, DHCP_SELECTING, DHCP_REQUESTING, DHCP_BOUND, DHCP_RENEWING, DHCP_REBINDING };

/* Why there is no lease, or why a message was refused. Their names are the authority's (plat/sel4/address.c). */
enum dhcp_refusal {
    DHCP_FINE,
    DHCP_SILENCE,  /* nobody answered in time */
    DHCP_NAK,      /* the server refuses */
    DHCP_COOKIE,   /* BOOTP without options */
    DHCP_OPTIONS,  /* cut short, without end, of a wrong length, given twice, or spilled into other fields */
    DHCP_SERVER,   /* no server identifier, or no address that a server can have */
    DHCP_TIME,     /* no lease time, or below DHCP_LEASE_MIN_S */
    DHCP_NETMASK,  /* none, or no prefix of 1 to 32 bits */
    DHCP_ADDRESS,  /* none that a host can have in that subnet */
    DHCP_GATEWAY,  /* outside of the subnet, or no host of it */
    DHCP_EXPIRED,  /* the lease was not renewed in time */
    DHCP_NOT_OURS, /* for somebody else, or from another time: no fault */
};

struct dhcp_lease {
    uint32_t address, gateway; /* gateway 0: none */
    uint32_t server;
    uint32_t seconds; /* DHCP_LEASE_FOREVER_S: without end */
    uint8_t prefix;   /* 1 … 32 */
};

struct dhcp_config {
    uint8_t mac[6];
    uint32_t timeout_ms; /* of an exchange, 100 … 60000 */
    uint32_t retries;    /* exchanges before static values, 1 … 32 */
    uint64_t seed;       /* of transaction identifiers and jitter: different for each start */
};

struct dhcp {
    struct dhcp_config config;
    enum dhcp_state state;
    enum dhcp_refusal refusal; /* the last */
    bool fallback;             /* static values are to be used, as long as there is no lease */
    bool link_up;
    bool heard;     /* the exchange met with a refusal */
    bool send;      /* dhcp_output has a message */
    uint16_t secs;  /* what it says of the time since the exchange began */
    uint32_t tries; /* exchanges begun since the last lease, at most retries */
    uint32_t xid;
    uint64_t random;
    uint64_t began_ms, end_ms; /* the exchange, or renewal */
    uint64_t asked_ms;         /* when the lease was first asked for */
    uint64_t due_ms;           /* when dhcp_turn has something to do */
    uint64_t interval_ms;      /* until the message is sent again */
    uint64_t renew_ms, rebind_ms, expiry_ms;
    struct dhcp_lease lease; /* REQUESTING: what is asked for; BOUND and later: what is held */
};

/* Begins the first exchange. `link_up`: the cable has a carrier now. */
void dhcp_start(struct dhcp *d, const struct dhcp_config *config, bool link_up, uint64_t now_ms);
/* The payload of a datagram to DHCP_CLIENT_PORT, of any length, from anybody. DHCP_FINE: it was taken; else why it
 * changed nothing, or, DHCP_NAK, that the server has refused. */
enum dhcp_refusal dhcp_input(struct dhcp *d, struct bytes message, uint64_t now_ms);
/* The carrier came or went. */
void dhcp_link(struct dhcp *d, bool up, uint64_t now_ms);
/* Does what is due. Returns when it must be called next (ms), though nothing comes; UINT64_MAX: never. */
uint64_t dhcp_turn(struct dhcp *d, uint64_t now_ms);
/* The message that is to be sent now, from DHCP_CLIENT_PORT to DHCP_SERVER_PORT of *to (DHCP_BROADCAST or the server),
 * in out[DHCP_MESSAGE_BYTES]; its length, or 0: there is none. After each call of the others. */
size_t dhcp_output(struct dhcp *d, uint8_t *out, uint32_t *to);
/* What is held, or NULL. */
const struct dhcp_lease *dhcp_lease(const struct dhcp *d);
/* Every invariant; for tests and fuzzers. */
bool dhcp_check(const struct dhcp *d, uint64_t now_ms);

/* ---- dhcp_message.c: one message ---- */

enum dhcp_type {
    DHCP_TYPE_DISCOVER = 1,
    DHCP_TYPE_OFFER,
    DHCP_TYPE_REQUEST,
    DHCP_TYPE_DECLINE,
    DHCP_TYPE_ACK,
    DHCP_TYPE_NAK
};

/* What a server said; 0 where it said nothing. */
struct dhcp_message {
    enum dhcp_type type; /* OFFER, ACK or NAK */
    uint32_t address, server, netmask, gateway;
    uint32_t lease_s, renew_s, rebind_s;
};

/* Reads a server's answer to transaction xid of this card. DHCP_FINE: *out holds it, and its server identifier is
 * sound. */
enum dhcp_refusal dhcp_parse(struct bytes message, uint32_t xid, const uint8_t mac[6], struct dhcp_message *out);
/* Is what an OFFER or ACK gives a lease that can be held? DHCP_FINE: *out is it. */
enum dhcp_refusal dhcp_acceptable(const struct dhcp_message *m, struct dhcp_lease *out);

/* What the client says. */
struct dhcp_words {
    enum dhcp_type type; /* DISCOVER or REQUEST */
    uint32_t xid;
    uint16_t secs;
    uint32_t held;              /* the address that it has and answers to, or 0 */
    uint32_t requested, server; /* of an offer that it takes, or 0 */
    const uint8_t *mac;         /* [6] */
};
/* Writes it to out[DHCP_MESSAGE_BYTES]; the length. */
size_t dhcp_build(const struct dhcp_words *w, uint8_t *out);
