/* Text building on struct buf: no varargs, no locale. Each appends whole or sets `cut` and appends nothing. */
#pragma once

#include "base/bytes.h"

void buf_put(struct buf *b, struct bytes s);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t c);
void buf_le(struct buf *b, uint64_t v, size_t n);         /* the n ≤ 8 low bytes of v, the lowest first */
void buf_u64(struct buf *b, uint64_t v);                  /* decimal */
void buf_hex64(struct buf *b, uint64_t v);                /* 0x…, no leading zeros */
void buf_hex(struct buf *b, struct bytes raw);            /* two lower-case digits a byte */
void buf_kv(struct buf *b, const char *key, uint64_t v);  /* key=decimal */
void buf_kvs(struct buf *b, const char *key, struct bytes v); /* key=text */

/* Decimal without sign or leading zeros (but "0"), ≤ max. False: not such a number. */
bool parse_u64(struct bytes s, uint64_t max, uint64_t *out);
/* Lower-case hex into out, exactly n bytes (s.n == 2n). */
bool parse_hex(struct bytes s, uint8_t *out, size_t n);
