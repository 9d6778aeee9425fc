/* Entries by kind and name, each with a small ring a file; see host.h. */
#include "hive/host.h"

#include "base/assert.h"
#include "base/json.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_HOST_ENABLE
#define MOUNT COH_ECOSYSTEM_HOST_MOUNT_AT
#define ENTRIES COH_POOL_HOST_ENTRIES_COUNT
#define HAS(provider) (GATE && COH_ECOSYSTEM_HOST_PROVIDERS_HAS_##provider)

_Static_assert(COH_POOL_HOST_BYTES_ELEM > 2u * (HOST_LINE_BYTES + 3u), "a file keeps two of the longest lines");

static struct key entry_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct host_entry *e = (const struct host_entry *)pool + slot;
    return (struct key){.a = bytes_of(&e->kind, 1), .b = token_bytes(&e->name)};
}

/* There is room, and none of that name yet. */
static uint32_t add(struct hive *h, enum host_kind kind, struct bytes name)
{
    uint32_t slot = index_free(&h->host.by);
    struct host_entry *e = &h->host_entries[slot];
    e->kind = (uint8_t)kind;
    token_set(&e->name, name);
    for (uint32_t f = 0; f < HOST_FILES; f++)
        ring_init(&e->files[f], h->host_bytes[slot * HOST_FILES + f], COH_POOL_HOST_BYTES_ELEM);
    index_put(&h->host.by);
    budget_index(h, POOL_host_entries, POOL_host_order, &h->host.by);
    return slot;
}

void host_init(struct hive *h)
{
    index_init(&h->host.by, h->host_order, ENTRIES, 1, h->host_entries, entry_key);
    if (!GATE)
        return;
    add(h, HOST_DOCKER, bytes_str("docker"));
    for (uint32_t i = 0; i < coh_ecosystem_host_units_count; i++)
        add(h, HOST_SYSTEMD, bytes_str(coh_ecosystem_host_units[i]));
    for (uint32_t i = 0; i < coh_ecosystem_host_nodes_count; i++)
        add(h, HOST_K8S, bytes_str(coh_ecosystem_host_nodes[i]));
}

/* ---- writes ---- */

/* Is it `key=value` for each of keys, "state sub", in this order, a blank between them? */
static bool has_keys(struct bytes line, const char *keys)
{
    for (struct bytes key = bytes_str(keys); key.n;) {
        const uint8_t *blank = memchr(key.p, ' ', key.n), *end = memchr(line.p, ' ', line.n);
        size_t n = blank ? (size_t)(blank - key.p) : key.n, word = end ? (size_t)(end - line.p) : line.n;
        struct bytes value = bytes_sub(line, n + 1u, word > n ? word - n - 1u : 0);
        if ((blank == NULL) != (end == NULL) || !bytes_eq(bytes_sub(line, 0, n), bytes_sub(key, 0, n)) ||
            !bytes_is(bytes_sub(line, n, 1), "=") || !json_token(value, HOST_LINE_BYTES))
            return false;
        key = bytes_sub(key, n + 1u, key.n);
        line = bytes_sub(line, word + 1u, line.n);
    }
    return true;
}

/* A file of an entry of one kind. */
struct host_file {
    uint8_t kind, file; /* enum host_kind; which of its rings */
    const char *keys;   /* of what a provider publishes; NULL: it takes orders, any text */
};

static const struct host_file *file_of(const struct hive *h, const struct ns_write *w)
{
    return ns_node(&h->tree, w->ref)->ops->of;
}

static enum coh_status check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const char *keys = file_of(h, w)->keys;
    if (w->line.n > HOST_LINE_BYTES)
        return COH_TOO_BIG;
    if (w->line.n == 0)
        return ns_refuse(why, COH_INVALID, "empty-line", "a line needs text");
    if (!keys)
        return COH_OK;
    bool unknown = bytes_begin(w->line, "state=unknown ") && has_keys(w->line, "state reason");
    if (!has_keys(w->line, keys) && !unknown)
        return ns_refuse(why, COH_INVALID, "status-format", keys);
    return lifecycle_admits(h) ? COH_OK : lifecycle_gate(why, "host-publish");
}

static enum coh_status room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return !w->ref->late_n || h->host.by.n < ENTRIES ? COH_OK : ns_refuse(why, COH_BUSY, "host-entries", NULL);
}

/* A first status makes the entry, and its control files with it. An order was kept by govern_apply. */
static void apply(struct hive *h, const struct ns_write *w)
{
    const struct host_file *f = file_of(h, w);
    if (!f->keys)
        return;
    uint64_t slot = w->ref->late_n ? add(h, f->kind, bytes_of(w->ref->late, w->ref->late_n)) : w->arg[0];
    control_keep(h, &h->host_entries[slot].files[f->file], w->line);
}

/* ---- nodes ---- */

static bool find(const struct hive *h, enum host_kind kind, struct bytes name, uint64_t *out)
{
    uint8_t k = (uint8_t)kind;
    *out = index_slot_of(&h->host.by, 0, (struct key){.a = bytes_of(&k, 1), .b = name});
    return *out < ENTRIES;
}

static void list(const struct hive *h, enum host_kind kind, struct ns_names *names)
{
    for (uint32_t at = 0; at < h->host.by.n; at++) {
        const struct host_entry *e = &h->host_entries[index_slot(&h->host.by, 0, at)];
        if (e->kind == kind)
            ns_names_add(names, token_bytes(&e->name));
    }
}

static void entry_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_put(out, token_bytes(&h->host_entries[arg[0]].name));
}

static bool entry_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    return json_token(name, NS_LATE_BYTES);
}

/* A variable component of entries of one kind. */
#define PLACE(word, kind)                                                                                            \
    static bool word##_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)              \
    {                                                                                                                  \
        return find(h, kind, name, out);                                                                               \
    }                                                                                                                  \
    static void word##_list(const struct hive *h, const uint64_t *arg, struct ns_names *names) { list(h, kind, names); } \
    static const struct ns_ops word##_ops = {                                                                          \
        .find = word##_find, .list = word##_list, .name = entry_name, .late = entry_late};

PLACE(unit, HOST_SYSTEMD)
PLACE(node, HOST_K8S)
PLACE(gpu, HOST_NVIDIA)
#define FILE_OPS(k, n, published)                                                                                      \
    .mode = NS_APPEND, .ops = NS_OPS(NS_RINGS(host_entries, files[n]), .check = check, .room = room, .apply = apply,   \
                                     .of = &(const struct host_file){k, n, published})
#define STATUS(kind, file, keys) .late = true, FILE_OPS(kind, file, keys)
#define ORDER(kind, file) .control = true, FILE_OPS(kind, file, NULL)
static const struct ns_pattern patterns[] = {
    {.path = MOUNT "/systemd/{unit}", .dir = true, .gate = HAS(SYSTEMD), .ops = &unit_ops},
    {.path = MOUNT "/systemd/{unit}/status", .gate = HAS(SYSTEMD), STATUS(HOST_SYSTEMD, 0, "state sub")},
    {.path = MOUNT "/systemd/{unit}/restart", .gate = HAS(SYSTEMD), ORDER(HOST_SYSTEMD, 1)},
    {.path = MOUNT "/k8s/node/{node}", .dir = true, .gate = HAS(K8S), .ops = &node_ops},
    {.path = MOUNT "/k8s/node/{node}/status", .gate = HAS(K8S), STATUS(HOST_K8S, 0, "state role version")},
    {.path = MOUNT "/k8s/node/{node}/cordon", .gate = HAS(K8S), ORDER(HOST_K8S, 1)},
    {.path = MOUNT "/k8s/node/{node}/drain", .gate = HAS(K8S), ORDER(HOST_K8S, 2)},
    {.path = MOUNT "/docker/status", .gate = HAS(DOCKER),
     FILE_OPS(HOST_DOCKER, 0, "version containers running paused stopped")},
    {.path = MOUNT "/nvidia/gpu/{gpu}", .dir = true, .gate = HAS(NVIDIA), .ops = &gpu_ops},
    {.path = MOUNT "/nvidia/gpu/{gpu}/status", .gate = HAS(NVIDIA),
     STATUS(HOST_NVIDIA, 0, "util_pct mem_used_mb mem_total_mb temp_c power_w")},
    {.path = MOUNT "/nvidia/gpu/{gpu}/power_cap", .gate = HAS(NVIDIA), ORDER(HOST_NVIDIA, 1)},
    {.path = MOUNT "/nvidia/gpu/{gpu}/thermal", .gate = HAS(NVIDIA), STATUS(HOST_NVIDIA, 2, "temp_c")},
};
const struct ns_table host_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
