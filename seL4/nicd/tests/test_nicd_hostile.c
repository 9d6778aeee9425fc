/* nicd's driver with a network side that writes anything: it loses its ring until the next start, and nothing else
 * happens. */
#include "support/test.h"

#include "life.h"

static struct packet_area *const area = &cpu.packets;

static uint64_t forged_before; /* nicd counts since boot, over all tests of this program */

static int begin(void **state)
{
    model_init();
    netd = (struct netd){0};
    life_start();
    forged_before = area->forged;
    assert_false(nic_refuses());
    return 0;
}

/* nicd remembers by itself what it refuses: netd can write to the word that tells of it. */
static void is_refused(uint32_t rings)
{
    assert_int_equal(area->refused, rings);
    area->refused = 0;
    assert_true(nic_refuses());
    area->refused = rings;
}

static void netd_can_not_say_that_a_ring_is_refused(void **state)
{
    area->refused = PACKET_REFUSED_RX | PACKET_REFUSED_TX;
    nic_turn(true);
    assert_false(nic_refuses());
    board_send(300);
    board_wire(300);
    assert_true(wire_sent == 300 && netd.got == 300);
}

/* The device got nothing, the other ring goes on, the refused one stays so, whatever is written now. */
static void rx_is_refused_alone(uint64_t forged)
{
    uint32_t posted = device_holds(NIC_RX), tail = area->rx_tail;
    is_refused(PACKET_REFUSED_RX);
    assert_true(area->forged == forged);
    packet_store(&area->rx_head, tail);
    board_send(300);
    assert_true(wire_sent == 300 && netd.sent == 300);
    for (uint32_t i = 0; i < posted; i++)
        assert_true(device_receive(area->tx[0], 64));
    assert_false(device_receive(area->tx[0], 64));
    for (int i = 0; i < 3; i++)
        assert_false(nic_turn(true));
    assert_false(device_interrupts());
    assert_true(area->rx_tail == tail && area->forged == forged);
}

static void tx_is_refused_alone(uint64_t forged)
{
    uint32_t sent = wire_sent, head = area->tx_head;
    is_refused(PACKET_REFUSED_TX);
    assert_true(area->forged == forged);
    assert_int_equal(device_holds(NIC_TX), 0);
    board_wire(300);
    assert_int_equal(netd.got, 300);
    area->tx_len[0] = 64;
    packet_store(&area->tx_tail, head + 1);
    nic_turn(true);
    device_run();
    assert_true(wire_sent == sent && area->tx_head == head && area->forged == forged);
}

/* A start makes all well. */
static void start_heals(uint64_t forged)
{
    life_start();
    assert_true(area->forged == forged);
    life_rounds(20, 200);
}

static void a_forged_rx_head_loses_the_ring(void **state)
{
    /* Beyond what came; behind what was consumed; far off. */
    const int64_t offsets[] = {1, 127, 128, 129, 0x7fffffff, 0x80000000, -1, -10, -128};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        begin(state);
        board_wire(40);
        nic_turn(false); /* all 40 are posted again */
        packet_store(&area->rx_head, 40 + (uint32_t)offsets[i]);
        nic_turn(false);
        rx_is_refused_alone(++forged_before);
        start_heals(forged_before);
    }
}

static void a_forged_tx_tail_loses_the_ring(void **state)
{
    const int64_t offsets[] = {129, 256, 0x7fffffff, 0x80000000, -1, -128, -129};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        begin(state);
        board_send(200);
        nic_turn(false);
        assert_int_equal(area->tx_head, 200);
        packet_store(&area->tx_tail, 200 + (uint32_t)offsets[i]);
        nic_turn(false);
        tx_is_refused_alone(++forged_before);
        start_heals(forged_before);
    }
}

static void a_tx_tail_that_takes_packets_back_loses_the_ring(void **state)
{
    model.asleep = true;
    board_send(10);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        area->tx_len[i] = 64; /* what lies between is no packet, though it looks like one */
    packet_store(&area->tx_tail, 9);
    nic_turn(false);
    is_refused(PACKET_REFUSED_TX);
    forged_before++;
    wire_watch = NULL;
    device_run(); /* what it was given stays its own */
    assert_int_equal(wire_sent, 10);
    nic_turn(true);
    assert_int_equal(area->tx_head, 0);
    model.asleep = false;
    start_heals(forged_before);
}

static void a_forged_length_loses_the_ring_behind_what_was_right(void **state)
{
    const uint32_t lengths[] = {
        0,          1,         PACKET_MIN - 1, PACKET_MAX + 1, PACKET_BYTES, PACKET_BYTES + 1, 0xffff, 0x10000 + 64,
        0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        begin(state);
        wire_watch = NULL;
        area->tx_len[0] = PACKET_MIN;
        area->tx_len[1] = PACKET_MAX;
        area->tx_len[2] = lengths[i];
        area->tx_len[3] = 64;
        packet_store(&area->tx_tail, 4);
        nic_turn(false);
        device_run();
        assert_int_equal(wire_sent, 2);
        tx_is_refused_alone(++forged_before);
        start_heals(forged_before);
    }
}

/* ---- while nicd looks ---- */

static void rewrite(enum dma_site site)
{
    if (site == DMA_TX_PACKET) {
        memset(area->tx_len, 0xff, sizeof area->tx_len);
        area->tx_tail += 1000;
    } else if (site == DMA_RX_POST) {
        memset(area->rx_buffer, 0xff, sizeof area->rx_buffer);
        area->rx_head += 1000;
    }
}

static void what_changes_behind_the_check_does_not_matter(void **state)
{
    uint8_t frame[PACKET_MAX];
    uint32_t len = frame_make(0, frame);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        device_receive(frame, len);
    wire_watch = NULL;
    area->tx_len[0] = 64;
    packet_store(&area->tx_tail, 1);
    nic_turn(true);
    packet_store(&area->rx_head, 64);
    area->tx_len[1] = 64;
    packet_store(&area->tx_tail, 2);
    model.meanwhile = rewrite;
    nic_turn(false);
    device_run(); /* and finds the length that was checked */
    model.meanwhile = NULL;
    assert_int_equal(wire_sent, 2);
    assert_int_equal(device_holds(NIC_RX), 64);
    assert_int_equal(area->refused, 0);
    nic_turn(false);
    is_refused(PACKET_REFUSED_RX | PACKET_REFUSED_TX);
    start_heals(forged_before + 2);
}

static void words_of_the_nic_side_are_not_believed(void **state)
{
    struct netd honest;
    uint32_t tail, head;
    board_wire(100);
    board_send(100);
    for (uint32_t i = 0; i < 100; i++) {
        honest = netd;
        tail = area->rx_tail;
        head = area->tx_head;
        size_t own = offsetof(struct packet_area, rx_head);
        memset(area, (int)i * 37, own);
        assert_false(nic_turn(false) && area->tx_head == head);
        packet_store(&area->rx_tail, tail);
        netd = honest;
        for (uint32_t k = 0; k < 10; k++) { /* what comes now is said anew */
            uint8_t frame[PACKET_MAX];
            uint32_t len = frame_make(netd.got + k, frame);
            assert_true(device_receive(frame, len));
        }
        nic_turn(true);
        assert_int_equal(area->rx_tail, tail + 10);
        assert_true(!netd_turn() || netd.given == netd.rx_head);
        packet_store(&area->tx_head, netd.tx_tail);
    }
    assert_int_equal(netd.got, 1100);
    device_set_link(true);
    nic_turn(true);
    assert_true(area->link_up);
    assert_true(area->cleaned == dma_counts.cleaned && area->invalidated == dma_counts.invalidated);
    start_heals(forged_before);
}

static void any_tx_wake_costs_signals_alone(void **state)
{
    for (uint32_t i = 0; i < 200; i++) {
        area->tx_wake = i % 2 ? UINT32_MAX - i : i * 0x1000193u;
        netd.to_send = 1;
        netd_turn();
        nic_turn(false);
        device_run();
    }
    assert_int_equal(wire_sent, 200);
    assert_int_equal(area->refused, 0);
}

/* Descriptors and headers are where only driver and device write: a start at any moment finds the device without them.
 */
static void a_start_may_come_in_the_middle_of_anything(void **state)
{
    uint8_t frame[PACKET_MAX];
    for (uint32_t i = 0; i < 90; i++) {
        model.weather = i % WEATHERS;
        model.asleep = i % 3 == 0;
        board_wire(model_random() % 100);
        board_send(model_random() % 300);
        uint32_t number = netd.got, len = frame_make(number, frame);
        for (uint32_t k = model_random() % 50; k > 0; k--)
            device_receive(frame, len);
        if (i % 4 == 1)
            packet_store(&area->rx_head, area->rx_head + 1 + model_random() % 500);
        if (i % 4 == 2)
            packet_store(&area->tx_tail, area->tx_tail + 200);
        nic_turn(i % 2 == 0);
        model.asleep = false;
        life_start();
        life_rounds(2, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_forged_rx_head_loses_the_ring, begin),
        cmocka_unit_test_setup(a_forged_tx_tail_loses_the_ring, begin),
        cmocka_unit_test_setup(a_tx_tail_that_takes_packets_back_loses_the_ring, begin),
        cmocka_unit_test_setup(a_forged_length_loses_the_ring_behind_what_was_right, begin),
        cmocka_unit_test_setup(what_changes_behind_the_check_does_not_matter, begin),
        cmocka_unit_test_setup(words_of_the_nic_side_are_not_believed, begin),
        cmocka_unit_test_setup(netd_can_not_say_that_a_ring_is_refused, begin),
        cmocka_unit_test_setup(any_tx_wake_costs_signals_alone, begin),
        cmocka_unit_test_setup(a_start_may_come_in_the_middle_of_anything, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
