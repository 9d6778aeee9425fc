/* Judges what Secure9P clients do with files: opening, reading, writing, listing, attributes. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"

#define SAY(cond, text) SIM_CHECK(w, cond, "client %u, type %u fid %u `%s` at %s: " text " (errno %u)", c->id, q->t.type, q->t.fid, q->path, f->path, got)

struct job {
    struct sim_fid *f;
    struct identity *me;
};

static void must(struct world *w, const struct client *c, const struct p9_request_sent *q, const struct sim_fid *f, uint32_t got, uint32_t want)
{
    SAY(got == want, "another outcome");
}

/* Did this meet a limit or a rate? Then that was the answer. */
static bool budget(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, uint32_t got, bool write)
{
    const struct sim_fid *f = j.f;
    const struct sim_ticket *t = j.me->ticket >= 0 ? &w->tickets[j.me->ticket] : NULL;
    if (!got) {
        SAY(!t || !ticket_expired(w, t, q->sent_ms), "goes on after its ticket's time");
        SAY(!surely_offline(w, q->changes) || (!write && j.me->role == ROLE_QUEEN), "goes on while the hive is OFFLINE");
    }
    if (got == E_HOSTDOWN) {
        bool gate = write && f->node != NULL && f->node->append && !f->node->logged && w->lifecycle_touched;
        SAY(maybe_offline(w, q->changes) || gate || !f->sure, "cut off by a lifecycle that admits it");
        SAY(write || j.me->role != ROLE_QUEEN, "the queen may read while the hive is OFFLINE");
        return true;
    }
    if (got == E_AGAIN) {
        int s = scope_of(t, f->path, write);
        SAY(!f->sure || (s >= 0 && t->scopes[s].rate), "throttled without a rate");
        return true;
    }
    if (got == E_DQUOT && write && may_refuse(f->path, MAY_QUOTA)) {
        j.me->doubtful = j.me->doubtful || may_be_spent(w, j.me);
        return true;
    }
    if (got == E_DQUOT) {
        SAY(may_be_spent(w, j.me), "met a limit that it has not");
        j.me->spent = true;
        return true;
    }
    return false;
}

/* ---- opening ---- */

static enum verdict open_verdict(const struct world *w, struct job j, enum sim_access access)
{
    const struct sim_ticket *t = j.me->ticket >= 0 ? &w->tickets[j.me->ticket] : NULL;
    if (!j.f->sure)
        return ANY_VERDICT;
    if (j.f->node)
        return node_verdict(w, j.me, j.f->path, j.f->node, access, false);
    if (access != SIM_LIST)
        return MUST_KIND;
    return t && t->scopes_n && scope_of(t, j.f->path, false) < 0 ? MUST_DENY : MUST_PASS;
}

static void judge_open(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, uint32_t got)
{
    struct sim_fid *f = j.f;
    uint32_t flags = q->t.u.open.flags, access = flags & 3u;
    bool write = access == 1 || access == 2, read = access != 1;
    if (f->state != SFID_PATH) {
        must(w, c, q, f, got, E_INVAL);
        return;
    }
    if (!f->is_dir && (flags & 0200000)) {
        must(w, c, q, f, got, E_NOTDIR);
        return;
    }
    if (access == 3) {
        must(w, c, q, f, got, E_INVAL);
        return;
    }
    enum verdict v = write ? open_verdict(w, j, SIM_WRITE) : MUST_PASS;
    if (v == MUST_PASS && read)
        v = open_verdict(w, j, f->is_dir ? SIM_LIST : SIM_READ);
    if (v == MUST_PASS)
        must(w, c, q, f, got, 0);
    else if (v == MUST_DENY)
        must(w, c, q, f, got, E_PERM);
    else if (v == MUST_KIND)
        must(w, c, q, f, got, E_INVAL);
    else
        SAY(got == 0 || got == E_PERM || got == E_INVAL || got == E_NOENT, "another outcome");
    if (got)
        return;
    f->state = SFID_OPEN;
    f->read = read;
    f->write = write;
}

/* ---- reading ---- */

static void paid(struct world *w, struct client *c, struct job j, uint64_t n, bool write)
{
    struct sim_ticket *t = j.me->ticket >= 0 ? &w->tickets[j.me->ticket] : NULL;
    if (n || !j.f->counted || write)
        charge(w, j.me, c->id, j.f->path, write);
    j.f->counted = true;
    if (!t)
        return;
    uint64_t bound = t->bandwidth && t->bandwidth < COH_TICKET_LIMITS_BANDWIDTH_BYTES ? t->bandwidth : COH_TICKET_LIMITS_BANDWIDTH_BYTES;
    t->bytes_sure += n;
    SIM_CHECK(w, !t->has_quotas || t->bytes_sure <= bound, "client %u: %llu bytes for a ticket of %llu", c->id, (unsigned long long)t->bytes_sure,
              (unsigned long long)bound);
}

static void log_data(struct world *w, struct client *c, const struct p9_request_sent *q, const struct sim_fid *f, struct bytes data, uint32_t got)
{
    uint64_t at = q->t.u.read.offset;
    if (w->h->log.queen.dropped)
        return;
    at -= at >= 1ull << 62 ? 1ull << 62 : 0;
    if (at > w->log_n) {
        SAY(data.n == 0, "data beyond the end of the log");
        return;
    }
    SAY(at + data.n <= w->log_n && memcmp(w->log + at, data.p, data.n) == 0, "reads what the log does not say");
    SAY(data.n || at >= q->log_at || q->t.u.read.count == 0, "reads nothing where the log goes on");
}

static void judge_read(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, const struct p9_msg *r, uint32_t got)
{
    struct sim_fid *f = j.f;
    if (f->state != SFID_OPEN || f->is_dir) {
        must(w, c, q, f, got, E_INVAL);
        return;
    }
    if (!f->read) {
        must(w, c, q, f, got, E_PERM);
        return;
    }
    if (budget(w, c, q, j, got, false))
        return;
    bool beyond = q->t.u.read.offset >= 1ull << 62;
    if (got) {
        bool lost = got == E_STALE && f->node && f->node->append;
        SAY(beyond || !f->sure || lost || w->h->log.queen.dropped, "an open file is not read");
        return;
    }
    SAY(r->u.data.n <= q->t.u.read.count && r->u.data.n + P9_DATA_HEADER_BYTES <= p9_of(c)->msize, "more than was asked for");
    paid(w, c, j, r->u.data.n, false);
    if (f->node && f->node->logged)
        log_data(w, c, q, f, r->u.data, got);
}

/* Returns its bytes as a listing on the console has them: what is charged is the same on both. */
static uint64_t judge_entry(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, struct reader *rd, char *last)
{
    const struct sim_fid *f = j.f;
    uint32_t got = 0;
    char name[300], path[SIM_PATH + 310];
    uint8_t type = rd_u8(rd);
    rd_u32(rd);
    uint64_t qid = rd_u64(rd);
    rd_u64(rd);
    rd_u8(rd);
    struct bytes text = rd_bytes(rd, rd_u16(rd));
    SAY(!rd->bad && text.n > 0 && text.n < sizeof name && !memchr(text.p, '/', text.n), "an entry that is none");
    snprintf(name, sizeof name, "%.*s", (int)text.n, (const char *)text.p);
    SAY(strcmp(last, name) < 0, "entries out of order");
    snprintf(path, sizeof path, "%s%s%s", f->path, f->path[1] ? "/" : "", name);
    for (uint32_t i = 0; i < sim_nodes_count && f->sure; i++) {
        if (strcmp(sim_nodes[i].path, path) != 0)
            continue;
        SAY(j.me->role == ROLE_QUEEN || (sim_nodes[i].roles & (1u << j.me->role)), "a listing shows what its role can't see");
        SAY((sim_nodes[i].kind == NODE_DIR) == ((type & P9_QTDIR) != 0), "an entry of another kind");
        SAY(!w->qid_known[i] || w->qids[i] == qid, "an entry with another qid");
    }
    snprintf(last, sizeof name, "%s", name);
    return text.n + 1u;
}

static void judge_list(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, const struct p9_msg *r, uint32_t got)
{
    struct sim_fid *f = j.f;
    if (f->state != SFID_OPEN || !f->is_dir) {
        must(w, c, q, f, got, E_INVAL);
        return;
    }
    if (budget(w, c, q, j, got, false))
        return;
    if (got) {
        SAY(got == E_INVAL && (q->t.u.read.offset || q->t.u.read.count < 400), "an open directory is not listed");
        return;
    }
    char last[300] = "";
    struct reader rd = reader_of(r->u.data);
    SAY(r->u.data.n <= q->t.u.read.count, "more than was asked for");
    uint64_t listed = 0;
    while (rd.left)
        listed += judge_entry(w, c, q, j, &rd, last);
    paid(w, c, j, listed, false);
}

/* ---- writing and attributes ---- */

static void judge_write(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, const struct p9_msg *r, uint32_t got)
{
    struct sim_fid *f = j.f;
    if (f->state != SFID_OPEN) {
        must(w, c, q, f, got, E_INVAL);
        return;
    }
    if (!f->write) {
        must(w, c, q, f, got, E_PERM);
        return;
    }
    if (budget(w, c, q, j, got, true))
        return;
    if (f->node && f->node->logged)
        must(w, c, q, f, got, !q->one_line ? E_INVAL : q->payload > LOG_LINE_BYTES ? E_MSGSIZE : 0);
    if (got) {
        SAY(got != E_PERM || !f->sure || may_refuse(f->path, MAY_DENY), "an open file is not written");
        bool full = !(q->spawn && strcmp(f->path, "/queen/ctl") == 0) && may_refuse(f->path, MAY_BUSY);
        SAY(got != E_BUSY || full || w->spawns_maybe >= COH_WORKERS_MAX, "no room for a worker too early");
        return;
    }
    SAY(r->u.count == q->t.u.write.data.n, "taken in part");
    paid(w, c, j, q->payload, true);
    w->notes_sure += f->node && f->node->logged && !q->numbered;
    w->audited_ok += control_audited(f->path);
    w->spawns_sure += q->spawn && f->node && strcmp(f->path, "/queen/ctl") == 0;
}

static void judge_attributes(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, const struct p9_msg *r, uint32_t got)
{
    const struct sim_fid *f = j.f;
    if (q->t.type == P9_TSETATTR) {
        bool right = q->t.u.setattr.valid == 0x68;
        if (f->sure)
            must(w, c, q, f, got, right && f->node && f->node->append ? 0 : E_PERM);
        return;
    }
    if (got == E_NOENT && !f->sure)
        return; /* what it was has ended */
    must(w, c, q, f, got, 0);
    SAY((r->u.attr.mode & 0170000u) == (f->is_dir ? 0040000u : 0100000u), "a mode of another kind");
    SAY(!f->is_dir || (r->u.attr.mode & 0777u) == 0500u, "a directory's mode");
    bool late = !f->sure && !sim_within(f->path, "/worker"); /* a name behind which nothing stood may have come to be, and is another file then */
    SAY(!f->qid || late || r->u.attr.qid.path == f->qid, "its qid has changed");
    bool writes = (r->u.attr.mode & 0200u) != 0;
    SAY(!writes || !f->sure || (f->node && f->node->append && j.me->role == ROLE_QUEEN), "writable by its mode");
    if (f->node && f->node->logged && w->h->log.queen.dropped == 0)
        SAY(r->u.attr.size >= q->log_at && r->u.attr.size <= w->log_n, "a size that the log never had");
}

/* Had the session ended? Then that is the answer, whatever else is wrong; but a ring's end reads the same. */
static bool cut_off(struct world *w, struct client *c, const struct p9_request_sent *q, struct job j, uint32_t got)
{
    const struct sim_fid *f = j.f;
    bool other = q->t.type == P9_TSTATFS || q->t.type == P9_TFSYNC || q->t.type == P9_TFLUSH;
    if (other || (!j.me->spent && got != E_BADF))
        return false;
    SAY(got == E_BADF && (may_be_cut(w, j.me) || (!f->sure && f->state == SFID_OPEN)), "cut off, or not");
    return true;
}

void p9_judge_file(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got)
{
    struct p9_client *p = p9_of(c);
    struct sim_fid none = {.state = SFID_FREE}, *f = q->t.type == P9_TFLUSH ? &none : &p->fids[q->t.fid];
    struct job j = {f, &p->identity[f->who].me};
    if (cut_off(w, c, q, j, got))
        return;
    switch (q->t.type) {
    case P9_TLOPEN:
        judge_open(w, c, q, j, got);
        break;
    case P9_TREAD:
        judge_read(w, c, q, j, r, got);
        break;
    case P9_TREADDIR:
        judge_list(w, c, q, j, r, got);
        break;
    case P9_TWRITE:
        judge_write(w, c, q, j, r, got);
        break;
    case P9_TGETATTR:
    case P9_TSETATTR:
        judge_attributes(w, c, q, j, r, got);
        break;
    default: /* Tstatfs, Tfsync, Tflush */
        must(w, c, q, f, got, 0);
    }
}
