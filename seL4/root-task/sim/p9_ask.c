/* What Secure9P clients ask: right requests, wrong ones, and frames that are none. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"

#define NUMBER(w) pick(&(w)->rng, SIM_FIDS)

/* ---- how it gets out ---- */

bool p9_room(const struct client *c) { return p9_of(c)->count < SIM_FLIGHT - 8u && SIM_OUTBOX - c->out_n > 2400u; }

static uint16_t new_tag(struct world *w, struct p9_client *p, struct p9_request_sent *q)
{
    uint16_t tag = (uint16_t)(p->next_tag++ % 500u);
    if (p->count && chance(&w->rng, 3))
        tag = flight_at(p, pick(&w->rng, p->count))->tag;
    for (uint32_t i = 0; i < p->count; i++)
        q->doubtful = q->doubtful || flight_at(p, i)->tag == tag;
    return tag;
}

static void put_raw(struct world *w, struct client *c, struct p9_request_sent *q, const uint8_t *frame, size_t n)
{
    struct p9_client *p = p9_of(c);
    memcpy(c->outbox + c->out_n, frame, n);
    c->out_n += (uint32_t)n;
    c->queued += n;
    q->sent_ms = w->h->now_ms;
    q->log_at = w->log_n;
    q->changes = w->gov.changes;
    q->end = c->queued;
    q->flight = p->count;
    q->crowded = p->count >= COH_SECURE9P_TAGS_PER_SESSION;
    *flight_at(p, p->count++) = *q;
}

void p9_put(struct world *w, struct client *c, struct p9_request_sent *q)
{
    uint8_t frame[2400];
    struct buf out = buf_of(frame, sizeof frame);
    q->tag = q->t.tag = q->t.type == P9_TVERSION ? P9_NOTAG : new_tag(w, p9_of(c), q);
    p9_encode(&out, &q->t);
    SIM_CHECK(w, !out.cut, "the simulation's request is too long");
    put_raw(w, c, q, frame, out.n);
    bool charged = q->t.type == P9_TREAD || q->t.type == P9_TREADDIR || q->t.type == P9_TWRITE;
    for (uint32_t i = 0; charged && i < SIM_TICKETS; i++)
        w->tickets[i].ops_maybe += (c->tickets_asked >> i) & 1u;
    sim_say(w, "client %u asks: type %u tag %u fid %u %s", c->id, q->t.type, q->tag, q->t.fid, q->path);
}

struct p9_request_sent p9_request(enum p9_type type, uint32_t fid)
{
    struct p9_request_sent q = {.t = {.type = (uint8_t)type, .fid = fid}, .ticket = -1};
    return q;
}

/* ---- sessions ---- */

static void ask_version(struct world *w, struct client *c)
{
    struct p9_request_sent q = p9_request(P9_TVERSION, 0);
    q.good_version = chance(&w->rng, 95);
    q.t.u.version.msize = chance(&w->rng, 90) ? COH_SECURE9P_MSIZE + pick(&w->rng, 2) * 1000u : between(&w->rng, 100, 4200);
    q.t.u.version.version = bytes_str(q.good_version ? P9_VERSION : "9P2000.u");
    p9_put(w, c, &q);
}

static const char *const role_names[] = {"queen", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora"};

static void choose_ticket(struct world *w, struct client *c, struct p9_request_sent *q)
{
    q->role = ROLE_QUEEN;
    if (chance(&w->rng, w->queens ? 15 : 50))
        q->ticket = (int)pick(&w->rng, SIM_TICKETS);
    if (q->ticket >= 0)
        q->role = w->tickets[q->ticket].role;
    if (chance(&w->rng, 6))
        q->role = (enum coh_role)pick(&w->rng, ROLE_COUNT);
    if (q->ticket >= 0 && q->role == w->tickets[q->ticket].role) {
        struct sim_ticket *t = &w->tickets[q->ticket];
        t->first_sent_ms = t->first_sent_ms < w->h->now_ms ? t->first_sent_ms : w->h->now_ms;
        c->tickets_asked |= 1u << q->ticket;
    }
    struct item it = {.ticket = q->ticket, .role = q->role};
    pair_of(w, &it)->asked++;
}

static void ask_attach_inline(struct world *w, struct client *c)
{
    char aname[TICKET_TEXT_BYTES + 80];
    struct p9_request_sent q = p9_request(P9_TATTACH, chance(&w->rng, 60) ? 0 : NUMBER(w));
    choose_ticket(w, c, &q);
    q.good_token = chance(&w->rng, 92);
    q.bad_aname = chance(&w->rng, 3);
    snprintf(aname, sizeof aname, "auth=%s;role=%s%s%s%s", q.good_token ? SIM_TOKEN : "nope", role_names[q.role],
             q.ticket >= 0 ? ";ticket=" : "", q.ticket >= 0 ? w->tickets[q.ticket].text : "", q.bad_aname ? ";colour=red" : "");
    q.t.u.attach.afid = P9_NOFID;
    q.t.u.attach.uname = bytes_str("someone");
    q.t.u.attach.aname = bytes_str(aname);
    q.t.u.attach.n_uname = 1000u + c->id;
    c->may_hold++;
    world_note_peaks(w);
    p9_put(w, c, &q);
}

static void ask_attach_by_afid(struct world *w, struct client *c)
{
    uint32_t afid = NUMBER(w);
    struct p9_request_sent auth = p9_request(P9_TAUTH, afid), token = p9_request(P9_TWRITE, afid), attach = p9_request(P9_TATTACH, NUMBER(w));
    auth.quiet_auth = chance(&w->rng, 10);
    auth.t.u.attach.uname = bytes_str("queen");
    auth.t.u.attach.aname = bytes_str(auth.quiet_auth ? "auth=" SIM_TOKEN : "");
    p9_put(w, c, &auth);
    token.good_token = chance(&w->rng, 85);
    token.t.u.write.data = bytes_str(token.good_token ? SIM_TOKEN : "changemE");
    token.payload = strlen(SIM_TOKEN);
    token.one_line = true; /* where the fid stands for a file, that is what it gets */
    if (chance(&w->rng, 90))
        p9_put(w, c, &token);
    choose_ticket(w, c, &attach);
    attach.t.u.attach.afid = chance(&w->rng, 95) ? afid : NUMBER(w);
    attach.t.u.attach.uname = bytes_str(role_names[attach.role]);
    attach.t.u.attach.aname = bytes_str(attach.ticket >= 0 ? w->tickets[attach.ticket].text : "");
    attach.t.u.attach.n_uname = UINT32_MAX;
    c->may_hold++;
    world_note_peaks(w);
    p9_put(w, c, &attach);
}

/* ---- paths ---- */

static void some_path(struct world *w, const struct client *c, char *path)
{
    static const char *const bad[] = {"/..", "/proc/.", "/log/", "/proc/../log", "/proc//boot"};
    struct rng *r = &w->rng;
    uint32_t what = pick(r, 100);
    if (what < 65)
        snprintf(path, SIM_PATH, "%s", sim_nodes[pick(r, sim_nodes_count)].path);
    else if (what < 80)
        snprintf(path, SIM_PATH, "/worker/worker-%u/telemetry", between(r, 1, 7));
    else if (what < 85)
        snprintf(path, SIM_PATH, "/proc/9p/session/%u/owner", between(r, 1, 30));
    else if (what < 90)
        snprintf(path, SIM_PATH, "%s", bad[pick(r, sizeof bad / sizeof bad[0])]);
    else if (what < 95)
        snprintf(path, SIM_PATH, "%sx%u", sim_nodes[between(r, 1, sim_nodes_count - 1u)].path, w->nonce++);
    else
        snprintf(path, SIM_PATH, "/nothing/c%u-%u", c->id, w->nonce++);
}

void p9_ask_walk(struct world *w, struct client *c, uint32_t fid, uint32_t newfid, const char *path)
{
    struct p9_request_sent q = p9_request(P9_TWALK, fid);
    q.t.u.walk.newfid = newfid;
    snprintf(q.path, sizeof q.path, "%s", path);
    for (const char *at = path[1] ? path + 1 : path + strlen(path); q.names_n < P9_NAMES_MAX;) {
        size_t n = strcspn(at, "/");
        if (path[1] == 0 || (n == 0 && *at == 0 && at[-1] != '/'))
            break;
        snprintf(q.names[q.names_n], sizeof q.names[0], "%.*s", (int)(n < 71 ? n : 71), at);
        q.t.u.walk.name[q.names_n] = bytes_str(q.names[q.names_n]);
        q.names_n++;
        if (at[n] == 0)
            break;
        at += n + 1u;
    }
    q.t.u.walk.n = (uint16_t)q.names_n;
    p9_put(w, c, &q);
}

static uint32_t some_fid(struct world *w, const struct client *c, enum sim_fid_state state)
{
    uint32_t from = NUMBER(w);
    for (uint32_t i = 0; i < SIM_FIDS && chance(&w->rng, 95); i++) {
        if (p9_of(c)->fids[(from + i) % SIM_FIDS].state == state)
            return (from + i) % SIM_FIDS;
    }
    return from;
}

static void ask_open(struct world *w, struct client *c, uint32_t fid)
{
    static const uint32_t flags[] = {0, 0, 0, 0100000, 0101101, 02001, 2, 3, 0200000};
    struct p9_request_sent q = p9_request(P9_TLOPEN, fid);
    q.t.u.open.flags = flags[pick(&w->rng, sizeof flags / sizeof flags[0])];
    p9_put(w, c, &q);
}

static void ask_data(struct world *w, struct client *c, enum p9_type type, uint32_t fid)
{
    struct p9_request_sent q = p9_request(type, fid);
    q.t.u.read.offset = chance(&w->rng, 70) ? 0 : chance(&w->rng, 70) ? pick(&w->rng, 3000) : (1ull << 62) + pick(&w->rng, 3000);
    if (type == P9_TREADDIR)
        q.t.u.read.offset = chance(&w->rng, 90) ? 0 : rng_next(&w->rng) >> 8;
    q.t.u.read.count = chance(&w->rng, 60) ? COH_SECURE9P_MSIZE : pick(&w->rng, 600);
    p9_put(w, c, &q);
}

static void ask_write(struct world *w, struct client *c, uint32_t fid)
{
    static const char *const more[] = {"{\"spawn\":\"heartbeat\",\"ticks\":9,\"budget\":{\"ttl_s\":30}}\n", "{\"kill\":\"worker-2\"}", "resume", "no",
                                       "one\ntwo", "\x01", "{\"spawn\":"};
    char text[160];
    struct p9_request_sent q = p9_request(P9_TWRITE, fid);
    snprintf(text, sizeof text, "note c%u %u over nine%s", c->id, w->nonce++, chance(&w->rng, 50) ? "\n" : "");
    if (chance(&w->rng, 40))
        snprintf(text, sizeof text, "%s", more[pick(&w->rng, sizeof more / sizeof more[0])]);
    q.t.u.write.data = bytes_str(text);
    q.t.u.write.offset = chance(&w->rng, 50) ? UINT64_MAX : pick(&w->rng, 100);
    q.payload = strcspn(text, "\n");
    q.one_line = q.payload + 1u >= strlen(text) && text[0] >= ' ';
    q.spawn = strstr(text, "spawn\":\"h") != NULL;
    w->spawns_maybe += q.spawn;
    w->lifecycle_touched = w->lifecycle_touched || strcmp(text, "resume") == 0;
    p9_put(w, c, &q);
}

/* The whole way of a reader, without waiting for any answer. */
static void ask_cat(struct world *w, struct client *c)
{
    char path[SIM_PATH];
    uint32_t fid = between(&w->rng, 1, SIM_FIDS - 1u);
    some_path(w, c, path);
    p9_ask_walk(w, c, some_fid(w, c, SFID_PATH), fid, path);
    ask_open(w, c, fid);
    ask_data(w, c, chance(&w->rng, 75) ? P9_TREAD : P9_TREADDIR, fid);
    if (chance(&w->rng, 40))
        ask_write(w, c, fid);
    if (chance(&w->rng, 60)) {
        struct p9_request_sent clunk = p9_request(P9_TCLUNK, fid);
        p9_put(w, c, &clunk);
    }
}

/* ---- frames that are no requests ---- */

static void ask_rude(struct world *w, struct client *c)
{
    uint8_t f[64] = {0};
    struct p9_request_sent q = p9_request(P9_TCLUNK, 0);
    uint32_t what = pick(&w->rng, 20), n = 11;
    q.tag = new_tag(w, p9_of(c), &q);
    f[5] = (uint8_t)q.tag;
    f[6] = (uint8_t)(q.tag >> 8);
    f[7] = (uint8_t)NUMBER(w);
    q.t.fid = f[7];
    if (what < 6) { /* a byte too many, or too few */
        f[4] = P9_TCLUNK;
        n = what < 3 ? 12 : 10;
        q.raw_errno = E_INVAL;
    } else if (what < 10) {
        f[4] = what < 8 ? P9_TMKDIR : P9_TUNLINKAT;
        q.raw_errno = E_PERM;
    } else if (what < 15) {
        f[4] = what < 12 ? P9_TXATTRWALK : what == 12 ? P9_RWALK : 99;
        q.raw_errno = E_OPNOTSUPP;
    } else if (what < 16) { /* nine names */
        f[4] = P9_TWALK;
        f[15] = 9;
        n = 17;
        q.raw_errno = E_INVAL;
    } else if (what < 18 && p9_of(c)->versioned) {
        f[4] = P9_TWRITE;
        f[1] = 0xff; /* beyond msize */
        n = 7;
        q.too_long = true;
    } else if (what < 19) {
        n = 4;
        q.broken = true;
    } else {
        return;
    }
    if (!q.too_long)
        f[0] = (uint8_t)(q.broken ? pick(&w->rng, 7) : n);
    p9_of(c)->ends = p9_of(c)->ends || q.broken || q.too_long;
    put_raw(w, c, &q, f, n);
    sim_say(w, "client %u sends a frame that is none, type %u", c->id, f[4]);
}

static void ask_plain(struct world *w, struct client *c, enum p9_type type)
{
    struct p9_request_sent q = p9_request(type, some_fid(w, c, chance(&w->rng, 50) ? SFID_PATH : SFID_OPEN));
    if (type == P9_TFLUSH)
        q.t.u.oldtag = (uint16_t)pick(&w->rng, 500);
    if (type == P9_TSETATTR)
        q.t.u.setattr.valid = chance(&w->rng, 70) ? 0x68 : 1;
    if (type == P9_TGETATTR)
        q.t.u.request_mask = 0x7ff;
    p9_put(w, c, &q);
}

static void ask_one(struct world *w, struct client *c)
{
    static const enum p9_type plain[] = {P9_TGETATTR, P9_TGETATTR, P9_TSETATTR, P9_TSTATFS, P9_TFSYNC, P9_TFLUSH, P9_TREMOVE, P9_TCLUNK, P9_TCLUNK};
    struct rng *r = &w->rng;
    uint32_t what = pick(r, 100);
    char path[SIM_PATH];
    if (chance(r, w->governs / 2u)) {
        p9_ask_control(w, c);
    } else if (what < 30) {
        ask_cat(w, c);
    } else if (what < 42) {
        some_path(w, c, path);
        p9_ask_walk(w, c, some_fid(w, c, SFID_PATH), NUMBER(w), chance(r, 85) ? path : "/");
    } else if (what < 50) {
        ask_open(w, c, some_fid(w, c, SFID_PATH));
    } else if (what < 66) {
        ask_data(w, c, chance(r, 70) ? P9_TREAD : P9_TREADDIR, some_fid(w, c, SFID_OPEN));
    } else if (what < 74) {
        ask_write(w, c, some_fid(w, c, SFID_OPEN));
    } else if (what < 92) {
        ask_plain(w, c, plain[pick(r, sizeof plain / sizeof plain[0])]);
    } else if (what < 95) {
        ask_attach_inline(w, c);
    } else if (what < 97) {
        ask_attach_by_afid(w, c);
    } else if (what < 98 || c->persona == PERSONA_RUDE) {
        ask_rude(w, c);
    } else if (chance(r, 30)) {
        ask_version(w, c);
    }
}

void p9_ask_something(struct world *w, struct client *c)
{
    struct p9_client *p = p9_of(c);
    if (!p9_room(c) || p->ends)
        return;
    if (!p->versioned && p->count == 0)
        ask_version(w, c);
    else if (!p->attached && c->persona != PERSONA_STRANGER && chance(&w->rng, 70)) {
        if (chance(&w->rng, 70))
            ask_attach_inline(w, c);
        else
            ask_attach_by_afid(w, c);
    } else {
        ask_one(w, c);
    }
}
