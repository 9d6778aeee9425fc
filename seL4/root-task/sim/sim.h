/* Seeded simulation: one hive, many clients, a virtual clock and one generator. Each client knows what it asked and judges
 * what it gets; the world knows what all of them saw and compares that with the hive's own counters at the end. */
#pragma once

#include "hive/state.h"
#include "pump/pump.h"
#include "sim/gov.h"
#include "sim/record.h"
#include "sim/rng.h"
#include "wire/console.h"

#define SIM_TOKEN "changeme" /* of development manifests */
#define SIM_CLIENTS 24u
#define SIM_TICKETS 12u
#define SIM_QUEUE 48u
#define SIM_OUTBOX 16384u
#define SIM_PATH 128u

/* ---- tickets, as the simulation minted them (ticket.c) ---- */

struct sim_scope {
    const char *path;
    uint8_t verb;
    uint32_t rate;
};

struct sim_ticket {
    char text[TICKET_TEXT_BYTES + 1];
    enum coh_role role;
    char subject[40];
    bool broken;  /* its MAC or its text is wrong, or its role may not attach without a subject: always denied */
    bool has_ttl, has_ops, has_quotas;
    uint64_t ttl_s, ops, bandwidth;
    uint32_t resumes, advances;
    uint32_t scopes_n;
    struct sim_scope scopes[3];
    /* what all clients together saw of it */
    uint64_t ops_sure, ops_maybe; /* operations that were charged; that may have been charged */
    uint64_t bytes_sure;
    bool replays; /* replays spend its operations */
    uint64_t first_sent_ms, first_seen_ms; /* of its first attach: it happened between them; UINT64_MAX = never */
};

/* ---- paths (nodes.c) ---- */

enum node_kind { NODE_DIR, NODE_TEXT, NODE_LINES, NODE_NONE };

struct sim_node {
    const char *path;
    enum node_kind kind;
    uint8_t roles;   /* 1 << role, besides the queen */
    bool append;
    bool logged;     /* its lines are those of the shadow log */
    bool stable;     /* always the same text */
};

enum sim_access { SIM_LIST, SIM_READ, SIM_WRITE };

/* What the contracts say of an access by this identity, budgets aside. */
enum verdict { MUST_PASS, MUST_NOT_FOUND, MUST_DENY, MUST_KIND, ANY_VERDICT };

#define SIM_NODES 96u
/* What this hive has of the contracts' nodes. */
extern struct sim_node sim_nodes[SIM_NODES];
extern uint32_t sim_nodes_count;

/* ---- clients ---- */

/* Who an attach made its client. */
struct identity {
    enum coh_role role;
    int ticket; /* -1: none */
    bool spent; /* an ELIMIT came: everything after it is cut */
    bool doubtful; /* it may have been the ticket's, or another's limit */
    uint64_t attach_sent_ms;
    uint64_t scope_ok[3]; /* operations in each of its scopes */
};


enum item_kind {
    ITEM_AUTH_GOOD, ITEM_AUTH_BAD, ITEM_ATTACH, ITEM_PING, ITEM_HELP, ITEM_LS, ITEM_CAT, ITEM_TAIL, ITEM_CACHELOG,
    ITEM_ECHO, ITEM_SPAWN, ITEM_KILL, ITEM_QUEEN_FACT, ITEM_UNSUPPORTED, ITEM_PARSE, ITEM_LONG_FRAME, ITEM_LOST_FRAME,
    ITEM_QUIT,
};

/* A command on its way, and what its answer must look like. */
struct item {
    enum item_kind kind;
    const char *verb;           /* as acknowledgements name it */
    const struct sim_node *node; /* NULL: a path of no known node */
    enum sim_access access;
    bool dynamic;               /* the path may or may not exist */
    char path[SIM_PATH];        /* as answers name it */
    char target[SIM_PATH];      /* the file that is really accessed */
    char detail[288];           /* OK detail of a write */
    char echo[512];             /* serial: what its keys must show */
    size_t payload;             /* bytes of content that a write brings */
    int ticket;                 /* ITEM_ATTACH: index, or -1 */
    enum coh_role role;
    uint32_t count;             /* CACHELOG */
    uint64_t sent_ms;           /* queued at */
    uint64_t log_at;            /* length of the shadow log then */
    uint32_t changes;           /* of the lifecycle then */
    bool plain_spawn;           /* what may meet a lack of workers */
    uint64_t end;               /* position in the client's output of its last byte */
};

enum client_kind { CLIENT_CONSOLE, CLIENT_SERIAL, CLIENT_P9 };
enum persona { PERSONA_GOOD, PERSONA_DEAF, PERSONA_SLOW, PERSONA_RUDE, PERSONA_STRANGER, PERSONA_COUNT };

struct client {
    uint32_t id, conn;
    enum client_kind kind;
    enum persona persona;
    bool open, corrupt;
    bool lost;    /* its framing */
    bool closing; /* the last word came: nothing is answered any more */
    uint32_t may_hold; /* sessions that it asked for */
    uint64_t accepted_ms;
    bool any_seen;
    uint64_t last_in_ms;  /* it sent bytes */
    bool was_idle;        /* for longer than a connection may be */

    uint8_t outbox[SIM_OUTBOX];
    uint32_t out_n;
    uint64_t queued, sent; /* bytes in all */
    uint8_t inbox[16384];
    uint32_t in_n;

    struct item queue[SIM_QUEUE];
    uint32_t head, count;
    /* of the item at the head, whose acknowledgement came */
    bool streaming;
    uint64_t lines, want_lines;
    uint64_t at; /* position in the shadow log */
    bool at_known;
    uint64_t content;  /* bytes of content so far, newlines counted */
    char last[288];    /* last line, for order */
    uint64_t next_tick;
    uint64_t text_hash;
    bool pong_due;

    bool authed, attached;
    struct identity me; /* as its acknowledgements say */
    uint32_t tickets_asked; /* a bit for each that this connection ever attached with */
    uint32_t auth_failures, attach_failures;
    bool cursor_known;
    uint64_t cursor; /* where TAIL of the log goes on, in the shadow log */

    /* serial */
    bool echo_seen;
    struct p9_client *p9;
};

struct p9_client;

struct throttled_pair {
    enum coh_role role;
    char subject[40];
    uint32_t asked; /* attaches that may have failed */
};

enum { SIM_TASKS = 4096 }; /* workers that one world can have seen, one above the greatest number */

/* What runs in a worker's slot, where workers are tasks. */
struct sim_task {
    uint64_t number;
    uint32_t asked; /* how often it was asked to beat since it last did */
    uint8_t mood;
};

/* A line that was written to a control file. */
struct gov_said {
    const struct control_file *file;
    char path[SIM_PATH];
    char line[400];
};

struct world {
    uint64_t seed;
    struct rng rng;
    bool verbose, pumped, orderly, flood;
    uint32_t step, steps;
    uint64_t now, past; /* now: latest time given to the hive; past: subtracted when the clock jumps back */
    uint64_t hash, bytes;
    struct hive *h, *spare; /* spare: for the replay */
    struct hive_facts facts;
    struct pump pump;
    struct stream_link *link;
    struct stream_port serial_port;
    uint32_t gone[STREAM_PORTS]; /* 1 + the sessions asked for on a connection that its client has left, by port */
    struct client clients[SIM_CLIENTS];
    struct p9_client *p9; /* [SIM_CLIENTS] */
    uint64_t qids[SIM_NODES]; /* of each sim_node, once somebody walked to it */
    bool qid_known[SIM_NODES];
    uint32_t clients_n;
    struct sim_ticket tickets[SIM_TICKETS];
    struct throttled_pair pairs[SIM_TICKETS + 8];
    uint32_t pairs_n;
    uint32_t nonce;
    uint32_t strangers_peak, holders_peak; /* connections at once that may have been strangers, that may have held sessions */

    /* what all clients saw together */
    uint64_t refused[PRESSURE_COUNT]; /* refusals that were read */
    uint64_t refused_unseen;          /* at most so many more: answers that nobody read */
    uint64_t stranger_refusals, session_refusals;
    uint64_t audited_ok;
    uint64_t notes_sure; /* lines that clients wrote to the log */
    uint64_t spawns_sure, spawns_maybe;
    bool lifecycle_touched;
    uint64_t boot_hash;
    uint32_t topics;   /* three of them, a byte each */
    uint32_t governs;  /* percent of what is said that goes to control files */
    bool queens; /* most attach as queens without a ticket */
    bool events; /* links go and come back, and things fail for good */
    struct sim_task task[COH_WORKERS_MAX];
    uint64_t last_task; /* the greatest number that ran */
    uint8_t begun[SIM_TASKS / 8]; /* a bit for each number that ran */
    uint64_t losing;    /* the worker whose task is being lost */
    struct gov gov;
    struct gov_said said[GOV_SAID];
    uint32_t said_n;
    /* a copy of all that was ever appended to the log */
    uint8_t *log;
    uint64_t log_n, log_cap;
    struct ring_cursor log_cursor;
    bool log_gap;
};

/* Prints seed, step and text, and ends the process with 1. */
_Noreturn void sim_fail(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sim_say(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define SIM_CHECK(w, cond, ...)                                                                                        \
    do {                                                                                                               \
        if (!(cond))                                                                                                   \
            sim_fail(w, __VA_ARGS__);                                                                                  \
    } while (0)

/* world.c: one seed, from an empty hive to an empty hive. Returns the hash of all that was seen. */
uint64_t world_run(struct world *w, uint64_t seed);

/* link.c: the way between client and hive: its face itself, or the pump and its stream ports. */
void link_reset(struct world *w);
bool link_open(struct world *w, struct client *c);
/* Offers bytes; returns how many were taken. */
size_t link_send(struct world *w, struct client *c, const uint8_t *p, size_t n);
size_t link_recv(struct world *w, struct client *c, uint8_t *p, size_t n);
/* Does the hive want to close, with all its output read? */
bool link_ended(struct world *w, const struct client *c);
/* The connection is over on the client's side. */
void link_drop(struct world *w, struct client *c);
/* Adds the connections that were left and that the pump still has, and the sessions that they may hold. */
void link_gone(const struct world *w, uint32_t *strangers, uint32_t *holders);
/* Time or a turn of the pump. */
void link_turn(struct world *w);
/* A network side gone mad: an impossible index. Pumped worlds only. */
void link_corrupt(struct world *w, struct client *c);

/* ticket.c */
void tickets_make(struct world *w);
bool ticket_expired(const struct world *w, const struct sim_ticket *t, uint64_t at_ms);
/* Mints a ticket that has a budget of its own and no other meaning; for floods. */
void ticket_flood(struct world *w, char *text, uint32_t number);

/* nodes.c */
/* Looks once which of the contracts' nodes this hive has: none whose gate is closed. */
void nodes_probe(struct world *w);
/* Has the hive this control file, or what lies above it? */
bool control_present(const struct control_file *f);
/* A path below what changes: it may exist or not. */
bool sim_dynamic(const char *path);
/* Was the hive certainly OFFLINE from then (the lifecycle's changes) to now; may it have been? */
bool surely_offline(const struct world *w, uint32_t changes);
bool maybe_offline(const struct world *w, uint32_t changes);
/* What a file that needs an approval, an epoch or a place may answer to a write. */
bool may_refuse(const char *path, uint8_t may);
const struct sim_node *node_find(const char *path);
bool sim_within(const char *path, const char *prefix);
/* The identity's scope that answers for this access, or -1. */
int scope_of(const struct sim_ticket *t, const char *path, bool write);
enum verdict node_verdict(const struct world *w, const struct identity *me, const char *path, const struct sim_node *node,
                          enum sim_access access, bool dynamic);
/* May its session have been revoked by now? */
bool may_be_cut(const struct world *w, const struct identity *me);
/* One operation was served: the ticket's budget, its scopes and their rates allow it. */
void charge(struct world *w, struct identity *me, uint32_t client, const char *path, bool write);
/* May an operation of it meet a limit? */
bool may_be_spent(const struct world *w, const struct identity *me);

/* ask.c: what a client says next. */
void ask_something(struct world *w, struct client *c);
void ask_line(struct world *w, struct client *c, const char *line, const struct item *it);
void ask_item(struct world *w, struct client *c, enum item_kind kind);
void ask_read(struct world *w, struct client *c, enum item_kind kind, const char *path);
/* The pair of role and subject that an attach is throttled by. */
struct throttled_pair *pair_of(struct world *w, const struct item *it);
/* Sends up to n bytes of what was said. */
void client_flush(struct world *w, struct client *c, size_t n);

/* control.c: lines for control files, on either way. */
void ask_control(struct world *w, struct client *c);
void p9_ask_control(struct world *w, struct client *c);

/* client.c */
bool client_open(struct world *w, struct client *c);
void client_act(struct world *w, struct client *c);
size_t client_read(struct world *w, struct client *c, size_t cap);
/* Looks whether the hive has hung up; then leaves. */
void client_closes(struct world *w, struct client *c);
void client_leave(struct world *w, struct client *c, bool by_hive);
/* tasks.c: after each turn; the platform's side of tasks. */
void tasks_turn(struct world *w);
/* A line `worker ended …` of the log: was its reason one? */
void tasks_log(struct world *w, const char *text);
/* Nothing runs any more. */
void tasks_end(struct world *w);
/* world.c: after each step. */
void world_look(struct world *w);
void world_note_peaks(struct world *w);
/* Copies what was appended to the log since the last look. */
void world_follow_log(struct world *w);

/* judge.c: a line of an answer. */
void judge_line(struct world *w, struct client *c, struct bytes line);
void judge_bytes(struct world *w, struct client *c, const uint8_t *p, size_t n);
/* The connection is over: what was asked and not answered is reckoned with. */
void judge_end(struct world *w, struct client *c, bool by_hive);
/* stream.c: content after an acknowledgement. */
void stream_begins(struct world *w, struct client *c, struct bytes detail);
void stream_line(struct world *w, struct client *c, struct bytes line);
void stream_ends(struct world *w, struct client *c);

/* end.c: everybody reads to the end; the books are compared; then everybody leaves. */
void world_settle(struct world *w);

static inline struct item *item_at(struct client *c, uint32_t i) { return &c->queue[(c->head + i) % SIM_QUEUE]; }
