/* nicd's driver with a network side that writes anything anywhere in the packet area at any moment, a good device and
 * any weather in the caches: the device is never given a wrong address or length (the model checks), nothing stops, and
 * a start makes all well.
 *
 * Input: operations, each a byte and its arguments.
 *   0 interrupted          nicd's turn
 *   1 v v v v              rx_head             2 v v v v   tx_tail             3 v v v v   tx_wake
 *   4 slot v v v v         tx_len[slot]
 *   5 at at v              a byte anywhere before the packets' bytes (at % that)
 *   6 slot v               a packet's bytes: receive buffers, then transmit buffers
 *   7 n kind               n % 160 frames come from the wire; kind: 0 good, else n as their length times 8
 *   8                      the device works     9 how       it looks by itself, is done in any order, interrupts for
 * the link 10 kind                the caches write back, fetch, or do some of either 11                     an honest
 * turn of netd, with more to send 12                     start 13 kind v v v v        while nicd looks: rx_head,
 * tx_tail or all lengths become that */
#include "support/fuzz.h"

#include "life.h"

#include "nicd/nic.c"

static struct packet_area *const area = &cpu.packets;

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t next(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static uint32_t word(struct input *in)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 8 | next(in);
    return v;
}

static struct {
    uint8_t kind;
    uint32_t v;
} later;

static void meanwhile(enum dma_site site)
{
    if (later.kind % 3 == 0)
        packet_store(&area->rx_head, later.v);
    else if (later.kind % 3 == 1)
        packet_store(&area->tx_tail, later.v);
    else
        for (uint32_t i = 0; i < PACKET_SLOTS; i++)
            area->tx_len[i] = later.v;
    later.v += later.kind;
}

static void frames_come(struct input *in)
{
    uint8_t frame[PACKET_BYTES] = {0};
    uint32_t n = next(in) % 160u, kind = next(in);
    uint32_t len = kind == 0 ? frame_make(netd.got, frame) : kind * 8u;
    for (uint32_t i = 0; i < n; i++)
        device_receive(frame, len);
}

static void device_changes(uint8_t how)
{
    model.polling = how & 1;
    model.disorder = how & 2;
    if (how & 4)
        device_set_link(how & 8);
}

static void caches_do(uint8_t kind)
{
    if (kind % 3 == 0)
        model_evict();
    else if (kind % 3 == 1)
        model_fetch();
    else
        model_weather();
}

/* netd is gone by then. */
static void start(void)
{
    model.meanwhile = NULL;
    nic_start(&memory);
    life_all_zero();
    netd = (struct netd){0};
}

/* What netd writes. */
static void netd_writes(uint8_t op, struct input *in)
{
    uint32_t slot = op == 4 || op == 6 ? next(in) : 0, at;
    if (op == 1)
        packet_store(&area->rx_head, word(in));
    else if (op == 2)
        packet_store(&area->tx_tail, word(in));
    else if (op == 3)
        packet_store(&area->tx_wake, word(in));
    else if (op == 4)
        area->tx_len[slot % PACKET_SLOTS] = word(in);
    else if (op == 6)
        memset(slot % 2 ? area->tx[slot / 2] : area->rx[slot / 2], next(in), PACKET_BYTES);
    else
        at = next(in), at = at << 8 | next(in), ((uint8_t *)area)[at % offsetof(struct packet_area, rx)] = next(in);
}

/* An honest netd's sending, without reading: what came may be anything. */
static void netd_sends(void)
{
    uint32_t tail = packet_load(&area->tx_tail), slot = tail % PACKET_SLOTS;
    area->tx_len[slot] = frame_make(tail, area->tx[slot]);
    packet_store(&area->tx_tail, tail + 1);
    packet_store(&area->rx_head, packet_load(&area->rx_tail));
}

static void step(struct input *in)
{
    uint8_t op = next(in) % 14;
    if (op == 0) {
        nic_turn(next(in) & 1);
        model.meanwhile = NULL;
    } else if (op < 7) {
        netd_writes(op, in);
    } else if (op == 7) {
        frames_come(in);
    } else if (op == 8) {
        device_run();
    } else if (op == 9) {
        device_changes(next(in));
    } else if (op == 10) {
        caches_do(next(in));
    } else if (op == 11) {
        netd_sends();
    } else if (op == 12) {
        start();
    } else {
        later.kind = next(in);
        later.v = word(in);
        model.meanwhile = meanwhile;
    }
}

/* A refused ring is not served, whatever its words say now. */
static void refused_rings_rest(void)
{
    uint32_t rx_tail = nic.rx_tail, tx_seen = nic.tx_seen, refused = nic.refused;
    for (int i = 0; i < 2; i++) {
        nic_turn(true);
        device_run();
    }
    FUZZ_CHECK((refused & PACKET_REFUSED_RX) == 0 || nic.rx_tail == rx_tail);
    FUZZ_CHECK((refused & PACKET_REFUSED_TX) == 0 || nic.tx_seen == tx_seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    model_init();
    netd = (struct netd){0};
    wire_watch = NULL;
    start();
    model.weather = next(&in) % WEATHERS;
    while (in.n > 0)
        step(&in);
    model.meanwhile = NULL;
    model.weather = CALM;
    refused_rings_rest();
    model.disorder = false;
    life_start();
    life_rounds(1, 200);
    return 0;
}
