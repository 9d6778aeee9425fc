/* virtio-net, modern, over mmio. Slot i of the packet area is buffer i and descriptor pair 2i, 2i+1 for ever:
 * header (in memory that only this driver and the device see), then packet. Nothing that the network side
 * writes becomes an address.
 *
 * Receive: every buffer that the network side does not hold is posted. Transmit: interrupts are off while
 * there is room, completions are collected when the network side comes back. */
#include "plat/sel4/nic.h"

#include "plat/sel4/cache.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/mmio.h"
#include "plat/sel4/packet.h"
#include "plat/sel4/virtio.h"
#include "plat/sel4/vspace.h"

#define VIRTIO_PADDR 0x0a000000u
#define VIRTIO_STRIDE 0x200u
#define VIRTIO_TRANSPORTS 32u
#define VIRTIO_PAGES (VIRTIO_TRANSPORTS * VIRTIO_STRIDE / PAGE_BYTES)
#define VIRTIO_IRQ 48u /* SPI 16 + transport */

_Static_assert(VIRTQ_SIZE == 2 * PACKET_SLOTS, "two descriptors a slot");
_Static_assert(VIRTQ_SIZE * sizeof(struct virtq_desc) <= PAGE_BYTES, "a descriptor table is one page");
_Static_assert(sizeof(struct packet_area) <= LARGE_PAGE_BYTES, "the packet area is one large page");

/* A queue's second page; the device writes used only, the driver the rest. */
struct queue_rings {
    struct virtq_avail avail;
    uint8_t pad0[1024 - sizeof(struct virtq_avail)];
    struct virtq_used used;
    uint8_t pad1[3072 - 1024 + 64 - sizeof(struct virtq_used)];
    uint8_t tx_header[64]; /* 12 zero bytes: no offload is asked for; every transmitted packet shares them */
};
_Static_assert(__builtin_offsetof(struct queue_rings, used) == 1024, "used begins a cache line");
_Static_assert(__builtin_offsetof(struct queue_rings, tx_header) % 64 == 0, "tx_header begins a cache line");
_Static_assert(sizeof(struct queue_rings) <= PAGE_BYTES, "both rings are one page");

/* 16 bytes for each receive header: 2 KiB of the last page. */
#define RX_HEADER_STRIDE 16u

enum { RX, TX, QUEUES };
/* In each queue's memory: its descriptor table, its rings, and the receive headers behind all of them. */
_Static_assert(2 * QUEUES + 1 == NIC_QUEUE_FRAMES, "nic.h says how many");

struct queue {
    struct dma_frame desc_frame, rings_frame;
    struct virtq_desc *desc;   /* in desc_frame */
    struct queue_rings *rings; /* in rings_frame */
    uint16_t avail;            /* entries ever offered */
    uint16_t used;             /* entries ever taken back */
};

static uintptr_t regs;
static struct dma_frame rx_headers;
static struct dma_frame packets;
static struct packet_area *area;
static struct queue queues[QUEUES];
/* Our own copies of our indices: the network side could overwrite those in the area. */
static uint32_t rx_tail, tx_head;
static uint32_t rx_seen;               /* rx slots before this are posted again */
static uint8_t rx_order[PACKET_SLOTS]; /* our own copy of area->rx_buffer */
static bool rx_posted[PACKET_SLOTS];   /* the device owns this receive buffer */
static uint32_t tx_seen;               /* tx slots before this were offered to the device or refused */
static bool tx_done[PACKET_SLOTS];
static uint64_t rx_dropped;
static bool link_up;

/* ---- set-up ---- */

static void map_transports(void)
{
    for (uint32_t i = 0; i < VIRTIO_PAGES; i++) {
        struct cap_name name = cap_name_at("nic.frame", i);
        vspace_map(caps_device(VIRTIO_PADDR + i * PAGE_BYTES, seL4_PageBits, name), LAYOUT_VIRTIO + i * PAGE_BYTES,
                   VSPACE_DEVICE, name);
    }
}

static bool find_device(uint32_t *transport)
{
    for (uint32_t i = 0; i < VIRTIO_TRANSPORTS; i++) {
        uintptr_t base = LAYOUT_VIRTIO + i * VIRTIO_STRIDE;
        if (mmio_read(base, VIRTIO_MAGIC) != VIRTIO_MAGIC_VALUE || mmio_read(base, VIRTIO_DEVICE_ID) != VIRTIO_ID_NET)
            continue;
        if (mmio_read(base, VIRTIO_VERSION) != 2)
            halt_named(cap_name("nic"), "virtio-net is a legacy device; start QEMU with"
                                        " -global virtio-mmio.force-legacy=false");
        regs = base;
        *transport = i;
        return true;
    }
    return false;
}

static void make_frame(struct dma_frame *f, seL4_Word type, seL4_Word bits, uintptr_t vaddr, struct cap_name name)
{
    *f = (struct dma_frame){caps_new(type, bits, name), (uint8_t *)vaddr, 0, UINT32_C(1) << bits, name};
    vspace_map(f->cap, vaddr, VSPACE_RAM, name);
    f->paddr = vspace_paddr(f->cap, name);
}

static void make_page(struct dma_frame *f, uint32_t i)
{
    make_frame(f, seL4_ARM_SmallPageObject, seL4_PageBits, LAYOUT_NIC_QUEUES + i * PAGE_BYTES,
               cap_name_at("nic.queue", i));
}

static void make_memory(void)
{
    for (uint32_t i = 0; i < QUEUES; i++) {
        struct queue *q = &queues[i];
        make_page(&q->desc_frame, 2 * i);
        make_page(&q->rings_frame, 2 * i + 1);
        q->desc = (struct virtq_desc *)q->desc_frame.vaddr;
        q->rings = (struct queue_rings *)q->rings_frame.vaddr;
    }
    make_page(&rx_headers, 2 * QUEUES);
    make_frame(&packets, seL4_ARM_LargePageObject, seL4_LargePageBits, LAYOUT_PACKETS, cap_name("net.packets"));
    area = (struct packet_area *)packets.vaddr;
}

static uint32_t slot_offset(int q, uint32_t slot)
{
    size_t base = q == RX ? __builtin_offsetof(struct packet_area, rx) : __builtin_offsetof(struct packet_area, tx);
    return (uint32_t)base + slot * PACKET_BYTES;
}

static void fill_descriptors(void)
{
    uint64_t tx_header = queues[TX].rings_frame.paddr + __builtin_offsetof(struct queue_rings, tx_header);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++) {
        uint16_t next = (uint16_t)(2 * i + 1);
        uint64_t rx_header = rx_headers.paddr + i * RX_HEADER_STRIDE;
        queues[RX].desc[2 * i] =
            (struct virtq_desc){rx_header, VIRTIO_NET_HEADER, VIRTQ_DESC_NEXT | VIRTQ_DESC_WRITE, next};
        queues[RX].desc[next] =
            (struct virtq_desc){packets.paddr + slot_offset(RX, i), PACKET_BYTES, VIRTQ_DESC_WRITE, 0};
        queues[TX].desc[2 * i] = (struct virtq_desc){tx_header, VIRTIO_NET_HEADER, VIRTQ_DESC_NEXT, next};
        queues[TX].desc[next] = (struct virtq_desc){packets.paddr + slot_offset(TX, i), 0, 0, 0};
    }
    for (uint32_t i = 0; i < QUEUES; i++) {
        cache_clean(&queues[i].desc_frame, 0, PAGE_BYTES);
        cache_clean(&queues[i].rings_frame, 0, PAGE_BYTES);
    }
}

static void write_address(uint32_t reg, uint64_t paddr)
{
    mmio_write(regs, reg, (uint32_t)paddr);
    mmio_write(regs, reg + 4, (uint32_t)(paddr >> 32));
}

static void start_queue(uint32_t q)
{
    struct cap_name name = cap_name_at("nic.virtqueue", q);
    uint64_t rings = queues[q].rings_frame.paddr;
    mmio_write(regs, VIRTIO_QUEUE_SEL, q);
    if (mmio_read(regs, VIRTIO_QUEUE_READY) != 0)
        halt_named(name, "is in use before the driver started it");
    if (mmio_read(regs, VIRTIO_QUEUE_NUM_MAX) < VIRTQ_SIZE)
        halt_value(name, "needs 0x100 entries, the device has", mmio_read(regs, VIRTIO_QUEUE_NUM_MAX));
    mmio_write(regs, VIRTIO_QUEUE_NUM, VIRTQ_SIZE);
    write_address(VIRTIO_QUEUE_DESC, queues[q].desc_frame.paddr);
    write_address(VIRTIO_QUEUE_DRIVER, rings);
    write_address(VIRTIO_QUEUE_DEVICE, rings + __builtin_offsetof(struct queue_rings, used));
    mmio_write(regs, VIRTIO_QUEUE_READY, 1);
}

/* Returns the low word of the features in force. */
static uint32_t negotiate(void)
{
    mmio_write(regs, VIRTIO_STATUS, 0);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    mmio_write(regs, VIRTIO_DEVICE_FEATURES_SEL, 0);
    uint32_t low = mmio_read(regs, VIRTIO_DEVICE_FEATURES) & (VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
    mmio_write(regs, VIRTIO_DEVICE_FEATURES_SEL, 1);
    if ((mmio_read(regs, VIRTIO_DEVICE_FEATURES) & VIRTIO_F_VERSION_1_HIGH) == 0 || (low & VIRTIO_NET_F_MAC) == 0)
        halt_named(cap_name("nic"), "the device lacks VIRTIO_F_VERSION_1 or VIRTIO_NET_F_MAC");
    mmio_write(regs, VIRTIO_DRIVER_FEATURES_SEL, 0);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES, low);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES_SEL, 1);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES, VIRTIO_F_VERSION_1_HIGH);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
    if ((mmio_read(regs, VIRTIO_STATUS) & VIRTIO_FEATURES_OK) == 0)
        halt_named(cap_name("nic"), "the device refused the features");
    return low;
}

/* ---- running ---- */

static bool has_status;

static void read_link(void)
{
    link_up = !has_status || (mmio_read16(regs, VIRTIO_CONFIG + VIRTIO_NET_STATUS) & 1) != 0;
}

static void offer(struct queue *q, uint32_t slot)
{
    q->rings->avail.ring[q->avail % VIRTQ_SIZE] = (uint16_t)(2 * slot);
    q->avail++;
}

/* What the device wrote of its ring is what we will read. */
static void see_used(const struct queue *q)
{
    cache_invalidate(&q->rings_frame, __builtin_offsetof(struct queue_rings, used), sizeof(struct virtq_used));
}

/* Publishes what offer added, and tells the device unless it said that it looks anyway. */
static void publish(uint32_t which)
{
    struct queue *q = &queues[which];
    if (which == TX)
        cache_clean(&q->desc_frame, 0, PAGE_BYTES);
    mmio_before_device();
    __atomic_store_n(&q->rings->avail.idx, q->avail, __ATOMIC_RELEASE);
    cache_clean(&q->rings_frame, 0, sizeof(struct virtq_avail));
    mmio_full();
    see_used(q);
    if ((__atomic_load_n(&q->rings->used.flags, __ATOMIC_RELAXED) & VIRTQ_USED_NO_NOTIFY) == 0)
        mmio_write(regs, VIRTIO_QUEUE_NOTIFY, which);
}

/* The next chain that the device is done with; false: none. */
static bool take_used(struct queue *q, uint32_t *slot, uint32_t *len)
{
    if (q->used == __atomic_load_n(&q->rings->used.idx, __ATOMIC_ACQUIRE))
        return false;
    const struct virtq_used_elem *e = &q->rings->used.ring[q->used % VIRTQ_SIZE];
    q->used++;
    /* A device that answers with what it was never given is broken beyond service. */
    COH_ASSERT(e->id < VIRTQ_SIZE && e->id % 2 == 0);
    *slot = e->id / 2;
    *len = e->len;
    return true;
}

static void post_rx(uint32_t buffer)
{
    COH_ASSERT(!rx_posted[buffer]);
    rx_posted[buffer] = true;
    cache_invalidate(&packets, slot_offset(RX, buffer), PACKET_BYTES);
    offer(&queues[RX], buffer);
}

static void receive(void)
{
    uint32_t buffer, len;
    uint32_t start = rx_tail;
    bool dropped = false;
    see_used(&queues[RX]);
    while (take_used(&queues[RX], &buffer, &len)) {
        COH_ASSERT(rx_posted[buffer]);
        rx_posted[buffer] = false;
        if (len < VIRTIO_NET_HEADER + PACKET_MIN || len > VIRTIO_NET_HEADER + PACKET_MAX) {
            rx_dropped++;
            dropped = true;
            post_rx(buffer);
            continue;
        }
        uint32_t slot = rx_tail % PACKET_SLOTS;
        cache_invalidate(&packets, slot_offset(RX, buffer), len - VIRTIO_NET_HEADER);
        rx_order[slot] = (uint8_t)buffer;
        area->rx_buffer[slot] = (uint8_t)buffer;
        area->rx_len[slot] = len - VIRTIO_NET_HEADER;
        rx_tail++;
    }
    if (rx_tail != start)
        packet_store(&area->rx_tail, rx_tail);
    if (dropped)
        publish(RX);
}

/* Posts the buffers again that the network side has consumed. */
static bool refill(void)
{
    uint32_t head = packet_load(&area->rx_head);
    COH_ASSERT(head - rx_seen <= rx_tail - rx_seen);
    if (head == rx_seen)
        return false;
    for (; rx_seen != head; rx_seen++)
        post_rx(rx_order[rx_seen % PACKET_SLOTS]);
    publish(RX);
    return true;
}

static bool collect(void)
{
    uint32_t slot, len;
    uint32_t start = tx_head;
    if (tx_head == tx_seen)
        return false;
    see_used(&queues[TX]);
    while (take_used(&queues[TX], &slot, &len)) {
        COH_ASSERT(!tx_done[slot]);
        tx_done[slot] = true;
    }
    for (; tx_head != tx_seen && tx_done[tx_head % PACKET_SLOTS]; tx_head++)
        tx_done[tx_head % PACKET_SLOTS] = false;
    if (tx_head != start)
        packet_store(&area->tx_head, tx_head);
    return tx_head != start;
}

static bool transmit(void)
{
    uint32_t tail = packet_load(&area->tx_tail);
    bool offered = false;
    COH_ASSERT(tail - tx_head <= PACKET_SLOTS && tail - tx_head >= tx_seen - tx_head);
    for (; tx_seen != tail; tx_seen++) {
        uint32_t slot = tx_seen % PACKET_SLOTS;
        uint32_t len = __atomic_load_n(&area->tx_len[slot], __ATOMIC_RELAXED);
        if (len < PACKET_MIN || len > PACKET_MAX) {
            tx_done[slot] = true; /* refused; collect passes over it */
            continue;
        }
        cache_clean(&packets, slot_offset(TX, slot), len);
        queues[TX].desc[2 * slot + 1].len = len;
        offer(&queues[TX], slot);
        offered = true;
    }
    if (!offered)
        return false;
    /* Completions interrupt only when slots are getting scarce. */
    bool scarce = tail - tx_head > PACKET_SLOTS / 2;
    queues[TX].rings->avail.flags = (uint16_t)(scarce ? 0u : VIRTQ_AVAIL_NO_INTERRUPT);
    publish(TX);
    return true;
}

struct packet_area *nic_init(uint8_t mac[6])
{
    uint32_t transport;
    map_transports();
    if (!find_device(&transport))
        return NULL;
    make_memory();
    fill_descriptors();
    has_status = (negotiate() & VIRTIO_NET_F_STATUS) != 0;
    start_queue(RX);
    start_queue(TX);
    for (uint32_t i = 0; i < 6; i++)
        mac[i] = mmio_read8(regs, VIRTIO_CONFIG + VIRTIO_NET_MAC + i);
    irq_take(VIRTIO_IRQ + transport, IRQ_NIC, cap_name("nic.irq"));
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        post_rx(i);
    publish(RX);
    read_link();
    return area;
}

void nic_interrupt(void)
{
    uint32_t status = mmio_read(regs, VIRTIO_INTERRUPT_STATUS);
    if (status != 0)
        mmio_write(regs, VIRTIO_INTERRUPT_ACK, status);
    if ((status & 2) != 0)
        read_link();
    mmio_after_device();
}

void nic_receive(void)
{
    receive();
    collect();
}

bool nic_transmit(void)
{
    bool moved = refill();
    moved |= transmit();
    return collect() || moved;
}

bool nic_link_up(void) { return link_up; }

uint64_t nic_rx_dropped(void) { return rx_dropped; }
