/* The DHCP client in a network that loses, doubles, delays and forges messages, from seeds. */
#include "dhcp_client.h"

#define MAIL 16u
static struct {
    struct answer a;
    uint64_t at;
} mail[MAIL];

static uint64_t dice_state;
static uint32_t dice(uint32_t n)
{
    dice_state = dice_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % n;
}

static void post(const struct answer *a)
{
    uint32_t i = dice(MAIL); /* a full place is a lost message */
    mail[i].a = *a;
    mail[i].at = now + 1 + dice(3000);
}

/* What a server says to this: mostly what is right. */
static void serve(const struct heard *h)
{
    struct terms t = usual;
    t.lease_s = 30 + dice(4000);
    uint8_t type = h->type == DHCP_TYPE_DISCOVER ? DHCP_TYPE_OFFER : dice(20) ? DHCP_TYPE_ACK : DHCP_TYPE_NAK;
    struct answer a = answer_of(type, h->xid, &t);
    uint32_t fate = dice(10);
    if (fate == 0)
        return;
    if (fate < 4)
        a.bytes[dice(2) ? dice((uint32_t)a.n) : 240 + dice((uint32_t)a.n - 240)] ^= (uint8_t)(1u << dice(8));
    if (fate == 4)
        a.n = dice((uint32_t)a.n);
    post(&a);
    if (fate > 7)
        post(&a);
}

static void deliver(void)
{
    for (uint32_t i = 0; i < MAIL; i++) {
        if (mail[i].at && mail[i].at <= now) {
            mail[i].at = 0;
            dhcp_input(&d, answer_bytes(&mail[i].a), now);
            assert_true(dhcp_check(&d, now));
        }
    }
}

/* From now on a server answers at once, and nothing is lost. */
static void recover(void)
{
    struct heard h;
    for (int i = 0; i < 20 && d.state != DHCP_BOUND; i++) {
        if (output(&h))
            give_terms(h.type == DHCP_TYPE_DISCOVER ? DHCP_TYPE_OFFER : DHCP_TYPE_ACK, h.xid,
                       &(struct terms){.address = h.ciaddr ? h.ciaddr : OFFERED_IP,
                                       .server = SERVER_IP,
                                       .mask = MASK_24,
                                       .lease_s = LEASE_S});
        else
            step();
    }
    assert_int_equal(d.state, DHCP_BOUND);
}

/* Whatever the network does: times are kept, the address is one that was given, and in the end a server that answers
 * gives one. */
static void a_bad_network_costs_time_and_nothing_else(void **state)
{
    unsigned leases = 0, losses = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        dice_state = seed;
        memset(mail, 0, sizeof mail);
        struct dhcp_config c = {.timeout_ms = 100 + dice(8000), .retries = 1 + dice(5), .seed = seed};
        memcpy(c.mac, card, sizeof card);
        now = dice(100000);
        uint64_t end = now + 20000000, sent = 0, began = now;
        for (dhcp_start(&d, &c, true, now); now < end;) {
            bool had = dhcp_lease(&d) != NULL;
            struct heard h;
            if (output(&h)) {
                sent++;
                serve(&h);
            }
            uint64_t next = d.due_ms;
            for (uint32_t i = 0; i < MAIL; i++)
                next = mail[i].at && mail[i].at < next ? mail[i].at : next;
            now = next > now ? next : now + 1;
            deliver();
            if (dice(50) == 0)
                dhcp_link(&d, dice(2) != 0, now);
            dhcp_turn(&d, now);
            assert_true(dhcp_check(&d, now) && d.due_ms > now);
            const struct dhcp_lease *l = dhcp_lease(&d);
            assert_true(l == NULL || now < d.expiry_ms);
            leases += l != NULL && !had;
            losses += l == NULL && had;
        }
        assert_true(sent < 8 + (now - began) / 10); /* no storm */
        recover();
    }
    assert_true(leases > 3000 && losses > 1500);
}

/* All bytes that a message can have, in front of every state. */
static void no_message_breaks_an_invariant(void **state)
{
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        dice_state = seed;
        start();
        for (uint32_t i = dice(3); i > 0 && d.state < DHCP_BOUND; i--)
            give_terms(d.state == DHCP_SELECTING ? DHCP_TYPE_OFFER : DHCP_TYPE_ACK, d.xid, &usual);
        if (d.state == DHCP_BOUND && dice(2))
            until(dice(2) ? DHCP_RENEWING : DHCP_REBINDING);
        struct answer a = answer_bare((uint8_t)(dice(3) * 3 / 2 + 2), d.xid, OFFERED_IP);
        static const uint8_t codes[] = {0, 1, 3, 51, 52, 53, 54, 58, 59, 255, 12};
        for (uint32_t i = dice(12); i > 0; i--)
            answer_option(&a, codes[dice(sizeof codes)], dice(4) ? usual.server + dice(3) : dice(UINT32_MAX),
                          (uint8_t)(dice(6) ? 4 : dice(9)));
        if (dice(4))
            answer_end(&a);
        give(&a);
        step();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_network_costs_time_and_nothing_else),
        cmocka_unit_test(no_message_breaks_an_invariant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
