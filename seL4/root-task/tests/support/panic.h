/* Lets a test expect a failed assertion: EXPECT_PANIC(call) fails unless the call ends in coh_panic. */
#pragma once

#include <setjmp.h>
#include <stdbool.h>

extern jmp_buf panic_return;
extern volatile bool panic_expected;

/* To be used after cmocka.h is included. */
#ifdef COH_COVERAGE /* assertions are out there */
#define EXPECT_PANIC(call) ((void)0)
#else
#define EXPECT_PANIC(call)                                                                                   \
    do {                                                                                                     \
        panic_expected = true;                                                                               \
        if (setjmp(panic_return) == 0) {                                                                     \
            (void)(call);                                                                                    \
            panic_expected = false;                                                                          \
            fail_msg("%s did not halt", #call);                                                              \
        }                                                                                                    \
    } while (0)
#endif
