/* /host: what host tools publish about systemd units, Kubernetes nodes, Docker and NVIDIA GPUs, and the control files by which
 * the queen orders something of them (spec/namespace.md, /host). The hive validates, keeps and audits lines; whoever executes
 * them follows the files. */
#pragma once

#include "ns/tree.h"

#define HOST_LINE_BYTES 256u /* spec/namespace.md */
#define HOST_FILES 3u        /* of an entry, at most */

enum host_kind { HOST_DOCKER, HOST_SYSTEMD, HOST_K8S, HOST_NVIDIA };

/* A unit, a node, a GPU, or Docker itself (slot 0). Entries come by the manifest or with a first status, and stay for the boot. */
struct host_entry {
    struct ring files[HOST_FILES]; /* over the pool `host_bytes` */
    uint8_t kind; /* enum host_kind */
    struct token name;
};

struct host_state {
    struct index by; /* over the pool `host_entries`, by name and kind; slots are taken from the first on */
};
