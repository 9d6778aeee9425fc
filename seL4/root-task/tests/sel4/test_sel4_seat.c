/* The authority's side of the local seat, with a seatd that does what the test says: what it believes, what it waits for, and what
 * it says of a seat that is missing or lost. Where text goes is read by seatd's own reader (seatd/feed.h). */
#include <string.h>

#include "support/test.h"

#include "generated/caps.h"
#include "seatd/feed.h"
#include "task/seat.h"

static struct seat_area shared;
#undef COH_TASKS_SEAT
#define COH_TASKS_SEAT 1
#undef VADDR_AUTHORITY_SEAT_RING
#define VADDR_AUTHORITY_SEAT_RING (&shared)
#define hive_note test_note
#define hive_kmesg test_kmesg
#include "pump/boot.h"
#include <sel4/sel4.h>
static void seL4_Signal(seL4_CPtr dest);
#include "plat/sel4/seat.c"

/* ---- what the authority's other parts would do ---- */

static uint32_t transport, signals, ended, running;
static uint64_t now_ms;
static char note[256];

static void seL4_Signal(seL4_CPtr dest) { signals += dest == 7; }
void test_note(struct hive *h, const char *subsystem, struct bytes text, uint64_t at_ms)
{
    assert_string_equal(subsystem, "seat");
    assert_true(text.n < sizeof note);
    memcpy(note, text.p, text.n);
    note[text.n] = 0;
}
void test_kmesg(struct hive *h, struct bytes line) {}
uint32_t virtio_take(uint32_t id, enum coh_object regs)
{
    assert_true(id == 18 && regs == OBJECT_SEAT_KEYBOARD);
    return transport;
}
uint32_t virtio_irq(uint32_t t) { return 48 + t; }
uint32_t virtio_offset(uint32_t t) { return t % 8 * 0x200; }
seL4_CPtr caps_device(seL4_Word paddr, struct cap_name name) { return 1; }
seL4_CPtr irq_take(seL4_Word number, seL4_CPtr n, uint32_t badge, seL4_Word core, struct cap_name name) { return 2; }
void task_provide(enum coh_object object, seL4_CPtr cap) {}
seL4_CPtr task_object(enum coh_object object) { return object == OBJECT_SEATD_WAIT ? 7 : 8; }
uint64_t task_paddr(enum coh_object object) { return 0x1000; }
bool task_build(enum coh_task t, uint32_t i) { return true; }
void task_audit(enum coh_task t, uint32_t i) {}
struct bytes task_refusal(void) { return bytes_str(""); }
void task_run(enum coh_task t, uint32_t i, uint64_t x0, uint64_t x1, uint64_t x2) { running++; }
void task_end(enum coh_task t, uint32_t i) { ended++; }
void task_cause(enum coh_task t, uint32_t i, const struct irq_event *e, struct buf *out) { buf_say(out, "cause=vm-fault"); }
uint64_t timer_now_ms(void) { return now_ms; }
_Noreturn void halt_pieces(struct cap_name name, const struct piece *p, size_t n)
{
    coh_panic(name.base, __FILE__, __LINE__);
}

/* ---- */

static struct boot_log boot;
static char out[1024];
static struct stream_port serial;
static struct seat_feed reader;
static struct seat_grid text;

static void print(struct bytes line)
{
    size_t n = strlen(out);
    assert_true(n + line.n < sizeof out);
    memcpy(out + n, line.p, line.n);
    out[n + line.n] = 0;
}

static int begin(void **s)
{
    memset(&shared, 0, sizeof shared);
    memset(&serial, 0, sizeof serial);
    memset(lost, 0, sizeof lost);
    memset(out, 0, sizeof out);
    memset(note, 0, sizeof note);
    boot = (struct boot_log){.out = print};
    reader = (struct seat_feed){0};
    grid_clear(&text);
    area = NULL;
    key_head = text_tail = looks = signals = ended = running = 0;
    now_ms = 1000;
    state = SEAT_KEYBOARD_NONE;
    transport = 0;
    return 0;
}

static int begin_ready(void **s)
{
    begin(s);
    seat_init(&boot);
    shared.state = SEAT_READY;
    assert_false(seat_waits(now_ms));
    return 0;
}

static void says(const char *want)
{
    memset(out, 0, sizeof out);
    seat_say(&boot);
    assert_string_equal(out, want);
}

static void what_was_said_before_the_seat_is_shown_first(void **s)
{
    boot_begin(&boot);
    seat_init(&boot);
    assert_int_equal(running, 1);
    assert_int_equal(signals, 1);
    feed_take(&reader, &shared, &text);
    assert_memory_equal(text.cell[0], "[kernel:entry] root-task entry reached ", 39);
    assert_memory_equal(text.cell[1], "[MARK] boot_state=COLD ", 23);
    assert_true(seat_waits(now_ms));
}

static void a_seat_that_is_ready_says_so(void **s)
{
    seat_init(&boot);
    assert_true(seat_waits(now_ms));
    shared.state = SEAT_READY;
    assert_false(seat_waits(now_ms));
    assert_null(seat_missing());
    says("event-pump: init seat\n");
}

static void without_a_keyboard_no_task_is_built(void **s)
{
    transport = VIRTIO_TRANSPORTS;
    seat_init(&boot);
    assert_false(seat_waits(now_ms));
    assert_int_equal(running, 0);
    assert_non_null(strstr(seat_missing(), "keyboard: there is no virtio keyboard: give QEMU -device "));
    seat_put('x');
    seat_tell();
    seat_turn(NULL, &serial, now_ms);
    assert_int_equal(signals, 0);
}

static void each_thing_that_is_missing_is_named_and_the_task_ended(void **s)
{
    for (uint32_t told = SEAT_READY + 1; told < SEAT_STATES; told++) {
        begin(s);
        seat_init(&boot);
        shared.state = told;
        assert_false(seat_waits(now_ms));
        assert_int_equal(ended, 1);
        assert_non_null(seat_missing());
        assert_true(strncmp(seat_missing(), "keyboard: ", 10) == 0 || strncmp(seat_missing(), "display: ", 9) == 0);
        assert_non_null(strstr(seat_missing(), told < SEAT_DISPLAY_NO_FWCFG ? "keyboard: " : "display: "));
        seat_say(&boot);
        assert_non_null(strstr(out, ": serial console only\n"));
    }
}

static void a_silent_seat_is_given_up_and_a_machine_that_stood_still_counts_once(void **s)
{
    seat_init(&boot);
    now_ms += 3600000;
    assert_true(seat_waits(now_ms));
    uint32_t n = 1;
    for (; seat_waits(now_ms += SEAT_LOOK_MS); n++)
        assert_true(seat_waits(now_ms + 1)); /* no time has passed */
    assert_int_equal(n, LOOKS - 1);
    assert_int_equal(ended, 1);
    assert_string_equal(seat_missing(), "seatd: did not start its devices within five seconds");
}

static void a_state_that_can_t_be_is_none(void **s)
{
    seat_init(&boot);
    shared.state = SEAT_STATES;
    assert_true(seat_waits(now_ms));
    shared.state = UINT32_MAX;
    assert_true(seat_waits(now_ms));
}

static void what_goes_to_the_serial_line_is_shown_and_the_sleeper_is_woken_once(void **s)
{
    signals = 0;
    for (const char *p = "OK PING\r\n"; *p; p++)
        seat_put((uint8_t)*p);
    assert_int_equal(signals, 0);
    seat_tell();
    seat_tell();
    assert_int_equal(signals, 1);
    feed_take(&reader, &shared, &text);
    assert_memory_equal(text.cell[0], "OK PING ", 8);
    shared.awake = 1;
    seat_put('x');
    seat_tell();
    assert_int_equal(signals, 1);
    assert_int_equal(shared.text_tail, text_tail);
}

static void more_than_the_ring_is_written_without_waiting_and_told_in_batches(void **s)
{
    for (uint32_t i = 0; i < 10 * SEAT_TEXT_BYTES; i++) {
        seat_put(i % 50 == 49 ? '\n' : 'x');
        assert_true(text_tail - shared.text_tail < SEAT_TEXT_BATCH);
    }
    seat_tell();
    while (feed_take(&reader, &shared, &text))
        continue;
    assert_true(reader.head == shared.text_tail);
    assert_memory_equal(text.cell[SEAT_LINES - 2], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ", 50);
}

static void keys_become_serial_input_in_order_as_far_as_there_is_room(void **s)
{
    uint8_t want = 0, is = 0;
    for (uint32_t round = 0; round < 500; round++) {
        for (uint32_t n = round % (SEAT_KEY_BYTES + 1); n > 0; n--)
            shared.keys[shared.key_tail++ % SEAT_KEY_BYTES] = want++;
        seat_turn(NULL, &serial, now_ms);
        assert_true(shared.key_head == shared.key_tail && serial.rx_tail - serial.rx_head <= STREAM_RX_BYTES);
        for (; serial.rx_head != serial.rx_tail; serial.rx_head++)
            assert_int_equal(serial.rx[serial.rx_head % STREAM_RX_BYTES], is++);
        assert_int_equal(is, want);
    }
    serial.rx_head = serial.rx_tail - (STREAM_RX_BYTES - 2); /* room for two */
    for (uint32_t i = 0; i < 5; i++)
        shared.keys[shared.key_tail++ % SEAT_KEY_BYTES] = 'k';
    seat_turn(NULL, &serial, now_ms);
    assert_int_equal(serial.rx_tail - serial.rx_head, STREAM_RX_BYTES);
    assert_int_equal(shared.key_tail - shared.key_head, 3);
    serial.rx_head += 3;
    seat_turn(NULL, &serial, now_ms);
    assert_int_equal(shared.key_tail - shared.key_head, 0);
}

static void a_forged_index_ends_the_seat_and_types_nothing(void **s)
{
    const uint32_t forged[] = {SEAT_KEY_BYTES + 1, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        begin_ready(s);
        shared.key_tail = forged[i];
        seat_turn(NULL, &serial, now_ms);
        assert_int_equal(serial.rx_tail, 0);
        assert_int_equal(ended, 1);
        assert_string_equal(note, "seatd ended cause=forged-index");
        assert_string_equal(seat_missing(), note);
    }
}

static void a_fault_ends_the_seat_once_and_the_log_says_why(void **s)
{
    const struct irq_event e = {.faulted = TASK_SEATD};
    seat_fault(NULL, &e, now_ms);
    assert_string_equal(note, "seatd ended cause=vm-fault");
    note[0] = 0;
    seat_fault(NULL, &e, now_ms);
    assert_string_equal(note, "");
    assert_int_equal(ended, 1);
    signals = 0;
    seat_put('x');
    seat_tell();
    assert_int_equal(signals, 0);
}

static void a_fault_while_it_starts_is_what_is_missing(void **s)
{
    const struct irq_event e = {.faulted = TASK_SEATD};
    seat_init(&boot);
    seat_fault(NULL, &e, now_ms);
    assert_false(seat_waits(now_ms));
    says("seat: seatd ended cause=vm-fault: serial console only\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_said_before_the_seat_is_shown_first, begin),
        cmocka_unit_test_setup(a_seat_that_is_ready_says_so, begin),
        cmocka_unit_test_setup(without_a_keyboard_no_task_is_built, begin),
        cmocka_unit_test_setup(each_thing_that_is_missing_is_named_and_the_task_ended, begin),
        cmocka_unit_test_setup(a_silent_seat_is_given_up_and_a_machine_that_stood_still_counts_once, begin),
        cmocka_unit_test_setup(a_state_that_can_t_be_is_none, begin),
        cmocka_unit_test_setup(what_goes_to_the_serial_line_is_shown_and_the_sleeper_is_woken_once, begin_ready),
        cmocka_unit_test_setup(more_than_the_ring_is_written_without_waiting_and_told_in_batches, begin_ready),
        cmocka_unit_test_setup(keys_become_serial_input_in_order_as_far_as_there_is_room, begin_ready),
        cmocka_unit_test_setup(a_forged_index_ends_the_seat_and_types_nothing, begin_ready),
        cmocka_unit_test_setup(a_fault_ends_the_seat_once_and_the_log_says_why, begin_ready),
        cmocka_unit_test_setup(a_fault_while_it_starts_is_what_is_missing, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
