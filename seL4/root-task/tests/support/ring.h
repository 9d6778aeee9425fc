/* Reading a ring from its oldest record on, where a test needs no cursor. */
#pragma once

#include "base/ring.h"

static inline size_t ring_read(const struct ring *r, uint64_t pos, uint8_t *out, size_t cap)
{
    return ring_read_on(r, &(struct ring_cursor){0}, pos, out, cap);
}
