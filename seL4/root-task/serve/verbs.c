/* The console's verbs; see verbs.h. Every access goes through serve/access.c. */
#include "serve/verbs.h"

#include "base/assert.h"
#include "base/fmt.h"
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
#define QUEEN_CTL "/queen/ctl"
#define QUEEN_LOG "/log/queen.log"

struct request {
    struct hive *h;
    struct conn *c;
    const struct console_command *cmd;
    const char *ack; /* the verb as acknowledgements name it */
    const char *op;  /* and as audit lines do */
};

static bool attached(const struct request *r)
{
    return r->c->session != SESSION_NONE && r->h->sessions[r->c->session].state >= SESSION_ACTIVE;
}

/* Records a refusal and says so. ref: the node that it is about, NULL when the path led to none. shown is what the peer
 * asked for. */
static void refused(const struct request *r, const char *op, enum coh_status s, const struct ns_ref *ref,
                    struct bytes shown, const struct ns_why *why)
{
    if (ref)
        access_refuse_at(r->h, r->c->session, op, ref, s, why);
    else
        access_refuse(r->h, r->c->session, op, shown, s, why);
    reply_refused(r->c, r->ack, s, shown, why);
}

/* Resolves and opens; false: it was refused. shown is the path in the refusal. */
static bool opened(const struct request *r, enum access access, struct bytes path, struct bytes shown,
                   struct ns_ref *ref)
{
    struct ns_why why = {0};
    enum coh_status s = access_resolve(r->h, r->c->session, path, ref, &why);
    if (s != COH_OK) {
        access_refuse(r->h, r->c->session, access_name(ACCESS_WALK), path, s, &why);
        reply_refused(r->c, r->ack, s, shown, &why);
        return false;
    }
    s = access_open(r->h, r->c->session, access, ref, &why);
    if (s != COH_OK)
        refused(r, access_name(access), s, ref, shown, &why);
    return s == COH_OK;
}

/* The operation, with all that the stream will carry. A refused stream does not begin. */
static bool charged(const struct request *r, enum access access, const struct ns_ref *ref, struct bytes path)
{
    struct ns_why why = {0};
    enum coh_status s = access_spend(r->h, r->c->session, access, ref, stream_size(r->c), &why);
    if (s == COH_OK)
        return true;
    r->c->stream.from = STREAM_NONE;
    refused(r, access_name(access), s, ref, path, &why);
    return false;
}

/* ---- session ---- */

/* A refused AUTH is the session's when there is one, else a stranger's. */
static void auth_refused(const struct request *r, enum coh_status s, const struct ns_why *why)
{
    if (r->c->session == SESSION_NONE)
        audit_stranger(r->h, s);
    else
        access_refuse(r->h, r->c->session, r->op, NO_PATH, s, why);
}

static void auth(const struct request *r)
{
    struct hive *h = r->h;
    struct conn *c = r->c;
    struct ns_why why = {0};
    enum coh_status s = login_token(h, c, r->cmd->token, &why);
    if (s == COH_OK && c->session == SESSION_NONE && (c->session = session_reserve(h, false)) == SESSION_NONE)
        s = COH_BUSY;
    if (s == COH_OK) {
        link_known(h, c);
        reply_ok(c, "AUTH", NO_PATH);
        return;
    }
    if (s == COH_AUTH)
        reply_err(c, "AUTH", "invalid-token");
    else
        reply_refused(c, "AUTH", s, NO_PATH, &why);
    auth_refused(r, s, &why);
    if (s == COH_BUSY)
        link_close(h, c);
}

static void attach(const struct request *r)
{
    struct conn *c = r->c;
    BUF(b, 32);
    struct ns_why why = {0};
    enum coh_role role = role_parse(r->cmd->role);
    enum coh_status s = login_attach(r->h, c, c->session, role, r->cmd->ticket, &why);
    if (s == COH_OK) {
        buf_say(&b, "role=", role_name(role));
        reply_ok(c, r->ack, buf_bytes(&b));
    } else if (s == COH_AUTH && why.detail) {
        reply_err(c, r->ack, why.detail);
    } else {
        reply_refused(c, r->ack, s, NO_PATH, &why);
    }
}

static void quit(const struct request *r)
{
    if (r->c->kind == HIVE_SERIAL) {
        reply_err(r->c, "QUIT", "unsupported");
        return;
    }
    reply_ok(r->c, "QUIT", NO_PATH);
    link_close(r->h, r->c);
}

static void ping(const struct request *r)
{
    reply_line(r->c, bytes_str("PONG"));
    reply_ok(r->c, "PING", bytes_str("reply=pong"));
}

static void help(const struct request *r)
{
    reply_ok(r->c, "HELP", NO_PATH);
    stream_open_help(r->c);
}

/* ---- reading ---- */

static void ls(const struct request *r)
{
    struct ns_ref ref;
    struct ns_why why = {0};
    uint32_t entries;
    BUF(b, CONSOLE_LINE_BYTES);
    if (!opened(r, ACCESS_LIST, r->cmd->path, r->cmd->path, &ref))
        return;
    if (!stream_open_list(r->h, r->c, &ref, &entries)) {
        refused(r, access_name(ACCESS_LIST), COH_TOO_BIG, &ref, r->cmd->path, &why);
        return;
    }
    if (!charged(r, ACCESS_LIST, &ref, r->cmd->path))
        return;
    buf_say(&b, "path=", r->cmd->path);
    buf_say(&b, " entries=", entries);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void cat(const struct request *r)
{
    struct ns_ref ref;
    uint8_t text[CONSOLE_LINE_BYTES];
    struct buf b = buf_of(text, sizeof text - strlen("OK CAT "));
    if (!opened(r, ACCESS_READ, r->cmd->path, r->cmd->path, &ref))
        return;
    stream_open(r->h, r->c, &ref, UINT64_MAX);
    if (!charged(r, ACCESS_READ, &ref, r->cmd->path))
        return;
    buf_say(&b, "path=", r->cmd->path);
    buf_say(&b, " data=");
    stream_summary(r->h, r->c, &b);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

/* TAIL and LOG: what was appended since this session's cursor. A file that is no ring is shown whole each time. */
static void tail_path(const struct request *r, struct bytes path)
{
    struct ns_ref ref;
    struct ns_why why = {0};
    uint64_t from = UINT64_MAX;
    bool known = false;
    BUF(b, CONSOLE_LINE_BYTES);
    if (!opened(r, ACCESS_READ, path, path, &ref))
        return;
    const struct ring *ring = ns_ring(&r->h->tree, r->h, &ref);
    enum coh_status s = ring ? session_cursor(r->h, r->c->session, &ref, ring, &from, &known) : COH_OK;
    if (s != COH_OK) {
        why.oldest = ring->oldest;
        refused(r, access_name(ACCESS_READ), s, &ref, path, &why);
        return;
    }
    stream_open(r->h, r->c, &ref, from);
    if (!charged(r, ACCESS_READ, &ref, path))
        return;
    if (ring)
        s = session_position(r->h, r->c->session, known, stream_size(r->c) != 0);
    if (s != COH_OK) {
        r->c->stream.from = STREAM_NONE;
        refused(r, access_name(ACCESS_READ), s, &ref, path, &why);
        return;
    }
    if (ring)
        session_follow(r->h, r->c->session, &ref, r->c->stream.end);
    buf_say(&b, "path=", path);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void tail(const struct request *r) { tail_path(r, r->cmd->path); }

static void log_verb(const struct request *r) { tail_path(r, bytes_str(QUEEN_LOG)); }

static void cachelog(const struct request *r)
{
    struct ns_ref ref;
    struct bytes path = bytes_str(QUEEN_LOG);
    if (!opened(r, ACCESS_READ, path, path, &ref))
        return;
    stream_open_last(r->h, r->c, &ref, r->cmd->count ? r->cmd->count : CACHELOG_DEFAULT);
    if (charged(r, ACCESS_READ, &ref, path))
        reply_ok(r->c, r->ack, NO_PATH);
}

/* ---- writing ---- */

/* What a payload stands for: `b64:` is bytes for a byte stream, and text like any other for lines. False: no base64. */
static bool payload_bytes(const struct request *r, const struct ns_ref *ref, struct buf *store, struct bytes *data)
{
    const char *mark = "b64:";
    bool marked = bytes_is(bytes_sub(*data, 0, strlen(mark)), mark);
    if (!marked || !ns_is_bytes(&r->h->tree, ref))
        return true;
    if (!base64_decode(store, bytes_sub(*data, strlen(mark), data->n)))
        return false;
    *data = buf_bytes(store);
    return true;
}

/* Checks, acknowledges, then does: nothing is visible before the acknowledgement. shown is the path in refusals. */
static void append(const struct request *r, struct bytes path, struct bytes data, struct bytes shown, struct bytes detail)
{
    struct ns_ref ref;
    struct ns_why why = {.detail = "base64", .error = "b64: is followed by base64 with its padding"};
    struct ns_write w;
    BUF(store, CONSOLE_LINE_BYTES);
    enum coh_status s = COH_INVALID;
    if (!opened(r, ACCESS_WRITE, path, shown, &ref))
        return;
    if (payload_bytes(r, &ref, &store, &data)) {
        why = (struct ns_why){0};
        s = access_check(r->h, r->c->session, &ref, data, NS_AT_END, &w, &why);
    }
    if (s != COH_OK) {
        refused(r, access_name(ACCESS_WRITE), s, &ref, shown, &why);
        return;
    }
    reply_ok(r->c, r->ack, detail);
    access_apply(r->h, r->c->session, &w);
}

static void echo(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    buf_say(&b, "path=", r->cmd->path);
    buf_say(&b, " bytes=", r->cmd->payload.n);
    append(r, r->cmd->path, r->cmd->payload, r->cmd->path, buf_bytes(&b));
}

static void spawn(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES + 8);
    buf_say(&b, "payload=", r->cmd->payload);
    append(r, bytes_str(QUEEN_CTL), r->cmd->payload, bytes_str(QUEEN_CTL), buf_bytes(&b));
}

static void kill_verb(const struct request *r)
{
    uint8_t order[CONSOLE_LINE_BYTES], detail[64], worker[64];
    struct buf o = buf_of(order, sizeof order), d = buf_of(detail, sizeof detail), w = buf_of(worker, sizeof worker);
    buf_say(&o, "{\"kill\":");
    json_put_string(&o, r->cmd->worker);
    buf_byte(&o, '}');
    buf_say(&d, "id=", r->cmd->worker);
    buf_say(&w, "/worker/", r->cmd->worker);
    append(r, bytes_str(QUEEN_CTL), buf_bytes(&o), buf_bytes(&w), buf_bytes(&d));
}

/* ---- facts ---- */

/* Facts of the machine are the queen's. */
static bool queen_only(const struct request *r)
{
    struct ns_why why = {0};
    enum coh_status s = session_alive(r->h, r->c->session);
    if (s == COH_OK && r->h->sessions[r->c->session].role != ROLE_QUEEN)
        s = COH_PERMISSION;
    if (s == COH_OK)
        return true;
    refused(r, r->op, s, NULL, NO_PATH, &why);
    return false;
}

static bool bootinfo(const struct request *r)
{
    if (!queen_only(r))
        return false;
    if (!r->h->facts.has_bootinfo)
        reply_err(r->c, r->ack, "unsupported");
    return r->h->facts.has_bootinfo;
}

static void put_hex(struct buf *b, const char *key, uint64_t v)
{
    buf_say(b, key);
    buf_hex64(b, v);
}

static void bi(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    const struct hive_facts *f = &r->h->facts;
    if (!bootinfo(r))
        return;
    buf_say(&b, "node_bits=", f->node_bits);
    put_hex(&b, " empty=[", f->empty_start);
    put_hex(&b, ",", f->empty_end);
    buf_say(&b, ") nodes=", f->nodes);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void caps(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    if (!bootinfo(r))
        return;
    put_hex(&b, "root=", r->h->facts.cap_root);
    put_hex(&b, " ep=", r->h->facts.cap_ep);
    put_hex(&b, " uart=", r->h->facts.cap_uart);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void mem(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    if (!bootinfo(r))
        return;
    buf_say(&b, "untyped=", r->h->facts.mem_untyped, " ram=", r->h->facts.mem_ram_bytes, " device=",
            r->h->facts.mem_device_bytes);
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void unsupported(const struct request *r) { reply_err(r->c, r->ack, "unsupported"); }

static void netstats(const struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    const struct hive_net *n = &r->h->net;
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {{"accepted", n->accepted}, {"refused", n->refused},       {"rx_bytes", n->rx_bytes},
                {"tx_bytes", n->tx_bytes}, {"rx_dropped", n->rx_dropped}, {"tx_dropped", n->tx_dropped}};
    if (!queen_only(r))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (i)
            buf_byte(&b, ' ');
        buf_say(&b, rows[i].key, "=", rows[i].value);
    }
    reply_ok(r->c, r->ack, buf_bytes(&b));
}

static void nettest(const struct request *r)
{
    struct ns_why why = {.detail = "link-down"};
    if (!queen_only(r))
        return;
    if (r->h->net.link_up && r->h->net.listening)
        reply_ok(r->c, r->ack, bytes_str("listening=yes link=up"));
    else
        refused(r, r->op, COH_BUSY, NULL, NO_PATH, &why);
}

/* ---- dispatch ---- */

/* Verbs that need no attached session. */
#define FREE_VERBS                                                                                                     \
    ((1u << VERB_AUTH) | (1u << VERB_ATTACH) | (1u << VERB_PING) | (1u << VERB_HELP) | (1u << VERB_QUIT) |            \
     (1u << VERB_TEST))

static void (*const handlers[VERB_COUNT])(const struct request *) = {
    [VERB_AUTH] = auth,         [VERB_ATTACH] = attach, [VERB_HELP] = help,         [VERB_PING] = ping,
    [VERB_LS] = ls,             [VERB_CAT] = cat,       [VERB_TAIL] = tail,         [VERB_LOG] = log_verb,
    [VERB_ECHO] = echo,         [VERB_SPAWN] = spawn,   [VERB_KILL] = kill_verb,    [VERB_BI] = bi,
    [VERB_CAPS] = caps,         [VERB_MEM] = mem,       [VERB_SMP] = unsupported,   [VERB_CACHELOG] = cachelog,
    [VERB_NETSTATS] = netstats, [VERB_NETTEST] = nettest, [VERB_TEST] = unsupported, [VERB_QUIT] = quit,
};

/* The verb and its path; tokens, tickets and payloads are nobody's business. */
static void trace_verb(const struct request *r)
{
    BUF(b, TRACE_TEXT_BYTES);
    if (r->c->session == SESSION_NONE || !trace_on(r->h, TRACE_DEBUG, TRACE_CONSOLE))
        return;
    const struct session *s = &r->h->sessions[r->c->session];
    buf_say(&b, "verb=", console_verbs[r->cmd->verb].name, " session=", s->id);
    if (r->cmd->path.n) {
        buf_say(&b, " path=");
        buf_put(&b, bytes_sub(r->cmd->path, 0, utf8_prefix(r->cmd->path, b.cap - b.n)));
    }
    trace(r->h, TRACE_DEBUG, TRACE_CONSOLE, worker_number_of(bytes_of(s->subject, s->subject_n)), buf_bytes(&b));
}

static void refuse_parse(struct hive *h, struct conn *c, const char *detail)
{
    struct ns_why why = {.detail = detail};
    BUF(b, 128);
    access_refuse(h, c->session, "PARSE", NO_PATH, COH_INVALID, &why);
    buf_say(&b, "ERR PARSE reason=policy detail=", detail);
    reply_line(c, buf_bytes(&b));
}

void verb_too_long(struct hive *h, struct conn *c)
{
    refuse_parse(h, c, "argument payload exceeds allowed length");
    c->prompt = true;
}

void verb_refuse_frame(struct hive *h, struct conn *c)
{
    struct ns_why why = {.detail = "invalid-length"};
    access_refuse(h, c->session, "FRAME", NO_PATH, COH_TOO_BIG, &why);
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
    struct request r = {h, c, &cmd, console_verbs[cmd.verb].ack, console_verbs[cmd.verb].name};
    if (!attached(&r) && !(FREE_VERBS & (1u << cmd.verb))) {
        struct ns_why why = {.detail = "unauthenticated"};
        access_refuse(h, c->session, r.op, NO_PATH, COH_AUTH, &why);
        reply_err(c, r.ack, "unauthenticated");
        return;
    }
    trace_verb(&r);
    handlers[cmd.verb](&r);
}
