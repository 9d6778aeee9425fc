/* A byte ring of whole records with absolute positions: an append drops whole oldest records until it fits.
 * Used for telemetry, the log and /kmesg. A record is length-prefixed (u16) in the ring; positions count record bytes
 * without the prefix, as a reader of the file sees them. */
#pragma once

#include "base/bytes.h"

struct ring {
    uint8_t *data;
    uint32_t cap;    /* bytes of data */
    uint32_t start;  /* index of the oldest record's prefix */
    uint32_t used;   /* bytes in use, prefixes included */
    uint64_t oldest; /* absolute position of the oldest byte that is kept */
    uint64_t next;   /* absolute position of the next byte to come */
    uint64_t dropped; /* records dropped since init */
};

void ring_init(struct ring *r, uint8_t *data, uint32_t cap);
/* Largest record that the ring can ever hold. */
uint32_t ring_max_record(const struct ring *r);
/* Appends rec (0 < n ≤ ring_max_record, asserted); returns the number of records that it dropped. */
uint32_t ring_append(struct ring *r, struct bytes rec);
/* Drops the oldest record; there is one, asserted. */
void ring_drop(struct ring *r);
/* A record's place: where a reader that goes on reading need not walk from the oldest record again. The first record of
 * all began at 0, so zeroed is one, too. */
struct ring_cursor {
    uint64_t pos; /* absolute position of the record's first byte */
    uint32_t at;  /* index of its prefix */
};
/* Copies up to cap bytes from absolute position pos (oldest ≤ pos ≤ next, else 0) and returns how many. Begins at c when
 * that record is still kept and not behind pos, and leaves c at the record in which the reading stopped, so that going on
 * from there takes time of what is read alone. */
size_t ring_read_on(const struct ring *r, struct ring_cursor *c, uint64_t pos, uint8_t *out, size_t cap);
/* Absolute position where the newest n records begin. */
uint64_t ring_newest(const struct ring *r, uint32_t n);
