/* The last words: composed in a fixed buffer, written to the UART by polling (and to the kernel's own console
 * where the UART is not mapped yet and the kernel has one). */
#include "plat/sel4/halt.h"

#include <sel4/sel4.h>

#include "base/fmt.h"
#include "plat/sel4/uart.h"

static bool boot_done;
static bool halting;

static const char *sel4_word(unsigned long error)
{
    static const char *const words[] = {
        [seL4_NoError] = "no error",
        [seL4_InvalidArgument] = "invalid argument",
        [seL4_InvalidCapability] = "invalid capability",
        [seL4_IllegalOperation] = "illegal operation",
        [seL4_RangeError] = "range error",
        [seL4_AlignmentError] = "alignment error",
        [seL4_FailedLookup] = "failed lookup",
        [seL4_TruncatedMessage] = "truncated message",
        [seL4_DeleteFirst] = "slot or mapping is in use",
        [seL4_RevokeFirst] = "object is in use",
        [seL4_NotEnoughMemory] = "not enough memory",
    };
    return error < sizeof(words) / sizeof(words[0]) ? words[error] : "unknown error";
}

static void say(struct bytes line)
{
    if (uart_ready()) {
        uart_write(line);
        return;
    }
#ifdef CONFIG_PRINTING
    for (size_t i = 0; i < line.n; i++)
        seL4_DebugPutChar((char)line.p[i]);
#endif
}

_Noreturn void halt_stop(void)
{
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    for (;;)
        seL4_Yield();
}

void halt_boot_done(void) { boot_done = true; }

static _Noreturn void last_words(const struct piece *p, size_t n)
{
    BUF(b, 256);
    if (halting) /* a failure inside the failure path: say no more */
        halt_stop();
    halting = true;
    buf_say(&b, boot_done ? "halted: " : "boot halted: ");
    buf_pieces(&b, p, n);
    buf_byte(&b, '\n');
    say(buf_bytes(&b));
    halt_stop();
}

/* Writes `<name>: `, and returns it. */
static struct bytes put_name(struct cap_name name, struct buf *out)
{
    buf_say(out, name.base);
    if (name.index >= 0)
        buf_say(out, "[", (uint64_t)name.index, "]");
    buf_say(out, ": ");
    return buf_bytes(out);
}

_Noreturn void halt_named(struct cap_name name, const char *what)
{
    BUF(who, 64);
    last_words(PIECES(put_name(name, &who), what));
}

_Noreturn void halt_value(struct cap_name name, const char *what, uint64_t value)
{
    BUF(who, 64);
    BUF(hex, 18);
    buf_say(&hex, piece_hex(value));
    last_words(PIECES(put_name(name, &who), what, " ", buf_bytes(&hex)));
}

void sel4_must(struct cap_name name, const char *operation, unsigned long error)
{
    BUF(who, 64);
    if (error != seL4_NoError)
        last_words(PIECES(put_name(name, &who), operation, ": ", sel4_word(error)));
}

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    boot_done = true;
    last_words(PIECES(what, " at ", file, ":", (uint64_t)line));
}
