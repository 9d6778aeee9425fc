/* Sessions: identity, view, budgets and cursors of each attach, whatever protocol it came by; /proc/9p/session. */
#ifndef COH_HIVE_SESSIONS_H
#define COH_HIVE_SESSIONS_H

#include "hive/tickets.h"
#include "base/limits.h"
#include "base/status.h"
#include "generated/manifest.h"
#include "ns/tree.h"

#define SESSION_NONE UINT32_MAX
/* Files that a session can follow with TAIL at once; the least recently used gives way. */
#define SESSION_CURSORS 16u

enum session_state { SESSION_FREE, SESSION_SETUP, SESSION_ACTIVE, SESSION_DRAINING };

struct session_scope {
    uint64_t window_ms; /* start of the second that `used` counts in */
    uint32_t rate_per_s, used;
    uint8_t verb; /* enum ticket_verb */
    uint8_t path_n;
    uint8_t path[TICKET_SUBJECT_BYTES];
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
    uint32_t use;       /* the ticket's budget: index in the pool `tickets`, or TICKET_UNLIMITED */
    uint8_t state;      /* enum session_state */
    uint8_t role;
    uint8_t scopes_n;
    uint8_t subject_n;
    bool revoked; /* its worker or ticket is gone: every operation is refused with COH_CLOSED */
    uint8_t subject[TICKET_SUBJECT_BYTES];
    struct session_scope scopes[TICKET_SCOPES_MAX];
    struct session_cursor cursors[SESSION_CURSORS];
};

struct sessions_state {
    uint64_t last_id;
};

extern const struct ns_table sessions_nodes;
bool sessions_valid(const struct hive *h);

/* A slot in SESSION_SETUP for a connection that has authenticated; serial has its own. SESSION_NONE: the pool is full. */
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

/* ---- checks and charges of an operation, called by serve/access.c alone ---- */

/* Is the session alive? COH_CLOSED or COH_OK. */
enum coh_status session_alive(struct hive *h, uint32_t session);
/* Do the ticket's scopes let this path be read (write: written)? COH_PERMISSION, COH_RATE (why->delay_ms), COH_OK. */
enum coh_status session_scope(struct hive *h, uint32_t session, struct bytes path, bool write, struct ns_why *why);
/* One operation. COH_QUOTA: the ticket's operations are used up, and the session is revoked. */
enum coh_status session_charge_op(struct hive *h, uint32_t session);
/* n content bytes, read or written. COH_QUOTA as above. */
enum coh_status session_charge_bytes(struct hive *h, uint32_t session, uint64_t n);
/* The TAIL cursor for a ring: where to go on; moves it to next. COH_QUOTA when the ticket's cursor quota is used up. */
enum coh_status session_cursor(struct hive *h, uint32_t session, const struct ns_ref *ref, uint64_t oldest,
                               uint64_t next, uint64_t *from);

#endif
