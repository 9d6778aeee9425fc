/* The console is a shell over the same calls as Secure9P: every operation, both ways, on two hives in the same state, has the
 * same outcome, the same content, the same audit lines and the same counters. */
#include "support/p9_client.h"
#include "support/ring.h"

#include <sys/stat.h>

enum verb { LIST, READ, WRITE };

struct actor {
    const char *name, *role;
    bool ticket;
    struct mint mint;
};

static const struct actor actors[] = {
    {"queen", "queen", false, {0}},
    {"queen-with-ticket", "queen", true, {.role = ROLE_QUEEN, .subject = "ops-desk"}},
    {"worker", "worker-heartbeat", true, {.role = ROLE_HEARTBEAT, .subject = "worker-1"}},
    {"other-worker", "worker-heartbeat", true, {.role = ROLE_HEARTBEAT, .subject = "worker-7"}},
    {"scoped", "queen", true, {.role = ROLE_QUEEN, .subject = "s", .scope = "/proc/lifecycle", .scope_verb = TICKET_READ}},
    {"scoped-both", "queen", true, {.role = ROLE_QUEEN, .subject = "s", .scope = "/queen", .scope_verb = TICKET_BOTH}},
    {"rated", "queen", true,
     {.role = ROLE_QUEEN, .subject = "s", .scope = "/", .scope_verb = TICKET_BOTH, .scope_rate = 1}},
    {"one-op", "queen", true, {.role = ROLE_QUEEN, .subject = "s", .has_ops = true, .ops = 1}},
    {"no-op", "queen", true, {.role = ROLE_QUEEN, .subject = "s", .has_ops = true, .ops = 0}},
    {"narrow", "queen", true, {.role = ROLE_QUEEN, .subject = "s", .has_quotas = true, .bandwidth = 13}},
};

static const struct {
    enum verb verb;
    const char *path, *line;
} operations[] = {
    {LIST, "/", NULL},
    {LIST, "/proc", NULL},
    {LIST, "/worker", NULL},
    {LIST, "/shard/13/worker", NULL},
    {LIST, "/nope", NULL},
    {LIST, "/queen/nope", NULL},
    {READ, "/proc/boot", NULL},
    {READ, "/proc/lifecycle/state", NULL},
    {READ, "/worker/worker-1/telemetry", NULL},
    {READ, "/worker/worker-1/telemetry.pos", NULL},
    {READ, "/worker/worker-2/telemetry", NULL},
    {READ, "/shard/13/worker/worker-1/telemetry", NULL},
    {READ, "/proc/tests/selftest_quick.coh", NULL},
    {READ, "/proc/nope", NULL},
    {READ, "/queen/ctl", NULL},
    {WRITE, "/queen/ctl", "{\"spawn\":\"heartbeat\"}"},
    {WRITE, "/queen/ctl", "{\"kill\":\"worker-1\"}"},
    {WRITE, "/queen/ctl", "{\"kill\":\"worker-99\"}"},
    {WRITE, "/queen/ctl", "{\"spawn\":\"gpu\"}"},
    {WRITE, "/queen/ctl", "{\"spawn\":"},
    {WRITE, "/queen/ctl", "{\"bind\":{\"from\":\"/shard\",\"to\":\"/shadow\"}}"},
    {WRITE, "/queen/lifecycle/ctl", "cordon"},
    {WRITE, "/queen/lifecycle/ctl", "drain"},
    {WRITE, "/queen/lifecycle/ctl", "nonsense"},
    {WRITE, "/log/queen.log", "a line"},
    {WRITE, "/worker/worker-1/telemetry", "{\"note\":1}"},
    {WRITE, "/proc/boot", "x"},
    {WRITE, "/kmesg", "x"},
};

#define ACTORS (sizeof actors / sizeof actors[0])
#define OPERATIONS (sizeof operations / sizeof operations[0])

/* Two workers, and some history. Connection 5 is the queen's. */
static void prepare(struct bench *b)
{
    join_queen(b, 5);
    expect_holds(b, 5, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    expect_holds(b, 5, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    pass_ms(b, 1000);
}

/* The errno that an acknowledgement stands for (spec/secure9p.md "Errors"). */
static uint32_t errno_of(const char *ack)
{
    static const struct {
        const char *part;
        uint32_t errnum;
    } table[] = {{"detail=stale-cursor", 116}, {"error=EPERM", 1}, {"detail=invalid-path", 2}, {"detail=too-big", 90},
                 {"reason=quota", 122},        {"reason=cut", 9},   {"reason=throttled", 11},   {"reason=busy", 16},
                 {"reason=denied", 13},        {"reason=policy", 22}};
    if (strncmp(ack, "OK ", 3) == 0)
        return 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strstr(ack, table[i].part))
            return table[i].errnum;
    }
    fail_msg("`%s` stands for no errno", ack);
    return 0;
}

/* Content lines behind the acknowledgement, without END and escapes. */
static void content_of(const char *answer, char *out, size_t cap)
{
    const char *at = strchr(answer, '\n') + 1;
    size_t n = 0;
    while (*at && strcmp(at, "END\n") != 0) {
        size_t len = strcspn(at, "\n") + 1;
        assert_true(n + len < cap);
        memcpy(out + n, at, len);
        n += len;
        at += len;
    }
    out[n] = 0;
}

static uint32_t by_console(struct bench *b, size_t op, char *content, size_t cap)
{
    static const char *const verbs[] = {"LS", "CAT", "ECHO"};
    char line[256];
    snprintf(line, sizeof line, "%s %s%s%s", verbs[operations[op].verb], operations[op].path,
             operations[op].line ? " " : "", operations[op].line ? operations[op].line : "");
    const char *got = ask(b, 1, line);
    content[0] = 0;
    if (strncmp(got, "OK ", 3) == 0 && operations[op].verb != WRITE)
        content_of(got, content, cap);
    return errno_of(got);
}

static uint32_t list_9p(struct bench *b, char *content, size_t cap)
{
    struct p9_msg t = {.type = P9_TREADDIR, .tag = 1, .fid = 1}, r;
    struct buf out = buf_of(content, cap - 1);
    uint32_t err = p9_open(b, 1, 1, 0200000);
    t.u.read.count = COH_SECURE9P_MSIZE;
    while (!err) {
        r = p9_ask(b, 1, &t);
        err = r.type == P9_RLERROR ? r.u.errnum : 0;
        if (err || r.u.data.n == 0)
            break;
        for (struct reader d = reader_of(r.u.data); d.left;) {
            rd_bytes(&d, 13);
            t.u.read.offset = rd_u64(&d);
            rd_u8(&d);
            buf_say(&out, rd_bytes(&d, rd_u16(&d)), "\n");
        }
    }
    content[out.n] = 0;
    return err;
}

static uint32_t by_9p(struct bench *b, size_t op, char *content, size_t cap)
{
    uint32_t err;
    content[0] = 0;
    if (operations[op].verb == WRITE)
        return p9_echo(b, 1, operations[op].path + 1, operations[op].line);
    if (operations[op].verb == READ) {
        const char *text = p9_cat(b, 1, operations[op].path + 1, &err);
        if (text)
            snprintf(content, cap, "%s", text);
        return err;
    }
    err = p9_walk(b, 1, 0, 1, operations[op].path + 1);
    if (err)
        return err;
    err = list_9p(b, content, cap);
    p9_clunk(b, 1, 1);
    return err;
}

/* What both hives came to: log from `from` on, counters, budgets. */
static void summary(struct bench *b, uint64_t from, char *out, size_t cap)
{
    static uint8_t log[65536];
    size_t n = ring_read(&b->h->log.queen, from, log, sizeof log), at = 0;
    const struct ticket_use *u = &b->h->tickets[0];
    at += (size_t)snprintf(out, cap, "pressure %llu %llu %llu %llu workers %u ops %llu bytes %llu binds %u\n",
                           (unsigned long long)b->h->pressure[0], (unsigned long long)b->h->pressure[1],
                           (unsigned long long)b->h->pressure[2], (unsigned long long)b->h->pressure[3],
                           b->h->workers_state.by.n, (unsigned long long)u->left[TICKET_OPS],
                           (unsigned long long)u->left[TICKET_BYTES], b->h->sessions[1].binds.n);
    assert_true(at + n < cap);
    memcpy(out + at, log, n);
    out[at + n] = 0;
}

static void attach_both(struct bench *console, struct bench *p9, const struct actor *a)
{
    char aname[1200], line[1200];
    const char *ticket = a->ticket ? mint(&a->mint) : "";
    join(console, 1);
    snprintf(line, sizeof line, "ATTACH %s %s", a->role, ticket);
    expect_holds(console, 1, line, "OK ATTACH");
    snprintf(aname, sizeof aname, "auth=" TOKEN "%s%s", a->ticket ? ";ticket=" : "", ticket);
    p9_connect(p9, 1);
    assert_int_equal(p9_attach(p9, 1, 0, "", aname), 0);
}

static void compare(const struct actor *a, size_t op, uint32_t times)
{
    static char content[2][1u << 17], sum[2][1u << 17];
    struct bench *console = calloc(1, sizeof *console), *p9 = calloc(1, sizeof *p9);
    bench_start(console);
    bench_start(p9);
    prepare(console);
    prepare(p9);
    uint64_t from = console->h->log.queen.next;
    assert_int_equal(from, p9->h->log.queen.next);
    attach_both(console, p9, a);
    for (uint32_t i = 0; i < times; i++) {
        uint32_t c = by_console(console, op, content[0], sizeof content[0]);
        uint32_t n = by_9p(p9, op, content[1], sizeof content[1]);
        if (n == P9_SHORT && c != 0)
            n = c; /* why, the audit line says, and those are compared below */
        if (c != n || strcmp(content[0], content[1]) != 0)
            fail_msg("%s, %s, time %u: console %u `%s`, 9P %u `%s`", a->name, operations[op].path, i, c, content[0], n,
                     content[1]);
    }
    summary(console, from, sum[0], sizeof sum[0]);
    summary(p9, from, sum[1], sizeof sum[1]);
    if (strcmp(sum[0], sum[1]) != 0)
        fail_msg("%s, %s `%s`: console\n%s9P\n%s", a->name, operations[op].path,
                 operations[op].line ? operations[op].line : "", sum[0], sum[1]);
    bench_end(console);
    bench_end(p9);
    free(console);
    free(p9);
}

static void every_operation_is_the_same_both_ways(void **state)
{
    for (size_t a = 0; a < ACTORS; a++) {
        for (size_t op = 0; op < OPERATIONS; op++)
            compare(&actors[a], op, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_is_the_same_both_ways)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
