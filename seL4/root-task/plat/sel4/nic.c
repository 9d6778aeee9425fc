/* virtio-net, modern, over mmio. Slot i of the packet area is buffer i and descriptor pair 2i, 2i+1 for ever:
 * header (in memory that only this driver and the device see), then packet. Nothing that the network side
 * writes becomes an address.
 *
 * Receive: every buffer that the network side does not hold is posted. Transmit: interrupts are off while
 * there is room, completions are collected when the network side comes back. */
#include "plat/sel4/nic.h"

#include "generated/manifest.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/mmio.h"
#include "plat/sel4/vspace.h"

/* ---- virtio 1.x over mmio (OASIS VIRTIO 1.1, sections 2.6, 4.2 and 5.1) ---- */

/* Register block of one transport. */
#define VIRTIO_MAGIC 0x000u     /* reads 0x74726976, "virt" */
#define VIRTIO_VERSION 0x004u   /* 2; 1 is the legacy interface */
#define VIRTIO_DEVICE_ID 0x008u /* 1 network, 0 nothing there */
#define VIRTIO_DEVICE_FEATURES 0x010u
#define VIRTIO_DEVICE_FEATURES_SEL 0x014u
#define VIRTIO_DRIVER_FEATURES 0x020u
#define VIRTIO_DRIVER_FEATURES_SEL 0x024u
#define VIRTIO_QUEUE_SEL 0x030u
#define VIRTIO_QUEUE_NUM_MAX 0x034u
#define VIRTIO_QUEUE_NUM 0x038u
#define VIRTIO_QUEUE_READY 0x044u
#define VIRTIO_QUEUE_NOTIFY 0x050u
#define VIRTIO_INTERRUPT_STATUS 0x060u
#define VIRTIO_INTERRUPT_ACK 0x064u
#define VIRTIO_STATUS 0x070u
#define VIRTIO_QUEUE_DESC 0x080u /* low, then high */
#define VIRTIO_QUEUE_DRIVER 0x090u
#define VIRTIO_QUEUE_DEVICE 0x0a0u
#define VIRTIO_CONFIG 0x100u

#define VIRTIO_MAGIC_VALUE 0x74726976u
#define VIRTIO_ID_NET 1u

#define VIRTIO_ACKNOWLEDGE 1u
#define VIRTIO_DRIVER 2u
#define VIRTIO_DRIVER_OK 4u
#define VIRTIO_FEATURES_OK 8u

/* Feature bits: the low word, then the high word. */
#define VIRTIO_NET_F_MAC (1u << 5)
#define VIRTIO_NET_F_STATUS (1u << 16)
#define VIRTIO_F_VERSION_1_HIGH (1u << 0) /* bit 32 */

/* Network configuration space: mac[6], status (bit 0: link is up). Every packet has a header of 12 bytes
 * before it. */
#define VIRTIO_NET_MAC 0u
#define VIRTIO_NET_STATUS 6u
#define VIRTIO_NET_HEADER 12u

#define VIRTQ_DESC_NEXT 1u
#define VIRTQ_DESC_WRITE 2u
#define VIRTQ_AVAIL_NO_INTERRUPT 1u
#define VIRTQ_USED_NO_NOTIFY 1u

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

/* Entries of a queue: two descriptors (header, packet) a slot. */
#define VIRTQ_SIZE 256u

struct virtq_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[VIRTQ_SIZE];
};

struct virtq_used_elem {
    uint32_t id;  /* head of the chain */
    uint32_t len; /* bytes that the device wrote */
};

struct virtq_used {
    uint16_t flags;
    uint16_t idx;
    struct virtq_used_elem ring[VIRTQ_SIZE];
};

/* ---- cache maintenance for memory that the device reads or writes. The manifest's [cache] says whether the board needs it;
 * where DMA is coherent (QEMU), it is off or harmless. The kernel does it on the frame capability and refuses a range outside
 * it; whole lines are asked for, because a partial line would be cleaned by the kernel instead of being invalidated. ---- */

#define LINE 64u

static void whole_lines(const struct ram_page *p, uint32_t offset, uint32_t n, const char *name,
                        seL4_Error (*operation)(seL4_CPtr, seL4_Word, seL4_Word))
{
    sel4_must(p->name, name, operation(p->frame, offset & ~(LINE - 1), (offset + n + LINE - 1) & ~(LINE - 1)));
}

/* After writing: what the CPU wrote to [offset, offset+n) is in memory before the device is told. */
static void cache_clean(const struct ram_page *p, uint32_t offset, uint32_t n)
{
    if (COH_CACHE_DMA_CLEAN)
        whole_lines(p, offset, n, "clean", seL4_ARM_Page_Clean_Data);
}

/* Before reading: what the device wrote to [offset, offset+n) is what the CPU will read. Never on a line that the CPU also
 * writes. */
static void cache_invalidate(const struct ram_page *p, uint32_t offset, uint32_t n)
{
    if (COH_CACHE_DMA_INVALIDATE)
        whole_lines(p, offset, n, "invalidate", seL4_ARM_Page_Invalidate_Data);
}

/* ---- the driver's state ---- */

#define VIRTIO_PADDR 0x0a000000u
#define VIRTIO_STRIDE 0x200u
#define VIRTIO_TRANSPORTS 32u
#define VIRTIO_PAGES (VIRTIO_TRANSPORTS * VIRTIO_STRIDE / PAGE_BYTES)
#define VIRTIO_IRQ 48u /* SPI 16 + transport */

_Static_assert(VIRTQ_SIZE == 2 * PACKET_SLOTS, "two descriptors a slot");
_Static_assert(VIRTQ_SIZE * sizeof(struct virtq_desc) <= PAGE_BYTES, "a descriptor table is one page");
_Static_assert(sizeof(struct packet_area) <= LARGE_PAGE_BYTES, "the packet area is one large page");

/* The device writes used only, the driver the rest: so used begins a cache line. */
struct queue_rings {
    struct virtq_avail avail;
    struct virtq_used used __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct queue_rings) <= PAGE_BYTES, "both rings are one page");

enum { RX, TX, QUEUES };
/* Each queue's descriptor table and rings, and the headers behind all of them. */
_Static_assert(2 * QUEUES + 1 == NIC_QUEUE_FRAMES, "nic.h says how many");

/* In the page of headers every packet of a queue shares its header: zeros for transmission, since no offload is asked for;
 * what a receiving device writes there, a cache line further, nobody reads. */
#define HEADER_OF(q) ((q) == TX ? 0u : 64u)

struct queue {
    struct ram_page desc_page, rings_page;
    struct virtq_desc *desc;   /* in desc_page */
    struct queue_rings *rings; /* in rings_page */
    uint16_t avail;            /* entries ever offered */
    uint16_t used;             /* entries ever taken back */
    bool lent[PACKET_SLOTS];   /* the device owns this slot's buffer */
};

static uintptr_t regs;
static bool has_status;
static struct ram_page headers, packets;
static struct packet_area *area;
static struct queue queues[QUEUES];
/* Our own copies of our indices: the network side could overwrite those in the area. */
static uint32_t rx_tail, tx_head;
static uint32_t rx_seen;               /* rx slots before this are posted again */
static uint8_t rx_order[PACKET_SLOTS]; /* our own copy of area->rx_buffer */
static uint32_t tx_seen;               /* tx slots before this were offered to the device or refused */

/* ---- set-up ---- */

static bool find_device(void)
{
    for (uint32_t i = 0; i < VIRTIO_PAGES; i++)
        vspace_device(VIRTIO_PADDR + i * PAGE_BYTES, LAYOUT_VIRTIO + i * PAGE_BYTES, cap_name_at("nic.frame", i));
    for (uint32_t i = 0; i < VIRTIO_TRANSPORTS; i++) {
        regs = LAYOUT_VIRTIO + i * VIRTIO_STRIDE;
        if (mmio_read(regs, VIRTIO_MAGIC) != VIRTIO_MAGIC_VALUE || mmio_read(regs, VIRTIO_DEVICE_ID) != VIRTIO_ID_NET)
            continue;
        if (mmio_read(regs, VIRTIO_VERSION) != 2)
            halt(cap_name("nic"), "virtio-net is a legacy device; start QEMU with"
                                  " -global virtio-mmio.force-legacy=false");
        return true;
    }
    return false;
}

static struct ram_page queue_page(uint32_t i)
{
    return vspace_ram(LAYOUT_NIC_QUEUES + i * PAGE_BYTES, seL4_PageBits, cap_name_at("nic.queue", i));
}

static uint32_t slot_offset(uint32_t q, uint32_t slot)
{
    size_t base = q == RX ? __builtin_offsetof(struct packet_area, rx) : __builtin_offsetof(struct packet_area, tx);
    return (uint32_t)base + slot * PACKET_BYTES;
}

static void make_memory(void)
{
    packets = vspace_ram(LAYOUT_PACKETS, seL4_LargePageBits, cap_name("net.packets"));
    area = packets.vaddr;
    headers = queue_page(2 * QUEUES);
    cache_clean(&headers, 0, PAGE_BYTES);
    for (uint32_t i = 0; i < QUEUES; i++) {
        struct queue *q = &queues[i];
        uint16_t write = i == RX ? VIRTQ_DESC_WRITE : 0;
        q->desc_page = queue_page(2 * i);
        q->rings_page = queue_page(2 * i + 1);
        q->desc = q->desc_page.vaddr;
        q->rings = q->rings_page.vaddr;
        for (uint32_t slot = 0; slot < PACKET_SLOTS; slot++) {
            uint16_t next = (uint16_t)(2 * slot + 1);
            q->desc[2 * slot] = (struct virtq_desc){headers.paddr + HEADER_OF(i), VIRTIO_NET_HEADER,
                                                    VIRTQ_DESC_NEXT | write, next};
            q->desc[next] = (struct virtq_desc){packets.paddr + slot_offset(i, slot), PACKET_BYTES, write, 0};
        }
        cache_clean(&q->desc_page, 0, PAGE_BYTES);
        cache_clean(&q->rings_page, 0, PAGE_BYTES);
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
    uint64_t rings = queues[q].rings_page.paddr;
    mmio_write(regs, VIRTIO_QUEUE_SEL, q);
    if (mmio_read(regs, VIRTIO_QUEUE_READY) != 0)
        halt(name, "is in use before the driver started it");
    if (mmio_read(regs, VIRTIO_QUEUE_NUM_MAX) < VIRTQ_SIZE)
        halt(name, "needs 0x100 entries, the device has ", piece_hex(mmio_read(regs, VIRTIO_QUEUE_NUM_MAX)));
    mmio_write(regs, VIRTIO_QUEUE_NUM, VIRTQ_SIZE);
    write_address(VIRTIO_QUEUE_DESC, queues[q].desc_page.paddr);
    write_address(VIRTIO_QUEUE_DRIVER, rings);
    write_address(VIRTIO_QUEUE_DEVICE, rings + __builtin_offsetof(struct queue_rings, used));
    mmio_write(regs, VIRTIO_QUEUE_READY, 1);
}

static void negotiate(void)
{
    mmio_write(regs, VIRTIO_STATUS, 0);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    mmio_write(regs, VIRTIO_DEVICE_FEATURES_SEL, 0);
    uint32_t low = mmio_read(regs, VIRTIO_DEVICE_FEATURES) & (VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
    mmio_write(regs, VIRTIO_DEVICE_FEATURES_SEL, 1);
    if ((mmio_read(regs, VIRTIO_DEVICE_FEATURES) & VIRTIO_F_VERSION_1_HIGH) == 0 || (low & VIRTIO_NET_F_MAC) == 0)
        halt(cap_name("nic"), "the device lacks VIRTIO_F_VERSION_1 or VIRTIO_NET_F_MAC");
    mmio_write(regs, VIRTIO_DRIVER_FEATURES_SEL, 0);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES, low);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES_SEL, 1);
    mmio_write(regs, VIRTIO_DRIVER_FEATURES, VIRTIO_F_VERSION_1_HIGH);
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
    if ((mmio_read(regs, VIRTIO_STATUS) & VIRTIO_FEATURES_OK) == 0)
        halt(cap_name("nic"), "the device refused the features");
    has_status = (low & VIRTIO_NET_F_STATUS) != 0;
}

/* ---- running ---- */

static void read_link(void)
{
    area->link_up = !has_status || (mmio_read16(regs, VIRTIO_CONFIG + VIRTIO_NET_STATUS) & 1) != 0;
}

static void offer(struct queue *q, uint32_t slot)
{
    q->lent[slot] = true;
    q->rings->avail.ring[q->avail % VIRTQ_SIZE] = (uint16_t)(2 * slot);
    q->avail++;
}

/* What the device wrote of its ring is what we will read. */
static void see_used(const struct queue *q)
{
    cache_invalidate(&q->rings_page, __builtin_offsetof(struct queue_rings, used), sizeof(struct virtq_used));
}

/* Publishes what offer added, and tells the device unless it said that it looks anyway. */
static void publish(uint32_t which)
{
    struct queue *q = &queues[which];
    if (which == TX)
        cache_clean(&q->desc_page, 0, PAGE_BYTES);
    mmio_barrier();
    __atomic_store_n(&q->rings->avail.idx, q->avail, __ATOMIC_RELEASE);
    cache_clean(&q->rings_page, 0, sizeof(struct virtq_avail));
    mmio_barrier();
    see_used(q);
    if ((__atomic_load_n(&q->rings->used.flags, __ATOMIC_RELAXED) & VIRTQ_USED_NO_NOTIFY) == 0)
        mmio_write(regs, VIRTIO_QUEUE_NOTIFY, which);
}

/* The next chain that the device is done with; false: none. */
static bool take_used(struct queue *q, uint32_t *slot, uint32_t *len)
{
    if (q->used == __atomic_load_n(&q->rings->used.idx, __ATOMIC_ACQUIRE))
        return false;
    struct virtq_used_elem e = q->rings->used.ring[q->used % VIRTQ_SIZE];
    q->used++;
    *slot = e.id / 2;
    *len = e.len;
    /* A device that answers with what it was never given is broken beyond service. */
    COH_ASSERT(e.id < VIRTQ_SIZE && e.id % 2 == 0 && q->lent[*slot]);
    q->lent[*slot] = false;
    return true;
}

static void post_rx(uint32_t buffer)
{
    cache_invalidate(&packets, slot_offset(RX, buffer), PACKET_BYTES);
    offer(&queues[RX], buffer);
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
    while (take_used(&queues[TX], &slot, &len))
        continue;
    while (tx_head != tx_seen && !queues[TX].lent[tx_head % PACKET_SLOTS])
        tx_head++;
    packet_store(&area->tx_head, tx_head);
    return tx_head != start;
}

static bool transmit(void)
{
    struct queue *q = &queues[TX];
    uint32_t tail = packet_load(&area->tx_tail);
    uint16_t before = q->avail;
    COH_ASSERT(tail - tx_head <= PACKET_SLOTS && tail - tx_head >= tx_seen - tx_head);
    for (; tx_seen != tail; tx_seen++) {
        uint32_t slot = tx_seen % PACKET_SLOTS;
        uint32_t len = __atomic_load_n(&area->tx_len[slot], __ATOMIC_RELAXED);
        if (len < PACKET_MIN || len > PACKET_MAX)
            continue; /* refused; collect passes over it */
        cache_clean(&packets, slot_offset(TX, slot), len);
        q->desc[2 * slot + 1].len = len;
        offer(q, slot);
    }
    if (q->avail == before)
        return false;
    /* Completions interrupt only when slots are getting scarce. */
    bool scarce = tail - tx_head > PACKET_SLOTS / 2;
    q->rings->avail.flags = (uint16_t)(scarce ? 0u : VIRTQ_AVAIL_NO_INTERRUPT);
    publish(TX);
    return true;
}

struct packet_area *nic_init(void)
{
    if (!find_device())
        return NULL;
    make_memory();
    negotiate();
    start_queue(RX);
    start_queue(TX);
    for (uint32_t i = 0; i < 6; i++)
        area->mac[i] = mmio_read8(regs, VIRTIO_CONFIG + VIRTIO_NET_MAC + i);
    irq_take(VIRTIO_IRQ + (regs - LAYOUT_VIRTIO) / VIRTIO_STRIDE, IRQ_NIC, cap_name("nic.irq"));
    mmio_write(regs, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
    for (uint32_t i = 0; i < PACKET_SLOTS; i++)
        post_rx(i);
    publish(RX);
    read_link();
    return area;
}

void nic_receive(bool interrupted)
{
    uint32_t buffer, len;
    if (interrupted) {
        uint32_t status = mmio_read(regs, VIRTIO_INTERRUPT_STATUS);
        if (status != 0)
            mmio_write(regs, VIRTIO_INTERRUPT_ACK, status);
        if ((status & 2) != 0)
            read_link();
        mmio_barrier();
    }
    see_used(&queues[RX]);
    while (take_used(&queues[RX], &buffer, &len)) {
        uint32_t slot = rx_tail % PACKET_SLOTS;
        uint32_t n = len - VIRTIO_NET_HEADER; /* huge where not even a header came */
        if (n < PACKET_MIN || n > PACKET_MAX) {
            n = 0; /* no frame: the network side passes over it */
            area->rx_dropped++;
        }
        cache_invalidate(&packets, slot_offset(RX, buffer), PACKET_BYTES);
        rx_order[slot] = (uint8_t)buffer;
        area->rx_buffer[slot] = (uint8_t)buffer;
        area->rx_len[slot] = n;
        rx_tail++;
    }
    packet_store(&area->rx_tail, rx_tail);
    collect();
}

bool nic_transmit(void)
{
    bool moved = refill();
    moved |= transmit();
    return collect() || moved;
}
