/* The seat with any text and any events: bytes are never drawn outside the framebuffer, the grid holds letters alone, the cursor
 * stays in it, keys type bytes below 0x80, and the keyboard gets each buffer back once.
 *
 * Input: operations, each a byte and its arguments.
 *   0 n bytes     text of n % 64 bytes      1 n v         n * 64 bytes of v at once: the ring comes round
 *   2 n, n × t c v  so many events at once  3             the screen is drawn */
#include "support/fuzz.h"

#include <string.h>

#include "model.h"
#include "seatd/feed.h"

#define GUARD 640u

static uint32_t pixels[SEAT_PIXELS + 2 * GUARD];
static struct seat_area area;
static struct seat_grid text;
static struct seat_screen screen; /* kept from one input to the next: what it shows is known, and 300 000 pixels take their time */
static struct seat_feed feed;
static struct seat_keys keys;

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t next(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static void write_text(uint8_t byte)
{
    area.text[area.text_tail % SEAT_TEXT_BYTES] = byte;
    area.text_tail++;
}

static void check(void)
{
    FUZZ_CHECK(text.line < SEAT_LINES && text.column <= SEAT_COLUMNS);
    for (uint32_t i = 0; i < SEAT_LINES * SEAT_COLUMNS; i++)
        FUZZ_CHECK(text.cell[i / SEAT_COLUMNS][i % SEAT_COLUMNS] - SEAT_GLYPH_FIRST <= SEAT_GLYPH_BOX - SEAT_GLYPH_FIRST);
    for (uint32_t i = 0; i < GUARD; i++)
        FUZZ_CHECK(pixels[i] == 0xdeadbeefu && pixels[GUARD + SEAT_PIXELS + i] == 0xdeadbeefu);
}

static void draw(void)
{
    while (feed_take(&feed, &area, &text))
        continue;
    FUZZ_CHECK(feed.head == area.text_tail);
    screen_show(&screen, &text);
    check();
}

static void hear(void)
{
    struct seat_event e;
    uint32_t heard = 0;
    while (keyboard_next(&e)) {
        FUZZ_CHECK(++heard <= SEAT_EVENTS);
        FUZZ_CHECK(keys_type(&keys, &e) < 0x80);
    }
    FUZZ_CHECK(model_buffers() == SEAT_EVENTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint32_t id;
    model_init();
    memset(&area, 0, sizeof area);
    feed = (struct seat_feed){0};
    keys = (struct seat_keys){0};
    if (screen.pixels == NULL) {
        for (uint32_t i = 0; i < sizeof pixels / sizeof pixels[0]; i++)
            pixels[i] = 0xdeadbeefu;
        screen.pixels = pixels + GUARD;
    }
    grid_clear(&text);
    FUZZ_CHECK(keyboard_start(&model_memory, &id) == SEAT_READY && display_start(&model_memory) == SEAT_READY);
    while (in.n > 0) {
        uint8_t op = next(&in), n;
        if (op % 4 == 0) {
            for (n = next(&in) % 64; n > 0; n--)
                write_text(next(&in));
        } else if (op % 4 == 1) {
            uint32_t many = next(&in) * 64u;
            for (n = next(&in); many > 0; many--)
                write_text(n);
        } else if (op % 4 == 2) {
            for (n = next(&in) % 80; n > 0; n--) {
                uint8_t type = next(&in), code = next(&in);
                model_event(type % 4, code, next(&in) % 4);
            }
            hear();
        } else {
            draw();
        }
    }
    draw();
    return 0;
}
