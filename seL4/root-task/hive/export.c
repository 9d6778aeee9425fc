/* Export windows; see export.h. */
#include "hive/export.h"

#include "base/cbor.h"
#include "hive/control.h"
#include "hive/state.h"

enum { BY_ID, BY_JOB, BY_END, ORDERS };
#define EXPORTS COH_POOL_EXPORTS_COUNT
/* The map around the records, with the longest job, fits. */
#define LEAST_BYTES 128u

static uint64_t closes_ms(const struct export *e) { return time_later(e->opened_ms, e->window_s, 1000); }

static struct key export_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct export *e = (const struct export *)pool + slot;
    if (order == BY_END)
        return (struct key){.u = closes_ms(e), .v = e->number};
    return (struct key){.a = token_bytes(order == BY_ID ? &e->id : &e->job), .v = e->number};
}

static void export_init(struct hive *h)
{
    INDEX_INIT(&h->export.by, h->export_order, ORDERS, h->exports, export_key, BUDGET(exports, export_order));
}

static void close_window(struct hive *h, uint32_t slot, const char *reason)
{
    index_take(&h->export.by, slot);
    hive_say(h, "export", TRACE_INFO, 0, "closed id=", token_bytes(&h->exports[slot].id), " job=",
             token_bytes(&h->exports[slot].job), " reason=", reason);
}

/* Closes what is over. */
static uint64_t export_tick(struct hive *h)
{
    uint64_t next;
    for (uint32_t slot; (slot = index_due(&h->export.by, BY_END, h->now_ms, &next)) < EXPORTS;)
        close_window(h, slot, "over");
    return next;
}

/* ---- what is exported ---- */

/* {"cut":…,"job":"…","schema":"lora-export/v1","records":["…",…]}: canonical CBOR. */
static void put_telemetry(const struct hive *h, const struct export *e, struct text *out)
{
    struct telemetry_place at = {e->segment, 0};
    struct bytes record;
    cbor_map(out, 4);
    cbor_str(out, "cut");
    cbor_bool(out, e->cut);
    cbor_say(out, "job", token_bytes(&e->job), "schema", "lora-export/v1", "records");
    cbor_array(out, e->records);
    for (uint32_t i = 0; i < e->records && telemetry_next(h, e->device, &at, &record); i++)
        cbor_text(out, record);
}

/* Takes as many whole records as max_bytes hold, the oldest first. */
static void choose_records(const struct hive *h, struct export *e)
{
    struct telemetry_place at;
    struct bytes record;
    e->device = telemetry_device(h, token_bytes(&e->job), &at);
    e->segment = at.segment;
    struct text size = text_window(NULL, 0, 0);
    put_telemetry(h, e, &size);
    size.total += 4; /* the longest count of records */
    while (telemetry_next(h, e->device, &at, &record)) {
        cbor_text(&size, record);
        e->cut = size.total > e->max_bytes;
        if (e->cut)
            return;
        e->records++;
        e->segments = (uint32_t)(at.segment - e->segment);
        e->before = (uint32_t)telemetry_bytes(h, e->device, e->segment, at.segment);
    }
}

/* ---- /queen/export/ctl ---- */

enum op { OPEN = 1, CLOSE = 2 }; /* in the order of their words */

struct order {
    unsigned op;
    uint32_t slot; /* of the window of that id; EXPORTS: there is none */
    struct export window;
};

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct order *o = w->plan;
    struct export *e = &o->window;
    uint64_t max_bytes = 0;
    struct json_field f[] = {
        CONTROL_HEAD("export/v1", "open|close"), CONTROL_TOKEN("id", .must = OPEN | CLOSE, .copy = &e->id),
        CONTROL_TOKEN("job", .must = OPEN, .may = CLOSE, .copy = &e->job),
        CONTROL_NUMBER("window_s", 1, 0, .must = OPEN, .number = &e->window_s),
        CONTROL_NUMBER("max_bytes", LEAST_BYTES, UINT32_MAX, .must = OPEN, .number = &max_bytes),
    };
    enum coh_status s = control_parse(w->line, COH_EXPORTS_MAX_LINE_BYTES, f, sizeof f / sizeof f[0], &o->op, why);
    if (s != COH_OK)
        return s;
    e->max_bytes = (uint32_t)max_bytes;
    o->slot = index_slot_of(&h->export.by, BY_ID, export_key(e, 0, BY_ID));
    if (e->job.n && !utf8_name(token_bytes(&e->job)))
        return ns_refuse(why, COH_INVALID, "invalid-job", "a job is the name of a directory");
    if (o->op == OPEN)
        return COH_OK;
    bool named = o->slot < EXPORTS && (!e->job.n || bytes_eq(token_bytes(&h->exports[o->slot].job), token_bytes(&e->job)));
    return named ? COH_OK : COH_NOT_FOUND;
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct order *o = w->plan;
    if (o->op == CLOSE)
        return COH_OK;
    if (o->slot < EXPORTS || index_slot_of(&h->export.by, BY_JOB, export_key(&o->window, 0, BY_JOB)) < EXPORTS)
        return ns_refuse(why, COH_BUSY, "open", "a window of that id or for that job is open");
    return h->export.by.n < EXPORTS ? COH_OK : ns_refuse(why, COH_BUSY, "exports", "exports.max_entries are open");
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    const struct order *o = w->plan;
    if (o->op == CLOSE) {
        close_window(h, o->slot, "closed");
        return;
    }
    struct export *e = &h->exports[index_free(&h->export.by)];
    *e = o->window;
    e->number = ++h->export.last_number;
    e->opened_ms = h->now_ms;
    choose_records(h, e);
    index_put(&h->export.by);
    hive_say(h, "export", TRACE_INFO, 0, "opened id=", token_bytes(&e->id), " job=", token_bytes(&e->job), " records=", e->records,
             " closes_ms=", closes_ms(e));
}

/* ---- /queen/export/lora_jobs/<job> ---- */

/* Are its records still the first ones, none evicted since, and none come between them? */
static bool frozen(const struct hive *h, const uint64_t *arg, uint32_t slot)
{
    const struct export *e = &h->exports[slot];
    return telemetry_bytes(h, e->device, e->segment, e->segment + e->segments) == e->before;
}

static void show_telemetry(const struct hive *h, const uint64_t *arg, struct text *out)
{
    put_telemetry(h, &h->exports[ns_slot(arg)], out);
}

static void show_base(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct bytes model = gpu_active_model(h);
    if (model.n)
        text_say(out, model, "\n");
}

static void show_policy(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct export *e = &h->exports[ns_slot(arg)];
    text_say(out, "schema = \"export/v1\"\nid = \"", token_bytes(&e->id), "\"\njob = \"", token_bytes(&e->job),
             "\"\nwindow_s = ", e->window_s, "\nmax_bytes = ", e->max_bytes, "\nopened_ms = ", e->opened_ms, "\ncloses_ms = ",
             closes_ms(e), "\n");
}

#define JOB "/queen/export/lora_jobs/{job}"
static const struct ns_pattern patterns[] = {
    {.path = "/queen/export/ctl", .gate = true, CONTROL_FILE(ctl, CONTROL_EXPORT, .room = ctl_room)},
    {.path = JOB, .dir = true, .gate = true, .ops = NS_OPS(NS_INDEX(export.by, BY_JOB), .in = frozen)},
    {.path = JOB "/telemetry.cbor", .gate = true, .bytes = true, .ops = NS_OPS(.show = show_telemetry)},
    {.path = JOB "/base_model.ref", .gate = true, .ops = NS_OPS(.show = show_base)},
    {.path = JOB "/policy.toml", .gate = true, .ops = NS_OPS(.show = show_policy)},
};
const struct ns_table export_nodes = {NS_PATTERNS(patterns), .init = export_init, .tick = export_tick};
