/* Base64 both ways; see base64.h. */
#include "base/base64.h"

#include "base/fmt.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_fit(size_t room) { return room / 4u * 3u; }

void base64_encode(struct buf *b, struct bytes raw)
{
    struct buf all = buf_begin(b);
    for (size_t i = 0; i < raw.n; i += 3u) {
        struct bytes part = bytes_sub(raw, i, 3);
        uint32_t group = 0;
        for (size_t k = 0; k < 3u; k++)
            group = group << 8 | (k < part.n ? part.p[k] : 0u);
        for (size_t k = 0; k < 4u; k++)
            buf_byte(&all, (uint8_t)(k <= part.n ? alphabet[group >> (18u - 6u * k) & 63u] : '='));
    }
    buf_keep(b, all);
}

bool base64_decode(struct buf *b, struct bytes text)
{
    struct buf all = buf_begin(b);
    size_t pad = 0;
    while (pad < 2u && pad < text.n && text.p[text.n - 1u - pad] == '=')
        pad++;
    if (text.n % 4u != 0)
        return false;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n - pad; i++) {
        const char *at = memchr(alphabet, text.p[i], sizeof alphabet - 1u);
        if (at == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(at - alphabet);
        if (i % 4u) /* the first of a group fills no byte yet */
            buf_byte(&all, (uint8_t)(bits >> (6u - 2u * (i % 4u))));
    }
    if (all.cut || (bits & ((1u << 2u * pad) - 1u))) /* the bits that the last byte left over */
        return false;
    b->n = all.n;
    return true;
}
