/* TraceFS; see trace.h. A worker's trace is the events ring, seen through its name: no ring of its own. */
#include "hive/trace.h"

#include "base/json.h"
#include "hive/state.h"

/* The fields before the text, and a text of which every byte is escaped as \u00xx. */
#define LINE_BYTES (176u + 6u * TRACE_TEXT_BYTES)
_Static_assert(LINE_BYTES <= COH_POOL_TRACE_ELEM / 8u, "the ring holds several events, however long");

static const char *const levels[TRACE_LEVELS] = {"error", "warn", "info", "debug", "trace"};
static const char *const cats[TRACE_CATS] = {"audit", "auth",    "boot",      "console", "lifecycle",
                                             "ninep", "session", "telemetry", "ticket",  "worker"};

static uint32_t find_word(const char *const *words, uint32_t n, struct bytes word)
{
    uint32_t i = 0;
    while (i < n && !bytes_is(word, words[i]))
        i++;
    return i;
}

enum trace_cat trace_cat_of(struct bytes name) { return (enum trace_cat)find_word(cats, TRACE_CATS, name); }

/* Everything from info on. */
static void trace_init(struct hive *h)
{
    ring_init(&h->trace.events, h->trace_bytes, sizeof h->trace_bytes);
    h->trace.level = TRACE_INFO;
    h->trace.cats = (1u << TRACE_CATS) - 1u;
}

/* ---- events ---- */

static bool trace_on(const struct hive *h, enum trace_level level, enum trace_cat cat)
{
    return cat < TRACE_CATS && level <= h->trace.level && (h->trace.cats >> cat & 1u);
}

/* ,"worker":"worker-<number>", as it stands in a line, and nowhere inside a text, where quotes are escaped. */
static void put_worker(struct buf *b, uint64_t number) { buf_say(b, ",\"worker\":\"worker-", number, "\","); }

void trace(struct hive *h, enum trace_level level, enum trace_cat cat, uint64_t worker, struct bytes text)
{
    BUF(b, LINE_BYTES);
    if (!trace_on(h, level, cat))
        return;
    buf_say(&b, "{\"seq\":", ++h->trace.seq, ",\"ts_ms\":", h->now_ms, ",\"level\":\"", levels[level], "\",\"cat\":\"",
            cats[cat], "\"");
    if (worker)
        put_worker(&b, worker);
    else
        buf_byte(&b, ',');
    buf_say(&b, "\"text\":");
    json_put_string(&b, bytes_sub(text, 0, utf8_prefix(text, TRACE_TEXT_BYTES)));
    buf_say(&b, "}\n");
    COH_ASSERT(!b.cut);
    ring_append(&h->trace.events, buf_bytes(&b));
    budget_level(h, POOL_trace, h->trace.events.used);
}

void trace_pieces(struct hive *h, enum trace_level level, enum trace_cat cat, uint64_t worker, const struct piece *p,
                  size_t n)
{
    BUF(b, 2u * TRACE_TEXT_BYTES);
    if (!trace_on(h, level, cat))
        return;
    buf_pieces(&b, p, n);
    trace(h, level, cat, worker, buf_bytes(&b));
}

/* ---- /trace/ctl: one line in the grammar in which it is written: what is in force ---- */

/* n: it is none of the words. */
static uint32_t word_of(const struct json_value *v, const char *const *words, uint32_t n)
{
    BUF(b, 16);
    return json_string(v, &b) ? find_word(words, n, buf_bytes(&b)) : n;
}

/* NULL, or what is wrong. */
static const char *parse_cats(const struct json_value *v, struct trace_state *f)
{
    struct json_value item;
    f->cats = 0;
    for (size_t at = 0; json_next(v, &at, &item);) {
        uint32_t cat = word_of(&item, cats, TRACE_CATS);
        if (cat == TRACE_CATS)
            return "unknown-category";
        if (f->cats >> cat & 1u)
            return "duplicate-category";
        f->cats |= 1u << cat;
    }
    return NULL;
}

/* Sets the level and the categories that the line names. NULL, or what is wrong with it: then *f counts for nothing. */
static const char *parse(struct bytes line, struct trace_state *f)
{
    struct json_field outer[] = {{.name = "set", .type = JSON_OBJECT, .required = true}};
    struct json_field set[] = {{.name = "level", .type = JSON_STRING}, {.name = "cats", .type = JSON_ARRAY}};
    struct json_value v;
    if (!json_parse(line, &v))
        return "invalid-json";
    if (!json_object(&v, outer, 1) || !json_object(&outer[0].value, set, 2) || !(set[0].seen || set[1].seen))
        return "invalid-fields";
    if (set[0].seen)
        f->level = (uint8_t)word_of(&set[0].value, levels, TRACE_LEVELS);
    if (f->level == TRACE_LEVELS)
        return "unknown-level";
    return set[1].seen ? parse_cats(&set[1].value, f) : NULL;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct trace_state f = h->trace;
    const char *wrong = parse(w->line, &f);
    if (!wrong)
        return COH_OK;
    return ns_refuse(why, COH_INVALID, wrong,
                     "want {\"set\":{\"level\":\"info\",\"cats\":[\"worker\"]}}, either or both");
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    parse(w->line, &h->trace);
}

static void show_ctl(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const char *before = "";
    text_say(out, "{\"set\":{\"level\":\"", levels[h->trace.level], "\",\"cats\":[");
    for (uint32_t i = 0; i < TRACE_CATS; i++) {
        if (!(h->trace.cats >> i & 1u))
            continue;
        text_say(out, before, "\"", cats[i], "\"");
        before = ",";
    }
    text_say(out, "]}}\n");
}

/* ---- one worker's events ---- */

static bool holds(struct bytes line, struct bytes part)
{
    for (size_t i = 0; i + part.n <= line.n; i++) {
        if (line.p[i] == part.p[0] && bytes_eq(bytes_sub(line, i, part.n), part))
            return true;
    }
    return false;
}

static void show_worker(const struct hive *h, const uint64_t *arg, struct text *out)
{
    uint8_t store[2u * LINE_BYTES];
    BUF(worker, 48);
    struct ring_cursor at = {0, 0};
    const struct ring *r = &h->trace.events;
    size_t have = 0;
    put_worker(&worker, worker_number(arg));
    for (uint64_t pos = r->oldest; pos < r->next;) {
        size_t n = ring_read_on(r, &at, pos, store + have, sizeof store - have);
        size_t done = 0;
        pos += n;
        have += n;
        for (const uint8_t *nl; (nl = memchr(store + done, '\n', have - done)) != NULL;) {
            struct bytes line = bytes_of(store + done, (size_t)(nl + 1 - (store + done)));
            if (holds(line, buf_bytes(&worker)))
                text_put(out, line);
            done += line.n;
        }
        have -= done;
        memmove(store, store + done, have);
    }
}

static const struct ns_ops events_ops = {NS_RING(trace.events)};
static const struct ns_ops worker_ops = {.show = show_worker};

bool trace_shown_by(const struct ns_node *n) { return n->ops == &events_ops || n->ops == &worker_ops; }

static const struct ns_pattern patterns[] = {
    {.path = "/trace/ctl", .mode = NS_APPEND, .gate = true,
     .ops = NS_OPS(.show = show_ctl, .check = ctl_check, .apply = ctl_apply)},
    {.path = "/trace/events", .gate = true, .ops = &events_ops},
    {.path = "/proc/{worker}", .dir = true, .gate = true, .ops = &worker_dir_ops},
    {.path = "/proc/{worker}/trace", .gate = true, .ops = &worker_ops},
    {.path = "/worker/{worker}/trace", .gate = WORKERS_ALIAS, .roles = NS_ALL_WORKERS, .ops = &worker_ops},
    {.path = "/shard/{label}/worker/{worker}/trace", .by_last = true, .gate = COH_SHARDING_ENABLED,
     .roles = NS_ALL_WORKERS, .ops = &worker_ops},
};
const struct ns_table trace_nodes = {NS_PATTERNS(patterns), .init = trace_init};
