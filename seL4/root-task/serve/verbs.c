/* The console's verbs; see console.h. Every access goes through serve/access.c. */
#include "serve/console.h"

#include "base/json.h"
#include "base/base64.h"

#define NO_PATH bytes_of(NULL, 0)
#define CACHELOG_DEFAULT 20u
#define LOG "/log/queen.log"
#define CTL "/queen/ctl"

struct request {
    struct hive *h;
    struct conn *c;
    const struct console_command *cmd;
    const char *ack;    /* the verb as acknowledgements name it */
    const char *op;     /* and what is done, as audit lines do */
    struct bytes path;  /* where it leads */
    struct bytes shown; /* and the path in the peer's refusal */
    struct ns_ref ref;  /* the node, once the path has led to it */
    bool found;
    struct ns_why why;
};

/* True when s is COH_OK; else records the refusal and says so, and no stream begins. */
static bool allowed(struct request *r, enum coh_status s)
{
    if (s == COH_OK)
        return true;
    r->c->stream.on = false;
    access_refuse(r->h, r->c->session, r->op, r->found ? &r->ref : NULL, r->found ? NO_PATH : r->path, s, &r->why);
    reply_refused(r->c, r->ack, s, r->shown, &r->why);
    return false;
}

/* Resolves and opens the path. */
static bool opened(struct request *r, enum access access)
{
    enum coh_status s = access_walk(r->h, r->c->session, NULL, r->path, &r->ref, &r->why);
    if (!r->shown.n)
        r->shown = r->path;
    r->found = s == COH_OK;
    r->op = access_name(r->found ? access : ACCESS_WALK);
    if (r->found)
        s = access_open(r->h, r->c->session, access, &r->ref, &r->why);
    return allowed(r, s);
}

/* The operation, with all that the stream will carry. */
static bool charged(struct request *r, enum access access)
{
    return allowed(r, access_spend(r->h, r->c->session, access, &r->ref, stream_size(r->c), &(bool){false}, &r->why));
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
    access_refuse(h, c->session, r->op, NULL, NO_PATH, s, &r->why);
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
    stream_open_help(r->h, r->c);
}

/* ---- reading ---- */

static void ls(struct request *r)
{
    uint32_t entries;
    if (opened(r, ACCESS_LIST) && allowed(r, stream_open_list(r->h, r->c, &r->ref, &entries)) && charged(r, ACCESS_LIST))
        reply_ok(r->c, r->ack, "path=", r->path, " entries=", entries);
}

static void cat(struct request *r)
{
    BUF(b, CONSOLE_LINE_BYTES);
    if (!opened(r, ACCESS_READ))
        return;
    stream_open(r->h, r->c, &r->ref, 0);
    if (!charged(r, ACCESS_READ))
        return;
    buf_say(&b, "OK CAT path=", r->path, " data=");
    stream_summary(r->h, r->c, &b);
    reply_say(r->c, buf_bytes(&b));
}

/* TAIL and LOG: what was appended since this session's cursor. A file that is no ring is shown whole each time. */
static void tail(struct request *r)
{
    uint64_t from = 0;
    bool known = false;
    if (!opened(r, ACCESS_READ))
        return;
    const struct ring *ring = ns_ring(&r->h->tree, r->h, &r->ref);
    r->why.oldest = ring ? ring->oldest : 0;
    if (ring && !allowed(r, session_cursor(r->h, r->c->session, &r->ref, ring, &from, &known)))
        return;
    stream_open(r->h, r->c, &r->ref, ring ? NS_ABSOLUTE + from : 0);
    if (!charged(r, ACCESS_READ))
        return;
    const struct ticket_cost move = {.of = {[TICKET_RESUMES] = known, [TICKET_ADVANCES] = stream_size(r->c) != 0}};
    if (ring && !allowed(r, session_charge(r->h, r->c->session, move)))
        return;
    if (ring)
        session_follow(r->h, r->c->session, &r->ref, r->c->stream.end - NS_ABSOLUTE);
    reply_ok(r->c, r->ack, "path=", r->path);
}

static void cachelog(struct request *r)
{
    if (!opened(r, ACCESS_READ))
        return;
    const struct ring *ring = ns_ring(&r->h->tree, r->h, &r->ref); /* the session may have bound something else here */
    uint32_t count = r->cmd->count ? (uint32_t)r->cmd->count : CACHELOG_DEFAULT;
    stream_open(r->h, r->c, &r->ref, ring ? NS_ABSOLUTE + ring_newest(ring, count) : 0);
    if (charged(r, ACCESS_READ))
        reply_say(r->c, "OK ", r->ack);
}

/* ---- writing ---- */

/* What a payload stands for: `b64:` is bytes for a byte stream, and text like any other for lines. */
static enum coh_status payload_bytes(struct request *r, struct buf *store, struct bytes *data)
{
    if (!bytes_begin(*data, B64_MARK) || !ns_is_bytes(&r->h->tree, &r->ref))
        return COH_OK;
    if (!base64_decode(store, bytes_sub(*data, strlen(B64_MARK), data->n)))
        return ns_refuse(&r->why, COH_INVALID, "base64", "b64: is followed by base64 with its padding");
    *data = buf_bytes(store);
    return COH_OK;
}

/* Checks, acknowledges with the n pieces at ok, then does: nothing is visible before the acknowledgement. */
static void append(struct request *r, struct bytes data, const struct piece *ok, size_t n)
{
    struct ns_write w;
    BUF(store, CONSOLE_LINE_BYTES);
    if (!opened(r, ACCESS_WRITE))
        return;
    enum coh_status s = payload_bytes(r, &store, &data);
    if (s == COH_OK)
        s = access_check(r->h, r->c->session, &r->ref, data, NS_AT_END, &w, &r->why);
    if (!allowed(r, s))
        return;
    reply_pieces(r->c, ok, n);
    access_apply(r->h, &w);
}

static void echo(struct request *r)
{
    append(r, r->cmd->payload, PIECES("OK ECHO path=", r->path, " bytes=", r->cmd->payload.n));
}

static void spawn(struct request *r) { append(r, r->cmd->payload, PIECES("OK SPAWN payload=", r->cmd->payload)); }

static void kill_verb(struct request *r)
{
    BUF(order, CONSOLE_LINE_BYTES);
    BUF(worker, 64);
    buf_say(&order, "{\"kill\":");
    json_put_string(&order, r->cmd->worker);
    buf_byte(&order, '}');
    buf_say(&worker, "/worker/", r->cmd->worker);
    r->shown = buf_bytes(&worker);
    append(r, buf_bytes(&order), PIECES("OK KILL id=", r->cmd->worker));
}

/* ---- facts of the machine ---- */

/* Facts of the machine are the queen's. */
static enum coh_status queens(const struct request *r)
{
    enum coh_status s = session_alive(r->h, r->c->session);
    return s == COH_OK && r->h->sessions[r->c->session].role != ROLE_QUEEN ? COH_PERMISSION : s;
}

static void facts(struct request *r)
{
    const struct hive_facts *f = &r->h->facts;
    const struct hive_net *n = &r->h->net;
    BUF(address, 25);
    buf_say(&address, " address=");
    buf_ipv4(&address, n->address);
    if (r->cmd->verb == VERB_BI)
        reply_ok(r->c, r->ack, "node_bits=", f->node_bits, " empty=[", piece_hex(f->empty_start + n->taken.slots), ",",
                 piece_hex(f->empty_end), ") nodes=", f->nodes);
    else if (r->cmd->verb == VERB_CAPS)
        reply_ok(r->c, r->ack, "root=", piece_hex(f->cap_root), " ep=", piece_hex(f->cap_ep), " uart=",
                 piece_hex(f->cap_uart));
    else if (r->cmd->verb == VERB_MEM)
        reply_ok(r->c, r->ack, "untyped=", f->mem_untyped, " ram=", f->mem_ram_bytes - n->taken.ram, " device=",
                 f->mem_device_bytes - n->taken.device);
    else
        reply_ok(r->c, r->ack, "accepted=", n->accepted, " refused=", n->refused, " rx_bytes=", n->rx_bytes,
                 " tx_bytes=", n->tx_bytes, " rx_dropped=", n->rx_dropped, " tx_dropped=", n->tx_dropped,
                 buf_bytes(&address));
}

/* Core by core who runs there, then how the authority spends its core's time since boot. */
static void smp(struct request *r)
{
    const struct hive_facts *f = &r->h->facts;
    BUF(b, CONSOLE_LINE_BYTES);
    for (uint32_t core = 0, n = 0; f->placement && core < f->nodes; core++, n = 0) {
        buf_say(&b, " core", core, "=");
        for (const struct hive_task *t = f->placement; t->name; t++) {
            if (t->core == core)
                buf_say(&b, n++ ? "," : "", t->name);
        }
        buf_say(&b, n ? "" : "none");
    }
    if (!f->placement)
        unsupported(r);
    else if (allowed(r, queens(r)))
        reply_ok(r->c, r->ack, "cores=", f->nodes, buf_bytes(&b), " authority.wakeups=", r->h->net.wakeups,
                 " authority.idle_permille=", r->h->net.slept_ms * 1000 / (r->h->now_ms + 1));
}

static void nettest(struct request *r)
{
    bool up = r->h->net.link_up && r->h->net.listening;
    r->why.detail = "link-down";
    if (allowed(r, up ? COH_OK : COH_BUSY))
        reply_ok(r->c, r->ack, "listening=yes link=up");
}

/* ---- dispatch ---- */

/* What a verb needs of the session: to be attached, nothing, to be the queen's, and of the machine also a BootInfo. */
enum need { ATTACHED, NOTHING, QUEEN, BOOTINFO };

static const struct verb {
    void (*run)(struct request *r);
    enum need need;
    const char *path; /* where it leads when it names none */
} verbs[VERB_COUNT] = {
    [VERB_AUTH] = {auth, NOTHING, NULL}, [VERB_ATTACH] = {attach, NOTHING, NULL}, [VERB_HELP] = {help, NOTHING, NULL},
    [VERB_PING] = {ping, NOTHING, NULL}, [VERB_LS] = {ls, ATTACHED, NULL}, [VERB_CAT] = {cat, ATTACHED, NULL},
    [VERB_TAIL] = {tail, ATTACHED, NULL}, [VERB_LOG] = {tail, ATTACHED, LOG}, [VERB_ECHO] = {echo, ATTACHED, NULL},
    [VERB_SPAWN] = {spawn, ATTACHED, CTL}, [VERB_KILL] = {kill_verb, ATTACHED, CTL},
    [VERB_BI] = {facts, BOOTINFO, NULL}, [VERB_CAPS] = {facts, BOOTINFO, NULL}, [VERB_MEM] = {facts, BOOTINFO, NULL},
    [VERB_SMP] = {smp, ATTACHED, NULL}, [VERB_CACHELOG] = {cachelog, ATTACHED, LOG},
    [VERB_NETSTATS] = {facts, QUEEN, NULL}, [VERB_NETTEST] = {nettest, QUEEN, NULL},
    [VERB_TEST] = {unsupported, NOTHING, NULL}, [VERB_QUIT] = {quit, NOTHING, NULL},
};

/* The verb and its path; tokens, tickets and payloads are nobody's business. */
static void trace_verb(const struct request *r)
{
    uint32_t session = r->c->session;
    if (session != SESSION_NONE)
        trace_say(r->h, TRACE_DEBUG, TRACE_CONSOLE, worker_number_of(session_caller(r->h, session).subject),
                  "verb=", r->op, " session=", r->h->sessions[session].id, r->cmd->path.n ? " path=" : "", r->cmd->path);
}

void verb_refuse_line(struct hive *h, struct conn *c, const char *detail)
{
    access_refuse_session(h, c->session, "PARSE", COH_INVALID, detail);
    reply_say(c, "ERR PARSE reason=policy detail=", detail);
}

void verb_refuse_frame(struct hive *h, struct conn *c)
{
    bool stranger = c->session == SESSION_NONE;
    reply_err(c, stranger ? "AUTH" : "FRAME", "invalid-length");
    access_refuse_session(h, c->session, "FRAME", stranger ? COH_INVALID : COH_TOO_BIG, "invalid-length");
}

/* Runs what was parsed, if the session may. */
static void run(struct request *r, const struct verb *v)
{
    if (v->need != NOTHING && r->h->sessions[r->c->session].state < SESSION_ACTIVE) {
        access_refuse_session(r->h, r->c->session, r->op, COH_AUTH, "unauthenticated");
        reply_err(r->c, r->ack, "unauthenticated");
        return;
    }
    trace_verb(r);
    if (v->need >= QUEEN && !allowed(r, queens(r)))
        return;
    r->path = v->path ? bytes_str(v->path) : r->cmd->path;
    (v->need == BOOTINFO && !r->h->facts.has_bootinfo ? unsupported : v->run)(r);
}

void verb_run(struct hive *h, struct conn *c, struct bytes line)
{
    struct console_command cmd;
    const char *fault = console_parse(line, &cmd);
    if (c->session == SESSION_NONE && (fault || cmd.verb != VERB_AUTH)) {
        reply_err(c, "AUTH", "expected-token");
        audit_stranger(h, COH_AUTH);
    } else if (fault) {
        verb_refuse_line(h, c, fault);
    } else {
        const struct console_usage *u = &console_verbs[cmd.verb];
        run(&(struct request){.h = h, .c = c, .cmd = &cmd, .ack = u->ack, .op = u->name}, &verbs[cmd.verb]);
    }
}
