/* UTF-8 checks after RFC 3629; see fmt.h. */
#include "base/fmt.h"

bool utf8_valid(struct bytes s)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* that many bytes behind the lead are for */
    struct reader r = reader_of(s);
    while (r.left) {
        uint32_t point = rd_u8(&r);
        unsigned more = point < 0xc0u ? 0 : point < 0xe0u ? 1 : point < 0xf0u ? 2 : 3;
        r.bad = point >> 6 == 2;
        point &= 0x7fu >> more; /* of a lead beyond 0xf7 so much that it names no character */
        for (unsigned i = 0; i < more; i++) {
            uint32_t next = rd_u8(&r);
            r.bad |= next >> 6 != 2;
            point = point << 6 | (next & 0x3fu);
        }
        if (r.bad || point < least[more] || point > 0x10ffffu || point >> 11 == 0xd800u >> 11)
            return false;
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

bool utf8_name(struct bytes s)
{
    return s.n > 0 && s.n <= NS_NAME_BYTES && !bytes_is(s, ".") && !bytes_is(s, "..") && !memchr(s.p, '/', s.n) &&
           utf8_clean(s);
}

bool utf8_path(struct bytes s, uint32_t depth)
{
    if (!bytes_begin(s, "/") || (s.n > 1 && s.p[s.n - 1] == '/'))
        return false;
    struct bytes rest = bytes_sub(s, 1, s.n);
    for (; rest.n; depth--) {
        if (depth == 0 || !utf8_name(bytes_split(&rest, '/')))
            return false;
    }
    return true;
}

size_t utf8_prefix(struct bytes s, size_t max)
{
    size_t n = max < s.n ? max : s.n;
    while (n > 0 && n < s.n && (s.p[n] & 0xc0) == 0x80)
        n--;
    return n;
}

void utf8_put(struct buf *b, struct bytes s) { buf_put(b, bytes_sub(s, 0, utf8_prefix(s, b->cap - b->n))); }
