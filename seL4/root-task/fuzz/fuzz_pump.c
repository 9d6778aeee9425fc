/* The pump with a network side that is honest one moment and writes anything anywhere in the shared memory the next.
 * After each turn: the pump believed no index that can't be and said so, passed on what was in the rings and wrote
 * nothing but that and its own words, opened, ended and released what it had to, hive and pump agree on who is there,
 * and serial answers. Where words changed in the midst of the turn, less can be said of their port. At the end the
 * network side is ended, and a newcomer to its successor is served.
 *
 * Input: a byte (1: whoever forges is ended at once, as network.c does), then operations, each a byte and arguments.
 *   0 port                 honest: a connection is opened, when the port is free
 *   1 port line            honest: console frames: line % 16, one and line / 16 more times
 *   2 port message         honest: a Secure9P frame
 *   3 port n bytes[n]      bytes of a peer
 *   4 port n               honest: takes n*129 bytes of output
 *   5 port how             honest: the peer is gone; 1: lost
 *   6 first n              honest: n % 64 connections are opened, each says a token
 *   7 port word how v      a word of the port, the pump's too; how % 8 = 0: 32 bits, else 8 bits, signed, from what it
 *                          names (see value); how & 16: no bell
 *   8 which n bytes[n]     all bytes of the bells, again and again; 0: to_hive, 1: to_net
 *   9 at at at n bytes[n]  anywhere, also in the report, the orders and behind the link
 *   10 ms                  time passes (its square)
 *   11                     a turn
 *   12                     turns until the pump sleeps
 *   13                     the same, then every bell and the same again
 *   14                     the network side is ended
 *   15 port word how v calls  as 7, but in the midst of a turn, when the hive has been called so often for any port */
#include "support/fuzz.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "hive/state.h"
#include "pump/pump.h"
#include "wire/p9.h"

#define OPS 16u
#define STEPS 120u
/* After so many turns a pump that nobody disturbs rests: full rings of the shortest frames take less. */
#define REST_TURNS 2000u
/* What a turn may serve, besides serial. */
#define TURN_PORTS 16u
#define BEHIND_BYTES 4096u
#define WORDS_BYTES offsetof(struct stream_port, rx)

static struct hive *hive;
static struct pump pump;
static struct stream_port serial;
static struct stream_link *link; /* and BEHIND_BYTES that the network side can write, but the pump has no business in */
static uint64_t now_ms;
static bool again, moved; /* said by the last turn */
static uint32_t watched;  /* the port of the last operation: its rings are looked at whole */

/* As it was before the turn; of rings, only the watched port's. */
static struct pump pump_was;
static struct stream_link link_was;

static const char *const lines[] = {
    "AUTH changeme",
    "ATTACH queen ",
    "AUTH nope",
    "PING",
    "LS /",
    "CAT /log/queen.log",
    "HELP",
    "TAIL /log/queen.log",
    "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":3}",
    "KILL worker-1",
    "ECHO /log/queen.log END",
    "ECHO /queen/lifecycle/ctl cordon",
    "LOG",
    "QUIT",
    "LS /worker",
    "BOGUS",
};
_Static_assert(sizeof lines / sizeof lines[0] == 16u, "chatter picks by four bits");

static struct stream_port *port_at(uint32_t at)
{
    watched = at % STREAM_PORTS;
    return &link->ports[watched];
}

static struct stream_port *port_of(struct reader *r) { return port_at(rd_u8(r)); }

/* ---- an honest network side, as far as the words allow ---- */

static void tell(struct stream_port *p, uint32_t *word, uint32_t v)
{
    ring_store(word, v);
    bell_ring(&link->to_hive, (uint32_t)(p - link->ports));
}

static void dial(struct stream_port *p)
{
    if (ring_load(&p->released) != p->opened)
        return;
    p->rx_tail = p->tx_head = 0;
    tell(p, &p->opened, p->opened + 1u);
}

static void put(struct stream_port *p, struct bytes b)
{
    uint32_t room = STREAM_RX_BYTES - (p->rx_tail - ring_load(&p->rx_head));
    if (room > STREAM_RX_BYTES)
        return;
    b = bytes_sub(b, 0, room);
    for (uint32_t i = 0; i < b.n; i++)
        p->rx[(p->rx_tail + i) % STREAM_RX_BYTES] = b.p[i];
    tell(p, &p->rx_tail, p->rx_tail + (uint32_t)b.n);
}

static void say(struct stream_port *p, const char *line)
{
    uint8_t f[300];
    uint32_t size = (uint32_t)strlen(line) + 4u;
    for (unsigned i = 0; i < 4; i++)
        f[i] = (uint8_t)(size >> (8u * i));
    memcpy(f + 4, line, size - 4u);
    put(p, bytes_of(f, size));
}

static void chatter(struct stream_port *p, uint8_t line)
{
    for (uint32_t n = 0; n <= line / 16u; n++)
        say(p, lines[line % 16u]);
}

static void take(struct stream_port *p, uint32_t n)
{
    uint32_t used = ring_load(&p->tx_tail) - p->tx_head;
    if (used <= STREAM_TX_BYTES)
        tell(p, &p->tx_head, p->tx_head + (n < used ? n : used));
}

static void walk(struct p9_msg *t, uint32_t newfid, const char *dir, const char *name)
{
    t->type = P9_TWALK;
    t->u.walk.newfid = newfid;
    t->u.walk.n = 2;
    t->u.walk.name[0] = bytes_str(dir);
    t->u.walk.name[1] = bytes_str(name);
}

static void make(struct p9_msg *t, uint8_t which)
{
    t->tag = which;
    t->fid = which & 1u;
    switch (which % 8u) {
    case 0:
        t->type = P9_TVERSION;
        t->tag = P9_NOTAG;
        t->u.version.msize = COH_SECURE9P_MSIZE;
        t->u.version.version = bytes_str(P9_VERSION);
        break;
    case 1:
        t->type = P9_TATTACH;
        t->fid = 0;
        t->u.attach.afid = P9_NOFID;
        t->u.attach.uname = bytes_str("queen");
        t->u.attach.aname = bytes_str("auth=changeme");
        break;
    case 2:
        walk(t, 1, "log", "queen.log");
        break;
    case 3:
        t->fid = 0;
        walk(t, 1, "queen", "ctl");
        break;
    case 4:
        t->type = P9_TLOPEN;
        t->fid = 1;
        t->u.open.flags = which >> 4 & 1u;
        break;
    case 5:
        t->type = P9_TREAD;
        t->u.read.count = COH_SECURE9P_MSIZE;
        break;
    case 6:
        t->type = P9_TWRITE;
        t->fid = 1;
        t->u.write.offset = UINT64_MAX;
        t->u.write.data = bytes_str("{\"spawn\":\"heartbeat\",\"ticks\":3}\n");
        break;
    default:
        t->type = P9_TCLUNK;
    }
}

static void ask(struct stream_port *p, uint8_t which)
{
    BUF(out, 300);
    struct p9_msg t;
    memset(&t, 0, sizeof t);
    make(&t, which);
    p9_encode(&out, &t);
    FUZZ_CHECK(!out.cut);
    put(p, buf_bytes(&out));
}

static void hang_up(struct stream_port *p, bool lost)
{
    if (lost)
        ring_store(&p->net_lost, p->opened);
    tell(p, &p->net_closed, p->opened);
}

static void dial_many(uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        dial(port_at(first + i));
        say(port_at(first + i), lines[0]);
    }
}

/* ---- a hostile one ---- */

/* A value near what the pump believes, or any. */
static uint32_t value(struct reader *r, uint8_t how, const struct stream_port *p)
{
    const struct pump_port *is = &pump.ports[p - link->ports + 1];
    const uint32_t bases[] = {
        0,        is->rx_head, is->rx_head + STREAM_RX_BYTES, is->tx_tail, is->tx_tail - STREAM_TX_BYTES,
        is->seen, p->opened,   is->rx_head + 0x80000000u};
    return how % 8u == 0 ? rd_u32(r) : bases[how % 8u] + (uint32_t)(int8_t)rd_u8(r);
}

/* What comes in the midst of a turn: behind so many calls of the hive the word becomes that. */
static struct {
    uint32_t *word, v, calls, port;
    bool came; /* in this turn */
} later;

static void spoil_word(struct reader *r, bool midst)
{
    struct stream_port *p = port_of(r);
    uint32_t *const words[] = {&p->opened,      &p->net_closed, &p->rx_tail, &p->tx_head, &p->net_lost,
                               &p->hive_closed, &p->released,   &p->rx_head, &p->tx_tail, &p->rx_tail,
                               &p->tx_head,     &p->opened,     &p->rx_tail, &p->tx_head, &p->net_closed};
    uint32_t *word = words[rd_u8(r) % (sizeof words / sizeof words[0])];
    uint8_t how = rd_u8(r);
    uint32_t v = value(r, how, p);
    if (midst)
        later.word = word, later.v = v, later.calls = rd_u8(r) % 8u, later.port = watched;
    else
        ring_store(word, v);
    if ((how & 16u) == 0)
        bell_ring(&link->to_hive, watched);
}

static void spoil_bells(struct reader *r)
{
    uint8_t *to = (uint8_t *)(rd_u8(r) & 1u ? &link->to_net : &link->to_hive);
    struct bytes b = rd_bytes(r, rd_u8(r) % 33u);
    for (size_t i = 0; i < sizeof(struct stream_bells) && b.n; i++)
        to[i] = b.p[i % b.n];
}

static void spoil_bytes(struct reader *r)
{
    size_t at = rd_u8(r);
    at = at << 8 | rd_u8(r);
    at = (at << 8 | rd_u8(r)) % (sizeof *link + BEHIND_BYTES);
    uint8_t n = rd_u8(r);
    struct bytes b = bytes_sub(rd_bytes(r, n < r->left ? n : r->left), 0, sizeof *link + BEHIND_BYTES - at);
    if (b.n)
        memcpy((uint8_t *)link + at, b.p, b.n);
}

static void meanwhile(void)
{
    if (!later.word || later.calls-- > 0)
        return;
    ring_store(later.word, later.v);
    later.word = NULL;
    later.came = true;
}

/* ---- what must hold ---- */

/* The hive's, which the linker puts behind these for the pump. */
size_t __real_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now);
size_t __real_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now);
size_t __wrap_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now);
size_t __wrap_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now);

/* Do n bytes, or room for them, lie in what the other side's index leaves? It may have changed in this turn. */
static bool within(uint32_t conn, size_t n, bool in)
{
    const struct pump_port *is = &pump.ports[conn];
    for (uint32_t i = 0; conn > 0 && i <= later.came; i++) {
        const struct stream_port *p = &(i ? link : &link_was)->ports[conn - 1];
        uint32_t used = in ? p->rx_tail - is->rx_head : is->tx_tail - p->tx_head;
        if (used <= (in ? STREAM_RX_BYTES : STREAM_TX_BYTES) && n <= (in ? used : STREAM_TX_BYTES - used))
            return true;
    }
    return conn == 0;
}

/* It is offered what lies in the ring. */
size_t __wrap_hive_input(struct hive *h, uint32_t conn, struct bytes in, uint64_t now)
{
    const uint8_t *rx = conn ? link->ports[conn - 1].rx : serial.rx;
    uint32_t at = pump.ports[conn].rx_head % STREAM_RX_BYTES;
    FUZZ_CHECK(within(conn, in.n, true) && in.n <= STREAM_RX_BYTES - at && memcmp(in.p, rx + at, in.n) == 0);
    size_t n = __real_hive_input(h, conn, in, now);
    meanwhile();
    return n;
}

/* What it gives will lie in the ring: that of the watched port is kept here as it must become. */
size_t __wrap_hive_output(struct hive *h, uint32_t conn, uint8_t *out, size_t cap, uint64_t now)
{
    uint32_t at = pump.ports[conn].tx_tail % STREAM_TX_BYTES;
    FUZZ_CHECK(within(conn, cap, false) && cap <= STREAM_TX_BYTES - at);
    size_t n = __real_hive_output(h, conn, out, cap, now);
    if (conn == watched + 1)
        memcpy(link_was.ports[watched].tx + at, out, n);
    meanwhile();
    return n;
}

/* What a turn may have done with a port, by what the words said before it. */
struct port_turn {
    const struct pump_port *was, *is;
    const struct stream_port *old, *new;
    bool began, served;        /* in this turn; served: it shows */
    bool bad;                  /* an index can't be */
    uint32_t rx_head, tx_tail; /* the pump's, where it began */
    uint32_t in, out;          /* moved */
};

static struct port_turn port_turn(uint32_t port)
{
    struct port_turn t = {.was = &pump_was.ports[port + 1],
                          .is = &pump.ports[port + 1],
                          .old = &link_was.ports[port],
                          .new = &link->ports[port]};
    t.began = !t.was->open && t.is->seen != t.was->seen;
    t.rx_head = t.began ? 0 : t.was->rx_head;
    t.tx_tail = t.began ? 0 : t.was->tx_tail;
    t.in = t.is->rx_head - t.rx_head;
    t.out = t.is->tx_tail - t.tx_tail;
    t.served = t.began || t.in || t.out || t.is->open != t.was->open || t.is->done != t.was->done;
    t.bad = t.old->rx_tail - t.rx_head > STREAM_RX_BYTES || t.tx_tail - t.old->tx_head > STREAM_TX_BYTES;
    return t;
}

/* Beginnings, ends and releases stand to reason. */
static void check_life(const struct port_turn *t)
{
    bool live = t->was->open || t->began, ended = t->is->done && (t->began || !t->was->done);
    bool released = live && !t->is->open, gone = t->old->net_closed == t->is->seen;
    FUZZ_CHECK(live || !t->served);
    FUZZ_CHECK(t->is->seen == (t->began ? t->old->opened : t->was->seen));
    FUZZ_CHECK(!t->was->open || t->is->open || released);
    FUZZ_CHECK(t->began || !t->was->done || (t->is->done && t->in == 0 && t->out == 0));
    FUZZ_CHECK(!released || (t->is->done && gone));
    FUZZ_CHECK(!t->served || !t->is->open || !gone);
    FUZZ_CHECK(!t->served || !t->bad || (t->is->done && (!ended || pump.forged)));
    FUZZ_CHECK(t->new->hive_closed == (ended ? t->is->seen : t->old->hive_closed));
    FUZZ_CHECK(t->new->released == (released ? t->is->seen : t->old->released));
    if (released)
        FUZZ_CHECK(t->new->rx_head == 0 && t->new->tx_tail == 0);
    else if (t->in + t->out > 0 && !t->bad)
        FUZZ_CHECK(t->new->rx_head == t->is->rx_head && t->new->tx_tail == t->is->tx_tail);
    else
        FUZZ_CHECK(t->bad || (t->new->rx_head == t->old->rx_head && t->new->tx_tail == t->old->tx_tail));
}

/* The other side's words are as it left them, and the rings hold what they must. */
static void check_untouched(const struct port_turn *t, bool rings)
{
    FUZZ_CHECK(memcmp(t->old, t->new, offsetof(struct stream_port, hive_closed)) == 0);
    FUZZ_CHECK(memcmp(t->old->pad1, t->new->pad1, sizeof t->old->pad1) == 0);
    FUZZ_CHECK(!rings || memcmp(t->old->rx, t->new->rx, sizeof t->old->rx + sizeof t->old->tx) == 0);
}

static void check_turn(void)
{
    uint64_t rung[STREAM_BELL_WORDS];
    uint32_t served = 0, waiting = 0;
    bool bad = false;
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++) {
        rung[w] = bell_take(&link->to_net, w);
        waiting += (uint32_t)__builtin_popcountll(pump.round[w]);
    }
    for (uint32_t port = 0; port < STREAM_PORTS; port++) {
        struct port_turn t = port_turn(port);
        FUZZ_CHECK(!t.served || (moved && rung[port / 64] >> port % 64 & 1u));
        FUZZ_CHECK(hive->conns[port + 1].open == (t.is->open && !t.is->done));
        served += t.served;
        if (port == later.port && later.came) {
            bad |= pump.forged;
            continue;
        }
        check_life(&t);
        check_untouched(&t, port == watched);
        bad |= t.served && t.bad && t.is->done && (t.began || !t.was->done);
    }
    FUZZ_CHECK(served <= TURN_PORTS && waiting == pump.waiting);
    FUZZ_CHECK(pump.forged == (pump_was.forged || bad));
    FUZZ_CHECK(memcmp(&link->report, &link_was.report, sizeof link->report) == 0);
    FUZZ_CHECK(memcmp(&link->orders, &link_was.orders, sizeof link->orders) == 0);
}

static void remember(void)
{
    pump_was = pump;
    link_was.report = link->report;
    link_was.orders = link->orders;
    for (uint32_t port = 0; port < STREAM_PORTS; port++)
        memcpy(&link_was.ports[port], &link->ports[port], port == watched ? sizeof link->ports[0] : WORDS_BYTES);
}

/* Whoever sits at the console sees the answer to a line as its last output. */
static void check_serial(bool asked)
{
    static const char answer[] = "ping\r\nPONG\r\nOK PING reply=pong\r\ncohesix> ";
    uint32_t n = asked ? (uint32_t)sizeof answer - 1u : 0, used = serial.tx_tail - serial.tx_head;
    FUZZ_CHECK(serial.rx_head == serial.rx_tail && used >= n && used < STREAM_TX_BYTES);
    for (uint32_t i = 0; i < n; i++)
        FUZZ_CHECK(serial.tx[(serial.tx_tail - n + i) % STREAM_TX_BYTES] == (uint8_t)answer[i]);
    serial.tx_head = serial.tx_tail;
}

static void turn(bool ping)
{
    static const char line[] = "ping\r";
    for (uint32_t i = 0; ping && line[i]; i++)
        serial.rx[serial.rx_tail++ % STREAM_RX_BYTES] = (uint8_t)line[i];
    remember();
    later.came = false;
    ASAN_POISON_MEMORY_REGION(link + 1, BEHIND_BYTES);
    uint64_t next = pump_turn(&pump, now_ms, &again, &moved);
    ASAN_UNPOISON_MEMORY_REGION(link + 1, BEHIND_BYTES);
    FUZZ_CHECK(next > now_ms || again || moved);
    check_turn();
    check_serial(ping);
    FUZZ_CHECK(!ping || hive_check(hive));
}

static bool live(uint32_t conn) { return pump.ports[conn].open && !pump.ports[conn].done; }

/* Turns until the pump sleeps: nobody is left waiting for an end, whether or not a bell rings. */
static bool rest(void)
{
    bool any = false;
    uint32_t n = 0;
    do {
        FUZZ_CHECK(n++ < REST_TURNS);
        turn(false);
        any |= moved;
    } while (again);
    for (uint32_t conn = 1; conn <= STREAM_PORTS; conn++)
        FUZZ_CHECK(!live(conn) || !hive_wants_close(hive, conn));
    return any;
}

/* All that the words say has come to its end, now that every bell has rung. */
static void settle(void)
{
    rest();
    later.word = NULL;
    for (uint32_t port = 0; port < STREAM_PORTS; port++)
        bell_ring(&link->to_hive, port);
    for (uint32_t n = 0; rest(); n++)
        FUZZ_CHECK(n < REST_TURNS);
    for (uint32_t conn = 1; conn <= STREAM_PORTS; conn++) {
        const struct pump_port *is = &pump.ports[conn];
        const struct stream_port *p = &link->ports[conn - 1];
        FUZZ_CHECK(is->open ? p->net_closed != is->seen : p->opened == is->seen);
        FUZZ_CHECK(!live(conn) || p->rx_tail - is->rx_head <= STREAM_RX_BYTES);
        FUZZ_CHECK(!live(conn) || is->tx_tail - p->tx_head <= STREAM_TX_BYTES);
    }
    turn(true);
}

/* As network.c does. */
static void end_netd(void)
{
    static const struct stream_link none;
    pump_lost(&pump, now_ms);
    later.word = NULL;
    memset(link + 1, 0, BEHIND_BYTES);
    FUZZ_CHECK(memcmp(link, &none, offsetof(struct stream_link, ports)) == 0);
    FUZZ_CHECK(!pump.forged && pump.waiting == 0 && hive_check(hive));
    for (uint32_t port = 0; port < STREAM_PORTS; port++) {
        size_t n = port == watched ? sizeof none.ports[0] : WORDS_BYTES;
        FUZZ_CHECK(memcmp(&link->ports[port], &none.ports[port], n) == 0);
        FUZZ_CHECK(!hive->conns[port + 1].open && !pump.ports[port + 1].open && pump.ports[port + 1].seen == 0);
    }
}

static void a_newcomer_is_served(void)
{
    static const uint8_t answer[] = {11, 0, 0, 0, 'O', 'K', ' ', 'A', 'U', 'T', 'H'};
    end_netd();
    now_ms += 100000; /* no failed token is remembered so long */
    struct stream_port *p = port_at(watched);
    dial(p);
    say(p, lines[0]);
    rest();
    FUZZ_CHECK(p->hive_closed == 0 && p->tx_tail == sizeof answer && memcmp(p->tx, answer, sizeof answer) == 0);
    hang_up(p, false);
    settle();
    FUZZ_CHECK(p->released == p->opened);
}

static void peer_bytes(struct reader *r)
{
    struct stream_port *p = port_of(r);
    uint8_t n = rd_u8(r);
    put(p, rd_bytes(r, n < r->left ? n : r->left));
}

static void honest(uint8_t op, struct reader *r)
{
    struct stream_port *p = port_of(r);
    if (op == 0)
        dial(p);
    else if (op == 1)
        chatter(p, rd_u8(r));
    else if (op == 2)
        ask(p, rd_u8(r));
    else if (op == 4)
        take(p, rd_u8(r) * 129u);
    else if (op == 5)
        hang_up(p, rd_u8(r) & 1u);
    else
        dial_many(watched, rd_u8(r) % 64u);
}

static void step(struct reader *r)
{
    uint8_t op = rd_u8(r) % OPS, ms;
    if (op == 3)
        peer_bytes(r);
    else if (op <= 6)
        honest(op, r);
    else if (op == 7 || op == 15)
        spoil_word(r, op == 15);
    else if (op == 8)
        spoil_bells(r);
    else if (op == 9)
        spoil_bytes(r);
    else if (op == 10)
        ms = rd_u8(r), now_ms += (uint64_t)ms * ms;
    else if (op == 11)
        turn(true);
    else if (op == 12)
        rest(), turn(true);
    else if (op == 13)
        settle();
    else
        end_netd();
}

static void start(void)
{
    struct hive_facts facts = {.backend = "fuzz", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    if (!hive) {
        hive = calloc(1, hive_size());
        link = aligned_alloc(4096, sizeof *link + BEHIND_BYTES);
    }
    FUZZ_CHECK(hive != NULL && link != NULL);
    memset(hive, 0, hive_size());
    memset(link, 0, sizeof *link + BEHIND_BYTES);
    serial = (struct stream_port){.opened = 1};
    pump = (struct pump){.hive = hive, .link = link, .serial = &serial};
    now_ms = watched = 0;
    later.word = NULL;
    FUZZ_CHECK(hive_init(hive, &facts) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    start();
    bool strict = rd_u8(&r) & 1u;
    for (uint32_t steps = 0; r.left > 0 && !r.bad && steps < STEPS; steps++) {
        step(&r);
        if (strict && pump.forged)
            end_netd();
    }
    settle();
    a_newcomer_is_served();
    return 0;
}
