/* nicd's driver with an honest network side and a good device; then with a device that is not. The driver is included,
 * so that its indices can begin where they wrap. */
#include "support/test.h"

#include "life.h"

#include "nicd/nic.c"

static int begin(void **state)
{
    model_init();
    netd = (struct netd){0};
    return 0;
}

static void a_life_goes_well_whatever_the_caches_do(void **state)
{
    for (uint32_t weather = 0; weather < WEATHERS; weather++) {
        begin(state);
        life(weather);
        for (uint32_t site = 0; site < DMA_SITES; site++)
            assert_true(model.calls[site] > 0);
        assert_true(cpu.packets.forged == 0 && cpu.packets.cleaned == dma_counts.cleaned);
        assert_true(cpu.packets.invalidated == dma_counts.invalidated);
    }
}

/* A life without that site's maintenance goes wrong. */
static bool missed(enum dma_site site, enum weather weather)
{
    begin(NULL);
    model.dropped = site;
    panic_expected = true;
    if (setjmp(panic_return) != 0)
        return true;
    life(weather);
    panic_expected = false;
    return false;
}

static void each_hand_over_is_needed(void **state)
{
    for (uint32_t site = 0; site < DMA_SITES; site++) {
        if (!missed(site, CALM) && !missed(site, LATE) && !missed(site, STORM))
            fail_msg("nobody misses site %u", (unsigned)site);
    }
}

static void indices_wrap(void **state)
{
    life_start();
    struct packet_area *a = &cpu.packets;
    uint32_t first = 0u - 3u * PACKET_SLOTS;
    netd = (struct netd){.rx_head = first, .tx_tail = first, .given = first, .scribbles = true};
    nic.rx_tail = nic.rx_seen = nic.tx_head = nic.tx_seen = first;
    a->rx_head = a->rx_tail = a->tx_head = a->tx_tail = first;
    life_rounds(30, 100);
    assert_true(nic.rx_tail < first && nic.tx_head < first && nic.rx_tail > 0);
    /* The queues' indices have 16 bits. */
    life_rounds(500, 300);
    assert_true(wire_sent > 65536);
}

static void bulk_wakes_netd_once_for_half_a_ring(void **state)
{
    life_start();
    board_send(10000);
    assert_true(wire_sent == 10000);
    assert_in_range(netd.woken, 10000 / PACKET_SLOTS, 10000 / (PACKET_SLOTS / 2) + 4);
}

static void packets_wake_netd_and_nothing_else_does(void **state)
{
    life_start();
    uint32_t woken = netd.woken;
    board_wire(1);
    assert_int_equal(netd.woken, woken + 1);
    for (int i = 0; i < 3; i++)
        assert_false(nic_turn(true));
    device_set_link(false);
    assert_true(nic_turn(true));
    assert_false(cpu.packets.link_up);
    device_set_link(false);
    assert_false(nic_turn(true));
    assert_false(device_interrupts());
}

static void a_slot_that_netd_waits_for_wakes_it(void **state)
{
    life_start();
    model.asleep = true;
    board_send(PACKET_SLOTS / 2 - 1);
    device_run();
    assert_false(device_interrupts()); /* slots are not scarce */
    nic_turn(false);
    uint32_t head = PACKET_SLOTS / 2 - 1;
    assert_int_equal(cpu.packets.tx_head, head);
    uint32_t n = COLLECT_BATCH + 10;
    board_send(n);
    assert_int_equal(device_holds(NIC_TX), n);
    cpu.packets.tx_wake = head + 5;
    for (uint32_t i = 0; i < 20; i++) {
        device_claim(NIC_TX, 2 * ((head + i) % PACKET_SLOTS), 0);
        assert_int_equal(nic_turn(false), i == 5);
        assert_int_equal(cpu.packets.tx_head, head + (i < 10 ? i + 1 : 11)); /* few are out: they are left */
    }
}

static void buffers_come_back_without_a_signal_while_the_device_has_some(void **state)
{
    life_start();
    for (uint32_t i = 0; i < 1000; i++)
        board_wire(1 + i % 5);
    assert_true(netd.got == 3000);
    assert_true(device_holds(NIC_RX) >= PACKET_SLOTS - PACKET_SLOTS / 8);
}

static void what_is_no_frame_is_passed_over(void **state)
{
    static const uint8_t bytes[PACKET_BYTES];
    life_start();
    assert_true(device_receive(bytes, 0) && device_receive(bytes, PACKET_MIN - 1));
    assert_true(device_receive(bytes, PACKET_MAX + 1) && device_receive(bytes, PACKET_BYTES));
    board_settle();
    assert_int_equal(cpu.packets.rx_dropped, 4);
    assert_int_equal(netd.got, 0);
    life_rounds(300, 3);
}

static void a_device_without_link_status_is_up(void **state)
{
    model.features &= ~VIRTIO_NET_F_STATUS;
    model.link = false;
    nic_start(&memory);
    assert_true(cpu.packets.link_up);
}

/* ---- devices that are not what they say ---- */

static void start_stops(void) { EXPECT_PANIC(nic_start(&memory)); }
static void turn_stops(void) { EXPECT_PANIC(nic_turn(true)); }

static void a_device_that_is_unfit_stops_the_driver(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
    } unfit[] = {
        {offsetof(struct model, magic), 0},
        {offsetof(struct model, version), 1},
        {offsetof(struct model, id), 0},
        {offsetof(struct model, id), 2},
        {offsetof(struct model, features_high), 0},
        {offsetof(struct model, features), VIRTIO_NET_F_STATUS},
        {offsetof(struct model, num_max), 255},
        {offsetof(struct model, num_max), 0},
    };
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        begin(state);
        memcpy((uint8_t *)&model + unfit[i].at, &unfit[i].value, sizeof unfit[i].value);
        start_stops();
    }
    begin(state);
    model.keeps_status = true;
    start_stops();
    begin(state);
    model.keeps_ready = true;
    start_stops();
    begin(state);
    model.refuses_features = true;
    start_stops();
    begin(state);
    nic_start(&memory);
}

static void a_device_that_answers_wrongly_stops_the_driver(void **state)
{
    static const struct {
        uint32_t queue, id, len;
    } wrong[] = {
        {NIC_RX, 1, 100},          /* not the head of a chain */
        {NIC_RX, VIRTQ_SIZE, 100}, /* none of them */
        {NIC_RX, UINT32_MAX, 100},
        {NIC_RX, 0, VIRTIO_NET_HEADER + PACKET_BYTES + 1}, /* more than the buffer holds */
        {NIC_RX, 0, UINT32_MAX},
        {NIC_TX, 2 * COLLECT_BATCH, 0}, /* it has none from there on */
        {NIC_TX, 1, 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin(state);
        life_start();
        model.asleep = true;
        board_send(COLLECT_BATCH);
        device_claim(wrong[i].queue, wrong[i].id, wrong[i].len);
        turn_stops();
    }
}

static void a_device_that_answers_twice_stops_the_driver(void **state)
{
    life_start();
    device_claim(NIC_RX, 6, 100);
    nic_turn(true);
    device_claim(NIC_RX, 6, 100);
    turn_stops();
}

static void a_device_that_skips_entries_stops_the_driver(void **state)
{
    life_start();
    device_skip(NIC_RX, 300);
    turn_stops();
    begin(state);
    life_start();
    device_skip(NIC_RX, UINT16_MAX);
    turn_stops();
}

static void a_device_that_has_failed_stops_the_driver(void **state)
{
    life_start();
    device_fails();
    turn_stops();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_life_goes_well_whatever_the_caches_do, begin),
        cmocka_unit_test_setup(each_hand_over_is_needed, begin),
        cmocka_unit_test_setup(indices_wrap, begin),
        cmocka_unit_test_setup(bulk_wakes_netd_once_for_half_a_ring, begin),
        cmocka_unit_test_setup(packets_wake_netd_and_nothing_else_does, begin),
        cmocka_unit_test_setup(a_slot_that_netd_waits_for_wakes_it, begin),
        cmocka_unit_test_setup(buffers_come_back_without_a_signal_while_the_device_has_some, begin),
        cmocka_unit_test_setup(what_is_no_frame_is_passed_over, begin),
        cmocka_unit_test_setup(a_device_without_link_status_is_up, begin),
        cmocka_unit_test_setup(a_device_that_is_unfit_stops_the_driver, begin),
        cmocka_unit_test_setup(a_device_that_answers_wrongly_stops_the_driver, begin),
        cmocka_unit_test_setup(a_device_that_answers_twice_stops_the_driver, begin),
        cmocka_unit_test_setup(a_device_that_skips_entries_stops_the_driver, begin),
        cmocka_unit_test_setup(a_device_that_has_failed_stops_the_driver, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
