/* Joins path patterns into a tree, resolves paths in it and lists directories. See tree.h. */
#include "ns/tree.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "generated/manifest.h"

/* Splits the first component off *path (which starts behind a slash). */
static struct bytes next_component(struct bytes *path)
{
    size_t n = 0;
    while (n < path->n && path->p[n] != '/')
        n++;
    struct bytes name = bytes_sub(*path, 0, n);
    *path = bytes_sub(*path, n < path->n ? n + 1 : n, path->n);
    return name;
}

static uint16_t literal_child(const struct ns_tree *t, uint16_t parent, struct bytes name)
{
    for (uint16_t i = t->nodes[parent].first_child; i; i = t->nodes[i].next_sibling) {
        if (bytes_eq(t->nodes[i].name, name))
            return i;
    }
    return 0;
}

static uint16_t add_child(struct ns_tree *t, uint16_t parent, struct bytes name)
{
    COH_ASSERT(t->count < NS_NODES_MAX);
    uint16_t i = t->count++;
    struct ns_node *n = &t->nodes[i];
    n->name = name;
    n->parent = parent;
    n->dir = true;
    n->variable = name.n > 2 && name.p[0] == '{';
    n->args = (uint8_t)(t->nodes[parent].args + n->variable);
    COH_ASSERT(n->args <= NS_ARGS);
    n->next_sibling = t->nodes[parent].first_child;
    t->nodes[parent].first_child = i;
    return i;
}

static void add_pattern(struct ns_tree *t, const struct ns_pattern *p)
{
    struct bytes rest = bytes_sub(bytes_str(p->path), 1, strlen(p->path));
    uint16_t at = 0;
    while (rest.n) {
        struct bytes name = next_component(&rest);
        uint16_t child = literal_child(t, at, name);
        at = child ? child : add_child(t, at, name);
    }
    struct ns_node *n = &t->nodes[at];
    COH_ASSERT(at != 0 && n->pattern == NULL && (p->ops != NULL || p->dir));
    COH_ASSERT(!n->variable || (p->ops->find && p->ops->list));
    n->pattern = p;
    n->ops = p->ops;
    n->dir = p->dir;
    for (uint16_t i = at; i; i = t->nodes[i].parent)
        t->nodes[i].roles |= p->roles;
}

void ns_tree_build(struct ns_tree *t, const struct ns_table *tables, size_t count)
{
    memset(t, 0, sizeof *t);
    t->count = 1;
    t->nodes[0].dir = true;
    t->nodes[0].roles = NS_ALL_WORKERS;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i].count; k++) {
            if (tables[i].patterns[k].gate)
                add_pattern(t, &tables[i].patterns[k]);
        }
    }
}

/* May the caller see this node? The queen sees all; others what their role is named for, and of owned ones only theirs. */
static bool visible(const struct ns_node *n, const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    if (who->role == 0 || !COH_NAMESPACES_ROLE_ISOLATION)
        return true;
    if (!(n->roles & (1u << who->role)))
        return false;
    return !n->variable || !n->ops->owned || n->ops->owned(h, who, arg);
}

/* The child of that name, whoever may see it. */
static const struct ns_node *child(const struct ns_tree *t, const struct hive *h, struct ns_ref *at, struct bytes name)
{
    for (uint16_t i = t->nodes[at->node].first_child; i; i = t->nodes[i].next_sibling) {
        const struct ns_node *c = &t->nodes[i];
        if (c->variable ? c->ops->find(h, at->arg, name, &at->arg[c->args - 1]) : bytes_eq(c->name, name)) {
            at->node = i;
            return c;
        }
    }
    return NULL;
}

enum coh_status ns_walk(const struct ns_tree *t, const struct hive *h, const struct caller *who,
                        const struct ns_ref *from, struct bytes name, struct ns_ref *out)
{
    struct ns_ref to = *from;
    const struct ns_node *n = child(t, h, &to, name);
    if (!n)
        return COH_NOT_FOUND;
    if (!visible(n, h, who, to.arg))
        return COH_PERMISSION;
    *out = to;
    return COH_OK;
}

bool ns_path_valid(struct bytes path)
{
    if (path.n == 0 || path.p[0] != '/' || !utf8_valid(path))
        return false;
    if (path.n > 1 && path.p[path.n - 1] == '/')
        return false;
    struct bytes rest = bytes_sub(path, 1, path.n);
    for (uint32_t depth = 0; rest.n; depth++) {
        struct bytes name = next_component(&rest);
        if (depth == COH_SECURE9P_WALK_DEPTH || name.n == 0 || name.n > NS_NAME_BYTES || bytes_is(name, ".") ||
            bytes_is(name, "..") || memchr(name.p, 0, name.n))
            return false;
    }
    return true;
}

bool ns_path_within(struct bytes path, struct bytes prefix)
{
    if (bytes_is(prefix, "/"))
        return true;
    return path.n >= prefix.n && bytes_eq(bytes_sub(path, 0, prefix.n), prefix) &&
           (path.n == prefix.n || path.p[prefix.n] == '/');
}

enum coh_status ns_resolve(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct bytes path,
                           struct ns_ref *out)
{
    if (!ns_path_valid(path))
        return COH_NOT_FOUND;
    struct ns_ref at = {0, {0}};
    struct bytes rest = bytes_sub(path, 1, path.n);
    enum coh_status s = COH_OK;
    while (rest.n) {
        if (!t->nodes[at.node].dir)
            return COH_NOT_FOUND;
        const struct ns_node *n = child(t, h, &at, next_component(&rest));
        if (!n)
            return COH_NOT_FOUND; /* also below what the caller may not see */
        if (!visible(n, h, who, at.arg))
            s = COH_PERMISSION;
    }
    *out = at;
    return s;
}

/* Names are gathered behind each other, each ended by a newline, and sorted at the end. */
struct ns_names {
    const struct hive *hive;
    const struct caller *who;
    const struct ns_node *node; /* the child that is listed */
    const struct ns_ref *dir;
    struct buf *out;
    uint32_t entries;
};

void ns_names_add(struct ns_names *names, struct bytes name)
{
    const struct ns_node *n = names->node;
    uint64_t arg[NS_ARGS];
    memcpy(arg, names->dir->arg, sizeof arg);
    bool owned = n->variable && n->ops->owned && names->who->role != 0;
    if (owned && !n->ops->find(names->hive, arg, name, &arg[n->args - 1]))
        return;
    if (!visible(n, names->hive, names->who, arg))
        return;
    struct buf *b = names->out;
    if (name.n + 1 > b->cap - b->n) {
        b->cut = true;
        return;
    }
    memcpy(b->p + b->n, name.p, name.n);
    b->p[b->n + name.n] = '\n';
    b->n += name.n + 1;
    names->entries++;
}

/* Reverses p[0, n). Three reversals move a line without a second buffer. */
static void reverse(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* Insertion sort of newline-ended lines in place: few literals, and variable ones that come nearly sorted, so it is linear
 * in the common case; the buffer bounds the worst. */
static void sort_lines(uint8_t *p, size_t n)
{
    size_t done = 0;
    while (done < n) {
        const uint8_t *nl = memchr(p + done, '\n', n - done);
        COH_ASSERT(nl != NULL);
        size_t len = (size_t)(nl - p) + 1 - done;
        size_t at = done;
        while (at > 0) {
            size_t prev = at - 1;
            while (prev > 0 && p[prev - 1] != '\n')
                prev--;
            if (bytes_cmp(bytes_of(p + prev, at - prev - 1), bytes_of(p + done, len - 1)) <= 0)
                break;
            at = prev;
        }
        if (at != done) {
            reverse(p + at, done - at);
            reverse(p + done, len);
            reverse(p + at, done - at + len);
        }
        done += len;
    }
}

bool ns_list(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *dir,
             struct buf *out, uint32_t *entries)
{
    struct ns_names names = {h, who, NULL, dir, out, 0};
    size_t from = out->n;
    for (uint16_t i = t->nodes[dir->node].first_child; i; i = t->nodes[i].next_sibling) {
        const struct ns_node *n = &t->nodes[i];
        names.node = n;
        if (n->variable)
            n->ops->list(h, dir->arg, &names);
        else
            ns_names_add(&names, n->name);
    }
    sort_lines(out->p + from, out->n - from);
    *entries = names.entries;
    return !out->cut;
}
