/* seatd: the task that owns the local seat. The authority starts it with x0 = virtual address of the keyboard's registers, x1 =
 * physical address of seat.queues, x2 = physical address of seat.screen. It says in seat.ring what has become of the devices. */
#include <sel4/sel4.h>

#include "generated/caps.h"
#include "seatd/devices.h"
#include "seatd/feed.h"
#include "seatd/regs.h"
#include "seatd/screen.h"
#include "task/task.h"

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
/* The kernel knows of none. libsel4 notes here what a refused call said, before we stop. */
static seL4_IPCBuffer no_ipc_buffer;

_Static_assert(sizeof(struct seat_area) <= BYTES_SEAT_RING, "fits seat.ring");
_Static_assert(sizeof(struct seat_queues) == BYTES_SEAT_QUEUES, "all of seat.queues");
_Static_assert(SEAT_PIXELS * sizeof(uint32_t) <= BYTES_SEAT_SCREEN, "fits seat.screen");

static struct seat_area *const area = (struct seat_area *)VADDR_SEATD_SEAT_RING;
static struct seat_grid text;
static struct seat_screen screen = {.pixels = (uint32_t *)VADDR_SEATD_SEAT_SCREEN};
static struct seat_feed feed;
static struct seat_keys keys;

static void unmask(void)
{
    seL4_Error e = seL4_IRQHandler_Ack(CAP_SEATD_IRQ);
    if (e != seL4_NoError)
        task_stop("the kernel refused to unmask the interrupt", __FILE__, __LINE__, e);
}

/* A screen without text stands before the display is told of it. */
static enum seat_state start(uint64_t queues, uint64_t pixels)
{
    const struct seat_memory memory = {(struct seat_queues *)VADDR_SEATD_SEAT_QUEUES, queues, pixels};
    grid_clear(&text);
    screen_show(&screen, &text);
    enum seat_state state = keyboard_start(&memory, &area->keyboard);
    return state == SEAT_READY ? display_start(&memory) : state;
}

static void type_keys(void)
{
    uint32_t tail = area->key_tail, before = tail;
    struct seat_event e;
    while (keyboard_next(&e)) {
        uint8_t byte = keys_type(&keys, &e);
        if (byte != 0 && tail - seat_load(&area->key_head) < SEAT_KEY_BYTES)
            area->keys[tail++ % SEAT_KEY_BYTES] = byte;
    }
    if (tail == before)
        return;
    seat_store(&area->key_tail, tail);
    seL4_Signal(CAP_SEATD_AUTHORITY);
}

/* Until there is nothing, or the other side will say so. */
static void show_text(void)
{
    bool more = true;
    while (more) {
        seat_store(&area->awake, 1);
        more = feed_take(&feed, area, &text);
        screen_show(&screen, &text);
        seat_store(&area->awake, 0);
        seat_fence();
        more = more || seat_load(&area->text_tail) != feed.head;
    }
}

_Noreturn void task_main(uint64_t regs, uint64_t queues, uint64_t pixels, uint64_t x3, uint64_t x4, uint64_t x5)
{
    seL4_SetIPCBuffer(&no_ipc_buffer);
    regs_init(regs, VADDR_SEATD_SEAT_FWCFG);
    enum seat_state state = start(queues, pixels);
    seat_store(&area->state, (uint32_t)state);
    seL4_Signal(CAP_SEATD_AUTHORITY);
    for (seL4_Word badges = BADGE_SEATD_IRQ;;) {
        if (state == SEAT_READY && (badges & BADGE_SEATD_IRQ) != 0) {
            keyboard_hear();
            type_keys();
            unmask();
        }
        if (state == SEAT_READY)
            show_text();
        seL4_Wait(CAP_SEATD_WAIT, &badges);
    }
}
