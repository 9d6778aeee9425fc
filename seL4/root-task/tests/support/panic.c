/* coh_panic for unit tests: returns into EXPECT_PANIC when a test waits for it, else aborts with the
 * assertion's name. */
#include "support/panic.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

jmp_buf panic_return;
volatile bool panic_expected;

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    if (panic_expected) {
        panic_expected = false;
        longjmp(panic_return, 1);
    }
    fprintf(stderr, "halted: %s at %s:%d\n", what, file, line);
    abort();
}
