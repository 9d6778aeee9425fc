/* The kernel's own lines on the PL011, and how it stops. */
#include "sim.h"

static void put(char c)
{
    volatile uint32_t *uart = p2v(SIM_UART);

    while (uart[0x18 / 4] & 0x20u) { /* FR.TXFF */
    }
    uart[0] = (uint32_t)(unsigned char)c;
}

void say(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put(*text);
    }
}

void say_hex(uint64_t value)
{
    say("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        if (shift == 0 || value >> shift) {
            put("0123456789abcdef"[(value >> shift) & 15u]);
        }
    }
}

void say_dec(uint64_t value)
{
    char digits[21];
    unsigned n = sizeof digits;

    digits[--n] = '\0';
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    say(&digits[n]);
}

void halt(void)
{
    for (;;) {
        __asm__ volatile("msr daifset, #0xf\n wfi");
    }
}

void boot_stop(const char *why, uint64_t value)
{
    say("sim-kernel: boot stopped: ");
    say(why);
    say(": ");
    say_hex(value);
    say("\n");
    halt();
}

/* Retype clears whole frames: 64 bytes at a time where it can. */
void *memset(void *to, int byte, size_t n)
{
    unsigned char *p = to;
    uint64_t w = 0x0101010101010101ul * (unsigned char)byte;

    for (; n >= 64 && ((uintptr_t)p & 15u) == 0; n -= 64, p += 64) {
        __asm__ volatile("stp %0, %0, [%1]\n stp %0, %0, [%1, #16]\n stp %0, %0, [%1, #32]\n stp %0, %0, [%1, #48]"
                         : : "r"(w), "r"(p) : "memory");
    }
    for (; n; n--) {
        *p++ = (unsigned char)byte;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}
