/* coh_panic for fuzz targets: a failed assertion is a crash that libFuzzer keeps. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    fprintf(stderr, "halted: %s at %s:%d\n", what, file, line);
    abort();
}
