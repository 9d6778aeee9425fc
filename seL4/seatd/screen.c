/* See screen.h. */
#include "seatd/screen.h"

/* Of what a cell shows. */
#define CURSOR 0x80u

static void draw_cell(uint32_t *pixels, uint32_t line, uint32_t column, uint8_t shown)
{
    for (uint32_t y = 0; y < SEAT_CELL_HEIGHT; y++) {
        uint32_t *row = pixels + (line * SEAT_CELL_HEIGHT + y) * SEAT_WIDTH + column * SEAT_CELL_WIDTH;
        uint32_t bits = seat_glyph_row(shown & (CURSOR - 1u), y) ^ (shown & CURSOR ? 0xffu : 0u);
        for (uint32_t x = 0; x < SEAT_CELL_WIDTH; x++)
            row[x] = bits >> (SEAT_CELL_WIDTH - 1 - x) & 1u ? SEAT_INK : SEAT_PAPER;
    }
}

void screen_show(struct seat_screen *s, const struct seat_grid *t)
{
    uint32_t at = t->column < SEAT_COLUMNS ? t->column : SEAT_COLUMNS - 1;
    for (uint32_t line = 0; line < SEAT_LINES; line++) {
        for (uint32_t column = 0; column < SEAT_COLUMNS; column++) {
            uint8_t want = (uint8_t)(t->cell[line][column] | (line == t->line && column == at ? CURSOR : 0u));
            if (want != s->shown[line][column]) {
                draw_cell(s->pixels, line, column, want);
                s->shown[line][column] = want;
            }
        }
    }
}
