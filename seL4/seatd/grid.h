/* Text on a grid of characters, from bytes as a serial line carries them. Pure: any byte is good at any time.
 *
 *   0x20 … 0x7e        stand at the cursor, which goes on; behind the last column, the next one begins a new line
 *   LF                 a new line, at its beginning; the last one moves all others up and the first one out
 *   CR, BS, TAB        to the line's beginning; one back, not beyond it; to the next column that 8 divides, not beyond the last
 *   0xc0 … 0xff        the box: a character of UTF-8 that has no letter here; its further bytes, 0x80 … 0xbf, are dropped
 *   all other bytes    dropped */
#pragma once

#include <stdint.h>

#define SEAT_COLUMNS 80u
#define SEAT_LINES 30u

struct seat_grid {
    uint8_t cell[SEAT_LINES][SEAT_COLUMNS]; /* 0x20 … SEAT_GLYPH_BOX */
    uint32_t line, column;                  /* of the cursor; column SEAT_COLUMNS: behind the last character of a full line */
};

/* Spaces, the cursor in the first cell. */
void grid_clear(struct seat_grid *t);
void grid_put(struct seat_grid *t, uint8_t byte);
