/* What fuzz targets share: libFuzzer's entry point, and a check that crashes with its name. */
#pragma once

#include "base/assert.h"
#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(cond) COH_ASSERT(cond)
