/* The network side as it runs on the board (net.c, conn.c, lwIP with its options), against peers that behave
 * and peers that do not. */
#include "support/test.h"

#include "wire.h"

#include "lwip/tcp.h"

static uint8_t pattern[STREAM_TX_BYTES];

/* Connects, and takes the port's side. */
static struct peer *join(struct stream_port **port)
{
    newest = NULL;
    struct peer *p = peer_connect();
    assert_true(p->connected);
    assert_non_null(newest);
    *port = newest;
    return p;
}

/* Ends what a test left open, so that the next one starts with free ports. */
static int settle_down(void **state)
{
    lose = NULL;
    serve = NULL;
    wire_pass(300); /* delayed acknowledgements */
    for (uint32_t i = 0; i < peers_n; i++) {
        if (peers[i].connected && !peers[i].rst) {
            peers[i].seq = peers[i].acked;
            peer_send(&peers[i], RST | ACK, NULL, 0);
            wire_settle();
        }
    }
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        if (ports[i].net_closed == ports[i].opened)
            port_release(&ports[i]);
    }
    wire_pass(20000);
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        assert_int_equal(ports[i].opened, ports[i].released);
    peers_n = 0;
    return 0;
}

static int start(void **state)
{
    wire_start();
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + i / 251);
    return 0;
}

static void bytes_of_a_connection_arrive_in_its_port_and_answers_return(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    uint8_t got[64];
    peer_say(p, "hello", 5);
    wire_settle();
    assert_int_equal(port_read(s, got, sizeof got), 5);
    assert_memory_equal(got, "hello", 5);
    port_say(s, "world!", 6);
    wire_settle();
    assert_int_equal(p->got_n, 6);
    assert_memory_equal(p->got, "world!", 6);
    assert_int_equal(p->acked, p->seq);
}

static void answers_of_one_turn_travel_in_as_few_segments_as_they_fit(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    for (int i = 0; i < 20; i++)
        port_say(s, pattern + 60 * i, 60);
    wire_settle();
    assert_int_equal(p->got_n, 1200);
    assert_memory_equal(p->got, pattern, 1200);
    assert_int_equal(p->segments, 1);
}

static void output_stays_in_the_ring_until_it_is_acknowledged(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    p->silent = true;
    port_say(s, pattern, 1000);
    wire_settle();
    assert_int_equal(s->tx_head, 0);
    p->ack += 1000;
    peer_send(p, ACK, NULL, 0);
    wire_settle();
    assert_int_equal(s->tx_head, 1000);
}

/* The pump waits for acknowledgements only where the ring was full. */
static void an_acknowledgement_rings_only_for_a_full_ring(void **state)
{
    struct stream_port *s;
    join(&s);
    conn_told = false;
    memset(&streams->to_hive, 0, sizeof streams->to_hive);
    port_say(s, pattern, 1000);
    wire_settle();
    assert_int_equal(s->tx_head, 1000);
    assert_true(!conn_told && !bells_ring(&streams->to_hive));
    port_say(s, pattern, STREAM_TX_BYTES);
    wire_settle();
    assert_int_equal(s->tx_head, 1000 + STREAM_TX_BYTES);
    assert_true(conn_told && bells_ring(&streams->to_hive));
}

static uint32_t lose_n;
static bool lose_some(void)
{
    return lose_n > 0 && lose_n-- > 0;
}

static void a_lost_segment_is_sent_again_with_the_same_bytes(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    lose = lose_some;
    lose_n = 1;
    port_say(s, pattern, 700);
    wire_settle();
    assert_int_equal(p->got_n, 0);
    wire_pass(4000);
    assert_int_equal(p->got_n, 700);
    assert_memory_equal(p->got, pattern, 700);
}

static void a_peer_may_change_its_segment_size_and_window_at_any_time(void **state)
{
    struct stream_port *s;
    struct peer *p = peer_new();
    p->window = 0;
    p->silent = true;
    newest = NULL;
    peer_send(p, SYN, NULL, 0);
    wire_settle();
    s = newest;
    assert_non_null(s);
    port_say(s, pattern, 1000);
    wire_settle();
    p->window = 4; /* half of the largest window is now 2 bytes, and 1000 wait in one segment */
    peer_send(p, ACK, NULL, 0);
    wire_settle();
    port_say(s, pattern + 1000, 1000);
    wire_settle();
    p->mss = 20;
    peer_send(p, ACK, NULL, 0);
    wire_settle();
    port_say(s, pattern + 2000, 1000);
    wire_settle();
    p->mss = 0;
    p->window = 65535;
    p->silent = false;
    peer_send(p, ACK, NULL, 0);
    wire_pass(10000);
    assert_int_equal(p->got_n, 3000);
    assert_memory_equal(p->got, pattern, 3000);
}

static void a_whole_ring_wraps_around_and_arrives_in_order(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    for (int round = 0; round < 3; round++) {
        port_say(s, pattern, 13000);
        wire_settle();
        assert_int_equal(p->got_n, 13000 * (round + 1));
        assert_memory_equal(p->got + 13000 * round, pattern, 13000);
    }
}

static void the_window_is_what_the_ring_has_room_for(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    uint8_t got[STREAM_RX_BYTES];
    for (int i = 0; i < 4; i++)
        peer_say(p, pattern + 1024 * i, 1024);
    wire_settle();
    assert_int_equal(p->guest_window, 0);
    assert_int_equal(s->rx_tail - s->rx_head, STREAM_RX_BYTES);
    assert_int_equal(port_read(s, got, 2048), 2048);
    wire_settle();
    assert_int_equal(p->guest_window, 2048);
    peer_say(p, pattern, 1000);
    wire_settle();
    assert_int_equal(port_read(s, got + 2048, 2048), 2048);
    assert_memory_equal(got, pattern, 4096);
}

static void a_peer_that_ignores_the_window_is_not_believed(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    for (int i = 0; i < 12; i++)
        peer_say(p, pattern + 1000 * i, 1000);
    wire_settle();
    assert_true(s->rx_tail - s->rx_head <= STREAM_RX_BYTES);
    assert_memory_equal(s->rx, pattern, 4000);
    assert_true(p->acked - (p->seq - 12000) <= STREAM_RX_BYTES);
}

static void a_hive_that_closes_sends_its_last_line_then_its_end(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    peer_say(p, "unread", 6); /* the authority never looks at it: no reset may follow from that */
    port_say(s, "OK QUIT", 7);
    ring_store(&s->hive_closed, s->opened);
    wire_settle();
    assert_int_equal(p->got_n, 7);
    assert_true(p->fin);
    assert_false(p->rst);
    assert_int_not_equal(s->net_closed, s->opened);
    peer_say(p, "late", 4);
    peer_send(p, FIN | ACK, NULL, 0);
    p->seq++;
    wire_settle();
    assert_int_equal(s->net_closed, s->opened);
    assert_false(p->rst);
    port_release(s);
}

static void a_peer_that_does_not_close_is_left_after_one_second(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    ring_store(&s->hive_closed, s->opened);
    wire_settle();
    assert_true(p->fin);
    wire_pass(900);
    assert_int_not_equal(s->net_closed, s->opened);
    wire_pass(200);
    assert_int_equal(s->net_closed, s->opened);
    port_release(s);
}

static void a_peer_that_never_reads_is_reset_after_five_seconds(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    p->window = 0;
    p->silent = true;
    peer_send(p, ACK, NULL, 0);
    wire_settle();
    port_say(s, pattern, STREAM_TX_BYTES);
    ring_store(&s->hive_closed, s->opened);
    wire_pass(4900);
    assert_int_not_equal(s->net_closed, s->opened);
    wire_pass(1300);
    assert_int_equal(s->net_closed, s->opened);
    assert_true(p->rst);
    port_release(s);
}

static void a_reset_frees_the_port_for_the_next_connection(void **state)
{
    struct stream_port *s, *again;
    struct peer *p = join(&s);
    p->silent = true;
    port_say(s, pattern, 5000);
    peer_say(p, "half a fra", 10);
    wire_settle();
    peer_send(p, RST | ACK, NULL, 0);
    p->rst = true;
    wire_settle();
    assert_int_equal(s->net_closed, s->opened);
    struct peer *q = join(&again);
    assert_ptr_not_equal(again, s); /* not before the pump has released it */
    port_release(s);
    wire_settle();
    struct peer *r = join(&again);
    assert_ptr_equal(again, s);
    port_say(again, "fresh", 5);
    wire_settle();
    assert_int_equal(r->got_n, 5);
    assert_memory_equal(r->got, "fresh", 5);
    assert_int_equal(again->rx_tail, 0);
    assert_true(q->connected);
}

static struct stream_port *echo_port;
static void echo(void)
{
    uint8_t data[512];
    size_t n = port_read(echo_port, data, sizeof data);
    if (n > 0)
        port_say(echo_port, data, n);
}

static void a_peer_that_has_said_all_still_gets_its_answers(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    echo_port = s;
    serve = echo;
    peer_say(p, pattern, 1400);
    peer_send(p, FIN | ACK, NULL, 0);
    p->seq++;
    wire_settle();
    assert_int_equal(p->got_n, 1400);
    assert_memory_equal(p->got, pattern, 1400);
    assert_true(p->fin);
    assert_false(p->rst);
    assert_int_equal(s->net_closed, s->opened);
    port_release(s);
}

static void one_connection_too_many_is_reset_and_counted(void **state)
{
    struct hive_net before = counts;
    struct stream_port *s = NULL;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        join(&s);
    struct peer *p = peer_connect();
    assert_true(p->rst);
    assert_int_equal(counts.refused - before.refused, 1);
    assert_int_equal(counts.accepted - before.accepted, STREAM_PORTS);
    port_say(s, "alive", 5);
    wire_settle();
    assert_int_equal(peers[STREAM_PORTS - 1].got_n, 5);
}

static void a_flood_of_handshakes_pushes_no_connection_out(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    struct peer stranger = {.window = 1000};
    for (uint16_t i = 0; i < 400; i++) {
        stranger.port = (uint16_t)(40000 + i);
        stranger.seq = i;
        peer_send(&stranger, SYN, NULL, 0);
        wire_settle();
    }
    peer_say(p, "still here", 10);
    wire_settle();
    assert_int_equal(s->rx_tail, 10);
    assert_false(p->rst);
}

static bool lose_all(void)
{
    return true;
}

/* Who asks again is moved to the front of lwIP's list, and stays the oldest. */
static void of_too_many_handshakes_the_oldest_gives_way(void **state)
{
    struct peer *p[9];
    lose = lose_all;
    for (uint32_t i = 0; i < 9; i++) {
        p[i] = peer_new();
        if (i == 8)
            peer_send(p[0], SYN, NULL, 0);
        peer_send(p[i], SYN, NULL, 0);
        wire_settle();
    }
    lose = NULL;
    wire_pass(8000); /* the guest's answers come again */
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(p[i]->connected, i != 0);
}

/* lwIP takes control blocks in TIME_WAIT back without a word when it runs out of them. */
static void a_connection_that_has_ended_on_both_sides_holds_no_control_block(void **state)
{
    struct stream_port *s = NULL;
    for (uint32_t i = 0; i < COH_POOL_NET_PCBS_COUNT - STREAM_PORTS - 1; i++) { /* peers that never end their side */
        join(&s);
        ring_store(&s->hive_closed, s->opened);
        wire_settle();
        wire_pass(1100);
        assert_int_equal(s->net_closed, s->opened);
        port_release(s);
        wire_settle();
    }
    struct peer *p = NULL;
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        p = join(&s);
    ring_store(&s->hive_closed, s->opened);
    wire_settle();
    assert_true(p->fin);
    peer_send(p, FIN | ACK, NULL, 0); /* and in the same turn two strangers, for whom there is one control block left */
    p->seq++;
    struct peer *a = peer_new(), *b = peer_new();
    peer_send(a, SYN, NULL, 0);
    peer_send(b, SYN, NULL, 0);
    wire_settle();
    assert_int_equal(s->net_closed, s->opened);
    assert_true(b->connected && b->rst); /* no port is free; it heard no end that was another's */
    assert_false(b->fin);
    port_release(s);
}

static void every_connection_can_fill_its_queue_at_once(void **state)
{
    struct stream_port *all[STREAM_PORTS];
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        join(&all[i])->silent = true;
    /* Many small answers, none acknowledged: every pool is used to the last element. */
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < STREAM_PORTS; i++)
            port_say(all[i], pattern + 10 * round, 10);
        wire_settle();
    }
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        peers[i].silent = false;
        peer_send(&peers[i], ACK, NULL, 0);
    }
    wire_pass(70000);
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        assert_int_equal(peers[i].got_n, 400);
        assert_memory_equal(peers[i].got, pattern, 400);
    }
}

static void a_full_packet_ring_loses_nothing_for_good(void **state)
{
    struct stream_port *all[16];
    for (uint32_t i = 0; i < 16; i++)
        join(&all[i]);
    for (uint32_t i = 0; i < 16; i++)
        port_say(all[i], pattern, STREAM_TX_BYTES);
    /* The device takes nothing while the guest tries. */
    for (int i = 0; i < 20; i++)
        net_flush(now_ms, &deadline);
    assert_true(area->tx_tail - area->tx_head <= PACKET_SLOTS);
    wire_pass(20000);
    for (uint32_t i = 0; i < 16; i++) {
        assert_int_equal(peers[i].got_n, STREAM_TX_BYTES);
        assert_memory_equal(peers[i].got, pattern, STREAM_TX_BYTES);
    }
}

static void frames_of_noise_are_survived(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    uint32_t x = 12345;
    for (int i = 0; i < 20000; i++) {
        uint8_t f[256];
        size_t n = 14 + x % 200;
        for (size_t j = 0; j < n; j++) {
            x = x * 1664525u + 1013904223u;
            f[j] = (uint8_t)(x >> 24);
        }
        memcpy(f, guest_mac, 6);
        put16(f + 12, i % 3 ? 0x0800 : 0x0806);
        if (i % 3 == 1) { /* a plausible head, so that the noise gets deeper */
            f[14] = 0x45;
            put16(f + 16, (uint32_t)(n - 14));
            put16(f + 20, 0);
            f[23] = i % 2 ? 6 : 1;
            put32(f + 30, GUEST_IP);
            put16(f + 24, 0);
            put16(f + 24, n >= 34 ? plain_checksum(0, f + 14, 20) : 0);
        }
        wire_receive(f, n);
        wire_settle();
    }
    peer_say(p, "ok", 2);
    wire_settle();
    assert_int_equal(s->rx_tail, 2);
}

static void a_frame_that_was_none_is_passed_over_and_what_the_device_counts_is_told(void **state)
{
    struct stream_port *s;
    struct peer *p = join(&s);
    wire_receive(area->rx[0], 0);
    area->rx_dropped++;
    area->link_up = true;
    peer_say(p, "ok", 2);
    wire_settle();
    assert_int_equal(s->rx_tail, 2);
    assert_int_equal(counts.rx_dropped, area->rx_dropped);
    assert_true(counts.link_up);
}

static void sequence_numbers_of_two_connections_tell_nothing_of_each_other(void **state)
{
    struct stream_port *s;
    uint32_t last = 0, near = 0;
    for (int i = 0; i < 32; i++) {
        struct peer *p = join(&s);
        near += p->ack - last < 0x1000000u;
        last = p->ack;
    }
    assert_true(near <= 4);
}

#define CASE(f) cmocka_unit_test_teardown(f, settle_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(bytes_of_a_connection_arrive_in_its_port_and_answers_return),
        CASE(answers_of_one_turn_travel_in_as_few_segments_as_they_fit),
        CASE(output_stays_in_the_ring_until_it_is_acknowledged),
        CASE(an_acknowledgement_rings_only_for_a_full_ring),
        CASE(a_lost_segment_is_sent_again_with_the_same_bytes),
        CASE(a_peer_may_change_its_segment_size_and_window_at_any_time),
        CASE(a_whole_ring_wraps_around_and_arrives_in_order),
        CASE(the_window_is_what_the_ring_has_room_for),
        CASE(a_peer_that_ignores_the_window_is_not_believed),
        CASE(a_hive_that_closes_sends_its_last_line_then_its_end),
        CASE(a_peer_that_does_not_close_is_left_after_one_second),
        CASE(a_peer_that_never_reads_is_reset_after_five_seconds),
        CASE(a_reset_frees_the_port_for_the_next_connection),
        CASE(a_peer_that_has_said_all_still_gets_its_answers),
        CASE(one_connection_too_many_is_reset_and_counted),
        CASE(a_flood_of_handshakes_pushes_no_connection_out),
        CASE(of_too_many_handshakes_the_oldest_gives_way),
        CASE(a_connection_that_has_ended_on_both_sides_holds_no_control_block),
        CASE(every_connection_can_fill_its_queue_at_once),
        CASE(a_full_packet_ring_loses_nothing_for_good),
        CASE(frames_of_noise_are_survived),
        CASE(a_frame_that_was_none_is_passed_over_and_what_the_device_counts_is_told),
        CASE(sequence_numbers_of_two_connections_tell_nothing_of_each_other),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
