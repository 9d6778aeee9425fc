/* The messages of Secure9P; see p9.h. Each handler decides, changes nothing unless it answers COH_OK, and says where a
 * refusal happened; p9_server.c answers and has it recorded. */
#include "serve/p9.h"

#define ENOTDIR_9P 20u
/* Linux open(2) flags, as 9P2000.L carries them. */
#define O_ACCESS 03u
#define O_DIRECTORY_9P 0200000u

static bool is_afid(const struct fid *f) { return f->state == FID_AUTH || f->state == FID_PROVEN; }

/* ---- version and login ---- */

static enum coh_status do_version(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct conn *c = call->c;
    uint32_t asked = call->t->u.version.msize, msize = asked < COH_SECURE9P_MSIZE ? asked : COH_SECURE9P_MSIZE;
    /* As new: all fids are gone, and whoever was known is not any more. */
    fid_free_all(h, c);
    memset(c->p9.window, 0, sizeof c->p9.window);
    c->p9.msize = 0;
    call->session = SESSION_NONE;
    bool known = bytes_is(call->t->u.version.version, P9_VERSION);
    if (known && asked < P9_MSIZE_MIN)
        return ns_refuse(&call->why, COH_TOO_BIG, "msize", NULL);
    c->p9.msize = known ? msize : 0;
    r->u.version.msize = msize;
    r->u.version.version = bytes_str(known ? P9_VERSION : "unknown");
    return COH_OK;
}

/* A number for a new fid. */
static enum coh_status free_number(struct p9_call *call, uint32_t number)
{
    if (number == P9_NOFID || fid_find(call->h, call->c, number))
        return ns_refuse(&call->why, COH_INVALID, "fid-in-use", NULL);
    return call->c->p9.fids < COH_SECURE9P_FIDS_PER_SESSION ? COH_OK : ns_refuse(&call->why, COH_QUOTA, "fids", NULL);
}

static enum coh_status do_auth(struct p9_call *call, struct p9_msg *r)
{
    if (bytes_begin(call->t->u.attach.aname, "auth=")) { /* a client that goes on without an afid when told ENOENT */
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
enum credential { TOKEN, ROLE, TICKET, UID, CREDENTIALS };

static bool parse_aname(struct bytes aname, struct bytes cr[CREDENTIALS])
{
    static const char *const keys[CREDENTIALS] = {"auth=", "role=", "ticket=", "uid="};
    while (aname.n) {
        size_t n = 0, k = 0;
        while (n < aname.n && aname.p[n] != ';' && aname.p[n] != ',')
            n++;
        struct bytes field = bytes_sub(aname, 0, n);
        while (k < CREDENTIALS && (cr[k].p || !bytes_begin(field, keys[k])))
            k++;
        if (k == CREDENTIALS)
            return false;
        cr[k] = bytes_sub(field, strlen(keys[k]), n);
        aname = bytes_sub(aname, n + 1, aname.n);
    }
    return true;
}

/* The aname's role, else the ticket's, else the user's name when it is one, else queen. */
static enum coh_role role_of(const struct bytes cr[CREDENTIALS], struct bytes uname)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct ticket claims;
    ticket_claims(cr[TICKET], payload, &claims);
    if (cr[ROLE].n)
        return role_parse(cr[ROLE]);
    if (cr[TICKET].n)
        return claims.role;
    enum coh_role role = role_parse(uname);
    return role == ROLE_COUNT ? ROLE_QUEEN : role;
}

/* Is the token's part done: by an afid, or in the aname? */
static enum coh_status attach_proof(struct p9_call *call, struct bytes cr[CREDENTIALS], enum coh_role *role)
{
    const struct p9_msg *t = call->t;
    if (bytes_begin(t->u.attach.aname, "auth=")) {
        if (!parse_aname(t->u.attach.aname, cr))
            return ns_refuse(&call->why, COH_INVALID, "aname", NULL);
        *role = role_of(cr, t->u.attach.uname);
        return login_token(call->h, call->c, cr[TOKEN], &call->why);
    }
    const struct fid *afid = t->u.attach.afid == P9_NOFID ? NULL : fid_find(call->h, call->c, t->u.attach.afid);
    *role = role_parse(t->u.attach.uname);
    cr[TICKET] = t->u.attach.aname;
    return afid && afid->state == FID_PROVEN ? COH_OK : COH_AUTH;
}

static enum coh_status do_attach(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct conn *c = call->c;
    struct bytes cr[CREDENTIALS] = {{0}};
    enum coh_role role;
    uint64_t uid = call->t->u.attach.n_uname == UINT32_MAX ? 0 : call->t->u.attach.n_uname;
    enum coh_status s = free_number(call, call->t->fid);
    if (s == COH_OK)
        s = attach_proof(call, cr, &role);
    if (s == COH_OK && cr[UID].p && !parse_u64(cr[UID], UINT32_MAX - 1, &uid))
        s = ns_refuse(&call->why, COH_INVALID, "uid", NULL);
    if (s != COH_OK)
        return s;
    uint32_t session = session_reserve(h, false);
    if (session == SESSION_NONE)
        return ns_refuse(&call->why, COH_BUSY, "sessions", NULL);
    s = login_attach(h, c, session, role, cr[TICKET], &call->why);
    if (s != COH_OK) {
        session_release(h, session);
        call->quiet = true; /* login_attach recorded it */
        return s;
    }
    h->sessions[session].uid = (uint32_t)uid;
    fid_new(h, c, call->t->fid, session);
    c->session = session;
    link_known(h, c);
    r->u.qid = p9_qid_of(h, &(struct ns_ref){0});
    return COH_OK;
}

/* ---- walking ---- */

/* Names from i on lead nowhere, as s says: behind at they are the path in the audit line. EPERM is for what exists, as a whole. */
static enum coh_status astray(struct p9_call *call, struct ns_ref at, uint16_t i, enum coh_status s)
{
    struct caller all = session_caller(call->h, call->session);
    struct buf b = buf_of(call->path, sizeof call->path);
    enum coh_status exists = COH_OK;
    call->has_at = true;
    call->at = at;
    all.role = ROLE_QUEEN;
    for (; i < call->t->u.walk.n; i++) {
        if (!b.cut)
            buf_say(&b, "/", call->t->u.walk.name[i]);
        if (exists == COH_OK)
            exists = ns_walk(&call->h->tree, call->h, &all, &at, call->t->u.walk.name[i]);
    }
    call->below = buf_bytes(&b);
    return s == COH_PERMISSION && exists != COH_OK ? ns_refuse(&call->why, COH_NOT_FOUND, NULL, NULL) : s;
}

/* Follows the names from *at on. A short walk is an answer, and a refusal all the same. */
static enum coh_status follow(struct p9_call *call, struct p9_msg *r, struct ns_ref *at)
{
    uint16_t *n = &r->u.walked.n;
    for (*n = 0; *n < call->t->u.walk.n; ++*n) {
        enum coh_status s = access_walk(call->h, call->session, at, call->t->u.walk.name[*n], at, &call->why);
        if (s != COH_OK) {
            s = astray(call, *at, *n, s);
            if (*n == 0)
                return s;
            p9_refuse(call, s);
            return COH_OK;
        }
        r->u.walked.qid[*n] = p9_qid_of(call->h, at);
    }
    return COH_OK;
}

/* diodls walks from the directory that it has open; an open file leads nowhere, and an open fid stays what it is. */
static enum coh_status may_walk(struct p9_call *call, bool same)
{
    const struct p9_msg *t = call->t;
    bool leads = call->fid->state == FID_PATH || (!same && ns_is_dir(&call->h->tree, &call->fid->ref));
    if (!leads)
        return ns_refuse(&call->why, COH_INVALID, "open-fid", NULL);
    enum coh_status s = same ? COH_OK : free_number(call, t->u.walk.newfid);
    return s == COH_OK && t->u.walk.n > COH_SECURE9P_WALK_DEPTH ? ns_refuse(&call->why, COH_INVALID, "walk-depth", NULL) : s;
}

static enum coh_status do_walk(struct p9_call *call, struct p9_msg *r)
{
    const struct p9_msg *t = call->t;
    struct ns_ref at = call->fid->ref;
    bool same = t->u.walk.newfid == t->fid;
    enum coh_status s = may_walk(call, same);
    if (s == COH_OK)
        s = follow(call, r, &at);
    if (s != COH_OK || r->u.walked.n < t->u.walk.n)
        return s;
    (same ? call->fid : fid_new(call->h, call->c, t->u.walk.newfid, call->session))->ref = at;
    return COH_OK;
}

/* May the session open the call's fid as asked? look is how what it stands for is read. */
static enum coh_status may_open(struct p9_call *call, enum access look, bool read, bool write)
{
    const struct ns_ref *ref = &call->fid->ref;
    enum coh_status s = ns_gone(&call->h->tree, call->h, ref) ? COH_NOT_FOUND : COH_OK;
    if (s == COH_OK && write)
        s = access_open(call->h, call->session, ACCESS_WRITE, ref, &call->why);
    return s == COH_OK && read ? access_open(call->h, call->session, look, ref, &call->why) : s;
}

static enum coh_status do_open(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    uint32_t flags = call->t->u.open.flags, access = (flags & O_ACCESS) + 1u; /* a bit for reading and one for writing */
    enum access look = ns_is_dir(&h->tree, &f->ref) ? ACCESS_LIST : ACCESS_READ;
    bool read = access & 1u, write = access & 2u;
    if (f->state != FID_PATH)
        return ns_refuse(&call->why, COH_INVALID, "open-fid", NULL);
    call->op = access_name(write ? ACCESS_WRITE : look);
    if (look == ACCESS_READ && (flags & O_DIRECTORY_9P)) {
        call->errnum = ENOTDIR_9P;
        call->op = access_name(ACCESS_LIST);
        return ns_refuse(&call->why, COH_INVALID, "not-a-directory", "not a directory");
    }
    if (!read && !write)
        return ns_refuse(&call->why, COH_INVALID, "open-flags", NULL);
    enum coh_status s = may_open(call, look, read, write);
    if (s != COH_OK)
        return s;
    const struct ring *ring = ns_ring(&h->tree, h, &f->ref);
    f->state = FID_OPEN;
    f->read = read;
    f->write = write;
    f->base = ring ? ring->oldest : 0;
    r->u.opened.qid = p9_qid_of(h, &f->ref);
    return COH_OK;
}

/* ---- reading and writing ---- */

static enum coh_status do_read(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    uint64_t offset = call->t->u.read.offset;
    struct ns_read got;
    if (f->state != FID_OPEN)
        return ns_refuse(&call->why, COH_INVALID, "not-open", NULL);
    if (ns_is_dir(&h->tree, &f->ref))
        return ns_refuse(&call->why, COH_INVALID, "is-a-directory", "is a directory");
    if (!f->read)
        return COH_PERMISSION;
    enum coh_status s = ns_read(&h->tree, h, &f->ref, f->base, offset, &f->at, call->data.p,
                                call->data.cap, &got);
    if (s == COH_STALE)
        call->why.oldest = got.oldest;
    if (s == COH_OK)
        s = access_spend(h, call->session, ACCESS_READ, &f->ref, got.n, &f->counted, &call->why);
    if (s == COH_OK && offset >= NS_ABSOLUTE) {
        struct ticket_cost move = {.of = {[TICKET_RESUMES] = !f->positioned, [TICKET_ADVANCES] = got.n != 0}};
        s = session_charge(h, call->session, move);
        f->positioned = true;
    }
    if (s == COH_OK)
        call->data.n = got.n;
    return s;
}

static enum coh_status do_write(struct p9_call *call, struct p9_msg *r)
{
    struct hive *h = call->h;
    struct fid *f = call->fid;
    if (is_afid(f))
        return prove(call, r);
    if (f->state != FID_OPEN)
        return ns_refuse(&call->why, COH_INVALID, "not-open", NULL);
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
#define EARLY 2u /* nobody need have attached, and the fid may be an afid */
#define SEEN 4u  /* the session must not have ended, and what the fid stands for, if it is there, must be in its sight */

static const struct op {
    unsigned needs;
    const char *name;
    enum coh_status (*serve)(struct p9_call *call, struct p9_msg *r);
} ops[] = {
    [P9_TVERSION] = {EARLY, "version", do_version}, [P9_TAUTH] = {EARLY, "AUTH", do_auth},
    [P9_TATTACH] = {EARLY, "ATTACH", do_attach}, [P9_TWALK] = {FID | SEEN, "walk", do_walk},
    [P9_TLOPEN] = {FID | SEEN, "open", do_open}, [P9_TREAD] = {FID | SEEN, "read", do_read},
    [P9_TREADDIR] = {FID | SEEN, "list", p9_readdir}, [P9_TSTATFS] = {FID, "statfs", do_statfs},
    [P9_TGETATTR] = {FID | SEEN, "stat", p9_getattr}, [P9_TSETATTR] = {FID | SEEN, "setattr", do_setattr},
    [P9_TWRITE] = {FID | EARLY | SEEN, "write", do_write}, [P9_TFSYNC] = {FID, "fsync", do_nothing},
    [P9_TFLUSH] = {0, "flush", do_nothing}, [P9_TREMOVE] = {FID, "remove", do_remove},
    [P9_TCLUNK] = {FID | EARLY, "clunk", do_clunk},
};

/* Sight is lost where the caller does not own what is there any more: a GPU whose lease is over. */
static enum coh_status in_sight(struct p9_call *call)
{
    struct hive *h = call->h;
    struct caller who = session_caller(h, call->session);
    enum coh_status s = session_alive(h, call->session);
    bool seen = ns_seen(&h->tree, h, &who, &call->at) || ns_gone(&h->tree, h, &call->at);
    s = s == COH_OK && !seen ? COH_PERMISSION : s;
    return s != COH_OK && call->t->type == P9_TWALK ? astray(call, call->at, 0, s) : s;
}

static enum coh_status ready(struct p9_call *call, unsigned needs)
{
    struct conn *c = call->c;
    if (!c->p9.msize && call->t->type != P9_TVERSION)
        return ns_refuse(&call->why, COH_INVALID, "no-version", NULL);
    if (c->session == SESSION_NONE && !(needs & EARLY))
        return COH_AUTH;
    if (!(needs & FID))
        return COH_OK;
    call->fid = fid_find(call->h, c, call->t->fid);
    if (!call->fid)
        return ns_refuse(&call->why, COH_CLOSED, "fid", NULL);
    if (is_afid(call->fid))
        return needs & EARLY ? COH_OK : ns_refuse(&call->why, COH_INVALID, "afid", NULL);
    call->session = call->fid->session;
    ns_settle(&call->h->tree, call->h, &call->fid->ref);
    call->has_at = true;
    call->at = call->fid->ref;
    return needs & SEEN ? in_sight(call) : COH_OK;
}

enum coh_status p9_serve(struct p9_call *call, struct p9_msg *r)
{
    const struct op *op = &ops[call->t->type];
    COH_ASSERT(call->t->type < sizeof ops / sizeof ops[0] && op->serve);
    call->op = op->name;
    r->type = (uint8_t)(call->t->type + 1u); /* an answer's type follows its request's */
    enum coh_status s = ready(call, op->needs);
    return s == COH_OK ? op->serve(call, r) : s;
}

void p9_refuse(struct p9_call *call, enum coh_status status)
{
    if (!call->quiet)
        access_refuse(call->h, call->session, call->op, call->has_at ? &call->at : NULL, call->below, status, &call->why);
}
