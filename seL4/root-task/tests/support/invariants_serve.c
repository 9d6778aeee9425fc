/* The invariants of serve/'s pools: connections and fids; see invariants.h. */
#include "invariants.h"

#define SLOTS COH_SECURE9P_FIDS_PER_SESSION

/* Each session is one console connection's, or has as many fids as it counts, all of one connection. */
static bool sessions_held(const struct hive *h, const uint32_t *fids)
{
    uint32_t console = 0, held = 0;
    for (uint32_t k = 0; k < COH_POOL_CONNS_COUNT; k++)
        console += h->conns[k].open && h->conns[k].protocol != PROTOCOL_P9 && h->conns[k].session != SESSION_NONE;
    for (uint32_t i = 0; i < COH_POOL_SESSIONS_COUNT; i++) {
        if (h->sessions[i].fids != fids[i])
            return false;
        held += fids[i] != 0;
    }
    return console + held == h->budget.of[POOL_sessions].used;
}

bool fids_valid(const struct hive *h)
{
    uint32_t all = 0, held[COH_POOL_SESSIONS_COUNT] = {0}, conn[COH_POOL_SESSIONS_COUNT] = {0};
    for (uint32_t k = 0; k < COH_POOL_CONNS_COUNT; k++) {
        uint32_t used = 0;
        for (uint32_t i = 0; h->conns[k].open && i < SLOTS; i++) {
            const struct fid *f = &h->fids[(size_t)k * SLOTS + i];
            used += f->state != FID_FREE;
            if (f->state < FID_PATH)
                continue;
            if (f->session >= COH_POOL_SESSIONS_COUNT || !h->sessions[f->session].id)
                return false;
            held[f->session]++;
            if (conn[f->session] && conn[f->session] != k) /* k > 0: serial has no fids */
                return false;
            conn[f->session] = k;
        }
        if (used != h->conns[k].p9.fids)
            return false;
        all += used;
    }
    return all == h->budget.of[POOL_fids].used && sessions_held(h, held);
}

static bool console_valid(const struct conn *c)
{
    bool stream = !c->stream.on || (c->stream.pos <= c->stream.end && c->stream.have <= COH_POOL_STREAMS_ELEM);
    return stream && c->out_n <= sizeof c->out && c->in.line_n <= CONSOLE_LINE_BYTES && c->p9.fids == 0 &&
           c->p9.produced == 0;
}

/* Answers of a request in flight wait; of the window, each tag is there once, and ends no later than what was produced. */
static bool window_valid(const struct conn *c)
{
    const struct p9_request *w = c->p9.window;
    for (uint32_t i = 0; i < COH_SECURE9P_TAGS_PER_SESSION; i++) {
        if (w[i].end > c->p9.produced)
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (w[i].end > p9_taken(c) && w[k].end > p9_taken(c) && w[i].tag == w[k].tag)
                return false;
    }
    return true;
}

static bool p9_valid(const struct hive *h, const struct conn *c)
{
    const struct p9_link *p = &c->p9;
    bool session = c->session == SESSION_NONE || h->sessions[c->session].id;
    bool known = c->closing || c->stranger == (c->session == SESSION_NONE);
    return session && known && !c->stream.on && c->out_n <= p->produced && p->owed <= p->produced &&
           c->out_n <= COH_SECURE9P_MSIZE && p->in_n <= COH_SECURE9P_MSIZE && p->fids <= SLOTS && window_valid(c);
}

/* It is looked at when its peer's patience or its own ends. */
static bool watched(const struct hive *h, const struct conn *c)
{
    uint64_t ends = c->moved_ms + COH_CONSOLE_IDLE_TIMEOUT_MS;
    if (c->stranger)
        ends = c->since_ms + COH_CONSOLE_AUTH_TIMEOUT_MS;
    else if (c->protocol == PROTOCOL_P9)
        ends = c->out_n ? c->p9.owed_ms + COH_CONSOLE_IDLE_TIMEOUT_MS : UINT64_MAX;
    return c->kind == HIVE_SERIAL || c->closing || ends >= h->conn_deadline_ms;
}

bool conn_valid(const struct hive *h, const struct conn *c)
{
    if (!c->open)
        return true;
    bool slot = c->session == SESSION_NONE ||
                (c->session < COH_POOL_SESSIONS_COUNT && h->sessions[c->session].state != SESSION_FREE);
    bool stranger = !c->stranger || c->session == SESSION_NONE;
    return slot && stranger && watched(h, c) && (c->protocol == PROTOCOL_P9 ? p9_valid(h, c) : console_valid(c));
}
