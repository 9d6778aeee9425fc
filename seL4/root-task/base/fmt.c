/* Text building and number parsing; see fmt.h. */
#include "base/fmt.h"

static const char hex_digits[] = "0123456789abcdef";

void buf_put(struct buf *b, struct bytes s)
{
    COH_ASSERT(b->n <= b->cap);
    bool fits = s.n <= b->cap - b->n;
    b->cut |= !fits;
    if (!fits || s.n == 0)
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_byte(struct buf *b, uint8_t c) { buf_put(b, bytes_of(&c, 1)); }

void buf_le(struct buf *b, uint64_t v, size_t n)
{
    COH_ASSERT(n <= sizeof v);
    buf_put(b, bytes_of(&v, n));
}

void buf_hex(struct buf *b, struct bytes raw)
{
    struct buf all = buf_begin(b);
    for (size_t i = 0; i < raw.n; i++) {
        buf_byte(&all, (uint8_t)hex_digits[raw.p[i] >> 4]);
        buf_byte(&all, (uint8_t)hex_digits[raw.p[i] & 15u]);
    }
    buf_keep(b, all);
}

void buf_hex16(struct buf *b, uint64_t v)
{
    uint64_t highest_first = __builtin_bswap64(v);
    buf_hex(b, bytes_of(&highest_first, sizeof highest_first));
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
    struct buf all = buf_begin(b);
    for (size_t i = 0; i < n; i++)
        buf_put(&all, piece_text(&p[i], store));
    buf_keep(b, all);
}

void buf_ipv4(struct buf *b, uint32_t a)
{
    if (a)
        buf_say(b, a >> 24, ".", a >> 16 & 255, ".", a >> 8 & 255, ".", a & 255);
    else
        buf_say(b, "none");
}

bool parse_u64(struct bytes s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = s.p[i] - (unsigned)'0';
        if (digit > 9u || v > (UINT64_MAX - digit) / 10u)
            return false;
        v = v * 10u + digit;
    }
    if (s.n == 0 || (s.n > 1 && s.p[0] == '0') || v > max)
        return false;
    *out = v;
    return true;
}

bool parse_hex(struct bytes s, uint8_t *out, size_t n)
{
    unsigned v = 0;
    if (s.n % 2u != 0 || s.n / 2u != n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = memchr(hex_digits, s.p[i], 16);
        if (!at)
            return false;
        v = v << 4 | (unsigned)(at - hex_digits);
        out[i / 2u] = (uint8_t)v;
    }
    return true;
}
