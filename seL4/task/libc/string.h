/* The memory and string functions that a freestanding program must bring itself; mem.c defines them. This folder stands
 * before the compiler's own, so that the rootserver never depends on a C library being installed. */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
/* Declared for a function of lwIP that nothing calls; there is none. */
int strncmp(const char *a, const char *b, size_t n);
