/* Who asks: the identity that every access decision is made for. */
#pragma once

#include "base/bytes.h"

struct ns_binds;

struct caller {
    uint8_t role;         /* enum coh_role; 0 is the queen, ROLE_COUNT nobody yet */
    uint32_t session;     /* index in the sessions pool */
    struct bytes subject; /* empty for the queen without a ticket */
    uint64_t ticket_id;   /* first 8 bytes of the ticket's MAC, big-endian; 0 = none */
    const struct ns_binds *binds; /* the session's own view; NULL = none */
    bool claimed;         /* subject and ticket_id are what a refused ticket says, not proven */
};
