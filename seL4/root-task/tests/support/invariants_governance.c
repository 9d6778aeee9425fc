/* The invariants of governance; see invariants.c. */
#include "invariants.h"

/* Do the n slots stand in this order, each slot once, since the order is strict? */
static bool ordered(const struct hive *h, const uint16_t *slots, uint32_t n,
                    int (*compare)(const struct hive *h, uint16_t a, uint16_t b))
{
    for (uint32_t i = 1; i < n; i++) {
        if (compare(h, slots[i - 1], slots[i]) >= 0)
            return false;
    }
    return true;
}

/* ---- intents ---- */

static int by_intent(const struct hive *h, uint16_t a, uint16_t b)
{
    const struct intent *x = &h->intents[a], *y = &h->intents[b];
    int c = bytes_cmp(bytes_of(x->id, x->id_n), bytes_of(y->id, y->id_n));
    return c ? c : bytes_cmp(bytes_of(x->key, x->key_n), bytes_of(y->key, y->key_n));
}

bool intents_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < COH_POOL_INTENTS_COUNT; i++) {
        const struct intent *t = &h->intents[i];
        used += t->seq != 0;
        if (t->seq > h->intents_state.last_seq || (t->seq && (t->seq - 1u) % COH_POOL_INTENTS_COUNT != i))
            return false;
    }
    return used == h->intents_state.count && used == h->budget.used[POOL_intents] &&
           ordered(h, h->intent_order, used, by_intent);
}

/* ---- host ---- */

static int by_entry(const struct hive *h, uint16_t a, uint16_t b)
{
    const struct host_entry *x = &h->host_entries[a], *y = &h->host_entries[b];
    return x->kind != y->kind ? (int)x->kind - (int)y->kind
                              : bytes_cmp(bytes_of(x->name, x->name_n), bytes_of(y->name, y->name_n));
}

bool host_valid(const struct hive *h)
{
    for (uint32_t i = 0; i < h->host.count; i++) {
        for (uint32_t f = 0; f < HOST_FILES; f++) {
            if (!ring_valid(&h->host_entries[i].files[f]))
                return false;
        }
    }
    return h->host.count == h->budget.used[POOL_host_entries] && ordered(h, h->host_order, h->host.count, by_entry);
}

static int by_ticket(const struct hive *h, uint16_t a, uint16_t b)
{
    const struct host_ticket *x = &h->host_tickets[a], *y = &h->host_tickets[b];
    return bytes_cmp(bytes_of(x->id, x->id_n), bytes_of(y->id, y->id_n));
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
    return used == s->count && open == s->open && used == h->budget.used[POOL_host_tickets] &&
           ordered(h, h->host_ticket_order, used, by_ticket);
}

/* ---- policy ---- */

static int by_action(const struct hive *h, uint16_t a, uint16_t b)
{
    return bytes_cmp(bytes_str(h->actions[a].id), bytes_str(h->actions[b].id));
}

static int by_want(const struct hive *h, uint16_t a, uint16_t b)
{
    const struct action *x = &h->actions[a], *y = &h->actions[b];
    int c = memcmp(&x->want, &y->want, sizeof x->want);
    return c ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

bool policy_valid(const struct hive *h)
{
    const struct action_list *all = &h->action_lists[ACTIONS_BY_ID], *waiting = &h->action_lists[ACTIONS_WAITING],
                             *spare = &h->action_lists[ACTIONS_SPARE];
    uint64_t bytes = 0;
    uint32_t used = 0, queued = 0;
    for (uint32_t i = 0; i < COH_POOL_ACTIONS_COUNT; i++) {
        const struct action *a = &h->actions[i];
        bool waits = a->seq && !a->consumed;
        used += a->seq != 0;
        queued += waits;
        bytes += waits ? strlen(a->id) + strlen(a->want.target) + 32u * a->want.bound : 0;
        if (a->seq > h->policy.seq || (i < waiting->n && h->actions[waiting->slot[i]].consumed) ||
            (i < spare->n && h->actions[spare->slot[i]].seq && !h->actions[spare->slot[i]].consumed))
            return false;
    }
    return used == all->n && queued == waiting->n && waiting->n + spare->n == COH_POOL_ACTIONS_COUNT &&
           bytes == h->policy.bytes && used == h->budget.used[POOL_actions] && ordered(h, all->slot, all->n, by_action) &&
           ordered(h, waiting->slot, waiting->n, by_want) && h->policy.force < 3 && h->policy.kept < 3;
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
    return !r->runs && r->outcome <= REPLAY_ERR && r->entries <= COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES &&
           r->last <= h->journal.seq && (r->outcome != REPLAY_ERR || r->detail);
}

/* ---- updates and models ---- */

static int by_digest(const struct hive *h, uint16_t a, uint16_t b)
{
    return memcmp(h->cas_chunks[a].digest, h->cas_chunks[b].digest, HASH_BYTES);
}

bool cas_valid(const struct hive *h)
{
    uint32_t missing[CAS_EPOCHS] = {0}, epochs = 0;
    for (uint32_t i = 0; i < h->cas.chunks; i++) {
        const struct cas_chunk *c = &h->cas_chunks[h->cas_order[i]];
        if (!c->epochs || c->epochs >> CAS_EPOCHS || c->have > CAS_CHUNK_BYTES)
            return false;
        for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++)
            missing[slot] += (c->epochs & 1u << slot) && !cas_whole(c);
    }
    for (uint32_t slot = 0; slot < CAS_EPOCHS; slot++) {
        const struct cas_epoch *e = &h->cas.epochs[slot];
        bool staged = h->cas.stager == slot + 1;
        epochs += e->serial != 0;
        if (e->missing != missing[slot] || (e->state == CAS_READY) != (e->manifest.chunks && !e->missing) ||
            (staged && (!e->serial || e->manifest.chunks || e->state != CAS_RECEIVING)) ||
            (e->manifest_bytes && !staged && !e->manifest.chunks))
            return false;
    }
    return epochs == h->budget.used[POOL_cas_manifests] && h->cas.chunks == h->budget.used[POOL_cas_chunks] &&
           ordered(h, h->cas_order, h->cas.chunks, by_digest);
}

bool models_valid(const struct hive *h)
{
    uint32_t used = 0;
    for (uint32_t slot = 0; slot < COH_POOL_MODELS_COUNT; slot++) {
        const struct model *m = &h->models[slot];
        used += m->serial != 0;
        if (m->have[MODEL_WEIGHTS] > MODEL_WEIGHTS_BYTES || m->have[MODEL_SCHEMA] > MODEL_SCHEMA_BYTES ||
            m->have[MODEL_SIGNATURE] > ED25519_SIGNATURE_BYTES ||
            (m->serial && (m->have[MODEL_SIGNATURE] == ED25519_SIGNATURE_BYTES) != (m->committed != 0)))
            return false;
    }
    return used == h->budget.used[POOL_models];
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
