/* What fuzz targets share: libFuzzer's entry point, and a check that crashes with its name. */
#ifndef COH_FUZZ_SUPPORT_FUZZ_H
#define COH_FUZZ_SUPPORT_FUZZ_H

#include "base/assert.h"
#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(cond) COH_ASSERT(cond)

#endif
