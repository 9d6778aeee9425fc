/* The journal, the decisions and what is said of them; see journal.h. */
#include "hive/journal.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_AUDIT_ENABLE
/* Where the newest entries begin, by number: as many as one replay may cover. */
#define STARTS COH_POOL_JOURNAL_STARTS_COUNT
/* A queen's note among the decisions, as written. */
#define NOTE_BYTES 512u

_Static_assert(!GATE || (COH_POOL_JOURNAL_ELEM >= JOURNAL_RING_LEAST && COH_POOL_DECISIONS_ELEM >= JOURNAL_RING_LEAST),
               "coh-rtc SurfaceLines: an entry fits");
_Static_assert(!COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE || STARTS == COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES,
               "tools/coh-rtc PoolTable: journal_starts");
_Static_assert(COH_POOL_JOURNAL_STARTS_ELEM == sizeof(uint64_t), "tools/coh-rtc PoolTable: journal_starts");

void journal_init(struct hive *h)
{
    ring_init(&h->journal.entries, h->journal_bytes, sizeof h->journal_bytes);
    ring_init(&h->journal.decisions, h->decision_bytes, sizeof h->decision_bytes);
}

/* Entries that are kept. */
static uint64_t kept(const struct hive *h) { return h->journal.seq - h->journal.entries.dropped; }

bool journal_valid(const struct hive *h)
{
    const struct journal_state *j = &h->journal;
    return ring_valid(&j->entries) && ring_valid(&j->decisions) && j->seq >= j->entries.dropped &&
           j->decided >= j->decisions.dropped && (kept(h) == 0) == (j->entries.used == 0);
}

/* ---- keeping ---- */

/* A buffer for an entry that leaves room for its newline. */
static struct buf entry_buf(const struct hive *h, uint8_t store[JOURNAL_ENTRY_BYTES])
{
    uint32_t most = ring_max_record(&h->journal.entries);
    return buf_of(store, (most < JOURNAL_ENTRY_BYTES ? most : JOURNAL_ENTRY_BYTES) - 1u);
}

static void keep(struct hive *h, struct buf *entry)
{
    struct journal_state *j = &h->journal;
    COH_ASSERT(!entry->cut && entry->n);
    sha256(buf_bytes(entry), j->head);
    entry->cap++;
    buf_byte(entry, '\n');
    h->journal_starts[++j->seq % STARTS] = j->entries.next;
    ring_append(&j->entries, buf_bytes(entry));
    budget_level(h, POOL_journal, j->entries.used);
    budget_level(h, POOL_journal_starts, (uint32_t)(j->seq < STARTS ? j->seq : STARTS));
}

static void put_text(struct buf *b, const char *key, struct bytes text)
{
    if (!text.n)
        return;
    buf_say(b, ",\"", key, "\":");
    json_put_string(b, text);
}

static void put_hex(struct buf *b, const char *key, const uint8_t *raw, size_t n)
{
    buf_say(b, ",\"", key, "\":\"");
    buf_hex(b, bytes_of(raw, n));
    buf_byte(b, '"');
}

/* What every record begins with, and who it was. */
static void put_head(struct buf *b, const struct hive *h, uint64_t seq)
{
    buf_say(b, "{\"seq\":", seq, ",\"ms\":", h->now_ms);
}

static void put_who(struct buf *b, const struct caller *who)
{
    put_text(b, "role", bytes_str(role_name((enum coh_role)who->role)));
    put_text(b, "subject", who->subject);
    if (who->ticket_id) {
        buf_say(b, ",\"ticket\":\"");
        buf_hex16(b, who->ticket_id);
        buf_byte(b, '"');
    }
}

static void put_entry(struct buf *b, const struct hive *h, const struct caller *who, struct bytes path, struct bytes line,
                      bool whole)
{
    uint8_t digest[HASH_BYTES];
    put_head(b, h, h->journal.seq + 1);
    put_who(b, who);
    put_text(b, "path", path);
    if (whole) {
        buf_say(b, ",\"line\":");
        json_put_string(b, line);
    } else {
        sha256(line, digest);
        put_hex(b, "line_sha256", digest, sizeof digest);
    }
    put_hex(b, "prev", h->journal.head, HASH_BYTES);
    buf_byte(b, '}');
}

void journal_keep(struct hive *h, const struct caller *who, struct bytes path, struct bytes line)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    if (!GATE || h->replay.runs)
        return;
    struct buf b = entry_buf(h, store);
    put_entry(&b, h, who, path, line, true);
    if (b.cut) {
        b = entry_buf(h, store);
        put_entry(&b, h, who, path, line, false);
    }
    keep(h, &b);
}

static void keep_decision(struct hive *h, struct buf *b, const struct caller *who)
{
    put_who(b, who);
    buf_say(b, "}\n");
    COH_ASSERT(!b->cut);
    ring_append(&h->journal.decisions, buf_bytes(b));
    h->journal.decided++;
    budget_level(h, POOL_decisions, h->journal.decisions.used);
}

void journal_decide(struct hive *h, const struct caller *who, bool approved, struct bytes id, struct bytes target,
                    struct bytes rule)
{
    BUF(b, JOURNAL_RING_LEAST - 2u);
    if (!GATE)
        return;
    put_head(&b, h, h->journal.decided + 1);
    put_text(&b, "decision", bytes_str(approved ? "approved" : "denied"));
    put_text(&b, "id", id);
    put_text(&b, "target", target);
    put_text(&b, "rule", rule);
    keep_decision(h, &b, who);
}

/* ---- reading back ---- */

static bool is_hex(const struct json_field *f, uint8_t *out, size_t n)
{
    return !f->seen || parse_hex(f->value.text, out, n);
}

/* The form of an entry, whoever wrote it; its line is one that a control file could have been sent. */
static bool parse(struct bytes text, struct journal_entry *e)
{
    enum { SEQ, MS, ROLE, SUBJECT, TICKET, PATH, LINE, DIGEST, PREV, COUNT };
    struct json_field f[COUNT] = {
        [SEQ] = {.name = "seq", .type = JSON_UINT, .required = true},
        [MS] = {.name = "ms", .type = JSON_UINT, .required = true},
        [ROLE] = {.name = "role", .type = JSON_STRING, .required = true, .token = CONSOLE_ROLE_BYTES},
        [SUBJECT] = {.name = "subject", .type = JSON_STRING},
        [TICKET] = {.name = "ticket", .type = JSON_STRING},
        [PATH] = {.name = "path", .type = JSON_STRING, .required = true},
        [LINE] = {.name = "line", .type = JSON_STRING},
        [DIGEST] = {.name = "line_sha256", .type = JSON_STRING},
        [PREV] = {.name = "prev", .type = JSON_STRING, .required = true},
    };
    struct json_value v;
    uint8_t unread[HASH_BYTES];
    e->path = buf_of(e->path_store, sizeof e->path_store);
    e->line = buf_of(e->line_store, sizeof e->line_store);
    if (!json_parse(text, &v) || !json_object(&v, f, COUNT) || f[LINE].seen == f[DIGEST].seen)
        return false;
    e->seq = f[SEQ].value.u;
    e->whole = f[LINE].seen;
    return is_hex(&f[PREV], e->prev, HASH_BYTES) && is_hex(&f[DIGEST], unread, HASH_BYTES) &&
           is_hex(&f[TICKET], unread, sizeof(uint64_t)) && json_string(&f[PATH].value, &e->path) &&
           (!e->whole || json_string(&f[LINE].value, &e->line)) && !utf8_control(buf_bytes(&e->line));
}

uint64_t journal_start(const struct hive *h, uint64_t seq)
{
    return seq > h->journal.seq ? h->journal.entries.next : h->journal_starts[seq % STARTS];
}

enum coh_status journal_place(const struct hive *h, uint64_t at, uint64_t *seq, struct ns_why *why)
{
    const struct journal_state *j = &h->journal;
    uint64_t end = j->seq + 1, n = kept(h), low = end - (n < STARTS ? n : STARTS), high = end;
    why->oldest = j->entries.oldest;
    if (at < j->entries.oldest)
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
    *seq = low;
    return journal_start(h, low) == at ? COH_OK
                                       : ns_refuse(why, COH_INVALID, "cursor", "no entry of the journal begins there");
}

void journal_read(const struct hive *h, uint64_t seq, struct ring_cursor *at, struct journal_entry *out)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    uint64_t from = journal_start(h, seq), n = journal_start(h, seq + 1) - from;
    COH_ASSERT(seq <= h->journal.seq && n <= sizeof store);
    size_t got = ring_read_on(&h->journal.entries, at, from, store, (size_t)n);
    bool sound = got == n && parse(bytes_of(store, got - 1u), out);
    COH_ASSERT(sound && out->seq == seq);
}

/* ---- nodes ---- */

static struct ring *journal_lines(struct hive *h, const uint64_t *arg) { return &h->journal.entries; }

static struct ring *decisions_lines(struct hive *h, const uint64_t *arg) { return &h->journal.decisions; }

/* A queen may go on with the chain, to bring a journal back to a hive that has none of it. */
static enum coh_status journal_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                     struct ns_why *why)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    struct journal_entry e;
    if (w->line.n > entry_buf(h, store).cap)
        return COH_TOO_BIG;
    if (parse(w->line, &e) && e.seq == h->journal.seq + 1 && memcmp(e.prev, h->journal.head, HASH_BYTES) == 0)
        return COH_OK;
    return ns_refuse(why, COH_INVALID, "chain", "a line is an entry with the next seq, and prev is the head");
}

static void journal_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    struct buf b = entry_buf(h, store);
    buf_put(&b, w->line);
    keep(h, &b);
}

/* {"note":"…"}, the queen's own; a decision is only the policy's to write. */
static enum coh_status decisions_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                       struct ns_why *why)
{
    struct json_field f[] = {{.name = "note", .type = JSON_STRING, .required = true}};
    struct json_value v;
    struct bytes *note = w->plan;
    if (w->line.n > NOTE_BYTES)
        return COH_TOO_BIG;
    if (!json_parse(w->line, &v))
        return ns_refuse(why, COH_INVALID, "invalid-json", "a line is one JSON object");
    if (!json_object(&v, f, 1))
        return ns_refuse(why, COH_INVALID, "invalid-fields", "want {\"note\":\"…\"}");
    *note = f[0].value.text;
    return COH_OK;
}

static void decisions_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    const struct bytes *note = w->plan;
    BUF(b, JOURNAL_RING_LEAST - 2u);
    put_head(&b, h, h->journal.decided + 1);
    buf_say(&b, ",\"note\":\"", *note, "\"");
    keep_decision(h, &b, who);
}

static void show_export(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct journal_state *j = &h->journal;
    BUF(head, 2u * HASH_BYTES);
    buf_hex(&head, bytes_of(j->head, HASH_BYTES));
    text_say(out, "journal_base=", j->entries.oldest, "\njournal_next=", j->entries.next, "\nentries=", kept(h), "\n");
    text_say(out, "decisions_base=", j->decisions.oldest, "\ndecisions_next=", j->decisions.next, "\n");
    text_say(out, "head=", buf_bytes(&head), "\nhead_seq=", j->seq, "\n");
    text_say(out, "replay_enabled=", COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE ? "yes" : "no", "\nreplay_max_entries=",
             COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES, "\n");
}

static const struct ns_ops journal_ops = {.lines = journal_lines, .check = journal_check, .apply = journal_apply};
static const struct ns_ops decisions_ops = {.lines = decisions_lines, .check = decisions_check, .apply = decisions_apply};
static const struct ns_ops export_ops = {.show = show_export};
static const struct ns_pattern patterns[] = {
    {.path = "/audit/journal", .mode = NS_APPEND, .gate = GATE, .at_end = true, .ops = &journal_ops},
    {.path = "/audit/decisions", .mode = NS_APPEND, .gate = GATE, .ops = &decisions_ops},
    {.path = "/audit/export", .gate = GATE, .ops = &export_ops},
};
const struct ns_table journal_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
