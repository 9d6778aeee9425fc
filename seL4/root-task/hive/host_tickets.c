/* Tickets by id, their states and files; see host_tickets.h. */
#include "hive/host_tickets.h"

#include "hive/control.h"
#include "hive/state.h"

#define GATE (COH_ECOSYSTEM_HOST_ENABLE && COH_ECOSYSTEM_TICKETS_ENABLE)
#define MOUNT COH_ECOSYSTEM_HOST_MOUNT_AT "/tickets"
#define SLOTS COH_POOL_HOST_TICKETS_COUNT
#define LINE_BYTES COH_ECOSYSTEM_TICKETS_MAX_LINE_BYTES

/* Orders: by id; those that are over first, the oldest of them first; by when they expire. */
enum { BY_ID, BY_OVER, BY_EXPIRY, ORDERS };
_Static_assert(COH_POOL_HOST_TICKET_ORDER_COUNT == ORDERS * SLOTS, "tools/coh-rtc PoolTable: host_tickets, host_ticket_order");

#define STATES "queued|claimed|running|succeeded|failed|expired"
#define BIT(state) (1u << (state))
/* What may follow each state; what is over is followed by nothing. */
static const uint8_t follows[HT_EXPIRED + 1] = {
    [HT_QUEUED] = BIT(HT_CLAIMED) | BIT(HT_EXPIRED),
    [HT_CLAIMED] = BIT(HT_RUNNING) | BIT(HT_FAILED) | BIT(HT_EXPIRED),
    [HT_RUNNING] = BIT(HT_SUCCEEDED) | BIT(HT_FAILED) | BIT(HT_EXPIRED),
};

/* What check found, for apply. */
struct plan {
    struct host_ticket ticket; /* of a new one: all but number */
    uint64_t epoch;
    uint32_t of; /* slot of a result's ticket */
    uint64_t state, seq;
};
_Static_assert(sizeof(struct plan) <= NS_PLAN_BYTES, "NS_PLAN_BYTES");

static bool over(const struct host_ticket *t) { return !follows[t->state]; }

static struct key ticket_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct host_ticket *t = (const struct host_ticket *)pool + slot;
    if (order == BY_ID)
        return (struct key){.a = token_bytes(&t->id)};
    return (struct key){.u = order == BY_OVER ? !over(t) : over(t) ? UINT64_MAX : t->expires_unix_ms, .v = t->number};
}

/* Slot of the ticket of that id; SLOTS: none is known. */
static uint32_t slot_of(const struct hive *h, struct bytes id)
{
    return index_slot_of(&h->host_tickets_state.by, BY_ID, (struct key){.a = id});
}

static void host_tickets_init(struct hive *h)
{
    for (uint32_t f = 0; f < HT_FILES; f++)
        ring_init(&h->host_tickets_state.files[f], h->host_ticket_lines[f], COH_POOL_HOST_TICKET_LINES_ELEM);
    index_init(&h->host_tickets_state.by, h->host_ticket_order, SLOTS, ORDERS, h->host_tickets, ticket_key,
               BUDGET(host_tickets, host_ticket_order));
}

#define ID_FIELD(key, ...) JSON_MUST(STRING, key, .token = TOKEN_BYTES, __VA_ARGS__)

/* ---- spec ---- */

static bool action_allowed(struct bytes action)
{
    for (uint32_t i = 0; i < coh_ecosystem_tickets_actions_count; i++) {
        if (bytes_is(action, coh_ecosystem_tickets_actions[i]))
            return true;
    }
    return false;
}

/* The hive's wall clock; 0: it has none. */
static uint64_t unix_ms(const struct hive *h) { return h->facts.rtc_unix_ms ? h->facts.rtc_unix_ms + h->now_ms : 0; }

/* Is it new, or one that was accepted before (why->settled)? */
static enum coh_status know(const struct hive *h, const struct host_ticket *t, struct ns_why *why)
{
    uint32_t slot = slot_of(h, token_bytes(&t->id));
    const struct host_ticket *before = &h->host_tickets[slot % SLOTS];
    if (slot == SLOTS)
        return COH_OK;
    if (!bytes_eq(token_bytes(&before->key), token_bytes(&t->key)))
        return ns_refuse(why, COH_INVALID, "id-in-use", "this id came with another idempotency_key before");
    if (memcmp(before->line, t->line, sizeof t->line) != 0)
        return ns_refuse(why, COH_INVALID, "ticket-conflict",
                         "this id and idempotency_key came in another ticket before");
    why->settled = true;
    return COH_OK;
}

static enum coh_status spec_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct plan *p = w->plan;
    struct host_ticket *t = &p->ticket;
    struct bytes action;
    struct json_field f[] = {
        JSON_MUST(STRING, "schema", .words = "host-ticket/v1"), ID_FIELD("id", .copy = &t->id),
        ID_FIELD("idempotency_key", .copy = &t->key), ID_FIELD("action", .bytes = &action),
        JSON_MUST(STRING, "target", .token = 2u * TOKEN_BYTES), JSON_MAY(OBJECT, "args"),
        JSON_MUST(UINT, "expires_unix_ms", .number = &t->expires_unix_ms), JSON_MUST(UINT, "writer_epoch", .number = &p->epoch),
        CONTROL_TOKEN("source_hive"), CONTROL_TOKEN("target_hive"), CONTROL_NUMBER("relay_hop", 0, 255),
    };
    enum coh_status s = control_line(w->line, LINE_BYTES, f, sizeof f / sizeof f[0], why);
    if (s != COH_OK)
        return s;
    if (!action_allowed(action))
        return ns_refuse(why, COH_INVALID, "action", "the action is not one of ecosystem.tickets.actions");
    sha256(w->line, t->line);
    s = know(h, t, why);
    if (s != COH_OK || why->settled)
        return s;
    if (unix_ms(h) && t->expires_unix_ms <= unix_ms(h))
        return ns_refuse(why, COH_INVALID, "expired", "expires_unix_ms is over");
    return epoch_check(h, p->epoch, why);
}

static enum coh_status spec_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return h->host_tickets_state.open < SLOTS ? COH_OK : ns_refuse(why, COH_BUSY, "host-tickets", NULL);
}

static void spec_apply(struct hive *h, const struct ns_write *w)
{
    const struct plan *p = w->plan;
    struct host_tickets_state *s = &h->host_tickets_state;
    struct bytes id = token_bytes(&p->ticket.id);
    if (slot_of(h, id) < SLOTS) {
        hive_say(h, "dedupe", TRACE_INFO, 0, "hit id=", id);
        return;
    }
    if (s->by.n == SLOTS) /* the first of this order is over, else there was no room */
        index_take(&s->by, index_slot(&s->by, BY_OVER, 0));
    struct host_ticket *t = &h->host_tickets[index_free(&s->by)];
    *t = p->ticket;
    t->number = ++s->last_number;
    s->open++;
    index_put(&s->by);
    epoch_note(h, p->epoch);
    control_keep(h, &s->files[HT_SPEC], w->line);
}

/* ---- status ---- */

/* The ticket's new state; what failed or expired is told in deadletter, too. */
static void become(struct hive *h, uint32_t slot, enum host_ticket_state state, uint64_t seq, const char *detail)
{
    static const char *const names[] = {"queued", "claimed", "running", "succeeded", "failed", "expired"};
    struct host_tickets_state *s = &h->host_tickets_state;
    struct host_ticket *t = &h->host_tickets[slot];
    index_take(&s->by, slot);
    t->state = (uint8_t)state;
    t->seq = seq;
    index_put(&s->by);
    s->open -= over(t);
    hive_say(h, "ticket", TRACE_INFO, 0, "id=", token_bytes(&t->id), " state=", names[state], " seq=", seq);
    if (state == HT_FAILED || state == HT_EXPIRED)
        control_say(h, &s->files[HT_DEADLETTER], "{\"id\":\"", token_bytes(&t->id), "\",\"state\":\"", names[state],
                    "\",\"seq\":", seq, ",\"detail\":\"", detail, "\"}");
}

static enum coh_status status_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct plan *p = w->plan;
    struct bytes id;
    struct json_field f[] = {
        JSON_MUST(STRING, "schema", .words = "host-ticket-result/v1"), ID_FIELD("id", .bytes = &id),
        JSON_MUST(STRING, "state", .words = STATES, .number = &p->state), JSON_MUST(STRING, "detail"),
        JSON_MUST(UINT, "seq", .most = UINT64_MAX - 1u, .number = &p->seq), /* one is left for `expired` */
    };
    enum coh_status s = control_line(w->line, LINE_BYTES, f, sizeof f / sizeof f[0], why);
    if (s != COH_OK)
        return s;
    p->of = slot_of(h, id);
    if (p->of == SLOTS)
        return ns_refuse(why, COH_INVALID, "unknown-ticket", "no ticket of that id is known");
    const struct host_ticket *t = &h->host_tickets[p->of];
    if (!(follows[t->state] & BIT(p->state)))
        return ns_refuse(why, COH_INVALID, "invalid-transition",
                         "queued, claimed, running, then succeeded, failed or expired");
    bool stale = p->seq <= t->seq;
    return stale ? ns_refuse(why, COH_INVALID, "stale-seq", "seq grows with each result of a ticket") : COH_OK;
}

static void status_apply(struct hive *h, const struct ns_write *w)
{
    const struct plan *p = w->plan;
    become(h, p->of, (enum host_ticket_state)p->state, p->seq, "see status");
}

static void expire(struct hive *h, uint32_t slot)
{
    const struct host_ticket *t = &h->host_tickets[slot];
    control_say(h, &h->host_tickets_state.files[HT_STATUS], "{\"schema\":\"host-ticket-result/v1\",\"id\":\"",
                token_bytes(&t->id), "\",\"state\":\"expired\",\"seq\":", t->seq + 1u, ",\"detail\":\"expires_unix_ms\"}");
    become(h, slot, HT_EXPIRED, t->seq + 1u, "expires_unix_ms");
}

/* Tickets whose time is over expire. */
static uint64_t host_tickets_tick(struct hive *h)
{
    uint64_t now = unix_ms(h), next = UINT64_MAX;
    for (uint32_t slot; now && (slot = index_due(&h->host_tickets_state.by, BY_EXPIRY, now, &next)) < SLOTS;)
        expire(h, slot);
    return next < UINT64_MAX ? time_later(h->now_ms, next - now, 1) : next;
}

/* ---- deadletter: executors and relays add what the hive can't know ---- */

static enum coh_status deadletter_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct json_field f[] = {ID_FIELD("id"), JSON_MUST(STRING, "reason"), JSON_MAY(OBJECT, "ticket")};
    return control_line(w->line, LINE_BYTES, f, sizeof f / sizeof f[0], why);
}

#define FILE_OPS(word, file, ...)                                                                                      \
    .mode = NS_APPEND, .control = true, .gate = GATE,                                                                  \
    .ops = NS_OPS(NS_RING(host_tickets_state.files[file]), .check = word##_check, __VA_ARGS__)
static const struct ns_pattern patterns[] = {
    {.path = MOUNT "/spec", .keeps = true, FILE_OPS(spec, HT_SPEC, .room = spec_room, .apply = spec_apply)},
    {.path = MOUNT "/status", .unjournaled = true, FILE_OPS(status, HT_STATUS, .apply = status_apply)},
    {.path = MOUNT "/deadletter", .unjournaled = true, FILE_OPS(deadletter, HT_DEADLETTER)},
};
const struct ns_table host_tickets_nodes = {NS_PATTERNS(patterns), .init = host_tickets_init, .tick = host_tickets_tick};
