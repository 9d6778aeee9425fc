/* The virtio-net device of model.h. It reads and writes memory through its own view alone, and fails the run when it is
 * given an address, a length or an order of registers that a driver may not give. */
#include <string.h>

#include "model_inside.h"
#include "nicd/regs.h"

struct device_queue {
    uint32_t num, ready;
    uint64_t desc, driver, device;
    uint16_t seen, used;
    uint16_t held[VIRTQ_SIZE]; /* heads of chains, in the order in which they were offered */
    uint32_t held_n;
    bool holds[PACKET_SLOTS];
    bool told;
};

static struct {
    uint32_t status, isr, sel, features_sel, driver_sel, driver_features[2];
    struct device_queue queues[NIC_QUEUES];
} dev;
uint32_t wire_sent;
void (*wire_watch)(const uint8_t *frame, uint32_t len);

static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

/* ---- memory ---- */

static void *dev_at(uint64_t paddr, size_t n)
{
    MUST((dev.status & VIRTIO_DRIVER_OK) != 0); /* else it leaves memory alone */
    if (paddr >= MODEL_QUEUES_PADDR && paddr - MODEL_QUEUES_PADDR <= sizeof(struct nic_queues) - n)
        return (uint8_t *)&device_memory.queues + (paddr - MODEL_QUEUES_PADDR);
    MUST(paddr >= MODEL_PACKETS_PADDR && paddr - MODEL_PACKETS_PADDR <= sizeof(struct packet_area) - n);
    return (uint8_t *)&device_memory.packets + (paddr - MODEL_PACKETS_PADDR);
}

static struct virtq_desc *desc_at(struct device_queue *q, uint32_t i)
{
    return dev_at(q->desc + i * sizeof(struct virtq_desc), sizeof(struct virtq_desc));
}
static struct virtq_avail *avail_of(struct device_queue *q) { return dev_at(q->driver, sizeof(struct virtq_avail)); }
static struct virtq_used *used_of(struct device_queue *q) { return dev_at(q->device, sizeof(struct virtq_used)); }

/* ---- chains ---- */

/* A chain is header and packet, at their one place. */
static void check_chain(enum nic_queue which, uint32_t head)
{
    struct device_queue *q = &dev.queues[which];
    MUST(head < VIRTQ_SIZE && head % 2 == 0);
    uint32_t slot = head / 2;
    uint16_t write = which == NIC_RX ? VIRTQ_DESC_WRITE : 0;
    const struct virtq_desc *h = desc_at(q, head), *p = desc_at(q, head + 1);
    MUST(h->addr == MODEL_QUEUES_PADDR + offsetof(struct nic_queues, headers) + which * 64u);
    MUST(h->len == VIRTIO_NET_HEADER && h->flags == (VIRTQ_DESC_NEXT | write) && h->next == head + 1);
    size_t first = which == NIC_RX ? offsetof(struct packet_area, rx) : offsetof(struct packet_area, tx);
    MUST(p->addr == MODEL_PACKETS_PADDR + first + slot * PACKET_BYTES && p->flags == write);
    if (which == NIC_RX)
        MUST(p->len == PACKET_BYTES);
    else
        MUST(p->len >= PACKET_MIN && p->len <= PACKET_MAX);
    MUST(!q->holds[slot]);
}

static void look(enum nic_queue which)
{
    struct device_queue *q = &dev.queues[which];
    if (!q->ready || (dev.status & VIRTIO_DRIVER_OK) == 0)
        return;
    struct virtq_used *u = used_of(q);
    q->told |= (u->flags & VIRTQ_USED_NO_NOTIFY) != 0; /* once more behind the change to being told */
    u->flags = model.polling ? VIRTQ_USED_NO_NOTIFY : 0;
    if (!q->told && !model.polling)
        return;
    q->told = false;
    const struct virtq_avail *a = avail_of(q);
    MUST((uint16_t)(a->idx - q->seen) <= PACKET_SLOTS - q->held_n);
    for (; q->seen != a->idx; q->seen++) {
        uint32_t head = a->ring[q->seen % VIRTQ_SIZE];
        check_chain(which, head);
        q->held[q->held_n++] = (uint16_t)head;
        q->holds[head / 2] = true;
    }
}

static uint32_t take_held(struct device_queue *q)
{
    uint32_t i = model.disorder ? model_random() % q->held_n : 0, head = q->held[i];
    q->held_n--;
    q->holds[head / 2] = false;
    memmove(q->held + i, q->held + i + 1, (q->held_n - i) * sizeof q->held[0]);
    return head;
}

void device_claim(enum nic_queue which, uint32_t id, uint32_t len)
{
    struct device_queue *q = &dev.queues[which];
    struct virtq_used *u = used_of(q);
    u->ring[q->used % VIRTQ_SIZE] = (struct virtq_used_elem){id, len};
    u->idx = ++q->used;
    if ((avail_of(q)->flags & VIRTQ_AVAIL_NO_INTERRUPT) == 0)
        dev.isr |= VIRTIO_INTERRUPT_USED;
}

void device_skip(enum nic_queue which, uint16_t n)
{
    struct device_queue *q = &dev.queues[which];
    q->used = (uint16_t)(q->used + n);
    used_of(q)->idx = q->used;
    dev.isr |= VIRTIO_INTERRUPT_USED;
}

/* ---- frames ---- */

uint32_t frame_make(uint32_t number, uint8_t out[PACKET_MAX])
{
    uint32_t len = PACKET_MIN + number * 37u % (PACKET_MAX - PACKET_MIN + 1), r = number * 2654435761u;
    memcpy(out, &number, sizeof number);
    for (uint32_t i = sizeof number; i < len; i++)
        out[i] = (uint8_t)((r = r * 69069u + 1u) >> 24);
    return len;
}

uint32_t frame_check(const uint8_t *frame, uint32_t len)
{
    uint8_t want[PACKET_MAX];
    uint32_t number;
    MUST(len >= PACKET_MIN && len <= PACKET_MAX);
    memcpy(&number, frame, sizeof number);
    MUST(frame_make(number, want) == len && memcmp(frame, want, len) == 0);
    return number;
}

bool device_receive(const uint8_t *frame, uint32_t len)
{
    struct device_queue *q = &dev.queues[NIC_RX];
    look(NIC_RX);
    if (q->held_n == 0)
        return false;
    uint32_t head = take_held(q);
    memset(dev_at(desc_at(q, head)->addr, VIRTIO_NET_HEADER), 0x77, VIRTIO_NET_HEADER);
    memcpy(dev_at(desc_at(q, head + 1)->addr, len), frame, len);
    device_claim(NIC_RX, head, VIRTIO_NET_HEADER + len);
    if (model.weather == LATE)
        model_evict();
    return true;
}

static void send(struct device_queue *q)
{
    static const uint8_t zeros[VIRTIO_NET_HEADER];
    uint32_t head = take_held(q);
    const struct virtq_desc *p = desc_at(q, head + 1);
    MUST(memcmp(dev_at(desc_at(q, head)->addr, sizeof zeros), zeros, sizeof zeros) == 0);
    if (wire_watch)
        wire_watch(dev_at(p->addr, p->len), p->len);
    wire_sent++;
    device_claim(NIC_TX, head, 0);
}

void device_run(void)
{
    look(NIC_RX);
    look(NIC_TX);
    while (dev.queues[NIC_TX].held_n > 0)
        send(&dev.queues[NIC_TX]);
}

uint32_t device_holds(enum nic_queue which)
{
    look(which);
    return dev.queues[which].held_n;
}

/* ---- registers ---- */

void device_init(void)
{
    memset(&dev, 0, sizeof dev);
    wire_sent = 0;
}

bool device_interrupts(void) { return dev.isr != 0; }

void device_set_link(bool up)
{
    model.link = up;
    dev.isr |= VIRTIO_INTERRUPT_CONFIG;
}

void device_fails(void)
{
    dev.status |= VIRTIO_NEEDS_RESET;
    dev.isr |= VIRTIO_INTERRUPT_CONFIG;
}

static uint32_t read_queue(uint32_t offset)
{
    MUST(dev.sel < NIC_QUEUES);
    if (offset == VIRTIO_QUEUE_NUM_MAX)
        return model.num_max;
    return model.keeps_ready ? 1 : dev.queues[dev.sel].ready;
}

uint32_t regs_read(uint32_t offset)
{
    switch (offset) {
    case VIRTIO_MAGIC:
        return model.magic;
    case VIRTIO_VERSION:
        return model.version;
    case VIRTIO_DEVICE_ID:
        return model.id;
    case VIRTIO_DEVICE_FEATURES:
        return dev.features_sel == 0 ? model.features : model.features_high;
    case VIRTIO_QUEUE_NUM_MAX:
    case VIRTIO_QUEUE_READY:
        return read_queue(offset);
    case VIRTIO_INTERRUPT_STATUS:
        return dev.isr;
    case VIRTIO_STATUS:
        return dev.status;
    default:
        model_fail("a register that the driver has no business with", __LINE__);
        return 0;
    }
}

static void write_status(uint32_t v)
{
    if (v == 0) {
        uint32_t kept = model.keeps_status ? dev.status | VIRTIO_ACKNOWLEDGE : 0;
        memset(&dev, 0, sizeof dev);
        dev.status = kept;
        caches_written(); /* a driver that starts zeroes all it shares */
        return;
    }
    MUST((v & ~(VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK)) == 0);
    MUST((v & dev.status) == dev.status); /* bits are added */
    if ((v & VIRTIO_DRIVER_OK) != 0)
        MUST(dev.queues[NIC_RX].ready && dev.queues[NIC_TX].ready && (dev.status & VIRTIO_FEATURES_OK) != 0);
    if ((v & ~dev.status & VIRTIO_FEATURES_OK) != 0) {
        MUST((dev.driver_features[0] & ~model.features) == 0 && (dev.driver_features[1] & ~model.features_high) == 0);
        if (model.refuses_features)
            v &= ~VIRTIO_FEATURES_OK;
    }
    dev.status = v;
}

static void write_address(uint32_t offset, uint32_t v)
{
    MUST(dev.sel < NIC_QUEUES);
    struct device_queue *q = &dev.queues[dev.sel];
    uint32_t reg = offset & ~4u;
    uint64_t *to = reg == VIRTIO_QUEUE_DESC ? &q->desc : reg == VIRTIO_QUEUE_DRIVER ? &q->driver : &q->device;
    MUST(!q->ready);
    memcpy((uint8_t *)to + (offset & 4), &v, sizeof v);
}

static void write_ready(uint32_t v)
{
    struct device_queue *q = &dev.queues[dev.sel];
    MUST(v == 1 && dev.sel < NIC_QUEUES && q->num == VIRTQ_SIZE && (dev.status & VIRTIO_FEATURES_OK) != 0);
    MUST(q->desc % 16 == 0 && q->driver % 2 == 0 && q->device % 4 == 0);
    q->ready = 1;
}

void regs_write(uint32_t offset, uint32_t v)
{
    switch (offset) {
    case VIRTIO_DEVICE_FEATURES_SEL:
        dev.features_sel = v;
        break;
    case VIRTIO_DRIVER_FEATURES_SEL:
        MUST(v < 2);
        dev.driver_sel = v;
        break;
    case VIRTIO_DRIVER_FEATURES:
        dev.driver_features[dev.driver_sel] = v;
        break;
    case VIRTIO_QUEUE_SEL:
        dev.sel = v;
        break;
    case VIRTIO_QUEUE_NUM:
        MUST(v <= model.num_max);
        dev.queues[dev.sel].num = v;
        break;
    case VIRTIO_QUEUE_READY:
        write_ready(v);
        break;
    case VIRTIO_QUEUE_NOTIFY:
        MUST(v < NIC_QUEUES && (dev.status & VIRTIO_DRIVER_OK) != 0);
        dev.queues[v].told = true;
        break;
    case VIRTIO_INTERRUPT_ACK:
        dev.isr &= ~v;
        break;
    case VIRTIO_STATUS:
        write_status(v);
        break;
    default:
        MUST(offset >= VIRTIO_QUEUE_DESC && offset <= VIRTIO_QUEUE_DEVICE + 4 && offset % 4 == 0 && (offset & 8) == 0);
        write_address(offset, v);
    }
}

uint8_t regs_read8(uint32_t offset)
{
    MUST(offset >= VIRTIO_CONFIG && offset < VIRTIO_CONFIG + sizeof mac);
    return mac[offset - VIRTIO_CONFIG];
}

uint16_t regs_read16(uint32_t offset)
{
    MUST(offset == VIRTIO_CONFIG + VIRTIO_NET_STATUS && (dev.driver_features[0] & VIRTIO_NET_F_STATUS) != 0);
    return model.link;
}

void regs_barrier(void) { model_weather(); }
