/* Frames, window and batches of Secure9P; see p9_server.h. Requests are served one after the other, so answers keep the order
 * of requests, a flushed request has always been answered before its Rflush, and what is in flight is what the transport
 * has not taken. */
#include "serve/p9_server.h"

#include "base/assert.h"
#include "serve/link.h"
#include "serve/access.h"
#include "serve/p9_ops.h"

#define OUT_BYTES COH_SECURE9P_MSIZE
_Static_assert(COH_POOL_STREAMS_ELEM >= 2u * COH_SECURE9P_MSIZE, "a frame and the answers that wait");
_Static_assert(OUT_BYTES > P9_REPLY_MAX, "an answer without data fits");

static uint8_t *frame_of(struct hive *h, const struct conn *c) { return h->streams[c - h->conns]; }
static uint8_t *out_of(struct hive *h, const struct conn *c) { return frame_of(h, c) + COH_SECURE9P_MSIZE; }

/* Before Tversion a frame may be as long as any. */
static uint32_t msize(const struct p9_link *p) { return p->msize ? p->msize : COH_SECURE9P_MSIZE; }

/* ---- answers ---- */

/* Room behind what waits; what waits is moved to the front when that helps. */
static size_t make_room(struct hive *h, struct conn *c, size_t want)
{
    struct p9_link *p = &c->p9;
    uint8_t *out = out_of(h, c);
    if (OUT_BYTES - p->out_n < want && p->out_from) {
        memmove(out, out + p->out_from, p->out_n - p->out_from);
        p->out_n -= p->out_from;
        p->out_from = 0;
    }
    return OUT_BYTES - p->out_n;
}

static void produced(struct hive *h, struct conn *c, size_t n)
{
    struct p9_link *p = &c->p9;
    if (p->out_n == p->out_from) {
        p->owed_ms = h->now_ms;
        p->owed = p->produced + n;
        link_deadline(h, h->now_ms + COH_CONSOLE_IDLE_TIMEOUT_MS);
    }
    p->out_n += (uint32_t)n;
    p->produced += n;
    COH_ASSERT(p->out_n <= OUT_BYTES);
}

static void send(struct hive *h, struct conn *c, const struct p9_msg *r)
{
    struct buf b = buf_of(out_of(h, c) + c->p9.out_n, OUT_BYTES - c->p9.out_n);
    p9_encode(&b, r);
    COH_ASSERT(!b.cut);
    produced(h, c, b.n);
}

static const uint8_t errno_of[COH_STATUS_COUNT] = {
    [COH_PERMISSION] = 1, [COH_AUTH] = 13,   [COH_NOT_FOUND] = 2, [COH_BUSY] = 16,   [COH_QUOTA] = 122, [COH_INVALID] = 22,
    [COH_TOO_BIG] = 90,   [COH_STALE] = 116, [COH_CLOSED] = 9,    [COH_OFFLINE] = 112, [COH_RATE] = 11,
};

static void send_error(struct p9_call *call, enum coh_status s)
{
    struct p9_msg r = {.type = P9_RLERROR, .tag = call->t->tag, .u.errnum = call->errnum ? call->errnum : errno_of[s]};
    send(call->h, call->c, &r);
    p9_refuse(call, s);
}

/* ---- the window ---- */

static struct p9_request *live(struct p9_link *p, uint32_t i)
{
    return &p->window[(p->first + i) % COH_SECURE9P_TAGS_PER_SESSION];
}

static bool tag_live(struct p9_link *p, uint16_t tag)
{
    for (uint32_t i = 0; i < p->live; i++)
        if (live(p, i)->tag == tag)
            return true;
    return false;
}

/* What the transport has taken is in flight no more. */
static void retire(struct hive *h, struct p9_link *p)
{
    while (p->live && live(p, 0)->end <= p->taken) {
        p->first = (p->first + 1) % COH_SECURE9P_TAGS_PER_SESSION;
        p->live--;
        h->p9.outstanding--;
    }
}

static void forget_window(struct hive *h, struct p9_link *p)
{
    h->p9.outstanding -= p->live;
    p->live = 0;
}

/* May a request with this tag come in? Tversion ends all others, and Tflush must always get through. */
static enum coh_status admit(struct p9_call *call)
{
    struct p9_link *p = &call->c->p9;
    const struct p9_msg *t = call->t;
    if (t->type == P9_TVERSION)
        return t->tag == P9_NOTAG ? COH_OK : COH_INVALID;
    if (t->tag == P9_NOTAG || tag_live(p, t->tag))
        return p9_why(call, COH_INVALID, "tag");
    bool full = p->live == COH_SECURE9P_TAGS_PER_SESSION && t->type != P9_TFLUSH;
    return full ? p9_why(call, COH_BUSY, "window") : COH_OK;
}

static void enter_window(struct hive *h, struct p9_link *p, const struct p9_msg *t)
{
    if (t->type == P9_TVERSION || p->live == COH_SECURE9P_TAGS_PER_SESSION)
        return;
    *live(p, p->live++) = (struct p9_request){.end = p->produced, .tag = t->tag};
    h->p9.outstanding++;
}

/* ---- frames ---- */

/* Bytes that the answer may need: data is put right behind the answers that wait. */
static size_t answer_room(const struct p9_link *p, const uint8_t *frame, uint32_t n)
{
    bool data = frame[4] == P9_TREAD || frame[4] == P9_TREADDIR;
    const size_t count_at = P9_HEADER_BYTES + 4u + 8u;
    if (!data || n < count_at + 4u)
        return P9_REPLY_MAX;
    size_t most = msize(p) - P9_DATA_HEADER_BYTES, count = p9_size(frame + count_at);
    size_t want = P9_DATA_HEADER_BYTES + (count < most ? count : most);
    return want > P9_REPLY_MAX ? want : P9_REPLY_MAX;
}

static enum coh_status answer(struct p9_call *call)
{
    struct conn *c = call->c;
    struct p9_msg r = {.tag = call->t->tag};
    enum coh_status s = p9_serve(call, &r);
    if (s != COH_OK)
        return s;
    if (r.type == P9_RREAD || r.type == P9_RREADDIR) {
        p9_frame_data(out_of(call->h, c) + c->p9.out_n, r.type, r.tag, (uint32_t)call->data.n);
        produced(call->h, c, P9_DATA_HEADER_BYTES + call->data.n);
    } else {
        send(call->h, c, &r);
    }
    if (call->write.ref)
        access_apply(call->h, &call->write);
    return COH_OK;
}

/* After the answer: its session may be over by now. */
static void trace_call(const struct p9_call *call, enum coh_status s)
{
    BUF(b, 120);
    struct hive *h = call->h;
    bool trace_file = call->has_at && trace_shown_by(ns_node(&h->tree, &call->at));
    if (trace_file || !trace_on(h, TRACE_DEBUG, TRACE_NINEP))
        return;
    struct caller who = call->session == SESSION_NONE ? (struct caller){0} : session_caller(h, call->session);
    buf_say(&b, "op=", call->op, " tag=", call->t->tag, " fid=", call->t->fid, " session=",
            call->session == SESSION_NONE ? 0 : h->sessions[call->session].id, " result=", status_reason(s));
    trace(h, TRACE_DEBUG, TRACE_NINEP, worker_number_of(who.subject), buf_bytes(&b));
}

static enum coh_status readable(struct p9_call *call, enum p9_result result)
{
    if (result == P9_OK)
        return COH_OK;
    call->errnum = result == P9_UNSUPPORTED ? 95u : 0; /* EOPNOTSUPP */
    call->why.detail = result == P9_MALFORMED ? "malformed" : result == P9_UNSUPPORTED ? "unsupported" : NULL;
    return result == P9_REFUSED_OP ? COH_PERMISSION : COH_INVALID;
}

/* Serves the frame that is whole. There is room for its answer. */
static void serve_frame(struct hive *h, struct conn *c)
{
    struct p9_link *p = &c->p9;
    struct p9_msg t;
    enum p9_result result = p9_decode_t(bytes_of(frame_of(h, c), p->in_n), &t);
    struct p9_call call = {.h = h, .c = c, .t = &t, .session = p->session, .op = "frame"};
    COH_ASSERT(result != P9_BROKEN);
    size_t room = OUT_BYTES - p->out_n, most = msize(p);
    call.data = buf_of(out_of(h, c) + p->out_n + P9_DATA_HEADER_BYTES, (room < most ? room : most) - P9_DATA_HEADER_BYTES);
    h->asked_ms = c->asked_ms;
    p->whole = false;
    p->in_n = 0;
    ingest_wait(h, &c->waits, false);
    enum coh_status s = admit(&call);
    bool admitted = s == COH_OK;
    if (admitted)
        s = readable(&call, result);
    if (s == COH_OK)
        s = answer(&call);
    if (s != COH_OK)
        send_error(&call, s);
    if (admitted)
        enter_window(h, p, &t);
    trace_call(&call, s);
}

/* The stream of frames can't be followed any more. */
static void lose(struct hive *h, struct conn *c, enum coh_status s, const char *detail)
{
    struct p9_msg t = {.tag = P9_NOTAG};
    struct p9_call call = {.h = h, .c = c, .t = &t, .session = c->p9.session, .op = "frame", .why = {.detail = detail}};
    p9_refuse(&call, s);
    c->p9.in_n = 0;
    link_close(h, c);
}

/* A header is there: is the frame one that can come? Too long a one is told so. */
static bool frame_ok(struct hive *h, struct conn *c)
{
    struct p9_link *p = &c->p9;
    const uint8_t *head = frame_of(h, c);
    if (p9_size(head) < P9_HEADER_BYTES) {
        lose(h, c, COH_INVALID, "frame-size");
        return false;
    }
    if (p9_size(head) <= msize(p))
        return true;
    if (p->in_n < P9_HEADER_BYTES)
        return true; /* the tag is yet to come */
    send(h, c, &(struct p9_msg){.type = P9_RLERROR, .tag = (uint16_t)(head[5] | head[6] << 8),
                                .u.errnum = errno_of[COH_TOO_BIG]});
    lose(h, c, COH_TOO_BIG, "frame-size");
    return false;
}

/* Adds bytes to the frame that is coming; returns how many. */
static size_t gather(struct hive *h, struct conn *c, struct bytes in)
{
    struct p9_link *p = &c->p9;
    uint32_t want = p->in_n < P9_HEADER_BYTES ? P9_HEADER_BYTES : p9_size(frame_of(h, c));
    in = bytes_sub(in, 0, want - p->in_n);
    if (p->in_n == 0)
        c->asked_ms = h->now_ms;
    if (in.n)
        memcpy(frame_of(h, c) + p->in_n, in.p, in.n);
    p->in_n += (uint32_t)in.n;
    return in.n;
}

size_t p9_input(struct hive *h, struct conn *c, struct bytes in)
{
    struct p9_link *p = &c->p9;
    size_t done = 0;
    for (uint32_t served = 0; served < COH_SECURE9P_BATCH_FRAMES && !c->closing;) {
        /* A refusal may have to be sent at any byte. */
        if (!p->whole && make_room(h, c, P9_REPLY_MAX) < P9_REPLY_MAX)
            break;
        if (!p->whole) {
            done += gather(h, c, bytes_sub(in, done, in.n));
            if (p->in_n < 4 || !frame_ok(h, c) || p->in_n < P9_HEADER_BYTES || p->in_n < p9_size(frame_of(h, c))) {
                if (done == in.n || c->closing)
                    break;
                continue;
            }
            p->whole = true;
        }
        size_t want = answer_room(p, frame_of(h, c), p->in_n);
        if (make_room(h, c, want) < want) {
            ingest_wait(h, &c->waits, true);
            break;
        }
        serve_frame(h, c);
        served++;
        if (done == in.n)
            break;
    }
    return c->closing ? in.n : done;
}

size_t p9_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap)
{
    struct p9_link *p = &c->p9;
    size_t done = 0;
    for (;;) {
        size_t n = p->out_n - p->out_from < cap - done ? p->out_n - p->out_from : cap - done;
        if (n)
            memcpy(out + done, out_of(h, c) + p->out_from, n);
        done += n;
        p->out_from += (uint32_t)n;
        p->taken += n;
        if (p->taken >= p->owed) {
            p->owed_ms = h->now_ms;
            p->owed = p->produced;
        }
        if (p->out_from == p->out_n)
            p->out_from = p->out_n = 0;
        retire(h, p);
        if (!p->whole || c->closing || done == cap)
            return done;
        /* A frame waited for this room. */
        p9_input(h, c, bytes_of(NULL, 0));
        if (p->out_n == p->out_from)
            return done;
    }
}

void p9_drain(struct hive *h, struct conn *c)
{
    for (const struct fid *f = fids_of(h, c), *end = f + COH_SECURE9P_FIDS_PER_SESSION; f < end; f++)
        if (f->state >= FID_PATH)
            session_drain(h, f->session);
}

void p9_give_up(struct hive *h, struct conn *c)
{
    struct p9_link *p = &c->p9;
    struct ns_why why = {.detail = "unread"};
    if (!c->closing && p->session != SESSION_NONE)
        access_refuse(h, p->session, "answer", bytes_of(NULL, 0), COH_BUSY, &why);
    forget_window(h, p);
    p->out_from = p->out_n = 0;
}

void p9_closed(struct hive *h, struct conn *c)
{
    forget_window(h, &c->p9);
    c->closing = true; /* its last session makes it no stranger any more */
    fid_free_all(h, c);
}

bool p9_valid(const struct hive *h, const struct conn *c)
{
    const struct p9_link *p = &c->p9;
    bool session = p->session == SESSION_NONE || (p->session < COH_POOL_SESSIONS_COUNT && h->sessions[p->session].id);
    bool known = c->protocol != PROTOCOL_P9 || c->closing || c->stranger == (p->session == SESSION_NONE);
    bool bytes = p->taken + (p->out_n - p->out_from) == p->produced || c->closing;
    return session && known && bytes && p->out_from <= p->out_n && p->out_n <= OUT_BYTES && p->in_n <= COH_SECURE9P_MSIZE &&
           p->live <= COH_SECURE9P_TAGS_PER_SESSION && p->fids <= COH_SECURE9P_FIDS_PER_SESSION;
}
