/* Text building on struct buf: no varargs, no locale. Each appends whole or sets `cut` and appends nothing. */
#pragma once

#include "base/bytes.h"

void buf_put(struct buf *b, struct bytes s);
void buf_byte(struct buf *b, uint8_t c);
void buf_le(struct buf *b, uint64_t v, size_t n);         /* the n ≤ 8 low bytes of v, the lowest first */
void buf_hex16(struct buf *b, uint64_t v);                /* sixteen lower-case digits */
void buf_hex(struct buf *b, struct bytes raw);            /* two lower-case digits a byte */

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
