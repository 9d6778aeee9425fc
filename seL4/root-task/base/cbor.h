/* CTAP2-canonical CBOR (spec/namespace.md): a writer into a window of rendered text, and a reader that takes
 * nothing else. Of CBOR (RFC 8949) that is: integers, byte and text strings, arrays, maps, false, true, null;
 * every length definite and as short as it can be; keys integers or strings, sorted and unique; at most
 * CBOR_MAX_DEPTH containers in each other. No tags, and no floating point, which no file of the namespace
 * uses. */
#pragma once

#include "base/fmt.h"

/* CTAP2: four levels. */
#define CBOR_MAX_DEPTH 4u

/* ---- writer: each appends one item, of those kinds that the files of the namespace hold ---- */

void cbor_uint(struct text *t, uint64_t v);
/* v is valid UTF-8. */
void cbor_text(struct text *t, struct bytes v);
void cbor_str(struct text *t, const char *s);
void cbor_bool(struct text *t, bool v);
/* The n items follow. */
void cbor_array(struct text *t, uint64_t n);
/* The n pairs of key and value follow, in canonical order: of text keys the shorter first, those of a length
 * by bytes. */
void cbor_map(struct text *t, uint64_t n);

/* cbor_say(t, "id", id, "rest"): an item of each text and number (base/fmt.h). */
void cbor_items(struct text *t, const struct piece *p, size_t n);
#define cbor_say(t, ...) cbor_items(t, PIECES(__VA_ARGS__))
/* cbor_pairs(t, "id", id, "n", 3): a map of these keys and values, which are texts and numbers. */
void cbor_pieces(struct text *t, const struct piece *p, size_t n);
#define cbor_pairs(t, ...) cbor_pieces(t, PIECES(__VA_ARGS__))

/* ---- reader ---- */

enum cbor_type { CBOR_UINT, CBOR_NINT, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_BOOL, CBOR_NULL };

struct cbor_value {
    enum cbor_type type;
    uint64_t u; /* CBOR_UINT: the number; CBOR_NINT: −1 − the number; CBOR_BOOL: 0 or 1; containers: items or
                   pairs */
    struct bytes text; /* a string's bytes; a container's items, encoded */
};

/* The next item of bytes that are not known to be whole: a string with its bytes; a container's items follow it and are
 * not looked at. False: with r->bad the bytes end before the item can (of a string *v tells type and length by then, if its
 * head was whole, else it is unchanged), else it is not canonical. */
bool cbor_head(struct reader *r, struct cbor_value *v);
/* s is exactly one canonical item. */
bool cbor_parse(struct bytes s, struct cbor_value *out);
/* The items of a container in turn, of a map key and value by turns: *at starts as 0 and is moved on. v came
 * from cbor_parse or from here. False: no more, or v is no container. */
bool cbor_next(const struct cbor_value *v, size_t *at, struct cbor_value *out);
