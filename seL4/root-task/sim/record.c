/* Records and replays; see record.h. */
#include "sim/record.h"

#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

enum call_kind { CALL_ACCEPT, CALL_INPUT, CALL_OUTPUT, CALL_WANTS, CALL_CLOSED, CALL_LOST, CALL_FAULT, CALL_CUTS, CALL_TICK, CALL_NET,
                 CALL_CHANGE, CALL_BEAT, CALL_TASK_LOST };
static const char *const call_names[] = {"accept", "input", "output", "wants_close", "closed", "lost", "fault", "cuts", "tick", "net",
                                         "worker_change", "worker_beat", "worker_lost"};

struct call {
    enum call_kind kind;
    uint32_t step, conn;
    uint64_t now_ms;
    size_t n, data;      /* bytes offered, or the buffer's size; where they lie in the record */
    uint64_t result;     /* what it returned */
    uint64_t digest;     /* of the output, or which slot changed */
    uint64_t number;     /* of a task; its slot is conn */
    uint64_t log;        /* length of the log behind it */
    const char *reason;
};

static struct {
    struct world *w; /* whose hive is recorded; NULL: nothing is */
    struct call *calls;
    size_t calls_n, calls_cap;
    uint8_t *data;
    size_t data_n, data_cap;
    struct hive_net net;
} rec;

/* The hive's own functions, as the linker names them. */
void __real_hive_accept(struct hive *h, uint32_t conn, enum hive_kind kind, uint64_t now_ms);
size_t __real_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now_ms);
size_t __real_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now_ms);
bool __real_hive_wants_close(const struct hive *h, uint32_t conn);
void __real_hive_closed(struct hive *h, uint32_t conn, uint64_t now_ms);
void __real_hive_lost(struct hive *h, uint32_t conn, uint64_t now_ms);
void __real_hive_fault(struct hive *h, const char *reason, uint64_t now_ms);
uint64_t __real_hive_cuts(const struct hive *h);
uint64_t __real_hive_tick(struct hive *h, uint64_t now_ms);
bool __real_hive_worker_change(struct hive *h, uint32_t *slot, uint64_t *number);
void __real_hive_worker_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms);
void __real_hive_worker_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms);
bool __wrap_hive_worker_change(struct hive *h, uint32_t *slot, uint64_t *number);
void __wrap_hive_worker_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms);
void __wrap_hive_worker_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms);
void __wrap_hive_accept(struct hive *h, uint32_t conn, enum hive_kind kind, uint64_t now_ms);
size_t __wrap_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now_ms);
size_t __wrap_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now_ms);
bool __wrap_hive_wants_close(const struct hive *h, uint32_t conn);
void __wrap_hive_closed(struct hive *h, uint32_t conn, uint64_t now_ms);
void __wrap_hive_lost(struct hive *h, uint32_t conn, uint64_t now_ms);
void __wrap_hive_fault(struct hive *h, const char *reason, uint64_t now_ms);
uint64_t __wrap_hive_cuts(const struct hive *h);
uint64_t __wrap_hive_tick(struct hive *h, uint64_t now_ms);

/* ---- recording ---- */

static size_t keep(const void *p, size_t n)
{
    size_t at = rec.data_n;
    while (rec.data_cap - rec.data_n < n) {
        rec.data_cap = rec.data_cap ? rec.data_cap * 2u : 1u << 20;
        rec.data = realloc(rec.data, rec.data_cap);
        SIM_CHECK(rec.w, rec.data != NULL, "no memory for the record");
    }
    if (n)
        memcpy(rec.data + at, p, n);
    rec.data_n += n;
    return at;
}

static void add(struct call c)
{
    if (rec.calls_n == rec.calls_cap) {
        rec.calls_cap = rec.calls_cap ? rec.calls_cap * 2u : 4096u;
        rec.calls = realloc(rec.calls, rec.calls_cap * sizeof *rec.calls);
        SIM_CHECK(rec.w, rec.calls != NULL, "no memory for the record");
    }
    c.step = rec.w->step;
    rec.calls[rec.calls_n++] = c;
}

/* What the platform counts is its own, and is recorded whenever it changed. */
static bool records(const struct hive *h)
{
    if (!rec.w || rec.w->h != h)
        return false;
    if (memcmp(&h->net, &rec.net, sizeof rec.net) != 0) {
        rec.net = h->net;
        add((struct call){.kind = CALL_NET, .data = keep(&rec.net, sizeof rec.net), .log = h->log.queen.next});
    }
    return true;
}

static void done(const struct hive *h, struct call c)
{
    c.log = h->log.queen.next;
    add(c);
    gov_follow(rec.w, c.kind == CALL_TICK);
}

static uint64_t digest(const uint8_t *p, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

void __wrap_hive_accept(struct hive *h, uint32_t conn, enum hive_kind kind, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_accept(h, conn, kind, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_ACCEPT, .conn = conn, .n = (size_t)kind, .now_ms = now_ms});
}

size_t __wrap_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now_ms)
{
    bool on = records(h);
    size_t at = on ? keep(in.p, in.n) : 0, took = __real_hive_input(h, conn, in, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_INPUT, .conn = conn, .n = in.n, .data = at, .now_ms = now_ms, .result = took});
    return took;
}

size_t __wrap_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now_ms)
{
    bool on = records(h);
    size_t got = __real_hive_output(h, conn, out, cap, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_OUTPUT, .conn = conn, .n = cap, .now_ms = now_ms, .result = got, .digest = digest(out, got)});
    return got;
}

bool __wrap_hive_wants_close(const struct hive *h, uint32_t conn)
{
    bool on = records(h), wants = __real_hive_wants_close(h, conn);
    if (on)
        done(h, (struct call){.kind = CALL_WANTS, .conn = conn, .result = wants});
    return wants;
}

void __wrap_hive_closed(struct hive *h, uint32_t conn, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_closed(h, conn, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_CLOSED, .conn = conn, .now_ms = now_ms});
}

void __wrap_hive_lost(struct hive *h, uint32_t conn, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_lost(h, conn, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_LOST, .conn = conn, .now_ms = now_ms});
}

void __wrap_hive_fault(struct hive *h, const char *reason, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_fault(h, reason, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_FAULT, .reason = reason, .now_ms = now_ms});
}

uint64_t __wrap_hive_cuts(const struct hive *h)
{
    bool on = records(h);
    uint64_t cuts = __real_hive_cuts(h);
    if (on)
        done(h, (struct call){.kind = CALL_CUTS, .result = cuts});
    return cuts;
}

uint64_t __wrap_hive_tick(struct hive *h, uint64_t now_ms)
{
    bool on = records(h);
    uint64_t next = __real_hive_tick(h, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_TICK, .now_ms = now_ms, .result = next});
    return next;
}

bool __wrap_hive_worker_change(struct hive *h, uint32_t *slot, uint64_t *number)
{
    bool on = records(h), more = __real_hive_worker_change(h, slot, number);
    if (on)
        done(h, (struct call){.kind = CALL_CHANGE, .result = more ? *number + 1u : 0, .digest = more ? *slot : 0});
    return more;
}

void __wrap_hive_worker_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_worker_beat(h, slot, number, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_BEAT, .conn = slot, .number = number, .now_ms = now_ms});
}

void __wrap_hive_worker_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms)
{
    bool on = records(h);
    __real_hive_worker_lost(h, slot, number, reason, now_ms);
    if (on)
        done(h, (struct call){.kind = CALL_TASK_LOST, .conn = slot, .number = number, .reason = reason, .now_ms = now_ms});
}

void record_begin(struct world *w)
{
    rec.w = w;
    rec.calls_n = rec.data_n = 0;
    memset(&rec.net, 0, sizeof rec.net);
}

void record_free(void)
{
    free(rec.calls);
    free(rec.data);
    memset(&rec, 0, sizeof rec);
}

/* ---- replaying ---- */

static uint64_t again(struct hive *h, const struct call *c, uint64_t *out_digest)
{
    static uint8_t out[1u << 16];
    size_t got;
    uint32_t slot;
    uint64_t number;
    switch (c->kind) {
    case CALL_ACCEPT:
        __real_hive_accept(h, c->conn, (enum hive_kind)c->n, c->now_ms);
        return 0;
    case CALL_INPUT:
        return __real_hive_input(h, c->conn, bytes_of(rec.data + c->data, c->n), c->now_ms);
    case CALL_OUTPUT:
        got = __real_hive_output(h, c->conn, out, c->n < sizeof out ? c->n : sizeof out, c->now_ms);
        *out_digest = digest(out, got);
        return got;
    case CALL_WANTS:
        return __real_hive_wants_close(h, c->conn);
    case CALL_CLOSED:
        __real_hive_closed(h, c->conn, c->now_ms);
        return 0;
    case CALL_LOST:
        __real_hive_lost(h, c->conn, c->now_ms);
        return 0;
    case CALL_FAULT:
        __real_hive_fault(h, c->reason, c->now_ms);
        return 0;
    case CALL_CUTS:
        return __real_hive_cuts(h);
    case CALL_TICK:
        return __real_hive_tick(h, c->now_ms);
    case CALL_CHANGE:
        if (!__real_hive_worker_change(h, &slot, &number))
            return 0;
        *out_digest = slot;
        return number + 1u;
    case CALL_BEAT:
        __real_hive_worker_beat(h, c->conn, c->number, c->now_ms);
        return 0;
    case CALL_TASK_LOST:
        __real_hive_worker_lost(h, c->conn, c->number, c->reason, c->now_ms);
        return 0;
    case CALL_NET:
        memcpy(&h->net, rec.data + c->data, sizeof h->net);
    }
    return 0;
}

/* The log grows by the same bytes. */
static void same_log(struct world *w, const struct hive *h, const struct call *c, struct follow *f)
{
    static uint8_t text[COH_POOL_LOG_ELEM];
    const struct ring *r = &h->log.queen;
    SIM_CHECK(w, r->next == c->log, "replayed, the log is %llu bytes long instead of %llu after call `%s`", (unsigned long long)r->next,
              (unsigned long long)c->log, call_names[c->kind]);
    size_t n = (size_t)(r->next - f->pos);
    bool same = n <= sizeof text && (!n || ring_read_on(r, &f->cursor, f->pos, text, n) == n) && memcmp(text, w->log + f->pos, n) == 0;
    SIM_CHECK(w, same, "replayed, the log says `%.*s` after call `%s`", (int)(n < 100 ? n : 100), (const char *)text, call_names[c->kind]);
    f->pos = r->next;
}

/* What is kept of accepted lines and counts of refusals, as both hives ended. */
static void same_end(struct world *w, const struct hive *a, const struct hive *b)
{
    SIM_CHECK(w, memcmp(a->control_bytes, b->control_bytes, sizeof a->control_bytes) == 0, "replayed, the control files differ");
    SIM_CHECK(w, memcmp(a->trace_bytes, b->trace_bytes, sizeof a->trace_bytes) == 0, "replayed, the trace differs");
    SIM_CHECK(w, memcmp(a->workers_state.in_shard, b->workers_state.in_shard, sizeof a->workers_state.in_shard) == 0, "replayed, other workers live");
    SIM_CHECK(w, memcmp(a->intents, b->intents, sizeof a->intents) == 0, "replayed, the intents differ");
    SIM_CHECK(w, memcmp(a->host_bytes, b->host_bytes, sizeof a->host_bytes) == 0, "replayed, /host differs");
    SIM_CHECK(w, memcmp(a->host_tickets, b->host_tickets, sizeof a->host_tickets) == 0, "replayed, the host tickets differ");
    SIM_CHECK(w, a->journal.seq == b->journal.seq && memcmp(a->journal.head, b->journal.head, sizeof a->journal.head) == 0,
              "replayed, the journal has another head");
    SIM_CHECK(w, memcmp(a->journal_bytes, b->journal_bytes, sizeof a->journal_bytes) == 0, "replayed, the journal differs");
    SIM_CHECK(w, memcmp(a->decision_bytes, b->decision_bytes, sizeof a->decision_bytes) == 0, "replayed, the decisions differ");
    SIM_CHECK(w, memcmp(a->actions, b->actions, sizeof a->actions) == 0, "replayed, the approvals differ");
    SIM_CHECK(w, memcmp(a->cas_chunks, b->cas_chunks, sizeof a->cas_chunks) == 0, "replayed, the store of updates differs");
    SIM_CHECK(w, memcmp(&a->pressure, &b->pressure, sizeof a->pressure) == 0, "replayed, the counters of refusals differ");
}

void record_replay(struct world *w)
{
    struct hive *h = w->spare;
    struct follow f = {{0, 0}, 0, false};
    uint32_t step = w->step;
    rec.w = NULL;
    memset(h, 0, hive_size());
    const char *why = hive_init(h, &w->facts);
    SIM_CHECK(w, why == NULL, "replayed, the hive does not start: %s", why);
    for (size_t i = 0; i < rec.calls_n; i++) {
        const struct call *c = &rec.calls[i];
        uint64_t out = 0, result;
        w->step = c->step;
        result = again(h, c, &out);
        bool same = result == c->result && out == c->digest;
        SIM_CHECK(w, same, "replayed, call `%s` on %u (%llu of %llu) gave %llu instead of %llu, or other bytes", call_names[c->kind], c->conn,
                  (unsigned long long)i, (unsigned long long)rec.calls_n, (unsigned long long)result, (unsigned long long)c->result);
        same_log(w, h, c, &f);
    }
    w->step = step;
    same_end(w, w->h, h);
}
