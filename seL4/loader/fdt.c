/* A device tree's real size, its processors and its memory, read through one bounded cursor: the blob comes from
 * outside. */
#include "loader.h"

#include <string.h>

#define FDT_MAGIC 0xd00dfeedu
#define FDT_HEADER_BYTES 40u
#define FDT_OLDEST 17u /* the first layout whose header has the structure's size */

#define TOKEN_BEGIN 1u
#define TOKEN_END 2u
#define TOKEN_PROP 3u
#define TOKEN_NOP 4u
#define TOKEN_LAST 9u

enum header {
    AT_MAGIC = 0,
    AT_TOTAL = 4,
    AT_STRUCT = 8,
    AT_STRINGS = 12,
    AT_VERSION = 20,
    AT_STRINGS_SIZE = 32,
    AT_STRUCT_SIZE = 36
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

size_t fdt_real_size(const uint8_t *p, size_t max)
{
    if (max < FDT_HEADER_BYTES || be32(p + AT_MAGIC) != FDT_MAGIC || be32(p + AT_VERSION) < FDT_OLDEST)
        return 0;
    uint64_t total = be32(p + AT_TOTAL);
    uint64_t structure = (uint64_t)be32(p + AT_STRUCT) + be32(p + AT_STRUCT_SIZE);
    uint64_t strings = (uint64_t)be32(p + AT_STRINGS) + be32(p + AT_STRINGS_SIZE);
    uint64_t real = structure > strings ? structure : strings;
    real = (real + 7) & ~7ull;
    if (total > max || total < FDT_HEADER_BYTES || structure > total || strings > total)
        return 0;
    return (size_t)(real < total ? real : total);
}

void fdt_trim(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < 4; i++)
        p[AT_TOTAL + i] = (uint8_t)(n >> (24 - 8 * i));
}

struct cursor {
    const uint8_t *p;
    size_t left;
};

/* The next n bytes, padded to words; NULL when there are fewer. */
static const uint8_t *take(struct cursor *c, size_t n)
{
    size_t padded = (n + 3) & ~(size_t)3;
    if (padded < n || padded > c->left)
        return NULL;
    const uint8_t *p = c->p;
    c->p += padded;
    c->left -= padded;
    return p;
}

/* A NUL-terminated name; NULL when its end is missing. */
static const char *take_name(struct cursor *c)
{
    for (size_t n = 0; n < c->left; n++)
        if (!c->p[n])
            return (const char *)take(c, n + 1);
    return NULL;
}

static bool starts(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return false;
    return true;
}

static bool same(const char *s, const char *t)
{
    for (; *s == *t; s++, t++)
        if (!*s)
            return true;
    return false;
}

/* Is the property's name, at `at` in the strings, `want`? */
static bool named(const uint8_t *p, size_t n, uint32_t at, const char *want)
{
    size_t from = (size_t)be32(p + AT_STRINGS) + at;
    size_t len = 1;
    while (want[len - 1])
        len++;
    return from < n && len <= n - from && memcmp(p + from, want, len) == 0;
}

/* A walk over all properties of a tree. */
struct walk {
    const uint8_t *tree;
    size_t bytes;
    struct cursor c;
    unsigned depth;   /* 1: the root */
    const char *top;  /* the node below the root that we are in, and the node below that */
    const char *node;
};

/* One property. */
struct prop {
    uint32_t name_at, size;
    const uint8_t *value;
};

static struct walk walk_of(const uint8_t *p, size_t n)
{
    return (struct walk){.tree = p, .bytes = n, .c = {p + be32(p + AT_STRUCT), be32(p + AT_STRUCT_SIZE)}};
}

static bool enter(struct walk *w)
{
    const char *name = take_name(&w->c);
    if (!name)
        return false;
    w->depth++;
    if (w->depth == 2)
        w->top = name;
    if (w->depth == 3)
        w->node = name;
    return true;
}

static bool take_prop(struct walk *w, struct prop *out)
{
    const uint8_t *head = take(&w->c, 8);
    if (!head)
        return false;
    *out = (struct prop){be32(head + 4), be32(head), take(&w->c, be32(head))};
    return out->value != NULL;
}

/* The next property; false: there is none, or the tree is damaged from here on. */
static bool next_prop(struct walk *w, struct prop *out)
{
    for (;;) {
        const uint8_t *token = take(&w->c, 4);
        switch (token ? be32(token) : TOKEN_LAST) {
        case TOKEN_BEGIN:
            if (!enter(w))
                return false;
            break;
        case TOKEN_END:
            if (!w->depth--)
                return false;
            break;
        case TOKEN_PROP:
            return take_prop(w, out);
        case TOKEN_NOP:
            break;
        default:
            return false;
        }
    }
}

static bool is_prop(const struct walk *w, const struct prop *p, const char *name)
{
    return named(w->tree, w->bytes, p->name_at, name);
}

/* A number of one or two cells. */
static uint64_t number(const uint8_t *p, uint32_t cells)
{
    return cells == 1 ? be32(p) : (uint64_t)be32(p) << 32 | be32(p + 4);
}

unsigned fdt_cpus(const uint8_t *p, size_t n, struct core *cores, unsigned max)
{
    struct walk w = walk_of(p, n);
    struct prop q;
    struct core one = {0, 0};
    const char *node = NULL;
    unsigned count = 0;
    bool counted = false;
    while (next_prop(&w, &q)) {
        if (w.depth != 3 || !same(w.top, "cpus") || !starts(w.node, "cpu@") || (q.size != 4 && q.size != 8))
            continue;
        if (w.node != node) { /* its properties come in any order */
            node = w.node;
            one = (struct core){0, 0};
            counted = false;
        }
        if (is_prop(&w, &q, "cpu-release-addr"))
            one.release = number(q.value, q.size / 4);
        if (is_prop(&w, &q, "reg")) {
            one.mpidr = number(q.value, q.size / 4);
            count += !counted;
            counted = true;
        }
        if (counted && count <= max)
            cores[count - 1] = one;
    }
    return count;
}

unsigned fdt_memory(const uint8_t *p, size_t n, struct range *out, unsigned max)
{
    struct walk w = walk_of(p, n);
    struct prop q;
    uint32_t address = 2, size = 1; /* what a tree means that does not say */
    unsigned count = 0;
    while (next_prop(&w, &q)) {
        if (w.depth == 1 && q.size == 4 && is_prop(&w, &q, "#address-cells"))
            address = be32(q.value);
        else if (w.depth == 1 && q.size == 4 && is_prop(&w, &q, "#size-cells"))
            size = be32(q.value);
        if (address < 1 || address > 2 || size < 1 || size > 2)
            return 0;
        if (w.depth != 2 || !(same(w.top, "memory") || starts(w.top, "memory@")) || !is_prop(&w, &q, "reg"))
            continue;
        for (uint32_t at = 0; q.size - at >= 4 * (address + size) && count < max; at += 4 * (address + size)) {
            uint64_t start = number(q.value + at, address);
            out[count++] = (struct range){start, start + number(q.value + at + 4 * address, size)};
        }
    }
    return count;
}

/* Is text among the NUL-ended strings of a value? */
static bool lists(const uint8_t *value, uint32_t size, const char *text)
{
    struct cursor c = {value, size};
    for (const char *s = (const char *)value; c.left; s = (const char *)c.p) {
        size_t n = 0;
        while (n < c.left && c.p[n])
            n++;
        if (n == c.left)
            return false;
        if (same(s, text))
            return true;
        c.p += n + 1;
        c.left -= n + 1;
    }
    return false;
}

bool fdt_compatible(const uint8_t *p, size_t n, const char *with)
{
    struct walk w = walk_of(p, n);
    struct prop q;
    while (next_prop(&w, &q))
        if (is_prop(&w, &q, "compatible") && lists(q.value, q.size, with))
            return true;
    return false;
}

#define DEPTH_MAX 8u
#define TPM_COMPATIBLE "tcg,tpm-tis-mmio"

/* What is known of a node while the walk is in it. */
struct node {
    const uint8_t *reg, *ranges;
    uint32_t reg_size, ranges_size, address_cells;
    bool wanted;
};

/* The number that the first cells of a value are; false: they are not all there, or too many. */
static bool number_of(const uint8_t *value, uint32_t size, uint32_t cells, uint64_t *out)
{
    if (!value || cells > 2 || size < cells * 4)
        return false;
    *out = 0;
    for (uint32_t i = 0; i < cells; i++)
        *out = *out << 32 | be32(value + 4 * i);
    return true;
}

/* The address of the node at depth, through the first range of each bus above it. */
static bool address_of(const struct node *nodes, unsigned depth, uint64_t *out)
{
    if (!nodes[depth].wanted || !number_of(nodes[depth].reg, nodes[depth].reg_size, nodes[depth - 1].address_cells, out))
        return false;
    for (unsigned d = depth - 1; d >= 2; d--) {
        const struct node *bus = &nodes[d];
        uint64_t from, to;
        uint32_t own = bus->address_cells * 4;
        if (bus->ranges && bus->ranges_size == 0)
            continue; /* the same addresses above */
        if (!number_of(bus->ranges, bus->ranges_size, bus->address_cells, &from) || bus->ranges_size < own ||
            !number_of(bus->ranges + own, bus->ranges_size - own, nodes[d - 1].address_cells, &to))
            return false;
        *out = *out - from + to;
    }
    return true;
}

static void note_property(struct node *node, const uint8_t *p, size_t n, const uint8_t *head, const uint8_t *value)
{
    uint32_t size = be32(head), name = be32(head + 4);
    if (named(p, n, name, "reg")) {
        node->reg = value;
        node->reg_size = size;
    } else if (named(p, n, name, "ranges")) {
        node->ranges = value;
        node->ranges_size = size;
    } else if (size == 4 && named(p, n, name, "#address-cells")) {
        node->address_cells = be32(value);
    } else if (named(p, n, name, "compatible")) {
        node->wanted = lists(value, size, TPM_COMPATIBLE);
    }
}

uint64_t fdt_tpm(const uint8_t *p, size_t n)
{
    struct cursor c = {p + be32(p + AT_STRUCT), be32(p + AT_STRUCT_SIZE)};
    struct node nodes[DEPTH_MAX];
    unsigned depth = 0;
    uint64_t address;
    for (;;) {
        const uint8_t *token = take(&c, 4);
        uint32_t kind = token ? be32(token) : TOKEN_LAST;
        if (kind == TOKEN_BEGIN) {
            if (!take_name(&c) || ++depth >= DEPTH_MAX)
                return 0;
            nodes[depth] = (struct node){.address_cells = 2};
        } else if (kind == TOKEN_END) {
            if (depth >= 2 && address_of(nodes, depth, &address))
                return address;
            if (!depth--)
                return 0;
        } else if (kind == TOKEN_PROP) {
            const uint8_t *head = take(&c, 8);
            const uint8_t *value = head ? take(&c, be32(head)) : NULL;
            if (!value || depth == 0)
                return 0;
            note_property(&nodes[depth], p, n, head, value);
        } else if (kind != TOKEN_NOP) {
            return 0;
        }
    }
}
