/* A connection's life, whichever protocol it turns out to speak: the first frame decides (spec/console.md). */
#pragma once

#include "hive/state.h"

void link_accept(struct hive *h, struct conn *c);
/* Returns the bytes taken. */
size_t link_input(struct hive *h, struct conn *c, struct bytes in);
size_t link_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap);
bool link_wants_close(const struct conn *c);
void link_closed(struct hive *h, struct conn *c);
/* Deadlines: authentication, idleness, a peer that reads nothing. Returns the next one. */
uint64_t link_tick(struct hive *h, struct conn *c);

/* ---- for the servers of both protocols ---- */

/* The peer has proven itself. */
void link_known(struct hive *h, struct conn *c);
/* It has no session any more and counts as unauthenticated again; closes when there are too many of those. */
void link_unknown(struct hive *h, struct conn *c);
/* The connection ends when what is out now has been pulled, or after a time in which nobody pulled it. */
void link_close(struct hive *h, struct conn *c);
void link_deadline(struct hive *h, uint64_t at_ms);

/* ---- login.c: who a peer is, by the console's token, then a role and its ticket, with the throttles of both ---- */

/* Is this the token? COH_OK, COH_AUTH, or COH_RATE (why->delay_ms) while the connection's back-off runs. Records nothing. */
enum coh_status login_token(struct hive *h, struct conn *c, struct bytes token, struct ns_why *why);
/* Attaches a reserved session, and audits the outcome. role ROLE_COUNT is none that exists. COH_AUTH (why->detail `expired`
 * for a ticket whose time is over), COH_RATE, and what session_attach says. */
enum coh_status login_attach(struct hive *h, struct conn *c, uint32_t session, enum coh_role role, struct bytes ticket,
                             struct ns_why *why);
