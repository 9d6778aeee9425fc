/* Borrowed views and bounded owners of bytes, and the one cursor that every parser uses; and assertions. Header only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

/* A borrowed view: p may be NULL only when n is 0. */
struct bytes {
    const uint8_t *p;
    size_t n;
};

static inline struct bytes bytes_of(const void *p, size_t n) { return (struct bytes){p, n}; }

static inline struct bytes bytes_str(const char *s) { return bytes_of(s, strlen(s)); }

/* [from, from+n) of b, clipped to b. */
static inline struct bytes bytes_sub(struct bytes b, size_t from, size_t n) {
    if (from > b.n)
        from = b.n;
    if (n > b.n - from)
        n = b.n - from;
    return bytes_of(n ? b.p + from : b.p, n);
}

static inline bool bytes_eq(struct bytes a, struct bytes b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool bytes_is(struct bytes a, const char *s) { return bytes_eq(a, bytes_str(s)); }

static inline bool bytes_begin(struct bytes a, const char *s) { return bytes_is(bytes_sub(a, 0, strlen(s)), s); }

/* Lexicographic by unsigned byte; a prefix sorts first. */
static inline int bytes_cmp(struct bytes a, struct bytes b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Takes off *rest what stands before the first such byte, and that byte too; when there is none, all of it. */
static inline struct bytes bytes_split(struct bytes *rest, char at) {
    const uint8_t *end = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    struct bytes first = bytes_sub(*rest, 0, end ? (size_t)(end - rest->p) : rest->n);
    *rest = bytes_sub(*rest, first.n + 1, rest->n);
    return first;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers lie in memory as on every wire here");

/* The little-endian number that b is, of at most 8 bytes. */
static inline uint64_t bytes_le(struct bytes b) {
    uint64_t v = 0;
    if (b.n)
        memcpy(&v, b.p, b.n);
    return v;
}

/* A bounded owner: writes past cap set `cut` and are dropped, never partly done. n ≤ cap always. */
struct buf {
    uint8_t *p;
    size_t cap;
    size_t n;
    bool cut;
};

static inline struct buf buf_of(void *p, size_t cap) { return (struct buf){.p = p, .cap = cap}; }

/* Declares a buf over store of its own. */
#define BUF(name, size)                                                                                                \
    uint8_t name##_store[size];                                                                                        \
    struct buf name = buf_of(name##_store, sizeof name##_store)

static inline struct bytes buf_bytes(const struct buf *b) { return bytes_of(b->p, b->n); }

/* Several pieces that are written whole or not at all: they go to buf_begin(b), a copy, and buf_keep takes them over.
 * False: they were cut; b holds none of them, and its `cut` is set. */
static inline struct buf buf_begin(const struct buf *b) { return (struct buf){b->p, b->cap, b->n, false}; }

static inline bool buf_keep(struct buf *b, struct buf all) {
    b->cut |= all.cut;
    b->n = all.cut ? b->n : all.n;
    return !all.cut;
}

/* A reading cursor, little-endian. The check count ≤ left is here and nowhere else; after a failure `bad` stays set and
 * every further read yields zeros. */
struct reader {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static inline struct reader reader_of(struct bytes b) { return (struct reader){.p = b.p, .left = b.n}; }

static inline struct bytes rd_bytes(struct reader *r, size_t n) {
    if (r->bad || n > r->left) {
        r->bad = true;
        return bytes_of(NULL, 0);
    }
    struct bytes b = bytes_of(r->p, n);
    r->p += n;
    r->left -= n;
    return b;
}

static inline uint8_t rd_u8(struct reader *r) { return (uint8_t)bytes_le(rd_bytes(r, 1)); }
static inline uint16_t rd_u16(struct reader *r) { return (uint16_t)bytes_le(rd_bytes(r, 2)); }
static inline uint32_t rd_u32(struct reader *r) { return (uint32_t)bytes_le(rd_bytes(r, 4)); }
static inline uint64_t rd_u64(struct reader *r) { return bytes_le(rd_bytes(r, 8)); }
