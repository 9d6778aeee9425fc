/* Letters of 8 x 16 pixels for printable ASCII, and a box for all else. */
#pragma once

#include <stdint.h>

#define SEAT_CELL_WIDTH 8u
#define SEAT_CELL_HEIGHT 16u

/* How they are drawn in glyphs.c: bands of eight, rows that lie below SEAT_GLYPH_TOP empty ones. */
#define SEAT_GLYPH_BAND 8u
#define SEAT_GLYPH_BANDS 12u
#define SEAT_GLYPH_ROWS 12u
#define SEAT_GLYPH_TOP 2u
#define SEAT_GLYPH_FIRST 0x20u
#define SEAT_GLYPH_BOX 0x7fu
extern const char seat_glyph_art[SEAT_GLYPH_BANDS][SEAT_GLYPH_ROWS][SEAT_GLYPH_BAND * SEAT_CELL_WIDTH + 1];

/* Row y of character c: bit 7 is the leftmost pixel. Any c and y: what has no letter is the box, what is no row is empty. */
static inline uint8_t seat_glyph_row(uint8_t c, uint32_t y)
{
    uint32_t n = (c < SEAT_GLYPH_FIRST || c > SEAT_GLYPH_BOX ? SEAT_GLYPH_BOX : c) - SEAT_GLYPH_FIRST;
    uint32_t row = y - SEAT_GLYPH_TOP;
    uint8_t bits = 0;
    for (uint32_t x = 0; row < SEAT_GLYPH_ROWS && x < SEAT_CELL_WIDTH; x++) {
        char ink = seat_glyph_art[n / SEAT_GLYPH_BAND][row][n % SEAT_GLYPH_BAND * SEAT_CELL_WIDTH + x];
        bits = (uint8_t)(bits << 1 | (ink == '#'));
    }
    return bits;
}
