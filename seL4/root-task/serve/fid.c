/* The fid table; see fid.h. A connection's slots lie side by side; a number's own slot is looked at first, so that clients
 * that count their fids up are found at once. */
#include "serve/fid.h"

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
    COH_ASSERT(c->p9.fids < SLOTS);
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
    if (c->session == session)
        c->session = other_session(h, c);
    if (c->session == SESSION_NONE)
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
