/* virtio-input, modern, over mmio (OASIS VIRTIO 1.1, section 5.8): its event queue alone. Entry i of the queue is buffer i for ever. */
#include "base/assert.h"
#include "seatd/devices.h"
#include "seatd/regs.h"

/* Configuration space: what is asked for, how many bytes the answer has, the answer. */
#define CONFIG_SELECT (VIRTIO_CONFIG + 0u)
#define CONFIG_SUBSELECT (VIRTIO_CONFIG + 1u)
#define CONFIG_SIZE (VIRTIO_CONFIG + 2u)
#define CONFIG_ANSWER (VIRTIO_CONFIG + 8u)
#define ASK_IDS 3u   /* bus, vendor, product, version, 16 bits each */
#define ASK_BITS 17u /* which codes of a type of event it can send */

/* A keyboard has at least these: 16 is Q, 28 Enter, 57 the space bar. */
static const uint8_t needed[] = {16, 28, 57};

#define RESET_READS 1000000u
#define MODERN 2u
#define LEGACY 1u

static struct seat_queues *queues;
static uint16_t avail, used; /* entries ever given, and ever taken back */

static uint32_t answer_byte(uint32_t i) { return regs_read8(SEAT_KEYBOARD, CONFIG_ANSWER + i); }

/* Asks; the bytes of the answer. */
static uint32_t ask(uint8_t what, uint8_t which)
{
    regs_write8(SEAT_KEYBOARD, CONFIG_SELECT, what);
    regs_write8(SEAT_KEYBOARD, CONFIG_SUBSELECT, which);
    return regs_read8(SEAT_KEYBOARD, CONFIG_SIZE);
}

static bool has_letters(void)
{
    uint32_t size = ask(ASK_BITS, SEAT_EVENT_KEY);
    for (uint32_t i = 0; i < sizeof needed; i++) {
        uint32_t at = needed[i] / 8u;
        if (at >= size || (answer_byte(at) >> needed[i] % 8u & 1u) == 0)
            return false;
    }
    return true;
}

static uint32_t ask_id(void)
{
    return ask(ASK_IDS, 0) < 8 ? 0 : answer_byte(3) << 24 | answer_byte(2) << 16 | answer_byte(5) << 8 | answer_byte(4);
}

static bool reset(void)
{
    uint32_t reads = 0;
    regs_write(SEAT_KEYBOARD, VIRTIO_STATUS, 0);
    while (regs_read(SEAT_KEYBOARD, VIRTIO_STATUS) != 0 && reads < RESET_READS)
        reads++;
    regs_barrier();
    return reads < RESET_READS;
}

static bool negotiate(void)
{
    regs_write(SEAT_KEYBOARD, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE);
    regs_write(SEAT_KEYBOARD, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    regs_write(SEAT_KEYBOARD, VIRTIO_DEVICE_FEATURES_SEL, 1);
    if ((regs_read(SEAT_KEYBOARD, VIRTIO_DEVICE_FEATURES) & VIRTIO_F_VERSION_1_HIGH) == 0)
        return false;
    regs_write(SEAT_KEYBOARD, VIRTIO_DRIVER_FEATURES_SEL, 0);
    regs_write(SEAT_KEYBOARD, VIRTIO_DRIVER_FEATURES, 0);
    regs_write(SEAT_KEYBOARD, VIRTIO_DRIVER_FEATURES_SEL, 1);
    regs_write(SEAT_KEYBOARD, VIRTIO_DRIVER_FEATURES, VIRTIO_F_VERSION_1_HIGH);
    regs_write(SEAT_KEYBOARD, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
    return (regs_read(SEAT_KEYBOARD, VIRTIO_STATUS) & VIRTIO_FEATURES_OK) != 0;
}

static void write_address(uint32_t reg, uint64_t paddr)
{
    regs_write(SEAT_KEYBOARD, reg, (uint32_t)paddr);
    regs_write(SEAT_KEYBOARD, reg + 4, (uint32_t)(paddr >> 32));
}

static bool make_queue(uint64_t paddr)
{
    for (uint32_t i = 0; i < SEAT_EVENTS; i++) {
        uint64_t event = paddr + __builtin_offsetof(struct seat_queues, events) + i * sizeof queues->events[0];
        queues->desc[i] = (struct virtq_desc){event, sizeof queues->events[0], VIRTQ_DESC_WRITE, 0};
    }
    regs_write(SEAT_KEYBOARD, VIRTIO_QUEUE_SEL, 0);
    if (regs_read(SEAT_KEYBOARD, VIRTIO_QUEUE_READY) != 0 || regs_read(SEAT_KEYBOARD, VIRTIO_QUEUE_NUM_MAX) < SEAT_EVENTS)
        return false;
    regs_write(SEAT_KEYBOARD, VIRTIO_QUEUE_NUM, SEAT_EVENTS);
    write_address(VIRTIO_QUEUE_DESC, paddr + __builtin_offsetof(struct seat_queues, desc));
    write_address(VIRTIO_QUEUE_DRIVER, paddr + __builtin_offsetof(struct seat_queues, avail));
    write_address(VIRTIO_QUEUE_DEVICE, paddr + __builtin_offsetof(struct seat_queues, used));
    regs_write(SEAT_KEYBOARD, VIRTIO_QUEUE_READY, 1);
    return true;
}

static void offer(uint16_t buffer)
{
    queues->avail.ring[avail % SEAT_EVENTS] = buffer;
    avail++;
    regs_barrier();
    __atomic_store_n(&queues->avail.idx, avail, __ATOMIC_RELEASE);
    regs_barrier();
}

static void tell(void)
{
    if ((__atomic_load_n(&queues->used.flags, __ATOMIC_RELAXED) & VIRTQ_USED_NO_NOTIFY) == 0)
        regs_write(SEAT_KEYBOARD, VIRTIO_QUEUE_NOTIFY, 0);
}

enum seat_state keyboard_start(const struct seat_memory *m, uint32_t *id)
{
    queues = m->queues;
    avail = used = 0;
    if (regs_read(SEAT_KEYBOARD, VIRTIO_VERSION) != MODERN)
        return regs_read(SEAT_KEYBOARD, VIRTIO_VERSION) == LEGACY ? SEAT_KEYBOARD_LEGACY : SEAT_KEYBOARD_UNFIT;
    if (!reset() || !negotiate())
        return SEAT_KEYBOARD_UNFIT;
    if (!has_letters())
        return SEAT_KEYBOARD_OTHER;
    *id = ask_id();
    if (!make_queue(m->queues_paddr))
        return SEAT_KEYBOARD_UNFIT;
    regs_write(SEAT_KEYBOARD, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
    for (uint16_t i = 0; i < SEAT_EVENTS; i++)
        offer(i);
    tell();
    return SEAT_READY;
}

void keyboard_hear(void)
{
    uint32_t reasons = regs_read(SEAT_KEYBOARD, VIRTIO_INTERRUPT_STATUS);
    if (reasons != 0)
        regs_write(SEAT_KEYBOARD, VIRTIO_INTERRUPT_ACK, reasons);
    regs_barrier();
}

bool keyboard_next(struct seat_event *out)
{
    uint16_t n = (uint16_t)(__atomic_load_n(&queues->used.idx, __ATOMIC_ACQUIRE) - used);
    if (n == 0)
        return false;
    regs_barrier();
    uint32_t buffer = queues->used.ring[used % SEAT_EVENTS].id;
    if (n > SEAT_EVENTS || buffer >= SEAT_EVENTS)
        coh_panic("the keyboard answers with what it was never given", __FILE__, __LINE__);
    used++;
    *out = queues->events[buffer];
    offer((uint16_t)buffer);
    tell();
    return true;
}
