/* memcpy and its family in terms of 16-byte steps on the general registers (the rootserver is built without
 * FP/SIMD, so that a thread switch never has to save them). Normal memory only: device memory is read and
 * written through volatile accessors elsewhere. */
#include <stdint.h>
#include <string.h>

/* May alias anything and may be misaligned: normal memory on AArch64 takes both. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

static void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
    for (; n >= 16; n -= 16, to += 16, from += 16) {
        word a = ((const word *)from)[0];
        word b = ((const word *)from)[1];
        ((word *)to)[0] = a;
        ((word *)to)[1] = b;
    }
    if (n >= 8) {
        *(word *)to = *(const word *)from;
        n -= 8, to += 8, from += 8;
    }
    for (; n > 0; n--)
        *to++ = *from++;
}

static void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
    for (; n >= 16; n -= 16) {
        word a = *(const word *)(from + n - 8);
        word b = *(const word *)(from + n - 16);
        *(word *)(to + n - 8) = a;
        *(word *)(to + n - 16) = b;
    }
    for (; n > 0; n--)
        to[n - 1] = from[n - 1];
}

void *memmove(void *to, const void *from, size_t n)
{
    uintptr_t t = (uintptr_t)to;
    uintptr_t f = (uintptr_t)from;
    if (t <= f || t >= f + n)
        copy_up(to, from, n);
    else
        copy_down(to, from, n);
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) { return memmove(to, from, n); }

void *memset(void *to, int value, size_t n)
{
    uint8_t *p = to;
    uint64_t w = (uint8_t)value * 0x0101010101010101u;
    for (; n >= 16; n -= 16, p += 16) {
        ((word *)p)[0] = w;
        ((word *)p)[1] = w;
    }
    for (; n > 0; n--)
        *p++ = (uint8_t)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a;
    const uint8_t *q = b;
    for (; n >= 8 && *(const word *)p == *(const word *)q; n -= 8)
        p += 8, q += 8;
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
