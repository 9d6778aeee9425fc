/* Replay; see replay.h. A write to /replay/ctl only notes what is wanted, and the tick of the same turn does it, so that no
 * write is applied inside another's. */
#include "hive/replay.h"

#include "hive/control.h"
#include "hive/govern.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u
/* The longest status: three numbers of 20 digits, and a detail of 64 bytes. */
#define STATUS_BYTES 224u
#define LINE_BYTES (COH_ECOSYSTEM_AUDIT_REPLAY_CTL_MAX_BYTES < LOG_LINE_BYTES ? COH_ECOSYSTEM_AUDIT_REPLAY_CTL_MAX_BYTES : LOG_LINE_BYTES)

_Static_assert(!GATE || COH_ECOSYSTEM_AUDIT_REPLAY_STATUS_MAX_BYTES >= STATUS_BYTES, "coh-rtc SurfaceLines: a status fits");

static void replay_init(struct hive *h) { h->replay.sum = FNV_BASIS; }

/* ---- running ---- */

static uint64_t fnv(uint64_t sum, struct bytes s)
{
    for (size_t i = 0; i < s.n; i++)
        sum = (sum ^ s.p[i]) * FNV_PRIME;
    return sum;
}

/* May the asker write this line there? What the console and Secure9P ask before they come to govern_check, but for the
 * ticket's rate: one write was metered. */
static enum coh_status admits(struct hive *h, const struct caller *who, const struct journal_entry *e, struct ns_ref *ref,
                              struct ns_why *why)
{
    struct caller canonical = *who; /* journaled paths are no view's */
    canonical.binds = NULL;
    if (!e->whole)
        return ns_refuse(why, COH_INVALID, "digest-only", "the journal holds only this line's digest");
    enum coh_status s = ns_resolve(&h->tree, h, &canonical, buf_bytes(&e->path), ref);
    if (s != COH_OK)
        return s;
    const struct ns_node *n = ns_node(&h->tree, ref);
    if (n->dir || ref->view != NS_PLAIN || !n->pattern->control || n->pattern->unjournaled)
        return ns_refuse(why, COH_PERMISSION, "no-control-file", NULL);
    s = session_scope(h, who->session, ref, ACCESS_WRITE, false, why);
    return s == COH_OK ? session_charge(h, who->session, TICKET_COST(OPS, 1)) : s;
}

/* Writes the line, and counts the acknowledgement that the console would give. */
static enum coh_status issue(struct hive *h, const struct journal_entry *e, struct ns_why *why)
{
    struct replay_state *r = &h->replay;
    struct bytes path = buf_bytes(&e->path);
    struct ns_ref ref;
    struct ns_write w = {.who = session_caller(h, r->session), .ref = &ref, .arg = ref.arg, .line = buf_bytes(&e->line),
                         .offset = NS_AT_END};
    BUF(ack, CONSOLE_LINE_BYTES);
    enum coh_status s = admits(h, &w.who, e, &ref, why);
    if (s == COH_OK)
        s = govern_check(h, &w, why);
    if (s == COH_OK)
        s = session_charge(h, r->session, TICKET_COST(BYTES, w.line.n));
    if (s == COH_OK) {
        buf_say(&ack, "OK ECHO path=", path, " bytes=", w.line.n);
        govern_apply(h, &w, "replay");
    } else {
        refusal_say(&ack, "ECHO", s, path, why);
        audit(h, &w.who, "replay", path, s, why);
    }
    r->sum = fnv(fnv(r->sum, buf_bytes(&ack)), bytes_str("\n"));
    r->entries++;
    return s;
}

/* Up to the first entry that is refused, or until the asker's session is no longer his. */
static uint64_t replay_tick(struct hive *h)
{
    struct replay_state *r = &h->replay;
    struct ns_why why = {0};
    struct ring_cursor hint = {0, 0};
    struct journal_entry e;
    if (!r->asked)
        return UINT64_MAX;
    r->asked = false;
    r->runs = true;
    enum coh_status s = journal_place(h, r->from, &why);
    while (s == COH_OK && r->at < r->end) {
        why = (struct ns_why){0};
        s = h->sessions[r->session].id == r->session_id ? session_alive(h, r->session) : COH_CLOSED;
        if (s != COH_OK)
            break;
        uint64_t next = journal_read(h, r->at, &hint, &e);
        s = issue(h, &e, &why);
        if (s == COH_OK)
            r->at = next;
    }
    r->runs = false;
    r->outcome = s == COH_OK ? REPLAY_OK : REPLAY_ERR;
    r->detail = why.detail ? why.detail : status_reason(s);
    hive_say(h, "replay", TRACE_INFO, 0, "from=", r->from, " entries=", r->entries, " result=", status_reason(s));
    return UINT64_MAX;
}

/* ---- nodes ---- */

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct json_field f[] = {JSON_MUST(UINT, "from")};
    uint64_t *from = w->plan;
    enum coh_status s = control_line(w->line, LINE_BYTES, f, 1, why);
    *from = f[0].value.u;
    return s == COH_OK ? journal_place(h, *from, why) : s;
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return h->replay.asked ? ns_refuse(why, COH_BUSY, "replay", NULL) : COH_OK;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const uint64_t *from = w->plan;
    h->replay = (struct replay_state){.asked = true,
                                      .session = w->who.session,
                                      .session_id = h->sessions[w->who.session].id,
                                      .from = *from,
                                      .at = *from,
                                      .end = h->journal.entries.next,
                                      .sum = FNV_BASIS};
}

static void show_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    static const char *const names[] = {"idle", "ok", "err"};
    const struct replay_state *r = &h->replay;
    BUF(sum, 16);
    buf_hex16(&sum, r->sum);
    text_say(out, "{\"state\":\"", names[r->outcome], "\",\"entries\":", r->entries, ",\"sequence_fnv1a\":\"", buf_bytes(&sum),
             "\"");
    if (r->outcome == REPLAY_ERR)
        text_say(out, ",\"from\":", r->from, ",\"stopped_at\":", r->at, ",\"detail\":\"", r->detail, "\"");
    text_say(out, "}\n");
}

static const struct ns_pattern patterns[] = {
    {.path = "/replay/ctl", .gate = GATE, .unjournaled = true, CONTROL_FILE(ctl, CONTROL_REPLAY, .room = ctl_room)},
    {.path = "/replay/status", .gate = GATE, .ops = NS_OPS(.show = show_status)},
};
const struct ns_table replay_nodes = {NS_PATTERNS(patterns), .init = replay_init, .tick = replay_tick};
