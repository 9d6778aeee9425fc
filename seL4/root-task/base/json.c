/* The strict JSON reader and the string writer; see json.h. Nesting is a small stack of brackets, not
 * recursion. */
#include "base/json.h"

#include "base/assert.h"
#include "base/index.h"
#include "base/utf8.h"

struct scan {
    const uint8_t *p;
    size_t n;
    size_t at;
};

#define END_OF_TEXT 256u

static unsigned peek(const struct scan *s)
{
    return s->at < s->n ? s->p[s->at] : END_OF_TEXT;
}

static bool accept(struct scan *s, uint8_t c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static void blanks(struct scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r')
        s->at++;
}

/* Four hex digits of either case. */
static bool hex4(struct scan *s, uint32_t *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = peek(s);
        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'f')
            v = v << 4 | ((c | 0x20u) - 'a' + 10u);
        else
            return false;
        s->at++;
    }
    *out = v;
    return true;
}

/* What follows `\u`: one code point, a surrogate pair being one; a lone surrogate is refused. */
static bool escaped_point(struct scan *s, uint32_t *out)
{
    uint32_t high, low;
    if (!hex4(s, &high))
        return false;
    *out = high;
    if (high < 0xd800u || high > 0xdfffu)
        return true;
    if (high > 0xdbffu || !accept(s, '\\') || !accept(s, 'u') || !hex4(s, &low))
        return false;
    if (low < 0xdc00u || low > 0xdfffu)
        return false;
    *out = 0x10000u + ((high - 0xd800u) << 10) + (low - 0xdc00u);
    return true;
}

/* What follows a backslash, as one code point. */
static bool escape(struct scan *s, uint32_t *out)
{
    static const char after[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    unsigned c = peek(s);
    if (c == END_OF_TEXT)
        return false;
    s->at++;
    const char *at = memchr(after, (int)c, sizeof after - 1u);
    if (!at)
        return c == 'u' && escaped_point(s, out);
    *out = (uint8_t)means[at - after];
    return true;
}

static bool scan_string(struct scan *s, struct json_value *out)
{
    if (!accept(s, '"'))
        return false;
    size_t from = s->at;
    *out = (struct json_value){.type = JSON_STRING};
    while (!accept(s, '"')) {
        uint32_t point;
        unsigned c = peek(s);
        if (c == END_OF_TEXT || c < 0x20u)
            return false;
        s->at++;
        if (c == '\\') {
            out->escaped = true;
            if (!escape(s, &point))
                return false;
        }
    }
    out->text = bytes_of(s->p + from, s->at - 1u - from);
    return true;
}

/* Digits without sign, fraction, exponent or leading zero, ≤ UINT64_MAX. A sign or an `e` is refused here or
 * as whatever can't follow a value. */
static bool scan_uint(struct scan *s, struct json_value *out)
{
    size_t from = s->at;
    uint64_t v = 0;
    while (peek(s) >= '0' && peek(s) <= '9') {
        uint64_t digit = peek(s) - '0';
        if (v > (UINT64_MAX - digit) / 10u)
            return false;
        v = v * 10u + digit;
        s->at++;
    }
    size_t n = s->at - from;
    if (n == 0 || (n > 1 && s->p[from] == '0'))
        return false;
    *out = (struct json_value){.type = JSON_UINT, .text = bytes_of(s->p + from, n), .u = v};
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if (n > s->n - s->at || memcmp(s->p + s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool scan_scalar(struct scan *s, struct json_value *out)
{
    size_t from = s->at;
    if (peek(s) == '"')
        return scan_string(s, out);
    bool yes = scan_word(s, "true"), no = scan_word(s, "false"), null = scan_word(s, "null");
    if (!yes && !no && !null)
        return scan_uint(s, out);
    *out = (struct json_value){.type = null ? JSON_NULL : JSON_BOOL, .b = yes};
    out->text = bytes_of(s->p + from, s->at - from);
    return true;
}

/* `"name" :` before a member's value. */
static bool scan_name(struct scan *s, struct json_value *name)
{
    blanks(s);
    if (!scan_string(s, name))
        return false;
    blanks(s);
    return accept(s, ':');
}

/* The brackets that are open, innermost last: '{' or '['. */
struct nest {
    uint8_t open[JSON_MAX_DEPTH];
    size_t depth;
};

/* What comes after a whole value: closing brackets, until a comma asks for another value or nothing is open
 * any more. */
static bool scan_after_value(struct scan *s, struct nest *nest)
{
    while (nest->depth > 0) {
        bool object = nest->open[nest->depth - 1u] == '{';
        struct json_value name;
        blanks(s);
        if (accept(s, ','))
            return object ? scan_name(s, &name) : true;
        if (!accept(s, object ? '}' : ']'))
            return false;
        nest->depth--;
    }
    return true;
}

/* One bracket or scalar in value position, with what follows it up to the next value. */
static bool scan_step(struct scan *s, struct nest *nest)
{
    struct json_value inner;
    blanks(s);
    bool object = accept(s, '{');
    if (!object && !accept(s, '[')) {
        if (!scan_scalar(s, &inner))
            return false;
        return scan_after_value(s, nest);
    }
    if (nest->depth == JSON_MAX_DEPTH)
        return false;
    nest->open[nest->depth++] = object ? '{' : '[';
    blanks(s);
    if (accept(s, object ? '}' : ']')) {
        nest->depth--;
        return scan_after_value(s, nest);
    }
    return object ? scan_name(s, &inner) : true;
}

/* One value; blanks before it are taken, those after it are not. */
static bool scan_value(struct scan *s, struct json_value *out)
{
    blanks(s);
    size_t from = s->at;
    unsigned c = peek(s);
    if (c != '{' && c != '[')
        return scan_scalar(s, out);
    struct nest nest = {.depth = 0};
    do {
        if (!scan_step(s, &nest))
            return false;
    } while (nest.depth > 0);
    *out = (struct json_value){.type = c == '{' ? JSON_OBJECT : JSON_ARRAY,
                               .text = bytes_of(s->p + from, s->at - from)};
    return true;
}

bool json_parse(struct bytes s, struct json_value *out)
{
    struct scan scan = {s.p, s.n, 0};
    if (!utf8_valid(s) || !scan_value(&scan, out))
        return false;
    blanks(&scan);
    return scan.at == scan.n;
}

/* The next code point of a string's raw inside as UTF-8; 0 when it is malformed. The text was checked by
 * scan_string. */
static size_t next_char(struct scan *s, uint8_t out[4])
{
    uint32_t point;
    if (!accept(s, '\\')) {
        out[0] = s->p[s->at++];
        return 1;
    }
    if (!escape(s, &point))
        return 0;
    if (point < 0x80u) {
        out[0] = (uint8_t)point;
        return 1;
    }
    size_t n = point < 0x800u ? 2 : point < 0x10000u ? 3 : 4;
    for (size_t i = n - 1u; i > 0; i--) {
        out[i] = (uint8_t)(0x80u | (point & 0x3fu));
        point >>= 6;
    }
    out[0] = (uint8_t)((0xf00u >> n & 0xffu) | point);
    return n;
}

static bool name_is(const struct json_value *name, const char *want)
{
    struct bytes rest = bytes_str(want);
    struct scan s = {name->text.p, name->text.n, 0};
    while (s.at < s.n) {
        uint8_t c[4];
        size_t n = next_char(&s, c);
        if (n == 0 || !bytes_eq(bytes_sub(rest, 0, n), bytes_of(c, n)))
            return false;
        rest = bytes_sub(rest, n, rest.n);
    }
    return rest.n == 0;
}

bool json_token(struct bytes s, size_t max)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return s.n > 0 && s.n <= max;
}

/* The place of word among words, "a|b|c"; false: it is none of them. */
static bool place_of(const char *words, struct bytes word, uint64_t *place)
{
    *place = 0;
    for (struct bytes rest = bytes_str(words);;) {
        const uint8_t *bar = memchr(rest.p, '|', rest.n);
        size_t n = bar ? (size_t)(bar - rest.p) : rest.n;
        if (bytes_eq(word, bytes_sub(rest, 0, n)))
            return true;
        if (!bar)
            return false;
        rest = bytes_sub(rest, n + 1u, rest.n);
        ++*place;
    }
}

/* Is the value what the field allows? */
static bool allows(const struct json_field *f, struct json_value *v)
{
    if (f->type != v->type)
        return false;
    if (v->type == JSON_UINT)
        return v->u >= f->least && (!f->most || v->u <= f->most);
    if (f->words)
        return place_of(f->words, v->text, &v->u);
    return !f->token || json_token(v->text, f->token);
}

/* Puts a value where its field says. */
static void put(const struct json_field *f)
{
    if (f->number)
        *f->number = f->value.u;
    if (f->bytes)
        *f->bytes = f->value.text;
    if (f->copy)
        token_set(f->copy, f->value.text);
}

static bool store_field(struct json_field *fields, size_t n, const struct json_value *name,
                        struct json_value *value)
{
    for (size_t i = 0; i < n; i++) {
        if (!name_is(name, fields[i].name))
            continue;
        if (fields[i].seen || !allows(&fields[i], value))
            return false;
        fields[i].seen = true;
        fields[i].value = *value;
        put(&fields[i]);
        return true;
    }
    return false;
}

bool json_object(const struct json_value *v, struct json_field *fields, size_t n)
{
    COH_ASSERT(n == 0 || fields != NULL);
    for (size_t i = 0; i < n; i++)
        fields[i].seen = false;
    if (v->type != JSON_OBJECT)
        return false;
    struct scan s = {v->text.p, v->text.n, 1};
    blanks(&s);
    bool more = !accept(&s, '}');
    while (more) {
        struct json_value name, value;
        if (!scan_name(&s, &name) || !scan_value(&s, &value) || !store_field(fields, n, &name, &value))
            return false;
        blanks(&s);
        more = accept(&s, ',');
    }
    for (size_t i = 0; i < n; i++)
        if (fields[i].required && !fields[i].seen)
            return false;
    return true;
}

const char *json_line(struct bytes line, struct json_field *fields, size_t n)
{
    struct json_value v;
    if (!json_parse(line, &v) || v.type != JSON_OBJECT)
        return "invalid-json";
    return json_object(&v, fields, n) ? NULL : "invalid-fields";
}

bool json_next(const struct json_value *array, size_t *at, struct json_value *out)
{
    if (array->type != JSON_ARRAY)
        return false;
    struct scan s = {array->text.p, array->text.n, *at ? *at : 1u};
    blanks(&s);
    if (peek(&s) == ']' || !scan_value(&s, out))
        return false;
    blanks(&s);
    (void)accept(&s, ',');
    *at = s.at;
    return true;
}

bool json_string(const struct json_value *v, struct buf *out)
{
    if (v->type != JSON_STRING)
        return false;
    struct scan s = {v->text.p, v->text.n, 0};
    size_t before = out->n;
    while (s.at < s.n) {
        uint8_t c[4];
        size_t n = next_char(&s, c);
        if (n == 0 || (n == 1 && c[0] == 0) || n > out->cap - out->n) {
            out->n = before;
            return false;
        }
        memcpy(out->p + out->n, c, n);
        out->n += n;
    }
    return true;
}

/* The escape that c needs inside quotes, into out; returns its length. */
static size_t quoted(uint8_t c, uint8_t out[6])
{
    static const char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = c;
        return 2;
    }
    if (c >= 0x20 && c != 0x7f) {
        out[0] = c;
        return 1;
    }
    memcpy(out, "\\u00", 4);
    out[4] = (uint8_t)digits[c >> 4];
    out[5] = (uint8_t)digits[c & 15u];
    return 6;
}

void json_put_string(struct buf *b, struct bytes s)
{
    uint8_t c[6];
    size_t size = 2;
    COH_ASSERT(b->n <= b->cap && s.n < SIZE_MAX / 8u);
    for (size_t i = 0; i < s.n; i++)
        size += quoted(s.p[i], c);
    if (size > b->cap - b->n) {
        b->cut = true;
        return;
    }
    b->p[b->n++] = '"';
    for (size_t i = 0; i < s.n; i++) {
        size_t n = quoted(s.p[i], c);
        memcpy(b->p + b->n, c, n);
        b->n += n;
    }
    b->p[b->n++] = '"';
}
