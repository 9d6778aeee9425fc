/* The adapters' common part; see sidecar.h. */
#include "hive/sidecar.h"

#include "base/assert.h"
#include "hive/state.h"


static struct key adapter_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct coh_sidecar *a = (const struct coh_sidecar *)pool + slot;
    return (struct key){.a = bytes_str(a->mount), .u = a->kind};
}

void sidecars_init(struct hive *h)
{
    uint8_t *at = h->sidecar_bytes;
    index_init(&h->sidecar_index.by, h->sidecar_index.order, coh_sidecars_count, 1, coh_sidecars, adapter_key);
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        const struct coh_sidecar *a = &coh_sidecars[i];
        struct sidecar *s = &h->sidecars[i];
        for (uint32_t f = 0; f < SIDECAR_FILES && a->ring_bytes[f]; at += a->ring_bytes[f++])
            ring_init(&s->files[f], at, a->ring_bytes[f]);
        s->spool = buf_of(at, a->spool_max_bytes + a->spool_max_entries); /* a newline each */
        at += s->spool.cap;
        if (a->kind != SIDECAR_LORA)
            control_keep(h, &s->files[SIDECAR_LINK], bytes_str("online"));
        index_put(&h->sidecar_index.by);
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

bool sidecar_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    uint64_t worker = h->sidecars[arg[0]].worker;
    return who->role == coh_sidecars[arg[0]].role &&
           (bytes_is(who->subject, coh_sidecars[arg[0]].scope) || (worker && worker_number_of(who->subject) == worker));
}

/* ---- refusals ---- */

void sidecar_denied(struct hive *h, const struct caller *who, const struct ns_ref *ref, struct bytes path)
{
    uint32_t roles = ns_node(&h->tree, ref)->roles;
    BUF(line, LOG_LINE_BYTES);
    if (!roles || roles & ~(1u << ROLE_BUS | 1u << ROLE_LORA))
        return;
    buf_say(&line, "kind=", roles & 1u << ROLE_LORA ? "lora" : "bus", " role=", role_name((enum coh_role)who->role));
    log_field(&line, "subject", who->subject);
    log_field(&line, "path", path);
    hive_event(h, "sidecar-deny", TRACE_WARN, worker_number_of(who->subject), buf_bytes(&line));
}
