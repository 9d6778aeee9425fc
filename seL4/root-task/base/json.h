/* Strict JSON (RFC 8259) as a pull parser over borrowed bytes: UTF-8 checked, no duplicate keys within an object that the
 * caller reads through json_object, unsigned integers only (the control files use no other number), depth ≤ JSON_MAX_DEPTH. */
#pragma once

#include "base/bytes.h"

#define JSON_MAX_DEPTH 8u
/* Longest name of a field, unescaped. */
#define JSON_NAME_BYTES 64u

enum json_type { JSON_STRING, JSON_UINT, JSON_BOOL, JSON_NULL, JSON_OBJECT, JSON_ARRAY };

/* One value. text: a string's raw inside (escapes kept), a number's digits, or a container from its bracket to its bracket. */
struct json_value {
    enum json_type type;
    struct bytes text;
    uint64_t u;   /* JSON_UINT */
};

struct token; /* base/index.h */

/* A field that an object may hold, what its value may be, and where it goes, if anywhere; `seen` and `value` are filled in.
 * What lies there counts for nothing when the object is refused. */
struct json_field {
    const char *name;
    enum json_type type;
    bool required;
    uint16_t token;       /* JSON_STRING: a token (json_token) of at most so many bytes; 0: any string */
    const char *words;    /* JSON_STRING: one of these, "grant|renew"; value.u becomes its place among them */
    uint64_t least, most; /* JSON_UINT: bounds; most = 0: none */
    uint64_t *number;     /* JSON_UINT, words: where it goes when the field is seen; likewise */
    struct bytes *bytes;  /* any value's text, and */
    struct token *copy;   /* a token of at most TOKEN_BYTES */
    uint16_t must, may;   /* the caller's own: hive/control.h */
    bool seen;
    struct json_value value;
};

/* Fields in a table: one that must be there, and one that may; then what is said of its value, `.token = 64`. */
#define JSON_MUST(kind, key, ...) {.name = key, .type = JSON_##kind, .required = true, __VA_ARGS__}
#define JSON_MAY(kind, key, ...) {.name = key, .type = JSON_##kind, __VA_ARGS__}

/* s is exactly one JSON value, blanks around it allowed. */
bool json_parse(struct bytes s, struct json_value *out);
/* Reads the object v, which json_parse or these functions gave, into fields[n]. False: v is no object, unknown or duplicate
 * name, wrong type, a value that its field does not allow, or a required one missing. A name written with escapes is compared
 * unescaped. */
bool json_object(const struct json_value *v, struct json_field *fields, size_t n);
/* line is one JSON object with these fields: NULL, or the detail of its refusal: "invalid-json" or "invalid-fields". */
const char *json_line(struct bytes line, struct json_field *fields, size_t n);
/* The elements of an array in turn: *at starts as 0 and is moved on. False: no more, or v is no array. */
bool json_next(const struct json_value *v, size_t *at, struct json_value *out);
/* A token: 1 to max bytes of printable ASCII without blank, quotes, backslash and `=`, so that it stands in a line of
 * key=value as it is, and for itself in the JSON text. */
bool json_token(struct bytes s, size_t max);
/* Unescapes a JSON_STRING and appends it to out (valid UTF-8, no NUL). False, with nothing appended: not a string, too long
 * for out, or a NUL. */
bool json_string(const struct json_value *v, struct buf *out);
/* Appends s (valid UTF-8) as a JSON string with quotes, control characters as \u00xx; whole, or `cut` is set. */
void json_put_string(struct buf *b, struct bytes s);
