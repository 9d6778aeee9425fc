/* The last words: composed in a fixed buffer, written to the UART by polling. */
#include "plat/sel4/halt.h"

#include <sel4/sel4.h>

#include "plat/sel4/uart.h"

static bool boot_done;

const char *sel4_word(unsigned long error)
{
    static const char *const words[] = {
        [seL4_InvalidArgument] = "invalid argument", [seL4_InvalidCapability] = "invalid capability",
        [seL4_IllegalOperation] = "illegal operation", [seL4_RangeError] = "range error",
        [seL4_AlignmentError] = "alignment error", [seL4_FailedLookup] = "failed lookup",
        [seL4_TruncatedMessage] = "truncated message", [seL4_DeleteFirst] = "slot or mapping is in use",
        [seL4_RevokeFirst] = "object is in use", [seL4_NotEnoughMemory] = "not enough memory"
    };
    return error < sizeof(words) / sizeof(words[0]) ? words[error] : "unknown error";
}

_Noreturn void halt_stop(void)
{
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    for (;;)
        seL4_Yield();
}

void halt_boot_done(void) { boot_done = true; }

_Noreturn void halt_pieces(struct cap_name name, const struct piece *p, size_t n)
{
    BUF(b, 256);
    buf_say(&b, boot_done ? "halted: " : "boot halted: ", name.base);
    if (name.index >= 0)
        buf_say(&b, "[", (uint64_t)name.index, "]");
    buf_pieces(&b, p, n);
    buf_byte(&b, '\n');
    uart_write(buf_bytes(&b));
    halt_stop();
}

void sel4_must(struct cap_name name, const char *operation, unsigned long error)
{
    if (error != seL4_NoError)
        halt(name, operation, ": ", sel4_word(error));
}

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    boot_done = true;
    halt_pieces(cap_name(what), PIECES(" at ", file, ":", (uint64_t)line));
}
