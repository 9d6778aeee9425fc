/* The lines that control files share (spec/control.md): one strict JSON object with a schema and an op, and for each op the
 * fields that it needs and may have. */
#pragma once

#include "base/index.h"
#include "base/json.h"
#include "ns/tree.h"

/* The first two fields of a table: which schema, and the op, which is 1 << its place among its words. */
enum { CONTROL_SCHEMA, CONTROL_OP, CONTROL_OWN };
#define CONTROL_HEAD(schema, ops)                                                                                      \
    JSON_MUST(STRING, "schema", .words = schema), JSON_MUST(STRING, "op", .words = ops)
/* Other fields: a token, or a number within bounds; then by which ops it is needed, and by which it may be there besides, and
 * where it goes: `.must = OPEN, .may = CLOSE, .copy = &id`. */
#define CONTROL_TOKEN(key, ...) JSON_MAY(STRING, key, .token = TOKEN_BYTES, __VA_ARGS__)
#define CONTROL_NUMBER(key, low, high, ...) JSON_MAY(UINT, key, .least = low, .most = high, __VA_ARGS__)
/* Has a line, in its fields from … n − 1, all whose row says that they must be there with this op, which is one bit, and
 * besides them only what may be there? */
bool control_allows(unsigned op, const struct json_field *f, unsigned from, size_t n);
/* Is the line `key=value` for each of keys, "state sub", in this order, a blank between them? Values are tokens (json_token), and
 * in values, one for each key. */
bool control_facts(struct bytes line, const char *keys, struct bytes *values);
/* Reads a line without ops into f[n]. COH_TOO_BIG beyond max bytes, COH_INVALID with detail invalid-json or invalid-fields, or
 * COH_OK. */
enum coh_status control_line(struct bytes line, size_t max, struct json_field *f, size_t n, struct ns_why *why);
/* What is said of fields that are not as they should be. */
enum coh_status control_bad_fields(struct ns_why *why);
/* The same of a line with an op. */
enum coh_status control_parse(struct bytes line, size_t max, struct json_field *f, size_t n, unsigned *op, struct ns_why *why);
