/* Framing: a stream that is fed in arbitrary splits gives the same events as one that is fed at once.
 * Input: byte 0 = strictness (bit 0), byte 1 = seed of the splits, the rest is the stream. */
#include "support/fuzz.h"

#include "wire/console.h"

#define TRACE_BYTES 65536u

struct trace {
    uint8_t data[TRACE_BYTES];
    size_t n;
};

static struct trace at_once, in_parts;

static void trace_put(struct trace *t, const void *p, size_t n)
{
    FUZZ_CHECK(n <= TRACE_BYTES - t->n);
    memcpy(t->data + t->n, p, n);
    t->n += n;
}

/* Feeds one segment; false once framing is lost. */
static bool feed(struct frame_reader *f, struct bytes in, bool strict, struct trace *t)
{
    for (;;) {
        size_t taken;
        enum frame_event e = frame_read(f, in, strict, &taken);
        FUZZ_CHECK(taken <= in.n);
        in = bytes_sub(in, taken, in.n);
        if (e == FRAME_MORE) {
            FUZZ_CHECK(in.n == 0);
            return true;
        }
        uint8_t tag = (uint8_t)e;
        trace_put(t, &tag, 1);
        if (e == FRAME_LOST)
            return false;
        if (e == FRAME_LINE) {
            FUZZ_CHECK(f->want >= 1 && f->want <= CONSOLE_LINE_BYTES && f->line_n == f->want);
            trace_put(t, f->line, f->want);
        }
        FUZZ_CHECK(e != FRAME_SKIPPED || !strict);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > TRACE_BYTES / 2u)
        return 0;
    bool strict = data[0] & 1u;
    uint32_t seed = data[1];
    struct bytes in = bytes_of(data + 2, size - 2u);
    struct frame_reader one = {0}, many = {0};
    at_once.n = 0;
    in_parts.n = 0;
    bool alive = feed(&one, in, strict, &at_once);
    bool still = true;
    while (in.n && still) {
        seed = seed * 1664525u + 1013904223u;
        size_t n = (seed >> 16) % 9u; /* 0 too */
        still = feed(&many, bytes_sub(in, 0, n), strict, &in_parts);
        in = bytes_sub(in, n, in.n);
    }
    FUZZ_CHECK(alive == still);
    FUZZ_CHECK(at_once.n == in_parts.n);
    FUZZ_CHECK(memcmp(at_once.data, in_parts.data, at_once.n) == 0);
    return 0;
}
