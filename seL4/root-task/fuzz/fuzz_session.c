/* Secure9P sessions by a little program: bytes choose requests on several connections of one hive, pieces of frames, readers
 * that stop, deaths and time. Every invariant is checked after every step, and every answer belongs to a request. */
#include "support/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "hive/state.h"
#include "wire/p9.h"

#define CONNS 4u
#define FIDS 6u

struct peer {
    uint32_t asked, answered; /* frames */
    uint8_t in[COH_SECURE9P_MSIZE];
    uint32_t in_n;
    bool wild; /* sent bytes of the input's own: its answers are not counted any more */
};

struct play {
    struct hive *h;
    uint64_t now;
    uint16_t tag;
    struct peer peers[CONNS];
};

static const char *const anames[] = {"auth=changeme", "auth=changeme;role=worker-heartbeat", "auth=nope", "", "auth=changeme;colour=red",
                                     "auth=changeme;role=worker;ticket="
                                     "cohesix-ticket-0101080800776f726b65722d31000000000000000000000000."
                                     "ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9"};
static const char *const names[] = {"proc", "lifecycle", "state", "log", "queen.log", "queen", "ctl", "worker", "worker-1", "telemetry", "kmesg", "shard",
                                    "queen.log.pos", "telemetry.pos", "..", "", "d1", "seg", "seg-000001", "trace", "watch", "9p", "session", "budget"};
static const char *const texts[] = {"changeme", "a line\n", "{\"spawn\":\"heartbeat\",\"ticks\":3}", "{\"kill\":\"worker-1\"}", "cordon", "resume",
                                    "{\"bind\":{\"from\":\"/log\",\"to\":\"/proc/l\"}}", "{\"new\":\"segment\",\"mime\":\"text/plain\"}", "two\nlines", ""};
#define PICK(table, n) (table)[(n) % (sizeof(table) / sizeof(table)[0])]

static void make(struct reader *r, struct p9_msg *t)
{
    static const uint8_t types[] = {P9_TVERSION, P9_TAUTH, P9_TATTACH, P9_TATTACH, P9_TWALK, P9_TWALK, P9_TWALK,    P9_TLOPEN,   P9_TREAD,
                                    P9_TREADDIR, P9_TWRITE, P9_TWRITE, P9_TGETATTR, P9_TSETATTR, P9_TSTATFS, P9_TFLUSH, P9_TCLUNK, P9_TREMOVE};
    uint8_t a = rd_u8(r), b = rd_u8(r);
    t->type = PICK(types, a);
    t->fid = (a >> 4) % FIDS;
    switch (t->type) {
    case P9_TVERSION:
        t->u.version.msize = b & 1u ? 4120u + b : COH_SECURE9P_MSIZE;
        t->u.version.version = bytes_str(b == 2 ? "9P2000" : P9_VERSION);
        break;
    case P9_TAUTH:
        t->u.attach.uname = bytes_str("queen");
        t->u.attach.aname = bytes_str(b & 1u ? "" : PICK(anames, b));
        break;
    case P9_TATTACH:
        t->u.attach.afid = b & 8u ? b % FIDS : P9_NOFID;
        t->u.attach.uname = bytes_str("queen");
        t->u.attach.aname = bytes_str(PICK(anames, b));
        break;
    case P9_TWALK:
        t->u.walk.newfid = b % FIDS;
        t->u.walk.n = (uint16_t)(b / FIDS % 6u);
        for (uint16_t i = 0; i < t->u.walk.n; i++)
            t->u.walk.name[i] = bytes_str(PICK(names, rd_u8(r)));
        break;
    case P9_TLOPEN:
        t->u.open.flags = b % 4u;
        break;
    case P9_TREAD:
    case P9_TREADDIR:
        t->u.read.offset = b & 1u ? (1ull << 62) + rd_u8(r) * 16u : b & 2u ? (uint64_t)rd_u8(r) << 48 : 0;
        t->u.read.count = b & 4u ? COH_SECURE9P_MSIZE : b;
        break;
    case P9_TWRITE:
        t->u.write.offset = b & 1u ? UINT64_MAX : b;
        t->u.write.data = bytes_str(PICK(texts, b >> 1));
        break;
    case P9_TSETATTR:
        t->u.setattr.valid = b;
        break;
    default:
        t->u.oldtag = b;
    }
}

static void offer(struct play *p, uint32_t conn, struct bytes b)
{
    for (;;) {
        size_t n = hive_input(p->h, conn, b, p->now);
        FUZZ_CHECK(n <= b.n);
        b = bytes_sub(b, n, b.n);
        if (n == 0 || b.n == 0)
            break;
    }
    p->peers[conn - 1].wild = p->peers[conn - 1].wild || b.n; /* a part of a frame was dropped here */
}

static void ask(struct play *p, uint32_t conn, struct reader *r)
{
    BUF(out, 1400);
    struct p9_msg t;
    memset(&t, 0, sizeof t);
    make(r, &t);
    t.tag = t.type == P9_TVERSION ? P9_NOTAG : p->tag++ % 100u;
    p9_encode(&out, &t);
    FUZZ_CHECK(!out.cut);
    p->peers[conn - 1].asked++;
    offer(p, conn, buf_bytes(&out));
}

/* Takes up to n bytes; each whole frame is an answer that decodes. */
static void hear(struct play *p, uint32_t conn, size_t n)
{
    struct peer *peer = &p->peers[conn - 1];
    if (n > sizeof peer->in - peer->in_n)
        n = sizeof peer->in - peer->in_n;
    peer->in_n += (uint32_t)hive_output(p->h, conn, peer->in + peer->in_n, n, p->now);
    while (peer->in_n >= 4) {
        uint32_t size = p9_size(peer->in);
        struct p9_msg m;
        FUZZ_CHECK(size >= 5 && size <= sizeof peer->in);
        if (peer->in_n < size)
            return;
        bool console = p->h->conns[conn].protocol != PROTOCOL_P9;
        FUZZ_CHECK(console || p9_decode_r(bytes_of(peer->in, size), &m) == P9_OK);
        peer->answered++;
        FUZZ_CHECK(peer->wild || console || peer->answered <= peer->asked);
        memmove(peer->in, peer->in + size, peer->in_n - size);
        peer->in_n -= size;
    }
}

static void leave(struct play *p, uint32_t conn)
{
    hive_closed(p->h, conn, p->now);
    memset(&p->peers[conn - 1], 0, sizeof p->peers[0]);
}

static void step(struct play *p, struct reader *r)
{
    uint8_t op = rd_u8(r), arg;
    uint32_t conn = op % CONNS + 1u;
    if (!p->h->conns[conn].open)
        hive_accept(p->h, conn, HIVE_TCP, p->now);
    switch (op / CONNS % 8u) {
    case 4:
        arg = rd_u8(r);
        p->now += (uint64_t)arg * arg;
        hive_tick(p->h, p->now);
        break;
    case 5:
        arg = rd_u8(r);
        p->peers[conn - 1].wild = true;
        offer(p, conn, rd_bytes(r, arg < r->left ? arg : r->left));
        break;
    case 6:
        hear(p, conn, rd_u8(r) * 33u);
        break;
    case 7:
        if (op & 128u)
            leave(p, conn);
        break;
    default:
        ask(p, conn, r);
        if (op & 128u)
            hear(p, conn, COH_SECURE9P_MSIZE);
    }
    for (conn = 1; conn <= CONNS; conn++) {
        if (hive_wants_close(p->h, conn))
            leave(p, conn);
    }
    FUZZ_CHECK(hive_check(p->h));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hive *h; /* one block for all runs; a run begins with an empty one */
    static struct play p;
    struct hive_facts facts = {.backend = "fuzz", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    struct reader r = reader_of(bytes_of(data, size));
    if (!h)
        h = calloc(1, hive_size());
    FUZZ_CHECK(h != NULL);
    memset(h, 0, hive_size());
    memset(&p, 0, sizeof p);
    p.h = h;
    FUZZ_CHECK(hive_init(h, &facts) == NULL);
    for (uint32_t steps = 0; r.left >= 2 && steps < 200; steps++)
        step(&p, &r);
    return 0;
}
