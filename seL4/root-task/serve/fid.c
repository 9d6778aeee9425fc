/* The fid table; see fid.h. A connection's slots lie side by side; a number's own slot is looked at first, so that clients
 * that count their fids up are found at once. */
#include "serve/fid.h"

#include "base/assert.h"
#include "serve/link.h"

#define SLOTS COH_SECURE9P_FIDS_PER_SESSION

_Static_assert(COH_POOL_FIDS_COUNT == COH_POOL_CONNS_COUNT * SLOTS, "fids for every connection");

struct fid *fids_of(struct hive *h, const struct conn *c) { return &h->fids[(size_t)(c - h->conns) * SLOTS]; }

struct fid *fid_find(struct hive *h, const struct conn *c, uint32_t number)
{
    uint32_t home = number % SLOTS;
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct fid *f = &fids_of(h, c)[(home + i) % SLOTS];
        if (f->state != FID_FREE && f->number == number)
            return f;
    }
    return NULL;
}

struct fid *fid_new(struct hive *h, struct conn *c, uint32_t number, uint32_t session)
{
    struct fid *slots = fids_of(h, c), *f = &slots[number % SLOTS];
    if (c->p9.fids == SLOTS)
        return NULL;
    while (f->state != FID_FREE)
        f = f + 1 < slots + SLOTS ? f + 1 : slots;
    *f = (struct fid){.number = number, .session = session, .state = FID_PATH};
    c->p9.fids++;
    budget_take(h, POOL_fids);
    if (session != SESSION_NONE)
        h->sessions[session].fids++;
    return f;
}

/* Another session of this connection, for what concerns no fid. */
static uint32_t other_session(struct hive *h, const struct conn *c)
{
    for (const struct fid *f = fids_of(h, c), *end = f + SLOTS; f < end; f++)
        if (f->state >= FID_PATH)
            return f->session;
    return SESSION_NONE;
}

static void leave_session(struct hive *h, struct conn *c, uint32_t session)
{
    if (--h->sessions[session].fids)
        return;
    session_release(h, session);
    if (c->p9.session == session)
        c->p9.session = other_session(h, c);
    if (c->p9.session == SESSION_NONE)
        link_unknown(h, c);
}

void fid_free(struct hive *h, struct conn *c, struct fid *f)
{
    COH_ASSERT(f->state != FID_FREE);
    uint32_t session = f->session;
    memset(f, 0, sizeof *f);
    c->p9.fids--;
    budget_give(h, POOL_fids);
    if (session != SESSION_NONE)
        leave_session(h, c, session);
}

void fid_free_all(struct hive *h, struct conn *c)
{
    for (struct fid *f = fids_of(h, c), *end = f + SLOTS; f < end; f++)
        if (f->state != FID_FREE)
            fid_free(h, c, f);
}

uint64_t fid_base(struct hive *h, const struct conn *c, const struct fid *f, uint64_t oldest)
{
    uint64_t base = f->state == FID_OPEN ? f->base : oldest;
    for (const struct fid *g = fids_of(h, c), *end = g + SLOTS; f->state != FID_OPEN && g < end; g++)
        if (g->state == FID_OPEN && g->session == f->session && g->base < base && ns_same(&g->ref, &f->ref))
            base = g->base;
    return base;
}

/* Each session is one console connection's, or has as many fids as it counts, all of one connection. */
static bool sessions_held(const struct hive *h, const uint32_t *fids)
{
    uint32_t console = 0, held = 0;
    for (uint32_t k = 0; k < COH_POOL_CONNS_COUNT; k++)
        console += h->conns[k].open && h->conns[k].session != SESSION_NONE;
    for (uint32_t i = 0; i < COH_POOL_SESSIONS_COUNT; i++) {
        if (h->sessions[i].fids != fids[i])
            return false;
        held += fids[i] != 0;
    }
    return console + held == h->budget.used[POOL_sessions];
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
    return all == h->budget.used[POOL_fids] && sessions_held(h, held);
}
