/* Console frames: size[4] little-endian, counting itself, then the payload; see console.h and spec/console.md
 * "TCP framing". */
#include "base/fmt.h"
#include "wire/console.h"

_Static_assert(CONSOLE_FRAME_MIN == CONSOLE_HEADER_BYTES + 1u &&
                   CONSOLE_FRAME_MAX == CONSOLE_HEADER_BYTES + CONSOLE_LINE_BYTES, "a frame holds a line, or a part of one");

static bool frame_valid(const struct frame_reader *f)
{
    return f->head_n <= CONSOLE_HEADER_BYTES && f->want <= CONSOLE_LINE_BYTES && f->line_n <= f->want &&
           f->skip <= CONSOLE_SKIP_MAX - CONSOLE_HEADER_BYTES;
}

/* Between frames again; the bytes of the last line stay where they are. */
static void frame_next(struct frame_reader *f) { f->head_n = f->line_n = f->want = 0; }

/* Judges a complete header. A refused size leaves head_n full and want 0: the reader stays lost. */
static enum frame_event frame_judge(struct frame_reader *f, bool strict)
{
    uint32_t size = (uint32_t)bytes_le(bytes_of(f->head, sizeof f->head));
    if (size >= CONSOLE_FRAME_MIN && size <= CONSOLE_FRAME_MAX) {
        f->want = (uint16_t)(size - CONSOLE_HEADER_BYTES);
        return FRAME_MORE;
    }
    if (strict || size < CONSOLE_FRAME_MIN || size > CONSOLE_SKIP_MAX)
        return FRAME_LOST;
    f->skip = size - CONSOLE_HEADER_BYTES;
    frame_next(f);
    return FRAME_SKIPPED;
}

size_t frame_fill(uint8_t *to, uint16_t *have, size_t want, struct bytes in)
{
    in = bytes_sub(in, 0, want - *have);
    if (in.n)
        memcpy(to + *have, in.p, in.n);
    *have = (uint16_t)(*have + in.n);
    return in.n;
}

enum frame_event frame_read(struct frame_reader *f, struct bytes in, bool strict, size_t *taken)
{
    COH_ASSERT(frame_valid(f));
    *taken = 0;
    if (f->head_n == CONSOLE_HEADER_BYTES && f->want == 0)
        return FRAME_LOST;
    if (f->want && f->line_n == f->want)
        frame_next(f);
    *taken = bytes_sub(in, 0, f->skip).n;
    f->skip -= (uint32_t)*taken;
    if (f->want == 0) {
        *taken += frame_fill(f->head, &f->head_n, CONSOLE_HEADER_BYTES, bytes_sub(in, *taken, in.n));
        if (f->head_n < CONSOLE_HEADER_BYTES)
            return FRAME_MORE;
        enum frame_event event = frame_judge(f, strict);
        if (event != FRAME_MORE)
            return event;
    }
    *taken += frame_fill(f->line, &f->line_n, f->want, bytes_sub(in, *taken, in.n));
    return f->line_n == f->want ? FRAME_LINE : FRAME_MORE;
}

bool frame_write(struct buf *out, struct bytes payload)
{
    COH_ASSERT(payload.n >= 1 && payload.n <= CONSOLE_LINE_BYTES);
    struct buf all = buf_begin(out);
    buf_le(&all, payload.n + CONSOLE_HEADER_BYTES, CONSOLE_HEADER_BYTES);
    buf_put(&all, payload);
    return buf_keep(out, all);
}
