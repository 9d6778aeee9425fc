/* Accepting, telling protocols apart, deadlines, closing; see link.h. */
#include "serve/link.h"

#include "serve/console.h"
#include "serve/p9.h"

void link_deadline(struct hive *h, uint64_t at_ms)
{
    if (at_ms < h->conn_deadline_ms)
        h->conn_deadline_ms = at_ms;
}

void link_known(struct hive *h, struct conn *c)
{
    h->preauth -= c->stranger;
    c->stranger = false;
}

static bool as_stranger(struct hive *h, struct conn *c)
{
    if (h->preauth == COH_PREAUTH_MAX)
        return false;
    h->preauth++;
    c->stranger = true;
    c->since_ms = h->now_ms;
    link_deadline(h, h->now_ms + COH_CONSOLE_AUTH_TIMEOUT_MS);
    return true;
}

void link_unknown(struct hive *h, struct conn *c)
{
    if (!c->stranger && !c->closing && !as_stranger(h, c))
        link_close(h, c);
}

void link_close(struct hive *h, struct conn *c)
{
    c->closing = true;
    c->pending = false;
    ingest_wait(h, &c->waits, false);
    c->since_ms = h->now_ms;
    link_deadline(h, h->now_ms + COH_CONSOLE_AUTH_TIMEOUT_MS);
    for (const struct fid *f = fids_of(h, c), *end = f + COH_SECURE9P_FIDS_PER_SESSION; f < end; f++)
        if (f->state >= FID_PATH)
            session_drain(h, f->session);
    if (c->session != SESSION_NONE)
        session_drain(h, c->session);
}

void link_accept(struct hive *h, struct conn *c)
{
    c->since_ms = c->moved_ms = c->asked_ms = h->now_ms;
    c->session = SESSION_NONE;
    if (c->kind == HIVE_SERIAL) { /* whoever holds the cable needs no token, but attaches like everybody */
        c->protocol = PROTOCOL_CONSOLE;
        c->session = session_reserve(h, true);
        c->prompt = true;
        return;
    }
    if (as_stranger(h, c))
        return;
    reply_err(c, "AUTH", "busy");
    audit_stranger(h, COH_BUSY);
    link_close(h, c);
}

size_t link_input(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    if (c->protocol != PROTOCOL_P9 && in.n)
        done = console_input(h, c, in);
    if (c->protocol == PROTOCOL_P9)
        done += p9_input(h, c, bytes_sub(in, done, in.n));
    if (done)
        c->moved_ms = h->now_ms;
    return c->closing ? in.n : done;
}

size_t link_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap)
{
    bool p9 = c->protocol == PROTOCOL_P9;
    size_t done = 0;
    while (done < cap) {
        if (c->out_n == 0 && p9)
            p9_input(h, c, bytes_of(NULL, 0)); /* a frame may have waited for this room */
        else if (c->out_n == 0)
            console_produce(h, c);
        if (c->out_n == 0)
            break;
        uint8_t *from = p9 ? p9_out(h, c) : c->out;
        size_t n = bytes_sub(bytes_of(from, c->out_n), 0, cap - done).n;
        memcpy(out + done, from, n);
        c->out_n = (uint16_t)(c->out_n - n);
        memmove(from, from + n, c->out_n);
        done += n;
    }
    if (done)
        c->moved_ms = h->now_ms;
    if (p9 && p9_taken(c) >= c->p9.owed) {
        c->p9.owed_ms = h->now_ms;
        c->p9.owed = c->p9.produced;
    }
    return done;
}

bool link_wants_close(const struct conn *c) { return c->open && c->closing && c->out_n == 0 && !c->stream.on; }

/* Tells the session what became of its connection, but not when the hive itself closes it. */
static void tell(struct hive *h, const struct conn *c, const char *op, enum coh_status s, const char *detail)
{
    if (!c->closing && c->session != SESSION_NONE)
        access_refuse_session(h, c->session, op, s, detail);
}

/* In the middle of a frame, or of the answers of Secure9P: an end here is none. */
static bool midway(const struct conn *c)
{
    if (c->protocol == PROTOCOL_P9)
        return c->p9.in_n || c->out_n;
    return c->kind != HIVE_SERIAL && c->in.head_n && (!c->in.want || c->in.line_n < c->in.want);
}

void link_closed(struct hive *h, struct conn *c)
{
    if (c->lost || midway(c)) /* the first is one without a FIN */
        tell(h, c, "session", COH_CLOSED, c->lost ? "connection-lost" : "disconnected");
    ingest_wait(h, &c->waits, false);
    c->closing = true; /* its last session makes it no stranger any more */
    fid_free_all(h, c);
    if (c->session != SESSION_NONE)
        session_release(h, c->session);
    link_known(h, c);
}

static uint64_t patience_ends(const struct conn *c)
{
    if (c->closing || c->stranger)
        return c->since_ms + COH_CONSOLE_AUTH_TIMEOUT_MS;
    if (c->protocol == PROTOCOL_P9)
        return c->out_n ? c->p9.owed_ms + COH_CONSOLE_IDLE_TIMEOUT_MS : UINT64_MAX;
    return c->moved_ms + COH_CONSOLE_IDLE_TIMEOUT_MS;
}

uint64_t link_tick(struct hive *h, struct conn *c)
{
    if (c->kind == HIVE_SERIAL)
        return UINT64_MAX;
    uint64_t at = patience_ends(c);
    if (h->now_ms < at)
        return at;
    /* What it did not read by now it will not read: the rest of its output is dropped with it. */
    if (c->out_n || c->stream.on)
        tell(h, c, "answer", COH_BUSY, "unread");
    c->out_n = 0;
    c->stream.on = false;
    h->cuts++;
    if (!c->closing)
        link_close(h, c);
    return UINT64_MAX;
}
