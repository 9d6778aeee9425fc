/* Draws text into a framebuffer: what has changed since it was drawn last, and nothing beside it. */
#pragma once

#include "seatd/glyphs.h"
#include "seatd/grid.h"

#define SEAT_WIDTH (SEAT_COLUMNS * SEAT_CELL_WIDTH)
#define SEAT_HEIGHT (SEAT_LINES * SEAT_CELL_HEIGHT)
/* A pixel is 32 bits, 0x00rrggbb in the processor's order. */
#define SEAT_PIXELS (SEAT_WIDTH * SEAT_HEIGHT)
#define SEAT_INK 0x00d8d8d8u
#define SEAT_PAPER 0x00101820u

struct seat_screen {
    uint32_t *pixels;                        /* SEAT_PIXELS of them, rows from the top */
    uint8_t shown[SEAT_LINES][SEAT_COLUMNS]; /* what each cell shows, with the cursor's bit; 0 at first: nothing yet */
};

/* The screen shows the text, and the cursor as a cell with ink and paper exchanged. */
void screen_show(struct seat_screen *s, const struct seat_grid *t);
