/* An honest network side, and nicd's loop, of model.h. */
#include <string.h>

#include "model_inside.h"

struct netd netd;
static bool nicd_signalled, netd_signalled;
static uint32_t wire_next; /* the number of the next frame that comes from the wire */

void model_init(void)
{
    model = (struct model){
        .dropped = DMA_SITES,
        .random = 1,
        .magic = VIRTIO_MAGIC_VALUE,
        .version = 2,
        .id = VIRTIO_ID_NET,
        .features = VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | 1u << 15,
        .features_high = VIRTIO_F_VERSION_1_HIGH | 1u << 2,
        .num_max = 1024,
        .link = true,
    };
    caches_init();
    device_init();
}

static void take_packets(void)
{
    struct packet_area *a = &cpu.packets;
    for (uint32_t tail = packet_load(&a->rx_tail); netd.rx_head != tail; netd.rx_head++) {
        uint32_t slot = netd.rx_head % PACKET_SLOTS, buffer = a->rx_buffer[slot];
        MUST(tail - netd.rx_head <= PACKET_SLOTS && buffer < PACKET_SLOTS);
        if (a->rx_len[slot] == 0)
            continue;
        MUST(frame_check(a->rx[buffer], a->rx_len[slot]) == netd.got);
        netd.got++;
        if (netd.scribbles)
            memset(a->rx[buffer], 0xee, PACKET_BYTES);
    }
    packet_store(&a->rx_head, netd.rx_head);
}

static bool send_packets(void)
{
    struct packet_area *a = &cpu.packets;
    uint32_t was = netd.tx_tail;
    netd.waits = false;
    while (netd.to_send > 0 && !netd.waits) {
        if (netd.tx_tail - packet_load(&a->tx_head) >= PACKET_SLOTS) {
            netd.waits = packet_wait_tx(a, netd.tx_tail);
            continue;
        }
        uint32_t slot = netd.tx_tail % PACKET_SLOTS;
        a->tx_len[slot] = frame_make(netd.sent++, a->tx[slot]);
        netd.to_send--;
        netd.tx_tail++;
    }
    packet_store(&a->tx_tail, netd.tx_tail);
    return netd.tx_tail != was;
}

bool netd_turn(void)
{
    take_packets();
    bool signal = send_packets() || netd.rx_head - netd.given >= PACKET_GIVE_BACK;
    if (signal)
        netd.given = netd.rx_head;
    return signal;
}

static bool nicd_step(void)
{
    bool interrupted = device_interrupts();
    if (!interrupted && !nicd_signalled)
        return false;
    nicd_signalled = false;
    netd_signalled |= nic_turn(interrupted);
    return true;
}

static bool netd_step(void)
{
    if (!netd_signalled)
        return false;
    netd_signalled = false;
    netd.woken++;
    nicd_signalled |= netd_turn();
    return true;
}

void board_settle(void)
{
    bool more = true;
    for (uint32_t turns = 0; more; turns++) {
        MUST(turns < 100000);
        if (!model.asleep)
            device_run();
        more = nicd_step();
        more |= netd_step();
        model_weather();
    }
}

void board_start(void)
{
    bool scribbles = netd.scribbles;
    nic_start(&memory);
    netd = (struct netd){.scribbles = scribbles};
    wire_next = 0;
    nicd_signalled = true;
    board_settle();
}

void board_wire(uint32_t frames)
{
    uint8_t frame[PACKET_MAX];
    for (uint32_t i = 0; i < frames; i++, wire_next++) {
        uint32_t len = frame_make(wire_next, frame);
        if (device_receive(frame, len))
            continue;
        board_settle();
        MUST(device_receive(frame, len));
    }
    board_settle();
}

void board_send(uint32_t frames)
{
    netd.to_send += frames;
    netd_signalled = true;
    board_settle();
}
