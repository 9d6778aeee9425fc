/* Base64 both ways; see base64.h. */
#include "base/base64.h"

#include "base/assert.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NOT_A_DIGIT 64u

size_t base64_size(size_t n)
{
    COH_ASSERT(n <= SIZE_MAX / 2u);
    return (n + 2u) / 3u * 4u;
}

size_t base64_fit(size_t room)
{
    return room / 4u * 3u;
}

void base64_encode(struct buf *b, struct bytes raw)
{
    COH_ASSERT(b->n <= b->cap);
    if (base64_size(raw.n) > b->cap - b->n) {
        b->cut = true;
        return;
    }
    for (size_t i = 0; i < raw.n; i += 3u) {
        size_t left = raw.n - i;
        uint32_t group = (uint32_t)raw.p[i] << 16;
        if (left > 1)
            group |= (uint32_t)raw.p[i + 1u] << 8;
        if (left > 2)
            group |= raw.p[i + 2u];
        b->p[b->n++] = (uint8_t)alphabet[group >> 18];
        b->p[b->n++] = (uint8_t)alphabet[group >> 12 & 63u];
        b->p[b->n++] = (uint8_t)(left > 1 ? alphabet[group >> 6 & 63u] : '=');
        b->p[b->n++] = (uint8_t)(left > 2 ? alphabet[group & 63u] : '=');
    }
}

static uint32_t digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26u;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52u;
    if (c == '+')
        return 62u;
    return c == '/' ? 63u : NOT_A_DIGIT;
}

/* One group of four characters into 3 − pad bytes. */
static bool group_decode(const uint8_t *p, size_t pad, uint8_t out[3])
{
    uint32_t group = 0;
    for (size_t i = 0; i < 4u; i++) {
        uint32_t d = i < 4u - pad ? digit(p[i]) : 0u;
        if (d == NOT_A_DIGIT)
            return false;
        group = group << 6 | d;
    }
    out[0] = (uint8_t)(group >> 16);
    out[1] = (uint8_t)(group >> 8);
    out[2] = (uint8_t)group;
    if (pad > 0 && out[2] != 0)
        return false;
    return pad < 2 || out[1] == 0;
}

bool base64_decode(struct buf *b, struct bytes text)
{
    COH_ASSERT(b->n <= b->cap);
    if (text.n == 0)
        return true;
    if (text.n % 4u != 0)
        return false;
    size_t pad = 0;
    if (text.p[text.n - 1u] == '=')
        pad = text.p[text.n - 2u] == '=' ? 2u : 1u;
    size_t size = text.n / 4u * 3u - pad;
    if (size > b->cap - b->n)
        return false;
    for (size_t i = 0, at = b->n; i < text.n; i += 4u, at += 3u) {
        size_t group_pad = i + 4u == text.n ? pad : 0u;
        uint8_t out[3];
        if (!group_decode(text.p + i, group_pad, out))
            return false;
        memcpy(b->p + at, out, 3u - group_pad);
    }
    b->n += size;
    return true;
}
