/* Freestanding: libsodium's source includes it for size_t alone. */
#include <stddef.h>
