/* The event pump: moves bytes between stream ports and the hive with a budget per source per turn, and runs the timers. */
#pragma once

#include "hive/hive.h"
#include "pump/stream.h"

/* What the pump knows of a port. Nothing of it is ever read back from the shared memory. */
struct pump_port {
    uint32_t seen;    /* the generation that the hive knows, or knew last */
    uint32_t rx_head; /* of that generation */
    uint32_t tx_tail;
    bool open; /* the port is not released */
    bool done; /* the hive has closed it */
};

/* All else is zero at first. */
struct pump {
    struct hive *hive;
    struct stream_link *link;   /* shared with the network side; NULL: there is none */
    struct stream_port *serial; /* the UART's two rings, same layout; plat opens it once (opened = 1) */
    struct pump_port ports[COH_STREAM_PORTS + 1]; /* by connection; [0] is serial */
    uint64_t busy[STREAM_BELL_WORDS]; /* a bit a port: something was left; the others wait for their bell, or a cut */
    uint64_t round[STREAM_BELL_WORDS]; /* a bit a port: it gets its share in this round, which may take several turns */
    uint32_t waiting;                 /* how many bits round has */
    uint64_t cuts;                    /* hive_cuts of the last round */
    bool forged;                      /* the network side wrote an impossible index; for whoever wants to know */
};

/* One turn over all sources. Returns the next deadline in ms (UINT64_MAX: none); *again = true when a source still had
 * work after its budget: call again before sleeping. *moved = true when any byte or state moved: tell the network side. */
uint64_t pump_turn(struct pump *p, uint64_t now_ms, bool *again, bool *moved);
/* The network side is gone for good: its connections are lost, the link is as new. */
void pump_lost(struct pump *p, uint64_t now_ms);
