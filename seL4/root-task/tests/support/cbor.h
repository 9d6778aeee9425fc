/* The kinds of items that the hive reads and never writes. */
#pragma once

#include "base/cbor.h"

static inline void cbor_bytes(struct text *t, struct bytes v)
{
    uint8_t head[9];
    struct text n = text_window(head, sizeof head, 0);
    cbor_uint(&n, v.n);
    head[0] |= 0x40;
    text_put(t, bytes_of(head, n.n));
    text_put(t, v);
}

static inline void cbor_null(struct text *t) { text_put(t, bytes_str("\xf6")); }
