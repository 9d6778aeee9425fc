/* What lwIP asks of compiler and platform: types from the compiler's headers, assertions that halt with their
 * name, and no printing. */
#pragma once

#include <stddef.h>

#include "base/assert.h"

/* lwIP's debug output is compiled out; nothing else prints. */
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#define INT_MAX __INT_MAX__
#define SSIZE_MAX __PTRDIFF_MAX__
typedef ptrdiff_t ssize_t;

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x) coh_panic(x, __FILE__, __LINE__)
