/* The pump against a well-behaved and a hostile network side: rings, generations, back-pressure and closing. */
#include "support/client.h"

#include "pump/pump.h"

struct rig {
    struct bench bench;
    struct pump pump;
    struct stream_port serial;
    struct stream_link *link;
    struct stream_port *ports;
};

static int rig_setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    bench_start(&r->bench);
    r->link = aligned_alloc(4096, sizeof *r->link);
    memset(r->link, 0, sizeof *r->link);
    r->ports = r->link->ports;
    r->pump = (struct pump){.hive = r->bench.h, .link = r->link, .serial = &r->serial};
    *state = r;
    return 0;
}

static int rig_teardown(void **state)
{
    struct rig *r = *state;
    bench_end(&r->bench);
    free(r->link);
    free(r);
    return 0;
}

/* Turns until it rests. The network side rings for each port, whatever the test changed. */
static void turn(struct rig *r)
{
    bool again, moved;
    for (uint32_t port = 0; port < STREAM_PORTS; port++)
        bell_ring(&r->link->to_hive, port);
    for (uint32_t i = 0; i < 100; i++) {
        pump_turn(&r->pump, r->bench.now, &again, &moved);
        assert_true(hive_check(r->bench.h));
        if (!again && !moved)
            return;
    }
    fail_msg("the pump never comes to rest");
}

static void dial(struct rig *r, uint32_t port)
{
    struct stream_port *p = &r->ports[port];
    assert_int_equal(p->released, p->opened);
    /* What the network side sees of a port from here on is empty, before the pump has looked at the new connection. */
    assert_int_equal(p->tx_tail, 0);
    assert_int_equal(p->rx_head, 0);
    p->rx_tail = p->tx_head = 0;
    p->opened++;
}

static void put(struct stream_port *p, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        p->rx[(p->rx_tail + i) % STREAM_RX_BYTES] = b.p[i];
    p->rx_tail += (uint32_t)b.n;
}

static void say(struct stream_port *p, const char *line)
{
    uint8_t f[CONSOLE_FRAME_MAX];
    put(p, bytes_of(f, frame(f, bytes_str(line))));
}

/* The whole frames that came out since the last call, a line each. */
static const char *heard(struct stream_port *p)
{
    static char text[1u << 17];
    size_t n = 0;
    while (p->tx_tail - p->tx_head >= 4) {
        uint32_t size = p->tx[p->tx_head % STREAM_TX_BYTES] + 256u * p->tx[(p->tx_head + 1) % STREAM_TX_BYTES];
        if (p->tx_tail - p->tx_head < size) /* the rest comes when there is room */
            break;
        for (uint32_t i = 4; i < size; i++)
            text[n++] = (char)p->tx[(p->tx_head + i) % STREAM_TX_BYTES];
        text[n++] = '\n';
        p->tx_head += size;
    }
    text[n] = 0;
    return text;
}

static void a_port_carries_a_session_from_open_to_release(void **state)
{
    struct rig *r = *state;
    struct stream_port *p = &r->ports[3];
    for (uint32_t generation = 1; generation < 4; generation++) {
        dial(r, 3);
        say(p, "AUTH " TOKEN);
        turn(r);
        say(p, "ATTACH queen ");
        say(p, "QUIT");
        turn(r);
        assert_string_equal(heard(p), "OK AUTH\nOK ATTACH role=queen\nOK QUIT\n");
        assert_int_equal(p->hive_closed, generation);
        assert_int_equal(p->released, generation - 1);
        p->net_closed = p->opened;
        turn(r);
        assert_int_equal(p->released, generation);
    }
}

static void a_full_ring_stops_one_stream_and_no_other(void **state)
{
    struct rig *r = *state;
    dial(r, 0);
    dial(r, 1);
    for (uint32_t i = 0; i < 2; i++) {
        say(&r->ports[i], "AUTH " TOKEN);
        turn(r);
        say(&r->ports[i], "ATTACH queen ");
        turn(r);
    }
    heard(&r->ports[1]);
    for (uint32_t i = 0; i < 40; i++) {
        say(&r->ports[0], "HELP");
        turn(r);
    }
    uint32_t used = r->ports[0].tx_tail - r->ports[0].tx_head;
    assert_true(used == STREAM_TX_BYTES);
    say(&r->ports[1], "PING");
    turn(r);
    assert_string_equal(heard(&r->ports[1]), "PONG\nOK PING reply=pong\n");
    const char *all = heard(&r->ports[0]);
    uint32_t ends = 0;
    do {
        ends += strncmp(all, "END\n", 4) == 0;
        for (const char *at = all; (at = strstr(at, "\nEND\n")) != NULL; at++)
            ends++;
        turn(r);
        all = heard(&r->ports[0]);
    } while (*all);
    assert_int_equal(ends, 40);
}

static void impossible_indices_close_the_port_and_harm_nothing(void **state)
{
    struct rig *r = *state;
    static const uint32_t bad[] = {STREAM_RX_BYTES + 1, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct stream_port *p = &r->ports[i];
        dial(r, (uint32_t)i);
        p->rx_tail = bad[i];
        turn(r);
        assert_int_equal(p->hive_closed, p->opened);
        p = &r->ports[10 + i];
        dial(r, (uint32_t)(10 + i));
        p->tx_head = bad[i] + 12345u;
        turn(r);
        assert_int_equal(p->hive_closed, p->opened);
    }
    struct stream_port *p = &r->ports[40];
    dial(r, 40);
    say(p, "AUTH " TOKEN);
    turn(r);
    assert_string_equal(heard(p), "OK AUTH\n");
}

/* Whoever writes an index that can't be has not said goodbye: his session ends as lost. */
static void a_session_on_a_forged_port_is_lost(void **state)
{
    struct rig *r = *state;
    dial(r, 0);
    say(&r->ports[0], "AUTH " TOKEN);
    turn(r);
    say(&r->ports[0], "ATTACH queen ");
    turn(r);
    r->ports[0].rx_tail += STREAM_RX_BYTES + 1;
    turn(r);
    assert_true(r->pump.forged);
    r->bench.now++;
    dial(r, 1);
    say(&r->ports[1], "AUTH " TOKEN);
    turn(r);
    say(&r->ports[1], "ATTACH queen ");
    turn(r);
    heard(&r->ports[1]);
    say(&r->ports[1], "CAT /log/queen.log");
    turn(r);
    assert_non_null(strstr(heard(&r->ports[1]), "audit op=session role=queen result=cut detail=connection-lost"));
}

static void a_generation_that_is_not_released_can_not_be_replaced(void **state)
{
    struct rig *r = *state;
    struct stream_port *p = &r->ports[0];
    dial(r, 0);
    say(p, "AUTH " TOKEN);
    turn(r);
    p->opened += 5;
    turn(r);
    say(p, "PING");
    turn(r);
    assert_int_equal(p->released, 0);
    assert_int_equal(r->bench.h->budget.of[POOL_conns].used, 1);
    p->net_closed = 1;
    turn(r);
    assert_int_equal(p->released, 1);
}

static void a_peer_that_vanishes_mid_frame_frees_its_slot(void **state)
{
    struct rig *r = *state;
    dial(r, 0);
    put(&r->ports[0], LIT("\x20\x00\x00\x00" "AUTH ch"));
    turn(r);
    r->ports[0].net_closed = r->ports[0].opened;
    turn(r);
    assert_int_equal(r->ports[0].released, 1);
    assert_int_equal(r->bench.h->preauth, 0);
}

static void serial_is_port_zero(void **state)
{
    struct rig *r = *state;
    r->serial.opened = 1;
    turn(r);
    assert_memory_equal(r->serial.tx, "cohesix> ", 9);
    put(&r->serial, bytes_str("ping\r"));
    turn(r);
    assert_memory_equal(r->serial.tx + 9, "ping\r\nPONG\r\nOK PING reply=pong\r\ncohesix> ", 42);
}

/* Whoever is turned away at once has said nothing, and must hear so all the same, on a port that was used before, too. */
static void a_refusal_at_the_door_is_heard_on_a_used_port(void **state)
{
    struct rig *r = *state;
    struct stream_port *p = &r->ports[0];
    dial(r, 0);
    turn(r);
    p->net_closed = p->opened;
    turn(r);
    for (uint32_t i = 1; i <= COH_PREAUTH_MAX; i++)
        dial(r, i);
    turn(r);
    dial(r, 0);
    turn(r);
    assert_string_equal(heard(p), "ERR AUTH reason=busy\n");
    assert_int_equal(p->hive_closed, p->opened);
}

/* A silent port is not looked at; its bell, or what is left of a turn, is enough; and what the pump moves rings on the other
 * side. */
static void only_ports_whose_bell_rang_are_looked_at(void **state)
{
    struct rig *r = *state;
    struct stream_port *p = &r->ports[47];
    bool again, moved;
    turn(r);
    bell_take(&r->link->to_net, 0);
    dial(r, 47);
    say(p, "AUTH " TOKEN);
    pump_turn(&r->pump, r->bench.now, &again, &moved);
    assert_false(moved);
    bell_ring(&r->link->to_hive, 47);
    pump_turn(&r->pump, r->bench.now, &again, &moved);
    assert_true(moved);
    assert_int_equal(bell_take(&r->link->to_net, 0), UINT64_C(1) << 47);
    assert_string_equal(heard(p), "OK AUTH\n");
    assert_false(bells_ring(&r->link->to_hive));
}

/* However many ports have something, serial is asked again behind a few of them; and each of them has its turn. */
static void the_serial_line_waits_for_few_ports(void **state)
{
    struct rig *r = *state;
    bool again = true, moved;
    uint32_t turns = 0;
    turn(r);
    r->serial.opened = 1;
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        dial(r, i);
        bell_ring(&r->link->to_hive, i);
    }
    for (uint32_t before = 0; again; turns++) {
        put(&r->serial, bytes_str("\r"));
        uint32_t asked = r->serial.rx_tail;
        pump_turn(&r->pump, r->bench.now, &again, &moved);
        assert_int_equal(r->serial.rx_head, asked);
        uint32_t opened = 0;
        for (uint32_t i = 1; i <= STREAM_PORTS; i++)
            opened += r->pump.ports[i].open;
        assert_in_range(opened - before, 1, 16);
        before = opened;
        if (!again)
            assert_int_equal(opened, STREAM_PORTS);
    }
    assert_int_equal(turns, (STREAM_PORTS + 15) / 16);
}

/* A bell that rings already is not turned over, or nobody would hear it. */
static void a_bell_rung_twice_is_heard_once(void **state)
{
    struct stream_bells b = {0};
    uint32_t last = STREAM_PORTS - 1u;
    for (int round = 0; round < 3; round++) {
        assert_false(bells_ring(&b));
        bell_ring(&b, last);
        bell_ring(&b, 0);
        bell_ring(&b, last);
        assert_true(bells_ring(&b));
        uint64_t first = bell_take(&b, 0);
        assert_int_equal(first & 1u, 1);
        assert_int_equal((last / 64u ? bell_take(&b, last / 64u) : first) >> last % 64u, 1);
    }
}

/* Bits for ports that there are not. */
static void bells_of_no_port_are_passed_over(void **state)
{
    struct rig *r = *state;
    bool again, moved;
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++)
        r->link->to_hive.rung[w] = UINT64_MAX;
    pump_turn(&r->pump, r->bench.now, &again, &moved);
    assert_false(moved);
}

static void serial_is_served_where_there_is_no_network_side(void **state)
{
    struct rig *r = *state;
    bool again, moved;
    r->pump.link = NULL;
    r->serial.opened = 1;
    pump_turn(&r->pump, r->bench.now, &again, &moved);
    assert_true(moved);
    assert_int_not_equal(r->serial.tx_tail, 0); /* the prompt */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_port_carries_a_session_from_open_to_release),
        CASE(the_serial_line_waits_for_few_ports),
        CASE(a_full_ring_stops_one_stream_and_no_other),
        CASE(impossible_indices_close_the_port_and_harm_nothing),
        CASE(a_session_on_a_forged_port_is_lost),
        CASE(a_generation_that_is_not_released_can_not_be_replaced),
        CASE(a_peer_that_vanishes_mid_frame_frees_its_slot),
        CASE(a_refusal_at_the_door_is_heard_on_a_used_port),
        CASE(serial_is_port_zero),
        CASE(serial_is_served_where_there_is_no_network_side),
        CASE(only_ports_whose_bell_rang_are_looked_at),
        CASE(bells_of_no_port_are_passed_over),
        cmocka_unit_test(a_bell_rung_twice_is_heard_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
