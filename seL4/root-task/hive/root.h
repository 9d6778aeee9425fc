/* /proc/root: is the root reachable, and if not, why. */
#pragma once

#include "ns/tree.h"

struct root_state {
    uint64_t last_seen_ms; /* last input of a queen's session */
    bool session_revoked;  /* the newest queen session was revoked, and none attached since */
    bool policy_denied;    /* her newest attach was refused, and none succeeded since */
};

extern const struct ns_table root_nodes;
