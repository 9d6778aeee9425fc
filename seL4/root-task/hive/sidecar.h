/* Field-bus and LoRa adapters (spec/namespace.md, /bus and /lora): what they share, who may use which, and the workers that are
 * spawned for them. The devices are driven by a host tool that speaks to these files. */
#pragma once

#include "generated/manifest.h"
#include "ns/tree.h"

/* As in struct coh_sidecar, like the rings of an adapter: of its orders, of what comes in or goes out, and two more. */
enum sidecar_kind { SIDECAR_MODBUS, SIDECAR_DNP3, SIDECAR_LORA };
enum sidecar_file { SIDECAR_CTL, SIDECAR_TELEMETRY, SIDECAR_LINK, SIDECAR_REPLAY, SIDECAR_FILES, SIDECAR_TAMPER = SIDECAR_LINK };

/* A duty cycle's window is counted in so many parts, and the part that it begins in. */
#define LORA_PARTS 32u

struct sidecar {
    struct ring files[SIDECAR_FILES]; /* over the pool `sidecar_bytes`, like the spool */
    struct buf spool;   /* of a bus: lines that wait for a replay */
    uint64_t entries;   /* lines in the spool; of LoRa: lines that ever came into tamper */
    uint64_t replayed;  /* lines that ever left the spool */
    uint64_t worker;    /* number of the worker that was spawned for it last; 0: none */
    bool offline;       /* of a bus: its link is down */
    struct {
        uint64_t number; /* parts since boot */
        uint64_t air_ms; /* sent in this one */
    } parts[LORA_PARTS + 1u];
};

/* Time on air of a frame with so many bytes of payload, rounded up: SF7, 125 kHz, coding rate 4/5, 8 symbols of preamble,
 * explicit header, CRC. */
uint64_t lora_air_ms(uint64_t bytes);
/* May a worker of this role be spawned for the adapter of that id, its number in *out? COH_BUSY: there is none, or a live
 * worker owns it. */
enum coh_status sidecar_spawn(const struct hive *h, uint32_t role, struct bytes id, uint32_t *out, struct ns_why *why);
/* Logs that who was refused what lies at ref, by role or scope, when that is below a folder of adapters; path: as he said it. */
void sidecar_denied(struct hive *h, const struct caller *who, const struct ns_ref *ref, struct bytes path);
