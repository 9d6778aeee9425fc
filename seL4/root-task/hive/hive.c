/* The authority's face: joins the subsystems and the servers. To add a subsystem is to add its pair and its name
 * in HIVE_SUBSYSTEMS (state.h). */
#include "hive/hive.h"

#include "hive/state.h"
#include "serve/link.h"

_Static_assert(sizeof(((struct hive *)0)->core) == offsetof(struct hive, order), "the state fits: tools/coh-rtc PoolTable: core");
_Static_assert(COH_POOL_STREAMS_COUNT == COH_POOL_CONNS_COUNT, "one snapshot a connection");
_Static_assert(COH_POOL_RINGS_COUNT == COH_POOL_WORKERS_COUNT, "one ring a worker");
_Static_assert(COH_POOL_ORDER_COUNT == COH_POOL_WORKERS_COUNT, "one place in the order a worker");
_Static_assert(COH_POOL_CONTROL_COUNT == CONTROL_COUNT, "one ring a control file");

size_t hive_size(void) { return sizeof(struct hive); }

#define NODES_OF(name) &name##_nodes,
static const struct ns_table *const subsystems[] = {HIVE_SUBSYSTEMS(NODES_OF)};
#define SUBSYSTEMS (sizeof subsystems / sizeof subsystems[0])

const char *hive_init(struct hive *h, const struct hive_facts *facts)
{
    h->facts = *facts;
    h->conn_deadline_ms = UINT64_MAX;
    h->throttle = (struct throttle){.slots = h->throttle_slots, .count = COH_POOL_THROTTLE_COUNT};
    for (size_t i = 0; i < SUBSYSTEMS; i++) {
        if (subsystems[i]->init)
            subsystems[i]->init(h);
    }
    ns_tree_build(&h->tree, subsystems, SUBSYSTEMS);
    const char *why = attest_init(h);
    if (!why)
        why = tickets_init(h, h->facts.provision);
    if (why)
        return why;
    for (struct bytes lines = facts->boot_lines; lines.n;)
        hive_kmesg(h, bytes_split(&lines, '\n'));
    trace(h, TRACE_INFO, TRACE_BOOT, 0, bytes_str("ready manifest=" COH_MANIFEST_SHA256));
    lifecycle_init(h);
    return NULL;
}

struct bytes hive_provision(const struct hive *h) { return h->facts.provision; }

struct hive_net *hive_net(struct hive *h) { return &h->net; }

static struct conn *open_conn(struct hive *h, uint32_t conn)
{
    COH_ASSERT(conn < COH_POOL_CONNS_COUNT && h->conns[conn].open);
    return &h->conns[conn];
}

/* Time never runs backwards for the hive, whatever the platform's clock does. */
static void advance(struct hive *h, uint64_t now_ms)
{
    if (now_ms > h->now_ms)
        h->now_ms = now_ms;
}

void hive_accept(struct hive *h, uint32_t conn, enum hive_kind kind, uint64_t now_ms)
{
    COH_ASSERT(conn < COH_POOL_CONNS_COUNT && !h->conns[conn].open);
    advance(h, now_ms);
    struct conn *c = &h->conns[conn];
    memset(c, 0, sizeof *c);
    c->open = true;
    c->kind = (uint8_t)kind;
    budget_take(h, POOL_conns);
    budget_take(h, POOL_streams);
    if (kind == HIVE_TCP)
        budget_take(h, POOL_ports);
    link_accept(h, c);
}

size_t hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now_ms)
{
    advance(h, now_ms);
    return link_input(h, open_conn(h, conn), in);
}

size_t hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now_ms)
{
    advance(h, now_ms);
    return link_output(h, open_conn(h, conn), out, cap);
}

bool hive_wants_close(const struct hive *h, uint32_t conn)
{
    return link_wants_close(&h->conns[conn]);
}

void hive_closed(struct hive *h, uint32_t conn, uint64_t now_ms)
{
    advance(h, now_ms);
    struct conn *c = open_conn(h, conn);
    link_closed(h, c);
    if (c->kind == HIVE_TCP)
        budget_give(h, POOL_ports);
    memset(c, 0, sizeof *c);
    budget_give(h, POOL_conns);
    budget_give(h, POOL_streams);
}

void hive_lost(struct hive *h, uint32_t conn, uint64_t now_ms)
{
    open_conn(h, conn)->lost = true;
    hive_closed(h, conn, now_ms);
}

void hive_fault(struct hive *h, const char *reason, uint64_t now_ms)
{
    advance(h, now_ms);
    lifecycle_fault(h, reason);
}

uint64_t hive_worker(const struct hive *h, uint32_t slot)
{
    return slot < COH_WORKERS_MAX && h->workers[slot].role == ROLE_HEARTBEAT ? h->workers[slot].number : 0;
}

bool hive_worker_change(struct hive *h, uint32_t *slot, uint64_t *number)
{
    uint32_t *from = &h->workers_state.changed_from, *low = &h->workers_state.changed_low;
    while (*from < COH_WORKERS_MAX ? !h->workers[*from].changed : *low < COH_WORKERS_MAX) {
        if (++*from >= COH_WORKERS_MAX) {
            *from = *low;
            *low = COH_WORKERS_MAX;
        }
    }
    *slot = *from;
    *number = hive_worker(h, *slot);
    if (*slot == COH_WORKERS_MAX)
        return false;
    h->workers[(*from)++].changed = false;
    if (*number)
        h->workers[*slot].asked++;
    return true;
}

/* NULL: that worker lives there no more. */
static struct worker *worker_of(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms)
{
    advance(h, now_ms);
    return number && hive_worker(h, slot) == number ? &h->workers[slot] : NULL;
}

void hive_worker_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms)
{
    struct worker *w = worker_of(h, slot, number, now_ms);
    if (w)
        w->asked = 0;
}

void hive_worker_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms)
{
    struct worker *w = worker_of(h, slot, number, now_ms);
    if (w)
        worker_end(h, w, reason);
}

void hive_note(struct hive *h, const char *subsystem, struct bytes text, uint64_t now_ms)
{
    advance(h, now_ms);
    hive_say(h, subsystem, TRACE_WARN, 0, text);
}

uint64_t hive_cuts(const struct hive *h) { return h->cuts; }

static uint64_t tick_conns(struct hive *h)
{
    if (h->now_ms < h->conn_deadline_ms)
        return h->conn_deadline_ms;
    h->conn_deadline_ms = UINT64_MAX;
    for (uint32_t i = 0; i < COH_POOL_CONNS_COUNT; i++) {
        uint64_t at = h->conns[i].open ? link_tick(h, &h->conns[i]) : UINT64_MAX;
        if (at < h->conn_deadline_ms)
            h->conn_deadline_ms = at;
    }
    return h->conn_deadline_ms;
}

uint64_t hive_tick(struct hive *h, uint64_t now_ms)
{
    advance(h, now_ms);
    uint64_t first = tick_conns(h);
    for (size_t i = 0; i < SUBSYSTEMS; i++) {
        uint64_t at = subsystems[i]->tick ? subsystems[i]->tick(h) : UINT64_MAX;
        if (at < first)
            first = at;
    }
    return first;
}
