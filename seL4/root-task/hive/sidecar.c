/* The adapters' common part; see sidecar.h. */
#include "hive/sidecar.h"

#include "base/assert.h"
#include "hive/state.h"


void sidecars_init(struct hive *h)
{
    uint8_t *at = h->sidecar_bytes;
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        const struct coh_sidecar *a = &coh_sidecars[i];
        struct sidecar *s = &h->sidecars[i];
        for (uint32_t f = 0; f < SIDECAR_FILES && a->ring_bytes[f]; at += a->ring_bytes[f++])
            ring_init(&s->files[f], at, a->ring_bytes[f]);
        s->spool = buf_of(at, a->spool_max_bytes + a->spool_max_entries); /* a newline each */
        at += s->spool.cap;
        if (a->kind != SIDECAR_LORA)
            control_keep(h, &s->files[SIDECAR_LINK], bytes_str("online"));
    }
    COH_ASSERT(at <= h->sidecar_bytes + COH_POOL_SIDECAR_BYTES_ELEM);
    budget_level(h, POOL_sidecars, coh_sidecars_count);
    budget_level(h, POOL_sidecar_bytes, (uint32_t)(at - h->sidecar_bytes));
}

enum coh_status sidecar_check(struct bytes line, size_t most, bool admits, const char *action, struct ns_why *why)
{
    if (line.n == 0)
        return ns_refuse(why, COH_INVALID, "empty-line", "a line needs text");
    if (line.n > most)
        return COH_TOO_BIG;
    return admits ? COH_OK : lifecycle_gate(why, action);
}

enum coh_status sidecar_spawn(const struct hive *h, uint32_t role, struct bytes id, uint32_t *out, struct ns_why *why)
{
    uint32_t i = 0;
    BUF(name, WORKER_NAME_BYTES);
    while (i < coh_sidecars_count && !(coh_sidecars[i].role == role && bytes_is(id, coh_sidecars[i].id)))
        i++;
    if (i == coh_sidecars_count)
        return ns_refuse(why, COH_BUSY, "no-adapter", NULL);
    buf_say(&name, "worker-", h->sidecars[i].worker);
    *out = i;
    return h->sidecars[i].worker && !worker_ended(h, buf_bytes(&name)) ? ns_refuse(why, COH_BUSY, "adapter-in-use", NULL)
                                                                        : COH_OK;
}

/* ---- directories ---- */

static bool find(enum sidecar_kind kind, struct bytes name, uint64_t *out)
{
    uint32_t i = 0;
    while (i < coh_sidecars_count && !(coh_sidecars[i].kind == kind && bytes_is(name, coh_sidecars[i].mount)))
        i++;
    if (i < coh_sidecars_count)
        *out = i;
    return i < coh_sidecars_count;
}

static void list(enum sidecar_kind kind, struct ns_names *names)
{
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        if (coh_sidecars[i].kind == kind)
            ns_names_add(names, bytes_str(coh_sidecars[i].mount));
    }
}

static void adapter_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_say(out, arg[0] < coh_sidecars_count ? coh_sidecars[arg[0]].mount : "");
}

/* By the adapter's scope, or because he was spawned for it. */
static bool adapter_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    uint64_t worker = h->sidecars[arg[0]].worker;
    return who->role == coh_sidecars[arg[0]].role &&
           (bytes_is(who->subject, coh_sidecars[arg[0]].scope) || (worker && worker_number_of(who->subject) == worker));
}

#define ADAPTERS(word, kind)                                                                                           \
    static bool word##_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)              \
    {                                                                                                                  \
        return find(kind, name, out);                                                                                  \
    }                                                                                                                  \
    static void word##_list(const struct hive *h, const uint64_t *arg, struct ns_names *names) { list(kind, names); } \
    const struct ns_ops sidecar_##word##_ops = {                                                                       \
        .find = word##_find, .list = word##_list, .name = adapter_name, .owned = adapter_owned};

ADAPTERS(modbus, SIDECAR_MODBUS)
ADAPTERS(dnp3, SIDECAR_DNP3)
ADAPTERS(lora, SIDECAR_LORA)

/* ---- refusals ---- */

void sidecar_denied(struct hive *h, const struct caller *who, const struct ns_ref *ref, struct bytes path)
{
    BUF(place, NS_PATH_BYTES);
    BUF(line, LOG_LINE_BYTES);
    ns_path(&h->tree, h, ref, &place);
#define BELOW(KIND)                                                                                                    \
    (COH_SIDECARS_##KIND##_ENABLE && ns_path_within(buf_bytes(&place), bytes_str(COH_SIDECARS_##KIND##_MOUNT_AT)))
    bool lora = BELOW(LORA);
    if (!lora && !BELOW(MODBUS) && !BELOW(DNP3))
        return;
    buf_say(&line, "kind=", lora ? "lora" : "bus", " role=", role_name((enum coh_role)who->role));
    log_field(&line, "subject", who->subject);
    log_field(&line, "path", path);
    hive_event(h, "sidecar-deny", TRACE_WARN, worker_number_of(who->subject), buf_bytes(&line));
}
