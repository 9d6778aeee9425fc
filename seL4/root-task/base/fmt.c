/* Text building and number parsing; see fmt.h. */
#include "base/fmt.h"

#include "base/assert.h"

static const char hex_digits[] = "0123456789abcdef";

/* Room for n more bytes? If not, remembers the cut. */
static bool buf_room(struct buf *b, size_t n)
{
    COH_ASSERT(b->n <= b->cap);
    if (n > b->cap - b->n) {
        b->cut = true;
        return false;
    }
    return true;
}

void buf_put(struct buf *b, struct bytes s)
{
    if (!buf_room(b, s.n) || s.n == 0)
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_byte(struct buf *b, uint8_t c) { buf_put(b, bytes_of(&c, 1)); }

void buf_le(struct buf *b, uint64_t v, size_t n)
{
    COH_ASSERT(n <= sizeof v);
    if (!buf_room(b, n))
        return;
    for (size_t i = 0; i < n; i++)
        b->p[b->n++] = (uint8_t)(v >> (8u * i));
}

void buf_hex(struct buf *b, struct bytes raw)
{
    COH_ASSERT(raw.n <= SIZE_MAX / 2u);
    if (!buf_room(b, raw.n * 2u))
        return;
    for (size_t i = 0; i < raw.n; i++) {
        b->p[b->n++] = (uint8_t)hex_digits[raw.p[i] >> 4];
        b->p[b->n++] = (uint8_t)hex_digits[raw.p[i] & 15u];
    }
}

void buf_hex16(struct buf *b, uint64_t v)
{
    uint8_t raw[8];
    for (uint32_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(v >> (56u - 8u * i));
    buf_hex(b, bytes_of(raw, sizeof raw));
}

struct bytes piece_text(const struct piece *p, uint8_t store[PIECE_DIGITS])
{
    size_t at = PIECE_DIGITS;
    uint64_t v = p->u;
    if (p->base == 0)
        return p->s;
    do {
        store[--at] = (uint8_t)hex_digits[v % p->base];
        v /= p->base;
    } while (v);
    if (p->base == 16u) {
        store[--at] = 'x';
        store[--at] = '0';
    }
    return bytes_of(store + at, PIECE_DIGITS - at);
}

void buf_pieces(struct buf *b, const struct piece *p, size_t n)
{
    uint8_t store[PIECE_DIGITS];
    struct buf all = *b;
    all.cut = false;
    for (size_t i = 0; i < n; i++)
        buf_put(&all, piece_text(&p[i], store));
    b->n = all.cut ? b->n : all.n;
    b->cut |= all.cut;
}

bool parse_u64(struct bytes s, uint64_t max, uint64_t *out)
{
    if (s.n == 0 || s.n > PIECE_DIGITS || (s.n > 1 && s.p[0] == '0'))
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (v > (UINT64_MAX - digit) / 10u)
            return false;
        v = v * 10u + digit;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

/* 0…15, or 16 for a byte that is no lower-case hex digit. */
static unsigned nibble(uint8_t c)
{
    const char *at = memchr(hex_digits, c, 16);
    return at ? (unsigned)(at - hex_digits) : 16u;
}

bool parse_hex(struct bytes s, uint8_t *out, size_t n)
{
    if (s.n % 2u != 0 || s.n / 2u != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned high = nibble(s.p[2u * i]);
        unsigned low = nibble(s.p[2u * i + 1u]);
        if (high > 15u || low > 15u)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
