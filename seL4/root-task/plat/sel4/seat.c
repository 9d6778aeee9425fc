/* See seat.h. */
#include "plat/sel4/seat.h"

#include "generated/manifest.h"
#include "plat/sel4/task.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/virtio.h"
#include "task/seat.h"

#define VIRTIO_ID_INPUT 18u
#define FWCFG_PADDR 0x09020000u

/* So many looks; a machine that stood still counts once. */
#define LOOKS 100u

static struct seat_area *area; /* NULL: there is no seat, or it is gone */
static uint32_t key_head, text_tail;
static uint64_t looked_ms;
static uint32_t looks;
static enum seat_state state = SEAT_KEYBOARD_NONE;
static uint8_t lost[240]; /* why it is gone, a text; empty: it is not */

static const char *const wrong[SEAT_STATES] = {
    [SEAT_STARTING] = "seatd: did not start its devices within five seconds",
    [SEAT_KEYBOARD_NONE] = "keyboard: there is no virtio keyboard: give QEMU -device virtio-keyboard-device,bus=virtio-mmio-bus.<n>,"
                           " alone in its page",
    [SEAT_KEYBOARD_LEGACY] = "keyboard: is a legacy device: start QEMU with -global virtio-mmio.force-legacy=false",
    [SEAT_KEYBOARD_UNFIT] = "keyboard: refuses what each virtio 1 device offers",
    [SEAT_KEYBOARD_OTHER] = "keyboard: is an input device without letters: give QEMU -device virtio-keyboard-device",
    [SEAT_DISPLAY_NO_FWCFG] = "display: the machine has no fw_cfg with DMA: start QEMU's virt machine",
    [SEAT_DISPLAY_NONE] = "display: there is no ramfb: give QEMU -device ramfb",
    [SEAT_DISPLAY_REFUSED] = "display: ramfb did not take the framebuffer",
};

static void build(uint32_t keyboard)
{
    task_provide(OBJECT_SEAT_FWCFG, caps_device(FWCFG_PADDR, cap_name("seat.fwcfg")));
    task_provide(OBJECT_SEAT_IRQ, irq_take(virtio_irq(keyboard), task_object(OBJECT_SEATD_WAIT), BADGE_SEATD_IRQ, CORE_SEATD,
                                           cap_name("seat.irq")));
    if (!task_build(TASK_SEATD, 0))
        halt(cap_name("seatd"), task_refusal());
    task_audit(TASK_SEATD, 0);
}

void seat_init(const struct boot_log *log)
{
    uint32_t keyboard = COH_TASKS_SEAT ? virtio_take(VIRTIO_ID_INPUT, OBJECT_SEAT_KEYBOARD) : VIRTIO_TRANSPORTS;
    if (keyboard == VIRTIO_TRANSPORTS)
        return;
    build(keyboard);
    state = SEAT_STARTING;
    area = (struct seat_area *)VADDR_AUTHORITY_SEAT_RING;
    for (size_t i = 0; i < log->n; i++)
        seat_put(log->text[i]);
    seat_tell();
    looked_ms = timer_now_ms();
    task_run(TASK_SEATD, 0, VADDR_SEATD_SEAT_KEYBOARD + virtio_offset(keyboard), task_paddr(OBJECT_SEAT_QUEUES),
             task_paddr(OBJECT_SEAT_SCREEN));
}

/* What it did to the devices stays, and so does the memory that they know of. */
static void end(void)
{
    task_end(TASK_SEATD, 0);
    area = NULL;
}

static void lose(struct hive *h, struct bytes why, uint64_t now_ms)
{
    struct buf b = buf_of(lost, sizeof lost - 1);
    if (area == NULL)
        return;
    buf_say(&b, "seatd ended ", why);
    end();
    hive_note(h, "seat", buf_bytes(&b), now_ms);
}

bool seat_waits(uint64_t now_ms)
{
    if (area == NULL || state != SEAT_STARTING)
        return false;
    uint32_t told = seat_load(&area->state);
    state = told < SEAT_STATES ? (enum seat_state)told : SEAT_STARTING;
    if (state == SEAT_STARTING && now_ms - looked_ms >= SEAT_LOOK_MS) {
        looks++;
        looked_ms = now_ms;
    }
    bool waits = state == SEAT_STARTING && looks < LOOKS;
    if (!waits && state != SEAT_READY)
        end();
    return waits;
}

const char *seat_missing(void) { return area || !COH_TASKS_SEAT ? NULL : lost[0] ? (const char *)lost : wrong[state]; }

void seat_say(struct boot_log *log)
{
    if (seat_missing()) {
        boot_say(log, "seat: ", seat_missing(), ": serial console only");
    } else if (area) {
        boot_say(log, BOOT_SOURCE "seat");
        hive_kmesg(log->hive, bytes_str("caps: seatd holds what its table lists, in no other slot anything"));
    }
}

static void publish(void)
{
    seat_store(&area->text_tail, text_tail);
    seat_fence(); /* before what it overwrites next; and seatd clears awake, then looks here */
}

void seat_put(uint8_t byte)
{
    if (area == NULL)
        return;
    __atomic_store_n(&area->text[text_tail++ % SEAT_TEXT_BYTES], byte, __ATOMIC_RELAXED);
    if (text_tail % SEAT_TEXT_BATCH == 0)
        publish();
}

void seat_tell(void)
{
    static uint32_t signalled;
    if (area == NULL || text_tail == signalled)
        return;
    signalled = text_tail;
    publish();
    if (seat_load(&area->awake) == 0)
        seL4_Signal(task_object(OBJECT_SEATD_WAIT));
}

void seat_turn(struct hive *h, struct stream_port *serial, uint64_t now_ms)
{
    if (area == NULL)
        return;
    uint32_t tail = seat_load(&area->key_tail), rx = serial->rx_tail;
    if (tail - key_head > SEAT_KEY_BYTES) {
        lose(h, bytes_str("cause=forged-index"), now_ms);
        return;
    }
    while (key_head != tail && rx - ring_load(&serial->rx_head) < STREAM_RX_BYTES)
        serial->rx[rx++ % STREAM_RX_BYTES] = area->keys[key_head++ % SEAT_KEY_BYTES];
    ring_store(&serial->rx_tail, rx);
    seat_store(&area->key_head, key_head);
}

void seat_fault(struct hive *h, const struct irq_event *e, uint64_t now_ms)
{
    BUF(why, 200);
    task_cause(TASK_SEATD, 0, e, &why);
    lose(h, buf_bytes(&why), now_ms);
}
