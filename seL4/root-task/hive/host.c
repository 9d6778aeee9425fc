/* Entries by kind and name, each with a small ring a file; see host.h. */
#include "hive/host.h"

#include "hive/control.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_HOST_ENABLE
#define MOUNT COH_ECOSYSTEM_HOST_MOUNT_AT
#define ENTRIES COH_POOL_HOST_ENTRIES_COUNT
#define HAS(provider) (GATE && COH_ECOSYSTEM_HOST_PROVIDERS_HAS_##provider)

_Static_assert(COH_POOL_HOST_BYTES_ELEM > 2u * (HOST_LINE_BYTES + 3u), "a file keeps two of the longest lines");

static struct key entry_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct host_entry *e = (const struct host_entry *)pool + slot;
    return (struct key){.a = token_bytes(&e->name), .u = e->kind};
}

/* There is room, and none of that name yet. */
static uint32_t add(struct hive *h, uint32_t kind, struct bytes name)
{
    uint32_t slot = index_free(&h->host.by);
    struct host_entry *e = &h->host_entries[slot];
    e->kind = (uint8_t)kind;
    token_set(&e->name, name);
    for (uint32_t f = 0; f < HOST_FILES; f++)
        ring_init(&e->files[f], h->host_bytes[slot * HOST_FILES + f], COH_POOL_HOST_BYTES_ELEM);
    index_put(&h->host.by);
    return slot;
}

static void host_init(struct hive *h)
{
    index_init(&h->host.by, h->host_order, ENTRIES, 1, h->host_entries, entry_key, BUDGET(host_entries, host_order));
    if (!GATE)
        return;
    add(h, HOST_DOCKER, bytes_str("docker"));
    for (uint32_t i = 0; i < coh_ecosystem_host_units_count; i++)
        add(h, HOST_SYSTEMD, bytes_str(coh_ecosystem_host_units[i]));
    for (uint32_t i = 0; i < coh_ecosystem_host_nodes_count; i++)
        add(h, HOST_K8S, bytes_str(coh_ecosystem_host_nodes[i]));
}

/* ---- writes ---- */

/* The most facts that a line has. */
#define FACTS 5u

static enum coh_status status_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const char *keys = ns_node(&h->tree, w->ref)->ops->of;
    struct bytes values[FACTS];
    bool unknown = control_facts(w->line, "state reason", values) && bytes_is(values[0], "unknown");
    return unknown || control_facts(w->line, keys, values) ? COH_OK : ns_refuse(why, COH_INVALID, "status-format", keys);
}

static enum coh_status room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return !w->ref->late_n || h->host.by.n < ENTRIES ? COH_OK : ns_refuse(why, COH_BUSY, "host-entries", NULL);
}

/* A first status makes the entry, and its control files with it. */
static void apply(struct hive *h, const struct ns_write *w)
{
    const struct ns_node *n = ns_node(&h->tree, w->ref);
    uint64_t slot = w->ref->late_n ? add(h, n->ops->kind, bytes_of(w->ref->late, w->ref->late_n)) : w->arg[0];
    control_keep(h, ns_lines(n, h, &slot), w->line);
}

/* ---- nodes ---- */

static bool entry_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    return json_token(name, NS_LATE_BYTES);
}

/* The directory of entries of one kind. */
#define PLACE(of_kind) .dir = true, .ops = NS_OPS(NS_INDEX(host.by, 0), .kind = of_kind, .late = entry_late)
/* One of its files. Keys: of what a provider publishes there; an order is any text. */
#define FILE_OPS(of_kind, file, ...)                                                                                   \
    .mode = NS_APPEND, .ops = NS_OPS(NS_RINGS(host_entries, files[file]), .most = HOST_LINE_BYTES, .text = true,       \
                                     .room = room, .kind = of_kind, __VA_ARGS__)
#define STATUS(kind, file, keys)                                                                                       \
    .late = true, FILE_OPS(kind, file, .of = keys, .check = status_check, .action = "host-publish",                    \
                           .admits = lifecycle_admits, .apply = apply)
#define ORDER(of_kind, file) .control = true, FILE_OPS(of_kind, file, .apply = NULL)
static const struct ns_pattern patterns[] = {
    {.path = MOUNT "/systemd/{unit}", .gate = HAS(SYSTEMD), PLACE(HOST_SYSTEMD)},
    {.path = MOUNT "/systemd/{unit}/status", .gate = HAS(SYSTEMD), STATUS(HOST_SYSTEMD, 0, "state sub")},
    {.path = MOUNT "/systemd/{unit}/restart", .gate = HAS(SYSTEMD), ORDER(HOST_SYSTEMD, 1)},
    {.path = MOUNT "/k8s/node/{node}", .gate = HAS(K8S), PLACE(HOST_K8S)},
    {.path = MOUNT "/k8s/node/{node}/status", .gate = HAS(K8S), STATUS(HOST_K8S, 0, "state role version")},
    {.path = MOUNT "/k8s/node/{node}/cordon", .gate = HAS(K8S), ORDER(HOST_K8S, 1)},
    {.path = MOUNT "/k8s/node/{node}/drain", .gate = HAS(K8S), ORDER(HOST_K8S, 2)},
    {.path = MOUNT "/docker/status", .gate = HAS(DOCKER),
     STATUS(HOST_DOCKER, 0, "version containers running paused stopped")},
    {.path = MOUNT "/nvidia/gpu/{gpu}", .gate = HAS(NVIDIA), PLACE(HOST_NVIDIA)},
    {.path = MOUNT "/nvidia/gpu/{gpu}/status", .gate = HAS(NVIDIA),
     STATUS(HOST_NVIDIA, 0, "util_pct mem_used_mb mem_total_mb temp_c power_w")},
    {.path = MOUNT "/nvidia/gpu/{gpu}/power_cap", .gate = HAS(NVIDIA), ORDER(HOST_NVIDIA, 1)},
    {.path = MOUNT "/nvidia/gpu/{gpu}/thermal", .gate = HAS(NVIDIA), STATUS(HOST_NVIDIA, 2, "temp_c")},
};
const struct ns_table host_nodes = {NS_PATTERNS(patterns), .init = host_init};
