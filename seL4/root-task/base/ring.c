/* The ring of whole records; see ring.h. */
#include "base/ring.h"

#define PREFIX_BYTES 2u

/* Index i + n, wrapped; n ≤ cap. */
static uint32_t ring_at(const struct ring *r, uint32_t i, uint32_t n)
{
    uint32_t to_end = r->cap - i;
    return n < to_end ? i + n : n - to_end;
}

static uint32_t record_size(const struct ring *r, uint32_t at)
{
    return (uint32_t)r->data[at] | (uint32_t)r->data[ring_at(r, at, 1u)] << 8;
}

/* Moves c behind the record that it stands at. */
static void step(const struct ring *r, struct ring_cursor *c)
{
    uint32_t n = record_size(r, c->at);
    c->at = ring_at(r, c->at, PREFIX_BYTES + n);
    c->pos += n;
}

/* n bytes from index at on are taken from `in`, or else put to `out`. */
static void copy(const struct ring *r, uint32_t at, const uint8_t *in, uint8_t *out, uint32_t n)
{
    uint32_t first = n < r->cap - at ? n : r->cap - at;
    memcpy(in ? r->data + at : out, in ? in : r->data + at, first);
    memcpy(in ? r->data : out + first, in ? in + first : r->data, n - first);
}

void ring_init(struct ring *r, uint8_t *data, uint32_t cap)
{
    COH_ASSERT(data != NULL && cap > PREFIX_BYTES && cap <= INT32_MAX);
    *r = (struct ring){.data = data, .cap = cap};
}

uint32_t ring_max_record(const struct ring *r)
{
    uint32_t n = r->cap - PREFIX_BYTES;
    return n < UINT16_MAX ? n : UINT16_MAX;
}

void ring_drop(struct ring *r)
{
    COH_ASSERT(r->used > 0);
    uint32_t n = record_size(r, r->start);
    COH_ASSERT(n + PREFIX_BYTES <= r->used);
    r->start = ring_at(r, r->start, n + PREFIX_BYTES);
    r->used -= n + PREFIX_BYTES;
    r->oldest += n;
    r->dropped++;
}

uint32_t ring_append(struct ring *r, struct bytes rec)
{
    COH_ASSERT(rec.n > 0 && rec.n <= ring_max_record(r));
    uint32_t n = (uint32_t)rec.n;
    uint64_t dropped = r->dropped;
    while (r->cap - r->used < n + PREFIX_BYTES)
        ring_drop(r);
    const uint8_t prefix[PREFIX_BYTES] = {(uint8_t)n, (uint8_t)(n >> 8)};
    uint32_t end = ring_at(r, r->start, r->used);
    copy(r, end, prefix, NULL, PREFIX_BYTES);
    copy(r, ring_at(r, end, PREFIX_BYTES), rec.p, NULL, n);
    r->used += n + PREFIX_BYTES;
    r->next += n;
    return (uint32_t)(r->dropped - dropped);
}

size_t ring_read_on(const struct ring *r, struct ring_cursor *c, uint64_t pos, uint8_t *out, size_t cap)
{
    if (pos < r->oldest || pos > r->next)
        return 0;
    if (c->pos < r->oldest || c->pos > pos)
        *c = (struct ring_cursor){r->oldest, r->start};
    size_t done = 0;
    while (c->pos < r->next && done < cap) {
        uint32_t n = record_size(r, c->at);
        if (pos < c->pos + n) {
            uint32_t from = (uint32_t)(pos - c->pos);
            uint32_t take = cap - done < n - from ? (uint32_t)(cap - done) : n - from;
            copy(r, ring_at(r, c->at, PREFIX_BYTES + from), NULL, out + done, take);
            done += take;
            pos += take;
            if (pos < c->pos + n)
                break;
        }
        step(r, c);
    }
    return done;
}

uint64_t ring_newest(const struct ring *r, uint32_t n)
{
    struct ring_cursor c = {r->oldest, r->start};
    for (uint64_t records = (r->used - (r->next - r->oldest)) / PREFIX_BYTES; records > n; records--)
        step(r, &c);
    return c.pos;
}
