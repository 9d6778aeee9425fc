/* The authority's whole face: a deterministic state machine. Bytes and a time in, bytes out. No clock, no heap, no
 * entropy; the same calls give the same bytes on every platform. Several hives may live in one process. */
#pragma once

#include "base/bytes.h"

/* A task, and a core that it was placed on; one that has several cores has a row for each. */
struct hive_task {
    const char *name; /* NULL ends a table */
    uint32_t core;
};

/* What the platform knew before the hive existed. Strings are borrowed for the hive's life. */
struct hive_facts {
    const char *backend;        /* "posix", "qemu-virt", "pi4" */
    const char *kernel;         /* "posix", "sim", "seL4" */
    const char *kernel_version; /* "16.0.0", "13.0.0", … */
    const char *timer;          /* "counter", "device", "polling" */
    uint64_t rtc_unix_ms;       /* wall clock at now_ms = 0; 0 = no RTC */
    uint32_t life;              /* tells this boot from others, as far as the platform can; no secret */
    bool tasks;                 /* each heartbeat worker is a task of its own, which the platform runs */
    /* BI, CAPS, MEM: valid when has_bootinfo; slots and memory as they were before anything was made of them */
    bool has_bootinfo;
    uint32_t node_bits, nodes;
    uint64_t empty_start, empty_end;
    uint64_t cap_root, cap_ep, cap_uart;
    uint64_t mem_untyped, mem_ram_bytes, mem_device_bytes;
    /* SMP: who runs where, on `nodes` cores. NULL where the kernel has no debug system calls: then it is unsupported. */
    const struct hive_task *placement;
    struct bytes boot_lines; /* boot log so far, newline-ended lines, becomes the head of /kmesg */
    struct bytes provision;  /* key blob of a release image, sealed or not; empty when keys are embedded */
    uint8_t *evidence;       /* the loader's record (attest/record.h), 8-byte aligned; NULL: there is none. Its key is wiped */
};

/* Where the network side's address is from. */
enum hive_source { HIVE_NO_ADDRESS, HIVE_STATIC, HIVE_LEASE };

/* What was made since BootInfo: slots of the root CNode, and bytes of untyped memory of both kinds. */
struct hive_taken {
    uint64_t slots, ram, device;
};

/* What the platform counts while it runs; it may update these at any time between calls. */
struct hive_net {
    struct hive_taken taken; /* BI and MEM show what is left */
    bool listening, link_up;
    uint8_t source, prefix;            /* enum hive_source; a prefix of 0 … 32 bits */
    uint8_t dhcp;                      /* enum dhcp_refusal (netd/dhcp.h): why there is no lease */
    uint32_t address, gateway, server; /* in host order; 0: none */
    uint32_t lease_s;                  /* of the lease, UINT32_MAX: without end */
    uint64_t accepted, refused, rx_bytes, tx_bytes, rx_dropped, tx_dropped;
    uint64_t wakeups, slept_ms; /* of the authority: how often it was woken, and how long it slept in all */
};

enum hive_kind { HIVE_SERIAL, HIVE_TCP };

/* Connections are named by an index that the platform chooses: 0 is serial, 1 … HIVE_CONNS-1 are stream ports. */
struct hive;

size_t hive_size(void);
/* h points to hive_size() zeroed bytes, 16-byte aligned. Returns NULL, or why the hive can't start (`boot halted: …`). */
const char *hive_init(struct hive *h, const struct hive_facts *facts);
/* The key blob, opened. */
struct bytes hive_provision(const struct hive *h);
struct hive_net *hive_net(struct hive *h);
/* Appends one boot line to /kmesg (without newline). */
void hive_kmesg(struct hive *h, struct bytes line);

/* A line of the platform for /log/queen.log: `<ms> <subsystem> <text>`. */
void hive_note(struct hive *h, const char *subsystem, struct bytes text, uint64_t now_ms);

/* A new connection on a free index. */
void hive_accept(struct hive *h, uint32_t conn, enum hive_kind kind, uint64_t now_ms);
/* Offers bytes; returns how many were taken. Fewer than offered: the rest must be offered again after output was pulled. */
size_t hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now_ms);
/* Pulls up to cap bytes of output. 0 = nothing to send now. */
size_t hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now_ms);
/* True once the connection should be closed and all its output has been pulled. */
bool hive_wants_close(const struct hive *h, uint32_t conn);
/* The peer is gone, or the close that was wanted is done: the index is free again. */
void hive_closed(struct hive *h, uint32_t conn, uint64_t now_ms);
/* The same, when the peer vanished or reset the connection: its session is told so in the audit. */
void hive_lost(struct hive *h, uint32_t conn, uint64_t now_ms);
/* A system event after which the hive can't be trusted to act: it goes OFFLINE. reason is a static word: attestation-failed,
 * storage-failed or network-task-lost. */
void hive_fault(struct hive *h, const char *reason, uint64_t now_ms);

/* Heartbeat workers that are tasks (facts.tasks). A task is named by its slot, below workers.max, and its worker's number, which
 * no other worker of a boot has; whoever is not alive there any more is nobody, and what is said of it changes nothing. */

/* The number of the heartbeat worker in a slot; 0: there is none. */
uint64_t hive_worker(const struct hive *h, uint32_t slot);
/* Takes the next slot, going round, in which something happened; false: there is none, and *slot and *number count for nothing.
 * *number is hive_worker's then. When it is not that of the task that runs there, that task ends with all its capabilities and
 * memory, and unless it is 0 another begins. In either case the task *number is to beat now. A task can't answer while the
 * authority runs, so the platform asks right before it sleeps: what it has not taken here does not count as missed, and comes
 * before what it has. In time of the slots between the changed ones. */
bool hive_worker_change(struct hive *h, uint32_t *slot, uint64_t *number);
/* The task has answered. */
void hive_worker_beat(struct hive *h, uint32_t slot, uint64_t number, uint64_t now_ms);
/* The task is lost, or could not be: its worker ends. reason is a static word: fault or memory. A turn must follow. */
void hive_worker_lost(struct hive *h, uint32_t slot, uint64_t number, const char *reason, uint64_t now_ms);

/* Connections that the hive closed because a deadline passed: when it grows, connections without input want closing. */
uint64_t hive_cuts(const struct hive *h);
/* Runs what is due; returns the next deadline (ms), UINT64_MAX when nothing is pending. */
uint64_t hive_tick(struct hive *h, uint64_t now_ms);
/* Every invariant; for tests, fuzzers and simulation. */
bool hive_check(const struct hive *h);
