/* The journal, the decisions, what is said of them, and replay; see journal.h. */
#include "hive/journal.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hive/control.h"
#include "hive/govern.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_AUDIT_ENABLE
#define REPLAY COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE
/* Where the newest entries begin, by number: as many as one replay may cover. */
#define STARTS COH_POOL_JOURNAL_STARTS_COUNT

_Static_assert(!GATE || (COH_POOL_JOURNAL_ELEM >= JOURNAL_RING_LEAST && COH_POOL_DECISIONS_ELEM >= JOURNAL_RING_LEAST),
               "coh-rtc SurfaceLines: an entry fits");

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u
/* The longest status: three numbers of 20 digits, and a detail of 64 bytes. */
#define STATUS_BYTES 224u
#define LINE_BYTES (COH_ECOSYSTEM_AUDIT_REPLAY_CTL_MAX_BYTES < LOG_LINE_BYTES ? COH_ECOSYSTEM_AUDIT_REPLAY_CTL_MAX_BYTES : LOG_LINE_BYTES)

_Static_assert(!REPLAY || COH_ECOSYSTEM_AUDIT_REPLAY_STATUS_MAX_BYTES >= STATUS_BYTES, "coh-rtc SurfaceLines: a status fits");

void journal_init(struct hive *h)
{
    ring_init(&h->journal.entries, h->journal_bytes, sizeof h->journal_bytes);
    ring_init(&h->journal.decisions, h->decision_bytes, sizeof h->decision_bytes);
    h->replay.sum = FNV_BASIS;
}

/* Entries that are kept. */
static uint64_t kept(const struct hive *h) { return h->journal.seq - h->journal.entries.dropped; }

/* ---- keeping ---- */

/* The longest entry without its newline. */
static size_t entry_most(const struct hive *h)
{
    uint32_t most = ring_max_record(&h->journal.entries);
    return (most < JOURNAL_ENTRY_BYTES ? most : JOURNAL_ENTRY_BYTES) - 1u;
}

static void keep(struct hive *h, struct bytes entry)
{
    struct journal_state *j = &h->journal;
    sha256(entry, j->head);
    h->journal_starts[++j->seq % STARTS] = j->entries.next;
    control_keep(h, &j->entries, entry);
    budget_level(h, POOL_journal, j->entries.used);
    budget_level(h, POOL_journal_starts, (uint32_t)(j->seq < STARTS ? j->seq : STARTS));
}

static void put_text(struct buf *b, const char *key, struct bytes text)
{
    buf_say(b, ",\"", key, "\":");
    json_put_string(b, text);
}

static void put_hex(struct buf *b, const char *key, const uint8_t digest[HASH_BYTES])
{
    BUF(hex, 2u * HASH_BYTES);
    buf_hex(&hex, bytes_of(digest, HASH_BYTES));
    put_text(b, key, buf_bytes(&hex));
}

/* What each line begins with: its number, when, and who it was. */
static void put_head(struct buf *b, const struct hive *h, uint64_t seq, const struct caller *who)
{
    BUF(ticket, 16);
    buf_hex16(&ticket, who->ticket_id);
    buf_say(b, "{\"seq\":", seq, ",\"ms\":", h->now_ms, ",\"role\":\"", role_name((enum coh_role)who->role), "\"");
    if (who->subject.n)
        put_text(b, "subject", who->subject);
    if (who->ticket_id)
        put_text(b, "ticket", buf_bytes(&ticket));
}

/* The line, or what stands for it. */
static void put_entry(struct buf *b, const struct hive *h, const struct caller *who, struct bytes path, bool whole,
                      struct bytes line)
{
    uint8_t digest[HASH_BYTES];
    put_head(b, h, h->journal.seq + 1, who);
    put_text(b, "path", path);
    sha256(line, digest);
    if (whole)
        put_text(b, "line", line);
    else
        put_hex(b, "line_sha256", digest);
    put_hex(b, "prev", h->journal.head);
    buf_byte(b, '}');
}

void journal_keep(struct hive *h, const struct caller *who, struct bytes path, struct bytes line)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    struct buf b = buf_of(store, entry_most(h));
    if (!GATE || h->replay.runs)
        return;
    put_entry(&b, h, who, path, true, line);
    if (b.cut) {
        b = buf_of(store, entry_most(h));
        put_entry(&b, h, who, path, false, line);
    }
    COH_ASSERT(!b.cut);
    keep(h, buf_bytes(&b));
}

void journal_decide(struct hive *h, const struct caller *who, bool approved, struct bytes id, struct bytes target,
                    struct bytes rule)
{
    uint8_t store[JOURNAL_RING_LEAST];
    struct buf b = buf_of(store, sizeof store - 3u); /* a newline, the record's prefix */
    if (!GATE)
        return;
    put_head(&b, h, ++h->journal.decided, who);
    put_text(&b, "decision", bytes_str(approved ? "approved" : "denied"));
    if (id.n)
        put_text(&b, "id", id);
    put_text(&b, "target", target);
    if (rule.n)
        put_text(&b, "rule", rule);
    buf_byte(&b, '}');
    COH_ASSERT(!b.cut);
    control_keep(h, &h->journal.decisions, buf_bytes(&b));
    budget_level(h, POOL_decisions, h->journal.decisions.used);
}

/* ---- reading back ---- */

/* An entry, read back. */
struct journal_entry {
    uint64_t seq;
    uint8_t prev[HASH_BYTES];
    bool whole; /* the line is there, not only its digest */
    struct buf path, line;
    uint8_t path_store[NS_PATH_BYTES], line_store[JOURNAL_ENTRY_BYTES];
};

/* The form of an entry, whoever wrote it; its line is one that a control file could have been sent. */
static bool parse(struct bytes text, struct journal_entry *e)
{
    struct json_field f[] = {
        JSON_MUST(UINT, "seq"), JSON_MUST(STRING, "prev"), JSON_MUST(STRING, "path"), JSON_MAY(STRING, "line"),
        JSON_MAY(STRING, "line_sha256"), JSON_MUST(UINT, "ms"), JSON_MUST(STRING, "role"), JSON_MAY(STRING, "subject"),
        JSON_MAY(STRING, "ticket")};
    struct json_value v;
    e->path = buf_of(e->path_store, sizeof e->path_store);
    e->line = buf_of(e->line_store, sizeof e->line_store);
    if (!json_parse(text, &v) || !json_object(&v, f, sizeof f / sizeof f[0]) || f[3].seen == f[4].seen)
        return false;
    e->seq = f[0].value.u;
    e->whole = f[3].seen;
    return parse_hex(f[1].value.text, e->prev, HASH_BYTES) && json_string(&f[2].value, &e->path) &&
           (!e->whole || json_string(&f[3].value, &e->line)) && !utf8_control(buf_bytes(&e->line));
}

uint64_t journal_start(const struct hive *h, uint64_t seq)
{
    return seq > h->journal.seq ? h->journal.entries.next : h->journal_starts[seq % STARTS];
}

/* Does an entry begin at this absolute position, or the journal end there? COH_STALE: it is dropped; COH_INVALID: none does;
 * COH_QUOTA: more entries follow than one replay covers. In time of log n. */
static enum coh_status place(const struct hive *h, uint64_t at, struct ns_why *why)
{
    uint64_t n = kept(h), high = h->journal.seq + 1, low = high - (n < STARTS ? n : STARTS);
    why->oldest = h->journal.entries.oldest;
    if (at < why->oldest)
        return COH_STALE;
    if (at < journal_start(h, low))
        return ns_refuse(why, COH_QUOTA, "window", NULL);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2u;
        if (journal_start(h, middle) < at)
            low = middle + 1;
        else
            high = middle;
    }
    return journal_start(h, low) == at ? COH_OK
                                       : ns_refuse(why, COH_INVALID, "cursor", "no entry of the journal begins there");
}

/* Reads the entry that begins there, and says where the next one does; *hint begins as zero. */
static uint64_t read_on(const struct hive *h, uint64_t at, struct ring_cursor *hint, struct journal_entry *out)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    struct bytes rest = bytes_of(store, ring_read_on(&h->journal.entries, hint, at, store, sizeof store));
    struct bytes text = bytes_split(&rest, '\n');
    bool sound = parse(text, out);
    COH_ASSERT(sound);
    return at + text.n + 1u;
}

/* ---- replay: a write to /replay/ctl only notes what is wanted, and the tick of the same turn does it, so that no write
 * is applied inside another's ---- */

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
uint64_t replay_tick(struct hive *h)
{
    struct replay_state *r = &h->replay;
    struct ns_why why = {0};
    struct ring_cursor hint = {0, 0};
    struct journal_entry e;
    if (!r->asked)
        return UINT64_MAX;
    r->asked = false;
    r->runs = true;
    enum coh_status s = place(h, r->from, &why);
    while (s == COH_OK && r->at < r->end) {
        why = (struct ns_why){0};
        s = h->sessions[r->session].id == r->session_id ? session_alive(h, r->session) : COH_CLOSED;
        if (s != COH_OK)
            break;
        uint64_t next = read_on(h, r->at, &hint, &e);
        s = issue(h, &e, &why);
        if (s == COH_OK)
            r->at = next;
    }
    r->runs = false;
    r->ended = true;
    r->detail = s == COH_OK ? NULL : why.detail ? why.detail : status_reason(s);
    hive_say(h, "replay", TRACE_INFO, 0, "from=", r->from, " entries=", r->entries, " result=", status_reason(s));
    return UINT64_MAX;
}

static enum coh_status replay_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct json_field f[] = {JSON_MUST(UINT, "from")};
    uint64_t *from = w->plan;
    enum coh_status s = control_line(w->line, LINE_BYTES, f, 1, why);
    *from = f[0].value.u;
    return s == COH_OK ? place(h, *from, why) : s;
}

static enum coh_status replay_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return h->replay.asked ? ns_refuse(why, COH_BUSY, "replay", NULL) : COH_OK;
}

static void replay_apply(struct hive *h, const struct ns_write *w)
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

static void show_replay(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct replay_state *r = &h->replay;
    BUF(sum, 16);
    buf_hex16(&sum, r->sum);
    text_say(out, "{\"state\":\"", r->detail ? "err" : r->ended ? "ok" : "idle", "\",\"entries\":", r->entries,
             ",\"sequence_fnv1a\":\"", buf_bytes(&sum), "\"");
    if (r->detail)
        text_say(out, ",\"from\":", r->from, ",\"stopped_at\":", r->at, ",\"detail\":\"", r->detail, "\"");
    text_say(out, "}\n");
}

/* ---- nodes ---- */

/* A queen may go on with the chain, to bring a journal back to a hive that has none of it. */
static enum coh_status journal_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct journal_entry e;
    if (w->line.n > entry_most(h))
        return COH_TOO_BIG;
    if (parse(w->line, &e) && e.seq == h->journal.seq + 1 && memcmp(e.prev, h->journal.head, HASH_BYTES) == 0)
        return COH_OK;
    return ns_refuse(why, COH_INVALID, "chain", "a line is an entry with the next seq, and prev is the head");
}

static void journal_apply(struct hive *h, const struct ns_write *w) { keep(h, w->line); }

static void show_export(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct journal_state *j = &h->journal;
    BUF(head, 2u * HASH_BYTES);
    buf_hex(&head, bytes_of(j->head, HASH_BYTES));
    text_say(out, "journal_base=", j->entries.oldest, "\njournal_next=", j->entries.next, "\nentries=", kept(h),
             "\ndecisions_base=", j->decisions.oldest, "\ndecisions_next=", j->decisions.next, "\nhead=", buf_bytes(&head));
    text_say(out, "\nhead_seq=", j->seq, "\nreplay_enabled=", REPLAY ? "yes" : "no",
             "\nreplay_max_entries=", COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES, "\n");
}

static const struct ns_pattern patterns[] = {
    {.path = "/audit/journal", .mode = NS_APPEND, .gate = GATE, .at_end = true,
     .ops = NS_OPS(NS_RING(journal.entries), .check = journal_check, .apply = journal_apply)},
    {.path = "/audit/decisions", .mode = NS_APPEND, .gate = GATE,
     .ops = NS_OPS(NS_RING(journal.decisions))},
    {.path = "/audit/export", .gate = GATE, .ops = NS_OPS(.show = show_export)},
    {.path = "/replay/ctl", .gate = REPLAY, .unjournaled = true,
     CONTROL_FILE(replay, CONTROL_REPLAY, .room = replay_room)},
    {.path = "/replay/status", .gate = REPLAY, .ops = NS_OPS(.show = show_replay)},
};
const struct ns_table journal_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
