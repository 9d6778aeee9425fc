/* The DHCP client under frames of any kind, at any time. Whatever came before: its invariants hold, it never asks
 * faster than its times allow, what it sends is right, and a server that answers gives it a lease.
 *
 * Input: byte 0 = seed and bounds; then operations, each a byte and its arguments.
 *   0 n bytes[n]    a message with the right transaction; the bytes are its options
 *   1 at xor        the last message once more, with one byte changed
 *   2 ms ms         time passes (16 bits, times 64)
 *   3               time passes to what is due
 *   4 up            the link
 *   5 n bytes[n]    a frame, as it is
 *   6 type          a right answer of that type
 *   7 n             the last message once more, cut to n */
#include "support/fuzz.h"

#include "netd/udp.h"
#include "sel4/dhcp_server.h"

static struct dhcp d;
static uint64_t now;
static struct answer last;
static struct reader in;

static void check(void) { FUZZ_CHECK(dhcp_check(&d, now)); }

static void give(void)
{
    dhcp_input(&d, answer_bytes(&last), now);
    check();
}

static void op_options(void)
{
    struct bytes options = rd_bytes(&in, rd_u8(&in));
    last = answer_bare(DHCP_TYPE_OFFER, d.xid, OFFERED_IP);
    last.n = 240;
    if (options.n)
        memcpy(last.bytes + last.n, options.p, options.n);
    last.n += options.n;
    give();
}

static void op_again(void)
{
    size_t at = rd_u16(&in);
    uint8_t change = rd_u8(&in);
    if (last.n)
        last.bytes[at % last.n] ^= change;
    give();
}

static void op_frame(void)
{
    struct bytes frame = rd_bytes(&in, rd_u8(&in)), payload;
    if (!udp_payload(frame, card, DHCP_SERVER_PORT, DHCP_CLIENT_PORT, &payload))
        return;
    /* An empty slice stands nowhere in particular. */
    FUZZ_CHECK(payload.n == 0 || (payload.p >= frame.p + 42 && payload.p + payload.n <= frame.p + frame.n));
    dhcp_input(&d, payload, now);
    check();
}

static void op_right(void)
{
    last = answer_of(rd_u8(&in) % 8, d.xid, &usual);
    give();
}

static void op_cut(void)
{
    size_t n = rd_u16(&in);
    last.n = n < last.n ? n : last.n;
    give();
}

/* What it says is heard, and nothing is due any more. */
static unsigned listen(void)
{
    uint8_t m[DHCP_MESSAGE_BYTES];
    uint32_t to;
    uint64_t due = dhcp_turn(&d, now);
    check();
    FUZZ_CHECK(due > now);
    size_t n = dhcp_output(&d, m, &to);
    if (n == 0)
        return 0;
    hear(m, n);
    FUZZ_CHECK(to == DHCP_BROADCAST || to == d.lease.server);
    FUZZ_CHECK(dhcp_output(&d, m, &to) == 0);
    return 1;
}

static void step(void)
{
    switch (rd_u8(&in) % 8) {
    case 0:
        return op_options();
    case 1:
        return op_again();
    case 2:
        now += rd_u16(&in) * 64u;
        return;
    case 3:
        now = d.due_ms == UINT64_MAX || d.due_ms < now ? now : d.due_ms;
        return;
    case 4:
        return dhcp_link(&d, rd_u8(&in) & 1, now);
    case 5:
        return op_frame();
    case 6:
        return op_right();
    default:
        return op_cut();
    }
}

static void a_server_that_answers_gives_a_lease(void)
{
    for (int i = 0; i < 20 && !(d.state == DHCP_BOUND && d.lease.server == SERVER_IP); i++) {
        now = d.due_ms > now ? d.due_ms : now;
        if (d.due_ms == UINT64_MAX)
            return; /* it has one for ever */
        listen();
        struct terms t = usual;
        t.gateway = 0;
        t.address = d.state > DHCP_BOUND ? d.lease.address : OFFERED_IP;
        t.mask = d.state > DHCP_BOUND ? UINT32_MAX << (32 - d.lease.prefix) : MASK_24;
        t.server = d.state == DHCP_RENEWING ? d.lease.server : t.address == SERVER_IP ? SERVER_IP + 1 : SERVER_IP;
        last = answer_of(d.state == DHCP_SELECTING ? DHCP_TYPE_OFFER : DHCP_TYPE_ACK, d.xid, &t);
        give();
        if (d.state == DHCP_BOUND)
            return;
        last = answer_of(DHCP_TYPE_ACK, d.xid, &t);
        give();
    }
    FUZZ_CHECK(d.state == DHCP_BOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    in = reader_of(bytes_of(data, size));
    uint8_t first = rd_u8(&in);
    struct dhcp_config c = {.timeout_ms = 100u + first * 20u, .retries = 1u + first % 5u, .seed = first};
    memcpy(c.mac, card, sizeof card);
    now = first;
    uint64_t sent = 0, steps = 0;
    last = (struct answer){0};
    dhcp_start(&d, &c, first & 1, now);
    while (in.left > 0 && !in.bad) {
        sent += listen();
        step();
        steps++;
    }
    FUZZ_CHECK(sent <= 1 + steps);
    a_server_that_answers_gives_a_lease();
    return 0;
}
