/* See grid.h. */
#include "seatd/grid.h"

#include <string.h>

#include "seatd/glyphs.h"

#define TAB 8u

void grid_clear(struct seat_grid *t)
{
    memset(t->cell, ' ', sizeof t->cell);
    t->line = t->column = 0;
}

static void new_line(struct seat_grid *t)
{
    t->column = 0;
    if (t->line + 1 < SEAT_LINES) {
        t->line++;
        return;
    }
    memmove(t->cell[0], t->cell[1], sizeof t->cell - sizeof t->cell[0]);
    memset(t->cell[SEAT_LINES - 1], ' ', sizeof t->cell[0]);
}

static void put_character(struct seat_grid *t, uint8_t c)
{
    if (t->column == SEAT_COLUMNS)
        new_line(t);
    t->cell[t->line][t->column++] = c;
}

static void tab(struct seat_grid *t)
{
    uint32_t next = (t->column / TAB + 1) * TAB;
    t->column = next < SEAT_COLUMNS ? next : SEAT_COLUMNS - 1;
}

void grid_put(struct seat_grid *t, uint8_t byte)
{
    if (byte == '\n')
        new_line(t);
    else if (byte == '\r')
        t->column = 0;
    else if (byte == '\b')
        t->column -= t->column > 0;
    else if (byte == '\t')
        tab(t);
    else if (byte >= 0xc0)
        put_character(t, SEAT_GLYPH_BOX);
    else if (byte >= 0x20 && byte < 0x7f)
        put_character(t, byte);
}
