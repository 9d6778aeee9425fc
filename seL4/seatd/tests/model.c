/* See model.h. */
#include "model.h"

#include <string.h>

#include "base/assert.h"

#define MUST(cond) COH_ASSERT(cond)

struct model model;
struct seat_queues model_queues;
const struct seat_memory model_memory = {&model_queues, MODEL_QUEUES, MODEL_SCREEN};

static struct {
    uint32_t status, features_select, driver_select, driver_high, queue, num, ready, interrupt;
    uint32_t words[6]; /* desc, driver, device: low, high */
    uint8_t select, subselect;
    uint16_t seen, used;
    uint16_t held[SEAT_EVENTS];
    uint32_t held_n;
} kbd;
static struct {
    uint32_t high, key, at;
} fw;

void model_init(void)
{
    model = (struct model){.version = 2, .features_high = VIRTIO_F_VERSION_1_HIGH, .num_max = SEAT_EVENTS, .resets = true,
                           .takes_features = true, .letters = true, .files = 7};
    memset(&model_queues, 0, sizeof model_queues);
    memset(&kbd, 0, sizeof kbd);
    memset(&fw, 0, sizeof fw);
    kbd.status = VIRTIO_DRIVER_OK; /* as somebody left it */
}

/* Where the driver's n bytes at a physical address are. */
static void *at(uint64_t paddr, uint64_t n)
{
    MUST(paddr >= MODEL_QUEUES && n <= sizeof model_queues && paddr - MODEL_QUEUES <= sizeof model_queues - n);
    return (uint8_t *)&model_queues + (paddr - MODEL_QUEUES);
}

/* ---- the keyboard ---- */

static uint64_t address(uint32_t i) { return (uint64_t)kbd.words[2 * i + 1] << 32 | kbd.words[2 * i]; }

static void look(void)
{
    MUST(kbd.ready && kbd.num == SEAT_EVENTS);
    MUST(address(0) % 16 == 0 && at(address(0), sizeof model_queues.desc) == model_queues.desc);
    MUST(address(1) % 2 == 0 && at(address(1), sizeof model_queues.avail) == &model_queues.avail);
    MUST(address(2) % 4 == 0 && at(address(2), sizeof model_queues.used) == &model_queues.used);
    for (; kbd.seen != model_queues.avail.idx; kbd.seen++) {
        uint16_t buffer = model_queues.avail.ring[kbd.seen % SEAT_EVENTS];
        MUST(buffer < SEAT_EVENTS && kbd.held_n < SEAT_EVENTS);
        const struct virtq_desc *d = &model_queues.desc[buffer];
        MUST(d->flags == VIRTQ_DESC_WRITE && d->len == sizeof(struct seat_event));
        for (uint32_t i = 0; i < kbd.held_n; i++)
            MUST(kbd.held[i] != buffer);
        kbd.held[kbd.held_n++] = buffer;
    }
}

uint32_t model_buffers(void)
{
    look();
    return kbd.held_n;
}

void model_claim(uint32_t buffer)
{
    model_queues.used.ring[kbd.used % SEAT_EVENTS] = (struct virtq_used_elem){buffer, sizeof(struct seat_event)};
    model_queues.used.idx = ++kbd.used;
    kbd.interrupt |= VIRTIO_INTERRUPT_USED;
}

bool model_event(uint16_t type, uint16_t code, uint32_t value)
{
    look();
    if (kbd.held_n == 0)
        return false;
    uint16_t buffer = kbd.held[0];
    memmove(kbd.held, kbd.held + 1, --kbd.held_n * sizeof kbd.held[0]);
    struct seat_event e = {type, code, value};
    memcpy(at(model_queues.desc[buffer].addr, sizeof e), &e, sizeof e);
    model_claim(buffer);
    return true;
}

bool model_press(uint16_t code)
{
    return model_event(SEAT_EVENT_KEY, code, 1) && model_event(0, 0, 0) && model_event(SEAT_EVENT_KEY, code, 0) && model_event(0, 0, 0);
}

static uint8_t answer(uint32_t i)
{
    static const uint8_t ids[] = {6, 0, 0x27, 0x06, 1, 0, 1, 0};
    if (kbd.select == 3)
        return i < sizeof ids ? ids[i] : 0;
    if (kbd.select == 17 && kbd.subselect == SEAT_EVENT_KEY)
        return model.letters && i < 16 ? 0xff : 0;
    return 0;
}

static uint32_t answer_size(void)
{
    return kbd.select == 3 ? 8 : kbd.select == 17 && kbd.subselect == SEAT_EVENT_KEY ? 16 : 0;
}

static uint32_t keyboard_read(uint32_t offset)
{
    switch (offset) {
    case VIRTIO_MAGIC: return VIRTIO_MAGIC_VALUE;
    case VIRTIO_VERSION: return model.version;
    case VIRTIO_DEVICE_ID: return 18;
    case VIRTIO_DEVICE_FEATURES: return kbd.features_select == 1 ? model.features_high : 0x30000000u;
    case VIRTIO_QUEUE_NUM_MAX: return kbd.queue == 0 ? model.num_max : 0;
    case VIRTIO_QUEUE_READY: return kbd.ready;
    case VIRTIO_INTERRUPT_STATUS: return kbd.interrupt;
    case VIRTIO_STATUS: return kbd.status;
    default: coh_panic("a register that the driver has no business with", __FILE__, __LINE__);
    }
}

static void set_status(uint32_t v)
{
    if (v == 0 && model.resets) {
        kbd.ready = kbd.driver_high = 0;
        kbd.status = 0;
    } else if (v != 0) {
        MUST((v & VIRTIO_DRIVER_OK) == 0 || (kbd.ready && kbd.driver_high == VIRTIO_F_VERSION_1_HIGH));
        kbd.status = model.takes_features ? v : v & ~VIRTIO_FEATURES_OK;
    }
}

static void keyboard_write(uint32_t offset, uint32_t v)
{
    switch (offset) {
    case VIRTIO_STATUS: set_status(v); break;
    case VIRTIO_DEVICE_FEATURES_SEL: kbd.features_select = v; break;
    case VIRTIO_DRIVER_FEATURES_SEL: kbd.driver_select = v; break;
    case VIRTIO_DRIVER_FEATURES:
        MUST(kbd.driver_select == 1 || v == 0);
        kbd.driver_high = kbd.driver_select == 1 ? v : kbd.driver_high;
        break;
    case VIRTIO_QUEUE_SEL: kbd.queue = v; break;
    case VIRTIO_QUEUE_NUM: kbd.num = v; break;
    case VIRTIO_QUEUE_READY: kbd.ready = v; break;
    case VIRTIO_QUEUE_NOTIFY: model.notified++; MUST(v == 0); break;
    case VIRTIO_INTERRUPT_ACK: kbd.interrupt &= ~v; model.acknowledged++; break;
    default:
        MUST(offset >= VIRTIO_QUEUE_DESC && offset < VIRTIO_QUEUE_DESC + 0x28 && offset % 16 < 8 && kbd.ready == 0);
        kbd.words[(offset - VIRTIO_QUEUE_DESC) / 16 * 2 + offset % 16 / 4] = v;
    }
}

/* ---- fw_cfg ---- */

static uint32_t big(uint32_t v) { return __builtin_bswap32(v); }
#define RAMFB_KEY 0x2bu

static void read_files(uint8_t *to, uint32_t n)
{
    uint32_t count = big(model.files + (model.no_ramfb ? 0 : 1));
    if (fw.at == 0) {
        MUST(n == 4);
        memcpy(to, &count, 4);
    } else {
        MUST(n == sizeof(struct seat_file) && (fw.at - 4) % n == 0);
        uint32_t i = (fw.at - 4) / n;
        struct seat_file f = {big(28), __builtin_bswap16((uint16_t)(i == model.files ? RAMFB_KEY : 0x20 + i)), 0, "etc/ramfbs"};
        f.name[9] = i == model.files ? 0 : 's';
        memcpy(to, &f, sizeof f);
    }
    fw.at += n;
}

static void take_frame(const uint8_t *from)
{
    struct seat_frame f;
    memcpy(&f, from, sizeof f);
    model.frame = (struct seat_frame){__builtin_bswap64(f.address), big(f.format), big(f.flags), big(f.width), big(f.height), big(f.stride)};
}

static void run_order(uint64_t paddr)
{
    struct seat_order *o = at(paddr, sizeof *o);
    uint32_t control = big(o->control), length = big(o->length);
    void *data = at(__builtin_bswap64(o->address), length);
    if (model.never_answers)
        return;
    if (control & 8u) {
        fw.key = control >> 16;
        fw.at = 0;
    }
    bool refused = fw.key == 0x19 ? model.refuses_list : model.refuses_frame;
    if (!refused && fw.key == 0x19) {
        MUST((control & 0x1fu & ~8u) == 2u);
        read_files(data, length);
    } else if (!refused) {
        MUST(fw.key == RAMFB_KEY && (control & 0xffffu) == 24u && length == 28);
        take_frame(data);
    }
    o->control = big(refused ? 1 : 0);
}

/* ---- registers ---- */

uint32_t regs_read(enum seat_device d, uint32_t offset)
{
    MUST(offset % 4 == 0);
    if (d == SEAT_KEYBOARD)
        return keyboard_read(offset);
    MUST(offset == 16);
    return model.no_dma ? 0 : 0x554d4551u;
}

uint8_t regs_read8(enum seat_device d, uint32_t offset)
{
    MUST(d == SEAT_KEYBOARD && offset >= VIRTIO_CONFIG + 2 && offset < VIRTIO_CONFIG + 136);
    return offset == VIRTIO_CONFIG + 2 ? (uint8_t)answer_size() : answer(offset - VIRTIO_CONFIG - 8);
}

void regs_write8(enum seat_device d, uint32_t offset, uint8_t v)
{
    MUST(d == SEAT_KEYBOARD && offset >= VIRTIO_CONFIG && offset < VIRTIO_CONFIG + 2);
    *(offset == VIRTIO_CONFIG ? &kbd.select : &kbd.subselect) = v;
}

void regs_write(enum seat_device d, uint32_t offset, uint32_t v)
{
    MUST(offset % 4 == 0);
    if (d == SEAT_KEYBOARD)
        keyboard_write(offset, v);
    else if (offset == 16)
        fw.high = big(v);
    else {
        MUST(offset == 20);
        run_order((uint64_t)fw.high << 32 | big(v));
    }
}

void regs_barrier(void) {}
