/* Canonical CBOR; see cbor.h. The reader checks an item whole, with a small stack of containers. */
#include "base/cbor.h"

enum major { UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum simple { FALSE = 20, TRUE = 21, NUL = 22 };

static void put_head(struct text *t, enum major major, uint64_t v)
{
    uint8_t raw[9];
    unsigned more = v < 24 ? 0 : v <= UINT8_MAX ? 1 : v <= UINT16_MAX ? 2 : v <= UINT32_MAX ? 4 : 8;
    unsigned info = more == 0 ? (unsigned)v : more == 8 ? 27u : 24u + more / 2u; /* 24…27: 1, 2, 4, 8 bytes */
    raw[0] = (uint8_t)((unsigned)major << 5 | info);
    for (unsigned i = 0; i < more; i++)
        raw[1 + i] = (uint8_t)(v >> (8 * (more - 1 - i)));
    text_put(t, bytes_of(raw, 1 + more));
}

void cbor_uint(struct text *t, uint64_t v) { put_head(t, UINT, v); }
void cbor_array(struct text *t, uint64_t n) { put_head(t, ARRAY, n); }
void cbor_map(struct text *t, uint64_t n) { put_head(t, MAP, n); }
void cbor_bool(struct text *t, bool v) { put_head(t, SIMPLE, v ? TRUE : FALSE); }
void cbor_str(struct text *t, const char *s) { cbor_text(t, bytes_str(s)); }

void cbor_text(struct text *t, struct bytes v)
{
    put_head(t, TEXT, v.n);
    text_put(t, v);
}

void cbor_items(struct text *t, const struct piece *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i].base)
            cbor_uint(t, p[i].u);
        else
            cbor_text(t, p[i].s);
    }
}

void cbor_pieces(struct text *t, const struct piece *p, size_t n)
{
    cbor_map(t, n / 2);
    cbor_items(t, p, n);
}

/* The number of a head, which must not have fitted a shorter one; *v is unchanged otherwise. */
static bool number(struct reader *r, unsigned info, uint64_t *v)
{
    unsigned n = info < 24 ? 0 : 1u << (info - 24);
    uint64_t got = n ? 0 : info;
    if (info > 27)
        return false;
    for (unsigned i = 0; i < n; i++)
        got = got << 8 | rd_u8(r);
    uint64_t least = n == 0 ? 0 : n == 1 ? 24 : 1ull << (4 * n);
    if (r->bad || got < least)
        return false;
    *v = got;
    return true;
}

static bool simple(enum major major, struct cbor_value *v)
{
    bool known = major == SIMPLE && v->u >= FALSE && v->u <= NUL;
    v->type = v->u == NUL ? CBOR_NULL : CBOR_BOOL;
    v->u = v->u == TRUE;
    return known;
}

bool cbor_head(struct reader *r, struct cbor_value *v)
{
    uint8_t first = rd_u8(r);
    enum major major = (enum major)(first >> 5);
    v->text = bytes_of(NULL, 0);
    if (r->bad || !number(r, first & 31u, &v->u))
        return false;
    if (major > MAP)
        return simple(major, v);
    v->type = (enum cbor_type)major; /* in the same order */
    if (major == BYTES || major == TEXT) {
        v->text = rd_bytes(r, v->u);
        return !r->bad && (major == BYTES || utf8_valid(v->text));
    }
    r->bad = v->u > (major == MAP ? r->left / 2 : major == ARRAY ? r->left : UINT64_MAX);
    return !r->bad;
}

static bool holds(const struct cbor_value *v) { return v->type == CBOR_MAP || v->type == CBOR_ARRAY; }

/* What is still to come in an item: of a container that many items, keys and values; and of a map the key before. */
struct level {
    uint64_t left;
    struct bytes key;
    bool map;
};

static struct level level_of(const struct cbor_value *v)
{
    bool map = v->type == CBOR_MAP;
    return (struct level){.left = map ? 2 * v->u : holds(v) ? v->u : 0, .map = map};
}

/* Is v no key, or one that may stand behind the key before? Of integers and strings whose lengths are minimal, CTAP2's
 * order is that of their encoded bytes. */
static bool key_follows(struct level *l, const struct cbor_value *v, struct bytes encoded)
{
    if (!l->map || l->left % 2)
        return true;
    bool follows = v->type <= CBOR_TEXT && (l->key.n == 0 || bytes_cmp(l->key, encoded) < 0);
    l->key = encoded;
    return follows;
}

/* One item, a container with all that is in it. */
static bool take(struct reader *r, struct cbor_value *v)
{
    struct level levels[CBOR_MAX_DEPTH + 1];
    if (!cbor_head(r, v))
        return false;
    const uint8_t *inside = r->p;
    levels[0] = level_of(v);
    for (size_t depth = 0; depth || levels[0].left;) {
        struct level *l = &levels[depth];
        struct cbor_value in;
        const uint8_t *from = r->p;
        if (l->left == 0) {
            depth--;
            continue;
        }
        if (!cbor_head(r, &in) || (holds(&in) && depth + 1 == CBOR_MAX_DEPTH))
            return false;
        if (!key_follows(l, &in, bytes_of(from, (size_t)(r->p - from))))
            return false;
        l->left--;
        levels[++depth] = level_of(&in);
    }
    if (holds(v))
        v->text = bytes_of(inside, (size_t)(r->p - inside));
    return true;
}

bool cbor_parse(struct bytes s, struct cbor_value *out)
{
    struct reader r = reader_of(s);
    return take(&r, out) && r.left == 0;
}

bool cbor_next(const struct cbor_value *v, size_t *at, struct cbor_value *out)
{
    struct bytes rest = bytes_sub(v->text, *at, v->text.n);
    struct reader r = reader_of(rest);
    if (!holds(v) || !take(&r, out))
        return false;
    *at += rest.n - r.left;
    return true;
}
