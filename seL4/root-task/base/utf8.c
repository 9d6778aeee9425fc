/* UTF-8 checks by the table of RFC 3629 section 4; see utf8.h. */
#include "base/utf8.h"

#include "base/assert.h"

/* Length of the valid sequence at the start of s (1…4), 0 when there is none. */
static size_t sequence(struct bytes s)
{
    uint8_t lead = s.p[0];
    uint8_t low = 0x80, high = 0xbf; /* range of the second byte; later bytes are 80…BF */
    size_t n;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        n = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        n = 3;
        if (lead == 0xe0)
            low = 0xa0;
        if (lead == 0xed)
            high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        n = 4;
        if (lead == 0xf0)
            low = 0x90;
        if (lead == 0xf4)
            high = 0x8f;
    } else {
        return 0;
    }
    if (n > s.n || s.p[1] < low || s.p[1] > high)
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

/* Does a character start at index i (or the text end there)? */
static bool boundary(struct bytes s, size_t i)
{
    return i >= s.n || (s.p[i] & 0xc0) != 0x80;
}

size_t utf8_prefix(struct bytes s, size_t max)
{
    size_t n = max < s.n ? max : s.n;
    while (n > 0 && !boundary(s, n))
        n--;
    return n;
}

size_t utf8_suffix(struct bytes s, size_t max)
{
    size_t from = max < s.n ? s.n - max : 0;
    while (!boundary(s, from))
        from++;
    COH_ASSERT(from <= s.n);
    return from;
}
