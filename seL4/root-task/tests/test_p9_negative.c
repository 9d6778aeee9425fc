/* What Secure9P refuses, with which errno, and that a refusal is counted once, audited once and changes nothing else. */
#include "support/p9_client.h"

#include "base/fmt.h"

enum { EPERM_ = 1, ENOENT_ = 2, EBADF_ = 9, EACCES_ = 13, EBUSY_ = 16, ENOTDIR_ = 20, EINVAL_ = 22, EMSGSIZE_ = 90,
       EOPNOTSUPP_ = 95, EDQUOT_ = 122 };

static uint64_t pressure(const struct bench *b)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < PRESSURE_COUNT; i++)
        sum += b->h->pressure[i];
    return sum;
}

/* Sends raw bytes and reads the errno of the one answer. */
static uint32_t raw_try(struct bench *b, uint32_t conn, const uint8_t *frame, size_t n)
{
    assert_int_equal(hive_input(b->h, conn, bytes_of(frame, n), b->now), n);
    struct p9_msg r = p9_hear(b, conn);
    return r.type == P9_RLERROR ? r.u.errnum : 0;
}

/* A refusal of a session is one step of a counter and one line of the log. */
#define REFUSED(b, expected, call)                                                                                     \
    do {                                                                                                               \
        uint64_t before_ = pressure(b), lines_ = (b)->h->log.queen.next;                                               \
        assert_int_equal((call), (expected));                                                                          \
        assert_int_equal(pressure(b), before_ + 1);                                                                    \
        assert_true((b)->h->log.queen.next > lines_);                                                                  \
    } while (0)

static void names_that_are_no_components_lead_nowhere(void **state)
{
    struct bench *b = *state;
    static const char *const names[] = {"", ".", "..", "/", "a/b", "no-such"};
    struct p9_msg t = {.type = P9_TWALK, .tag = 1, .fid = 0};
    p9_queen(b, 1);
    t.u.walk.newfid = 1;
    t.u.walk.n = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        t.u.walk.name[0] = bytes_str(names[i]);
        REFUSED(b, ENOENT_, p9_try(b, 1, &t));
    }
    leave(b, 1);
}

static void frames_that_are_malformed_are_refused_and_the_connection_stays(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint8_t frame[24];
        uint8_t n;
    } cases[] = {
        {{19, 0, 0, 0, P9_TWALK, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 9, 0}, 19},          /* a name beyond the frame */
        {{20, 0, 0, 0, P9_TWALK, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0}, 20},       /* NUL */
        {{20, 0, 0, 0, P9_TWALK, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0xff}, 20},    /* bad UTF-8 */
        {{17, 0, 0, 0, P9_TWALK, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0}, 17},                /* nine names */
        {{12, 0, 0, 0, P9_TCLUNK, 1, 0, 0, 0, 0, 0, 7}, 12},                              /* a trailing byte */
        {{10, 0, 0, 0, P9_TCLUNK, 1, 0, 0, 0, 0}, 10},                                    /* half a fid */
        {{24, 0, 0, 0, P9_TWRITE, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'x'}, 24}, /* count too long */
    };
    p9_queen(b, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        REFUSED(b, EINVAL_, raw_try(b, 1, cases[i].frame, cases[i].n));
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc"), 0);
    leave(b, 1);
}

static void messages_that_are_not_served_say_so(void **state)
{
    struct bench *b = *state;
    static const uint8_t unsupported[] = {P9_TXATTRWALK, P9_TXATTRCREATE, P9_TLOCK, P9_TGETLOCK, P9_RWALK, P9_RLERROR,
                                          P9_RREAD,      99,              0,        255};
    static const uint8_t refused[] = {P9_TLCREATE, P9_TSYMLINK, P9_TMKNOD,    P9_TRENAME,
                                      P9_TLINK,    P9_TMKDIR,   P9_TRENAMEAT, P9_TUNLINKAT};
    p9_queen(b, 1);
    for (size_t i = 0; i < sizeof unsupported; i++) {
        const uint8_t f[] = {11, 0, 0, 0, unsupported[i], 1, 0, 0, 0, 0, 0};
        REFUSED(b, EOPNOTSUPP_, raw_try(b, 1, f, sizeof f));
    }
    for (size_t i = 0; i < sizeof refused; i++) {
        const uint8_t f[] = {11, 0, 0, 0, refused[i], 1, 0, 0, 0, 0, 0};
        REFUSED(b, EPERM_, raw_try(b, 1, f, sizeof f));
    }
    leave(b, 1);
}

static void a_size_that_is_no_frame_ends_the_connection(void **state)
{
    struct bench *b = *state;
    static const uint8_t small[] = {6, 0, 0, 0, P9_TCLUNK, 1, 0}, large[] = {1, 0x20, 0, 0, P9_TCLUNK, 7, 0};
    p9_queen(b, 1);
    REFUSED(b, 4, hive_input(b->h, 1, bytes_of(small, 4), b->now));
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
    p9_queen(b, 2);
    REFUSED(b, EMSGSIZE_, raw_try(b, 2, large, sizeof large));
    assert_true(hive_wants_close(b->h, 2));
    leave(b, 2);
}

static void fids_are_used_as_they_are(void **state)
{
    struct bench *b = *state;
    struct p9_msg r;
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc/boot"), 0);
    REFUSED(b, EINVAL_, p9_walk(b, 1, 0, 1, "proc"));          /* a live newfid */
    REFUSED(b, EINVAL_, p9_walk(b, 1, 0, P9_NOFID, "proc"));   /* NOFID as a new fid */
    REFUSED(b, EBADF_, p9_walk(b, 1, P9_NOFID, 5, "proc"));    /* and as a fid */
    REFUSED(b, EINVAL_, p9_attach(b, 1, 1, "", "auth=" TOKEN)); /* a live fid */
    REFUSED(b, EINVAL_, (uint32_t)-p9_read(b, 1, 1, 0, 10, &r)); /* not open */
    REFUSED(b, EINVAL_, p9_write(b, 1, 1, 0, "x"));
    REFUSED(b, EPERM_, p9_open(b, 1, 1, 1));
    REFUSED(b, ENOTDIR_, p9_open(b, 1, 1, 0200000));
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    REFUSED(b, EINVAL_, p9_open(b, 1, 1, 0));                  /* open already */
    REFUSED(b, EINVAL_, p9_walk(b, 1, 1, 2, ""));              /* a walk on an open fid */
    REFUSED(b, EINVAL_, p9_walk(b, 1, 1, 1, ""));
    REFUSED(b, EPERM_, p9_write(b, 1, 1, 0, "x"));             /* open for reading only */
    assert_int_equal(p9_clunk(b, 1, 1), 0);
    REFUSED(b, EBADF_, p9_clunk(b, 1, 1));
    assert_int_equal(p9_walk(b, 1, 0, 1, "queen"), 0);
    REFUSED(b, EINVAL_, p9_open(b, 1, 1, 1));                  /* a directory for writing */
    assert_int_equal(p9_walk(b, 1, 1, 1, "ctl"), 0);           /* newfid = fid, not open */
    assert_int_equal(p9_open(b, 1, 1, 1), 0);
    REFUSED(b, EPERM_, (uint32_t)-p9_read(b, 1, 1, 0, 10, &r));
    leave(b, 1);
}

static void a_connection_has_its_number_of_fids(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    for (uint32_t fid = 1; fid < COH_SECURE9P_FIDS_PER_SESSION; fid++)
        assert_int_equal(p9_walk(b, 1, 0, fid * 1000, "proc"), 0);
    REFUSED(b, EDQUOT_, p9_walk(b, 1, 0, 7, "proc"));
    assert_int_equal(p9_clunk(b, 1, 1000), 0);
    assert_int_equal(p9_walk(b, 1, 0, 7, "proc"), 0);
    leave(b, 1);
}

static void version_in_the_middle_makes_the_connection_new(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TVERSION, .tag = P9_NOTAG};
    p9_queen(b, 1);
    t.u.version.msize = 65536;
    t.u.version.version = bytes_str("9P2000");
    assert_true(bytes_is(p9_ask(b, 1, &t).u.version.version, "unknown"));
    assert_int_equal(b->h->sessions_state.attached, 0);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=" TOKEN), EINVAL_);
    t.u.version.version = bytes_str(P9_VERSION);
    assert_int_equal(p9_ask(b, 1, &t).u.version.msize, COH_SECURE9P_MSIZE);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc"), EACCES_);
    t.u.version.msize = 4119;
    assert_int_equal(p9_try(b, 1, &t), EMSGSIZE_);
    t.u.version.msize = 4120;
    assert_int_equal(p9_ask(b, 1, &t).u.version.msize, 4120);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=" TOKEN), 0);
    leave(b, 1);
}

static void a_flush_of_an_unknown_tag_is_answered(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TFLUSH, .tag = 3};
    p9_queen(b, 1);
    t.u.oldtag = 999;
    assert_int_equal(p9_try(b, 1, &t), 0);
    leave(b, 1);
}

static void a_refused_remove_clunks_all_the_same(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TREMOVE, .tag = 3, .fid = 1};
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "log/queen.log"), 0);
    REFUSED(b, EPERM_, p9_try(b, 1, &t));
    REFUSED(b, EBADF_, p9_clunk(b, 1, 1));
    leave(b, 1);
}

static void truncating_is_granted_where_a_shell_does_it_and_nowhere_else(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TSETATTR, .tag = 3, .fid = 1};
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "queen/ctl"), 0);
    t.u.setattr.valid = 0x68;
    assert_int_equal(p9_try(b, 1, &t), 0);
    t.u.setattr.size = 1;
    REFUSED(b, EPERM_, p9_try(b, 1, &t));
    t.u.setattr.size = 0;
    t.u.setattr.valid = 1;
    REFUSED(b, EPERM_, p9_try(b, 1, &t));
    t.u.setattr.valid = 0x68;
    assert_int_equal(p9_walk(b, 1, 0, 2, "proc/boot"), 0);
    t.fid = 2;
    REFUSED(b, EPERM_, p9_try(b, 1, &t));
    leave(b, 1);
}

static void strangers_are_served_nothing_and_coalesced(void **state)
{
    struct bench *b = *state;
    uint32_t policy = (uint32_t)b->h->pressure[PRESSURE_POLICY];
    p9_connect(b, 1);
    struct p9_msg t = {.type = P9_TFLUSH, .tag = 3};
    assert_int_equal(p9_try(b, 1, &t), EACCES_);
    assert_int_equal(p9_walk(b, 1, 0, 1, ""), EACCES_);
    assert_int_equal(p9_clunk(b, 1, 0), EBADF_);
    assert_int_equal(b->h->pressure[PRESSURE_POLICY], policy + 2);
    pass_ms(b, COH_CONSOLE_AUTH_TIMEOUT_MS);
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
}

static void a_revoked_session_is_cut(void **state)
{
    struct bench *b = *state;
    char aname[1200];
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}"), 0);
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    p9_connect(b, 2);
    assert_int_equal(p9_attach(b, 2, 0, "", aname), 0);
    assert_int_equal(p9_walk(b, 2, 0, 1, "worker/worker-1/telemetry"), 0);
    assert_int_equal(p9_open(b, 2, 1, 02), 0);
    assert_int_equal(p9_write(b, 2, 1, 0, "{\"note\":1}\n"), 0);
    REFUSED(b, EPERM_, p9_walk(b, 2, 0, 5, "queen"));
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"kill\":\"worker-1\"}"), 0);
    REFUSED(b, EBADF_, p9_write(b, 2, 1, 0, "{\"note\":2}\n"));
    REFUSED(b, EBADF_, p9_walk(b, 2, 0, 5, ""));
    expect_file(b, "/proc/9p/session/2/state", "state=CLOSED\n");
    expect_file(b, "/proc/9p/session/active", "active=1 draining=0\n");
    leave(b, 1);
    leave(b, 2);
}

static void an_offline_hive_answers_its_workers_nothing_not_even_an_end(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    struct p9_msg r, list = {.type = P9_TREADDIR, .tag = 8, .fid = 2};
    char aname[1200];
    join_queen(b, 1);
    ask(b, 1, "SPAWN heartbeat");
    p9_connect(b, 2);
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    assert_int_equal(p9_attach(b, 2, 0, "", aname), 0);
    assert_int_equal(p9_walk(b, 2, 0, 1, "proc/boot"), 0);
    assert_int_equal(p9_open(b, 2, 1, 0), 0);
    assert_true(p9_read(b, 2, 1, 0, 4096, &r) > 0);
    assert_int_equal(p9_walk(b, 2, 0, 2, "proc"), 0);
    assert_int_equal(p9_open(b, 2, 2, 0), 0);
    list.u.read.count = 4096;
    assert_int_equal(p9_try(b, 2, &list), 0);
    assert_int_equal(p9_read(b, 2, 1, 1u << 20, 4096, &r), 0);
    hive_fault(b->h, "storage-failed", b->now);
    assert_int_equal(p9_read(b, 2, 1, 1u << 20, 4096, &r), -112);
    assert_int_equal(p9_try(b, 2, &list), 112);
    p9_queen(b, 3);
    assert_int_equal(p9_walk(b, 3, 0, 1, "proc/boot"), 0);
    assert_int_equal(p9_open(b, 3, 1, 0), 0);
    assert_int_equal(p9_read(b, 3, 1, 1u << 20, 4096, &r), 0);
}

static void an_overwritten_position_is_stale(void **state)
{
    struct bench *b = *state;
    struct p9_msg r;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\",\"budget\":{\"ttl_s\":100000,\"ops\":9}}"), 0);
    assert_int_equal(p9_walk(b, 1, 0, 1, "worker/worker-1/telemetry"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    pass_ms(b, 1000);
    assert_true(p9_read(b, 1, 1, 0, 4096, &r) > 0);
    pass_ms(b, 60000);
    REFUSED(b, 116, (uint32_t)-p9_read(b, 1, 1, 0, 4096, &r));
    uint64_t oldest = b->h->workers[0].telemetry.oldest;
    assert_true(p9_read(b, 1, 1, (1ull << 62) + oldest, 4096, &r) > 0);
    REFUSED(b, 116, (uint32_t)-p9_read(b, 1, 1, (1ull << 62) + oldest - 1, 4096, &r));
    leave(b, 1);
}

/* A cookie names a node and an argument, and a client may make one up. */
static void a_made_up_cookie_names_nothing_else(void **state)
{
    struct bench *b = *state;
    struct p9_msg list = {.type = P9_TREADDIR, .tag = 1};
    static const char *const dirs[] = {"", "proc", "proc/9p/session", "queen/telemetry", "queen/telemetry/dev/seg",
                                       "shard", "shard/13/worker", "worker", "worker/worker-1"};
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}"), 0);
    assert_int_equal(p9_echo(b, 1, "queen/telemetry/dev/ctl", "{\"new\":\"segment\",\"mime\":\"text/plain\"}"), 0);
    list.u.read.count = 4096;
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        list.fid = (uint32_t)(10 + i);
        assert_int_equal(p9_walk(b, 1, 0, list.fid, dirs[i]), 0);
        assert_int_equal(p9_open(b, 1, list.fid, 0), 0);
        for (uint64_t node = 0; node < 256; node++) {
            list.u.read.offset = node << 48 | 0xffffffffffffu;
            p9_try(b, 1, &list);
            list.u.read.offset = node << 48 | 32u;
            p9_try(b, 1, &list);
        }
    }
    leave(b, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(names_that_are_no_components_lead_nowhere),
        CASE(frames_that_are_malformed_are_refused_and_the_connection_stays),
        CASE(messages_that_are_not_served_say_so),
        CASE(a_size_that_is_no_frame_ends_the_connection),
        CASE(fids_are_used_as_they_are),
        CASE(a_connection_has_its_number_of_fids),
        CASE(version_in_the_middle_makes_the_connection_new),
        CASE(a_flush_of_an_unknown_tag_is_answered),
        CASE(a_refused_remove_clunks_all_the_same),
        CASE(truncating_is_granted_where_a_shell_does_it_and_nowhere_else),
        CASE(strangers_are_served_nothing_and_coalesced),
        CASE(a_revoked_session_is_cut),
        CASE(an_offline_hive_answers_its_workers_nothing_not_even_an_end),
        CASE(an_overwritten_position_is_stale),
        CASE(a_made_up_cookie_names_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
