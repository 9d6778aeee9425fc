/* GPUs: their slots, files and leases; see gpu.h. What a bridge sends is read in gpu_bridge.c. */
#include "hive/gpu.h"

#include "base/assert.h"
#include "hive/gpu_bridge.h"
#include "hive/state.h"


/* Longest line of job and status (breadcrumbs), and of lease; client_policies.coh.run bounds the same. */
#define LINE_BYTES 512u
#define LEASE_LINE_BYTES 1024u

const struct gpu *gpu_named(const struct hive *h, struct bytes id)
{
    for (uint32_t i = 0; i < GPUS; i++) {
        if (h->gpus[i].number && bytes_eq(h->gpus[i].is.id, id))
            return &h->gpus[i];
    }
    return NULL;
}

void gpu_note_lease(struct hive *h, const struct lease *l, const char *reason)
{
    const struct gpu *g = gpu_named(h, token_bytes(&l->resource));
    BUF(b, LEASE_LINE_BYTES);
    if (!g)
        return;
    buf_say(&b, "{\"schema\":\"gpu-lease/v1\",\"state\":\"", reason ? "RELEASED" : "ACTIVE", "\",\"gpu_id\":\"",
            g->is.id, "\",\"worker_id\":\"", token_bytes(&l->subject), "\",\"lease_id\":\"", token_bytes(&l->id),
            "\",\"mem_mb\":", l->mem_mb, ",\"streams\":", l->streams);
    buf_say(&b, ",\"ttl_s\":", l->ttl_s, ",\"expires_ms\":", l->ends_ms, ",\"priority\":", l->priority, ",\"seq\":", l->seq,
            reason ? ",\"reason\":\"" : "", reason ? reason : "", reason ? "\"}\n" : "}\n");
    ring_append((struct ring *)(uintptr_t)&g->files[GPU_LEASE], buf_bytes(&b));
}

/* ---- /gpu/<id> ---- */

/* The argument: its number and slot, so that a slot's next tenant is another node. */
static bool find_gpu(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    const struct gpu *g = gpu_named(h, name);
    *out = g ? g->number << 8 | (uint64_t)(g - h->gpus) : 0;
    return g != NULL;
}

/* NULL: it is not published any more. */
static const struct gpu *gpu_at(const struct hive *h, const uint64_t *arg)
{
    uint64_t slot = arg[0] & 0xffu;
    return arg[0] >> 8 && slot < GPUS && h->gpus[slot].number == arg[0] >> 8 ? &h->gpus[slot] : NULL;
}

static void list_gpus(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t i = 0; i < GPUS; i++) {
        if (h->gpus[i].number)
            ns_names_add(names, h->gpus[i].is.id);
    }
}

static void name_gpu(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    const struct gpu *g = gpu_at(h, arg);
    if (g)
        buf_put(out, g->is.id);
}

/* Does the caller hold a lease of it, or, for the queen, anybody? */
static bool leased(const struct hive *h, const struct caller *who, const struct gpu *g)
{
    return lease_held(h, who->role == ROLE_QUEEN ? bytes_of(NULL, 0) : who->subject, g->is.id);
}

static bool owned_gpu(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    const struct gpu *g = gpu_at(h, arg);
    return g && leased(h, who, g);
}

static void show_info(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct gpu *g = gpu_at(h, arg);
    if (g)
        text_say(out, g->is.info, "\n");
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct bytes word = bytes_str("PRIORITY ");
    uint64_t priority;
    bool ok = bytes_is(w->line, "LEASE") || bytes_is(w->line, "RELEASE") || bytes_is(w->line, "RESET") ||
              (bytes_eq(bytes_sub(w->line, 0, word.n), word) &&
               parse_u64(bytes_sub(w->line, word.n, w->line.n), UINT32_MAX, &priority));
    if (!ok)
        return ns_refuse(why, COH_INVALID, "gpu-ctl", "a line is LEASE, RELEASE, PRIORITY <n> or RESET");
    return gpu_at(h, w->arg) ? COH_OK : COH_CLOSED;
}

/* One JSON object; a worker needs a lease of the GPU. */
static enum coh_status status_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct gpu *g = gpu_at(h, w->arg);
    struct json_value v;
    if (w->line.n > LINE_BYTES)
        return COH_TOO_BIG;
    if (!json_parse(w->line, &v) || v.type != JSON_OBJECT)
        return ns_refuse(why, COH_INVALID, "invalid-json", "a line is one JSON object");
    if (!g)
        return COH_CLOSED;
    return w->who.role == ROLE_QUEEN || leased(h, &w->who, g) ? COH_OK : COH_PERMISSION;
}

static enum coh_status job_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    enum coh_status s = status_check(h, w, why);
    return s == COH_OK && !lifecycle_admits(h) ? lifecycle_gate(why, "job") : s;
}

static enum coh_status job_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    bool held = leased(h, &w->who, gpu_at(h, w->arg));
    return held ? COH_OK : ns_refuse(why, COH_BUSY, "no-lease", "a job needs a lease of its GPU");
}

/* As the hive itself writes them; a line of others can't claim a lease that is not in force. */
static enum coh_status lease_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct gpu *g = gpu_at(h, w->arg);
    struct json_value v;
    struct json_field f[] = {
        JSON_MUST(STRING, "schema", .words = "gpu-lease/v1"), JSON_MUST(STRING, "state", .words = "ACTIVE|RELEASED"),
        JSON_MUST(STRING, "gpu_id", .token = TOKEN_BYTES), JSON_MUST(STRING, "worker_id", .token = TOKEN_BYTES),
        JSON_MUST(UINT, "mem_mb"), JSON_MUST(UINT, "streams"), JSON_MUST(UINT, "ttl_s"), JSON_MAY(UINT, "priority"),
    };
    if (w->line.n >= LEASE_LINE_BYTES)
        return COH_TOO_BIG;
    if (!g)
        return COH_CLOSED;
    if (!json_parse(w->line, &v) || !json_object(&v, f, sizeof f / sizeof f[0]) || !bytes_eq(f[2].value.text, g->is.id))
        return ns_refuse(why, COH_INVALID, "invalid-fields", "a line is a gpu-lease/v1 object of this GPU");
    bool held = f[1].value.u || lease_held(h, f[3].value.text, g->is.id);
    return held ? COH_OK : ns_refuse(why, COH_INVALID, "no-lease", "that worker has no lease of this GPU in force");
}

/* A word of ctl is for the bridge, which reads the file; but RELEASE also ends the GPU's leases. */
static void append(struct hive *h, const struct ns_write *w, enum gpu_file file)
{
    struct gpu *g = &h->gpus[w->arg[0] & 0xffu];
    control_keep(h, &g->files[file], w->line);
    if (file == GPU_CTL && bytes_is(w->line, "RELEASE"))
        lease_end_for_resource(h, g->is.id, "released");
}

#define FILE_OPS(name, file, ...)                                                                                      \
    static struct ring *name##_lines(struct hive *h, const uint64_t *arg)                                              \
    {                                                                                                                  \
        return gpu_at(h, arg) ? &h->gpus[arg[0] & 0xffu].files[file] : NULL;                                           \
    }                                                                                                                  \
    static void name##_apply(struct hive *h, const struct ns_write *w) { append(h, w, file); } \
    static const struct ns_ops name##_ops = {.lines = name##_lines, .check = name##_check, .apply = name##_apply, __VA_ARGS__};
FILE_OPS(ctl, GPU_CTL)
FILE_OPS(lease, GPU_LEASE)
FILE_OPS(job, GPU_JOB, .room = job_room)
FILE_OPS(status, GPU_STATUS)
#define GPU "/gpu/{gpu}"
#define HOLDER (1u << ROLE_GPU)
static const struct ns_pattern patterns[] = {
    {.path = GPU, .dir = true, .gate = true, .roles = HOLDER,
     .ops = NS_OPS(.find = find_gpu, .list = list_gpus, .name = name_gpu, .owned = owned_gpu)},
    {.path = GPU "/info", .gate = true, .roles = HOLDER, .ops = NS_OPS(.show = show_info)},
    {.path = GPU "/ctl", .mode = NS_APPEND, .gate = true, .roles = HOLDER, .ops = &ctl_ops},
    {.path = GPU "/lease", .mode = NS_APPEND, .gate = true, .roles = HOLDER, .ops = &lease_ops},
    {.path = GPU "/job", .mode = NS_APPEND, .gate = true, .roles = HOLDER, .writers = HOLDER, .ops = &job_ops},
    {.path = GPU "/status", .mode = NS_APPEND, .gate = true, .roles = HOLDER, .writers = HOLDER, .ops = &status_ops},
};
const struct ns_table gpu_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
