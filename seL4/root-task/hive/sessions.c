/* Sessions and the shared budgets of their tickets; see sessions.h. */
#include "hive/sessions.h"

#include "hive/facts.h"
#include "hive/state.h"
#include "hive/view.h"

_Static_assert(COH_POOL_SESSIONS_COUNT == COH_CONSOLE_MAX_SESSIONS + 1u, "one is the serial console's");

#define SECOND_MS 1000u

/* ---- slots ---- */

/* Attached sessions stand in order of their ids, and behind them those that have none yet. */
static struct key session_key(const void *pool, uint32_t slot, uint32_t order)
{
    uint64_t id = ((const struct session *)pool)[slot].id;
    return (struct key){.u = id ? id : UINT64_MAX - slot};
}

static void sessions_init(struct hive *h)
{
    h->sessions_state.serial = SESSION_NONE;
    index_init(&h->sessions_state.by, h->session_order, COH_POOL_SESSIONS_COUNT, 1, h->sessions, session_key,
               BUDGET(sessions, session_order));
}

uint32_t session_reserve(struct hive *h, bool serial)
{
    struct sessions_state *s = &h->sessions_state;
    if (!serial && s->by.n - (s->serial != SESSION_NONE) == COH_CONSOLE_MAX_SESSIONS)
        return SESSION_NONE;
    uint32_t slot = index_free(&s->by);
    h->sessions[slot] = (struct session){.state = SESSION_SETUP, .use = TICKET_UNLIMITED, .since_ms = h->now_ms};
    index_put(&s->by);
    s->serial = serial ? slot : s->serial;
    return slot;
}

/* NULL: no attached session has it. */
static const struct session *session_by_id(const struct hive *h, uint64_t id)
{
    uint32_t slot = index_slot_of(&h->sessions_state.by, 0, (struct key){.u = id});
    return slot < COH_POOL_SESSIONS_COUNT && h->sessions[slot].id == id ? &h->sessions[slot] : NULL;
}

static struct bytes subject_of(const struct session *s) { return bytes_of(s->subject, s->subject_n); }

static void trace_session(struct hive *h, const struct session *s, enum trace_level level, const char *what,
                          const char *key, const char *value)
{
    trace_say(h, level, TRACE_SESSION, worker_number_of(subject_of(s)), what, " id=", s->id, key, value);
}

/* Forgets the identity, if there is one; the slot is the free one then. */
static void detach(struct hive *h, uint32_t session)
{
    index_take(&h->sessions_state.by, session);
    if (!h->sessions[session].id)
        return;
    h->sessions_state.attached--;
    trace_session(h, &h->sessions[session], TRACE_INFO, "ended", " role=", role_name(h->sessions[session].role));
}

void session_release(struct hive *h, uint32_t session)
{
    COH_ASSERT(h->sessions[session].state != SESSION_FREE);
    detach(h, session);
    memset(&h->sessions[session], 0, sizeof h->sessions[session]);
    if (session == h->sessions_state.serial)
        h->sessions_state.serial = SESSION_NONE;
}

void session_drain(struct hive *h, uint32_t session)
{
    struct session *s = &h->sessions[session];
    if (s->state != SESSION_ACTIVE)
        return;
    s->state = SESSION_DRAINING;
    s->since_ms = h->now_ms;
}

struct caller session_caller(const struct hive *h, uint32_t session)
{
    const struct session *s = &h->sessions[session];
    return (struct caller){.role = s->state >= SESSION_ACTIVE ? s->role : ROLE_COUNT,
                           .session = session,
                           .subject = subject_of(s),
                           .ticket_id = s->ticket_id,
                           .binds = &s->binds};
}

static void revoke(struct hive *h, struct session *s, const char *reason)
{
    if (!s->revoked)
        trace_session(h, s, TRACE_WARN, "revoked", " reason=", reason);
    s->revoked = true;
    if (s->role == ROLE_QUEEN)
        h->root.session_revoked = true;
}

void sessions_revoke(struct hive *h, enum coh_role role, struct bytes subject)
{
    for (uint32_t i = 0; i < COH_POOL_SESSIONS_COUNT; i++) {
        struct session *s = &h->sessions[i];
        if (s->state >= SESSION_ACTIVE && s->role == role && s->subject_n && bytes_eq(subject_of(s), subject))
            revoke(h, s, "worker-ended");
    }
}

void sessions_forget_ticket(struct hive *h, uint32_t use)
{
    for (uint32_t i = 0; i < COH_POOL_SESSIONS_COUNT; i++) {
        struct session *s = &h->sessions[i];
        if (s->state < SESSION_ACTIVE || s->use != use)
            continue;
        revoke(h, s, "ticket-over");
        s->use = TICKET_UNLIMITED;
    }
}

/* ---- attach ---- */

static void take_scopes(struct session *s, const struct ticket *t)
{
    s->scopes_n = t->scopes_n;
    for (uint32_t i = 0; i < t->scopes_n; i++) {
        struct session_scope *to = &s->scopes[i];
        struct bytes path = t->scopes[i].path;
        COH_ASSERT(path.n <= sizeof to->path);
        *to = (struct session_scope){
            .rate_per_s = t->scopes[i].rate_per_s, .verb = t->scopes[i].verb, .path_n = (uint8_t)path.n};
        memcpy(to->path, path.p, path.n);
    }
}

/* Becomes ACTIVE with a new identity: each attach is a session of its own (spec/secure9p.md). */
static void activate(struct hive *h, uint32_t session, const struct ticket *t, uint32_t use, uint64_t ends_ms)
{
    struct session *s = &h->sessions[session];
    detach(h, session);
    *s = (struct session){.id = ++h->sessions_state.last_id,
                          .state = SESSION_ACTIVE, .role = (uint8_t)t->role, .since_ms = h->now_ms,
                          .ends_ms = ends_ms, .use = use, .ticket_id = ticket_id(t->mac),
                          .subject_n = (uint8_t)t->subject.n,
                          .shard = worker_shard(t->subject)};
    if (t->subject.n)
        memcpy(s->subject, t->subject.p, t->subject.n);
    take_scopes(s, t);
    index_put(&h->sessions_state.by);
    h->sessions_state.attached++;
    if (t->role == ROLE_QUEEN)
        h->root.session_revoked = h->root.policy_denied = false;
    trace_session(h, s, TRACE_INFO, "attached", " role=", role_name(t->role));
}

#define SCOPE_RATE (COH_TICKET_LIMITS_MAX_SCOPE_RATE_PER_S ? COH_TICKET_LIMITS_MAX_SCOPE_RATE_PER_S : UINT32_MAX)
static const struct ticket_limits limits = {SESSION_SCOPES, SESSION_SCOPE_BYTES, SCOPE_RATE};

static enum coh_status attach_ticket(struct hive *h, uint32_t session, const struct ticket *t, struct ns_why *why)
{
    uint32_t use;
    uint64_t ends_ms;
    struct ns_bind mount = {0};
    struct caller who = {.role = (uint8_t)t->role, .session = session, .subject = t->subject};
    bool mounts = t->mount_service.n || t->mount_at.n;
    enum coh_status s = mounts ? view_mount(h, &who, t->mount_service, t->mount_at, &mount, why) : COH_OK;
    if (s != COH_OK)
        return s;
    s = ticket_admit(h, t, &use, &ends_ms);
    if (s != COH_OK)
        return ns_refuse(why, s, s == COH_AUTH ? "expired" : NULL, NULL);
    activate(h, session, t, use, ends_ms);
    if (mounts)
        view_apply(h, &who, &mount);
    return COH_OK;
}

static enum coh_status admits_worker(const struct hive *h, const struct ticket *t, struct ns_why *why)
{
    if (t->subject.n == 0)
        return COH_AUTH;
    if (!lifecycle_admits(h))
        return COH_OFFLINE;
    return worker_ended(h, t->subject) ? ns_refuse(why, COH_CLOSED, "ended", NULL) : COH_OK;
}

enum coh_status session_attach(struct hive *h, uint32_t session, enum coh_role role, struct bytes ticket,
                               struct ns_why *why)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    bool worker = role != ROLE_QUEEN;
    struct ticket t = {.role = role}; /* what the queen has who needs none: no bounds */
    if (ticket.n ? !ticket_open(ticket, h->tickets_state.keys, &limits, payload, &t) || t.role != role
                 : worker || COH_CONSOLE_QUEEN_TICKET_REQUIRED)
        return COH_AUTH;
    enum coh_status s = worker ? admits_worker(h, &t, why) : COH_OK;
    return s == COH_OK ? attach_ticket(h, session, &t, why) : s;
}

/* ---- checks and charges ---- */

enum coh_status session_alive(struct hive *h, uint32_t session)
{
    struct session *s = &h->sessions[session];
    if (!s->revoked && h->now_ms >= s->ends_ms)
        revoke(h, s, "expired");
    return s->revoked || s->state != SESSION_ACTIVE ? COH_CLOSED : COH_OK;
}

/* The scope that lets the node be touched so. */
static struct session_scope *scope_of(struct hive *h, struct session *s, const struct ns_ref *ref,
                                      enum access access)
{
    BUF(b, NS_PATH_BYTES);
    struct ns_ref node = *ref;
    node.view = NS_PLAIN; /* a scope on a file is one on its views */
    ns_path(&h->tree, h, &node, &b);
    struct bytes path = buf_bytes(&b);
    for (uint32_t i = 0; i < s->scopes_n; i++) {
        struct session_scope *c = &s->scopes[i];
        struct bytes scope = bytes_of(c->path, c->path_n);
        bool verb = c->verb == TICKET_BOTH || access == ACCESS_WALK ||
                    c->verb == (access == ACCESS_WRITE ? TICKET_WRITE : TICKET_READ);
        if (verb && (ns_path_within(path, scope) || (access == ACCESS_WALK && ns_path_within(scope, path))))
            return c;
    }
    return NULL;
}

enum coh_status session_scope(struct hive *h, uint32_t session, const struct ns_ref *ref, enum access access, bool metered,
                              struct ns_why *why)
{
    struct session *s = &h->sessions[session];
    struct session_scope *c = s->scopes_n ? scope_of(h, s, ref, access) : NULL;
    if (s->scopes_n && !c)
        return ns_refuse(why, COH_PERMISSION, "scope", NULL);
    if (!c || !metered || !c->rate_per_s)
        return COH_OK;
    if (h->now_ms - c->window_ms >= SECOND_MS) {
        c->window_ms = h->now_ms;
        c->used = 0;
    }
    if (c->used >= c->rate_per_s) {
        why->delay_ms = c->window_ms + SECOND_MS - h->now_ms;
        return COH_RATE;
    }
    c->used++;
    return COH_OK;
}

/* An operation counts, and a worker's sessions also draw on the worker's own budget. False: it is used up, and the worker
 * ends. */
static bool operate(struct hive *h, struct session *s)
{
    s->op++;
    if (s->role == ROLE_QUEEN)
        h->root.last_seen_ms = h->now_ms;
    struct worker *w = s->role == ROLE_QUEEN ? NULL : worker_by_name(h, subject_of(s));
    return !w || w->role != s->role || worker_spend_op(h, w);
}

enum coh_status session_charge(struct hive *h, uint32_t session, struct ticket_cost cost)
{
    struct session *s = &h->sessions[session];
    if ((!cost.of[TICKET_OPS] || operate(h, s)) && ticket_spend(h, s->use, cost))
        return COH_OK;
    revoke(h, s, "budget");
    return COH_QUOTA;
}

static struct session_cursor *cursor_slot(struct session *s, const struct ns_ref *ref, bool *known)
{
    struct session_cursor *oldest = &s->cursors[0];
    for (uint32_t i = 0; i < SESSION_CURSORS; i++) {
        struct session_cursor *c = &s->cursors[i];
        *known = c->used && ns_same(&c->ref, ref);
        if (*known)
            return c;
        if (c->used < oldest->used)
            oldest = c;
    }
    return oldest;
}

enum coh_status session_cursor(struct hive *h, uint32_t session, const struct ns_ref *ref, const struct ring *ring,
                               uint64_t *from, bool *known)
{
    struct session_cursor *c = cursor_slot(&h->sessions[session], ref, known);
    *from = *known ? c->pos : ring->oldest;
    if (*from >= ring->oldest)
        return COH_OK;
    c->pos = ring->oldest;
    return COH_STALE;
}

void session_follow(struct hive *h, uint32_t session, const struct ns_ref *ref, uint64_t pos)
{
    struct session *s = &h->sessions[session];
    bool known;
    struct session_cursor *c = cursor_slot(s, ref, &known);
    c->ref = *ref;
    c->pos = pos;
    c->used = s->op ? s->op : 1;
}

/* ---- nodes ---- */

static bool find_id(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    return parse_u64(name, UINT64_MAX, out) && session_by_id(h, *out);
}

static void list_ids(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t i = 0; i < h->sessions_state.attached; i++) {
        BUF(b, 20);
        buf_say(&b, h->sessions[h->session_order[i]].id);
        ns_names_add(names, buf_bytes(&b));
    }
}

static void name_id(const struct hive *h, const uint64_t *arg, struct buf *out) { buf_say(out, arg[0]); }

/* As the files tell it: what is revoked or over is closed, though its connection may still hold it. */
static enum session_state state_of(const struct hive *h, const struct session *s)
{
    return s->revoked || h->now_ms >= s->ends_ms ? SESSION_FREE : (enum session_state)s->state;
}

static void show_active(const struct hive *h, const uint64_t *arg, struct text *out)
{
    uint64_t n[] = {0, 0, 0, 0};
    for (uint32_t i = 0; i < h->sessions_state.attached; i++)
        n[state_of(h, &h->sessions[h->session_order[i]])]++;
    text_say(out, "active=", n[SESSION_ACTIVE], " draining=", n[SESSION_DRAINING], "\n");
}

static const char *const state_names[] = {"CLOSED", "SETUP", "ACTIVE", "DRAINING"};
FACT_NODE(state, state_names[state_of(h, session_by_id(h, arg[0]))])
FACT_NODE(since_ms, session_by_id(h, arg[0])->since_ms)

static void show_owner(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct session *s = session_by_id(h, arg[0]);
    BUF(b, COH_OBSERVABILITY_PROC_9P_SESSION_OWNER_BYTES - 1u);
    buf_say(&b, "owner=", role_name((enum coh_role)s->role));
    if (s->subject_n) { /* a subject is cut where the file's bound is */
        buf_byte(&b, ':');
        utf8_put(&b, subject_of(s));
    }
    text_say(out, buf_bytes(&b), "\n");
}

#define ANY_ID                                                                                                         \
    (COH_OBSERVABILITY_PROC_9P_SESSION_STATE || COH_OBSERVABILITY_PROC_9P_SESSION_SINCE_MS ||                         \
     COH_OBSERVABILITY_PROC_9P_SESSION_OWNER)
static const struct ns_pattern patterns[] = {
    {.path = "/proc/9p/session/active", .gate = COH_OBSERVABILITY_PROC_9P_SESSION_ACTIVE,
     .ops = NS_OPS(.show = show_active)},
    {.path = "/proc/9p/session/{id}", .dir = true, .gate = ANY_ID,
     .ops = NS_OPS(.find = find_id, .list = list_ids, .name = name_id)},
    {.path = "/proc/9p/session/{id}/state", .gate = COH_OBSERVABILITY_PROC_9P_SESSION_STATE,
     .ops = &state_ops},
    {.path = "/proc/9p/session/{id}/since_ms", .gate = COH_OBSERVABILITY_PROC_9P_SESSION_SINCE_MS,
     .ops = &since_ms_ops},
    {.path = "/proc/9p/session/{id}/owner", .gate = COH_OBSERVABILITY_PROC_9P_SESSION_OWNER,
     .ops = NS_OPS(.show = show_owner)},
};
const struct ns_table sessions_nodes = {NS_PATTERNS(patterns), .init = sessions_init};
