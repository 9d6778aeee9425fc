/* The DHCP client against a server that behaves and servers that do not, on a clock of its own. */
#include "dhcp_client.h"

static void an_offer_is_taken_and_acknowledged(void **state)
{
    start();
    struct heard h = must_send();
    assert_int_equal(h.type, DHCP_TYPE_DISCOVER);
    assert_true(sent_to == DHCP_BROADCAST && h.ciaddr == 0 && h.requested == 0 && h.server == 0);
    assert_null(dhcp_lease(&d));
    now += 1500;
    assert_int_equal(give_terms(DHCP_TYPE_OFFER, h.xid, &usual), DHCP_FINE);
    assert_null(dhcp_lease(&d));
    struct heard r = must_send();
    assert_int_equal(r.type, DHCP_TYPE_REQUEST);
    assert_true(sent_to == DHCP_BROADCAST && r.ciaddr == 0 && r.requested == OFFERED_IP && r.server == SERVER_IP);
    assert_true(r.xid == h.xid && r.secs == h.secs);
    assert_int_equal(give_terms(DHCP_TYPE_ACK, r.xid, &usual), DHCP_FINE);
    const struct dhcp_lease *l = dhcp_lease(&d);
    assert_non_null(l);
    assert_true(l->address == OFFERED_IP && l->gateway == SERVER_IP && l->server == SERVER_IP && l->prefix == 24);
    assert_int_equal(l->seconds, LEASE_S);
    assert_false(output(&h));
}

static void the_first_offer_counts_and_others_are_nobodys(void **state)
{
    struct terms other = usual;
    other.server = other.gateway = 0x0a000203;
    other.address = 0x0a000211;
    start();
    struct heard h = must_send();
    give_terms(DHCP_TYPE_OFFER, h.xid, &usual);
    assert_int_equal(give_terms(DHCP_TYPE_OFFER, h.xid, &other), DHCP_NOT_OURS);
    assert_int_equal(give_terms(DHCP_TYPE_OFFER, h.xid, &usual), DHCP_NOT_OURS);
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, &other), DHCP_NOT_OURS);
    assert_int_equal(give_terms(DHCP_TYPE_NAK, h.xid, &other), DHCP_NOT_OURS);
    assert_int_equal(d.state, DHCP_REQUESTING);
    assert_int_equal(must_send().server, SERVER_IP);
}

static void what_is_for_others_changes_nothing(void **state)
{
    struct answer a;
    start();
    struct heard h = must_send();
    static const size_t places[] = {0, 1, 2, 4, 7, 28, 33}; /* op, htype, hlen, xid, chaddr */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        a = answer_of(DHCP_TYPE_OFFER, h.xid, &usual);
        a.bytes[places[i]] ^= 0x40;
        assert_int_equal(give(&a), DHCP_NOT_OURS);
    }
    a = answer_of(DHCP_TYPE_OFFER, h.xid, &usual);
    for (a.n = 0; a.n < 240; a.n++)
        assert_int_equal(give(&a), DHCP_NOT_OURS);
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, &usual), DHCP_NOT_OURS);
    assert_int_equal(give_terms(DHCP_TYPE_NAK, h.xid, &usual), DHCP_NOT_OURS);
    assert_int_equal(d.state, DHCP_SELECTING);
    assert_int_equal(d.refusal, DHCP_FINE);
}

static void options_are_read_strictly(void **state)
{
    static const struct terms without_router = {OFFERED_IP, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0};
    static const struct {
        uint8_t option[8];
        uint8_t n;
    } wrong[] = {
        {{53, 1, 2}, 3},                 /* the type twice */
        {{51, 4, 0, 0, 14, 16}, 6},      /* the lease time twice */
        {{58, 3, 0, 0, 1}, 5},           /* T1 of three bytes */
        {{58, 5, 0, 0, 0, 1, 0}, 7},     /* and of five */
        {{52, 1, 1}, 3},                 /* more options in other fields */
        {{3, 6, 10, 0, 2, 2, 10, 0}, 8}, /* a router and a half */
        {{52, 0}, 2},
        {{53, 0}, 2},
        {{1, 0}, 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start();
        struct answer a = answer_of(DHCP_TYPE_OFFER, must_send().xid, &without_router);
        memcpy(a.bytes + a.n - 1, wrong[i].option, wrong[i].n);
        a.n += wrong[i].n - 1u;
        answer_end(&a);
        assert_int_equal(give(&a), DHCP_OPTIONS);
        assert_int_equal(d.state, DHCP_SELECTING);
    }
    start();
    uint32_t xid = must_send().xid;
    struct answer whole = answer_of(DHCP_TYPE_OFFER, xid, &usual), a = whole;
    for (a.n = 240; a.n < whole.n; a.n++) /* cut short anywhere: there is no end, or half an option */
        assert_int_equal(give(&a), DHCP_OPTIONS);
    a = answer_of(9, xid, &usual); /* a type that no server sends */
    assert_int_equal(give(&a), DHCP_OPTIONS);
    a = whole;
    a.bytes[236] = 0;
    assert_int_equal(give(&a), DHCP_COOKIE);
    /* Padding, options that nobody asked for, and whatever stands behind the end. */
    a = answer_bare(DHCP_TYPE_OFFER, xid, OFFERED_IP);
    memset(a.bytes + a.n, 0, 7);
    a.n += 7;
    answer_option(&a, 12, 0x68697665, 4);
    answer_option(&a, 43, 0, 0);
    answer_option(&a, 54, SERVER_IP, 4);
    answer_option(&a, 51, LEASE_S, 4);
    answer_option(&a, 1, MASK_24, 4);
    a.bytes[a.n++] = 3; /* two routers, the preferred one first */
    a.bytes[a.n++] = 8;
    put_number(a.bytes + a.n, SERVER_IP, 4);
    put_number(a.bytes + a.n + 4, 0x0a000203, 4);
    a.n += 8;
    answer_end(&a);
    memset(a.bytes + a.n, 0x33, 100);
    a.n += 100;
    assert_int_equal(give(&a), DHCP_FINE);
    assert_int_equal(d.lease.gateway, SERVER_IP);
}

static void a_lease_that_no_host_can_hold_is_refused(void **state)
{
    static const struct {
        struct terms t;
        enum dhcp_refusal why;
    } cases[] = {
        {{OFFERED_IP, 0, MASK_24, 0, LEASE_S, 0, 0}, DHCP_SERVER},
        {{OFFERED_IP, UINT32_MAX, MASK_24, 0, LEASE_S, 0, 0}, DHCP_SERVER},
        {{OFFERED_IP, 0xe0000001, MASK_24, 0, LEASE_S, 0, 0}, DHCP_SERVER},
        {{OFFERED_IP, 0x7f000001, MASK_24, 0, LEASE_S, 0, 0}, DHCP_SERVER},
        {{OFFERED_IP, SERVER_IP, MASK_24, 0, 0, 0, 0}, DHCP_TIME},
        {{OFFERED_IP, SERVER_IP, MASK_24, 0, DHCP_LEASE_MIN_S - 1, 0, 0}, DHCP_TIME},
        {{OFFERED_IP, SERVER_IP, 0, 0, LEASE_S, 0, 0}, DHCP_NETMASK},
        {{OFFERED_IP, SERVER_IP, 0xffff00ff, 0, LEASE_S, 0, 0}, DHCP_NETMASK},
        {{OFFERED_IP, SERVER_IP, 0x00ffffff, 0, LEASE_S, 0, 0}, DHCP_NETMASK},
        {{OFFERED_IP, SERVER_IP, 0xffffff01, 0, LEASE_S, 0, 0}, DHCP_NETMASK},
        {{0, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{UINT32_MAX, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{0xe0000010, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{0x7f000001, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{0x00000010, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{0x0a000200, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS}, /* the network */
        {{0x0a0002ff, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS}, /* its broadcast */
        {{SERVER_IP, SERVER_IP, MASK_24, 0, LEASE_S, 0, 0}, DHCP_ADDRESS},
        {{OFFERED_IP, SERVER_IP, MASK_24, 0x0a000302, LEASE_S, 0, 0}, DHCP_GATEWAY},
        {{OFFERED_IP, SERVER_IP, MASK_24, 0x0a000200, LEASE_S, 0, 0}, DHCP_GATEWAY},
        {{OFFERED_IP, SERVER_IP, MASK_24, 0x0a0002ff, LEASE_S, 0, 0}, DHCP_GATEWAY},
        {{OFFERED_IP, SERVER_IP, MASK_24, OFFERED_IP, LEASE_S, 0, 0}, DHCP_GATEWAY},
        {{OFFERED_IP, SERVER_IP, UINT32_MAX, SERVER_IP, LEASE_S, 0, 0}, DHCP_GATEWAY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start();
        assert_int_equal(give_terms(DHCP_TYPE_OFFER, must_send().xid, &cases[i].t), cases[i].why);
        assert_int_equal(d.state, DHCP_SELECTING);
        assert_int_equal(d.refusal, cases[i].why);
        assert_int_equal(give_terms(DHCP_TYPE_OFFER, d.xid, &usual), DHCP_FINE); /* a sound one is taken all the same */
        assert_int_equal(give_terms(DHCP_TYPE_ACK, d.xid, &cases[i].t), cases[i].why);
        assert_int_equal(d.state, DHCP_REQUESTING);
    }
}

static void subnets_of_every_size_are_understood(void **state)
{
    for (uint32_t prefix = 1; prefix <= 32; prefix++) {
        struct terms t = usual;
        t.mask = UINT32_MAX << (32 - prefix);
        t.address = 0x0a000211;
        t.gateway = prefix == 32 ? 0 : prefix == 31 ? 0x0a000210 : t.address + 1;
        bind_with(&t);
        assert_int_equal(dhcp_lease(&d)->prefix, prefix);
    }
}

static void messages_are_sent_again_less_and_less_often(void **state)
{
    start();
    uint64_t last = now, gap = 0;
    unsigned n = 1;
    uint32_t xid = must_send().xid;
    for (; now < 1000 + TIMEOUT_MS; n++) {
        struct heard h = {0};
        step();
        if (now == 1000 + TIMEOUT_MS)
            break;
        assert_true(output(&h) && h.xid == xid && h.type == DHCP_TYPE_DISCOVER);
        assert_int_equal(h.secs, (now - 1000) / 1000);
        assert_true(now - last > gap);
        gap = now - last;
        last = now;
    }
    assert_in_range(n, 3, 5);
}

static void static_values_come_after_the_exchanges_that_are_allowed(void **state)
{
    start();
    unsigned n = 1 + until(DHCP_WAITING);
    assert_true(d.fallback && now == 1000 + RETRIES * TIMEOUT_MS);
    assert_in_range(n, RETRIES * 3, RETRIES * 5);
    assert_int_equal(d.refusal, DHCP_SILENCE);
    assert_null(dhcp_lease(&d));
    /* A server that comes late is found, one exchange a pause. */
    assert_in_range(d.due_ms - now, DHCP_PAUSE_MS, DHCP_PAUSE_MS * 5 / 4);
    step();
    assert_true(d.state == DHCP_SELECTING && d.fallback);
    until(DHCP_WAITING);
    step();
    give_terms(DHCP_TYPE_OFFER, must_send().xid, &usual);
    give_terms(DHCP_TYPE_ACK, must_send().xid, &usual);
    assert_true(dhcp_lease(&d) != NULL && !d.fallback);
    assert_int_equal(d.refusal, DHCP_FINE);
}

static void the_reason_is_what_an_exchange_met_with(void **state)
{
    struct terms bad = usual;
    bad.gateway = 0x0b000001;
    start();
    while (!d.fallback) {
        struct heard h;
        if (output(&h))
            give_terms(DHCP_TYPE_OFFER, h.xid, &bad);
        step();
    }
    assert_int_equal(d.refusal, DHCP_GATEWAY);
}

static void a_server_that_offers_and_refuses_is_not_asked_in_a_circle(void **state)
{
    start();
    unsigned n = 0;
    while (!d.fallback) {
        struct heard h;
        if (output(&h)) {
            n++;
            give_terms(h.type == DHCP_TYPE_DISCOVER ? DHCP_TYPE_OFFER : DHCP_TYPE_NAK, h.xid, &usual);
        } else {
            step();
        }
    }
    assert_int_equal(n, 2 * RETRIES);
    assert_int_equal(d.refusal, DHCP_NAK);
    assert_int_equal(now, 1000 + (RETRIES - 1) * TIMEOUT_MS);
}

static void a_lease_is_renewed_by_its_server_at_half_its_time(void **state)
{
    bind_with(&usual);
    uint32_t first = d.xid;
    step();
    assert_true(d.state == DHCP_RENEWING && now == 1000 + LEASE_S * 500);
    struct heard h = must_send();
    assert_true(h.type == DHCP_TYPE_REQUEST && sent_to == SERVER_IP && h.xid != first);
    assert_true(h.ciaddr == OFFERED_IP && h.requested == 0 && h.server == 0);
    struct terms moved = usual;
    moved.address++;
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, &moved), DHCP_ADDRESS); /* an address is no matter of renewal */
    assert_int_equal(d.state, DHCP_RENEWING);
    struct terms longer = usual;
    longer.lease_s = 2 * LEASE_S;
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, &longer), DHCP_FINE);
    assert_true(d.state == DHCP_BOUND && d.expiry_ms == now + 2000u * LEASE_S && d.renew_ms == now + 1000u * LEASE_S);
}

static void any_server_may_rebind_and_the_end_takes_the_address(void **state)
{
    bind_with(&usual);
    unsigned n = until(DHCP_REBINDING);
    assert_int_equal(now, 1000 + LEASE_S * 875);
    assert_in_range(n, 2, 12);
    until(DHCP_SELECTING);
    assert_int_equal(now, 1000 + LEASE_S * 1000);
    assert_int_equal(d.refusal, DHCP_EXPIRED);
    assert_null(dhcp_lease(&d));

    bind_with(&usual);
    until(DHCP_RENEWING);
    struct heard h = {0};
    do {
        step();
    } while (!output(&h) || sent_to != DHCP_BROADCAST);
    assert_int_equal(d.state, DHCP_REBINDING);
    struct terms other = usual;
    other.server = 0x0a000203;
    assert_int_equal(give_terms(DHCP_TYPE_ACK, h.xid, &other), DHCP_FINE);
    assert_int_equal(dhcp_lease(&d)->server, other.server);
}

static void a_refused_renewal_takes_the_address_at_once(void **state)
{
    bind_with(&usual);
    until(DHCP_RENEWING);
    assert_int_equal(give_terms(DHCP_TYPE_NAK, d.xid, &usual), DHCP_NAK);
    assert_null(dhcp_lease(&d));
    assert_int_equal(d.state, DHCP_SELECTING);
    assert_int_equal(must_send().type, DHCP_TYPE_DISCOVER);
}

static void times_of_the_server_are_believed_in_their_order(void **state)
{
    struct terms t = usual;
    t.renew_s = 100;
    t.rebind_s = 200;
    bind_with(&t);
    assert_true(d.renew_ms == now + 100000 && d.rebind_ms == now + 200000);
    static const uint32_t wrong[][2] = {{200, 100}, {100, 100}, {100, LEASE_S},          {1, 200},
                                        {0, 200},   {100, 0},   {UINT32_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        t.renew_s = wrong[i][0];
        t.rebind_s = wrong[i][1];
        bind_with(&t);
        assert_true(d.renew_ms == now + LEASE_S * 500 && d.rebind_ms == now + LEASE_S * 875);
    }
}

static void the_longest_leases_do_not_overflow(void **state)
{
    struct terms t = usual;
    t.lease_s = UINT32_MAX - 1;
    bind_with(&t);
    assert_int_equal(d.expiry_ms, now + UINT64_C(1000) * (UINT32_MAX - 1));
    t.lease_s = UINT32_MAX;
    bind_with(&t);
    assert_true(d.expiry_ms == UINT64_MAX && dhcp_turn(&d, now + UINT64_C(1000) * UINT32_MAX * 2) == UINT64_MAX);
    assert_non_null(dhcp_lease(&d));
}

static void a_machine_that_stood_still_has_lost_its_lease(void **state)
{
    bind_with(&usual);
    now += 1000u * LEASE_S;
    dhcp_turn(&d, now);
    assert_true(dhcp_check(&d, now) && d.state == DHCP_SELECTING);
    assert_null(dhcp_lease(&d));
}

static void a_cable_that_comes_back_has_the_lease_asked_for(void **state)
{
    bind_with(&usual);
    now += 5000;
    dhcp_link(&d, false, now);
    assert_non_null(dhcp_lease(&d));
    dhcp_link(&d, true, now);
    assert_true(dhcp_check(&d, now) && d.state == DHCP_REBINDING);
    struct heard h = must_send();
    assert_true(sent_to == DHCP_BROADCAST && h.ciaddr == OFFERED_IP);
    assert_non_null(dhcp_lease(&d)); /* until somebody refuses */
    give_terms(DHCP_TYPE_NAK, h.xid, &usual);
    assert_null(dhcp_lease(&d));
    /* With static values an exchange begins at once. */
    start();
    until(DHCP_WAITING);
    now += 10;
    dhcp_link(&d, false, now);
    dhcp_link(&d, true, now);
    dhcp_turn(&d, now);
    assert_true(d.state == DHCP_SELECTING && dhcp_check(&d, now));
}

static void starts_differ_by_their_seeds_alone(void **state)
{
    uint32_t xids[8];
    for (unsigned i = 0; i < 8; i++) {
        struct dhcp_config c = {.timeout_ms = TIMEOUT_MS, .retries = RETRIES, .seed = i / 2};
        memcpy(c.mac, card, sizeof card);
        dhcp_start(&d, &c, true, 0);
        xids[i] = d.xid;
    }
    for (unsigned i = 0; i < 8; i += 2) {
        assert_true(xids[i] == xids[i + 1]);
        assert_true(xids[i] != xids[(i + 2) % 8]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_is_taken_and_acknowledged),
        cmocka_unit_test(the_first_offer_counts_and_others_are_nobodys),
        cmocka_unit_test(what_is_for_others_changes_nothing),
        cmocka_unit_test(options_are_read_strictly),
        cmocka_unit_test(a_lease_that_no_host_can_hold_is_refused),
        cmocka_unit_test(subnets_of_every_size_are_understood),
        cmocka_unit_test(messages_are_sent_again_less_and_less_often),
        cmocka_unit_test(static_values_come_after_the_exchanges_that_are_allowed),
        cmocka_unit_test(the_reason_is_what_an_exchange_met_with),
        cmocka_unit_test(a_server_that_offers_and_refuses_is_not_asked_in_a_circle),
        cmocka_unit_test(a_lease_is_renewed_by_its_server_at_half_its_time),
        cmocka_unit_test(any_server_may_rebind_and_the_end_takes_the_address),
        cmocka_unit_test(a_refused_renewal_takes_the_address_at_once),
        cmocka_unit_test(times_of_the_server_are_believed_in_their_order),
        cmocka_unit_test(the_longest_leases_do_not_overflow),
        cmocka_unit_test(a_machine_that_stood_still_has_lost_its_lease),
        cmocka_unit_test(a_cable_that_comes_back_has_the_lease_asked_for),
        cmocka_unit_test(starts_differ_by_their_seeds_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
