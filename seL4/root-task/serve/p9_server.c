/* Frames, window and batches of Secure9P; see p9.h. Requests are served one after the other, so answers keep the order
 * of requests, a flushed request has always been answered before its Rflush, and what is in flight is what the transport
 * has not taken. */
#include "serve/p9.h"

#define OUT_BYTES COH_SECURE9P_MSIZE
_Static_assert(COH_POOL_STREAMS_ELEM >= 2u * COH_SECURE9P_MSIZE, "a frame and the answers that wait");
_Static_assert(OUT_BYTES > P9_REPLY_MAX && OUT_BYTES <= UINT16_MAX, "an answer without data fits, and out_n counts them");

static uint8_t *frame_of(struct hive *h, const struct conn *c) { return h->streams[c - h->conns]; }
uint8_t *p9_out(struct hive *h, const struct conn *c) { return frame_of(h, c) + COH_SECURE9P_MSIZE; }

/* Before Tversion a frame may be as long as any. */
static uint32_t msize(const struct p9_link *p) { return p->msize ? p->msize : COH_SECURE9P_MSIZE; }

/* ---- answers ---- */

static void produced(struct hive *h, struct conn *c, size_t n)
{
    struct p9_link *p = &c->p9;
    p->produced += n;
    if (c->out_n == 0) {
        p->owed_ms = h->now_ms;
        p->owed = p->produced;
        link_deadline(h, h->now_ms + COH_CONSOLE_IDLE_TIMEOUT_MS);
    }
    c->out_n = (uint16_t)(c->out_n + n);
    COH_ASSERT(c->out_n <= OUT_BYTES);
}

static void send(struct hive *h, struct conn *c, const struct p9_msg *r)
{
    struct buf b = buf_of(p9_out(h, c) + c->out_n, OUT_BYTES - c->out_n);
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

/* ---- frames ---- */

/* May a request with this tag come in, and where in the window does it lie, when it gets a place? Tversion ends all others, and
 * Tflush must always get through. */
static enum coh_status admit(struct p9_call *call, struct p9_request **place)
{
    struct p9_link *p = &call->c->p9;
    const struct p9_msg *t = call->t;
    bool live = t->tag == P9_NOTAG;
    if (t->type == P9_TVERSION)
        return live ? COH_OK : COH_INVALID;
    for (struct p9_request *r = p->window; r < p->window + COH_SECURE9P_TAGS_PER_SESSION; r++) {
        if (r->end <= p9_taken(call->c))
            *place = r;
        else if (r->tag == t->tag)
            live = true;
    }
    if (live)
        return ns_refuse(&call->why, COH_INVALID, "tag", NULL);
    return *place || t->type == P9_TFLUSH ? COH_OK : ns_refuse(&call->why, COH_BUSY, "window", NULL);
}

/* Bytes of data that the answer to the whole frame may carry. */
static size_t data_room(const struct p9_link *p, const uint8_t *frame)
{
    bool data = frame[4] == P9_TREAD || frame[4] == P9_TREADDIR;
    const size_t count_at = P9_HEADER_BYTES + 4u + 8u;
    if (!data || p->in_n < count_at + 4u)
        return 0;
    size_t most = msize(p) - P9_DATA_HEADER_BYTES, count = p9_size(frame + count_at);
    return count < most ? count : most;
}

static enum coh_status answer(struct p9_call *call)
{
    struct conn *c = call->c;
    struct p9_msg r = {.tag = call->t->tag};
    enum coh_status s = p9_serve(call, &r);
    if (s != COH_OK)
        return s;
    if (r.type == P9_RREAD || r.type == P9_RREADDIR) {
        p9_frame_data(p9_out(call->h, c) + c->out_n, r.type, r.tag, (uint32_t)call->data.n);
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
    struct hive *h = call->h;
    bool known = call->session != SESSION_NONE;
    struct bytes subject = known ? session_caller(h, call->session).subject : bytes_of(NULL, 0);
    if (!call->has_at || !trace_shown_by(ns_node(&h->tree, &call->at)))
        trace_say(h, TRACE_DEBUG, TRACE_NINEP, worker_number_of(subject), "op=", call->op, " tag=", call->t->tag,
                  " fid=", call->t->fid, " session=", known ? h->sessions[call->session].id : 0, " result=",
                  status_reason(s));
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
    struct p9_request *place = NULL;
    struct p9_msg t;
    enum p9_result result = p9_decode_t(bytes_of(frame_of(h, c), p->in_n), &t);
    struct p9_call call = {.h = h, .c = c, .t = &t, .session = c->session, .op = "frame"};
    COH_ASSERT(result != P9_BROKEN);
    call.data = buf_of(p9_out(h, c) + c->out_n + P9_DATA_HEADER_BYTES, data_room(p, frame_of(h, c)));
    h->asked_ms = c->asked_ms;
    p->in_n = 0;
    ingest_wait(h, &c->waits, false);
    enum coh_status s = admit(&call, &place);
    if (s != COH_OK)
        place = NULL;
    else if ((s = readable(&call, result)) == COH_OK)
        s = answer(&call);
    if (s != COH_OK)
        send_error(&call, s);
    if (place)
        *place = (struct p9_request){.end = p->produced, .tag = t.tag};
    trace_call(&call, s);
}

/* Can the frame come whose size is there? If not, the stream of frames can't be followed any more; whoever sent too long a one
 * is told so, once its tag is there. */
static bool frame_ok(struct hive *h, struct conn *c)
{
    const uint8_t *head = frame_of(h, c);
    bool large = p9_size(head) > msize(&c->p9);
    if (p9_size(head) >= P9_HEADER_BYTES && (!large || c->p9.in_n < P9_HEADER_BYTES))
        return true;
    struct p9_msg t = {.tag = (uint16_t)(head[5] | head[6] << 8)};
    struct p9_call call = {.h = h, .c = c, .t = &t, .session = c->session, .op = "frame", .why = {.detail = "frame-size"}};
    if (large)
        send_error(&call, COH_TOO_BIG);
    else
        p9_refuse(&call, COH_INVALID);
    c->p9.in_n = 0;
    link_close(h, c);
    return false;
}

static bool whole(const struct p9_link *p, const uint8_t *frame)
{
    return p->in_n >= P9_HEADER_BYTES && p->in_n == p9_size(frame);
}

/* Is the frame there, with these bytes? *done counts those that it took. */
static bool gather(struct hive *h, struct conn *c, struct bytes in, size_t *done)
{
    struct p9_link *p = &c->p9;
    uint8_t *frame = frame_of(h, c);
    if (p->in_n == 0)
        c->asked_ms = h->now_ms;
    while (*done < in.n && !whole(p, frame)) {
        uint32_t want = p->in_n < P9_HEADER_BYTES ? P9_HEADER_BYTES : p9_size(frame);
        *done += frame_fill(frame, &p->in_n, want, bytes_sub(in, *done, in.n));
        if (p->in_n >= 4 && !frame_ok(h, c))
            return false;
    }
    return whole(p, frame);
}

size_t p9_input(struct hive *h, struct conn *c, struct bytes in)
{
    size_t done = 0;
    for (uint32_t served = 0; served < COH_SECURE9P_BATCH_FRAMES && !c->closing; served++) {
        /* A refusal may have to be sent at any byte. */
        if (OUT_BYTES - c->out_n < P9_REPLY_MAX || !gather(h, c, in, &done))
            break;
        if (OUT_BYTES - c->out_n < P9_DATA_HEADER_BYTES + data_room(&c->p9, frame_of(h, c))) {
            ingest_wait(h, &c->waits, true);
            break;
        }
        serve_frame(h, c);
    }
    return done;
}
