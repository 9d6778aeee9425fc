/* netd with hw.net.mode = "dhcp": frames of the client, the address in lwIP, and connections when it comes and goes.
 * One story in the order of its tests, since lwIP's state is one. Exchanges take 400 ms here, and two are allowed. */
#include "support/test.h"

#include "sel4/dhcp_server.h"
#include "sel4/wire.h"

#include "netd/udp.h"

_Static_assert(COH_HW_NET_ADDRESS_U32 == GUEST_IP, "the manifest's address is that of wire.h");

/* ---- the server ---- */

static struct heard heard;
static unsigned heard_n;
static uint32_t heard_from, heard_to;
static bool heard_by_all;
static enum { SILENT, GIVING, REFUSING } server;
static struct terms gives;

static void send_datagram(struct answer a, size_t spoil, uint8_t how)
{
    uint8_t f[PACKET_MAX] = {0};
    uint8_t *ip = f + 14, *udp = ip + 20;
    memset(f, 0xff, 6);
    memcpy(f + 6, host_mac, 6);
    put16(f + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, (uint32_t)(28 + a.n));
    ip[8] = 64;
    ip[9] = 17;
    put32(ip + 12, SERVER_IP);
    put32(ip + 16, UINT32_MAX);
    put16(ip + 10, plain_checksum(0, ip, 20));
    memcpy(udp + 8, a.bytes, a.n);
    udp_header(udp, a.n, SERVER_IP, DHCP_SERVER_PORT, UINT32_MAX, DHCP_CLIENT_PORT);
    f[spoil] ^= how;
    wire_receive(f, 42 + a.n);
}

static void reply(void)
{
    if (server == SILENT)
        return;
    uint8_t type = heard.type == DHCP_TYPE_DISCOVER ? DHCP_TYPE_OFFER
                   : server == REFUSING             ? DHCP_TYPE_NAK
                                                    : DHCP_TYPE_ACK;
    send_datagram(answer_of(type, heard.xid, &gives), 0, 0);
}

/* Every datagram is the client's, and its sum is right: with the pseudo-header (RFC 768). */
static void hear_client(const uint8_t *f)
{
    const uint8_t *ip = f + 14, *udp = ip + 20;
    size_t n = get16(udp + 4);
    uint32_t sum = 17 + (uint32_t)n;
    for (size_t i = 12; i < 20; i += 2)
        sum += get16(ip + i);
    assert_int_equal(plain_checksum(sum, udp, n), 0);
    assert_true(get16(udp) == DHCP_CLIENT_PORT && get16(udp + 2) == DHCP_SERVER_PORT && n == 8 + DHCP_MESSAGE_BYTES);
    heard = hear(udp + 8, n - 8);
    heard_from = get32(ip + 12);
    heard_to = get32(ip + 16);
    heard_by_all = f[0] == 0xff && get32(f + 2) == UINT32_MAX;
    heard_n++;
    reply();
}

static void nothing_is_held(void)
{
    assert_true(counts.address == 0 && counts.prefix == 0 && counts.gateway == 0 && !counts.listening &&
                !counts.link_up);
    assert_int_equal(counts.source, HIVE_NO_ADDRESS);
}

/* ---- the story ---- */

static void without_an_address_the_client_asks_and_nobody_is_answered(void **state)
{
    area = NULL;
    hear_datagram = hear_client;
    gives = usual;
    gives.address = GUEST_IP;
    gives.lease_s = 100;
    wire_start();
    area->link_up = true;
    wire_settle();
    assert_int_equal(heard_n, 1);
    assert_true(heard.type == DHCP_TYPE_DISCOVER && heard_by_all && heard_from == 0 && heard_to == UINT32_MAX);
    nothing_is_held();
    assert_false(peer_connect()->connected);
    assert_in_range(deadline, now_ms + 1, now_ms + 100);
}

static void spoiled_frames_are_nobodys(void **state)
{
    static const struct {
        uint8_t at, how;
    } spoils[] = {
        {0, 1},  {13, 1}, {14, 0x10}, {14, 1}, {16, 4}, {17, 1}, {20, 0x20}, {21, 1}, {23, 1},     {24, 1},
        {34, 1}, {35, 1}, {37, 1},    {38, 1}, {39, 8}, {40, 1}, {41, 1},    {60, 1}, {200, 0x80},
    };
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        send_datagram(answer_of(DHCP_TYPE_OFFER, heard.xid, &gives), spoils[i].at, spoils[i].how);
        wire_settle();
        assert_int_equal(heard.type, DHCP_TYPE_DISCOVER);
    }
    for (size_t n = 0; n < 28; n++) { /* too short for anything */
        uint8_t f[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, [12] = 8, [14] = 0x45};
        wire_receive(f, PACKET_MIN + n);
        wire_settle();
    }
}

static void the_acknowledged_address_is_used_and_told(void **state)
{
    server = GIVING;
    conn_told = false;
    reply();
    wire_settle();
    assert_true(counts.address == GUEST_IP && counts.prefix == 24 && counts.gateway == SERVER_IP);
    assert_true(counts.server == SERVER_IP && counts.lease_s == 100 && counts.listening && counts.link_up);
    assert_int_equal(counts.source, HIVE_LEASE);
    assert_true(conn_told);
    assert_true(heard.type == DHCP_TYPE_REQUEST && heard_by_all && heard_from == 0);
}

static struct peer *peer;
static struct stream_port *port;

static void connections_outlast_a_renewal(void **state)
{
    newest = NULL;
    peer = peer_connect();
    assert_true(peer->connected && newest != NULL);
    port = newest;
    unsigned before = heard_n;
    wire_pass(50100);
    assert_int_equal(heard_n, before + 1);
    assert_true(heard.type == DHCP_TYPE_REQUEST && !heard_by_all && heard_from == GUEST_IP && heard_to == SERVER_IP);
    assert_true(heard.ciaddr == GUEST_IP && counts.listening && !peer->rst);
    peer_say(peer, "still", 5);
    wire_settle();
    assert_int_equal(port->rx_tail, 5);
}

static void a_lease_that_is_over_ends_connections_cleanly(void **state)
{
    server = SILENT;
    wire_pass(99000);
    assert_false(peer->rst);
    wire_pass(1100);
    assert_true(peer->rst);
    assert_true(port->net_lost == port->opened && port->net_closed == port->opened);
    nothing_is_held();
    assert_int_equal(counts.dhcp, DHCP_EXPIRED);
    assert_int_equal(heard.type, DHCP_TYPE_DISCOVER);
    port_release(port);
    wire_settle();
}

static void the_manifests_address_is_used_when_nobody_answers(void **state)
{
    wire_pass(900);
    assert_true(counts.address == COH_HW_NET_ADDRESS_U32 && counts.prefix == COH_HW_NET_PREFIX && counts.listening);
    assert_true(counts.source == HIVE_STATIC && counts.dhcp == DHCP_SILENCE && counts.lease_s == 0);
    newest = NULL;
    peer = peer_connect();
    assert_true(peer->connected && newest != NULL);
    port = newest;
}

static void a_late_lease_of_another_address_takes_over(void **state)
{
    server = GIVING;
    gives.address = GUEST_IP + 1;
    wire_pass(76000);
    assert_true(counts.address == GUEST_IP + 1 && counts.source == HIVE_LEASE);
    assert_true(peer->rst && port->net_lost == port->opened);
    port_release(port);
    peer = peer_connect(); /* to the old one */
    assert_false(peer->connected);
}

static void a_refusal_takes_the_address_and_an_exchange_gives_the_next(void **state)
{
    server = REFUSING;
    gives.address = GUEST_IP;
    for (uint64_t end = now_ms + 60000; counts.address != 0 && now_ms < end;)
        wire_pass(1);
    nothing_is_held();
    assert_int_equal(counts.dhcp, DHCP_NAK);
    server = GIVING;
    wire_pass(900);
    assert_true(counts.address == GUEST_IP && counts.source == HIVE_LEASE);
    newest = NULL;
    assert_true(peer_connect()->connected);
}

static void a_cable_that_is_out_is_no_link_and_comes_back_with_a_question(void **state)
{
    area->link_up = false;
    wire_settle();
    assert_true(!counts.link_up && counts.address == GUEST_IP);
    area->link_up = true;
    unsigned before = heard_n;
    wire_settle();
    assert_true(counts.link_up && heard_n == before + 1 && heard_by_all && heard.ciaddr == GUEST_IP);
}

static void a_full_ring_costs_a_message_and_no_more(void **state)
{
    server = GIVING;
    uint32_t head = area->tx_head;
    packet_store(&area->tx_head, area->tx_tail - PACKET_SLOTS); /* the device takes nothing */
    uint64_t end = now_ms + 50000;
    unsigned before = heard_n;
    for (; now_ms < end; now_ms++) {
        net_input(now_ms);
        net_flush(now_ms, &deadline);
    }
    packet_store(&area->tx_head, head);
    assert_int_equal(heard_n, before);
    wire_pass(40000);
    assert_true(heard_n > before && counts.address == GUEST_IP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_address_the_client_asks_and_nobody_is_answered),
        cmocka_unit_test(spoiled_frames_are_nobodys),
        cmocka_unit_test(the_acknowledged_address_is_used_and_told),
        cmocka_unit_test(connections_outlast_a_renewal),
        cmocka_unit_test(a_lease_that_is_over_ends_connections_cleanly),
        cmocka_unit_test(the_manifests_address_is_used_when_nobody_answers),
        cmocka_unit_test(a_late_lease_of_another_address_takes_over),
        cmocka_unit_test(a_refusal_takes_the_address_and_an_exchange_gives_the_next),
        cmocka_unit_test(a_cable_that_is_out_is_no_link_and_comes_back_with_a_question),
        cmocka_unit_test(a_full_ring_costs_a_message_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
