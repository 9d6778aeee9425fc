/* /host/tickets: orders to executors on hosts, their outcomes, and what could not be done (spec/control.md, host tickets). The
 * hive keeps order: each ticket once, each state after the one before it, nothing from a writer whose epoch is over. */
#pragma once

#include "ns/tree.h"

enum host_ticket_state { HT_QUEUED, HT_CLAIMED, HT_RUNNING, HT_SUCCEEDED, HT_FAILED, HT_EXPIRED };

/* An accepted ticket (pool `host_tickets`); those that are over make room for the next, the oldest first. */
struct host_ticket {
    uint64_t number;          /* 1, 2, … in order of acceptance; 0: this slot was never used */
    uint64_t expires_unix_ms; /* by the hive's wall clock; without one it does not expire */
    uint64_t seq;             /* of its newest result */
    uint8_t line[32];         /* SHA-256 of its line */
    uint8_t state;            /* enum host_ticket_state */
    struct token id, key;
};

enum host_ticket_file { HT_SPEC, HT_STATUS, HT_DEADLETTER, HT_FILES };

struct host_tickets_state {
    struct ring files[HT_FILES]; /* over the pool `host_ticket_lines` */
    uint64_t last_number;
    struct index by; /* over the pool `host_tickets` */
    uint32_t open;   /* tickets that are not over */
};
