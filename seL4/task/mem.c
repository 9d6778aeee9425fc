/* memcpy and its family in terms of 16-byte steps on the general registers (the rootserver is built without
 * FP/SIMD, so that a thread switch never has to save them). Normal memory only: device memory is read and
 * written through volatile accessors elsewhere. */
#include <stdint.h>
#include <string.h>

/* May alias anything and may be misaligned: normal memory on AArch64 takes both. */
typedef unsigned __int128 __attribute__((may_alias, aligned(1))) word;

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= n) { /* upwards; the difference is huge where to lies below */
        for (; n >= sizeof(word); n -= sizeof(word), t += sizeof(word), f += sizeof(word))
            *(word *)t = *(const word *)f;
        for (; n > 0; n--)
            *t++ = *f++;
    } else {
        for (; n >= sizeof(word); n -= sizeof(word))
            *(word *)(t + n - sizeof(word)) = *(const word *)(f + n - sizeof(word));
        for (; n > 0; n--)
            t[n - 1] = f[n - 1];
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) { return memmove(to, from, n); }

void *memset(void *to, int value, size_t n)
{
    uint8_t *p = to;
    uint64_t half = (uint8_t)value * 0x0101010101010101u;
    for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word))
        *(word *)p = (word)half << 64 | half;
    for (; n > 0; n--)
        *p++ = (uint8_t)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a;
    const uint8_t *q = b;
    for (; n >= sizeof(word) && *(const word *)p == *(const word *)q; n -= sizeof(word))
        p += sizeof(word), q += sizeof(word);
    for (; n > 0; n--, p++, q++) {
        if (*p != *q)
            return *p < *q ? -1 : 1;
    }
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    const uint8_t *p = s;
    for (; n > 0; n--, p++) {
        if (*p == (uint8_t)c)
            return (void *)(uintptr_t)p;
    }
    return NULL;
}

size_t strlen(const char *s)
{
    const char *p = s;
    while (*p != '\0')
        p++;
    return (size_t)(p - s);
}
