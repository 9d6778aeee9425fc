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
