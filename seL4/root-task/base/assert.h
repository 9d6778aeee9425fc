/* Assertions that stay on in production: a failed one halts with its name. plat provides coh_panic. */
#pragma once

/* Prints `halted: <what> at <file>:<line>` and never returns. */
_Noreturn void coh_panic(const char *what, const char *file, int line);

#ifdef COH_COVERAGE /* scripts/ci/coverage.sh alone: an assertion is no branch */
#define COH_ASSERT(cond) ((void)0)
#else
#define COH_ASSERT(cond)                                                                                       \
    do {                                                                                                       \
        if (!(cond))                                                                                           \
            coh_panic(#cond, __FILE__, __LINE__);                                                         \
    } while (0)
#endif
