/* The one access decision; see access.h. */
#include "serve/access.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "hive/govern.h"
#include "hive/state.h"
#include "ns/content.h"

const char *access_name(enum access access)
{
    static const char *const names[] = {"walk", "list", "read", "write"};
    return names[access];
}

static enum session_touch touch_of(enum access access)
{
    if (access == ACCESS_WALK)
        return SESSION_WALK;
    return access == ACCESS_WRITE ? SESSION_WRITE : SESSION_READ;
}

enum coh_status access_resolve(struct hive *h, uint32_t session, struct bytes path, struct ns_ref *ref,
                               struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    enum coh_status s = session_alive(h, session);
    if (s == COH_OK)
        s = ns_resolve(&h->tree, h, &who, path, ref);
    return s == COH_OK ? session_scope(h, session, ref, SESSION_WALK, why) : s;
}

enum coh_status access_walk(struct hive *h, uint32_t session, const struct ns_ref *from, struct bytes name,
                            struct ns_ref *ref, struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    struct ns_ref to = *from;
    enum coh_status s = session_alive(h, session);
    if (s == COH_OK)
        s = ns_walk(&h->tree, h, &who, &to, name);
    if (s == COH_OK)
        s = session_scope(h, session, &to, SESSION_WALK, why);
    if (s == COH_OK)
        *ref = to;
    return s;
}

static bool mode_allows(const struct ns_node *n, const struct ns_ref *ref, const struct caller *who, enum access access)
{
    if (access == ACCESS_READ)
        return n->pattern->mode != NS_WRITE;
    return n->pattern->mode != NS_READ && ref->view == NS_PLAIN &&
           (who->role == 0 || (n->pattern->writers & (1u << who->role)));
}

enum coh_status access_open(struct hive *h, uint32_t session, enum access access, const struct ns_ref *ref,
                            struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    const struct ns_node *n = ns_node(&h->tree, ref);
    enum coh_status s = session_alive(h, session);
    if (s != COH_OK)
        return s;
    if (n->dir && access != ACCESS_LIST)
        return ns_refuse(why, COH_INVALID, "is-a-directory", "is a directory");
    if (!n->dir && access == ACCESS_LIST)
        return ns_refuse(why, COH_INVALID, "not-a-directory", "not a directory");
    if (!n->dir && !mode_allows(n, ref, &who, access))
        return COH_PERMISSION;
    return session_scope(h, session, ref, touch_of(access), why);
}

/* A file that ui_providers names, its text or its twin. */
static bool is_ui(const struct hive *h, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(&h->tree, ref);
    return !n->dir && n->pattern->cbor;
}

enum coh_status access_spend(struct hive *h, uint32_t session, enum access access, const struct ns_ref *ref, uint64_t n,
                             bool *counted, struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    enum coh_status s = session_alive(h, session);
    if (s == COH_OK && access != ACCESS_WRITE)
        s = govern_admits(h, &who, ref, false, why);
    if (s != COH_OK || (n == 0 && *counted))
        return s;
    s = session_rate(h, session, ref, touch_of(access), why);
    if (s == COH_OK)
        s = session_charge_op(h, session);
    if (s == COH_OK && n)
        s = session_charge_bytes(h, session, n);
    if (s == COH_OK && access == ACCESS_READ && is_ui(h, ref))
        ingest_ui(h, true);
    *counted = *counted || s == COH_OK;
    return s;
}

/* A line node's write: one line, with or without its newline. */
static enum coh_status one_line(struct bytes *line, struct ns_why *why)
{
    if (line->n && line->p[line->n - 1] == '\n')
        line->n--;
    if (line->n && memchr(line->p, '\n', line->n))
        return ns_refuse(why, COH_INVALID, "one-line", "a write is one line");
    if (utf8_control(*line))
        return ns_refuse(why, COH_INVALID, "control-character", "a line holds no control characters");
    return utf8_valid(*line) ? COH_OK : ns_refuse(why, COH_INVALID, "invalid-utf-8", "a line is UTF-8");
}

static enum coh_status well_formed(struct hive *h, struct ns_write *w, struct ns_why *why)
{
    const struct ns_pattern *p = ns_node(&h->tree, w->ref)->pattern;
    const struct ring *ring = ns_ring(&h->tree, h, w->ref);
    uint64_t end = ring ? NS_ABSOLUTE + ring->next : ns_size(&h->tree, h, w->ref);
    if (p->at_end && w->offset != NS_AT_END && w->offset != end)
        return ns_refuse(why, COH_INVALID, "offset", "a write goes to the end of this file");
    return p->bytes ? COH_OK : one_line(&w->line, why);
}

enum coh_status access_check(struct hive *h, uint32_t session, const struct ns_ref *ref, struct bytes data,
                             uint64_t offset, struct ns_write *w, struct ns_why *why)
{
    *w = (struct ns_write){.who = session_caller(h, session), .ref = ref, .arg = ref->arg, .line = data,
                           .offset = offset};
    enum coh_status s = access_spend(h, session, ACCESS_WRITE, ref, 0, &(bool){false}, why);
    if (s == COH_OK)
        s = well_formed(h, w, why);
    if (s == COH_OK)
        s = govern_check(h, w, why);
    return s == COH_OK ? session_charge_bytes(h, session, w->line.n) : s;
}

void access_apply(struct hive *h, const struct ns_write *w) { govern_apply(h, w, access_name(ACCESS_WRITE)); }

enum coh_status access_refuse(struct hive *h, uint32_t session, const char *op, struct bytes path,
                              enum coh_status status, const struct ns_why *why)
{
    struct caller who = session_caller(h, session), queen = who;
    struct ns_ref ref, seen;
    audit(h, &who, op, path, status, why);
    queen.role = ROLE_QUEEN; /* the node that it is about, whether or not he may see it */
    if (ns_resolve(&h->tree, h, &queen, path, &ref) != COH_OK)
        return status;
    if (!bytes_is(bytes_str(op), access_name(ACCESS_WRITE)) && is_ui(h, &ref))
        ingest_ui(h, false);
    if (status == COH_PERMISSION && (ns_resolve(&h->tree, h, &who, path, &seen) != COH_OK ||
                                     (why->detail && bytes_is(bytes_str(why->detail), "scope"))))
        sidecar_denied(h, &who, &ref, path);
    return status;
}

enum coh_status access_refuse_at(struct hive *h, uint32_t session, const char *op, const struct ns_ref *ref,
                                 enum coh_status status, const struct ns_why *why)
{
    BUF(path, NS_PATH_BYTES);
    ns_path(&h->tree, h, ref, &path);
    return access_refuse(h, session, op, buf_bytes(&path), status, why);
}
