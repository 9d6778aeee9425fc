/* Text: built, rendered through a window, parsed, and checked as UTF-8. No varargs, no locale. On struct buf each appends
 * whole or sets `cut` and appends nothing. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

void buf_put(struct buf *b, struct bytes s);
void buf_byte(struct buf *b, uint8_t c);
void buf_le(struct buf *b, uint64_t v, size_t n);         /* the n ≤ 8 low bytes of v, the lowest first */
void buf_hex16(struct buf *b, uint64_t v);                /* sixteen lower-case digits */
void buf_hex(struct buf *b, struct bytes raw);            /* two lower-case digits a byte */
void buf_ipv4(struct buf *b, uint32_t address);           /* in host order; 0 is said as none */

/* A piece of a line: a text, borrowed bytes, or a number that is written in decimal; piece_hex(u) says it as 0x…, without
 * leading zeros. */
struct piece {
    struct bytes s;
    uint64_t u;
    unsigned base; /* of a number; 0: it is s */
};
static inline struct piece piece_str(const char *s) { return (struct piece){.s = bytes_str(s)}; }
static inline struct piece piece_bytes(struct bytes s) { return (struct piece){.s = s}; }
static inline struct piece piece_u64(uint64_t u) { return (struct piece){.u = u, .base = 10}; }
static inline struct piece piece_hex(uint64_t u) { return (struct piece){.u = u, .base = 16}; }
static inline struct piece piece_same(struct piece p) { return p; }
/* The digits of a number piece (in store), else its text. */
#define PIECE_DIGITS 20u
struct bytes piece_text(const struct piece *p, uint8_t store[PIECE_DIGITS]);

/* PIECES("path=", path, " entries=", n) is an array of pieces and its length, from at most 16 texts, bytes, numbers and
 * pieces. */
#define PIECE(x)                                                                                                       \
    _Generic((x), char *: piece_str, const char *: piece_str, struct bytes: piece_bytes, struct piece: piece_same,     \
             default: piece_u64)(x)
#define PIECE_1(a) PIECE(a)
#define PIECE_2(a, ...) PIECE(a), PIECE_1(__VA_ARGS__)
#define PIECE_3(a, ...) PIECE(a), PIECE_2(__VA_ARGS__)
#define PIECE_4(a, ...) PIECE(a), PIECE_3(__VA_ARGS__)
#define PIECE_5(a, ...) PIECE(a), PIECE_4(__VA_ARGS__)
#define PIECE_6(a, ...) PIECE(a), PIECE_5(__VA_ARGS__)
#define PIECE_7(a, ...) PIECE(a), PIECE_6(__VA_ARGS__)
#define PIECE_8(a, ...) PIECE(a), PIECE_7(__VA_ARGS__)
#define PIECE_9(a, ...) PIECE(a), PIECE_8(__VA_ARGS__)
#define PIECE_10(a, ...) PIECE(a), PIECE_9(__VA_ARGS__)
#define PIECE_11(a, ...) PIECE(a), PIECE_10(__VA_ARGS__)
#define PIECE_12(a, ...) PIECE(a), PIECE_11(__VA_ARGS__)
#define PIECE_13(a, ...) PIECE(a), PIECE_12(__VA_ARGS__)
#define PIECE_14(a, ...) PIECE(a), PIECE_13(__VA_ARGS__)
#define PIECE_15(a, ...) PIECE(a), PIECE_14(__VA_ARGS__)
#define PIECE_16(a, ...) PIECE(a), PIECE_15(__VA_ARGS__)
#define PIECE_PICK(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, last, ...) last
#define PIECE_EACH(...) PIECE_PICK(__VA_ARGS__, PIECE_16, PIECE_15, PIECE_14, PIECE_13, PIECE_12, PIECE_11, PIECE_10, PIECE_9, PIECE_8, PIECE_7, PIECE_6, PIECE_5, PIECE_4, PIECE_3, PIECE_2, PIECE_1, 0)(__VA_ARGS__)
#define PIECE_COUNT(...) PIECE_PICK(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PIECES(...) (const struct piece[]){PIECE_EACH(__VA_ARGS__)}, PIECE_COUNT(__VA_ARGS__)

/* buf_say(&b, "id=worker-", number, " role=", name): appends all pieces, or nothing and `cut` is set. */
void buf_pieces(struct buf *b, const struct piece *p, size_t n);
#define buf_say(b, ...) buf_pieces(b, PIECES(__VA_ARGS__))

/* Decimal without sign or leading zeros (but "0"), ≤ max. False: not such a number. */
bool parse_u64(struct bytes s, uint64_t max, uint64_t *out);
/* Lower-case hex into out, exactly n bytes (s.n == 2n). */
bool parse_hex(struct bytes s, uint8_t *out, size_t n);

/* ---- text.c: a window onto rendered text. A node renders its whole content, and only the bytes in [skip, skip + cap)
 * are kept. So a node needs no buffer of its own size, and a read at any offset costs one rendering. ---- */

struct text {
    uint8_t *out;
    size_t cap;
    uint64_t skip;
    size_t n;       /* bytes kept in out, ≤ cap */
    uint64_t total; /* bytes rendered so far: the content's size at the end */
};

static inline struct text text_window(void *out, size_t cap, uint64_t skip)
{
    return (struct text){.out = out, .cap = cap, .skip = skip};
}

void text_put(struct text *t, struct bytes s);
/* text_say(t, "state=", name, "\n"): renders the pieces (base/fmt.h). */
void text_pieces(struct text *t, const struct piece *p, size_t n);
#define text_say(t, ...) text_pieces(t, PIECES(__VA_ARGS__))

/* ---- utf8.c: UTF-8 as RFC 3629: no surrogates, no over-long forms, ≤ U+10FFFF; and the names and paths that are made
 * of it ---- */

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
