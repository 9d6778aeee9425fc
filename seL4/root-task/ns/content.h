/* What reading a file gives, whatever kind of content its node brings: one place for the console and for Secure9P. */
#pragma once

#include "ns/tree.h"

/* Offsets from here on are absolute positions in a ring: NS_ABSOLUTE + n is position n (spec/secure9p.md). */
#define NS_ABSOLUTE (1ull << 62)

/* Content that is bytes, not lines of text. */
bool ns_is_bytes(const struct ns_tree *t, const struct ns_ref *ref);
/* The ring behind a file, NULL when it has none (any more). */
struct ring *ns_ring(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);
/* Content that lies somewhere already? Then *out is what there is now. */
bool ns_constant(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref, struct bytes *out);
/* Renders all other content into a window. */
void ns_render(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, struct text *out);
/* Bytes readable now. */
uint64_t ns_size(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);
/* Copies up to cap bytes from offset; *n says how many, 0 at the end. base is where a ring's plain offsets count from (its
 * oldest position when the file was opened), *at a hint that belongs to the open file (zeroed at first). COH_STALE: the
 * position is overwritten (*oldest is what is kept); COH_CLOSED: what the file belonged to is gone. */
enum coh_status ns_read(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, uint64_t base, uint64_t offset,
                        struct ring_cursor *at, uint8_t *out, size_t cap, size_t *n, uint64_t *oldest);
