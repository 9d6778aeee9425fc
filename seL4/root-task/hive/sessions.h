/* Sessions: identity, view, budgets and cursors of each attach, whatever protocol it came by; /proc/9p/session. */
#pragma once

#include "base/index.h"
#include "generated/manifest.h"
#include "hive/tickets.h"
#include "ns/tree.h"

#define SESSION_NONE UINT32_MAX
/* Files that a session can follow with TAIL at once; the least recently used gives way. */
#define SESSION_CURSORS 16u

enum session_state { SESSION_FREE, SESSION_SETUP, SESSION_ACTIVE, SESSION_DRAINING };

/* 0 in the manifest means the format's own limit. */
#define SESSION_SCOPES (COH_TICKET_LIMITS_MAX_SCOPES ? COH_TICKET_LIMITS_MAX_SCOPES : TICKET_SCOPES_MAX)
#define SESSION_SCOPE_BYTES                                                                                            \
    (COH_TICKET_LIMITS_MAX_SCOPE_PATH_LEN ? COH_TICKET_LIMITS_MAX_SCOPE_PATH_LEN : TICKET_SUBJECT_BYTES)

struct session_scope {
    uint64_t window_ms; /* start of the second that `used` counts in */
    uint32_t rate_per_s, used;
    uint8_t verb; /* enum ticket_verb */
    uint8_t path_n;
    uint8_t path[SESSION_SCOPE_BYTES];
};

struct session_cursor {
    struct ns_ref ref;
    uint64_t pos;  /* absolute position in the ring */
    uint64_t used; /* session op count at last use; 0 = free */
};

struct session {
    uint64_t id; /* 1, 2, … in order of attach, never reused in a boot; 0 before the attach */
    uint64_t since_ms;
    uint64_t ends_ms;   /* the ticket's ttl; UINT64_MAX = none */
    uint64_t ticket_id; /* caller.ticket_id */
    uint64_t op;        /* operations served, for cursor age */
    uint32_t uid;       /* who the attach said to be: owner of the files that this session sees */
    uint32_t fids;      /* of a Secure9P session: it ends with the last of them */
    uint32_t use;       /* the ticket's budget: index in the pool `tickets`, or TICKET_UNLIMITED */
    uint8_t state;      /* enum session_state */
    uint8_t role;
    uint8_t scopes_n;
    uint8_t subject_n;
    uint8_t shard; /* label of the subject's shard */
    bool revoked; /* its worker or ticket is gone: every operation is refused with COH_CLOSED */
    uint8_t subject[TICKET_SUBJECT_BYTES];
    struct session_scope scopes[SESSION_SCOPES];
    struct ns_binds binds;
    struct session_cursor cursors[SESSION_CURSORS];
};

struct sessions_state {
    uint64_t last_id;
    struct index by;    /* over the pool `sessions`, by id; those that have none yet stand last */
    uint32_t attached;  /* sessions with an id */
    uint32_t serial;    /* the serial console's, for which there is always room; SESSION_NONE: it has none */
};

/* A slot in SESSION_SETUP for a connection that has authenticated; one is kept for serial, which holds at most one.
 * SESSION_NONE: the pool is full. */
uint32_t session_reserve(struct hive *h, bool serial);
/* Gives the slot back. */
void session_release(struct hive *h, uint32_t session);
/* Attaches; a session that is attached already gets the new identity instead. COH_AUTH, COH_BUSY, COH_OFFLINE, COH_CLOSED (the
 * ticket is for a worker that has ended); or COH_OK.
 * *why gets detail `expired` for an expired ticket. Throttling is the caller's. */
enum coh_status session_attach(struct hive *h, uint32_t session, enum coh_role role, struct bytes ticket,
                               struct ns_why *why);
struct caller session_caller(const struct hive *h, uint32_t session);
/* From now on only its output is drained. */
void session_drain(struct hive *h, uint32_t session);
/* Every session of this worker or ticket's subject is revoked. */
void sessions_revoke(struct hive *h, enum coh_role role, struct bytes subject);

/* The budget entry goes to another ticket: sessions that draw on it are revoked. */
void sessions_forget_ticket(struct hive *h, uint32_t use);

/* ---- checks and charges of an operation, called by serve/access.c, and by a replay for what it issues ---- */

/* Is the session alive? COH_CLOSED or COH_OK. */
enum coh_status session_alive(struct hive *h, uint32_t session);
enum access { ACCESS_WALK, ACCESS_LIST, ACCESS_READ, ACCESS_WRITE };
/* Do the ticket's scopes let this node be touched so? Walking is also allowed to what lies above a scope. COH_PERMISSION;
 * COH_RATE (why->delay_ms) when it is metered and the scope that allows it has had its operations of this second; or
 * COH_OK. */
enum coh_status session_scope(struct hive *h, uint32_t session, const struct ns_ref *ref, enum access access, bool metered,
                              struct ns_why *why);
/* What it costs: an operation, content bytes that are read or written, a move of a cursor, whoever keeps its position
 * (charged last, since a refused read moves none). COH_QUOTA: that much is not left to the ticket or the worker, and the
 * session is revoked. */
enum coh_status session_charge(struct hive *h, uint32_t session, struct ticket_cost cost);
/* The TAIL cursor for a ring: where to go on; *known: it has been there before. COH_STALE when what it points to is
 * overwritten: then it stands at the oldest position, and the next call goes on from there. */
enum coh_status session_cursor(struct hive *h, uint32_t session, const struct ns_ref *ref, const struct ring *ring,
                               uint64_t *from, bool *known);
/* Moves it, once nothing can refuse the reading any more. */
void session_follow(struct hive *h, uint32_t session, const struct ns_ref *ref, uint64_t pos);
