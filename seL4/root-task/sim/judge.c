/* Judges acknowledgements: each command gets exactly one, in order, and it says what the contracts say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "sim/sim.h"

static const char *const role_names[] = {"queen", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora"};

static bool starts(struct bytes line, const char *s) { return bytes_is(bytes_sub(line, 0, strlen(s)), s); }

static struct bytes after(struct bytes line, const char *s) { return bytes_sub(line, strlen(s), line.n); }

#define TEXT(b) (int)(b).n, (const char *)(b).p

static void pop(struct client *c, uint32_t i)
{
    for (; i > 0; i--)
        *item_at(c, i) = *item_at(c, i - 1u);
    c->head = (c->head + 1u) % SIM_QUEUE;
    c->count--;
    c->echo_seen = false;
}

/* The counter that a refusal steps, by its word; PRESSURE_COUNT for what is no refusal of a decision. */
static enum pressure pressure_by_word(struct bytes word)
{
    if (bytes_is(word, "busy") || bytes_is(word, "throttled"))
        return PRESSURE_BUSY;
    if (bytes_is(word, "quota"))
        return PRESSURE_QUOTA;
    if (bytes_is(word, "cut"))
        return PRESSURE_CUT;
    return bytes_is(word, "unsupported") ? PRESSURE_COUNT : PRESSURE_POLICY;
}

static struct bytes reason_of(struct bytes line)
{
    size_t at = 0;
    for (unsigned blanks = 0; at < line.n && blanks < 2; at++)
        blanks += line.p[at] == ' ';
    struct bytes rest = bytes_sub(line, at, line.n);
    if (!starts(rest, "reason="))
        return bytes_of(NULL, 0);
    rest = after(rest, "reason=");
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ' ')
        n++;
    return bytes_sub(rest, 0, n);
}

static void count_refusal(struct world *w, const struct client *c, struct bytes reason, bool frame)
{
    enum pressure p = frame ? PRESSURE_QUOTA : pressure_by_word(reason);
    if (p == PRESSURE_COUNT)
        return;
    w->refused[p]++;
    if (c->authed)
        w->session_refusals++;
    else
        w->stranger_refusals++;
}

static void must_be(struct world *w, const struct client *c, struct bytes line, const char *want)
{
    SIM_CHECK(w, bytes_is(line, want), "client %u expected `%s` and got `%.*s`", c->id, want, TEXT(line));
}

/* `ERR <VERB> reason=throttled delay_ms=<n>…`: is a delay allowed here? */
static void must_be_delay(struct world *w, const struct client *c, struct bytes line, bool allowed)
{
    SIM_CHECK(w, allowed, "client %u was throttled without a reason: `%.*s`", c->id, TEXT(line));
    char text[300];
    snprintf(text, sizeof text, "%.*s", TEXT(line));
    const char *delay = strstr(text, "delay_ms=");
    SIM_CHECK(w, delay && strtoul(delay + 9, NULL, 10) > 0, "client %u was throttled without a delay: `%s`", c->id, text);
}

/* ---- sessions ---- */

static void judge_auth(struct world *w, struct client *c, const struct item *it, struct bytes line)
{
    if (starts(line, "ERR AUTH reason=throttled delay_ms=")) {
        must_be_delay(w, c, line, c->auth_failures > 0);
    } else if (it->kind == ITEM_AUTH_BAD) {
        must_be(w, c, line, "ERR AUTH reason=invalid-token");
        c->auth_failures++;
    } else if (!c->authed && starts(line, "ERR AUTH reason=busy")) {
        SIM_CHECK(w, w->holders_peak > COH_CONSOLE_MAX_SESSIONS || w->strangers_peak > COH_PREAUTH_MAX,
                  "client %u: no room for a session, but there never were as many", c->id);
        c->closing = true;
    } else {
        must_be(w, c, line, "OK AUTH");
        c->auth_failures = 0;
        c->authed = true;
    }
}

static void attached(struct world *w, struct client *c, const struct item *it)
{
    struct sim_ticket *t = it->ticket >= 0 ? &w->tickets[it->ticket] : NULL;
    c->attached = true;
    c->me.role = it->role;
    c->me.ticket = it->ticket;
    c->me.attach_sent_ms = it->sent_ms;
    c->me.spent = c->cursor_known = false;
    c->attach_failures = 0;
    memset(c->me.scope_ok, 0, sizeof c->me.scope_ok);
    w->audited_ok++;
    if (!t)
        return;
    SIM_CHECK(w, !ticket_expired(w, t, it->sent_ms), "client %u attached with a ticket whose time was over", c->id);
    if (w->now < t->first_seen_ms)
        t->first_seen_ms = w->now;
}

static void judge_attach(struct world *w, struct client *c, const struct item *it, struct bytes line)
{
    const struct sim_ticket *t = it->ticket >= 0 ? &w->tickets[it->ticket] : NULL;
    bool bad = t ? t->broken || t->role != it->role : it->role != ROLE_QUEEN;
    bool failed = true;
    bool open = it->role == ROLE_QUEEN && it->ticket < 0 && !w->flood;
    char ok[64];
    snprintf(ok, sizeof ok, "OK ATTACH role=%s", role_names[it->role]);
    if (starts(line, "ERR ATTACH reason=throttled ")) {
        must_be_delay(w, c, line, c->kind != CLIENT_SERIAL && (c->attach_failures || (!open && (w->flood || pair_of(w, it)->asked > THROTTLE_STRIKES))));
        failed = false;
    } else if (bad) {
        must_be(w, c, line, "ERR ATTACH reason=denied");
    } else if (bytes_is(line, "ERR ATTACH reason=expired")) {
        SIM_CHECK(w, t && t->has_ttl && (t->ttl_s == 0 || w->now >= t->first_sent_ms + t->ttl_s * 1000u),
                  "client %u: its ticket expired too early", c->id);
    } else if (starts(line, "ERR ATTACH reason=cut")) {
        SIM_CHECK(w, it->role != ROLE_QUEEN && (w->lifecycle_touched || starts(line, "ERR ATTACH reason=cut detail=ended")),
                  "client %u: attach cut off: `%.*s`", c->id, TEXT(line));
        failed = false;
    } else if (w->flood && bytes_is(line, "ERR ATTACH reason=busy")) {
        failed = false;
    } else {
        must_be(w, c, line, ok);
        attached(w, c, it);
        failed = false;
    }
    c->attach_failures += failed;
}

/* ---- access ---- */

static void judge_refused_access(struct world *w, struct client *c, const struct item *it, struct bytes line, enum verdict v)
{
    const struct sim_ticket *t = c->me.ticket >= 0 ? &w->tickets[c->me.ticket] : NULL;
    struct bytes reason = reason_of(line);
    char want[400];
    const char *detail = "";
    if (c->me.spent || bytes_is(reason, "cut")) {
        SIM_CHECK(w, bytes_is(reason, "cut"), "client %u: its session was used up, yet `%.*s`", c->id, TEXT(line));
        bool offline = maybe_offline(w, it->changes) && (c->me.role != ROLE_QUEEN || it->access == SIM_WRITE);
        SIM_CHECK(w, it->dynamic || offline || may_be_cut(w, &c->me), "client %u was cut off: `%.*s`", c->id, TEXT(line));
        return;
    }
    if (bytes_is(reason, "throttled")) {
        int s = scope_of(t, it->target, it->access == SIM_WRITE);
        must_be_delay(w, c, line, s >= 0 && t->scopes[s].rate > 0);
        return;
    }
    if (bytes_is(reason, "quota")) {
        bool long_line = strstr((const char *)line.p, "detail=too-big") != NULL;
        bool others = it->access == SIM_WRITE && (long_line || may_refuse(it->target, MAY_QUOTA));
        SIM_CHECK(w, others || may_be_spent(w, &c->me), "client %u met a limit that it has not: `%.*s`", c->id, TEXT(line));
        c->me.spent = !others;
        c->me.doubtful = c->me.doubtful || (others && !long_line && may_be_spent(w, &c->me));
        return;
    }
    if (it->access == SIM_READ && it->node && it->node->append && strstr((const char *)line.p, "detail=stale-cursor"))
        return; /* a small file that has dropped lines */
    SIM_CHECK(w, v != MUST_PASS, "client %u was refused `%s %s`: `%.*s`", c->id, it->verb, it->path, TEXT(line));
    if (v == ANY_VERDICT) {
        bool wrong = it->node && !may_refuse(it->target, MAY_DENY) && strstr((const char *)line.p, "detail=denied") != NULL;
        bool full = !it->plain_spawn && may_refuse(it->target, MAY_BUSY);
        SIM_CHECK(w, !wrong, "client %u was denied what it may do: `%.*s`", c->id, TEXT(line));
        SIM_CHECK(w, !bytes_is(reason, "busy") || full || w->spawns_maybe >= COH_WORKERS_MAX, "client %u: no room for a worker too early", c->id);
        return;
    }
    if (v == MUST_NOT_FOUND)
        detail = "detail=invalid-path path=%s error=invalid path";
    else if (v == MUST_DENY)
        detail = "detail=denied path=%s error=EPERM";
    else
        detail = it->access == SIM_LIST ? "detail=not-a-directory path=%s error=not a directory"
                                        : "detail=is-a-directory path=%s error=is a directory";
    int n = snprintf(want, sizeof want, "ERR %s reason=policy ", it->verb);
    const char *split = strstr(detail, "%s");
    snprintf(want + n, sizeof want - (size_t)n, "%.*s%s%s", (int)(split - detail), detail, it->path, split + 2);
    must_be(w, c, line, want);
}

/* A worker's session sees its own directory alone. */
static bool dynamic_is_own(const struct world *w, const struct client *c, const char *path)
{
    char own[64];
    snprintf(own, sizeof own, "/worker/%s", c->me.ticket >= 0 ? w->tickets[c->me.ticket].subject : "");
    static const char *const places[ROLE_COUNT] = {"/", "/shard", "/gpu", "/bus", "/lora"};
    return sim_within(path, places[c->me.role]) || sim_within(path, own) || sim_within(path, "/shard");
}

static void judge_access(struct world *w, struct client *c, struct item *it, struct bytes line)
{
    enum verdict v = node_verdict(w, &c->me, it->target, it->node, it->access, it->dynamic);
    struct sim_ticket *t = c->me.ticket >= 0 ? &w->tickets[c->me.ticket] : NULL;
    char ok[32];
    int n = snprintf(ok, sizeof ok, "OK %s", it->verb);
    if (!starts(line, ok)) {
        judge_refused_access(w, c, it, line, v);
        pop(c, 0);
        return;
    }
    SIM_CHECK(w, v == MUST_PASS || v == ANY_VERDICT, "client %u did what it may not: `%.*s`", c->id, TEXT(line));
    SIM_CHECK(w, !c->me.spent, "client %u goes on after its session was used up: `%.*s`", c->id, TEXT(line));
    SIM_CHECK(w, !t || !ticket_expired(w, t, it->sent_ms), "client %u goes on after its ticket's time", c->id);
    SIM_CHECK(w, !surely_offline(w, it->changes) || (c->me.role == ROLE_QUEEN && it->access != SIM_WRITE),
              "client %u goes on while the hive is OFFLINE: `%.*s`", c->id, TEXT(line));
    SIM_CHECK(w, it->node || dynamic_is_own(w, c, it->target), "client %u sees another's %s", c->id, it->target);
    charge(w, &c->me, c->id, it->target, it->access == SIM_WRITE);
    struct bytes detail = bytes_sub(line, (size_t)n + 1u, line.n);
    if (it->access != SIM_WRITE) {
        c->streaming = true;
        stream_begins(w, c, detail);
        return;
    }
    SIM_CHECK(w, bytes_is(detail, it->detail), "client %u expected `%s` and got `%.*s`", c->id, it->detail, TEXT(detail));
    w->audited_ok += control_audited(it->target);
    w->notes_sure += it->node && it->node->logged;
    w->spawns_sure += it->kind == ITEM_SPAWN;
    if (t)
        t->bytes_sure += it->payload;
    pop(c, 0);
}

static void judge_fact(struct world *w, struct client *c, const struct item *it, struct bytes line)
{
    char want[96];
    bool counters = strcmp(it->verb, "NETSTATS") == 0 || strcmp(it->verb, "NETTEST") == 0;
    if (bytes_is(reason_of(line), "cut")) {
        SIM_CHECK(w, may_be_cut(w, &c->me), "client %u was cut off: `%.*s`", c->id, TEXT(line));
        return;
    }
    SIM_CHECK(w, !c->me.spent, "client %u goes on after its session was used up: `%.*s`", c->id, TEXT(line));
    bool down = c->me.role == ROLE_QUEEN && w->gov.link_was_down && bytes_is(line, "ERR NETTEST reason=busy detail=link-down");
    if (down && strcmp(it->verb, "NETTEST") == 0)
        return;
    if (c->me.role != ROLE_QUEEN)
        snprintf(want, sizeof want, "ERR %s reason=policy detail=denied error=EPERM", it->verb);
    else if (counters)
        snprintf(want, sizeof want, "OK %s ", it->verb);
    else
        snprintf(want, sizeof want, "ERR %s reason=unsupported", it->verb);
    SIM_CHECK(w, counters ? starts(line, want) : bytes_is(line, want), "client %u expected `%s` and got `%.*s`", c->id, want, TEXT(line));
}

/* ---- one line ---- */

static void judge_stranger(struct world *w, struct client *c, const struct item *it, struct bytes line)
{
    if (it->kind == ITEM_AUTH_GOOD || it->kind == ITEM_AUTH_BAD) {
        judge_auth(w, c, it, line);
    } else if (it->kind == ITEM_LONG_FRAME || it->kind == ITEM_LOST_FRAME) {
        must_be(w, c, line, "ERR AUTH reason=invalid-length");
        c->closing = true;
    } else {
        must_be(w, c, line, "ERR AUTH reason=expected-token");
    }
    pop(c, 0);
}

static void judge_plain(struct world *w, struct client *c, struct item *it, struct bytes line)
{
    char want[64];
    switch (it->kind) {
    case ITEM_AUTH_GOOD:
    case ITEM_AUTH_BAD:
        judge_auth(w, c, it, line);
        break;
    case ITEM_ATTACH:
        judge_attach(w, c, it, line);
        break;
    case ITEM_PARSE:
        SIM_CHECK(w, starts(line, "ERR PARSE reason=policy detail="), "client %u: `%.*s`", c->id, TEXT(line));
        break;
    case ITEM_QUIT:
        must_be(w, c, line, c->kind == CLIENT_SERIAL ? "ERR QUIT reason=unsupported" : "OK QUIT");
        c->closing = c->kind != CLIENT_SERIAL;
        break;
    case ITEM_QUEEN_FACT:
        judge_fact(w, c, it, line);
        break;
    default:
        snprintf(want, sizeof want, "ERR %s reason=unsupported", it->verb);
        must_be(w, c, line, want);
    }
    pop(c, 0);
}

static void judge_ack(struct world *w, struct client *c, struct bytes line)
{
    struct item *it = item_at(c, 0);
    bool needs_attach = it->kind >= ITEM_LS && it->kind <= ITEM_UNSUPPORTED && strcmp(it->verb, "TEST") != 0;
    char want[64];
    if (starts(line, "ERR "))
        count_refusal(w, c, reason_of(line), false);
    if (!c->authed) {
        judge_stranger(w, c, it, line);
    } else if (needs_attach && !c->attached) {
        snprintf(want, sizeof want, "ERR %s reason=unauthenticated", it->verb);
        must_be(w, c, line, want);
        pop(c, 0);
    } else if (it->kind == ITEM_HELP) {
        must_be(w, c, line, "OK HELP");
        c->streaming = true;
        stream_begins(w, c, bytes_of(NULL, 0));
    } else if (it->kind >= ITEM_LS && it->kind <= ITEM_KILL) {
        judge_access(w, c, it, line);
    } else {
        judge_plain(w, c, it, line);
    }
}

/* PING and refused frames are answered even in the middle of a stream: they are the next thing after it. */
static void judge_aside(struct world *w, struct client *c, bool frame)
{
    uint32_t i = c->streaming;
    SIM_CHECK(w, c->count > i, "client %u got an answer to nothing", c->id);
    enum item_kind kind = item_at(c, i)->kind;
    bool right = frame ? kind == ITEM_LONG_FRAME || kind == ITEM_LOST_FRAME : kind == ITEM_PING;
    SIM_CHECK(w, right, "client %u: an answer overtook others", c->id);
    c->lost = kind == ITEM_LOST_FRAME;
    c->closing = c->lost && !c->streaming; /* a stream that has begun goes on to its end */
    pop(c, i);
}

void judge_line(struct world *w, struct client *c, struct bytes line)
{
    bool first = !c->any_seen;
    c->any_seen = true;
    SIM_CHECK(w, !c->closing, "client %u got `%.*s` after the last word", c->id, TEXT(line));
    if (c->pong_due) {
        must_be(w, c, line, "OK PING reply=pong");
        c->pong_due = false;
        judge_aside(w, c, false);
    } else if (bytes_is(line, "PONG")) {
        c->pong_due = true;
    } else if (c->authed && starts(line, "ERR FRAME ")) {
        must_be(w, c, line, "ERR FRAME reason=invalid-length");
        count_refusal(w, c, line, true);
        judge_aside(w, c, true);
    } else if (c->streaming && bytes_is(line, "END")) {
        stream_ends(w, c);
        c->streaming = false;
        c->closing = c->lost;
        pop(c, 0);
    } else if (c->streaming) {
        stream_line(w, c, line);
    } else if (first && bytes_is(line, "ERR AUTH reason=busy") && c->kind == CLIENT_CONSOLE) {
        SIM_CHECK(w, w->strangers_peak > COH_PREAUTH_MAX || w->holders_peak > COH_CONSOLE_MAX_SESSIONS, "client %u was turned away from an empty hive", c->id);
        count_refusal(w, c, bytes_str("busy"), false);
        c->closing = true;
    } else {
        SIM_CHECK(w, c->count > 0, "client %u asked nothing and got `%.*s`", c->id, TEXT(line));
        judge_ack(w, c, line);
    }
}

void judge_end(struct world *w, struct client *c, bool by_hive)
{
    /* Through the pump nobody knows when the hive took what was sent: not before its answers were read. */
    bool late = c->was_idle || w->now - (w->pumped ? c->accepted_ms : c->last_in_ms) >= COH_CONSOLE_IDLE_TIMEOUT_MS ||
                (!c->authed && w->now - c->accepted_ms >= COH_CONSOLE_AUTH_TIMEOUT_MS);
    bool over = c->closing || c->lost, last = over;
    for (uint32_t i = 0; i < c->count && !over; i++) {
        const struct item *it = item_at(c, i);
        over = it->kind == ITEM_LOST_FRAME; /* nothing after it is answered */
        last = last || over || it->kind == ITEM_QUIT || (!c->authed && it->kind == ITEM_LONG_FRAME);
        w->refused_unseen += it->end <= c->sent;
    }
    w->refused_unseen += 1u + !c->any_seen; /* what it did not read, or its end in the middle of a frame */
    SIM_CHECK(w, !by_hive || late || last || c->corrupt || !c->any_seen, "the hive hung up on client %u", c->id);
}
