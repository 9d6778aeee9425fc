/* The seat's drivers against a model of QEMU's devices: they start, events come through whole and in order for ever, and each
 * device that is absent, old or wrong is told apart. */
#include "support/test.h"

#include "model.h"

static uint32_t id;

static int begin(void **state)
{
    model_init();
    id = 0;
    return 0;
}

static void a_good_keyboard_starts_and_says_who_it_is(void **state)
{
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_READY);
    assert_int_equal(id, 0x06270001);
    assert_int_equal(model_buffers(), SEAT_EVENTS);
    assert_true(model.notified > 0);
    struct seat_event e;
    assert_false(keyboard_next(&e));
}

static void events_come_in_order_and_their_buffers_go_back(void **state)
{
    keyboard_start(&model_memory, &id);
    struct seat_event e;
    for (uint32_t round = 0; round < 5000; round++) {
        uint32_t n = round % (SEAT_EVENTS + 1);
        for (uint32_t i = 0; i < n; i++)
            assert_true(model_event(SEAT_EVENT_KEY, (uint16_t)i, round));
        for (uint32_t i = 0; i < n; i++) {
            assert_true(keyboard_next(&e));
            assert_true(e.type == SEAT_EVENT_KEY && e.code == i && e.value == round);
        }
        assert_false(keyboard_next(&e));
        assert_int_equal(model_buffers(), SEAT_EVENTS);
    }
}

static void an_interrupt_is_acknowledged(void **state)
{
    keyboard_start(&model_memory, &id);
    keyboard_hear();
    assert_int_equal(model.acknowledged, 0);
    model_press(16);
    keyboard_hear();
    assert_int_equal(model.acknowledged, 1);
    assert_int_equal(regs_read(SEAT_KEYBOARD, VIRTIO_INTERRUPT_STATUS), 0);
}

static void what_is_no_fit_keyboard_is_told_apart(void **state)
{
    model.version = 1;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_LEGACY);
    model.version = 3;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_UNFIT);
    begin(state);
    model.resets = false;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_UNFIT);
    begin(state);
    model.features_high = 0;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_UNFIT);
    begin(state);
    model.takes_features = false;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_UNFIT);
    begin(state);
    model.num_max = SEAT_EVENTS - 1;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_UNFIT);
    begin(state);
    model.letters = false;
    assert_int_equal(keyboard_start(&model_memory, &id), SEAT_KEYBOARD_OTHER);
}

static void a_keyboard_that_answers_what_it_was_never_given_stops_the_task(void **state)
{
    struct seat_event e;
    keyboard_start(&model_memory, &id);
    model_claim(SEAT_EVENTS);
    EXPECT_PANIC(keyboard_next(&e));
    begin(state);
    keyboard_start(&model_memory, &id);
    for (uint32_t i = 0; i <= SEAT_EVENTS; i++)
        model_claim(i % SEAT_EVENTS);
    EXPECT_PANIC(keyboard_next(&e));
}

static void the_display_is_told_of_the_framebuffer(void **state)
{
    const uint32_t files[] = {0, 1, 30};
    for (uint32_t i = 0; i < 3; i++) {
        model_init();
        model.files = files[i];
        assert_int_equal(display_start(&model_memory), SEAT_READY);
        assert_true(model.frame.address == MODEL_SCREEN);
        assert_true(model.frame.width == 640 && model.frame.height == 480 && model.frame.stride == 2560 && model.frame.flags == 0);
        assert_memory_equal(&model.frame.format, "XR24", 4);
    }
}

static void what_is_no_display_is_told_apart(void **state)
{
    model.no_dma = true;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_NO_FWCFG);
    begin(state);
    model.no_ramfb = true;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_NONE);
    begin(state);
    model.refuses_list = true;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_NONE);
    begin(state);
    model.refuses_frame = true;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_REFUSED);
    begin(state);
    model.never_answers = true;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_NONE);
    assert_true(model.frame.address == 0);
}

static void a_list_of_files_without_end_is_given_up(void **state)
{
    model.files = 0xfffffff0u;
    assert_int_equal(display_start(&model_memory), SEAT_DISPLAY_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_keyboard_starts_and_says_who_it_is, begin),
        cmocka_unit_test_setup(events_come_in_order_and_their_buffers_go_back, begin),
        cmocka_unit_test_setup(an_interrupt_is_acknowledged, begin),
        cmocka_unit_test_setup(what_is_no_fit_keyboard_is_told_apart, begin),
        cmocka_unit_test_setup(a_keyboard_that_answers_what_it_was_never_given_stops_the_task, begin),
        cmocka_unit_test_setup(the_display_is_told_of_the_framebuffer, begin),
        cmocka_unit_test_setup(what_is_no_display_is_told_apart, begin),
        cmocka_unit_test_setup(a_list_of_files_without_end_is_given_up, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
