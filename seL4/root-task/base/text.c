/* Windowed text rendering; see text.h. */
#include "base/text.h"

void text_put(struct text *t, struct bytes s)
{
    uint64_t from = t->total;
    t->total += s.n;
    if (s.n == 0 || t->total <= t->skip || t->n == t->cap)
        return;
    size_t lead = from < t->skip ? (size_t)(t->skip - from) : 0;
    size_t n = s.n - lead;
    if (n > t->cap - t->n)
        n = t->cap - t->n;
    memcpy(t->out + t->n, s.p + lead, n);
    t->n += n;
}

void text_pieces(struct text *t, const struct piece *p, size_t n)
{
    uint8_t store[PIECE_DIGITS];
    for (size_t i = 0; i < n; i++)
        text_put(t, piece_text(&p[i], store));
}
