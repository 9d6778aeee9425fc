/* The console's verbs; see verbs.h. Every access goes through serve/access.c. */
#include "serve/verbs.h"

#include "base/json.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "ns/content.h"
#include "serve/access.h"
#include "serve/link.h"
#include "serve/login.h"
#include "serve/reply.h"

#define NO_PATH bytes_of(NULL, 0)
#define CACHELOG_DEFAULT 20u
#define QUEEN_CTL bytes_str("/queen/ctl")
#define QUEEN_LOG bytes_str("/log/queen.log")

struct request {
    struct hive *h;
    struct conn *c;
    const struct console_command *cmd;
    const char *ack;    /* the verb as acknowledgements name it */
    const char *op;     /* and as audit lines do */
    struct bytes path;  /* where it leads */
    struct bytes shown; /* and the path in the peer's refusal */
    struct ns_ref ref;  /* the node, once the path has led to it */
    bool found;
    struct ns_why why;
};

/* True when s is COH_OK; else records the refusal and says so, and no stream begins. */
static bool allowed(struct request *r, const char *op, enum coh_status s)
{
    if (s == COH_OK)
        return true;
    r->c->stream.from = STREAM_NONE;
    if (r->found)
        access_refuse_at(r->h, r->c->session, op, &r->ref, s, &r->why);
    else
        access_refuse(r->h, r->c->session, op, r->path, s, &r->why);
    reply_refused(r->c, r->ack, s, r->shown, &r->why);
    return false;
}

/* Resolves and opens. */
static bool opened(struct request *r, enum access access, struct bytes path)
{
    r->path = path;
    if (!r->shown.n)
        r->shown = path;
    enum coh_status s = access_resolve(r->h, r->c->session, path, &r->ref, &r->why);
    r->found = s == COH_OK;
    if (r->found)
        s = access_open(r->h, r->c->session, access, &r->ref, &r->why);
    return allowed(r, access_name(r->found ? access : ACCESS_WALK), s);
}

/* The operation, with all that the stream will carry. */
static bool charged(struct request *r, enum access access)
{
    enum coh_status s = access_spend(r->h, r->c->session, access, &r->ref, stream_size(r->c), &(bool){false}, &r->why);
    return allowed(r, access_name(access), s);
}

/* ---- session ---- */

static void auth(struct request *r)
{
    struct hive *h = r->h;
    struct conn *c = r->c;
    enum coh_status s = login_token(h, c, r->cmd->token, &r->why);
    if (s == COH_OK && c->session == SESSION_NONE && (c->session = session_reserve(h, false)) == SESSION_NONE)
        s = COH_BUSY;
    if (s == COH_OK) {
        link_known(h, c);
        reply_say(c, "OK AUTH");
        return;
    }
    if (s == COH_AUTH)
        reply_err(c, "AUTH", "invalid-token");
    else
        reply_refused(c, "AUTH", s, NO_PATH, &r->why);
    if (c->session == SESSION_NONE) /* a refused AUTH is the session's when there is one, else a stranger's */
        audit_stranger(h, s);
    else
        access_refuse(h, c->session, r->op, NO_PATH, s, &r->why);
    if (s == COH_BUSY)
        link_close(h, c);
}

static void attach(struct request *r)
{
    struct conn *c = r->c;
    enum coh_role role = role_parse(r->cmd->role);
    enum coh_status s = login_attach(r->h, c, c->session, role, r->cmd->ticket, &r->why);
    if (s == COH_OK)
        reply_ok(c, r->ack, "role=", role_name(role));
    else if (s == COH_AUTH && r->why.detail)
        reply_err(c, r->ack, r->why.detail);
    else
        reply_refused(c, r->ack, s, NO_PATH, &r->why);
}

static void unsupported(struct request *r) { reply_err(r->c, r->ack, "unsupported"); }

static void quit(struct request *r)
{
    if (r->c->kind == HIVE_SERIAL) {
        unsupported(r);
        return;
    }
    reply_say(r->c, "OK QUIT");
    link_close(r->h, r->c);
}

static void ping(struct request *r)
{
    reply_say(r->c, "PONG");
    reply_ok(r->c, r->ack, "reply=pong");
}

static void help(struct request *r)
{
    reply_say(r->c, "OK HELP");
    stream_open_help(r->c);
}

/* ---- reading ---- */

static void ls(struct request *r)
{
    uint32_t entries;
    if (!opened(r, ACCESS_LIST, r->cmd->path))
        return;
    bool fits = stream_open_list(r->h, r->c, &r->ref, &entries);
    if (allowed(r, access_name(ACCESS_LIST), fits ? COH_OK : COH_TOO_BIG) && charged(r, ACCESS_LIST))
        reply_ok(r->c, r->ack, "path=", r->path, " entries=", entries);
}

static void cat(struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    if (!opened(r, ACCESS_READ, r->cmd->path))
        return;
    stream_open(r->h, r->c, &r->ref, UINT64_MAX);
    if (!charged(r, ACCESS_READ))
        return;
    buf_say(&b, "OK CAT path=", r->path, " data=");
    stream_summary(r->h, r->c, &b);
    reply_say(r->c, buf_bytes(&b));
}

/* TAIL and LOG: what was appended since this session's cursor. A file that is no ring is shown whole each time. */
static void tail_path(struct request *r, struct bytes path)
{
    const char *op = access_name(ACCESS_READ);
    uint64_t from = UINT64_MAX;
    bool known = false;
    if (!opened(r, ACCESS_READ, path))
        return;
    const struct ring *ring = ns_ring(&r->h->tree, r->h, &r->ref);
    r->why.oldest = ring ? ring->oldest : 0;
    if (ring && !allowed(r, op, session_cursor(r->h, r->c->session, &r->ref, ring, &from, &known)))
        return;
    stream_open(r->h, r->c, &r->ref, from);
    if (!charged(r, ACCESS_READ))
        return;
    if (ring && !allowed(r, op, session_position(r->h, r->c->session, known, stream_size(r->c) != 0)))
        return;
    if (ring)
        session_follow(r->h, r->c->session, &r->ref, r->c->stream.end);
    reply_ok(r->c, r->ack, "path=", path);
}

static void tail(struct request *r) { tail_path(r, r->cmd->path); }

static void log_verb(struct request *r) { tail_path(r, QUEEN_LOG); }

static void cachelog(struct request *r)
{
    if (!opened(r, ACCESS_READ, QUEEN_LOG))
        return;
    const struct ring *ring = ns_ring(&r->h->tree, r->h, &r->ref); /* the session may have bound something else here */
    uint32_t count = r->cmd->count ? (uint32_t)r->cmd->count : CACHELOG_DEFAULT;
    stream_open(r->h, r->c, &r->ref, ring ? ring_newest(ring, count) : UINT64_MAX);
    if (charged(r, ACCESS_READ))
        reply_say(r->c, "OK ", r->ack);
}

/* ---- writing ---- */

/* What a payload stands for: `b64:` is bytes for a byte stream, and text like any other for lines. False: no base64. */
static bool payload_bytes(const struct request *r, struct buf *store, struct bytes *data)
{
    const char *mark = "b64:";
    if (!bytes_begin(*data, mark) || !ns_is_bytes(&r->h->tree, &r->ref))
        return true;
    if (!base64_decode(store, bytes_sub(*data, strlen(mark), data->n)))
        return false;
    *data = buf_bytes(store);
    return true;
}

/* Checks, acknowledges with the n pieces at ok, then does: nothing is visible before the acknowledgement. */
static void append(struct request *r, struct bytes path, struct bytes data, const struct piece *ok, size_t n)
{
    struct ns_write w;
    BUF(store, CONSOLE_LINE_BYTES);
    enum coh_status s = COH_INVALID;
    if (!opened(r, ACCESS_WRITE, path))
        return;
    if (payload_bytes(r, &store, &data))
        s = access_check(r->h, r->c->session, &r->ref, data, NS_AT_END, &w, &r->why);
    else
        r->why = (struct ns_why){.detail = "base64", .error = "b64: is followed by base64 with its padding"};
    if (!allowed(r, access_name(ACCESS_WRITE), s))
        return;
    reply_pieces(r->c, ok, n);
    access_apply(r->h, &w);
}

static void echo(struct request *r)
{
    const struct console_command *cmd = r->cmd;
    append(r, cmd->path, cmd->payload, PIECES("OK ECHO path=", cmd->path, " bytes=", cmd->payload.n));
}

static void spawn(struct request *r)
{
    append(r, QUEEN_CTL, r->cmd->payload, PIECES("OK SPAWN payload=", r->cmd->payload));
}

static void kill_verb(struct request *r)
{
    BUF(order, CONSOLE_LINE_BYTES);
    BUF(worker, 64);
    buf_say(&order, "{\"kill\":");
    json_put_string(&order, r->cmd->worker);
    buf_byte(&order, '}');
    buf_say(&worker, "/worker/", r->cmd->worker);
    r->shown = buf_bytes(&worker);
    append(r, QUEEN_CTL, buf_bytes(&order), PIECES("OK KILL id=", r->cmd->worker));
}

/* ---- facts of the machine ---- */

static void bi(struct request *r)
{
    const struct hive_facts *f = &r->h->facts;
    reply_ok(r->c, r->ack, "node_bits=", f->node_bits, " empty=[", piece_hex(f->empty_start), ",",
             piece_hex(f->empty_end), ") nodes=", f->nodes);
}

static void caps(struct request *r)
{
    const struct hive_facts *f = &r->h->facts;
    reply_ok(r->c, r->ack, "root=", piece_hex(f->cap_root), " ep=", piece_hex(f->cap_ep), " uart=",
             piece_hex(f->cap_uart));
}

static void mem(struct request *r)
{
    const struct hive_facts *f = &r->h->facts;
    reply_ok(r->c, r->ack, "untyped=", f->mem_untyped, " ram=", f->mem_ram_bytes, " device=", f->mem_device_bytes);
}

static void netstats(struct request *r)
{
    const struct hive_net *n = &r->h->net;
    reply_ok(r->c, r->ack, "accepted=", n->accepted, " refused=", n->refused, " rx_bytes=", n->rx_bytes, " tx_bytes=",
             n->tx_bytes, " rx_dropped=", n->rx_dropped, " tx_dropped=", n->tx_dropped);
}

static void nettest(struct request *r)
{
    bool up = r->h->net.link_up && r->h->net.listening;
    r->why.detail = "link-down";
    if (allowed(r, r->op, up ? COH_OK : COH_BUSY))
        reply_ok(r->c, r->ack, "listening=yes link=up");
}

/* ---- dispatch ---- */

/* What a verb needs of the session: to be attached, nothing, to be the queen's, and of the machine also a BootInfo. */
enum need { ATTACHED, NOTHING, QUEEN, BOOTINFO };

static const struct verb {
    void (*run)(struct request *r);
    enum need need;
} verbs[VERB_COUNT] = {
    [VERB_AUTH] = {auth, NOTHING},     [VERB_ATTACH] = {attach, NOTHING},     [VERB_HELP] = {help, NOTHING},
    [VERB_PING] = {ping, NOTHING},     [VERB_LS] = {ls, ATTACHED},            [VERB_CAT] = {cat, ATTACHED},
    [VERB_TAIL] = {tail, ATTACHED},    [VERB_LOG] = {log_verb, ATTACHED},     [VERB_ECHO] = {echo, ATTACHED},
    [VERB_SPAWN] = {spawn, ATTACHED},  [VERB_KILL] = {kill_verb, ATTACHED},   [VERB_BI] = {bi, BOOTINFO},
    [VERB_CAPS] = {caps, BOOTINFO},    [VERB_MEM] = {mem, BOOTINFO},          [VERB_SMP] = {unsupported, ATTACHED},
    [VERB_CACHELOG] = {cachelog, ATTACHED}, [VERB_NETSTATS] = {netstats, QUEEN}, [VERB_NETTEST] = {nettest, QUEEN},
    [VERB_TEST] = {unsupported, NOTHING}, [VERB_QUIT] = {quit, NOTHING},
};

/* The verb and its path; tokens, tickets and payloads are nobody's business. */
static void trace_verb(const struct request *r)
{
    BUF(b, TRACE_TEXT_BYTES);
    if (r->c->session == SESSION_NONE || !trace_on(r->h, TRACE_DEBUG, TRACE_CONSOLE))
        return;
    const struct session *s = &r->h->sessions[r->c->session];
    buf_say(&b, "verb=", r->op, " session=", s->id, r->cmd->path.n ? " path=" : "");
    utf8_put(&b, r->cmd->path);
    trace(r->h, TRACE_DEBUG, TRACE_CONSOLE, worker_number_of(bytes_of(s->subject, s->subject_n)), buf_bytes(&b));
}

static void refuse_parse(struct hive *h, struct conn *c, const char *detail)
{
    struct ns_why why = {.detail = detail};
    access_refuse(h, c->session, "PARSE", NO_PATH, COH_INVALID, &why);
    reply_say(c, "ERR PARSE reason=policy detail=", detail);
}

void verb_too_long(struct hive *h, struct conn *c)
{
    refuse_parse(h, c, "argument payload exceeds allowed length");
    c->prompt = true;
}

void verb_refuse_frame(struct hive *h, struct conn *c)
{
    struct ns_why why = {.detail = "invalid-length"};
    reply_err(c, "FRAME", "invalid-length");
    access_refuse(h, c->session, "FRAME", NO_PATH, COH_TOO_BIG, &why);
}

/* Facts of the machine are the queen's. */
static bool has_facts(struct request *r, enum need need)
{
    enum coh_status s = session_alive(r->h, r->c->session);
    if (s == COH_OK && r->h->sessions[r->c->session].role != ROLE_QUEEN)
        s = COH_PERMISSION;
    if (!allowed(r, r->op, s))
        return false;
    bool known = need != BOOTINFO || r->h->facts.has_bootinfo;
    if (!known)
        unsupported(r);
    return known;
}

void verb_run(struct hive *h, struct conn *c, struct bytes line)
{
    struct console_command cmd;
    const char *fault = console_parse(line, &cmd);
    if (c->session == SESSION_NONE && (fault || cmd.verb != VERB_AUTH)) {
        reply_err(c, "AUTH", "expected-token");
        audit_stranger(h, COH_AUTH);
        return;
    }
    if (fault) {
        refuse_parse(h, c, fault);
        return;
    }
    const struct console_usage *u = &console_verbs[cmd.verb];
    struct request r = {.h = h, .c = c, .cmd = &cmd, .ack = u->ack, .op = u->name};
    const struct verb *v = &verbs[cmd.verb];
    if (v->need != NOTHING && h->sessions[c->session].state < SESSION_ACTIVE) {
        r.why.detail = "unauthenticated";
        access_refuse(h, c->session, r.op, NO_PATH, COH_AUTH, &r.why);
        reply_err(c, r.ack, r.why.detail);
        return;
    }
    trace_verb(&r);
    if (v->need < QUEEN || has_facts(&r, v->need))
        v->run(&r);
}
