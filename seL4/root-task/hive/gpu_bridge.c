/* The bridge's snapshots: /gpu/bridge, /gpu/models and /gpu/telemetry; see gpu.h. */
#include "hive/gpu.h"

#include "base/base64.h"
#include "hive/control.h"
#include "hive/state.h"

/* Longest manifest of a model (client_policies.coh.peft.import bounds the same) and longest name of one. */
#define MANIFEST_BYTES 8192u
#define MODEL_BYTES 128u
/* Bytes that one b64: line may carry. */
#define PIECE_BYTES 3072u
#define DEMO_GPU(id)                                                                                                   \
    "{\"id\":\"" id "\",\"name\":\"Demonstration GPU\",\"mem_mb\":16384,\"streams\":8,\"driver\":\"none\"}"
static const char demo[] = "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" DEMO_GPU("GPU-0") "," DEMO_GPU("GPU-1") "]}";

/* ---- a snapshot ---- */

struct plan {
    enum { LINE_BEGIN, LINE_PIECE, LINE_END } line;
    struct gpu_bridge begin;
    struct buf piece;
    union {
        uint8_t bytes[PIECE_BYTES];
        struct gpu_snapshot snapshot;
    };
};
_Static_assert(sizeof(struct plan) <= NS_PLAN_BYTES && GPUS <= GPU_MODELS, "a plan fits, and a list of GPUs");

static const struct gpu_facts *find(const struct gpu_list *list, struct bytes id)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (bytes_eq(list->at[i].id, id))
            return &list->at[i];
    }
    return NULL;
}

static bool read_gpu(const struct json_value *v, struct gpu_facts *to)
{
    struct json_field f[] = {
        JSON_MUST(STRING, "id", .token = TOKEN_BYTES, .bytes = &to->id), JSON_MUST(STRING, "name"),
        JSON_MUST(UINT, "mem_mb", .least = 1, .most = UINT32_MAX, .number = &to->mem_mb),
        JSON_MUST(UINT, "streams", .least = 1, .most = UINT32_MAX, .number = &to->streams),
        JSON_MAY(STRING, "driver"), JSON_MAY(STRING, "runtime"), JSON_MAY(UINT, "sm_count"),
    };
    to->text = v->text;
    return json_object(v, f, sizeof f / sizeof f[0]) && !bytes_is(to->id, "bridge") && !bytes_is(to->id, "models") &&
           !bytes_is(to->id, "telemetry");
}

static bool read_model(const struct json_value *v, struct gpu_facts *to)
{
    BUF(text, MANIFEST_BYTES);
    struct json_field f[] = {JSON_MUST(STRING, "id", .token = MODEL_BYTES, .bytes = &to->id),
                             JSON_MUST(STRING, "manifest_toml", .bytes = &to->text)};
    return json_object(v, f, 2) && json_string(&f[1].value, &text);
}

/* An array of at most so many, each with a name of its own; or no array. */
static bool read_list(const struct json_value *array, bool (*read)(const struct json_value *v, struct gpu_facts *to), uint32_t most,
                      struct gpu_list *list)
{
    struct json_value v;
    for (size_t at = 0; json_next(array, &at, &v); list->n++) {
        struct gpu_facts *to = &list->at[list->n];
        if (list->n == most || !read(&v, to) || !utf8_name(to->id) || find(list, to->id))
            return false;
    }
    return true;
}

/* {"schema":"gpu-snapshot/v1","gpus":[…],"models":[…],"active":"…","telemetry_schema":{…}}, the last three optional. */
static bool read_snapshot(struct bytes text, struct gpu_snapshot *s)
{
    struct json_field f[] = {JSON_MUST(STRING, "schema", .words = "gpu-snapshot/v1"), JSON_MUST(ARRAY, "gpus"),
                             JSON_MAY(ARRAY, "models"), JSON_MAY(STRING, "active", .bytes = &s->active),
                             JSON_MAY(OBJECT, "telemetry_schema", .bytes = &s->schema)};
    memset(s, 0, sizeof *s);
    return !utf8_control(text) && !json_line(text, f, sizeof f / sizeof f[0]) &&
           read_list(&f[1].value, read_gpu, GPUS, &s->gpus) && read_list(&f[2].value, read_model, GPU_MODELS, &s->models) &&
           (!f[3].seen || find(&s->models, s->active));
}

static struct key gpu_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct gpu *g = (const struct gpu *)pool + slot;
    return (struct key){.a = g->is.id, .v = g->number};
}

static struct key model_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct gpu_state *s = pool;
    return (struct key){.a = s->last.models.at[slot].id, .v = s->publishes};
}

/* Published again, a GPU keeps its files; one that is not published any more loses its leases. */
static void publish(struct hive *h, const struct gpu_snapshot *s)
{
    for (uint32_t i = 0; i < GPUS; i++) {
        struct gpu *g = &h->gpus[i];
        if (!g->number || find(&s->gpus, g->is.id))
            continue;
        lease_end_for_resource(h, g->is.id, "unpublished");
        index_take(&h->gpu.by, i);
        g->number = 0;
    }
    for (uint32_t i = 0; i < s->gpus.n; i++) {
        const struct gpu_facts *p = &s->gpus.at[i];
        struct gpu *known = gpu_named(h, p->id), *g = known ? known : &h->gpus[index_free(&h->gpu.by)];
        g->is = *p;
        if (known)
            continue;
        g->number = ++h->gpu.last_number;
        for (uint32_t k = 0; k < GPU_FILES; k++)
            ring_init(&g->files[k], g->bytes[k], GPU_FILE_BYTES);
        index_put(&h->gpu.by);
    }
    h->gpu.last = *s;
    index_init(&h->gpu.models_by, h->gpu.models_order, GPU_MODELS, 1, &h->gpu, model_key, NULL, NULL);
    while (h->gpu.models_by.n < s->models.n)
        index_put(&h->gpu.models_by);
}

static void gpu_init(struct hive *h)
{
    struct gpu_snapshot s;
    ring_init(&h->gpu.active, h->gpu.active_bytes, sizeof h->gpu.active_bytes);
    index_init(&h->gpu.by, h->gpu.order, GPUS, 1, h->gpus, gpu_key, BUDGET_ENTRIES(gpus));
    if (COH_PROFILE_DEMO_GPUS && read_snapshot(bytes_str(demo), &s))
        publish(h, &s);
}

/* ---- /gpu/bridge ---- */

static struct bytes received(const struct hive *h) { return bytes_of(h->gpu_json[!h->gpu.live], h->gpu_bridge.got); }

/* begin bytes=<n> sha256=<hex> */
static bool read_begin(struct bytes line, struct gpu_bridge *b)
{
    struct bytes values[2];
    uint64_t bytes;
    if (!bytes_is(bytes_split(&line, ' '), "begin") || !control_facts(line, "bytes sha256", values) ||
        !parse_u64(values[0], UINT32_MAX, &bytes) || !bytes)
        return false;
    b->bytes = (uint32_t)bytes;
    b->state = BRIDGE_RECEIVING;
    return parse_hex(values[1], b->sha256, HASH_BYTES);
}

static enum coh_status end_check(const struct hive *h, struct plan *p, struct ns_why *why)
{
    uint8_t digest[HASH_BYTES];
    sha256(received(h), digest);
    if (h->gpu_bridge.got < h->gpu_bridge.bytes)
        return ns_refuse(why, COH_INVALID, "bytes", "fewer bytes came than begin announced");
    if (memcmp(digest, h->gpu_bridge.sha256, HASH_BYTES) != 0)
        return ns_refuse(why, COH_INVALID, "sha256", "what came has another SHA-256 than begin announced");
    return read_snapshot(received(h), &p->snapshot)
               ? COH_OK
               : ns_refuse(why, COH_INVALID, "snapshot", "not one line of a gpu-snapshot/v1 object within its bounds");
}

static enum coh_status read_line(struct bytes line, struct plan *p, struct ns_why *why)
{
    p->piece = buf_of(p->bytes, sizeof p->bytes);
    p->line = bytes_is(line, "end") ? LINE_END : bytes_begin(line, "b64:") ? LINE_PIECE : LINE_BEGIN;
    if (p->line == LINE_BEGIN && !read_begin(line, &p->begin))
        return ns_refuse(why, COH_INVALID, "bridge-ctl", "a line is begin bytes=<n> sha256=<hex>, b64:<base64> or end");
    bool sound = p->line != LINE_PIECE || base64_decode(&p->piece, bytes_sub(line, strlen("b64:"), line.n));
    return sound ? COH_OK : ns_refuse(why, COH_INVALID, "base64", "not base64, or more than 3072 bytes in a line");
}

static enum coh_status bridge_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct plan *p = w->plan;
    enum coh_status s = read_line(w->line, p, why);
    if (s != COH_OK)
        return s;
    if (!lifecycle_admits(h))
        return lifecycle_gate(why, "publish");
    if (p->line == LINE_BEGIN)
        return p->begin.bytes <= COH_POOL_GPU_JSON_ELEM ? COH_OK : COH_TOO_BIG;
    if (h->gpu_bridge.state != BRIDGE_RECEIVING)
        return ns_refuse(why, COH_INVALID, "not-receiving", "no begin came before");
    if (p->piece.n > h->gpu_bridge.bytes - h->gpu_bridge.got)
        return ns_refuse(why, COH_INVALID, "bytes", "more bytes came than begin announced");
    return p->line == LINE_END ? end_check(h, p, why) : COH_OK;
}

/* A wrong line gives the transfer up; what is published stays. */
static void bridge_refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    if (status == COH_INVALID || status == COH_TOO_BIG)
        h->gpu_bridge = (struct gpu_bridge){.state = BRIDGE_ERR, .detail = why->detail ? why->detail : "too-big"};
}

static void say_active(struct hive *h, struct bytes model) { hive_say(h, "gpu", TRACE_INFO, 0, "active model=", model); }

/* The snapshot's own pointer counts while there is none. */
static void take_snapshot(struct hive *h, const struct gpu_snapshot *s)
{
    h->gpu.publishes++;
    publish(h, s);
    h->gpu.live = !h->gpu.live;
    h->gpu_bridge.state = BRIDGE_OK;
    hive_say(h, "gpu", TRACE_INFO, 0, "published gpus=", s->gpus.n, " models=", s->models.n, " bytes=", h->gpu_bridge.bytes);
    if (!s->active.n || gpu_active_model(h).n)
        return;
    control_keep(h, &h->gpu.active, s->active);
    say_active(h, s->active);
}

static void bridge_apply(struct hive *h, const struct ns_write *w)
{
    struct plan *p = w->plan;
    if (p->line == LINE_BEGIN) {
        h->gpu_bridge = p->begin;
    } else if (p->line == LINE_PIECE) {
        memcpy(h->gpu_json[!h->gpu.live] + h->gpu_bridge.got, p->piece.p, p->piece.n);
        h->gpu_bridge.got += (uint32_t)p->piece.n;
    } else {
        take_snapshot(h, &p->snapshot);
    }
    budget_level(h, POOL_gpu_json, (h->gpu.publishes != 0) + (uint32_t)(h->gpu_bridge.state == BRIDGE_RECEIVING));
}

static void show_bridge(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct gpu_bridge *b = &h->gpu_bridge;
    if (b->state == BRIDGE_IDLE)
        text_say(out, "state=idle\n");
    else if (b->state == BRIDGE_ERR)
        text_say(out, "state=err detail=", b->detail, "\n");
    else
        text_say(out, "state=", b->state == BRIDGE_OK ? "ok" : "receiving", " bytes=", b->got, " total=", b->bytes, " gpus=",
                 h->gpu.by.n, " models=", h->gpu.last.models.n, " publishes=", h->gpu.publishes, "\n");
}

/* ---- /gpu/models and /gpu/telemetry, which are there when the snapshot has them ---- */

static bool has_models(const struct hive *h) { return h->gpu.last.models.n; }
static bool has_telemetry(const struct hive *h) { return h->gpu.last.schema.n; }

static void show_manifest(const struct hive *h, const uint64_t *arg, struct text *out)
{
    BUF(b, MANIFEST_BYTES);
    json_string(&(struct json_value){.type = JSON_STRING, .text = h->gpu.last.models.at[ns_slot(arg)].text}, &b);
    text_put(out, buf_bytes(&b));
}

static void show_schema(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, h->gpu.last.schema, "\n");
}

struct bytes gpu_active_model(const struct hive *h)
{
    BUF(b, MODEL_BYTES + 1);
    size_t n = ring_read_on(&h->gpu.active, &(struct ring_cursor){0}, ring_newest(&h->gpu.active, 1), b.p, b.cap);
    const struct gpu_facts *m = n ? find(&h->gpu.last.models, bytes_of(b.p, n - 1)) : NULL;
    return m ? m->id : bytes_of(NULL, 0);
}

static enum coh_status active_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    bool known = find(&h->gpu.last.models, w->line);
    return known ? COH_OK : ns_refuse(why, COH_INVALID, "unknown-model", "no such model is available");
}

static void active_apply(struct hive *h, const struct ns_write *w) { say_active(h, w->line); }

#define MODELS "/gpu/models"
static const struct ns_pattern patterns[] = {
    {.path = "/gpu/bridge/ctl", .mode = NS_APPEND, .gate = true, .unaudited = true,
     .ops = NS_OPS(.show = show_bridge, .check = bridge_check, .refused = bridge_refused, .apply = bridge_apply)},
    {.path = "/gpu/bridge/status", .gate = true, .ops = NS_OPS(.show = show_bridge)},
    {.path = MODELS, .dir = true, .gate = true, .when = has_models},
    {.path = MODELS "/available/{model}", .dir = true, .gate = true, .ops = NS_OPS(NS_INDEX(gpu.models_by, 0))},
    {.path = MODELS "/available/{model}/manifest.toml", .gate = true, .ops = NS_OPS(.show = show_manifest)},
    {.path = MODELS "/active", .mode = NS_APPEND, .control = true, .unjournaled = true, .gate = true,
     .ops = NS_OPS(NS_RING(gpu.active), .check = active_check, .apply = active_apply)},
    {.path = "/gpu/telemetry", .dir = true, .gate = true, .when = has_telemetry},
    {.path = "/gpu/telemetry/schema.json", .gate = true, .ops = NS_OPS(.show = show_schema)},
};
const struct ns_table gpu_bridge_nodes = {NS_PATTERNS(patterns), .init = gpu_init};
