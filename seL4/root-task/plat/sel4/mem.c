/* memcpy and its family in terms of 16-byte steps on the general registers (the rootserver is built without
 * FP/SIMD, so that a thread switch never has to save them). Normal memory only: device memory is read and
 * written through volatile accessors elsewhere. */
#include <stdint.h>
#include <string.h>

/* May alias anything and may be misaligned: normal memory on AArch64 takes both. */
typedef unsigned __int128 __attribute__((may_alias, aligned(1))) word;

static void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
    for (; n >= sizeof(word); n -= sizeof(word), to += sizeof(word), from += sizeof(word))
        *(word *)to = *(const word *)from;
    for (; n > 0; n--)
        *to++ = *from++;
}

static void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
    for (; n >= sizeof(word); n -= sizeof(word))
        *(word *)(to + n - sizeof(word)) = *(const word *)(from + n - sizeof(word));
    for (; n > 0; n--)
        to[n - 1] = from[n - 1];
}

void *memmove(void *to, const void *from, size_t n)
{
    if ((uintptr_t)to - (uintptr_t)from >= n) /* huge where to lies below */
        copy_up(to, from, n);
    else
        copy_down(to, from, n);
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
