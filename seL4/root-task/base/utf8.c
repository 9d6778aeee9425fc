/* UTF-8 checks by the table of RFC 3629 section 4; see utf8.h. */
#include "base/utf8.h"

/* Length of the valid sequence at the start of s (1…4), 0 when there is none. */
static size_t sequence(struct bytes s)
{
    static const struct {
        uint8_t lead, n, low, high; /* the last lead byte of the row, the length, the range of the second byte */
    } rows[] = {{0x7f, 1, 0, 0},       {0xc1, 0, 0, 0},       {0xdf, 2, 0x80, 0xbf}, {0xe0, 3, 0xa0, 0xbf},
                {0xec, 3, 0x80, 0xbf}, {0xed, 3, 0x80, 0x9f}, {0xef, 3, 0x80, 0xbf}, {0xf0, 4, 0x90, 0xbf},
                {0xf3, 4, 0x80, 0xbf}, {0xf4, 4, 0x80, 0x8f}, {0xff, 0, 0, 0}};
    size_t row = 0;
    while (s.p[0] > rows[row].lead)
        row++;
    size_t n = rows[row].n;
    if (n > s.n || (n > 1 && (s.p[1] < rows[row].low || s.p[1] > rows[row].high)))
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s.p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool utf8_valid(struct bytes s)
{
    while (s.n) {
        size_t n = sequence(s);
        if (n == 0)
            return false;
        s = bytes_sub(s, n, s.n);
    }
    return true;
}

bool utf8_control(struct bytes s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool c1 = s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] >= 0x80 && s.p[i + 1] < 0xa0;
        if (s.p[i] < 0x20 || s.p[i] == 0x7f || c1)
            return true;
    }
    return false;
}

bool utf8_clean(struct bytes s) { return !utf8_control(s) && utf8_valid(s); }

size_t utf8_prefix(struct bytes s, size_t max)
{
    size_t n = max < s.n ? max : s.n;
    while (n > 0 && n < s.n && (s.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

void utf8_put(struct buf *b, struct bytes s) { buf_put(b, bytes_sub(s, 0, utf8_prefix(s, b->cap - b->n))); }
