/* A simulated Secure9P client: what it asked, and what it believes of its fids and sessions. Answers come in the order of
 * requests, so that at each answer its belief is exactly the hive's state when that request was served. */
#pragma once

#include "sim/sim.h"
#include "wire/p9.h"

#define SIM_FIDS 12u  /* numbers that clients use; the small pools have fewer */
#define SIM_FLIGHT 64u
#define SIM_IDENTITIES 12u

enum { E_PERM = 1, E_NOENT = 2, E_BADF = 9, E_AGAIN = 11, E_ACCES = 13, E_BUSY = 16, E_NOTDIR = 20, E_INVAL = 22, E_MSGSIZE = 90,
       E_OPNOTSUPP = 95, E_HOSTDOWN = 112, E_STALE = 116, E_DQUOT = 122 };

enum sim_fid_state { SFID_FREE, SFID_AFID, SFID_PROVEN, SFID_PATH, SFID_OPEN };

struct sim_fid {
    enum sim_fid_state state;
    uint32_t who; /* index of its session in p9_client.identity */
    char path[SIM_PATH];
    const struct sim_node *node;
    bool is_dir, sure; /* sure: it is known what the path is; else it may be anything that exists */
    bool read, write, counted;
    uint64_t qid;
};

struct p9_session {
    bool alive;
    struct identity me;
    uint32_t fids;
};

/* A request in flight. */
struct p9_request_sent {
    struct p9_msg t;      /* its strings are not to be used; names and data lie below */
    uint16_t tag;
    bool broken;          /* no answer comes, and the connection ends */
    bool too_long;        /* EMSGSIZE comes, and the connection ends */
    uint32_t raw_errno;   /* a frame that is no message: this errno comes */
    bool doubtful;        /* its tag may be another's that is in flight */
    bool crowded;         /* the window may be full */
    uint32_t flight;      /* how many were in flight before it */
    char names[P9_NAMES_MAX][72];
    uint32_t names_n;
    char path[SIM_PATH];  /* Twalk from the root: the whole path */
    bool good_token, quiet_auth, good_version, bad_aname;
    bool dynamic;
    int ticket;
    enum coh_role role;
    uint64_t payload;     /* Twrite: its size without the newline */
    bool one_line;        /* and it is one line of plain text */
    bool numbered;        /* which begins with a digit: in the log it looks like the hive's own */
    bool spawn;
    uint64_t sent_ms, log_at, end;
    uint32_t changes; /* of the lifecycle then */
};

struct p9_client {
    bool versioned;
    uint32_t msize;
    struct sim_fid fids[SIM_FIDS];
    uint32_t fids_n;
    struct p9_session identity[SIM_IDENTITIES];
    uint32_t attached; /* sessions that are alive */
    struct p9_request_sent flight[SIM_FLIGHT];
    uint32_t head, count;
    uint16_t next_tag;
    uint64_t unattached_ms; /* since when it has no session, at the earliest */
    bool ends;              /* a request that ends the connection is in flight */
};

static inline struct p9_request_sent *flight_at(struct p9_client *p, uint32_t i) { return &p->flight[(p->head + i) % SIM_FLIGHT]; }
static inline struct p9_client *p9_of(const struct client *c) { return c->p9; }

/* p9_ask.c */
/* updates.c: a manifest or a chunk on its way to /updates. */
void p9_ask_update(struct world *w, struct client *c, uint32_t root, uint32_t fid);
void p9_ask_something(struct world *w, struct client *c);
bool p9_room(const struct client *c);
struct p9_request_sent p9_request(enum p9_type type, uint32_t fid);
void p9_put(struct world *w, struct client *c, struct p9_request_sent *q);
void p9_ask_walk(struct world *w, struct client *c, uint32_t fid, uint32_t newfid, const char *path);
/* p9_judge.c: one frame. */
void p9_judge(struct world *w, struct client *c, struct bytes frame);
void p9_judge_end(struct world *w, struct client *c, bool by_hive);
/* p9_file.c: answers about a fid that stands for a path; got is 0, or the errno of an Rlerror. */
void p9_judge_file(struct world *w, struct client *c, const struct p9_request_sent *q, const struct p9_msg *r, uint32_t got);
/* p9_model.c */
enum verdict p9_walk_verdict(const struct world *w, const struct identity *me, const char *path, bool *dynamic);
bool p9_known_dir(const char *path, const struct sim_node **node);
/* at_ms: not earlier than this. */
void p9_free_fid(struct client *c, uint32_t number, uint64_t at_ms);
void p9_reset(struct client *c, uint64_t at_ms);
