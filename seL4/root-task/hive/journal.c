/* The journal, the decisions and what is said of them; see journal.h. */
#include "hive/journal.h"

#include "base/json.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_AUDIT_ENABLE
/* Where the newest entries begin, by number: as many as one replay may cover. */
#define STARTS COH_POOL_JOURNAL_STARTS_COUNT

_Static_assert(!GATE || (COH_POOL_JOURNAL_ELEM >= JOURNAL_RING_LEAST && COH_POOL_DECISIONS_ELEM >= JOURNAL_RING_LEAST),
               "coh-rtc SurfaceLines: an entry fits");

static void journal_init(struct hive *h)
{
    ring_init(&h->journal.entries, h->journal_bytes, sizeof h->journal_bytes);
    ring_init(&h->journal.decisions, h->decision_bytes, sizeof h->decision_bytes);
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

enum coh_status journal_place(const struct hive *h, uint64_t at, struct ns_why *why)
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

uint64_t journal_read(const struct hive *h, uint64_t at, struct ring_cursor *hint, struct journal_entry *out)
{
    uint8_t store[JOURNAL_ENTRY_BYTES];
    struct bytes rest = bytes_of(store, ring_read_on(&h->journal.entries, hint, at, store, sizeof store));
    struct bytes text = bytes_split(&rest, '\n');
    bool sound = parse(text, out);
    COH_ASSERT(sound);
    return at + text.n + 1u;
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
    text_say(out, "\nhead_seq=", j->seq, "\nreplay_enabled=", COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE ? "yes" : "no",
             "\nreplay_max_entries=", COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES, "\n");
}

static const struct ns_pattern patterns[] = {
    {.path = "/audit/journal", .mode = NS_APPEND, .gate = GATE, .at_end = true,
     .ops = NS_OPS(NS_RING(journal.entries), .check = journal_check, .apply = journal_apply)},
    {.path = "/audit/decisions", .mode = NS_APPEND, .gate = GATE,
     .ops = NS_OPS(NS_RING(journal.decisions))},
    {.path = "/audit/export", .gate = GATE, .ops = NS_OPS(.show = show_export)},
};
const struct ns_table journal_nodes = {NS_PATTERNS(patterns), .init = journal_init};
