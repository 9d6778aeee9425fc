/* The event pump: moves bytes between stream ports and the hive with a budget per source per turn, and runs the timers. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

/* All else is zero at first. */
struct pump {
    struct hive *hive;
    struct stream_link *link;   /* shared with the network side */
    struct stream_port *serial; /* the UART's two rings, same layout; plat opens it once (opened = 1) */
    uint32_t seen[COH_STREAM_PORTS + 1]; /* generation of each port that the hive knows; [0] is serial */
    bool done[COH_STREAM_PORTS + 1];     /* the hive has closed this generation */
    uint64_t busy[STREAM_BELL_WORDS];    /* a bit a port: something was left; the others wait for their bell, or a cut */
    uint64_t cuts;                       /* hive_cuts of the last turn */
};

/* One turn over all sources. Returns the next deadline in ms (UINT64_MAX: none); *again = true when a source still had
 * work after its budget: call again before sleeping. *moved = true when any byte or state moved: tell the network side. */
uint64_t pump_turn(struct pump *p, uint64_t now_ms, bool *again, bool *moved);
