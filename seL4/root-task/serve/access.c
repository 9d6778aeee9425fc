/* The one access decision; see access.h. */
#include "serve/access.h"

#include "hive/govern.h"

const char *access_name(enum access access)
{
    static const char *const names[] = {"walk", "list", "read", "write"};
    return names[access];
}

enum coh_status access_walk(struct hive *h, uint32_t session, const struct ns_ref *from, struct bytes name,
                            struct ns_ref *ref, struct ns_why *why)
{
    struct caller who = session_caller(h, session);
    struct ns_ref to = from ? *from : (struct ns_ref){0};
    enum coh_status s = session_alive(h, session);
    if (s == COH_OK)
        s = from ? ns_walk(&h->tree, h, &who, &to, name) : ns_resolve(&h->tree, h, &who, name, &to);
    if (s == COH_OK)
        s = session_scope(h, session, &to, ACCESS_WALK, false, why);
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
    return session_scope(h, session, ref, access, false, why);
}

/* A file that ui_providers names, its text or its twin. */
static bool is_ui(const struct hive *h, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(&h->tree, ref);
    return !n->dir && n->pattern->cbor;
}

/* One operation in the rate of its scope, and what the ticket has of operations and bandwidth. */
static enum coh_status charge(struct hive *h, uint32_t session, enum access access, const struct ns_ref *ref, uint64_t n,
                              struct ns_why *why)
{
    enum coh_status s = session_scope(h, session, ref, access, true, why);
    if (s == COH_OK)
        s = session_charge(h, session, TICKET_COST(OPS, 1));
    return s == COH_OK && n ? session_charge(h, session, TICKET_COST(BYTES, n)) : s;
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
    s = charge(h, session, access, ref, n, why);
    *counted = *counted || s == COH_OK;
    if (s == COH_OK && access == ACCESS_READ && is_ui(h, ref))
        ingest_count(h, &h->ingest.ui_reads, 1);
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
    if (p->at_end && w->offset != NS_AT_END) {
        const struct ring *ring = ns_ring(&h->tree, h, w->ref);
        if (w->offset != (ring ? NS_ABSOLUTE + ring->next : ns_size(&h->tree, h, w->ref)))
            return ns_refuse(why, COH_INVALID, "offset", "a write goes to the end of this file");
    }
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
    return s == COH_OK ? session_charge(h, session, TICKET_COST(BYTES, w->line.n)) : s;
}

void access_apply(struct hive *h, const struct ns_write *w) { govern_apply(h, w, access_name(ACCESS_WRITE)); }

/* What it means for the node that it is about, whether or not who asked may see it. */
static void note_refusal(struct hive *h, const struct caller *who, const char *op, struct bytes path,
                         enum coh_status status, const struct ns_why *why)
{
    struct caller queen = *who;
    struct ns_ref ref, seen;
    queen.role = ROLE_QUEEN;
    if (ns_resolve(&h->tree, h, &queen, path, &ref) != COH_OK)
        return;
    if (!bytes_is(bytes_str(op), access_name(ACCESS_WRITE)) && is_ui(h, &ref))
        ingest_count(h, &h->ingest.ui_denies, 1);
    if (status == COH_PERMISSION && (ns_resolve(&h->tree, h, who, path, &seen) != COH_OK ||
                                     (why->detail && bytes_is(bytes_str(why->detail), "scope"))))
        sidecar_denied(h, who, &ref, path);
}

void access_refuse(struct hive *h, uint32_t session, const char *op, const struct ns_ref *at, struct bytes path,
                   enum coh_status status, const struct ns_why *why)
{
    BUF(all, 2 * NS_PATH_BYTES);
    if (session == SESSION_NONE) {
        audit_stranger(h, status);
        return;
    }
    struct caller who = session_caller(h, session);
    if (at)
        ns_path(&h->tree, h, at, &all);
    if (path.n && all.n == 1)
        all.n = 0; /* the root's own slash */
    buf_put(&all, path);
    audit(h, &who, op, buf_bytes(&all), status, why);
    note_refusal(h, &who, op, buf_bytes(&all), status, why);
}

void access_refuse_session(struct hive *h, uint32_t session, const char *op, enum coh_status status, const char *detail)
{
    access_refuse(h, session, op, NULL, bytes_of(NULL, 0), status, &(struct ns_why){.detail = detail});
}
