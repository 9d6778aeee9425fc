/* What console clients say: right commands, wrong ones, broken frames, and keys on the serial line. */
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

#define ASK_BYTES 300u

/* ---- how it gets out ---- */

static void put_bytes(struct client *c, const void *p, size_t n)
{
    memcpy(c->outbox + c->out_n, p, n);
    c->out_n += (uint32_t)n;
    c->queued += n;
}

static struct item *put_item(struct world *w, struct client *c, const struct item *it)
{
    struct item *to = item_at(c, c->count++);
    *to = *it;
    if (!to->target[0])
        memcpy(to->target, to->path, sizeof to->target);
    to->sent_ms = w->h->now_ms; /* it is not answered before that, whatever the clock says */
    to->log_at = w->log_n;
    to->changes = w->gov.changes;
    to->end = c->queued;
    return to;
}

/* Keys that end in this line, with now and then a wrong one taken back; the echo is what the hive must show of them. */
static void type_line(struct world *w, struct client *c, const char *line, struct item *it)
{
    size_t n = strlen(line), shown = 0;
    for (size_t i = 0; i < n; i++) {
        if (i < 200 && i % 16 == 7 && shown + 8 < sizeof it->echo && chance(&w->rng, 30)) {
            put_bytes(c, "#\b", 2);
            memcpy(it->echo + shown, "#\b \b", 4);
            shown += 4;
        }
        put_bytes(c, line + i, 1);
        if (i < CONSOLE_LINE_BYTES)
            it->echo[shown++] = line[i];
    }
    it->echo[shown] = 0;
    put_bytes(c, chance(&w->rng, 50) ? "\r" : "\r\n", 1);
}

static void put_frame(struct client *c, uint32_t size, const void *p, size_t n)
{
    const uint8_t head[4] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), (uint8_t)(size >> 24)};
    put_bytes(c, head, sizeof head);
    put_bytes(c, p, n);
}

/* Operations that any of this connection's tickets may be charged with. */
static void maybe_charged(struct world *w, const struct client *c, const struct item *it)
{
    if (it->kind < ITEM_LS || it->kind > ITEM_KILL)
        return;
    for (uint32_t i = 0; i < SIM_TICKETS; i++) {
        if (c->tickets_asked & (1u << i))
            w->tickets[i].ops_maybe++;
    }
}

void ask_line(struct world *w, struct client *c, const char *line, const struct item *it)
{
    if (c->count == SIM_QUEUE || SIM_OUTBOX - c->out_n < 2u * ASK_BYTES + 300u)
        return;
    struct item sent = *it;
    if (c->kind == CLIENT_SERIAL)
        type_line(w, c, line, &sent);
    else
        put_frame(c, (uint32_t)strlen(line) + 4u, line, strlen(line));
    c->may_hold = c->may_hold || it->kind == ITEM_AUTH_GOOD; /* a console connection has one session */
    world_note_peaks(w);
    put_item(w, c, &sent);
    maybe_charged(w, c, &sent);
    sim_say(w, "client %u asks: %s", c->id, line);
}

/* ---- what it is ---- */

void ask_read(struct world *w, struct client *c, enum item_kind kind, const char *path)
{
    static const char *const verbs[] = {[ITEM_LS] = "LS", [ITEM_CAT] = "CAT", [ITEM_TAIL] = "TAIL"};
    char line[ASK_BYTES];
    struct item it = {.kind = kind, .verb = verbs[kind], .access = kind == ITEM_LS ? SIM_LIST : SIM_READ};
    it.node = node_find(path);
    it.dynamic = !it.node && sim_dynamic(path);
    snprintf(it.path, sizeof it.path, "%s", path);
    snprintf(line, sizeof line, "%s %s", it.verb, path);
    ask_line(w, c, line, &it);
}

static void ask_some_path(struct world *w, struct client *c)
{
    static const char *const bad[] = {"proc", "//proc", "/proc/", "/proc/../log", "/.", "/proc//boot", "/a/b/c/d/e/f/g/h/i"};
    struct rng *r = &w->rng;
    char path[SIM_PATH];
    enum item_kind kind = (enum item_kind)between(r, ITEM_LS, ITEM_TAIL);
    uint32_t what = pick(r, 100);
    if (what < 55) {
        const struct sim_node *n = &sim_nodes[pick(r, sim_nodes_count)];
        if (chance(r, 80)) /* mostly the verb that fits */
            kind = n->kind == NODE_DIR ? ITEM_LS : kind == ITEM_LS ? ITEM_CAT : kind;
        snprintf(path, sizeof path, "%s", n->path);
    } else if (what < 75) {
        snprintf(path, sizeof path, "/worker/worker-%u%s", between(r, 1, 9), kind == ITEM_LS ? "" : "/telemetry");
    } else if (what < 80) {
        snprintf(path, sizeof path, "/proc/9p/session/%u/owner", between(r, 1, 30));
    } else if (what < 85) {
        snprintf(path, sizeof path, "%s", bad[pick(r, sizeof bad / sizeof bad[0])]);
    } else if (what < 90) { /* looks like a known one, and is another */
        snprintf(path, sizeof path, "%sx%u", sim_nodes[between(r, 1, sim_nodes_count - 1u)].path, w->nonce++);
    } else {
        snprintf(path, sizeof path, "/nothing/c%u-%u", c->id, w->nonce++);
    }
    ask_read(w, c, kind, path);
}

struct throttled_pair *pair_of(struct world *w, const struct item *it)
{
    const char *subject = it->ticket < 0 ? "" : w->tickets[it->ticket].subject[0] ? w->tickets[it->ticket].subject : "\x01";
    uint32_t i = 0;
    while (i < w->pairs_n && (w->pairs[i].role != it->role || strcmp(w->pairs[i].subject, subject) != 0))
        i++;
    if (i == w->pairs_n) {
        SIM_CHECK(w, i < sizeof w->pairs / sizeof w->pairs[0], "the simulation has too few pairs");
        w->pairs[w->pairs_n++] = (struct throttled_pair){.role = it->role};
        snprintf(w->pairs[i].subject, sizeof w->pairs[i].subject, "%s", subject);
    }
    return &w->pairs[i];
}

static void ask_attach(struct world *w, struct client *c)
{
    static const char *const names[] = {"queen", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora"};
    char line[ASK_BYTES + TICKET_TEXT_BYTES];
    struct item it = {.kind = ITEM_ATTACH, .verb = "ATTACH", .ticket = -1, .role = ROLE_QUEEN};
    if (chance(&w->rng, w->queens ? 15 : 55)) {
        uint32_t t = pick(&w->rng, SIM_TICKETS);
        if (strlen(w->tickets[t].text) <= CONSOLE_TICKET_BYTES) {
            it.ticket = (int)t;
            it.role = w->tickets[t].role;
        }
    }
    if (chance(&w->rng, 8))
        it.role = (enum coh_role)pick(&w->rng, ROLE_COUNT);
    snprintf(line, sizeof line, "ATTACH %s %s", it.role == ROLE_HEARTBEAT && chance(&w->rng, 50) ? "worker" : names[it.role],
             it.ticket >= 0 ? w->tickets[it.ticket].text : "");
    if (strlen(line) > CONSOLE_LINE_BYTES)
        return;
    if (it.ticket >= 0 && it.role == w->tickets[it.ticket].role) {
        struct sim_ticket *t = &w->tickets[it.ticket];
        t->first_sent_ms = t->first_sent_ms < w->h->now_ms ? t->first_sent_ms : w->h->now_ms;
        c->tickets_asked |= 1u << it.ticket;
    }
    if (c->kind != CLIENT_SERIAL)
        pair_of(w, &it)->asked++;
    ask_line(w, c, line, &it);
}

static void ask_write(struct world *w, struct client *c, const char *path, const char *text, bool sure)
{
    char line[ASK_BYTES + SIM_PATH];
    struct item it = {.kind = ITEM_ECHO, .verb = "ECHO", .access = SIM_WRITE, .node = node_find(path), .payload = strlen(text)};
    it.dynamic = !sure;
    snprintf(it.path, sizeof it.path, "%s", path);
    snprintf(it.detail, sizeof it.detail, "path=%s bytes=%zu", path, strlen(text));
    snprintf(line, sizeof line, "ECHO %s %s", path, text);
    ask_line(w, c, line, &it);
}

static void ask_some_write(struct world *w, struct client *c)
{
    static const char *const posing[] = {"END", "OK", "ERR", "PONG", "\\"};
    static const char *const commands[] = {"cordon", "resume", "quiesce", "drain", "reset", "bogus"};
    struct rng *r = &w->rng;
    char text[200], path[SIM_PATH];
    switch (pick(r, 8)) {
    case 0:
        if (chance(r, 60))
            return;
        w->lifecycle_touched = true;
        ask_write(w, c, "/queen/lifecycle/ctl", chance(r, 40) ? "resume" : commands[pick(r, 6)], false);
        return;
    case 1:
        snprintf(path, sizeof path, "/worker/worker-%u/telemetry", between(r, 1, 6));
        snprintf(text, sizeof text, "note c%u %u", c->id, w->nonce++);
        ask_write(w, c, path, text, false);
        return;
    case 2:
        snprintf(text, sizeof text, "{\"budget\":{\"worker\":\"worker-%u\",\"ops\":%u}}", between(r, 1, 6), between(r, 1, 4));
        ask_write(w, c, "/queen/ctl", text, false);
        return;
    case 3:
        ask_write(w, c, sim_nodes[pick(r, sim_nodes_count - 1u)].append ? "/proc/boot" : "/kmesg", "no", true);
        return;
    case 4:
        ask_write(w, c, "/queen/ctl", "{\"spawn\":\"heartbeat\",\"colour\":1}", false);
        return;
    default:
        snprintf(text, sizeof text, "%s c%u %u %.*s", chance(r, 40) ? posing[pick(r, 5)] : "note", c->id, w->nonce++,
                 (int)pick(r, 80), "ERR the quick brown fox jumps over the lazy dog and eats lots of grapes in the sun");
        ask_write(w, c, "/log/queen.log", text, true);
    }
}

static void ask_spawn(struct world *w, struct client *c)
{
    char json[128], line[ASK_BYTES];
    struct item it = {.kind = ITEM_SPAWN, .verb = "SPAWN", .access = SIM_WRITE, .dynamic = true, .node = node_find("/queen/ctl")};
    snprintf(json, sizeof json, "{\"spawn\":\"heartbeat\",\"ticks\":%u,\"budget\":{\"ttl_s\":%u,\"ops\":%u}}",
             between(&w->rng, 1, 60), between(&w->rng, 1, 200), between(&w->rng, 1, 12));
    snprintf(it.path, sizeof it.path, "/queen/ctl");
    snprintf(it.detail, sizeof it.detail, "payload=%s", json);
    snprintf(line, sizeof line, "SPAWN %s", json);
    it.payload = strlen(json);
    it.plain_spawn = true;
    w->spawns_maybe++;
    ask_line(w, c, line, &it);
}

static void ask_approval(struct world *w, struct client *c)
{
    char line[120];
    snprintf(line, sizeof line, "{\"id\":\"a-%u\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}", w->nonce++);
    ask_write(w, c, "/actions/queue", line, false);
}

static void ask_kill(struct world *w, struct client *c)
{
    char line[ASK_BYTES];
    struct item it = {.kind = ITEM_KILL, .verb = "KILL", .access = SIM_WRITE, .dynamic = true, .node = node_find("/queen/ctl"), .target = "/queen/ctl"};
    uint32_t n = between(&w->rng, 1, 8);
    snprintf(it.path, sizeof it.path, "/worker/worker-%u", n);
    snprintf(it.detail, sizeof it.detail, "id=worker-%u", n);
    snprintf(line, sizeof line, "KILL worker-%u", n);
    ask_line(w, c, line, &it);
}

static void ask_rude(struct world *w, struct client *c)
{
    static const char *const parse[] = {"FROBNICATE", "LS", "CACHELOG many", "KILL", "PING PING", "ECHO /log/queen.log", "CAT \x01"};
    uint8_t junk[600];
    struct item it = {.kind = ITEM_PARSE, .verb = "PARSE"};
    uint32_t what = pick(&w->rng, 10);
    if (what < 7 || c->kind == CLIENT_SERIAL) {
        char *line = (char *)junk;
        snprintf(line, sizeof junk, "%s", parse[pick(&w->rng, c->kind == CLIENT_SERIAL ? 6u : 7u)]);
        if (chance(&w->rng, 20)) { /* longer than a line of keys may be; a frame that long is another thing */
            memset(line, 'x', 280);
            line[c->kind == CLIENT_SERIAL ? 280 : 256] = 0;
        }
        ask_line(w, c, line, &it);
        return;
    }
    if (c->count == SIM_QUEUE || SIM_OUTBOX - c->out_n < 1200u)
        return;
    bool lost = what == 9 && chance(&w->rng, 50);
    uint32_t n = between(&w->rng, 257, 500);
    it.kind = lost ? ITEM_LOST_FRAME : ITEM_LONG_FRAME;
    it.verb = "FRAME";
    for (uint32_t i = 0; i < n; i++)
        junk[i] = (uint8_t)rng_next(&w->rng);
    put_frame(c, lost ? (chance(&w->rng, 50) ? pick(&w->rng, 5) : 65541u + pick(&w->rng, 1u << 30)) : n + 4u, junk, lost ? 0 : n);
    put_item(w, c, &it)->end -= lost ? 0 : n; /* judged by its header */
    sim_say(w, "client %u sends a frame of %s", c->id, lost ? "no size" : "too many bytes");
}

void ask_item(struct world *w, struct client *c, enum item_kind kind)
{
    static const struct {
        const char *line, *verb, *path;
    } plain[] = {
        [ITEM_AUTH_GOOD] = {"AUTH " SIM_TOKEN, "AUTH", ""}, [ITEM_AUTH_BAD] = {"auth changeme2", "AUTH", ""},
        [ITEM_PING] = {"PING", "PING", ""},                 [ITEM_HELP] = {"help", "HELP", ""},
        [ITEM_TAIL] = {"LOG", "LOG", "/log/queen.log"},     [ITEM_QUIT] = {"QUIT", "QUIT", ""},
    };
    struct item it = {.kind = kind, .verb = plain[kind].verb, .access = SIM_READ, .ticket = -1};
    snprintf(it.path, sizeof it.path, "%s", plain[kind].path);
    it.node = it.path[0] ? node_find(it.path) : NULL;
    ask_line(w, c, plain[kind].line, &it);
}

static void ask_fact(struct world *w, struct client *c)
{
    static const struct {
        const char *line, *ack;
        enum item_kind kind;
    } facts[] = {{"BI", "BOOTINFO", ITEM_QUEEN_FACT},  {"MEM", "MEM", ITEM_QUEEN_FACT},     {"NETSTATS", "NETSTATS", ITEM_QUEEN_FACT},
                 {"SMP", "SMP", ITEM_UNSUPPORTED},     {"TEST", "TEST", ITEM_UNSUPPORTED}, {"NETTEST", "NETTEST", ITEM_QUEEN_FACT}};
    uint32_t i = pick(&w->rng, sizeof facts / sizeof facts[0]);
    struct item it = {.kind = facts[i].kind, .verb = facts[i].ack};
    ask_line(w, c, facts[i].line, &it);
}

static void ask_cachelog(struct world *w, struct client *c)
{
    char line[32];
    struct item it = {.kind = ITEM_CACHELOG, .verb = "CACHELOG", .access = SIM_READ, .count = between(&w->rng, 1, 9)};
    snprintf(it.path, sizeof it.path, "/log/queen.log");
    it.node = node_find(it.path);
    snprintf(line, sizeof line, "CACHELOG %u", it.count);
    ask_line(w, c, line, &it);
}

void ask_something(struct world *w, struct client *c)
{
    struct rng *r = &w->rng;
    bool begin = !c->authed && c->count == 0 && c->kind != CLIENT_SERIAL && c->persona != PERSONA_STRANGER;
    uint32_t what = pick(r, 100);
    if (begin && chance(r, 85)) {
        ask_item(w, c, chance(r, 88) ? ITEM_AUTH_GOOD : ITEM_AUTH_BAD);
        ask_attach(w, c);
    } else if (c->persona == PERSONA_RUDE && chance(r, 35)) {
        ask_rude(w, c);
    } else if (!c->attached && chance(r, 50)) {
        ask_attach(w, c);
    } else if (c->attached && chance(r, w->governs)) {
        ask_control(w, c);
    } else if (what < 40) {
        ask_some_path(w, c);
    } else if (what < 60) {
        ask_some_write(w, c);
    } else if (what < 68) {
        ask_item(w, c, ITEM_PING);
    } else if (what < 74) {
        if (COH_ECOSYSTEM_POLICY_ENABLE && chance(r, 60))
            ask_approval(w, c);
        ask_spawn(w, c);
    } else if (what < 78) {
        ask_kill(w, c);
    } else if (what < 82) {
        ask_fact(w, c);
    } else if (what < 85) {
        ask_cachelog(w, c);
    } else if (what < 88) {
        ask_item(w, c, ITEM_TAIL);
    } else if (what < 93) {
        ask_attach(w, c);
    } else if (what < 95) {
        ask_rude(w, c);
    } else if (what < 97) {
        ask_item(w, c, chance(r, 50) ? ITEM_AUTH_GOOD : ITEM_AUTH_BAD);
    } else {
        ask_item(w, c, what == 97 ? ITEM_HELP : ITEM_QUIT);
    }
}

void client_flush(struct world *w, struct client *c, size_t n)
{
    if (n > c->out_n)
        n = c->out_n;
    if (n == 0)
        return;
    uint64_t then = w->h->now_ms;
    size_t took = link_send(w, c, c->outbox, n);
    memmove(c->outbox, c->outbox + took, c->out_n - took);
    c->out_n -= (uint32_t)took;
    c->sent += took;
    if (took) {
        c->was_idle = c->was_idle || w->now - c->last_in_ms >= COH_CONSOLE_IDLE_TIMEOUT_MS;
        c->last_in_ms = then;
    }
}
