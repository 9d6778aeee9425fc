/* Takes text out of the ring that the authority writes (task/seat.h) and puts it on the grid. Who falls behind by more than the
 * ring holds goes on at the first line that begins in what is left, and says on a line of its own how many bytes are missing. */
#pragma once

#include <stdbool.h>

#include "seatd/grid.h"
#include "task/seat.h"

/* All zero at first. */
struct seat_feed {
    uint32_t head;    /* bytes ever taken */
    uint32_t missing; /* of the gap that is being skipped */
    uint32_t skip;    /* so many bytes are looked at for the end of a line; 0: no gap */
};

/* Everything that is there, and what comes meanwhile. Ends in any case: at most SEAT_FEED_ROUNDS looks. True: more is there. */
bool feed_take(struct seat_feed *f, const struct seat_area *a, struct seat_grid *t);
#define SEAT_FEED_ROUNDS 64u
