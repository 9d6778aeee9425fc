/* See feed.h. */
#include "seatd/feed.h"

/* So much is copied at once. Behind a gap, so much more than must be is given up: else the writer would come round again. */
#define CHUNK 256u
/* A line's beginning is looked for in so many bytes; none is longer where the hive speaks. */
#define SKIP 512u
/* So far behind the writer bytes are good. */
#define GOOD (SEAT_TEXT_BYTES - SEAT_TEXT_BATCH)
_Static_assert(GOOD - CHUNK - SKIP >= SEAT_LINES * (SEAT_COLUMNS + 2u), "a screen is left behind a gap");

static void say(struct seat_grid *t, const char *text)
{
    while (*text != '\0')
        grid_put(t, (uint8_t)*text++);
}

static void say_missing(struct seat_grid *t, uint32_t n)
{
    char digits[11] = {0};
    char *p = digits + sizeof digits - 1;
    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    say(t, t->column > 0 ? "\n[... " : "[... ");
    say(t, p);
    say(t, " bytes not shown]\n");
}

static void take_byte(struct seat_feed *f, struct seat_grid *t, uint8_t byte)
{
    if (f->skip == 0) {
        grid_put(t, byte);
        return;
    }
    f->skip--;
    f->missing++;
    if (byte == '\n' || f->skip == 0) {
        say_missing(t, f->missing);
        f->skip = f->missing = 0;
    }
}

/* What lies that far behind the writer has been overwritten, or is about to be. */
static void jump(struct seat_feed *f, uint32_t tail)
{
    uint32_t to = tail - (GOOD - CHUNK);
    f->missing += to - f->head;
    f->skip = SKIP;
    f->head = to;
}

bool feed_take(struct seat_feed *f, const struct seat_area *a, struct seat_grid *t)
{
    uint8_t copy[CHUNK];
    for (uint32_t round = 0; round < SEAT_FEED_ROUNDS; round++) {
        uint32_t tail = seat_load(&a->text_tail), n = tail - f->head;
        if (n == 0)
            return false;
        if (n > GOOD) {
            jump(f, tail);
            continue;
        }
        n = n < CHUNK ? n : CHUNK;
        for (uint32_t i = 0; i < n; i++)
            copy[i] = __atomic_load_n(&a->text[(f->head + i) % SEAT_TEXT_BYTES], __ATOMIC_RELAXED);
        seat_fence();
        if (seat_load(&a->text_tail) - f->head > GOOD)
            continue; /* the writer has come round: it is looked at anew, as a gap */
        for (uint32_t i = 0; i < n; i++)
            take_byte(f, t, copy[i]);
        f->head += n;
    }
    return true;
}
