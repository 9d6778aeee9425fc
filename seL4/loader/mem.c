/* The four functions that a compiler may call on its own. Eight bytes at a time where both ends allow it: the
 * kernel's zeroed memory is megabytes, and boot time is measured. */
#include <string.h>

#include <stdint.h>

#define ALIGNED(p) (((uintptr_t)(p)&7u) == 0)

void *memset(void *to, int value, size_t n)
{
    uint8_t *p = to;
    uint64_t wide = 0x0101010101010101u * (uint8_t)value;
    for (; n && !ALIGNED(p); n--)
        *p++ = (uint8_t)value;
    for (; n >= 32; n -= 32, p += 32) {
        uint64_t *q = (uint64_t *)(void *)p;
        q[0] = wide;
        q[1] = wide;
        q[2] = wide;
        q[3] = wide;
    }
    for (; n; n--)
        *p++ = (uint8_t)value;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *p = to;
    const uint8_t *s = from;
    if (ALIGNED(p) && ALIGNED(s)) {
        for (; n >= 32; n -= 32, p += 32, s += 32) {
            uint64_t *q = (uint64_t *)(void *)p;
            const uint64_t *r = (const uint64_t *)(const void *)s;
            q[0] = r[0];
            q[1] = r[1];
            q[2] = r[2];
            q[3] = r[3];
        }
    }
    for (; n; n--)
        *p++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *p = to;
    const uint8_t *s = from;
    if ((uintptr_t)p <= (uintptr_t)s) {
        for (; n; n--)
            *p++ = *s++;
    } else {
        while (n--)
            p[n] = s[n];
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *p = a, *q = b;
    for (; n; n--, p++, q++)
        if (*p != *q)
            return *p < *q ? -1 : 1;
    return 0;
}
