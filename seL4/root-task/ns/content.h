/* What reading a file gives, whatever kind of content its node brings: one place for the console and for Secure9P. */
#pragma once

#include "ns/tree.h"

/* Offsets from here on are absolute positions in a ring: NS_ABSOLUTE + n is position n (spec/secure9p.md). */
#define NS_ABSOLUTE (1ull << 62)

/* Content that is bytes, not lines of text. */
bool ns_is_bytes(const struct ns_tree *t, const struct ns_ref *ref);
/* The ring behind a file, NULL when it has none (any more), or is none. */
struct ring *ns_ring(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);
/* Bytes readable now. */
uint64_t ns_size(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);

/* What a read found. */
struct ns_read {
    size_t n;        /* bytes that it copied, 0 at the end */
    uint64_t size;   /* bytes readable now */
    uint64_t oldest; /* of a ring: the oldest position that is kept */
};
/* Copies up to cap bytes from offset. base is where a ring's plain offsets count from (its oldest position when the file was
 * opened), *at a hint that belongs to the open file (zeroed at first). COH_STALE: the position is overwritten; COH_CLOSED: what
 * the file belonged to is gone. */
enum coh_status ns_read(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, uint64_t base, uint64_t offset,
                        struct ring_cursor *at, uint8_t *out, size_t cap, struct ns_read *got);
