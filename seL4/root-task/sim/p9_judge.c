/* Judges Secure9P answers: one for each tag, none for a dead one; fids, sessions and errors are what the requests made them. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"


static void must(struct world *w, const struct client *c, const struct p9_request_sent *q, uint32_t got, uint32_t want)
{
    SIM_CHECK(w, got == want, "client %u, type %u fid %u `%s`: errno %u instead of %u", c->id, q->t.type, q->t.fid, q->path, got, want);
}

#define SAY(cond, text) SIM_CHECK(w, cond, "client %u, type %u fid %u `%s`: " text " (errno %u)", c->id, q->t.type, q->t.fid, q->path, got)

static enum pressure pressure_by_errno(uint32_t e)
{
    if (e == E_BUSY || e == E_AGAIN)
        return PRESSURE_BUSY;
    if (e == E_DQUOT || e == E_MSGSIZE)
        return PRESSURE_QUOTA;
    return e == E_BADF || e == E_HOSTDOWN ? PRESSURE_CUT : PRESSURE_POLICY;
}

/* ---- sessions ---- */

static void judge_version(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    uint32_t asked = q->t.u.version.msize, agreed = asked < COH_SECURE9P_MSIZE ? asked : COH_SECURE9P_MSIZE;
    p9_reset(c, q->sent_ms);
    if (q->good_version && asked < P9_MSIZE_MIN) {
        must(w, c, q, got, E_MSGSIZE);
        return;
    }
    must(w, c, q, got, 0);
    SAY(bytes_is(r->u.version.version, q->good_version ? P9_VERSION : "unknown") && r->u.version.msize == agreed, "another version");
    p->versioned = q->good_version;
    p->msize = agreed;
}

/* A number for a new fid; 0 when it is free. */
static uint32_t number_fault(const struct client *c, uint32_t fid)
{
    if (p9_of(c)->fids[fid].state != SFID_FREE)
        return E_INVAL;
    return p9_of(c)->fids_n >= COH_SECURE9P_FIDS_PER_SESSION ? E_DQUOT : 0;
}

static void judge_auth(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    uint32_t want = q->quiet_auth ? E_NOENT : number_fault(c, q->t.fid);
    must(w, c, q, got, want);
    if (want)
        return;
    p9_of(c)->fids[q->t.fid].state = SFID_AFID;
    p9_of(c)->fids_n++;
}

static void judge_token(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    struct sim_fid *f = &p9_of(c)->fids[q->t.fid];
    f->state = SFID_AFID;
    if (got == E_AGAIN) {
        SAY(c->auth_failures > 0, "throttled without a failure");
        return;
    }
    must(w, c, q, got, q->good_token ? 0 : E_ACCES);
    c->auth_failures = q->good_token ? 0 : c->auth_failures + 1u;
    f->state = q->good_token ? SFID_PROVEN : SFID_AFID;
}

static void joined(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    struct sim_ticket *t = q->ticket >= 0 ? &w->tickets[q->ticket] : NULL;
    uint32_t who = 0;
    while (p->identity[who].alive)
        who++;
    p->identity[who] = (struct p9_session){.alive = true, .fids = 1};
    p->identity[who].me = (struct identity){.role = q->role, .ticket = q->ticket, .attach_sent_ms = q->sent_ms};
    p->fids[q->t.fid] = (struct sim_fid){.state = SFID_PATH, .who = who, .path = "/", .node = node_find("/"), .is_dir = true, .sure = true};
    p->fids_n++;
    p->attached++;
    c->attach_failures = 0;
    w->audited_ok++;
    SAY(!t || (!t->broken && t->role == q->role), "attached with a wrong ticket");
    SAY(t || q->role == ROLE_QUEEN, "attached without a ticket");
    SAY(!t || !ticket_expired(w, t, q->sent_ms), "attached after its time");
    if (t && w->now < t->first_seen_ms)
        t->first_seen_ms = w->now;
}

/* What the ticket is good for; the token's part is done. */
static void judge_login(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    const struct sim_ticket *t = q->ticket >= 0 ? &w->tickets[q->ticket] : NULL;
    bool bad = t ? t->broken || t->role != q->role : q->role != ROLE_QUEEN;
    bool expired = t && t->has_ttl && (t->ttl_s == 0 || w->now >= t->first_sent_ms + t->ttl_s * 1000u);
    if (bad) {
        must(w, c, q, got, E_ACCES);
        c->attach_failures++;
    } else if (got == E_ACCES) {
        SAY(expired, "its ticket expired too early");
        c->attach_failures++;
    } else if (got == E_HOSTDOWN || got == E_BADF) {
        SAY(q->role != ROLE_QUEEN && (got == E_BADF || w->lifecycle_touched), "attach cut off");
    } else {
        must(w, c, q, got, 0);
        joined(w, c, q, got);
    }
}

/* Returns whether the refusal, if it is one, was recorded for a session; -1: either may be. */
static int judge_attach(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    const struct p9_client *p = p9_of(c);
    bool by_afid = q->t.u.attach.afid != P9_NOFID, session = p->attached > 0;
    struct item it = {.ticket = q->ticket, .role = q->role};
    bool may_wait = c->attach_failures || (w->flood && q->ticket >= 0) ||
                    ((q->role != ROLE_QUEEN || q->ticket >= 0) && pair_of(w, &it)->asked > THROTTLE_STRIKES);
    uint32_t fault = number_fault(c, q->t.fid);
    if (!fault && q->bad_aname)
        fault = E_INVAL;
    if (!fault && by_afid && p->fids[q->t.u.attach.afid].state != SFID_PROVEN)
        fault = E_ACCES;
    if (fault) {
        must(w, c, q, got, fault);
        return session;
    }
    if (got == E_AGAIN) {
        bool token = !by_afid && c->auth_failures > 0;
        SAY(token || may_wait, "throttled without a reason");
        return session || !token ? 1 : may_wait ? -1 : 0;
    }
    if (!by_afid && !q->good_token) {
        must(w, c, q, got, E_ACCES);
        c->auth_failures++;
        return session;
    }
    if (!by_afid)
        c->auth_failures = 0;
    if (got == E_BUSY) {
        SAY(w->flood || w->holders_peak > COH_CONSOLE_MAX_SESSIONS, "no room for a session too early");
        return w->flood ? -1 : session;
    }
    judge_login(w, c, q, got);
    return 1;
}

/* ---- walking ---- */

static void qid_is(struct world *w, const struct client *c, const char *path, const struct p9_qid *qid)
{
    for (uint32_t i = 0; i < sim_nodes_count; i++) {
        bool same = strcmp(sim_nodes[i].path, path) == 0;
        if (same && !w->qid_known[i]) {
            w->qid_known[i] = true;
            w->qids[i] = qid->path;
        }
        SIM_CHECK(w, !w->qid_known[i] || (w->qids[i] == qid->path) == same, "client %u: %s has qid %llx, and %s has %llx", c->id, path,
                  (unsigned long long)qid->path, sim_nodes[i].path, (unsigned long long)w->qids[i]);
    }
}

static bool clean_name(const char *name) { return name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0; }

static void append_name(char *path, size_t cap, const char *name)
{
    size_t n = strlen(path);
    snprintf(path + n, cap - n, "%s%s", n > 1 ? "/" : "", name);
}

/* EPERM is for what exists, as a whole. */
static void must_deny(struct world *w, const struct client *c, const struct p9_request_sent *q, uint32_t got, uint32_t i, const char *path)
{
    static const struct identity queen = {.role = ROLE_QUEEN, .ticket = -1};
    char whole[SIM_PATH * 8];
    bool clean = true, dynamic = false;
    snprintf(whole, sizeof whole, "%s", path);
    for (i++; i < q->names_n; i++) {
        clean = clean && clean_name(q->names[i]);
        append_name(whole, sizeof whole, q->names[i]);
    }
    bool there = p9_walk_verdict(w, &queen, whole, &dynamic) == MUST_PASS;
    if (clean && dynamic)
        SAY(got == E_NOENT || got == E_PERM, "another error");
    else
        must(w, c, q, got, clean && there ? E_PERM : E_NOENT);
}

/* The steps that were walked were right, and so was the one that was not. Returns 1 when a short walk was a refusal that is
 * the session's policy, 2 when it may also be a cut, 0 when all was walked. */
static int judge_steps(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got, struct sim_fid *to)
{
    struct identity *me = &p9_of(c)->identity[to->who].me;
    uint32_t walked = got ? 0 : r->u.walked.n;
    bool dynamic = false;
    char path[SIM_PATH + 80];
    snprintf(path, sizeof path, "%s", to->path);
    for (uint32_t i = 0; i < q->names_n; i++) {
        bool below_file = !to->is_dir && (i == 0 || !to->sure);
        append_name(path, sizeof path, q->names[i]);
        enum verdict v = !clean_name(q->names[i]) || below_file ? MUST_NOT_FOUND : p9_walk_verdict(w, me, path, &dynamic);
        if (i < walked) {
            SAY(v == MUST_PASS || v == ANY_VERDICT, "walked where nothing is, or nothing of its own");
            SAY(!me->spent, "walks after its session was used up");
            if (v == MUST_PASS)
                qid_is(w, c, path, &r->u.walked.qid[i]);
            to->is_dir = (r->u.walked.qid[i].type & P9_QTDIR) != 0;
            to->sure = v == MUST_PASS;
            snprintf(to->path, sizeof to->path, "%.*s", (int)sizeof to->path - 1, path); /* what passes a walk fits */
            to->qid = r->u.walked.qid[i].path;
            continue;
        }
        bool cut = may_be_cut(w, me);
        SAY(v != MUST_PASS || cut, "stopped where it may go on");
        if (got == E_BADF)
            SAY(cut, "cut off");
        else if (got && v == MUST_NOT_FOUND)
            must(w, c, q, got, E_NOENT);
        else if (got && v == MUST_DENY)
            must_deny(w, c, q, got, i, path);
        else
            SAY(!got || got == E_NOENT || got == E_PERM, "another error");
        SAY(!me->spent || got == E_BADF || i > 0, "goes on after its session was used up");
        return cut ? 2 : 1;
    }
    return 0;
}

static void judge_walk(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    struct sim_fid *f = &p->fids[q->t.fid], to = *f;
    bool same = q->t.u.walk.newfid == q->t.fid;
    struct identity *me = &p->identity[f->who].me;
    uint32_t fault = f->state == SFID_OPEN && (same || !f->is_dir) ? E_INVAL : same ? 0 : number_fault(c, q->t.u.walk.newfid);
    if ((fault || q->names_n == 0) && (got == E_BADF || me->spent)) {
        SAY(got == E_BADF && may_be_cut(w, me), "cut off");
        return;
    }
    if (fault) {
        must(w, c, q, got, fault);
        return;
    }
    int stopped = judge_steps(w, c, q, r, got, &to);
    if (stopped && !got) { /* a short walk is an answer, and a refusal all the same */
        if (stopped == 1)
            w->refused[PRESSURE_POLICY]++;
        else
            w->refused_unseen++;
        w->session_refusals += stopped == 1;
    }
    if (stopped)
        return;
    must(w, c, q, got, 0);
    to.state = SFID_PATH;
    to.read = to.write = to.counted = false;
    to.node = to.sure ? node_find(to.path) : NULL;
    if (!same) {
        p->fids_n++;
        p->identity[to.who].fids++;
    }
    p->fids[q->t.u.walk.newfid] = to;
}

/* ---- one answer ---- */

static bool early(uint8_t type)
{
    return type == P9_TVERSION || type == P9_TAUTH || type == P9_TATTACH || type == P9_TWRITE || type == P9_TCLUNK;
}

/* What every message needs first; true: that was the answer. */
static bool not_ready(struct world *w, struct client *c, const struct p9_request_sent *q, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    uint8_t type = q->t.type;
    bool fid = type != P9_TVERSION && type != P9_TAUTH && type != P9_TATTACH && type != P9_TFLUSH;
    enum sim_fid_state state = fid ? p->fids[q->t.fid].state : SFID_FREE;
    uint32_t want = 0;
    if (!p->versioned && type != P9_TVERSION)
        want = E_INVAL;
    else if (!p->attached && !early(type))
        want = E_ACCES;
    else if (fid && state == SFID_FREE)
        want = E_BADF;
    else if (fid && state < SFID_PATH && type != P9_TWRITE && type != P9_TCLUNK)
        want = E_INVAL;
    if (want)
        must(w, c, q, got, want);
    return want != 0;
}

/* Returns as judge_attach does. */
static int judge_request(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    int session = p->attached > 0;
    if (not_ready(w, c, q, got))
        return session;
    switch (q->t.type) {
    case P9_TVERSION:
        judge_version(w, c, q, r, got);
        return 0;
    case P9_TAUTH:
        judge_auth(w, c, q, got);
        break;
    case P9_TATTACH:
        return judge_attach(w, c, q, got);
    case P9_TWALK:
        judge_walk(w, c, q, r, got);
        break;
    case P9_TWRITE:
        if (p->fids[q->t.fid].state < SFID_PATH) {
            judge_token(w, c, q, got);
            break;
        }
        p9_judge_file(w, c, q, r, got);
        break;
    case P9_TCLUNK:
        must(w, c, q, got, 0);
        p9_free_fid(c, q->t.fid, q->sent_ms);
        break;
    case P9_TREMOVE:
        must(w, c, q, got, E_PERM);
        p9_free_fid(c, q->t.fid, q->sent_ms);
        break;
    default:
        p9_judge_file(w, c, q, r, got);
    }
    return session;
}

static void count(struct world *w, uint32_t got, int session)
{
    w->refused[pressure_by_errno(got)]++;
    w->session_refusals += session == 1;
    w->stranger_refusals += session == 0;
    w->refused_unseen += session < 0;
}

void p9_judge(struct world *w, struct client *c, struct bytes frame)
{
    struct p9_client *p = p9_of(c);
    struct p9_msg r;
    bool first = !c->any_seen;
    c->any_seen = true;
    SIM_CHECK(w, !c->closing, "client %u got a frame after the last one", c->id);
    if (first && bytes_is(bytes_sub(frame, 4, frame.n), "ERR AUTH reason=busy")) {
        SIM_CHECK(w, w->strangers_peak > COH_PREAUTH_MAX, "client %u was turned away from an empty hive", c->id);
        count(w, E_BUSY, 0);
        c->closing = true;
        return;
    }
    SIM_CHECK(w, p9_decode_r(frame, &r) == P9_OK, "client %u got a frame that is none", c->id);
    SIM_CHECK(w, p->count > 0, "client %u asked nothing and got type %u", c->id, r.type);
    struct p9_request_sent *q = flight_at(p, 0);
    uint32_t got = r.type == P9_RLERROR ? r.u.errnum : 0;
    sim_say(w, "client %u gets: type %u tag %u errno %u for type %u fid %u %s", c->id, r.type, r.tag, got, q->t.type, q->t.fid, q->path);
    SAY(!q->broken && r.tag == q->tag && (got || r.type == q->t.type + 1u), "the answer is not its own");
    SAY(p->versioned ? frame.n <= p->msize : frame.n <= COH_SECURE9P_MSIZE, "the answer is longer than agreed");
    int session = p->attached > 0;
    bool window = q->t.type != P9_TVERSION && ((got == E_INVAL && q->doubtful) ||
                                               (got == E_BUSY && q->crowded && q->t.type != P9_TFLUSH));
    if (q->too_long || q->raw_errno) {
        if (!window)
            must(w, c, q, got, q->too_long ? E_MSGSIZE : q->raw_errno);
        c->closing = q->too_long;
    } else if (!window) {
        session = judge_request(w, c, q, &r, got);
    }
    if (got && !(q->quiet_auth && got == E_NOENT && p->versioned))
        count(w, got, session);
    p->head = (p->head + 1u) % SIM_FLIGHT;
    p->count--;
}

void p9_judge_end(struct world *w, struct client *c, bool by_hive)
{
    struct p9_client *p = p9_of(c);
    bool unread = p->count > 0, last = c->closing || p->ends;
    for (uint32_t i = 0; i < p->count && !c->closing; i++)
        w->refused_unseen += flight_at(p, i)->end <= c->sent;
    w->refused_unseen += 1u + (c->any_seen ? 0u : 1u) + (unread ? 1u : 0u);
    bool late = w->now - (unread || !c->any_seen ? c->accepted_ms : p->unattached_ms) >= COH_CONSOLE_AUTH_TIMEOUT_MS && (unread || !p->attached);
    bool crowd = !p->attached && w->strangers_peak > COH_PREAUTH_MAX;
    SIM_CHECK(w, !by_hive || last || late || crowd || c->corrupt || !c->any_seen, "the hive hung up on client %u", c->id);
}
