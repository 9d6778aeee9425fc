/* Both serial devices against models of their registers: what the driver may touch, what it says and hears, when it
 * interrupts. */
#include "support/test.h"

#include "board/miniuart.h"
#include "board/pl011.h"

#define PL011 0x1000u
#define MINI 0x5040u
#define FIFO 4u

/* A device with a FIFO each way. The interrupt line is computed as the manuals say. */
static struct {
    uint8_t in[FIFO], out[64];
    uint32_t in_n, out_n, room; /* bytes waiting, bytes said, bytes that the transmit FIFO still takes */
    uint32_t control, mask, raw, line_control, levels;
    uint32_t odd; /* accesses to registers that the driver has no business with */
} d;

static int fresh(void **state)
{
    memset(&d, 0, sizeof d);
    d.room = FIFO;
    return 0;
}

static uint8_t pop(void)
{
    assert_true(d.in_n > 0);
    uint8_t c = d.in[0];
    memmove(d.in, d.in + 1, --d.in_n);
    return c;
}

static void push(uint32_t c)
{
    assert_true(d.room > 0);
    assert_true(c <= 0xff);
    d.out[d.out_n++] = (uint8_t)c;
    d.room--;
}

static uint32_t pl011_register(uint32_t offset)
{
    switch (offset) {
    case 0x00: return pop() | 0xf00u; /* error flags lie above the byte */
    case 0x18: return (d.in_n ? 0u : 1u << 4) | (d.room ? 0u : 1u << 5);
    case 0x30: return d.control;
    default: d.odd++; return 0;
    }
}

static uint32_t mini_register(uint32_t offset)
{
    switch (offset) {
    case 0x00: return pop();
    case 0x14: return (d.in_n ? 1u : 0u) | (d.room ? 1u << 5 : 0u);
    case 0x20: return d.control;
    default: d.odd++; return 0;
    }
}

uint32_t mmio_read(uintptr_t base, uint32_t offset)
{
    assert_true(base == PL011 || base == MINI);
    return base == PL011 ? pl011_register(offset) : mini_register(offset);
}

static void pl011_set(uint32_t offset, uint32_t v)
{
    switch (offset) {
    case 0x00: push(v); break;
    case 0x2c: d.line_control = v; break;
    case 0x30: d.control = v; break;
    case 0x34: d.levels = v; break;
    case 0x38: d.mask = v; break;
    case 0x44: d.raw &= ~v; break;
    default: d.odd++;
    }
}

static void mini_set(uint32_t offset, uint32_t v)
{
    switch (offset) {
    case 0x00: push(v); break;
    case 0x04: d.mask = v; break;
    case 0x20: d.control = v; break;
    default: d.odd++;
    }
}

void mmio_write(uintptr_t base, uint32_t offset, uint32_t v)
{
    assert_true(base == PL011 || base == MINI);
    if (base == PL011)
        pl011_set(offset, v);
    else
        mini_set(offset, v);
}

/* The line of the mini-UART: bits 3:2 of IER must be set for either cause. */
static bool mini_interrupts(void)
{
    return (d.mask & 0xc) == 0xc && (((d.mask & 1) && d.in_n) || ((d.mask & 2) && d.room == FIFO));
}

static void the_pl011_says_what_fits_and_hears_what_came(void **state)
{
    assert_true(pl011_can_send(PL011));
    assert_false(pl011_has_input(PL011));
    for (uint8_t c = 'a'; pl011_can_send(PL011); c++)
        pl011_send(PL011, c);
    assert_int_equal(d.out_n, FIFO);
    assert_memory_equal(d.out, "abcd", FIFO);
    d.in[d.in_n++] = 0xff;
    assert_true(pl011_has_input(PL011));
    assert_int_equal(pl011_take(PL011), 0xff);
    assert_false(pl011_has_input(PL011));
    assert_int_equal(d.odd, 0);
}

static void the_pl011_takes_only_the_byte_of_a_word_with_error_flags(void **state)
{
    d.in[d.in_n++] = 'x';
    assert_int_equal(pl011_take(PL011), 'x');
}

static void the_pl011_speaks_without_changing_what_firmware_set(void **state)
{
    d.control = 0x200;
    pl011_speak(PL011);
    assert_int_equal(d.control, 0x301);
    d.control = 0x305;
    pl011_speak(PL011);
    assert_int_equal(d.control, 0x305);
    assert_int_equal(d.line_control, 0);
}

static void the_pl011_starts_with_fifos_and_without_interrupts(void **state)
{
    d.mask = 0x7ff;
    d.raw = 0x7ff;
    d.levels = 0x12;
    pl011_start(PL011);
    assert_int_equal(d.mask, 0);
    assert_int_equal(d.raw, 0);
    assert_int_equal(d.line_control, 0x70); /* 8 bits, FIFOs, no parity, one stop bit */
    assert_int_equal(d.levels, 0);
    assert_int_equal(d.odd, 0);
}

static void the_pl011_interrupts_for_what_it_was_asked_for(void **state)
{
    static const uint32_t wants[] = {0, 0x50, 0x20, 0x70};
    for (uint32_t i = 0; i < 4; i++) {
        pl011_interrupt(PL011, i & 1, i & 2);
        assert_int_equal(d.mask, wants[i]);
    }
    d.raw = 0x7ff;
    pl011_clear(PL011);
    assert_int_equal(d.raw, 0x78f); /* errors and modem lines are nobody's */
}

static void the_mini_uart_says_what_fits_and_hears_what_came(void **state)
{
    assert_false(miniuart_has_input(MINI));
    for (uint8_t c = 'a'; miniuart_can_send(MINI); c++)
        miniuart_send(MINI, c);
    assert_memory_equal(d.out, "abcd", FIFO);
    d.in[d.in_n++] = 'q';
    d.in[d.in_n++] = 0x80;
    assert_true(miniuart_has_input(MINI));
    assert_int_equal(miniuart_take(MINI), 'q');
    assert_int_equal(miniuart_take(MINI), 0x80);
    assert_false(miniuart_has_input(MINI));
    assert_int_equal(d.odd, 0);
}

static void the_mini_uart_speaks_without_changing_what_firmware_set(void **state)
{
    d.control = 1;
    miniuart_speak(MINI);
    assert_int_equal(d.control, 3);
    d.control = 0x42;
    miniuart_speak(MINI);
    assert_int_equal(d.control, 0x42);
}

static void the_mini_uart_interrupts_for_what_it_was_asked_for(void **state)
{
    d.mask = 0xff;
    miniuart_start(MINI);
    assert_false(mini_interrupts());
    miniuart_interrupt(MINI, true, false);
    assert_false(mini_interrupts()); /* there is room, and nobody waits for it */
    d.in_n = 1;
    assert_true(mini_interrupts());
    miniuart_clear(MINI);
    assert_true(mini_interrupts()); /* as long as the byte is there */
    (void)miniuart_take(MINI);
    assert_false(mini_interrupts());
    miniuart_interrupt(MINI, true, true);
    assert_true(mini_interrupts());
    d.room = 1;
    assert_false(mini_interrupts());
    d.in_n = 1;
    miniuart_interrupt(MINI, false, false);
    assert_false(mini_interrupts());
    assert_int_equal(d.mask, 0);
    assert_int_equal(d.odd, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_pl011_says_what_fits_and_hears_what_came, fresh),
        cmocka_unit_test_setup(the_pl011_takes_only_the_byte_of_a_word_with_error_flags, fresh),
        cmocka_unit_test_setup(the_pl011_speaks_without_changing_what_firmware_set, fresh),
        cmocka_unit_test_setup(the_pl011_starts_with_fifos_and_without_interrupts, fresh),
        cmocka_unit_test_setup(the_pl011_interrupts_for_what_it_was_asked_for, fresh),
        cmocka_unit_test_setup(the_mini_uart_says_what_fits_and_hears_what_came, fresh),
        cmocka_unit_test_setup(the_mini_uart_speaks_without_changing_what_firmware_set, fresh),
        cmocka_unit_test_setup(the_mini_uart_interrupts_for_what_it_was_asked_for, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
