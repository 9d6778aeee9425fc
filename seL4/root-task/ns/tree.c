/* Joins path patterns into a tree, resolves paths in it and lists directories. See tree.h. */
#include "ns/tree.h"

#include "generated/manifest.h"

/* The child of that name; a new one when there is none yet. */
static uint16_t child_of(struct ns_tree *t, uint16_t parent, struct bytes name)
{
    uint16_t i = t->nodes[parent].first_child;
    while (i && !bytes_eq(t->nodes[i].name, name))
        i = t->nodes[i].next_sibling;
    if (i)
        return i;
    COH_ASSERT(t->count < NS_NODES_MAX);
    i = t->count++;
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

/* Has the pattern all that its place in the tree asks for? */
static bool brings_all(const struct ns_node *n, const struct ns_pattern *p)
{
    bool directory = !n->variable || p->ops->index || (p->ops->find && p->ops->list && p->ops->name);
    return directory && (p->dir || p->mode == NS_READ || p->ops->apply || !p->ops->check || p->control);
}

static void add_pattern(struct ns_tree *t, const struct ns_pattern *p)
{
    struct bytes rest = bytes_sub(bytes_str(p->path), 1, strlen(p->path));
    uint16_t at = 0;
    while (rest.n) {
        at = child_of(t, at, bytes_split(&rest, '/'));
        t->nodes[at].roles |= p->roles;
    }
    struct ns_node *n = &t->nodes[at];
    COH_ASSERT(n->pattern == NULL && (p->ops != NULL || p->dir));
    COH_ASSERT(brings_all(n, p) && !(n->variable && p->late));
    n->pattern = p;
    n->ops = p->ops;
    n->dir = p->dir;
}

void ns_tree_build(struct ns_tree *t, const struct ns_table *const *tables, size_t count)
{
    memset(t, 0, sizeof *t);
    t->count = 1;
    t->nodes[0].dir = true;
    t->nodes[0].roles = NS_ALL_WORKERS;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i]->count; k++) {
            if (tables[i]->patterns[k].gate)
                add_pattern(t, &tables[i]->patterns[k]);
        }
    }
}

/* ---- variable components ---- */

static const struct index *index_of(const struct ns_ops *ops, const struct hive *h)
{
    return (const void *)((const uint8_t *)h + ops->index);
}

/* Does the directory hold what lies in a slot of its index? *key: what it is there. */
static bool holds(const struct ns_ops *ops, const struct hive *h, const uint64_t *arg, uint32_t slot, struct key *key)
{
    const struct index *ix = index_of(ops, h);
    if (slot >= ix->cap)
        return false;
    *key = ix->key(ix->pool, slot, ops->order);
    return key->u == ops->kind && (!ops->in || ops->in(h, arg, slot));
}

static bool find_name(const struct ns_ops *ops, const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    if (!ops->index)
        return ops->find(h, arg, name, out);
    uint8_t raw[NS_LATE_BYTES] = {0};
    struct key key = {.a = ops->digest ? bytes_of(raw, sizeof raw) : name, .u = ops->kind};
    if (ops->digest && !parse_hex(name, raw, sizeof raw))
        return false;
    uint32_t slot = index_slot_of(index_of(ops, h), ops->order, key);
    bool found = holds(ops, h, arg, slot, &key);
    *out = key.v << 16 | slot;
    return found;
}

static void put_name(bool digest, struct bytes name, struct buf *out)
{
    if (digest)
        buf_hex(out, name);
    else
        buf_put(out, name);
}

static void list_names(const struct ns_ops *ops, const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    if (!ops->index) {
        ops->list(h, arg, names);
        return;
    }
    struct key key;
    for (uint32_t at = 0; at < index_of(ops, h)->n; at++) {
        BUF(name, NS_NAME_BYTES);
        if (!holds(ops, h, arg, index_slot(index_of(ops, h), ops->order, at), &key))
            continue;
        put_name(ops->digest, key.a, &name);
        ns_names_add(names, buf_bytes(&name));
    }
}

void ns_name(const struct ns_node *n, const struct hive *h, const uint64_t *arg, struct buf *out)
{
    if (n->ops->name) {
        n->ops->name(h, arg, out);
        return;
    }
    const struct index *ix = index_of(n->ops, h);
    uint32_t slot = ns_last_slot(n, arg);
    struct key key = slot < ix->cap ? ix->key(ix->pool, slot, n->ops->order) : (struct key){0};
    if (key.v == arg[n->args - 1] >> 16)
        put_name(n->ops->digest, key.a, out);
}

/* May the caller see this node? The queen sees all; others what their role is named for, and of owned ones only theirs. */
static bool visible(const struct ns_node *n, const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    if (who->role == 0 || !COH_NAMESPACES_ROLE_ISOLATION)
        return true;
    return (n->roles & (1u << who->role)) && (!n->variable || !n->ops->owned || n->ops->owned(h, who, arg));
}

/* To the node above, which forgets what this one's component was resolved to. */
static void go_up(const struct ns_tree *t, struct ns_ref *at)
{
    const struct ns_node *n = ns_node(t, at);
    if (n->variable)
        at->arg[n->args - 1] = 0;
    at->node = n->parent;
}

bool ns_seen(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *ref)
{
    struct ns_ref at = *ref;
    while (at.node && visible(ns_node(t, &at), h, who, at.arg))
        go_up(t, &at);
    return at.node == 0;
}

/* 64 hex digits lie as the 32 bytes that they stand for: late_n is then more than late has. */
static void put_late(const struct ns_ref *ref, struct buf *out)
{
    bool digest = ref->late_n > NS_LATE_BYTES;
    put_name(digest, bytes_of(ref->late, digest ? NS_LATE_BYTES : ref->late_n), out);
}

/* Does the variable node's name lead on from at? A name that nothing stands behind may be walked as a late one. */
static bool find(const struct ns_node *c, const struct hive *h, struct ns_ref *at, struct bytes name)
{
    uint64_t arg;
    if (find_name(c->ops, h, at->arg, name, &arg)) {
        at->arg[c->args - 1] = arg;
        return true;
    }
    uint8_t raw[NS_LATE_BYTES];
    bool digest = parse_hex(name, raw, NS_LATE_BYTES);
    if (!c->ops->late || (name.n > NS_LATE_BYTES && !digest) || !c->ops->late(h, at->arg, name))
        return false;
    at->late_n = (uint8_t)name.n;
    memcpy(at->late, digest ? raw : name.p, digest ? NS_LATE_BYTES : name.n);
    return true;
}

/* Is a literal node there at all? */
static bool stands(const struct ns_node *n, const struct hive *h) { return !n->pattern || !n->pattern->when || n->pattern->when(h); }

static const char *const suffixes[NS_VIEWS] = {[NS_PLAIN] = "", [NS_POS] = ".pos", [NS_CBOR] = ".cbor"};

/* Of what in a literal node this is the name: of itself, or with a suffix of a file's view; NS_VIEWS: of nothing. */
static uint8_t view_of(const struct ns_node *n, struct bytes name)
{
    struct bytes suffix = bytes_sub(name, n->name.n, name.n);
    bool file = !n->dir && n->pattern->mode != NS_WRITE;
    const bool has[NS_VIEWS] = {true, file && n->ops->ring, file && n->pattern->cbor};
    uint8_t view = bytes_eq(bytes_sub(name, 0, n->name.n), n->name) ? NS_PLAIN : NS_VIEWS;
    while (view < NS_VIEWS && !(has[view] && bytes_is(suffix, suffixes[view])))
        view++;
    return view;
}

/* Does the name lead from at to this child of it, whoever may see it? *at is not there yet. */
static bool leads(const struct ns_node *c, const struct hive *h, struct ns_ref *at, struct bytes name)
{
    uint8_t views = at->late_n ? NS_POS : NS_VIEWS; /* what stands below a late name has none but itself */
    if (at->late_n && !(c->pattern && c->pattern->late))
        return false;
    at->view = c->variable ? NS_PLAIN : view_of(c, name);
    return c->variable ? find(c, h, at, name) : at->view < views && stands(c, h);
}

uint32_t ns_bound(const struct ns_binds *binds, const struct ns_ref *dir, struct bytes name)
{
    uint32_t i = 0;
    while (i < binds->n && !(bytes_eq(bytes_of(binds->at[i].name, binds->at[i].name_n), name) &&
                             ns_same(&binds->at[i].parent, dir)))
        i++;
    return i;
}

bool ns_gone(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref)
{
    for (struct ns_ref at = *ref; at.node && !at.late_n; go_up(t, &at)) {
        const struct ns_node *n = ns_node(t, &at);
        BUF(name, NS_NAME_BYTES);
        uint64_t now;
        if (!stands(n, h))
            return true;
        if (!n->variable)
            continue;
        ns_name(n, h, at.arg, &name);
        if (!find_name(n->ops, h, at.arg, buf_bytes(&name), &now) || now != at.arg[n->args - 1])
            return true;
    }
    return false;
}

enum coh_status ns_walk(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct ns_ref *at,
                        struct bytes name)
{
    static const struct ns_binds none;
    const struct ns_binds *binds = who->binds ? who->binds : &none;
    uint32_t bound = ns_bound(binds, at, name);
    if (bound < binds->n) {
        *at = binds->at[bound].target;
        ns_settle(t, h, at);
        return ns_gone(t, h, at) ? COH_NOT_FOUND : COH_OK;
    }
    uint16_t i = ns_is_dir(t, at) && utf8_name(name) ? t->nodes[at->node].first_child : 0;
    while (i && !leads(&t->nodes[i], h, at, name))
        i = t->nodes[i].next_sibling;
    if (!i)
        return COH_NOT_FOUND;
    at->node = i;
    return visible(ns_node(t, at), h, who, at->arg) ? COH_OK : COH_PERMISSION;
}

bool ns_path_valid(struct bytes path) { return utf8_path(path, COH_SECURE9P_WALK_DEPTH); }

bool ns_path_within(struct bytes path, struct bytes prefix)
{
    if (bytes_is(prefix, "/"))
        return true;
    return bytes_eq(bytes_sub(path, 0, prefix.n), prefix) && (path.n == prefix.n || path.p[prefix.n] == '/');
}

enum coh_status ns_resolve(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct bytes path,
                           struct ns_ref *out)
{
    if (!ns_path_valid(path))
        return COH_NOT_FOUND;
    struct ns_ref at = {0};
    struct bytes rest = bytes_sub(path, 1, path.n);
    enum coh_status s = COH_OK;
    while (rest.n) {
        enum coh_status one = ns_walk(t, h, who, &at, bytes_split(&rest, '/'));
        if (one == COH_NOT_FOUND)
            return one; /* also below what the caller may not see */
        if (one != COH_OK)
            s = one;
    }
    if (s == COH_OK)
        *out = at;
    return s;
}

void ns_settle(const struct ns_tree *t, const struct hive *h, struct ns_ref *ref)
{
    if (!ref->late_n)
        return;
    BUF(name, 2 * NS_LATE_BYTES);
    uint16_t i = ref->node;
    while (!t->nodes[i].variable)
        i = t->nodes[i].parent;
    put_late(ref, &name);
    uint64_t arg;
    if (!find_name(t->nodes[i].ops, h, ref->arg, buf_bytes(&name), &arg))
        return;
    ref->arg[t->nodes[i].args - 1] = arg;
    memset(ref->late, 0, sizeof ref->late);
    ref->late_n = 0;
}

void ns_path(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref, struct buf *out)
{
    uint16_t up[NS_WALK_MAX];
    uint32_t depth = 0;
    for (uint16_t i = ref->node; i; i = t->nodes[i].parent)
        up[depth++] = i;
    if (depth == 0)
        buf_byte(out, '/');
    for (bool late = ref->late_n; depth > 0; depth--) {
        const struct ns_node *n = &t->nodes[up[depth - 1]];
        buf_byte(out, '/');
        if (!n->variable)
            buf_put(out, n->name);
        else if (late && n->args == t->nodes[ref->node].args)
            put_late(ref, out);
        else
            ns_name(n, h, ref->arg, out);
    }
    buf_say(out, suffixes[ref->view]);
}

/* node 8 bits, view 2, then what the arguments tell: one argument is 54 bits, two are 14 and 40. A late name has no node of
 * its own yet: it stands on its own hash, apart from all arguments. */
uint64_t ns_qid_path(const struct ns_tree *t, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(t, ref);
    uint64_t self = 0;
    if (ref->late_n) {
        self = 0xcbf29ce484222325ull;
        for (uint32_t i = 0; i < NS_LATE_BYTES; i++)
            self = (self ^ ref->late[i]) * 0x100000001b3ull;
        self |= 1ull << 53;
    } else if (n->args == NS_ARGS && !(n->pattern && n->pattern->by_last)) {
        self = (ref->arg[0] & 0x1fffu) << 40 | (ref->arg[1] & 0xffffffffffull);
    } else if (n->args) {
        self = ref->arg[n->args - 1];
    }
    return (uint64_t)ref->node << 56 | (uint64_t)ref->view << 54 | (self & ((1ull << 54) - 1));
}

/* Names are gathered in order, each ended by a newline. */
struct ns_names {
    const struct hive *hive;
    const struct caller *who;
    const struct ns_node *node; /* the child that is listed */
    const struct ns_ref *dir;
    struct buf *out;
    uint32_t entries;
};

/* Where a name belongs among those that are there; *known: behind itself. They mostly come in order, so the search from the
 * end is short. */
static size_t place_of(const struct ns_names *names, struct bytes name, bool *known)
{
    const uint8_t *p = names->out->p;
    size_t at = names->out->n;
    while (at > 0) {
        size_t line = at - 1;
        while (line > 0 && p[line - 1] != '\n')
            line--;
        int c = bytes_cmp(bytes_of(p + line, at - 1 - line), name);
        *known = c == 0;
        if (c <= 0)
            break;
        at = line;
    }
    return at;
}

void ns_names_add(struct ns_names *names, struct bytes name)
{
    const struct ns_node *n = names->node;
    uint64_t arg[NS_ARGS];
    memcpy(arg, names->dir->arg, sizeof arg);
    bool owned = n->variable && n->ops->owned && names->who->role != 0;
    if (owned && !find_name(n->ops, names->hive, arg, name, &arg[n->args - 1]))
        return;
    struct buf *b = names->out;
    bool known = false;
    size_t at = place_of(names, name, &known);
    if (known || !visible(n, names->hive, names->who, arg))
        return;
    if (name.n + 1 > b->cap - b->n) {
        b->cut = true;
        return;
    }
    memmove(b->p + at + name.n + 1, b->p + at, b->n - at);
    memcpy(b->p + at, name.p, name.n);
    b->p[at + name.n] = '\n';
    b->n += name.n + 1;
    names->entries++;
}

bool ns_list(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *dir,
             struct buf *out, uint32_t *entries)
{
    struct ns_names names = {h, who, &t->nodes[0], dir, out, 0};
    for (uint32_t i = 0; who->binds && i < who->binds->n; i++) {
        const struct ns_bind *b = &who->binds->at[i];
        if (ns_same(&b->parent, dir) && !ns_gone(t, h, &b->target))
            ns_names_add(&names, bytes_of(b->name, b->name_n));
    }
    for (uint16_t i = dir->late_n || ns_gone(t, h, dir) ? 0 : t->nodes[dir->node].first_child; i; i = t->nodes[i].next_sibling) {
        const struct ns_node *n = &t->nodes[i];
        names.node = n;
        if (n->variable)
            list_names(n->ops, h, dir->arg, &names);
        else if (stands(n, h))
            ns_names_add(&names, n->name);
    }
    *entries = names.entries;
    return !out->cut;
}
