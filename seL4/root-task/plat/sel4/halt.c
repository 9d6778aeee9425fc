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

static struct buf begin(uint8_t *text, size_t cap)
{
    if (halting) /* a failure inside the failure path: say no more */
        halt_stop();
    halting = true;
    struct buf b = buf_of(text, cap);
    buf_say(&b, boot_done ? "halted: " : "boot halted: ");
    return b;
}

static void put_name(struct buf *b, struct cap_name name)
{
    buf_say(b, name.base);
    if (name.index >= 0)
        buf_say(b, "[", (uint64_t)name.index, "]");
    buf_say(b, ": ");
}

static _Noreturn void end(struct buf *b)
{
    buf_say(b, "\n");
    say(buf_bytes(b));
    halt_stop();
}

void halt_boot_done(void)
{
    boot_done = true;
}

_Noreturn void halt_named(struct cap_name name, const char *what)
{
    uint8_t text[256];
    struct buf b = begin(text, sizeof text);
    put_name(&b, name);
    buf_say(&b, what);
    end(&b);
}

_Noreturn void halt_value(struct cap_name name, const char *what, uint64_t value)
{
    uint8_t text[256];
    struct buf b = begin(text, sizeof text);
    put_name(&b, name);
    buf_say(&b, what, " ");
    buf_hex64(&b, value);
    end(&b);
}

_Noreturn void halt_sel4(struct cap_name name, const char *operation, unsigned long error)
{
    uint8_t text[256];
    struct buf b = begin(text, sizeof text);
    put_name(&b, name);
    buf_say(&b, operation, ": ", sel4_word(error));
    end(&b);
}

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    uint8_t text[256];
    boot_done = true;
    struct buf b = begin(text, sizeof text);
    buf_say(&b, what, " at ", file, ":", (uint64_t)line);
    end(&b);
}
