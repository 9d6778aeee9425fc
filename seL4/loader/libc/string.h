/* Freestanding: the memory functions of loader/mem.c, under the names that libsodium's source includes. */
#pragma once

#include <stddef.h>

void *memset(void *to, int value, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
