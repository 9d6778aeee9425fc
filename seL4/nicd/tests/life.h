/* A life of the NIC that uses all of it: both directions, more packets than indices have room for slots, a device that
 * sleeps and one that looks by itself, buffers that netd writes into, starts in the middle. */
#pragma once

#include <string.h>

#include "model.h"

static uint32_t life_next; /* the number of the next frame to the wire */

static inline void life_watch(const uint8_t *frame, uint32_t len)
{
    uint32_t number = frame_check(frame, len);
    MUST(model.disorder || number == life_next);
    life_next++;
}

/* Nothing is left of what lay in the packets' memory before, whatever the caches do. */
static inline void life_all_zero(void)
{
    const struct packet_area *a = &cpu.packets;
    model_fetch();
    static const uint8_t zeros[PACKET_BYTES];
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        MUST(memcmp(a->rx[i], zeros, PACKET_BYTES) == 0 && memcmp(a->tx[i], zeros, PACKET_BYTES) == 0);
    MUST(a->rx_head == 0 && a->tx_tail == 0 && a->rx_tail == 0 && a->tx_head == 0 && a->refused == 0);
    MUST(a->mac[0] == 0x52 && a->mac[5] == 0x56 && a->link_up == model.link);
}

static inline void life_start(void)
{
    wire_watch = life_watch;
    life_next = 0;
    wire_sent = 0;
    nic_start(&memory);
    life_all_zero();
    board_start();
    MUST(device_holds(NIC_RX) == PACKET_SLOTS && device_holds(NIC_TX) == 0);
}

static inline void life_rounds(uint32_t rounds, uint32_t burst)
{
    uint32_t in = netd.got, out = netd.sent;
    uint64_t dropped = cpu.packets.rx_dropped;
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t n = model_random() % burst + 1;
        model.polling = model_random() % 2 == 0;
        board_wire(n);
        in += n;
        model_weather();
        model.polling = model_random() % 2 == 0;
        board_send(n);
        out += n;
        MUST(netd.got == in && netd.sent == out && wire_sent == out && life_next == out);
        MUST(cpu.packets.refused == 0 && cpu.packets.rx_dropped == dropped);
    }
}

static inline void life(enum weather weather)
{
    model.weather = weather;
    netd.scribbles = true;
    for (uint32_t i = 0; i < 2; i++) {
        model.disorder = i == 1;
        life_start();
        life_rounds(40, 3);
        life_rounds(8, 300);
        model.asleep = true; /* and the next start comes in the middle of all */
        netd.to_send = 20;
        netd_turn();
        nic_turn(true);
        model.asleep = false;
    }
}
