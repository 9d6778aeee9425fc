/* GPUs: their slots, files and leases; see gpu.h. What a bridge sends is read in gpu_bridge.c. */
#include "hive/gpu.h"

#include "hive/state.h"

/* Longest line of job and status (breadcrumbs), and of lease; client_policies.coh.run bounds the same. */
#define LINE_BYTES 512u
#define LEASE_LINE_BYTES 1024u

struct gpu *gpu_named(const struct hive *h, struct bytes id)
{
    uint32_t slot = index_slot_of(&h->gpu.by, 0, (struct key){.a = id});
    return slot < GPUS ? (struct gpu *)&h->gpus[slot] : NULL;
}

void gpu_note_lease(struct hive *h, const struct lease *l, const char *reason)
{
    struct gpu *g = gpu_named(h, token_bytes(&l->resource));
    BUF(b, LEASE_LINE_BYTES);
    if (!g)
        return;
    buf_say(&b, "{\"schema\":\"gpu-lease/v1\",\"state\":\"", reason ? "RELEASED" : "ACTIVE", "\",\"gpu_id\":\"",
            g->is.id, "\",\"worker_id\":\"", token_bytes(&l->subject), "\",\"lease_id\":\"", token_bytes(&l->id),
            "\",\"mem_mb\":", l->mem_mb, ",\"streams\":", l->streams);
    buf_say(&b, ",\"ttl_s\":", l->ttl_s, ",\"expires_ms\":", l->ends_ms, ",\"priority\":", l->priority, ",\"seq\":", l->seq,
            reason ? ",\"reason\":\"" : "", reason ? reason : "", reason ? "\"}\n" : "}\n");
    ring_append(&g->files[GPU_LEASE], buf_bytes(&b));
}

/* ---- /gpu/<id> ---- */

static const struct gpu *gpu_at(const struct hive *h, const uint64_t *arg) { return &h->gpus[ns_slot(arg) % GPUS]; }

/* Does the caller hold a lease of it, or, for the queen, anybody? */
static bool leased(const struct hive *h, const struct caller *who, const struct gpu *g)
{
    return lease_held(h, who->role == ROLE_QUEEN ? bytes_of(NULL, 0) : who->subject, g->is.id);
}

static bool owned_gpu(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    return leased(h, who, gpu_at(h, arg));
}

static void show_info(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, gpu_at(h, arg)->is.text, "\n");
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct bytes rest = w->line, word = bytes_split(&rest, ' ');
    uint64_t priority;
    bool ok = bytes_is(word, "PRIORITY") ? parse_u64(rest, UINT32_MAX, &priority)
                                         : bytes_is(w->line, "LEASE") || bytes_is(w->line, "RELEASE") || bytes_is(w->line, "RESET");
    return ok ? COH_OK : ns_refuse(why, COH_INVALID, "gpu-ctl", "a line is LEASE, RELEASE, PRIORITY <n> or RESET");
}

/* RELEASE also ends the GPU's leases; the other words are for the bridge, which reads the file. */
static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    if (bytes_is(w->line, "RELEASE"))
        lease_end_for_resource(h, gpu_at(h, w->arg)->is.id, "released");
}

/* One JSON object; a worker needs a lease of the GPU. */
static enum coh_status status_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct json_value v;
    if (!json_parse(w->line, &v) || v.type != JSON_OBJECT)
        return ns_refuse(why, COH_INVALID, "invalid-json", "a line is one JSON object");
    return w->who.role == ROLE_QUEEN || leased(h, &w->who, gpu_at(h, w->arg)) ? COH_OK : COH_PERMISSION;
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
    struct json_field f[] = {
        JSON_MUST(STRING, "schema", .words = "gpu-lease/v1"), JSON_MUST(STRING, "state", .words = "ACTIVE|RELEASED"),
        JSON_MUST(STRING, "gpu_id", .token = TOKEN_BYTES), JSON_MUST(STRING, "worker_id", .token = TOKEN_BYTES),
        JSON_MUST(UINT, "mem_mb"), JSON_MUST(UINT, "streams"), JSON_MUST(UINT, "ttl_s"), JSON_MAY(UINT, "priority"),
    };
    if (json_line(w->line, f, sizeof f / sizeof f[0]) || !bytes_eq(f[2].value.text, g->is.id))
        return ns_refuse(why, COH_INVALID, "invalid-fields", "a line is a gpu-lease/v1 object of this GPU");
    bool held = f[1].value.u || lease_held(h, f[3].value.text, g->is.id);
    return held ? COH_OK : ns_refuse(why, COH_INVALID, "no-lease", "that worker has no lease of this GPU in force");
}

#define FILE_OPS(name, file, ...)                                                                                      \
    .mode = NS_APPEND, .control = true, .unjournaled = true, .gate = true, .roles = HOLDER,                            \
    .ops = NS_OPS(NS_RINGS(gpus, files[file]), .check = name##_check, __VA_ARGS__)
#define JOB .most = LINE_BYTES, .action = "job", .admits = lifecycle_admits
#define GPU "/gpu/{gpu}"
#define HOLDER (1u << ROLE_GPU)
static const struct ns_pattern patterns[] = {
    {.path = GPU, .dir = true, .gate = true, .roles = HOLDER, .ops = NS_OPS(NS_INDEX(gpu.by, 0), .owned = owned_gpu)},
    {.path = GPU "/info", .gate = true, .roles = HOLDER, .ops = NS_OPS(.show = show_info)},
    {.path = GPU "/ctl", FILE_OPS(ctl, GPU_CTL, .apply = ctl_apply)},
    {.path = GPU "/lease", FILE_OPS(lease, GPU_LEASE, .most = LEASE_LINE_BYTES - 1)},
    {.path = GPU "/job", .writers = HOLDER, FILE_OPS(status, GPU_JOB, JOB, .room = job_room)},
    {.path = GPU "/status", .writers = HOLDER, FILE_OPS(status, GPU_STATUS, .most = LINE_BYTES)},
};
const struct ns_table gpu_nodes = {NS_PATTERNS(patterns)};
