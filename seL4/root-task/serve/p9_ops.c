/* The messages of Secure9P; see p9_ops.h. Each handler decides, changes nothing unless it answers COH_OK, and says where a
 * refusal happened; p9_server.c answers and has it recorded. */
#include "serve/p9_ops.h"

#include "base/assert.h"
#include "ns/content.h"
#include "serve/access.h"
#include "serve/link.h"
#include "serve/login.h"
#include "serve/p9_dir.h"

#define ENOTDIR_9P 20u
/* Linux open(2) flags, as 9P2000.L carries them. */
#define O_ACCESS 03u
#define O_WRITE_ONLY 01u
#define O_READ_WRITE 02u
#define O_DIRECTORY_9P 0200000u

enum coh_status p9_why(struct p9_call *call, enum coh_status status, const char *detail)
{
    call->why.detail = detail;
    return status;
}

static void about(struct p9_call *call, const struct ns_ref *ref)
{
    call->has_at = true;
    call->at = *ref;
}

static bool is_afid(const struct fid *f) { return f->state == FID_AUTH || f->state == FID_PROVEN; }

/* ---- version and login ---- */

static enum coh_status do_version(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct conn *c = call->c;
    uint32_t asked = call->t->u.version.msize;
    /* As new: all fids are gone, and whoever was known is not any more. */
    fid_free_all(h, c);
    h->p9.outstanding -= c->p9.live;
    c->p9.live = 0;
    c->p9.msize = 0;
    call->session = SESSION_NONE;
    bool known = bytes_is(call->t->u.version.version, P9_VERSION);
    if (known && asked < P9_MSIZE_MIN)
        return p9_why(call, COH_TOO_BIG, "msize");
    uint32_t msize = asked < COH_SECURE9P_MSIZE ? asked : COH_SECURE9P_MSIZE;
    if (known)
        c->p9.msize = msize;
    r->u.version.msize = msize;
    r->u.version.version = bytes_str(known ? P9_VERSION : "unknown");
    return COH_OK;
}

/* A number for a new fid. */
static enum coh_status free_number(struct p9_call *call, uint32_t number)
{
    if (number == P9_NOFID || fid_find(call->h, call->c, number))
        return p9_why(call, COH_INVALID, "fid-in-use");
    return call->c->p9.fids < COH_SECURE9P_FIDS_PER_SESSION ? COH_OK : p9_why(call, COH_QUOTA, "fids");
}

static enum coh_status do_auth(struct p9_call *call, struct p9_msg *r)
{
    if (bytes_begin(call->t->u.auth.aname, "auth=")) { /* a client that goes on without an afid when told ENOENT */
        call->quiet = true;
        return COH_NOT_FOUND;
    }
    enum coh_status s = free_number(call, call->t->fid);
    if (s != COH_OK)
        return s;
    fid_new(call->h, call->c, call->t->fid, SESSION_NONE)->state = FID_AUTH;
    r->u.qid = (struct p9_qid){.type = P9_QTAUTH, .path = call->t->fid};
    return COH_OK;
}

/* Twrite to an afid: the token, as it is. */
static enum coh_status prove(struct p9_call *call, struct p9_msg *r)
{
    enum coh_status s = login_token(call->h, call->c, call->t->u.write.data, &call->why);
    call->fid->state = s == COH_OK ? FID_PROVEN : FID_AUTH;
    r->u.count = (uint32_t)call->t->u.write.data.n;
    return s;
}

/* What an aname carries: auth=<token>[;role=<role>][;ticket=<ticket>][;uid=<whose files they seem to be>], `,` for `;` too.
 * A mount for one user (access=<uid>) sends no n_uname, and Linux would let nobody but root in. */
struct credentials {
    struct bytes token, role, ticket, uid;
};

static bool take_credential(struct credentials *cr, struct bytes field)
{
    const struct {
        const char *key;
        struct bytes *to;
    } keys[] = {{"auth=", &cr->token}, {"role=", &cr->role}, {"ticket=", &cr->ticket}, {"uid=", &cr->uid}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (!bytes_begin(field, keys[i].key) || keys[i].to->p)
            continue;
        *keys[i].to = bytes_sub(field, strlen(keys[i].key), field.n);
        return true;
    }
    return false;
}

static bool parse_aname(struct bytes aname, struct credentials *cr)
{
    for (size_t at = 0; at < aname.n;) {
        size_t end = at;
        while (end < aname.n && aname.p[end] != ';' && aname.p[end] != ',')
            end++;
        if (!take_credential(cr, bytes_sub(aname, at, end - at)))
            return false;
        at = end + 1;
    }
    return true;
}

/* The aname's role, else the ticket's, else the user's name when it is one, else queen. */
static enum coh_role role_of(const struct credentials *cr, struct bytes uname)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct ticket claims;
    ticket_claims(cr->ticket, payload, &claims);
    if (cr->role.n)
        return role_parse(cr->role);
    if (cr->ticket.n)
        return claims.role;
    enum coh_role role = role_parse(uname);
    return role == ROLE_COUNT ? ROLE_QUEEN : role;
}

/* Is the token's part done: by an afid, or in the aname? */
static enum coh_status attach_proof(struct p9_call *call, struct credentials *cr, enum coh_role *role)
{
    const struct p9_msg *t = call->t;
    bool inlined = bytes_begin(t->u.attach.aname, "auth=");
    if (inlined && !parse_aname(t->u.attach.aname, cr))
        return p9_why(call, COH_INVALID, "aname");
    if (inlined) {
        *role = role_of(cr, t->u.attach.uname);
        return login_token(call->h, call->c, cr->token, &call->why);
    }
    const struct fid *afid = t->u.attach.afid == P9_NOFID ? NULL : fid_find(call->h, call->c, t->u.attach.afid);
    *role = role_parse(t->u.attach.uname);
    cr->ticket = t->u.attach.aname;
    return afid && afid->state == FID_PROVEN ? COH_OK : COH_AUTH;
}

static enum coh_status do_attach(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct conn *c = call->c;
    struct credentials cr = {0};
    enum coh_role role;
    uint64_t uid = call->t->u.attach.n_uname == UINT32_MAX ? 0 : call->t->u.attach.n_uname;
    enum coh_status s = free_number(call, call->t->fid);
    if (s == COH_OK)
        s = attach_proof(call, &cr, &role);
    if (s == COH_OK && cr.uid.p && !parse_u64(cr.uid, UINT32_MAX - 1, &uid))
        s = p9_why(call, COH_INVALID, "uid");
    if (s != COH_OK)
        return s;
    uint32_t session = session_reserve(h, false);
    if (session == SESSION_NONE)
        return p9_why(call, COH_BUSY, "sessions");
    s = login_attach(h, c, session, role, cr.ticket, &call->why);
    if (s != COH_OK) {
        session_release(h, session);
        call->quiet = true; /* login_attach recorded it */
        return s;
    }
    h->sessions[session].uid = (uint32_t)uid;
    fid_new(h, c, call->t->fid, session);
    c->p9.session = session;
    link_known(h, c);
    r->u.qid = p9_qid_of(h, &(struct ns_ref){0});
    return COH_OK;
}

/* ---- walking ---- */

/* Names that led nowhere, behind the node that they began at: as a path in the audit line. */
static void remember_below(struct p9_call *call, uint16_t from)
{
    struct buf b = buf_of(call->path, sizeof call->path);
    for (uint16_t i = from; i < call->t->u.walk.n && !b.cut; i++)
        buf_say(&b, "/", call->t->u.walk.name[i]);
    call->below = buf_bytes(&b);
}

/* Names from i on lie outside the view: EPERM is for what exists, as a whole. */
static enum coh_status outside(struct p9_call *call, uint16_t i, struct ns_ref at)
{
    struct caller all = session_caller(call->h, call->session);
    enum coh_status s = COH_OK;
    all.role = ROLE_QUEEN;
    for (; s == COH_OK && i < call->t->u.walk.n; i++)
        s = ns_walk(&call->h->tree, call->h, &all, &at, call->t->u.walk.name[i]);
    return s == COH_OK ? COH_PERMISSION : p9_why(call, COH_NOT_FOUND, NULL);
}

static enum coh_status do_walk(struct p9_call *call, struct p9_msg *r)
{
    const struct p9_msg *t = call->t;
    struct ns_ref at = call->fid->ref;
    bool same = t->u.walk.newfid == t->fid;
    /* diodls walks from the directory that it has open; an open file leads nowhere, and an open fid stays what it is. */
    if (call->fid->state != FID_PATH && (same || !ns_is_dir(&call->h->tree, &at)))
        return p9_why(call, COH_INVALID, "open-fid");
    enum coh_status s = same ? COH_OK : free_number(call, t->u.walk.newfid);
    if (s == COH_OK && t->u.walk.n > COH_SECURE9P_WALK_DEPTH)
        s = p9_why(call, COH_INVALID, "walk-depth");
    if (s == COH_OK && t->u.walk.n == 0)
        s = session_alive(call->h, call->session);
    if (s != COH_OK)
        return s;
    r->u.walked.n = 0;
    for (uint16_t i = 0; i < t->u.walk.n; i++) {
        s = access_walk(call->h, call->session, &at, t->u.walk.name[i], &at, &call->why);
        if (s != COH_OK) {
            about(call, &at);
            remember_below(call, i);
            s = s == COH_PERMISSION ? outside(call, i, at) : s;
            if (i == 0)
                return s;
            p9_refuse(call, s); /* a short walk is an answer, and a refusal all the same */
            return COH_OK;
        }
        r->u.walked.qid[r->u.walked.n++] = p9_qid_of(call->h, &at);
    }
    struct fid *to = same ? call->fid : fid_new(call->h, call->c, t->u.walk.newfid, call->session);
    to->ref = at;
    return COH_OK;
}

static enum coh_status do_open(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    uint32_t flags = call->t->u.open.flags, access = flags & O_ACCESS;
    bool dir = ns_is_dir(&h->tree, &f->ref), write = access == O_WRITE_ONLY || access == O_READ_WRITE;
    bool read = access != O_WRITE_ONLY;
    if (f->state != FID_PATH)
        return p9_why(call, COH_INVALID, "open-fid");
    call->op = access_name(write ? ACCESS_WRITE : dir ? ACCESS_LIST : ACCESS_READ);
    if (!dir && (flags & O_DIRECTORY_9P)) {
        call->errnum = ENOTDIR_9P;
        call->op = access_name(ACCESS_LIST);
        return p9_why(call, COH_INVALID, "not-a-directory");
    }
    if (access == O_ACCESS)
        return p9_why(call, COH_INVALID, "open-flags");
    enum coh_status s = ns_gone(&h->tree, h, &f->ref) ? COH_NOT_FOUND : COH_OK;
    if (s == COH_OK && write)
        s = access_open(h, call->session, ACCESS_WRITE, &f->ref, &call->why);
    if (s == COH_OK && read)
        s = access_open(h, call->session, dir ? ACCESS_LIST : ACCESS_READ, &f->ref, &call->why);
    if (s != COH_OK)
        return s;
    const struct ring *ring = dir ? NULL : ns_ring(&h->tree, h, &f->ref);
    f->state = FID_OPEN;
    f->read = read;
    f->write = write;
    f->base = ring ? ring->oldest : 0;
    r->u.opened.qid = p9_qid_of(h, &f->ref);
    r->u.opened.iounit = 0;
    return COH_OK;
}

/* ---- reading and writing ---- */

static enum coh_status do_read(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    uint64_t offset = call->t->u.read.offset;
    if (f->state != FID_OPEN || ns_is_dir(&h->tree, &f->ref))
        return p9_why(call, COH_INVALID, "not-open");
    if (!f->read)
        return COH_PERMISSION;
    enum coh_status s = session_alive(h, call->session);
    size_t cap = call->t->u.read.count < call->data.cap ? call->t->u.read.count : call->data.cap, n = 0;
    if (s == COH_OK)
        s = ns_read(&h->tree, h, &f->ref, f->base, offset, &f->at, call->data.p, cap, &n, &call->why.oldest);
    if (s == COH_OK)
        s = access_spend(h, call->session, ACCESS_READ, &f->ref, n, &f->counted, &call->why);
    if (s == COH_OK && offset >= NS_ABSOLUTE) {
        s = session_position(h, call->session, !f->positioned, n != 0);
        f->positioned = true;
    }
    if (s == COH_OK)
        call->data.n = n;
    return s;
}

static enum coh_status do_readdir(struct p9_call *call, struct p9_msg *r)
{
    struct fid *f = call->fid;
    if (f->state != FID_OPEN || !ns_is_dir(&call->h->tree, &f->ref))
        return p9_why(call, COH_INVALID, "not-open");
    if (call->t->u.read.count < call->data.cap)
        call->data.cap = call->t->u.read.count;
    uint64_t listed = 0;
    enum coh_status s =
        p9_list(call->h, call->session, &f->ref, call->t->u.read.offset, &call->data, &listed, &call->why);
    if (s == COH_OK)
        s = access_spend(call->h, call->session, ACCESS_LIST, &f->ref, listed, &f->counted, &call->why);
    return s;
}

static enum coh_status do_write(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    if (is_afid(f))
        return prove(call, r);
    if (f->state != FID_OPEN)
        return p9_why(call, COH_INVALID, "not-open");
    if (!f->write)
        return COH_PERMISSION;
    h->p9.retries += f->short_write;
    uint64_t offset = call->t->u.write.offset;
    if (offset < NS_ABSOLUTE && ns_ring(&h->tree, h, &f->ref))
        offset += NS_ABSOLUTE + f->base;
    enum coh_status s =
        access_check(h, call->session, &f->ref, call->t->u.write.data, offset, &call->write, &call->why);
    f->short_write = s == COH_TOO_BIG || s == COH_BUSY;
    h->p9.short_writes += f->short_write;
    r->u.count = (uint32_t)call->t->u.write.data.n;
    return s;
}

/* ---- attributes ---- */

static enum coh_status do_getattr(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    if (ns_gone(&h->tree, h, &f->ref))
        return COH_NOT_FOUND;
    p9_attributes(h, call->session, &f->ref, r);
    const struct ring *ring = ns_is_dir(&h->tree, &f->ref) ? NULL : ns_ring(&h->tree, h, &f->ref);
    if (ring)
        r->u.attr.size = ring->next - fid_base(h, call->c, f, ring->oldest);
    return COH_OK;
}

/* v9fs truncates before a shell's `>`: on a file that only grows, that and new times are granted and change nothing. */
static enum coh_status do_setattr(struct p9_call *call, struct p9_msg *r)
{
    const uint32_t size = 0x8, harmless = size | 0x10 | 0x20 | 0x40 | 0x80 | 0x100;
    const struct ns_node *n = ns_node(&call->h->tree, &call->fid->ref);
    uint32_t valid = call->t->u.setattr.valid;
    bool grows = !n->dir && n->pattern->mode != NS_READ && call->fid->ref.view == NS_PLAIN;
    bool changes = (valid & ~harmless) || ((valid & size) && call->t->u.setattr.size);
    return grows && !changes ? COH_OK : COH_PERMISSION;
}

static enum coh_status do_statfs(struct p9_call *call, struct p9_msg *r)
{
    *r = (struct p9_msg){.type = r->type, .tag = r->tag,
                         .u.statfs = {.type = 0x01021997, .bsize = COH_SECURE9P_MSIZE, .namelen = NS_NAME_BYTES}};
    return COH_OK;
}

/* Tfsync: what was written is there. Tflush: what it names has been answered already, or never was. */
static enum coh_status do_nothing(struct p9_call *call, struct p9_msg *r) { return COH_OK; }

static enum coh_status do_clunk(struct p9_call *call, struct p9_msg *r)
{
    fid_free(call->h, call->c, call->fid);
    return COH_OK;
}

/* Refused, and the fid is gone all the same: v9fs relies on it. The session outlives its record. */
static enum coh_status do_remove(struct p9_call *call, struct p9_msg *r)
{
    p9_refuse(call, COH_PERMISSION);
    call->quiet = true;
    fid_free(call->h, call->c, call->fid);
    return COH_PERMISSION;
}

/* ---- dispatch ---- */

/* What a message needs before its handler sees it. */
#define FID 1u   /* t->fid must stand for something */
#define AFID 2u  /* which may be an afid */
#define EARLY 4u /* nobody need have attached */
#define ALIVE 8u /* the session must not have ended; other handlers see to it themselves */
#define SEEN 16u /* what the fid stands for must be in the session's sight still, if it is there and the session too */

static const struct op {
    unsigned needs;
    const char *name;
    enum coh_status (*serve)(struct p9_call *call, struct p9_msg *r);
} ops[] = {
    [P9_TVERSION] = {EARLY, "version", do_version}, [P9_TAUTH] = {EARLY, "AUTH", do_auth},
    [P9_TATTACH] = {EARLY, "ATTACH", do_attach}, [P9_TWALK] = {FID | SEEN, "walk", do_walk},
    [P9_TLOPEN] = {FID | SEEN, "open", do_open}, [P9_TREAD] = {FID | SEEN, "read", do_read},
    [P9_TREADDIR] = {FID | SEEN, "list", do_readdir}, [P9_TSTATFS] = {FID, "statfs", do_statfs},
    [P9_TGETATTR] = {FID | ALIVE | SEEN, "stat", do_getattr},
    [P9_TSETATTR] = {FID | ALIVE | SEEN, "setattr", do_setattr},
    [P9_TWRITE] = {FID | AFID | EARLY | SEEN, "write", do_write}, [P9_TFSYNC] = {FID, "fsync", do_nothing},
    [P9_TFLUSH] = {0, "flush", do_nothing}, [P9_TREMOVE] = {FID, "remove", do_remove},
    [P9_TCLUNK] = {FID | AFID | EARLY, "clunk", do_clunk},
};

/* Sight is lost where the caller does not own what is there any more: a GPU whose lease is over. */
static bool lost_sight(const struct p9_call *call)
{
    struct caller who = session_caller(call->h, call->session);
    const struct ns_ref *ref = &call->fid->ref;
    return !ns_seen(&call->h->tree, call->h, &who, ref) && !ns_gone(&call->h->tree, call->h, ref) &&
           session_alive(call->h, call->session) == COH_OK;
}

static enum coh_status ready(struct p9_call *call, const struct op *op)
{
    struct conn *c = call->c;
    bool early = op->needs & EARLY, wants = op->needs & FID;
    if (!c->p9.msize && call->t->type != P9_TVERSION)
        return p9_why(call, COH_INVALID, "no-version");
    call->fid = wants ? fid_find(call->h, c, call->t->fid) : NULL;
    bool afid = call->fid && is_afid(call->fid), path = call->fid && !afid;
    if (path)
        call->session = call->fid->session;
    if (c->p9.session == SESSION_NONE && (!early || path))
        return COH_AUTH;
    if (wants && !call->fid)
        return p9_why(call, COH_CLOSED, "fid");
    if (afid && !(op->needs & AFID))
        return p9_why(call, COH_INVALID, "afid");
    if (path) {
        ns_settle(&call->h->tree, call->h, &call->fid->ref);
        about(call, &call->fid->ref);
    }
    if (path && (op->needs & SEEN) && lost_sight(call))
        return COH_PERMISSION;
    return op->needs & ALIVE ? session_alive(call->h, call->session) : COH_OK;
}

enum coh_status p9_serve(struct p9_call *call, struct p9_msg *r)
{
    const struct op *op = &ops[call->t->type];
    COH_ASSERT(call->t->type < sizeof ops / sizeof ops[0] && op->serve);
    call->op = op->name;
    r->type = (uint8_t)(call->t->type + 1u); /* an answer's type follows its request's */
    enum coh_status s = ready(call, op);
    return s == COH_OK ? op->serve(call, r) : s;
}

void p9_refuse(struct p9_call *call, enum coh_status status)
{
    if (call->quiet)
        return;
    struct hive *h = call->h;
    if (call->session == SESSION_NONE) {
        audit_stranger(h, status);
        return;
    }
    BUF(path, 2 * NS_PATH_BYTES);
    if (call->has_at)
        ns_path(&h->tree, h, &call->at, &path);
    if (call->below.n && path.n == 1)
        path.n = 0; /* the root's own slash */
    buf_put(&path, call->below);
    access_refuse(h, call->session, call->op, buf_bytes(&path), status, &call->why);
}
