/* A window onto rendered text: a node renders its whole content, and only the bytes in [skip, skip + cap) are kept. So a
 * node needs no buffer of its own size, and a read at any offset costs one rendering. */
#pragma once

#include "base/bytes.h"

struct text {
    uint8_t *out;
    size_t cap;
    uint64_t skip;
    size_t n;       /* bytes kept in out, ≤ cap */
    uint64_t total; /* bytes rendered so far: the content's size at the end */
};

static inline struct text text_window(void *out, size_t cap, uint64_t skip)
{
    struct text t = {(uint8_t *)out, cap, skip, 0, 0};
    return t;
}

void text_put(struct text *t, struct bytes s);
void text_str(struct text *t, const char *s);
void text_u64(struct text *t, uint64_t v);
/* " key=value", with the blank before it. */
void text_kv(struct text *t, const char *key, uint64_t v);
/* key=value and a newline: one line of a status file. */
void text_line(struct text *t, const char *key, const char *value);
void text_line_u64(struct text *t, const char *key, uint64_t v);
