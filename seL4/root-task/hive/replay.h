/* /replay: issues the journal's lines again, from a cursor to its end, as the queen who asked. Equal hives give equal
 * acknowledgements, of which /replay/status shows the sum. */
#pragma once

#include "ns/tree.h"

enum replay_outcome { REPLAY_IDLE, REPLAY_OK, REPLAY_ERR };

struct replay_state {
    bool asked;          /* accepted, and the tick of this turn will run it */
    bool runs;           /* its lines are being applied: they are not journaled again */
    uint8_t outcome;     /* enum replay_outcome of the newest replay */
    uint32_t session;    /* who asked, */
    uint64_t session_id; /* and whether the session is still his */
    uint64_t from;       /* absolute position in the journal, */
    uint64_t at;         /* of the next entry, or of the one that was refused, */
    uint64_t end;        /* and of the journal's end, when it was asked for */
    uint64_t entries;    /* that have been acknowledged, a refused one included */
    uint64_t sum;        /* 64-bit FNV-1a over their acknowledgements, each with its newline */
    const char *detail;  /* REPLAY_ERR: why */
};
