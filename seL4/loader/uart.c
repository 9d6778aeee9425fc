/* Text on the board's UART, or on firmware's console while there is one, and the loader's only way to fail. Works with the
 * MMU off, on, and on any core. */
#include "loader.h"

#include "board/uart.h"

static void (*elsewhere)(char c);

void say_through(void (*to)(char c))
{
    elsewhere = to;
}

static void put(char c)
{
    if (elsewhere) {
        elsewhere(c);
        return;
    }
    uart_speak(COH_BOARD_UART_PADDR);
    while (!uart_can_send(COH_BOARD_UART_PADDR))
        ;
    uart_send(COH_BOARD_UART_PADDR, (uint8_t)c);
}

void say_n(const char *text, size_t max)
{
    for (size_t i = 0; i < max && text[i]; i++) {
        if (text[i] == '\n')
            put('\r');
        put(text[i]);
    }
}

void say(const char *text)
{
    say_n(text, SIZE_MAX);
}

static void nibble(uint64_t v)
{
    put("0123456789abcdef"[v & 15]);
}

void say_hex(uint64_t v)
{
    unsigned shift = 60;
    while (shift && !(v >> shift))
        shift -= 4;
    say("0x");
    for (;; shift -= 4) {
        nibble(v >> shift);
        if (!shift)
            return;
    }
}

void say_dec(uint64_t v)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (n)
        put(digits[--n]);
}

void say_digest(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        nibble(p[i] >> 4);
        nibble(p[i]);
    }
}

_Noreturn void asleep(void)
{
    for (;;)
        __asm__ volatile("wfi" ::: "memory");
}

_Noreturn void halt(const char *what)
{
    say("loader: halted: ");
    say(what);
    say("\n");
    asleep();
}

_Noreturn void halt_at(const char *what, uint64_t value, const char *why)
{
    say("loader: halted: ");
    say(what);
    say(" ");
    say_hex(value);
    say(why);
    say("\n");
    asleep();
}
