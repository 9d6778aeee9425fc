/* The node's lifecycle (spec/control.md "Lifecycle"): states, transitions, gates, /proc/lifecycle and its control file. */
#pragma once

#include "ns/tree.h"

/* The order is generated/manifest.h's. */
enum lifecycle {
    LIFECYCLE_BOOTING, LIFECYCLE_DEGRADED, LIFECYCLE_ONLINE, LIFECYCLE_DRAINING, LIFECYCLE_QUIESCED,
    LIFECYCLE_OFFLINE, LIFECYCLE_COUNT
};

struct lifecycle_state {
    enum lifecycle state;
    const char *reason;
    uint64_t since_ms;
};

/* The manifest's initial state and its automatic transitions. */
void lifecycle_init(struct hive *h);
/* OFFLINE, by a system event. reason is a static word. */
void lifecycle_fault(struct hive *h, const char *reason);
/* May work start (worker attach, spawn)? ONLINE or DEGRADED. */
bool lifecycle_admits(const struct hive *h);
/* May telemetry be taken in? Also in DRAINING. */
bool lifecycle_ingests(const struct hive *h);
/* The refusal of an action that the state does not admit: fills *why, returns COH_OFFLINE. */
enum coh_status lifecycle_gate(struct ns_why *why, const char *action);
/* `lifecycle denied action=… state=… reason=… [leases=<n>]` */
void lifecycle_log_denied(struct hive *h, const char *action, const char *reason);
