/* A window onto rendered text: a node renders its whole content, and only the bytes in [skip, skip + cap) are kept. So a
 * node needs no buffer of its own size, and a read at any offset costs one rendering. */
#pragma once

#include "base/fmt.h"

struct text {
    uint8_t *out;
    size_t cap;
    uint64_t skip;
    size_t n;       /* bytes kept in out, ≤ cap */
    uint64_t total; /* bytes rendered so far: the content's size at the end */
};

static inline struct text text_window(void *out, size_t cap, uint64_t skip)
{
    return (struct text){.out = out, .cap = cap, .skip = skip};
}

void text_put(struct text *t, struct bytes s);
/* text_say(t, "state=", name, "\n"): renders the pieces (base/fmt.h). */
void text_pieces(struct text *t, const struct piece *p, size_t n);
#define text_say(t, ...) text_pieces(t, PIECES(__VA_ARGS__))
