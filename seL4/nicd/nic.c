/* virtio-net, modern, over mmio. Slot i of the packet area is buffer i and descriptor pair 2i, 2i+1 for ever: header,
 * then packet. Nothing that the network side writes becomes an address.
 *
 * Receive: every buffer that the network side does not hold is posted, in batches. Transmit: interrupts are off while
 * there is room, completions are collected in batches when the network side comes back. */
#include "nicd/nic.h"

#include <string.h>

#include "base/assert.h"
#include "nicd/dma.h"
#include "nicd/regs.h"

_Static_assert(sizeof(struct nic_queues) == 5 * 4096, "descriptor tables, rings and headers: a page each");

/* Reads of the status until a reset must have happened. */
#define RESET_READS 1000000u
/* Receive buffers are posted that many at a time: one hand-over of the ring for all of them. */
#define POST_BATCH (PACKET_SLOTS / 8u)
_Static_assert(POST_BATCH <= PACKET_GIVE_BACK, "what the network side gives back with a signal is posted");
/* Transmitted slots are taken back when so many are out: fewer than make slots scarce. */
#define COLLECT_BATCH (PACKET_SLOTS / 4u)

struct queue {
    struct virtq_desc *desc;
    struct nic_rings *rings;
    uint16_t avail;          /* entries ever offered */
    uint16_t published;      /* entries that the device was told of */
    uint16_t used;           /* entries ever taken back */
    bool lent[PACKET_SLOTS]; /* the device owns this slot's buffer */
};

/* Our own copies of what we say in the packet area: the network side could overwrite it there. */
static struct {
    struct packet_area *area;
    struct queue queues[NIC_QUEUES];
    bool has_status;
    bool link_up;
    uint32_t refused; /* PACKET_REFUSED_… */
    uint32_t rx_tail, tx_head;
    uint32_t rx_seen;               /* rx slots before this are posted again */
    uint8_t rx_order[PACKET_SLOTS]; /* area->rx_buffer */
    uint32_t tx_seen;               /* tx slots before this were offered to the device */
    uint64_t rx_dropped;
} nic;
static uint64_t forged; /* since boot */

/* A device that is not what it says is beyond service. */
static void expect(bool fit, const char *unfit, int line)
{
    if (!fit)
        coh_panic(unfit, __FILE__, line);
}
#define EXPECT(fit, unfit) expect(fit, unfit, __LINE__)

/* The network side wrote what can't be. */
static void refuse(uint32_t ring)
{
    nic.refused |= ring;
    nic.area->refused = nic.refused;
    nic.area->forged = ++forged;
}

/* ---- set-up ---- */

static void reset_device(void)
{
    EXPECT(regs_read(VIRTIO_MAGIC) == VIRTIO_MAGIC_VALUE && regs_read(VIRTIO_DEVICE_ID) == VIRTIO_ID_NET,
           "there is no virtio-net device");
    EXPECT(regs_read(VIRTIO_VERSION) == 2, "virtio-net is a legacy device; start QEMU with"
                                           " -global virtio-mmio.force-legacy=false");
    regs_write(VIRTIO_STATUS, 0);
    uint32_t reads = 0;
    while (regs_read(VIRTIO_STATUS) != 0 && reads < RESET_READS)
        reads++;
    EXPECT(reads < RESET_READS, "the device does not reset");
    regs_barrier();
}

static void make_queue(enum nic_queue which, const struct nic_memory *m)
{
    struct queue *q = &nic.queues[which];
    q->desc = m->queues->desc[which];
    q->rings = &m->queues->rings[which];
    uint16_t write = which == NIC_RX ? VIRTQ_DESC_WRITE : 0;
    size_t packets =
        which == NIC_RX ? __builtin_offsetof(struct packet_area, rx) : __builtin_offsetof(struct packet_area, tx);
    uint64_t header =
        m->queues_paddr + __builtin_offsetof(struct nic_queues, headers) + which * sizeof m->queues->headers[0];
    for (uint32_t slot = 0; slot < PACKET_SLOTS; slot++) {
        uint16_t next = (uint16_t)(2 * slot + 1);
        q->desc[2 * slot] = (struct virtq_desc){header, VIRTIO_NET_HEADER, VIRTQ_DESC_NEXT | write, next};
        q->desc[next] = (struct virtq_desc){m->packets_paddr + packets + slot * PACKET_BYTES, PACKET_BYTES, write, 0};
    }
}

static void make_memory(const struct nic_memory *m)
{
    memset(&nic, 0, sizeof nic);
    nic.area = m->packets;
    memset(m->packets, 0, sizeof *m->packets);
    dma_clean_invalidate(DMA_START_BUFFERS, m->packets->rx, sizeof m->packets->rx);
    memset(m->queues, 0, sizeof *m->queues);
    for (uint32_t which = 0; which < NIC_QUEUES; which++)
        make_queue(which, m);
    dma_clean(DMA_START_QUEUES, m->queues, sizeof *m->queues);
}

static void negotiate(void)
{
    regs_write(VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE);
    regs_write(VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    regs_write(VIRTIO_DEVICE_FEATURES_SEL, 0);
    uint32_t low = regs_read(VIRTIO_DEVICE_FEATURES) & (VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
    regs_write(VIRTIO_DEVICE_FEATURES_SEL, 1);
    uint32_t high = regs_read(VIRTIO_DEVICE_FEATURES);
    EXPECT((high & VIRTIO_F_VERSION_1_HIGH) != 0 && (low & VIRTIO_NET_F_MAC) != 0,
           "the device lacks VIRTIO_F_VERSION_1 or VIRTIO_NET_F_MAC");
    regs_write(VIRTIO_DRIVER_FEATURES_SEL, 0);
    regs_write(VIRTIO_DRIVER_FEATURES, low);
    regs_write(VIRTIO_DRIVER_FEATURES_SEL, 1);
    regs_write(VIRTIO_DRIVER_FEATURES, VIRTIO_F_VERSION_1_HIGH);
    regs_write(VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
    EXPECT((regs_read(VIRTIO_STATUS) & VIRTIO_FEATURES_OK) != 0, "the device refused the features");
    nic.has_status = (low & VIRTIO_NET_F_STATUS) != 0;
}

static void write_address(uint32_t reg, uint64_t paddr)
{
    regs_write(reg, (uint32_t)paddr);
    regs_write(reg + 4, (uint32_t)(paddr >> 32));
}

static void start_queue(enum nic_queue which, uint64_t queues_paddr)
{
    uint64_t desc = queues_paddr + which * sizeof((struct nic_queues *)0)->desc[0];
    uint64_t rings = queues_paddr + __builtin_offsetof(struct nic_queues, rings) + which * sizeof(struct nic_rings);
    regs_write(VIRTIO_QUEUE_SEL, which);
    EXPECT(regs_read(VIRTIO_QUEUE_READY) == 0, "a queue is in use behind a reset");
    EXPECT(regs_read(VIRTIO_QUEUE_NUM_MAX) >= VIRTQ_SIZE, "the device's queues have fewer than 256 entries");
    regs_write(VIRTIO_QUEUE_NUM, VIRTQ_SIZE);
    write_address(VIRTIO_QUEUE_DESC, desc);
    write_address(VIRTIO_QUEUE_DRIVER, rings);
    write_address(VIRTIO_QUEUE_DEVICE, rings + __builtin_offsetof(struct nic_rings, used));
    regs_write(VIRTIO_QUEUE_READY, 1);
}

/* ---- queues ---- */

/* Whole cache lines. */
struct span {
    void *p;
    size_t n;
};

/* Those of n entries of a ring, from a free-running index on; all of the ring where they wrap. */
static struct span span_of(void *ring, size_t entry, uint32_t size, uint32_t first, uint32_t n)
{
    first %= size;
    if (n > size - first)
        first = 0, n = size;
    uintptr_t at = (uintptr_t)ring + first * entry, from = at / DMA_LINE * DMA_LINE;
    return (struct span){(void *)from, DMA_LINES(at + n * entry - from)};
}

static void offer(struct queue *q, uint32_t slot)
{
    COH_ASSERT(!q->lent[slot]);
    q->lent[slot] = true;
    q->rings->avail.ring[q->avail % VIRTQ_SIZE] = (uint16_t)(2 * slot);
    q->avail++;
}

static uint16_t unpublished(const struct queue *q) { return (uint16_t)(q->avail - q->published); }

/* Publishes what offer added, entries before their index, and tells the device unless it said that it looks anyway. */
static void publish(enum nic_queue which)
{
    struct queue *q = &nic.queues[which];
    struct nic_rings *r = q->rings;
    struct span entries = span_of(r->avail.ring, sizeof r->avail.ring[0], VIRTQ_SIZE, q->published, unpublished(q));
    dma_clean(DMA_AVAIL_RING, entries.p, entries.n);
    regs_barrier();
    __atomic_store_n(&r->avail.idx, q->published = q->avail, __ATOMIC_RELEASE);
    dma_clean(DMA_AVAIL_INDEX, &r->avail, DMA_LINE);
    regs_barrier();
    dma_invalidate(DMA_USED_FLAGS, &r->used, DMA_LINE);
    if ((__atomic_load_n(&r->used.flags, __ATOMIC_RELAXED) & VIRTQ_USED_NO_NOTIFY) == 0)
        regs_write(VIRTIO_QUEUE_NOTIFY, which);
}

/* How many chains the device is done with. Their entries are what we will read: the caller takes that many and no more,
 * since later ones may be old lines still. */
static uint32_t look_used(struct queue *q)
{
    struct virtq_used *used = &q->rings->used;
    dma_invalidate(DMA_USED_INDEX, used, DMA_LINE);
    uint32_t n = (uint16_t)(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) - q->used);
    struct span entries = span_of(used->ring, sizeof used->ring[0], VIRTQ_SIZE, q->used, n);
    if (n > 0)
        dma_invalidate(DMA_USED_RING, entries.p, entries.n);
    return n;
}

/* The next of those chains: its slot, and the bytes that the device says it wrote. */
static uint32_t take_used(struct queue *q, uint32_t *len)
{
    struct virtq_used_elem e = q->rings->used.ring[q->used % VIRTQ_SIZE];
    q->used++;
    *len = e.len;
    EXPECT(e.id < VIRTQ_SIZE && e.id % 2 == 0 && q->lent[e.id / 2], "the device answers with what it was never given");
    q->lent[e.id / 2] = false;
    return e.id / 2;
}

/* ---- receive ---- */

static void take_packet(uint32_t buffer, uint32_t len)
{
    struct packet_area *a = nic.area;
    uint32_t slot = nic.rx_tail % PACKET_SLOTS;
    EXPECT(len <= VIRTIO_NET_HEADER + PACKET_BYTES, "the device says that it wrote beyond a buffer");
    uint32_t n = len - VIRTIO_NET_HEADER; /* huge where not even a header came */
    if (n < PACKET_MIN || n > PACKET_MAX) {
        n = 0; /* no frame: the network side passes over it */
        a->rx_dropped = ++nic.rx_dropped;
    }
    dma_invalidate(DMA_RX_TAKEN, a->rx[buffer], DMA_LINES(n > 0 ? n : 1));
    nic.rx_order[slot] = (uint8_t)buffer;
    a->rx_buffer[slot] = (uint8_t)buffer;
    a->rx_len[slot] = n;
    nic.rx_tail++;
}

/* True: packets came. */
static bool receive(void)
{
    struct queue *q = &nic.queues[NIC_RX];
    uint32_t n = look_used(q);
    if (n == 0)
        return false;
    for (uint32_t len; n > 0; n--) {
        uint32_t buffer = take_used(q, &len);
        take_packet(buffer, len);
    }
    packet_store(&nic.area->rx_tail, nic.rx_tail);
    return true;
}

/* Posts the buffers again that the network side has consumed. */
static void post_buffers(void)
{
    uint32_t head = packet_load(&nic.area->rx_head);
    if (head - nic.rx_seen > nic.rx_tail - nic.rx_seen) {
        refuse(PACKET_REFUSED_RX);
        return;
    }
    if (head - nic.rx_seen < POST_BATCH)
        return;
    for (; nic.rx_seen != head; nic.rx_seen++) {
        uint32_t buffer = nic.rx_order[nic.rx_seen % PACKET_SLOTS];
        dma_invalidate(DMA_RX_POST, nic.area->rx[buffer], PACKET_BYTES);
        offer(&nic.queues[NIC_RX], buffer);
    }
    publish(NIC_RX);
}

/* ---- transmit ---- */

/* True: the network side waits for a slot that came back. */
static bool collect(void)
{
    struct queue *q = &nic.queues[NIC_TX];
    uint32_t len, was = nic.tx_head;
    if (nic.tx_seen - was < COLLECT_BATCH)
        return false;
    for (uint32_t n = look_used(q); n > 0; n--)
        take_used(q, &len);
    while (nic.tx_head != nic.tx_seen && !q->lent[nic.tx_head % PACKET_SLOTS])
        nic.tx_head++;
    packet_store(&nic.area->tx_head, nic.tx_head);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* see packet_wait_tx */
    return packet_load(&nic.area->tx_wake) - was < nic.tx_head - was;
}

/* Offers the slots before tail, as far as their lengths are possible. */
static void offer_packets(uint32_t tail)
{
    struct queue *q = &nic.queues[NIC_TX];
    for (; nic.tx_seen != tail; nic.tx_seen++) {
        uint32_t slot = nic.tx_seen % PACKET_SLOTS;
        uint32_t len = __atomic_load_n(&nic.area->tx_len[slot], __ATOMIC_RELAXED);
        if (len < PACKET_MIN || len > PACKET_MAX) {
            refuse(PACKET_REFUSED_TX);
            return;
        }
        dma_clean(DMA_TX_PACKET, nic.area->tx[slot], DMA_LINES(len));
        q->desc[2 * slot + 1].len = len;
        offer(q, slot);
    }
}

static void transmit(void)
{
    struct queue *q = &nic.queues[NIC_TX];
    uint32_t tail = packet_load(&nic.area->tx_tail);
    if (tail - nic.tx_head > PACKET_SLOTS || tail - nic.tx_head < nic.tx_seen - nic.tx_head) {
        refuse(PACKET_REFUSED_TX);
        return;
    }
    offer_packets(tail);
    uint16_t n = unpublished(q);
    if (n == 0)
        return;
    /* Completions interrupt only when slots are getting scarce; so they do while the network side waits for half of
     * them. */
    bool scarce = tail - nic.tx_head >= PACKET_SLOTS / 2;
    q->rings->avail.flags = (uint16_t)(scarce ? 0u : VIRTQ_AVAIL_NO_INTERRUPT);
    struct span descs = span_of(q->desc, 2 * sizeof q->desc[0], PACKET_SLOTS, nic.tx_seen - n, n);
    dma_clean(DMA_TX_DESC, descs.p, descs.n);
    publish(NIC_TX);
}

/* ---- the driver's face ---- */

/* True: it has changed. */
static bool read_link(void)
{
    bool was = nic.link_up;
    nic.link_up = !nic.has_status || (regs_read16(VIRTIO_CONFIG + VIRTIO_NET_STATUS) & 1) != 0;
    nic.area->link_up = nic.link_up;
    return nic.link_up != was;
}

/* What the device has interrupted for, so that it stops asking. */
static bool hear_device(void)
{
    uint32_t reasons = regs_read(VIRTIO_INTERRUPT_STATUS);
    if (reasons != 0)
        regs_write(VIRTIO_INTERRUPT_ACK, reasons);
    regs_barrier();
    if ((reasons & VIRTIO_INTERRUPT_CONFIG) == 0)
        return false;
    EXPECT((regs_read(VIRTIO_STATUS) & VIRTIO_NEEDS_RESET) == 0, "the device has failed, it asks for a reset");
    return read_link();
}

static void count_dma(void)
{
    nic.area->cleaned = dma_counts.cleaned;
    nic.area->invalidated = dma_counts.invalidated;
}

void nic_start(const struct nic_memory *m)
{
    reset_device();
    make_memory(m);
    negotiate();
    start_queue(NIC_RX, m->queues_paddr);
    start_queue(NIC_TX, m->queues_paddr);
    for (uint32_t i = 0; i < sizeof nic.area->mac; i++)
        nic.area->mac[i] = regs_read8(VIRTIO_CONFIG + VIRTIO_NET_MAC + i);
    nic.area->forged = forged;
    regs_write(VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        offer(&nic.queues[NIC_RX], i);
    publish(NIC_RX);
    read_link();
    count_dma();
}

bool nic_turn(bool interrupted)
{
    bool wake = interrupted && hear_device();
    if ((nic.refused & PACKET_REFUSED_RX) == 0) {
        wake |= interrupted && receive();
        post_buffers();
    }
    if ((nic.refused & PACKET_REFUSED_TX) == 0) {
        wake |= collect();
        transmit();
    }
    count_dma();
    return wake;
}

bool nic_refuses(void) { return nic.refused != 0; }
