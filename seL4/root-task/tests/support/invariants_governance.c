/* The invariants of governance; see invariants.c. */
#include "invariants.h"
#include "ring.h"

/* ---- intents ---- */

bool intents_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < COH_POOL_INTENTS_COUNT; i++) {
        const struct intent *t = &h->intents[i];
        used += t->seq != 0;
        if (t->seq > h->intents_state.last_seq || (t->seq && (t->seq - 1u) % COH_POOL_INTENTS_COUNT != i))
            return false;
    }
    return used == h->intents_state.by.n && used == h->budget.used[POOL_intents] && index_valid(&h->intents_state.by);
}

/* ---- host ---- */

bool host_valid(const struct hive *h)
{
    for (uint32_t i = 0; i < h->host_by.n; i++) {
        for (uint32_t f = 0; f < HOST_FILES; f++) {
            if (!ring_valid(&h->host_entries[i].files[f]))
                return false;
        }
    }
    return h->host_by.n == h->budget.used[POOL_host_entries] && index_valid(&h->host_by);
}

bool host_tickets_valid(const struct hive *h)
{
    const struct host_tickets_state *s = &h->host_tickets_state;
    uint32_t used = 0, open = 0;
    for (uint32_t i = 0; i < COH_POOL_HOST_TICKETS_COUNT; i++) {
        used += h->host_tickets[i].number != 0;
        open += h->host_tickets[i].number != 0 && h->host_tickets[i].state < HT_SUCCEEDED;
    }
    for (uint32_t f = 0; f < HT_FILES; f++) {
        if (!ring_valid(&s->files[f]))
            return false;
    }
    return used == s->by.n && open == s->open && used == h->budget.used[POOL_host_tickets] && index_valid(&s->by);
}

/* ---- policy ---- */

bool policy_valid(const struct hive *h)
{
    const struct policy_state *s = &h->policy;
    uint64_t bytes = 0;
    for (uint32_t at = 0; at < s->by.n; at++) {
        const struct action *a = &h->actions[index_slot(&s->by, 0, at)];
        bytes += a->consumed ? 0 : a->id.n + strlen(a->want.target) + 32u * a->want.bound;
        if (!a->seq || a->seq > s->seq || a->consumed > s->consumed)
            return false;
    }
    return index_valid(&s->by) && bytes == s->bytes && s->by.n == h->budget.used[POOL_actions] &&
           s->force < 3 && s->kept < 3;
}

/* ---- journal and replay ---- */

/* Each entry that can be replayed begins where it is said to, the newest one ends at the journal's end, and the head is its
 * digest. */
static bool newest_is_head(const struct hive *h)
{
    const struct journal_state *j = &h->journal;
    uint8_t line[JOURNAL_ENTRY_BYTES], digest[HASH_BYTES] = {0};
    uint64_t at = ring_newest(&j->entries, 1);
    size_t n = ring_read(&j->entries, at, line, sizeof line);
    if (n)
        sha256(bytes_of(line, n - 1), digest);
    return memcmp(digest, j->head, sizeof digest) == 0 && (n == 0 || (line[n - 1] == '\n' && journal_start(h, j->seq) == at));
}

bool journal_valid(const struct hive *h)
{
    const struct journal_state *j = &h->journal;
    uint64_t kept = j->seq - j->entries.dropped;
    if (!ring_valid(&j->entries) || !ring_valid(&j->decisions) || j->seq < j->entries.dropped ||
        j->decided < j->decisions.dropped || (kept == 0) != (j->entries.used == 0) ||
        h->budget.used[POOL_journal] != j->entries.used || h->budget.used[POOL_decisions] != j->decisions.used)
        return false;
    for (uint64_t seq = j->seq; seq && j->seq - seq < kept && j->seq - seq + 1 < COH_POOL_JOURNAL_STARTS_COUNT; seq--) {
        if (journal_start(h, seq) < j->entries.oldest || journal_start(h, seq) >= journal_start(h, seq + 1))
            return false;
    }
    return newest_is_head(h);
}

bool replay_valid(const struct hive *h)
{
    const struct replay_state *r = &h->replay;
    return !r->runs && r->entries <= COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES &&
           r->at <= r->end && r->end <= h->journal.entries.next && (r->ended || !r->detail);
}

/* ---- updates and models ---- */

bool cas_valid(const struct hive *h)
{
    uint32_t missing[CAS_EPOCHS] = {0}, epochs = 0, kept = 0;
    for (uint32_t i = 0; i < h->cas.by.n; i++) {
        const struct cas_chunk *c = &h->cas_chunks[index_slot(&h->cas.by, 0, i)];
        if (!c->epochs || c->epochs >> CAS_EPOCHS || c->have > CAS_CHUNK_BYTES)
            return false;
        for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++)
            missing[slot] += (c->epochs & 1u << slot) && !cas_whole(c);
    }
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        const struct cas_epoch *e = &h->cas.epochs[slot];
        bool staged = h->cas.stager == slot + 1;
        epochs += e->serial != 0;
        kept += e->manifest.chunks != 0;
        if (e->missing != missing[slot] || (e->serial != 0) != (e->name_n != 0) || (staged && (!e->serial || e->manifest.chunks)) ||
            (e->manifest_bytes && !staged && !e->manifest.chunks))
            return false;
    }
    return epochs == h->cas.names.n && epochs == h->budget.used[POOL_cas_manifests] && index_valid(&h->cas.names) && kept <= CAS_KEPT && h->cas.by.n == h->budget.used[POOL_cas_chunks] &&
           index_valid(&h->cas.by);
}

bool models_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t slot = 0; slot < COH_POOL_MODELS_COUNT; slot++) {
        const struct model *m = &h->models[slot];
        used += m->serial != 0;
        if (m->have[MODEL_WEIGHTS] > MODEL_WEIGHTS_BYTES || m->have[MODEL_SCHEMA] > MODEL_SCHEMA_BYTES ||
            m->have[MODEL_SIGNATURE] > ED25519_SIGNATURE_BYTES)
            return false;
    }
    return used == h->models_state.by.n && used == h->budget.used[POOL_models] && index_valid(&h->models_state.by);
}

/* ---- sidecars ---- */

static bool bus_valid(const struct sidecar *s, const struct coh_sidecar *a)
{
    uint64_t newlines = 0, before = 0;
    for (uint64_t i = 0; i < s->spool.n; i++) {
        if (s->spool.p[i] != '\n')
            continue;
        if (i == before)
            return false;
        newlines++;
        before = i + 1u;
    }
    return before == s->spool.n && !s->spool.cut && newlines == s->entries && s->entries <= a->spool_max_entries &&
           s->spool.n - s->entries <= a->spool_max_bytes && s->spool.cap == a->spool_max_bytes + a->spool_max_entries &&
           s->files[SIDECAR_TELEMETRY].cap >= a->spool_max_bytes + 3u * a->spool_max_entries;
}

/* In each window that ends with a part, no more was sent than the duty cycle allows. */
static bool lora_valid(const struct sidecar *s, const struct coh_sidecar *a)
{
    for (uint32_t i = 0; i <= LORA_PARTS; i++) {
        uint64_t sum = 0, last = s->parts[i].number;
        for (uint32_t k = 0; k <= LORA_PARTS; k++)
            sum += s->parts[k].number <= last && last - s->parts[k].number <= LORA_PARTS ? s->parts[k].air_ms : 0;
        if (sum * 100u > (uint64_t)a->window_ms * a->duty_cycle_percent || (last && last % (LORA_PARTS + 1u) != i))
            return false;
    }
    return s->entries - s->files[SIDECAR_TAMPER].dropped <= a->tamper_log_max_entries;
}

bool sidecars_valid(const struct hive *h)
{
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        const struct sidecar *s = &h->sidecars[i];
        const struct coh_sidecar *a = &coh_sidecars[i];
        if (s->worker > h->workers_state.last_number)
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (s->worker && h->sidecars[k].worker == s->worker)
                return false;
        }
        for (uint32_t f = 0; f < SIDECAR_FILES; f++) {
            if (a->ring_bytes[f] && (!ring_valid(&s->files[f]) || s->files[f].cap != a->ring_bytes[f]))
                return false;
        }
        if (a->kind == SIDECAR_LORA ? !lora_valid(s, a) : !bus_valid(s, a))
            return false;
    }
    return h->budget.used[POOL_sidecars] == coh_sidecars_count &&
           (!coh_sidecars_count || h->budget.used[POOL_sidecar_bytes] == COH_POOL_SIDECAR_BYTES_ELEM);
}
