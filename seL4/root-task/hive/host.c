/* Entries by kind and name, each with a small ring a file; see host.h. */
#include "hive/host.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/order.h"
#include "hive/state.h"

#define GATE COH_ECOSYSTEM_HOST_ENABLE
#define MOUNT COH_ECOSYSTEM_HOST_MOUNT_AT
#define HAS(provider) (GATE && COH_ECOSYSTEM_HOST_PROVIDERS_HAS_##provider)

_Static_assert(sizeof(struct host_entry) == COH_POOL_HOST_ENTRIES_ELEM, "tools/coh-rtc PoolTable: host_entries");
_Static_assert(COH_POOL_HOST_BYTES_ELEM > 2u * (HOST_LINE_BYTES + 3u), "a file keeps two of the longest lines");

struct wanted {
    const struct hive *h;
    struct bytes name;
    enum host_kind kind;
};

static struct bytes name_of(const struct host_entry *e) { return bytes_of(e->name, e->name_n); }

static int compare(const void *ctx, uint16_t slot)
{
    const struct wanted *w = ctx;
    const struct host_entry *e = &w->h->host_entries[slot];
    return e->kind != w->kind ? (int)e->kind - (int)w->kind : bytes_cmp(name_of(e), w->name);
}

static uint32_t place_of(const struct hive *h, enum host_kind kind, struct bytes name, bool *found)
{
    struct wanted w = {h, name, kind};
    return order_find(h->host_order, h->host.count, compare, &w, found);
}

/* There is room, and none of that name yet. */
static uint32_t add(struct hive *h, enum host_kind kind, struct bytes name)
{
    uint32_t slot = h->host.count;
    struct host_entry *e = &h->host_entries[slot];
    bool found;
    e->kind = (uint8_t)kind;
    e->name_n = (uint8_t)name.n;
    memcpy(e->name, name.p, name.n);
    for (uint32_t f = 0; f < HOST_FILES; f++)
        ring_init(&e->files[f], h->host_bytes[slot * HOST_FILES + f], COH_POOL_HOST_BYTES_ELEM);
    order_insert(h->host_order, &h->host.count, place_of(h, kind, name, &found), slot);
    budget_take(h, POOL_host_entries);
    return slot;
}

void host_init(struct hive *h)
{
    if (!GATE)
        return;
    add(h, HOST_DOCKER, bytes_str("docker"));
    for (uint32_t i = 0; i < coh_ecosystem_host_units_count; i++)
        add(h, HOST_SYSTEMD, bytes_str(coh_ecosystem_host_units[i]));
    for (uint32_t i = 0; i < coh_ecosystem_host_nodes_count; i++)
        add(h, HOST_K8S, bytes_str(coh_ecosystem_host_nodes[i]));
}

/* ---- writes ---- */

static enum coh_status invalid(struct ns_why *why, const char *detail, const char *error)
{
    why->detail = detail;
    why->error = error;
    return COH_INVALID;
}

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

/* keys NULL: an order, any text; else what a provider publishes. */
static enum coh_status check(const struct hive *h, const struct ns_write *w, const char *keys, struct ns_why *why)
{
    if (w->line.n > HOST_LINE_BYTES)
        return COH_TOO_BIG;
    if (w->line.n == 0)
        return invalid(why, "empty-line", "a line needs text");
    if (!keys)
        return COH_OK;
    bool unknown = bytes_begin(w->line, "state=unknown ") && has_keys(w->line, "state reason");
    if (!has_keys(w->line, keys) && !unknown)
        return invalid(why, "status-format", keys);
    return lifecycle_admits(h) ? COH_OK : lifecycle_gate(why, "host-publish");
}

static struct bytes late_of(const struct ns_ref *ref) { return bytes_of(ref->late, ref->late_n); }

static enum coh_status room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    if (!w->ref->late_n || h->host.count < COH_POOL_HOST_ENTRIES_COUNT)
        return COH_OK;
    why->detail = "host-entries";
    return COH_BUSY;
}

/* A first status makes the entry, and its control files with it. */
static void publish(struct hive *h, const struct ns_write *w, enum host_kind kind, uint32_t file)
{
    uint64_t slot = w->ref->late_n ? add(h, kind, late_of(w->ref)) : w->arg[0];
    control_keep(h, &h->host_entries[slot].files[file], w->line);
}

/* ---- nodes ---- */

static bool find(const struct hive *h, enum host_kind kind, struct bytes name, uint64_t *out)
{
    bool found;
    uint32_t at = place_of(h, kind, name, &found);
    if (found)
        *out = h->host_order[at];
    return found;
}

static void list(const struct hive *h, enum host_kind kind, struct ns_names *names)
{
    bool found;
    for (uint32_t at = place_of(h, kind, bytes_of(NULL, 0), &found); at < h->host.count; at++) {
        const struct host_entry *e = &h->host_entries[h->host_order[at]];
        if (e->kind != kind)
            break;
        ns_names_add(names, name_of(e));
    }
}

static void entry_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_put(out, name_of(&h->host_entries[arg[0]]));
}

static bool entry_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    return json_token(name, NS_LATE_BYTES);
}

/* A variable component of entries of one kind. */
#define ENTRIES(word, kind)                                                                                            \
    static bool word##_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)              \
    {                                                                                                                  \
        return find(h, kind, name, out);                                                                               \
    }                                                                                                                  \
    static void word##_list(const struct hive *h, const uint64_t *arg, struct ns_names *names) { list(h, kind, names); } \
    static const struct ns_ops word##_ops = {                                                                          \
        .find = word##_find, .list = word##_list, .name = entry_name, .late = entry_late};

/* A file of an entry: its ring, and what may be written to it. An order is kept by govern_apply, a status by publish. */
#define ENTRY_FILE(word, kind, file, keys)                                                                             \
    static struct ring *word##_lines(struct hive *h, const uint64_t *arg) { return &h->host_entries[arg[0]].files[file]; } \
    static enum coh_status word##_check(const struct hive *h, const struct caller *who, const struct ns_write *w,     \
                                        struct ns_why *why)                                                           \
    {                                                                                                                  \
        return check(h, w, keys, why);                                                                                 \
    }                                                                                                                  \
    static enum coh_status word##_room(const struct hive *h, const struct caller *who, const struct ns_write *w,      \
                                       struct ns_why *why)                                                            \
    {                                                                                                                  \
        return room(h, w, why);                                                                                        \
    }                                                                                                                  \
    static void word##_apply(struct hive *h, const struct caller *who, const struct ns_write *w)                      \
    {                                                                                                                  \
        const char *published = keys;                                                                                  \
        if (published)                                                                                                 \
            publish(h, w, kind, file);                                                                                 \
    }                                                                                                                  \
    static const struct ns_ops word##_ops = {                                                                          \
        .lines = word##_lines, .check = word##_check, .room = word##_room, .apply = word##_apply};

ENTRIES(unit, HOST_SYSTEMD)
ENTRIES(node, HOST_K8S)
ENTRIES(gpu, HOST_NVIDIA)
ENTRY_FILE(unit_status, HOST_SYSTEMD, 0, "state sub")
ENTRY_FILE(unit_restart, HOST_SYSTEMD, 1, NULL)
ENTRY_FILE(node_status, HOST_K8S, 0, "state role version")
ENTRY_FILE(node_cordon, HOST_K8S, 1, NULL)
ENTRY_FILE(node_drain, HOST_K8S, 2, NULL)
ENTRY_FILE(docker_status, HOST_DOCKER, 0, "version containers running paused stopped")
ENTRY_FILE(gpu_status, HOST_NVIDIA, 0, "util_pct mem_used_mb mem_total_mb temp_c power_w")
ENTRY_FILE(gpu_power_cap, HOST_NVIDIA, 1, NULL)
ENTRY_FILE(gpu_thermal, HOST_NVIDIA, 2, "temp_c")

#define STATUS .mode = NS_APPEND, .late = true
#define ORDER .mode = NS_APPEND, .control = true
static const struct ns_pattern patterns[] = {
    {.path = MOUNT "/systemd/{unit}", .dir = true, .gate = HAS(SYSTEMD), .ops = &unit_ops},
    {.path = MOUNT "/systemd/{unit}/status", STATUS, .gate = HAS(SYSTEMD), .ops = &unit_status_ops},
    {.path = MOUNT "/systemd/{unit}/restart", ORDER, .gate = HAS(SYSTEMD), .ops = &unit_restart_ops},
    {.path = MOUNT "/k8s/node/{node}", .dir = true, .gate = HAS(K8S), .ops = &node_ops},
    {.path = MOUNT "/k8s/node/{node}/status", STATUS, .gate = HAS(K8S), .ops = &node_status_ops},
    {.path = MOUNT "/k8s/node/{node}/cordon", ORDER, .gate = HAS(K8S), .ops = &node_cordon_ops},
    {.path = MOUNT "/k8s/node/{node}/drain", ORDER, .gate = HAS(K8S), .ops = &node_drain_ops},
    {.path = MOUNT "/docker/status", .mode = NS_APPEND, .gate = HAS(DOCKER), .ops = &docker_status_ops},
    {.path = MOUNT "/nvidia/gpu/{gpu}", .dir = true, .gate = HAS(NVIDIA), .ops = &gpu_ops},
    {.path = MOUNT "/nvidia/gpu/{gpu}/status", STATUS, .gate = HAS(NVIDIA), .ops = &gpu_status_ops},
    {.path = MOUNT "/nvidia/gpu/{gpu}/power_cap", ORDER, .gate = HAS(NVIDIA), .ops = &gpu_power_cap_ops},
    {.path = MOUNT "/nvidia/gpu/{gpu}/thermal", STATUS, .gate = HAS(NVIDIA), .ops = &gpu_thermal_ops},
};
const struct ns_table host_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
