/* Proving who a peer is: the console's token, then a role and its ticket, with the throttles of both. The same for the
 * console and for Secure9P. */
#pragma once

#include "hive/state.h"

/* Is this the token? COH_OK, COH_AUTH, or COH_RATE (why->delay_ms) while the connection's back-off runs. Records nothing. */
enum coh_status login_token(struct hive *h, struct conn *c, struct bytes token, struct ns_why *why);
/* Attaches a reserved session, and audits the outcome. role ROLE_COUNT is none that exists. COH_AUTH (why->detail `expired`
 * for a ticket whose time is over), COH_RATE, and what session_attach says. */
enum coh_status login_attach(struct hive *h, struct conn *c, uint32_t session, enum coh_role role, struct bytes ticket,
                             struct ns_why *why);
