/* Windowed text rendering; see text.h. */
#include "base/text.h"

#include "base/fmt.h"

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

void text_str(struct text *t, const char *s) { text_put(t, bytes_str(s)); }

void text_u64(struct text *t, uint64_t v)
{
    uint8_t digits[20];
    struct buf b = buf_of(digits, sizeof digits);
    buf_u64(&b, v);
    text_put(t, buf_bytes(&b));
}

void text_kv(struct text *t, const char *key, uint64_t v)
{
    text_str(t, " ");
    text_str(t, key);
    text_str(t, "=");
    text_u64(t, v);
}

void text_line(struct text *t, const char *key, const char *value)
{
    text_str(t, key);
    text_str(t, "=");
    text_str(t, value);
    text_str(t, "\n");
}

void text_line_u64(struct text *t, const char *key, uint64_t v)
{
    text_str(t, key);
    text_str(t, "=");
    text_u64(t, v);
    text_str(t, "\n");
}
