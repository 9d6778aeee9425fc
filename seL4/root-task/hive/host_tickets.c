/* Tickets by id, their states and files; see host_tickets.h. */
#include "hive/host_tickets.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/order.h"
#include "hive/state.h"

#define GATE (COH_ECOSYSTEM_HOST_ENABLE && COH_ECOSYSTEM_TICKETS_ENABLE)
#define MOUNT COH_ECOSYSTEM_HOST_MOUNT_AT "/tickets"
#define SLOTS COH_POOL_HOST_TICKETS_COUNT
#define LINE_BYTES COH_ECOSYSTEM_TICKETS_MAX_LINE_BYTES

_Static_assert(sizeof(struct host_ticket) == COH_POOL_HOST_TICKETS_ELEM, "tools/coh-rtc PoolTable: host_tickets");

#define STATES "queued|claimed|running|succeeded|failed|expired"
#define BIT(state) (1u << (state))
/* What may follow each state; what is over is followed by nothing. */
static const uint8_t follows[] = {
    [HT_QUEUED] = BIT(HT_CLAIMED) | BIT(HT_EXPIRED),
    [HT_CLAIMED] = BIT(HT_RUNNING) | BIT(HT_FAILED) | BIT(HT_EXPIRED),
    [HT_RUNNING] = BIT(HT_SUCCEEDED) | BIT(HT_FAILED) | BIT(HT_EXPIRED),
    [HT_SUCCEEDED] = 0,
    [HT_FAILED] = 0,
    [HT_EXPIRED] = 0,
};

/* What check found, for apply. */
struct plan {
    struct host_ticket ticket; /* of a new one: all but number */
    uint64_t epoch;
    struct host_ticket *of; /* of a result */
    uint64_t seq;
    uint8_t state;
};
_Static_assert(sizeof(struct plan) <= NS_PLAN_BYTES, "NS_PLAN_BYTES");

struct wanted {
    const struct hive *h;
    struct bytes id;
};

static struct bytes id_of(const struct host_ticket *t) { return bytes_of(t->id, t->id_n); }

static int compare(const void *ctx, uint16_t slot)
{
    const struct wanted *w = ctx;
    return bytes_cmp(id_of(&w->h->host_tickets[slot]), w->id);
}

static uint32_t place_of(const struct hive *h, struct bytes id, bool *found)
{
    struct wanted w = {h, id};
    return order_find(h->host_ticket_order, h->host_tickets_state.count, compare, &w, found);
}

static const struct host_ticket *ticket_named(const struct hive *h, struct bytes id)
{
    bool found;
    uint32_t at = place_of(h, id, &found);
    return found ? &h->host_tickets[h->host_ticket_order[at]] : NULL;
}

static bool over(const struct host_ticket *t) { return !follows[t->state]; }

void host_tickets_init(struct hive *h)
{
    for (uint32_t f = 0; f < HT_FILES; f++)
        ring_init(&h->host_tickets_state.files[f], h->host_ticket_lines[f], COH_POOL_HOST_TICKET_LINES_ELEM);
    h->host_tickets_state.next_expiry_ms = UINT64_MAX;
}

static enum coh_status invalid(struct ns_why *why, const char *detail, const char *error)
{
    why->detail = detail;
    why->error = error;
    return COH_INVALID;
}

static enum coh_status bad_fields(struct ns_why *why)
{
    return invalid(why, "invalid-fields", "unknown, missing, duplicate or ill-typed field");
}

/* One JSON object of at most LINE_BYTES, with these fields. */
static enum coh_status parse(struct bytes line, struct json_field *f, size_t n, struct ns_why *why)
{
    struct json_value v;
    if (line.n > LINE_BYTES)
        return COH_TOO_BIG;
    if (!json_parse(line, &v) || v.type != JSON_OBJECT)
        return invalid(why, "invalid-json", "a line is one JSON object");
    return json_object(&v, f, n) ? COH_OK : bad_fields(why);
}

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
    const struct host_ticket *before = ticket_named(h, id_of(t));
    if (!before)
        return COH_OK;
    if (!bytes_eq(bytes_of(before->key, before->key_n), bytes_of(t->key, t->key_n)))
        return invalid(why, "id-in-use", "this id came with another idempotency_key before");
    if (memcmp(before->line, t->line, sizeof t->line) != 0)
        return invalid(why, "ticket-conflict", "this id and idempotency_key came in another ticket before");
    why->settled = true;
    return COH_OK;
}

static enum coh_status spec_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                  struct ns_why *why)
{
    enum { F_SCHEMA, F_ID, F_KEY, F_ACTION, F_TARGET, F_ARGS, F_EXPIRES, F_EPOCH, F_SOURCE, F_TO, F_HOP, F_COUNT };
    struct json_field f[F_COUNT] = {
        [F_SCHEMA] = {.name = "schema", .type = JSON_STRING, .required = true, .words = "host-ticket/v1"},
        [F_ID] = {.name = "id", .type = JSON_STRING, .required = true, .token = HOST_TICKET_TEXT_BYTES},
        [F_KEY] = {.name = "idempotency_key", .type = JSON_STRING, .required = true, .token = HOST_TICKET_TEXT_BYTES},
        [F_ACTION] = {.name = "action", .type = JSON_STRING, .required = true, .token = HOST_TICKET_TEXT_BYTES},
        [F_TARGET] = {.name = "target", .type = JSON_STRING, .required = true, .token = 2u * HOST_TICKET_TEXT_BYTES},
        [F_ARGS] = {.name = "args", .type = JSON_OBJECT},
        [F_EXPIRES] = {.name = "expires_unix_ms", .type = JSON_UINT, .required = true},
        [F_EPOCH] = {.name = "writer_epoch", .type = JSON_UINT, .required = true},
        [F_SOURCE] = {.name = "source_hive", .type = JSON_STRING, .token = HOST_TICKET_TEXT_BYTES},
        [F_TO] = {.name = "target_hive", .type = JSON_STRING, .token = HOST_TICKET_TEXT_BYTES},
        [F_HOP] = {.name = "relay_hop", .type = JSON_UINT, .most = 255},
    };
    struct plan *p = w->plan;
    struct host_ticket *t = &p->ticket;
    memset(p, 0, sizeof *p);
    enum coh_status s = parse(w->line, f, F_COUNT, why);
    if (s != COH_OK)
        return s;
    if (!action_allowed(f[F_ACTION].value.text))
        return invalid(why, "action", "the action is not one of ecosystem.tickets.actions");
    p->epoch = f[F_EPOCH].value.u;
    t->expires_unix_ms = f[F_EXPIRES].value.u;
    t->id_n = (uint8_t)f[F_ID].value.text.n;
    t->key_n = (uint8_t)f[F_KEY].value.text.n;
    memcpy(t->id, f[F_ID].value.text.p, t->id_n);
    memcpy(t->key, f[F_KEY].value.text.p, t->key_n);
    sha256(w->line, t->line);
    s = know(h, t, why);
    if (s != COH_OK || why->settled)
        return s;
    if (unix_ms(h) && t->expires_unix_ms <= unix_ms(h))
        return invalid(why, "expired", "expires_unix_ms is over");
    return epoch_check(h, p->epoch, why);
}

static enum coh_status spec_room(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                 struct ns_why *why)
{
    if (h->host_tickets_state.open < SLOTS)
        return COH_OK;
    why->detail = "host-tickets";
    return COH_BUSY;
}

/* A free slot, else that of the oldest ticket that is over; there is one. */
static uint32_t take_slot(struct hive *h)
{
    struct host_tickets_state *s = &h->host_tickets_state;
    uint32_t slot = SLOTS;
    for (uint32_t i = 0; i < SLOTS; i++) {
        const struct host_ticket *t = &h->host_tickets[i];
        if (over(t) || !t->number)
            slot = slot == SLOTS || t->number < h->host_tickets[slot].number ? i : slot;
    }
    COH_ASSERT(slot < SLOTS);
    if (h->host_tickets[slot].number) {
        bool found;
        order_remove(h->host_ticket_order, &s->count, place_of(h, id_of(&h->host_tickets[slot]), &found));
    }
    return slot;
}

static void note_expiry(struct hive *h, const struct host_ticket *t)
{
    uint64_t now = unix_ms(h);
    if (!now)
        return;
    uint64_t in = t->expires_unix_ms > now ? t->expires_unix_ms - now : 0;
    uint64_t at = in < UINT64_MAX - h->now_ms ? h->now_ms + in : UINT64_MAX;
    if (at < h->host_tickets_state.next_expiry_ms)
        h->host_tickets_state.next_expiry_ms = at;
}

static void spec_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    const struct plan *p = w->plan;
    struct host_tickets_state *s = &h->host_tickets_state;
    bool found;
    place_of(h, id_of(&p->ticket), &found);
    if (found) {
        hive_say(h, "dedupe", TRACE_INFO, 0, "hit id=", id_of(&p->ticket));
        return;
    }
    uint32_t slot = take_slot(h);
    struct host_ticket *t = &h->host_tickets[slot];
    *t = p->ticket;
    t->number = ++s->last_number;
    s->open++;
    order_insert(h->host_ticket_order, &s->count, place_of(h, id_of(t), &found), slot);
    epoch_note(h, p->epoch);
    note_expiry(h, t);
    control_keep(h, &s->files[HT_SPEC], w->line);
    budget_level(h, POOL_host_tickets, s->count);
}

/* ---- status ---- */

/* The ticket's new state; what failed or expired is told in deadletter, too. */
static void become(struct hive *h, struct host_ticket *t, enum host_ticket_state state, uint64_t seq, const char *detail)
{
    static const char *const names[] = {"queued", "claimed", "running", "succeeded", "failed", "expired"};
    struct host_tickets_state *s = &h->host_tickets_state;
    BUF(line, 256);
    t->state = (uint8_t)state;
    t->seq = seq;
    s->open -= over(t);
    hive_say(h, "ticket", TRACE_INFO, 0, "id=", id_of(t), " state=", names[state], " seq=", seq);
    if (state != HT_FAILED && state != HT_EXPIRED)
        return;
    buf_say(&line, "{\"id\":\"", id_of(t), "\",\"state\":\"", names[state], "\",\"seq\":", seq, ",\"detail\":\"", detail, "\"}");
    control_keep(h, &s->files[HT_DEADLETTER], buf_bytes(&line));
}

static enum coh_status status_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                    struct ns_why *why)
{
    enum { F_SCHEMA, F_ID, F_STATE, F_SEQ, F_DETAIL, F_COUNT };
    struct json_field f[F_COUNT] = {
        [F_SCHEMA] = {.name = "schema", .type = JSON_STRING, .required = true, .words = "host-ticket-result/v1"},
        [F_ID] = {.name = "id", .type = JSON_STRING, .required = true, .token = HOST_TICKET_TEXT_BYTES},
        [F_STATE] = {.name = "state", .type = JSON_STRING, .required = true, .words = STATES},
        [F_SEQ] = {.name = "seq", .type = JSON_UINT, .required = true, .most = UINT64_MAX - 1u}, /* one is left for `expired` */
        [F_DETAIL] = {.name = "detail", .type = JSON_STRING, .required = true},
    };
    struct plan *p = w->plan;
    memset(p, 0, sizeof *p);
    enum coh_status s = parse(w->line, f, F_COUNT, why);
    if (s != COH_OK)
        return s;
    const struct host_ticket *t = ticket_named(h, f[F_ID].value.text);
    if (!t)
        return invalid(why, "unknown-ticket", "no ticket of that id is known");
    p->of = (struct host_ticket *)(uintptr_t)t;
    p->state = (uint8_t)f[F_STATE].value.u;
    p->seq = f[F_SEQ].value.u;
    if (!(follows[t->state] & BIT(p->state)))
        return invalid(why, "invalid-transition", "queued, claimed, running, then succeeded, failed or expired");
    return p->seq > t->seq ? COH_OK : invalid(why, "stale-seq", "seq grows with each result of a ticket");
}

static void status_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    const struct plan *p = w->plan;
    control_keep(h, &h->host_tickets_state.files[HT_STATUS], w->line);
    become(h, p->of, (enum host_ticket_state)p->state, p->seq, "see status");
}

static void expire(struct hive *h, struct host_ticket *t)
{
    BUF(line, 256);
    buf_say(&line, "{\"schema\":\"host-ticket-result/v1\",\"id\":\"", id_of(t), "\",\"state\":\"expired\",\"seq\":", t->seq + 1u,
            ",\"detail\":\"expires_unix_ms\"}");
    control_keep(h, &h->host_tickets_state.files[HT_STATUS], buf_bytes(&line));
    become(h, t, HT_EXPIRED, t->seq + 1u, "expires_unix_ms");
}

uint64_t host_tickets_tick(struct hive *h)
{
    struct host_tickets_state *s = &h->host_tickets_state;
    if (h->now_ms < s->next_expiry_ms)
        return s->next_expiry_ms;
    s->next_expiry_ms = UINT64_MAX;
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct host_ticket *t = &h->host_tickets[i];
        if (!t->number || over(t))
            continue;
        if (t->expires_unix_ms <= unix_ms(h))
            expire(h, t);
        else
            note_expiry(h, t);
    }
    return s->next_expiry_ms;
}

/* ---- deadletter: executors and relays add what the hive can't know ---- */

static enum coh_status deadletter_check(const struct hive *h, const struct caller *who, const struct ns_write *w,
                                        struct ns_why *why)
{
    struct json_field f[] = {
        {.name = "id", .type = JSON_STRING, .required = true, .token = HOST_TICKET_TEXT_BYTES},
        {.name = "reason", .type = JSON_STRING, .required = true},
        {.name = "ticket", .type = JSON_OBJECT},
    };
    return parse(w->line, f, sizeof f / sizeof f[0], why);
}

static void deadletter_apply(struct hive *h, const struct caller *who, const struct ns_write *w)
{
    control_keep(h, &h->host_tickets_state.files[HT_DEADLETTER], w->line);
}

#define TICKET_FILE(word, file, ...)                                                                                   \
    static struct ring *word##_lines(struct hive *h, const uint64_t *arg) { return &h->host_tickets_state.files[file]; } \
    static const struct ns_ops word##_ops = {.lines = word##_lines, .check = word##_check, .apply = word##_apply, __VA_ARGS__};

TICKET_FILE(spec, HT_SPEC, .room = spec_room)
TICKET_FILE(status, HT_STATUS)
TICKET_FILE(deadletter, HT_DEADLETTER)
static const struct ns_pattern patterns[] = {
    {.path = MOUNT "/spec", .mode = NS_APPEND, .gate = GATE, .control = true, .keeps = true, .ops = &spec_ops},
    {.path = MOUNT "/status", .mode = NS_APPEND, .gate = GATE, .ops = &status_ops},
    {.path = MOUNT "/deadletter", .mode = NS_APPEND, .gate = GATE, .ops = &deadletter_ops},
};
const struct ns_table host_tickets_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
