/* Qids, attributes and directory entries; see p9.h. */
#include "serve/p9.h"

#define MODE_DIR 0040000u
#define MODE_FILE 0100000u
/* Bits of Rgetattr's valid. The generation is the hive's life; a data version, its position next, only a ring has. */
#define ATTR_BASIC 0x7ffu
#define ATTR_GEN 0x1000u
#define ATTR_DATA_VERSION 0x2000u
#define BLOCK_BYTES 512u
/* A cookie: the child's node, and its last argument below it. Bound names count as one more node. */
#define COOKIE_ARG_BITS 48u
#define COOKIE_BOUND 255u
_Static_assert(NS_NODES_MAX < COOKIE_BOUND, "a node fits a cookie");

struct p9_qid p9_qid_of(struct hive *h, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(&h->tree, ref);
    struct p9_qid q = {.type = P9_QTDIR, .path = ns_qid_path(&h->tree, ref)};
    const struct ring *ring = ns_ring(&h->tree, h, ref);
    /* What is rendered or listed may differ at every look; a ring's content changes exactly when it grows. */
    q.version = (uint32_t)(ring ? ring->next : n->dir || n->ops->show ? h->p9.looks++ : 0);
    if (!n->dir)
        q.type = n->pattern->mode == NS_READ ? P9_QTFILE : P9_QTAPPEND;
    return q;
}

static uint32_t mode_of(struct hive *h, uint32_t session, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(&h->tree, ref);
    struct ns_why why = {0};
    if (n->dir)
        return MODE_DIR | 0500u;
    uint32_t read = n->pattern->mode == NS_WRITE ? 0 : 0400u;
    uint32_t write = access_open(h, session, ACCESS_WRITE, ref, &why) == COH_OK ? 0200u : 0;
    return MODE_FILE | read | write;
}

enum coh_status p9_getattr(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    const struct ns_ref *ref = &call->fid->ref;
    if (ns_gone(&h->tree, h, ref))
        return COH_NOT_FOUND;
    const struct ring *ring = ns_ring(&h->tree, h, ref);
    bool dir = ns_is_dir(&h->tree, ref);
    uint32_t uid = h->sessions[call->session].uid;
    uint64_t booted_s = h->facts.rtc_unix_ms / 1000u, size = dir ? 0 : ns_size(&h->tree, h, ref);
    if (ring)
        size = ring->next - fid_base(h, call->c, call->fid, ring->oldest);
    *r = (struct p9_msg){
        .type = r->type, .tag = r->tag,
        .u.attr = {.valid = ATTR_BASIC | ATTR_GEN | (ring ? ATTR_DATA_VERSION : 0), .qid = p9_qid_of(h, ref),
                   .mode = mode_of(h, call->session, ref), .uid = uid, .gid = uid, .gen = h->facts.life,
                   .data_version = ring ? ring->next : 0, .nlink = dir ? 2 : 1, .size = size,
                   .blksize = COH_SECURE9P_MSIZE, .blocks = (size + BLOCK_BYTES - 1) / BLOCK_BYTES,
                   .atime_s = booted_s, .mtime_s = booted_s, .ctime_s = booted_s}};
    return COH_OK;
}

/* The name that a cookie of this directory stands for, also when the entry is gone by now. */
static bool cookie_name(const struct hive *h, const struct ns_binds *binds, const struct ns_ref *dir, uint64_t cookie,
                        struct buf *name)
{
    uint64_t node = cookie >> COOKIE_ARG_BITS, arg = cookie & ((1ull << COOKIE_ARG_BITS) - 1);
    if (node == COOKIE_BOUND && arg < binds->n) {
        buf_put(name, bytes_of(binds->at[arg].name, binds->at[arg].name_n));
        return true;
    }
    if (node == 0 || node >= h->tree.count || h->tree.nodes[node].parent != dir->node)
        return false;
    const struct ns_node *n = &h->tree.nodes[node];
    struct ns_ref child = *dir;
    if (n->variable) {
        child.arg[n->args - 1] = arg;
        ns_name(n, h, child.arg, name);
    } else {
        buf_put(name, n->name);
    }
    return true;
}

static uint64_t cookie_of(const struct hive *h, const struct ns_binds *binds, const struct ns_ref *dir,
                          struct bytes name, const struct ns_ref *ref)
{
    const struct ns_node *n = ns_node(&h->tree, ref);
    uint64_t bound = ns_bound(binds, dir, name), arg = n->variable ? ref->arg[n->args - 1] : 0;
    if (bound < binds->n)
        return (uint64_t)COOKIE_BOUND << COOKIE_ARG_BITS | bound;
    return (uint64_t)ref->node << COOKIE_ARG_BITS | (arg & ((1ull << COOKIE_ARG_BITS) - 1));
}

/* False: no more room. */
static bool put(struct hive *h, const struct caller *who, const struct ns_ref *dir, struct bytes name, struct buf *data)
{
    struct ns_ref ref = *dir;
    if (ns_walk(&h->tree, h, who, &ref, name) != COH_OK)
        return true;
    struct p9_qid qid = p9_qid_of(h, &ref);
    return p9_put_entry(data, &qid, cookie_of(h, who->binds, dir, name, &ref), name);
}

/* Appends the entries behind cookie that fit, and adds up their names as a listing's lines in *listed. */
static enum coh_status list(struct p9_call *call, uint64_t cookie, uint64_t *listed)
{
    struct hive *h = call->h;
    const struct ns_ref *dir = &call->fid->ref;
    struct caller who = session_caller(h, call->session);
    struct buf names = buf_of(h->scratch, sizeof h->scratch);
    BUF(after, NS_NAME_BYTES);
    uint32_t entries;
    if (cookie && !cookie_name(h, who.binds, dir, cookie, &after))
        return ns_refuse(&call->why, COH_INVALID, "cookie", NULL);
    if (!ns_list(&h->tree, h, &who, dir, &names, &entries))
        return COH_TOO_BIG;
    budget_level(h, POOL_scratch, (uint32_t)names.n);
    for (struct bytes rest = buf_bytes(&names); rest.n;) {
        struct bytes name = bytes_split(&rest, '\n');
        if (cookie && bytes_cmp(name, buf_bytes(&after)) <= 0)
            continue;
        if (!put(h, &who, dir, name, &call->data))
            return call->data.n ? COH_OK : ns_refuse(&call->why, COH_INVALID, "count", NULL);
        *listed += name.n + 1;
    }
    return COH_OK;
}

enum coh_status p9_readdir(struct p9_call *call, struct p9_msg *r)
{
    struct fid *f = call->fid;
    uint64_t listed = 0;
    if (f->state != FID_OPEN || !ns_is_dir(&call->h->tree, &f->ref))
        return ns_refuse(&call->why, COH_INVALID, "not-open", NULL);
    enum coh_status s = list(call, call->t->u.read.offset, &listed);
    return s == COH_OK ? access_spend(call->h, call->session, ACCESS_LIST, &f->ref, listed, &f->counted, &call->why) : s;
}
