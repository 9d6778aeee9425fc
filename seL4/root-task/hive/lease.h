/* Leases: who may use which resource until when, quotas of subjects, preemption; /queen/lease/ctl and /proc/lease. */
#pragma once

#include "ns/tree.h"

/* A lease. Also what is asked for, and a quota: then its numbers are bounds, UINT64_MAX = none, and it has no seq. */
struct lease {
    uint64_t seq;    /* of its grant: its age */
    uint64_t ends_ms;
    uint64_t ttl_s;  /* when it was granted or renewed */
    uint64_t worker; /* number of the worker that lives by it and ends with it; 0 = none */
    uint64_t priority, mem_mb, streams, leases;
    struct token id, subject, resource;
};

struct lease_state {
    uint64_t seq;       /* of the newest grant or preemption */
    uint64_t preempted; /* leases that a preemption ended */
    struct index by, quotas; /* over the two halves of the pool `leases` */
    struct ring preemptions; /* over the pool `preemptions` */
};

/* May it be granted now? COH_BUSY (id-in-use; leases: the table is full; gpu-full), COH_QUOTA (quota) or COH_OK. */
enum coh_status lease_room(const struct hive *h, const struct lease *ask, struct ns_why *why);
/* lease_room said COH_OK. */
void lease_grant(struct hive *h, const struct lease *ask);
/* Has the subject, or if it is empty anybody, a lease of the resource? */
bool lease_held(const struct hive *h, struct bytes subject, struct bytes resource);
/* All leases of the resource end, and workers that live by them; reason is a static word. */
void lease_end_for_resource(struct hive *h, struct bytes resource, const char *reason);
/* The subject is gone: all its leases end. */
void lease_end_for_subject(struct hive *h, struct bytes subject);
