/* Base64 (RFC 4648 section 4, with padding) for `b64:` lines and summaries. Strict: what decodes has one
 * spelling only. */
#pragma once

#include "base/bytes.h"

/* Most bytes whose encoding fits into `room` characters; for cutting a summary. */
size_t base64_fit(size_t room);
/* Appends the encoding of raw, or sets `cut` and appends nothing. */
void base64_encode(struct buf *b, struct bytes raw);
/* Appends the decoded bytes. False, and nothing appended: no room, a length that is not a multiple of 4, a
 * character outside the alphabet (blanks and line ends too), misplaced padding, or padding bits that are not
 * zero. `cut` stays. */
bool base64_decode(struct buf *b, struct bytes text);
