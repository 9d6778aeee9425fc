/* UTF-8 as RFC 3629: no surrogates, no over-long forms, ≤ U+10FFFF; and the names and paths that are made of it. */
#pragma once

#include "base/fmt.h"
#include "base/limits.h"

bool utf8_valid(struct bytes s);
/* Does s hold a control character: C0, DEL, or C1 (U+0080 … U+009F), which terminals obey too? */
bool utf8_control(struct bytes s);
/* Text that may stand in a log line or a path: valid, and without control characters. */
bool utf8_clean(struct bytes s);
/* A component of a path: 1–255 bytes of clean text without `/`, neither `.` nor `..`. */
bool utf8_name(struct bytes s);
/* Is s a clean absolute path: `/`, or at most `depth` components, each behind one slash? */
bool utf8_path(struct bytes s, uint32_t depth);
/* Largest n ≤ max that ends on a character boundary of the valid text s. */
size_t utf8_prefix(struct bytes s, size_t max);
/* Appends as much of the valid text s as there is room for, up to a character boundary. */
void utf8_put(struct buf *b, struct bytes s);
