/* UTF-8 as RFC 3629: no surrogates, no over-long forms, ≤ U+10FFFF. */
#pragma once

#include "base/fmt.h"

bool utf8_valid(struct bytes s);
/* Does s hold a control character: C0, DEL, or C1 (U+0080 … U+009F), which terminals obey too? */
bool utf8_control(struct bytes s);
/* Text that may stand in a log line or a path: valid, and without control characters. */
bool utf8_clean(struct bytes s);
/* Largest n ≤ max that ends on a character boundary of the valid text s. */
size_t utf8_prefix(struct bytes s, size_t max);
/* Appends as much of the valid text s as there is room for, up to a character boundary. */
void utf8_put(struct buf *b, struct bytes s);
