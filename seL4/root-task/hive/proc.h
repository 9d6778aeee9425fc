/* Small files of /proc: boot and tests, what was decided before the hive ran; bench, what it is measured with; root and
 * pressure, whether it can be reached and what it refused; 9p/{sessions,outstanding,short_writes}, who is attached and how
 * the protocol fares. */
#pragma once

#include "ns/tree.h"

struct root_state {
    uint64_t last_seen_ms; /* last input of a queen's session */
    bool session_revoked;  /* the newest queen session was revoked, and none attached since */
    bool policy_denied;    /* her newest attach was refused, and none succeeded since */
};

/* Requests of Secure9P whose answers the transport has not taken, of all connections. */
uint64_t p9_outstanding(const struct hive *h);
