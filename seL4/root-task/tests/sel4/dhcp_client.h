/* A DHCP client on a clock of its own, for tests. */
#pragma once

#include "support/test.h"

#include "sel4/dhcp_server.h"

#define TIMEOUT_MS 4000u
#define RETRIES 3u

static struct dhcp d;
static uint64_t now;
static uint32_t sent_to;

static inline void start(void)
{
    struct dhcp_config c = {.timeout_ms = TIMEOUT_MS, .retries = RETRIES, .seed = 7};
    memcpy(c.mac, card, sizeof card);
    now = 1000;
    dhcp_start(&d, &c, true, now);
    assert_true(dhcp_check(&d, now));
}

static inline bool output(struct heard *h)
{
    uint8_t m[DHCP_MESSAGE_BYTES];
    size_t n = dhcp_output(&d, m, &sent_to);
    if (n > 0)
        *h = hear(m, n);
    return n > 0;
}

static inline struct heard must_send(void)
{
    struct heard h = {0};
    assert_true(output(&h));
    return h;
}

static inline enum dhcp_refusal give(const struct answer *a)
{
    enum dhcp_refusal r = dhcp_input(&d, answer_bytes(a), now);
    assert_true(dhcp_check(&d, now));
    return r;
}

static inline enum dhcp_refusal give_terms(uint8_t type, uint32_t xid, const struct terms *t)
{
    struct answer a = answer_of(type, xid, t);
    return give(&a);
}

/* To the next thing that is due, and does it. */
static inline void step(void)
{
    now = d.due_ms > now ? d.due_ms : now;
    dhcp_turn(&d, now);
    assert_true(dhcp_check(&d, now) && d.due_ms > now);
}

/* Until the state is this; what is sent meanwhile is lost. How many messages that were. */
static inline unsigned until(enum dhcp_state state)
{
    unsigned n = 0;
    struct heard h;
    for (int i = 0; i < 10000 && d.state != state; i++) {
        step();
        n += output(&h);
    }
    assert_int_equal(d.state, state);
    return n;
}

static inline void bind_with(const struct terms *t)
{
    start();
    struct heard h = must_send();
    assert_int_equal(give_terms(DHCP_TYPE_OFFER, h.xid, t), DHCP_FINE);
    h = must_send();
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, t), DHCP_FINE);
    assert_int_equal(d.state, DHCP_BOUND);
}
