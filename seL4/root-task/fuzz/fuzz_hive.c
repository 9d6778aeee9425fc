/* Drives a hive by a little program: clients that connect, send whole or broken frames in pieces, read or do not read,
 * vanish, while time jumps. Every invariant is checked after every step. */
#include "support/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "hive/state.h"

#define CONNS 12u

/* The first vector of spec/tickets.md: worker-1 of the development manifest. */
#define WORKER_TICKET                                                                                                  \
    "cohesix-ticket-0101080800776f726b65722d31000000000000000000000000."                                              \
    "ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9"

static const char *const lines[] = {
    "AUTH changeme",
    "ATTACH queen ",
    "AUTH nope",
    "ATTACH worker x",
    "PING",
    "LS /",
    "LS /worker",
    "LS /shard",
    "CAT /proc/budget",
    "CAT /log/queen.log",
    "TAIL /log/queen.log",
    "LOG",
    "HELP",
    "CACHELOG 3",
    "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":3}",
    "SPAWN {\"spawn\":\"heartbeat\",\"budget\":{\"ttl_s\":1}}",
    "KILL worker-1",
    "KILL worker-2",
    "ECHO /log/queen.log END",
    "ECHO /worker/worker-1/telemetry {\"a\":1}",
    "TAIL /worker/worker-1/telemetry",
    "ECHO /queen/ctl {\"budget\":{\"worker\":\"worker-2\",\"ops\":2}}",
    "ECHO /queen/lifecycle/ctl cordon",
    "ECHO /queen/lifecycle/ctl resume",
    "LS /proc/9p/session",
    "CAT /proc/9p/session/1/owner",
    "QUIT",
    ("ATTACH worker " WORKER_TICKET),
    "ECHO /queen/telemetry/a/ctl {\"new\":\"segment\",\"mime\":\"a/b\"}",
    "ECHO /queen/telemetry/a/seg/seg-000001 1,2,3",
    "CAT /queen/telemetry/a/seg/seg-000002",
    "LS /queen/telemetry/b",
};
#define LINES (sizeof lines / sizeof lines[0])

static size_t frame(uint8_t *out, struct bytes payload)
{
    uint32_t size = (uint32_t)payload.n + 4u;
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(size >> (8u * i));
    memcpy(out + 4, payload.p, payload.n);
    return size;
}

static void send_all(struct hive *h, uint32_t conn, struct bytes b, uint64_t now)
{
    while (b.n) {
        size_t n = hive_input(h, conn, b, now);
        FUZZ_CHECK(n <= b.n);
        if (n == 0)
            return;
        b = bytes_sub(b, n, b.n);
    }
}

static void step(struct hive *h, struct reader *r, uint64_t *now)
{
    uint8_t op = rd_u8(r), arg = rd_u8(r), raw[300], out[700];
    uint32_t conn = op % CONNS;
    if (!h->conns[conn].open)
        hive_accept(h, conn, conn == 0 ? HIVE_SERIAL : HIVE_TCP, *now);
    switch ((op / CONNS) % 6u) {
    case 0:
        send_all(h, conn, bytes_of(raw, frame(raw, bytes_str(lines[arg % LINES]))), *now);
        break;
    case 1: /* raw bytes from the input */
        send_all(h, conn, rd_bytes(r, arg < r->left ? arg : r->left), *now);
        break;
    case 2: /* a line of the input's own in a right frame */
        if (arg && arg <= r->left)
            send_all(h, conn, bytes_of(raw, frame(raw, rd_bytes(r, arg))), *now);
        break;
    case 3:
        hive_output(h, conn, out, arg * 2u, *now);
        break;
    case 4:
        *now += (uint64_t)arg * arg;
        hive_tick(h, *now);
        break;
    default:
        if (arg & 1u || hive_wants_close(h, conn))
            hive_closed(h, conn, *now);
    }
    for (uint32_t i = 0; i < CONNS; i++) {
        if (hive_wants_close(h, i))
            hive_closed(h, i, *now);
    }
    FUZZ_CHECK(hive_check(h));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hive_facts facts = {.backend = "fuzz", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    struct hive *h = calloc(1, hive_size());
    struct reader r = reader_of(bytes_of(data, size));
    uint64_t now = 0;
    FUZZ_CHECK(h != NULL && hive_init(h, &facts) == NULL);
    for (uint32_t steps = 0; r.left >= 2 && steps < 300; steps++)
        step(h, &r, &now);
    free(h);
    return 0;
}
