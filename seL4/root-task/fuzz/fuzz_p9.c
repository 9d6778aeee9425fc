/* 9P frames from a client and from a server: what decodes encodes to the same bytes, in no less room, and
 * everything that it borrows lies in the frame. Input: one frame; it is tried as it is, then with its size
 * put right. */
#include "support/fuzz.h"

#include <stdlib.h>

#include "base/fmt.h"
#include "wire/p9.h"

#define INPUT_BYTES 16384u

static void inside(struct bytes frame, struct bytes part)
{
    if (part.n)
        FUZZ_CHECK(part.p >= frame.p && part.n <= frame.n - (size_t)(part.p - frame.p));
}

static void text_inside(struct bytes frame, struct bytes text)
{
    inside(frame, text);
    FUZZ_CHECK(utf8_valid(text) && (text.n == 0 || !memchr(text.p, 0, text.n)));
}

static void check_strings(struct bytes frame, const struct p9_msg *m)
{
    switch (m->type) {
    case P9_TVERSION:
    case P9_RVERSION:
        text_inside(frame, m->u.version.version);
        break;
    case P9_TAUTH:
        text_inside(frame, m->u.attach.uname);
        text_inside(frame, m->u.attach.aname);
        break;
    case P9_TATTACH:
        text_inside(frame, m->u.attach.uname);
        text_inside(frame, m->u.attach.aname);
        break;
    case P9_TWALK:
        FUZZ_CHECK(m->u.walk.n <= P9_NAMES_MAX);
        for (unsigned i = 0; i < m->u.walk.n; i++)
            text_inside(frame, m->u.walk.name[i]);
        break;
    case P9_RWALK:
        FUZZ_CHECK(m->u.walked.n <= P9_NAMES_MAX);
        break;
    case P9_TWRITE:
        inside(frame, m->u.write.data);
        break;
    case P9_RREAD:
    case P9_RREADDIR:
        inside(frame, m->u.data);
        break;
    default:
        break;
    }
}

/* Into n bytes of the heap and no more. */
static struct buf encoded(const struct p9_msg *m, size_t n)
{
    struct buf out = buf_of(malloc(n), n);
    FUZZ_CHECK(out.p != NULL);
    p9_encode(&out, m);
    return out;
}

static void check_way_back(struct bytes frame, const struct p9_msg *m)
{
    struct buf whole = encoded(m, frame.n), less = encoded(m, frame.n - 1u);
    FUZZ_CHECK(!whole.cut && bytes_eq(buf_bytes(&whole), frame));
    FUZZ_CHECK(less.cut && less.n == 0);
    free(whole.p);
    free(less.p);
}

static void both_ways(struct bytes frame)
{
    struct p9_msg t, r;
    enum p9_result client = p9_decode_t(frame, &t), server = p9_decode_r(frame, &r);
    FUZZ_CHECK((client == P9_BROKEN) == (server == P9_BROKEN));
    if (client == P9_BROKEN)
        return;
    FUZZ_CHECK(client == P9_UNSUPPORTED || server == P9_UNSUPPORTED);
    FUZZ_CHECK(t.tag == r.tag && t.tag == (frame.p[5] | frame.p[6] << 8));
    FUZZ_CHECK(server != P9_REFUSED_OP);
    if (client != P9_OK && server != P9_OK)
        return;
    const struct p9_msg *m = client == P9_OK ? &t : &r;
    FUZZ_CHECK(m->type == frame.p[4] && p9_size(frame.p) == frame.n);
    check_strings(frame, m);
    check_way_back(frame, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_BYTES)
        return 0;
    both_ways(bytes_of(data, size)); /* libFuzzer's copy is of just this size */
    if (size < 4)
        return 0;
    uint8_t *copy = malloc(size);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    for (unsigned i = 0; i < 4; i++)
        copy[i] = (uint8_t)(size >> (8u * i));
    both_ways(bytes_of(copy, size));
    free(copy);
    return 0;
}
