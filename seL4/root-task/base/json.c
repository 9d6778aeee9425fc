/* The strict JSON reader and the string writer; see json.h. Nesting is a small stack of brackets, not recursion. */
#include "base/json.h"

#include "base/fmt.h"
#include "base/index.h"

/* The next byte; 0, which is none that JSON may go on with, where the text ends. */
static uint8_t peek(const struct reader *r) { return r->left ? r->p[0] : 0; }

static bool accept(struct reader *r, char c) { return peek(r) == c && rd_u8(r) == c; }

static void blanks(struct reader *r)
{
    while (accept(r, ' ') || accept(r, '\t') || accept(r, '\n') || accept(r, '\r'))
        ;
}

/* Four hex digits of either case. */
static uint32_t hex4(struct reader *r)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    uint32_t v = 0;
    for (int i = 0; i < 4 && !r->bad; i++) {
        const char *at = memchr(digits, rd_u8(r), sizeof digits - 1u);
        r->bad |= !at;
        v = v << 4 | (at ? (uint32_t)(at - digits) % 16u : 0);
    }
    return v;
}

/* What follows a backslash, as one code point; a surrogate pair is one, and a lone surrogate is refused. */
static uint32_t escape(struct reader *r)
{
    static const char after[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    uint8_t c = rd_u8(r);
    const char *at = memchr(after, c, sizeof after - 1u);
    if (at)
        return (uint8_t)means[at - after];
    r->bad |= c != 'u';
    uint32_t high = hex4(r);
    if (high >> 11 != 0xd800u >> 11)
        return high;
    r->bad |= high >= 0xdc00u || !accept(r, '\\') || !accept(r, 'u');
    uint32_t low = hex4(r);
    r->bad |= low >> 10 != 0xdc00u >> 10;
    return 0x10000u + ((high & 0x3ffu) << 10 | (low & 0x3ffu));
}

static void scan_string(struct reader *r, struct json_value *out)
{
    r->bad |= !accept(r, '"');
    struct bytes rest = bytes_of(r->p, r->left);
    while (!r->bad && !accept(r, '"')) {
        uint8_t c = rd_u8(r);
        r->bad |= c < 0x20u;
        if (c == '\\')
            (void)escape(r);
    }
    *out = (struct json_value){.type = JSON_STRING, .text = bytes_sub(rest, 0, rest.n - r->left - 1u)};
}

/* A number has digits without sign, fraction, exponent or leading zero, ≤ UINT64_MAX: a sign is refused here, an `e` as
 * whatever can't follow a value. */
static void scan_scalar(struct reader *r, struct json_value *out)
{
    static const struct {
        const char *text;
        enum json_type type;
    } words[] = {{"true", JSON_BOOL}, {"false", JSON_BOOL}, {"null", JSON_NULL}};
    struct bytes rest = bytes_of(r->p, r->left);
    if (peek(r) == '"') {
        scan_string(r, out);
        return;
    }
    size_t n = 0;
    while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
        n++;
    *out = (struct json_value){.type = JSON_UINT};
    for (size_t i = 0; i < sizeof words / sizeof words[0] && n == 0; i++) {
        if (bytes_begin(rest, words[i].text)) {
            n = strlen(words[i].text);
            out->type = words[i].type;
        }
    }
    out->text = rd_bytes(r, n);
    r->bad |= out->type == JSON_UINT && !parse_u64(out->text, UINT64_MAX, &out->u);
}

/* The bracket that ends the container that begins here; 0: none does. */
static char scan_open(struct reader *r) { return accept(r, '{') ? '}' : accept(r, '[') ? ']' : 0; }

/* Goes on to the next value in a container that `close` ends: takes the comma, unless it is the first, and in an object
 * the value's name. False: there is none, and the bracket is taken, or r is bad. */
static bool scan_next(struct reader *r, char close, bool first, struct json_value *name)
{
    blanks(r);
    if (accept(r, close))
        return false;
    r->bad |= !first && !accept(r, ',');
    if (close == '}') {
        blanks(r);
        scan_string(r, name);
        blanks(r);
        r->bad |= !accept(r, ':');
    }
    return !r->bad;
}

/* One value, a container with all that is in it; blanks before it are taken, those after it are not. */
static void scan_value(struct reader *r, struct json_value *out)
{
    char close[JSON_MAX_DEPTH + 1u]; /* what ends the open containers, the innermost last; 0: what begins is none */
    size_t depth = 0;
    struct json_value name;
    blanks(r);
    struct bytes rest = bytes_of(r->p, r->left);
    do {
        blanks(r);
        close[depth] = scan_open(r);
        bool opened = close[depth] != 0;
        depth += opened;
        r->bad |= depth > JSON_MAX_DEPTH;
        if (!opened)
            scan_scalar(r, out);
        for (; depth && !scan_next(r, close[depth - 1u], opened, &name); opened = false)
            depth--;
    } while (depth && !r->bad);
    if (close[0])
        *out = (struct json_value){.type = close[0] == '}' ? JSON_OBJECT : JSON_ARRAY,
                                   .text = bytes_sub(rest, 0, rest.n - r->left)};
}

bool json_parse(struct bytes s, struct json_value *out)
{
    struct reader r = reader_of(s);
    if (!utf8_valid(s))
        return false;
    scan_value(&r, out);
    blanks(&r);
    return !r.bad && r.left == 0;
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
    struct bytes rest = bytes_str(words);
    for (*place = 0; rest.n; ++*place) {
        if (bytes_eq(word, bytes_split(&rest, '|')))
            return true;
    }
    return false;
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

/* NULL: no field has that name. */
static struct json_field *field_of(struct json_field *fields, size_t n, const struct json_value *name)
{
    BUF(plain, JSON_NAME_BYTES);
    bool known = json_string(name, &plain);
    for (size_t i = 0; i < n && known; i++) {
        if (bytes_is(buf_bytes(&plain), fields[i].name))
            return &fields[i];
    }
    return NULL;
}

bool json_object(const struct json_value *v, struct json_field *fields, size_t n)
{
    struct reader r = reader_of(bytes_sub(v->text, 1, v->text.n));
    struct json_value name, value;
    for (size_t i = 0; i < n; i++)
        fields[i].seen = false;
    if (v->type != JSON_OBJECT)
        return false;
    for (bool first = true; scan_next(&r, '}', first, &name); first = false) {
        scan_value(&r, &value);
        struct json_field *f = field_of(fields, n, &name);
        if (!f || f->seen || !allows(f, &value))
            return false;
        f->seen = true;
        f->value = value;
        put(f);
    }
    for (size_t i = 0; i < n; i++)
        r.bad |= fields[i].required && !fields[i].seen;
    return !r.bad;
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
    struct reader r = reader_of(bytes_sub(array->text, *at ? *at : 1u, array->text.n));
    if (array->type != JSON_ARRAY || !scan_next(&r, ']', *at == 0, NULL))
        return false;
    scan_value(&r, out);
    *at = array->text.n - r.left;
    return !r.bad;
}

static void put_point(struct buf *b, uint32_t point)
{
    unsigned more = point < 0x80u ? 0 : point < 0x800u ? 1 : point < 0x10000u ? 2 : 3;
    buf_byte(b, (uint8_t)(more ? (0xf00u >> (more + 1u) & 0xffu) | point >> 6u * more : point));
    while (more--)
        buf_byte(b, (uint8_t)(0x80u | (point >> 6u * more & 0x3fu)));
}

bool json_string(const struct json_value *v, struct buf *out)
{
    struct reader r = reader_of(v->text);
    struct buf b = buf_begin(out);
    if (v->type != JSON_STRING)
        return false;
    while (r.left && !r.bad) {
        uint8_t c = rd_u8(&r);
        uint32_t point = c == '\\' ? escape(&r) : c;
        r.bad |= point == 0 || b.cut;
        if (c == '\\')
            put_point(&b, point);
        else
            buf_byte(&b, c);
    }
    if (r.bad || b.cut)
        return false;
    out->n = b.n;
    return true;
}

void json_put_string(struct buf *b, struct bytes s)
{
    struct buf all = buf_begin(b);
    buf_byte(&all, '"');
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        bool control = c < 0x20 || c == 0x7f;
        if (control || c == '"' || c == '\\')
            buf_byte(&all, '\\');
        if (control) {
            buf_say(&all, "u00");
            buf_hex(&all, bytes_of(&c, 1));
        } else {
            buf_byte(&all, c);
        }
    }
    buf_byte(&all, '"');
    buf_keep(b, all);
}
