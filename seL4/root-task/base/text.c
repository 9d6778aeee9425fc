/* Windowed text rendering; see fmt.h. */
#include "base/fmt.h"

void text_put(struct text *t, struct bytes s)
{
    struct bytes seen = bytes_sub(s, t->skip > t->total ? t->skip - t->total : 0, t->cap - t->n);
    t->total += s.n;
    if (seen.n)
        memcpy(t->out + t->n, seen.p, seen.n);
    t->n += seen.n;
}

void text_pieces(struct text *t, const struct piece *p, size_t n)
{
    uint8_t store[PIECE_DIGITS];
    for (size_t i = 0; i < n; i++)
        text_put(t, piece_text(&p[i], store));
}
