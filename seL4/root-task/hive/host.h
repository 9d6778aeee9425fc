/* /host: what host tools publish about systemd units, Kubernetes nodes, Docker and NVIDIA GPUs, and the control files by which
 * the queen orders something of them (spec/namespace.md, /host). The hive validates, keeps and audits lines; whoever executes
 * them follows the files. /host/tickets: orders to executors on hosts, their outcomes, and what could not be done
 * (spec/control.md, host tickets). The hive keeps order: each ticket once, each state after the one before it, nothing from a
 * writer whose epoch is over. */
#pragma once

#include "ns/tree.h"

#define HOST_LINE_BYTES 256u /* spec/namespace.md */
#define HOST_FILES 3u        /* of an entry, at most */

enum host_kind { HOST_DOCKER, HOST_SYSTEMD, HOST_K8S, HOST_NVIDIA };

/* A unit, a node, a GPU, or Docker itself (slot 0). Entries come by the manifest or with a first status, and stay for the
 * boot; slots are taken from the first on. */
struct host_entry {
    struct ring files[HOST_FILES]; /* over the pool `host_bytes` */
    uint8_t kind; /* enum host_kind */
    struct token name;
};

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

extern const struct ns_table host_nodes;
void host_init(struct hive *h);
/* Tickets whose time is over expire; returns the next deadline. */
uint64_t host_tickets_tick(struct hive *h);
