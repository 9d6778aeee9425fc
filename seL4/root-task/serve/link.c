/* Accepting, telling protocols apart, deadlines, closing; see link.h. */
#include "serve/link.h"

#include "base/assert.h"
#include "serve/access.h"
#include "serve/console.h"
#include "serve/p9_server.h"
#include "serve/reply.h"
#include "wire/p9.h"

/* As much of a first frame as tells a Tversion from a line: size, type 100, tag 0xFFFF. */
#define SNIFF_BYTES P9_HEADER_BYTES

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
    if (c->protocol == PROTOCOL_P9)
        p9_drain(h, c);
    else if (c->session != SESSION_NONE)
        session_drain(h, c->session);
}

void link_accept(struct hive *h, struct conn *c)
{
    c->since_ms = c->last_input_ms = c->asked_ms = h->now_ms;
    c->session = c->p9.session = SESSION_NONE;
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

/* Takes bytes until it is clear what the first frame is. Both sizes have the same bound, and a line can't hold 0xFF. */
static size_t sniff(struct hive *h, struct conn *c, struct bytes in)
{
    static const uint8_t mark[] = {P9_TVERSION, 0xff, 0xff};
    uint8_t *head = h->streams[c - h->conns];
    size_t done = 0;
    while (c->protocol == PROTOCOL_OPEN && done < in.n) {
        head[c->p9.in_n++] = in.p[done++];
        uint32_t n = c->p9.in_n;
        if (n < 4)
            continue;
        bool size = p9_size(head) >= P9_HEADER_BYTES && p9_size(head) <= CONSOLE_FRAME_MAX;
        if (!size || (n > 4 && head[n - 1] != mark[n - 5])) {
            c->protocol = PROTOCOL_CONSOLE;
            c->p9.in_n = 0;
            size_t taken = console_input(h, c, bytes_of(head, n));
            COH_ASSERT(taken == n);
        } else if (n == SNIFF_BYTES) {
            c->protocol = PROTOCOL_P9;
        }
    }
    return done;
}

size_t link_input(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = c->protocol == PROTOCOL_OPEN && !c->closing ? sniff(h, c, in) : 0;
    struct bytes rest = bytes_sub(in, done, in.n);
    if (c->closing)
        done = in.n;
    else if (c->protocol == PROTOCOL_P9)
        done += p9_input(h, c, rest);
    else if (rest.n && c->protocol == PROTOCOL_CONSOLE)
        done += console_input(h, c, rest);
    if (done)
        c->last_input_ms = h->now_ms;
    return done;
}

size_t link_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap)
{
    return c->protocol == PROTOCOL_P9 ? p9_output(h, c, out, cap) : console_output(h, c, out, cap);
}

bool link_wants_close(const struct conn *c)
{
    bool quiet = c->protocol == PROTOCOL_P9 ? c->p9.out_n == 0 : c->out_n == 0 && c->stream.from == STREAM_NONE;
    return c->open && c->closing && quiet;
}

/* An end that is no end: without a FIN, or in the middle of a frame or of its answers. */
static void record_loss(struct hive *h, const struct conn *c)
{
    bool p9 = c->protocol == PROTOCOL_P9;
    uint32_t session = p9 ? c->p9.session : c->session;
    struct ns_why why = {.detail = c->lost ? "connection-lost" : "disconnected"};
    if (c->closing || session == SESSION_NONE || !(c->lost || (p9 && (c->p9.in_n || c->p9.out_n))))
        return;
    access_refuse(h, session, "session", bytes_of(NULL, 0), COH_CLOSED, &why);
}

void link_closed(struct hive *h, struct conn *c)
{
    record_loss(h, c);
    ingest_wait(h, &c->waits, false);
    if (c->protocol == PROTOCOL_P9)
        p9_closed(h, c);
    if (c->session != SESSION_NONE)
        session_release(h, c->session);
    link_known(h, c);
}

static uint64_t patience_ends(const struct conn *c)
{
    if (c->closing || c->stranger)
        return c->since_ms + COH_CONSOLE_AUTH_TIMEOUT_MS;
    if (c->protocol == PROTOCOL_P9)
        return c->p9.out_n ? c->p9.owed_ms + COH_CONSOLE_IDLE_TIMEOUT_MS : UINT64_MAX;
    return c->last_input_ms + COH_CONSOLE_IDLE_TIMEOUT_MS;
}

uint64_t link_tick(struct hive *h, struct conn *c)
{
    if (c->kind == HIVE_SERIAL)
        return UINT64_MAX;
    uint64_t at = patience_ends(c);
    if (h->now_ms < at)
        return at;
    /* What it did not read by now it will not read: the rest of its output is dropped with it. */
    if (c->protocol == PROTOCOL_P9)
        p9_give_up(h, c);
    c->out_n = c->out_from = 0;
    c->stream.from = STREAM_NONE;
    h->cuts++;
    if (!c->closing)
        link_close(h, c);
    return UINT64_MAX;
}

bool link_valid(const struct hive *h, const struct conn *c)
{
    if (!c->open)
        return true;
    bool slot = c->session == SESSION_NONE ||
                (c->session < COH_POOL_SESSIONS_COUNT && h->sessions[c->session].state != SESSION_FREE);
    bool stranger = !c->stranger || c->session == SESSION_NONE;
    bool watched = c->kind == HIVE_SERIAL || c->closing || patience_ends(c) >= h->conn_deadline_ms;
    return slot && stranger && watched && console_valid(h, c) && p9_valid(h, c);
}
