/* Secure9P under load and under clients that fail: ten thousand interleaved operations, garbage after a good handshake, death in
 * the middle of a write, peers that read nothing or are gone. Nothing is lost, others are unharmed, counters and audit tell it. */
#include "hive/proc.h"
#include "support/p9_client.h"

#include "base/fmt.h"

enum { EPERM_ = 1, ENOENT_ = 2, EBADF_ = 9, EBUSY_ = 16, EINVAL_ = 22 };

/* ---- ten thousand operations over four sessions ---- */

#define SESSIONS 4u
#define OPERATIONS 10000u
#define WINDOW COH_SECURE9P_TAGS_PER_SESSION

struct asked {
    uint16_t tag;
    uint8_t type;
    uint32_t errnum; /* what must come */
};

struct seat {
    uint32_t conn, root; /* two sessions share a connection, and so a window */
    uint32_t step, done;
};

/* What is in flight on one connection, oldest first. */
struct line {
    struct asked in_flight[WINDOW + 1u];
    uint32_t n;
    uint16_t next_tag;
};

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* The request of a session's next step: a round of walk, open, read, stat, clunk, then a dead fid and a path that is none. */
static struct p9_msg next_request(struct seat *s, uint32_t *errnum)
{
    static const uint8_t types[] = {P9_TWALK, P9_TLOPEN, P9_TREAD, P9_TGETATTR, P9_TCLUNK, P9_TREAD, P9_TWALK};
    static const uint32_t errnums[] = {0, 0, 0, 0, 0, EBADF_, ENOENT_};
    uint32_t k = s->step++ % (sizeof types);
    struct p9_msg t = {.type = types[k], .fid = s->root + 1u};
    *errnum = errnums[k];
    if (t.type == P9_TWALK) {
        t.fid = s->root;
        t.u.walk.newfid = s->root + 1u;
        t.u.walk.n = k ? 1 : 3;
        t.u.walk.name[0] = bytes_str(k ? "nothing" : "proc");
        t.u.walk.name[1] = bytes_str("lifecycle");
        t.u.walk.name[2] = bytes_str("state");
    } else if (t.type == P9_TREAD) {
        t.u.read.count = 100;
    }
    return t;
}

static void ask_next(struct bench *b, struct seat *s, struct line *l)
{
    uint32_t errnum;
    bool full = l->n == WINDOW;
    struct p9_msg t;
    if (full) { /* one more than fits is refused, and nothing of it is done */
        t = (struct p9_msg){.type = P9_TCLUNK, .fid = s->root};
        errnum = EBUSY_;
    } else {
        t = next_request(s, &errnum);
    }
    t.tag = l->next_tag++ & 0x7fffu;
    p9_send(b, s->conn, &t);
    l->in_flight[l->n++] = (struct asked){t.tag, t.type, errnum};
}

static uint32_t hear_all(struct bench *b, uint32_t conn, struct line *l, uint64_t refused[PRESSURE_COUNT])
{
    uint32_t n = l->n;
    for (uint32_t i = 0; i < n; i++) {
        const struct asked *a = &l->in_flight[i];
        struct p9_msg r = p9_hear(b, conn);
        assert_int_equal(r.tag, a->tag);
        if (!a->errnum) {
            assert_int_equal(r.type, a->type + 1);
            if (a->type == P9_TREAD)
                assert_true(bytes_is(r.u.data, "state=ONLINE\n"));
            continue;
        }
        assert_int_equal(r.type, P9_RLERROR);
        assert_int_equal(r.u.errnum, a->errnum);
        refused[a->errnum == EBUSY_ ? PRESSURE_BUSY : a->errnum == EBADF_ ? PRESSURE_CUT : PRESSURE_POLICY]++;
    }
    uint8_t more;
    assert_int_equal(hive_output(b->h, conn, &more, 1, b->now), 0);
    l->n = 0;
    return n;
}

static void ten_thousand_interleaved_operations_over_four_sessions_add_up(void **state)
{
    struct bench *b = *state;
    struct seat seats[SESSIONS] = {{1, 0, 0, 0}, {2, 0, 0, 0}, {3, 0, 0, 0}, {3, 10, 0, 0}};
    static struct line lines[4];
    uint64_t random = 1, refused[PRESSURE_COUNT] = {0}, outstanding;
    uint32_t total = 0, waited[SESSIONS] = {0}, longest = 0;
    memset(lines, 0, sizeof lines);
    for (uint32_t i = 0; i < 3; i++)
        p9_queen(b, i + 1u);
    assert_int_equal(p9_attach(b, 3, 10, "", "auth=" TOKEN), 0);
    while (total < OPERATIONS) {
        uint32_t who = next_random(&random) % SESSIONS;
        struct seat *s = &seats[who];
        struct line *l = &lines[s->conn];
        for (uint32_t burst = next_random(&random) % 6u + 1u; burst && l->n <= WINDOW; burst--) {
            ask_next(b, s, l);
            s->done++;
        }
        outstanding = 0;
        for (uint32_t i = 1; i <= 3; i++)
            outstanding += lines[i].n < WINDOW ? lines[i].n : WINDOW;
        assert_int_equal(p9_outstanding(b->h), outstanding);
        for (uint32_t i = 0; i < SESSIONS; i++) {
            waited[i] = i == who ? 0 : waited[i] + 1u;
            longest = waited[i] > longest ? waited[i] : longest;
        }
        if (l->n > WINDOW || next_random(&random) % 3u == 0)
            total += hear_all(b, s->conn, l, refused);
    }
    for (uint32_t i = 1; i <= 3; i++)
        hear_all(b, i, &lines[i], refused);
    for (uint32_t i = 0; i < SESSIONS; i++) /* each got its share: nobody starves */
        assert_true(seats[i].done > OPERATIONS / SESSIONS / 2u);
    for (uint32_t p = 0; p < PRESSURE_COUNT; p++)
        assert_int_equal(b->h->pressure[p], refused[p]);
    assert_true(refused[PRESSURE_BUSY] > 10 && refused[PRESSURE_CUT] > 1000 && refused[PRESSURE_POLICY] > 1000);
    assert_int_equal(p9_outstanding(b->h), 0);
    assert_int_equal(b->h->budget.of[POOL_sessions].used, SESSIONS);
    assert_true(longest < 100);
    for (uint32_t i = 1; i <= 3; i++)
        leave(b, i);
    assert_int_equal(b->h->budget.of[POOL_fids].used, 0);
}

/* ---- clients that fail ---- */

static uint64_t pressure(struct bench *b, uint32_t conn, const char *path)
{
    uint32_t err;
    const char *text = p9_cat(b, conn, path, &err);
    assert_non_null(text);
    return strtoull(strchr(text, '=') + 1, NULL, 10);
}

static void expect_log(struct bench *b, uint32_t conn, const char *line)
{
    uint32_t err;
    const char *text = p9_cat(b, conn, "log/queen.log", &err);
    if (!text || !strstr(text, line))
        fail_msg("the log lacks `%s`: %s", line, text ? text : "none");
}

static void expect_active(struct bench *b, uint32_t conn, const char *want)
{
    uint32_t err;
    assert_string_equal(p9_cat(b, conn, "proc/9p/session/active", &err), want);
}

static void garbage_after_a_good_handshake_ends_that_connection_alone(void **state)
{
    struct bench *b = *state;
    const uint8_t no_frame[] = {3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    p9_queen(b, 1);
    p9_queen(b, 2);
    expect_active(b, 2, "active=2 draining=0\n");
    uint64_t policy = pressure(b, 2, "proc/pressure/policy");
    assert_int_equal(hive_input(b->h, 1, bytes_of(no_frame, sizeof no_frame), b->now), sizeof no_frame);
    assert_true(hive_wants_close(b->h, 1));
    expect_active(b, 2, "active=1 draining=1\n");
    leave(b, 1);
    expect_active(b, 2, "active=1 draining=0\n");
    assert_int_equal(pressure(b, 2, "proc/pressure/policy"), policy + 1);
    expect_log(b, 2, "op=frame role=queen result=policy detail=frame-size");
    leave(b, 2);
}

static void any_bytes_after_a_handshake_harm_nobody_else(void **state)
{
    struct bench *b = *state;
    uint64_t random = 7;
    uint8_t junk[200], out[512];
    uint32_t err;
    p9_queen(b, 2);
    for (uint32_t round = 0; round < 300; round++) {
        p9_queen(b, 1);
        for (size_t i = 0; i < sizeof junk; i++)
            junk[i] = (uint8_t)next_random(&random);
        junk[1] = junk[2] = junk[3] = 0; /* a size that can be one */
        for (size_t at = 0; at < sizeof junk;) {
            size_t n = hive_input(b->h, 1, bytes_of(junk + at, sizeof junk - at), b->now);
            while (hive_output(b->h, 1, out, sizeof out, b->now))
                continue;
            assert_true(hive_check(b->h));
            at += n;
        }
        leave(b, 1);
        assert_string_equal(p9_cat(b, 2, "proc/lifecycle/state", &err), "state=ONLINE\n");
        expect_active(b, 2, "active=1 draining=0\n");
    }
    leave(b, 2);
}

static void a_client_that_dies_in_the_middle_of_a_write_wrote_nothing(void **state)
{
    struct bench *b = *state;
    uint8_t frame_bytes[200];
    uint32_t err;
    p9_queen(b, 2);
    for (size_t cut = 1;; cut++) {
        struct p9_msg t = {.type = P9_TWRITE, .tag = 9, .fid = 5};
        struct buf out = buf_of(frame_bytes, sizeof frame_bytes);
        p9_queen(b, 1);
        assert_int_equal(p9_walk(b, 1, 0, 5, "log/queen.log"), 0);
        assert_int_equal(p9_open(b, 1, 5, 1), 0);
        t.u.write.offset = UINT64_MAX;
        t.u.write.data = bytes_str("half a line is no line");
        p9_encode(&out, &t);
        if (cut == out.n) {
            leave(b, 1);
            break;
        }
        uint64_t told = b->h->pressure[PRESSURE_CUT];
        assert_int_equal(hive_input(b->h, 1, bytes_of(frame_bytes, cut), b->now), cut);
        leave(b, 1);
        assert_true(hive_check(b->h));
        assert_int_equal(b->h->pressure[PRESSURE_CUT], told + 1);
    }
    assert_non_null(strstr(p9_cat(b, 2, "log/queen.log", &err), "op=session role=queen result=cut detail=disconnected"));
    assert_null(strstr(p9_cat(b, 2, "log/queen.log", &err), "half a line"));
    expect_active(b, 2, "active=1 draining=0\n");
    assert_int_equal(b->h->budget.of[POOL_fids].used, 1);
    leave(b, 2);
}

static void a_client_that_never_reads_holds_only_its_own_answers(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TREAD, .tag = 1, .fid = 5};
    uint8_t raw[64];
    struct buf out = buf_of(raw, sizeof raw);
    p9_queen(b, 1);
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 1, 0, 5, "proc/boot"), 0);
    assert_int_equal(p9_open(b, 1, 5, 0), 0);
    uint64_t busy = pressure(b, 2, "proc/pressure/busy");
    t.u.read.count = COH_SECURE9P_MSIZE;
    p9_encode(&out, &t);
    for (uint32_t i = 0; i < 200; i++) { /* more and more, until nothing is taken any more */
        raw[5] = (uint8_t)i;
        if (hive_input(b->h, 1, buf_bytes(&out), b->now) < out.n)
            break;
        assert_true(i < 199);
    }
    assert_true(hive_check(b->h));
    expect_active(b, 2, "active=2 draining=0\n");
    uint64_t refused = pressure(b, 2, "proc/pressure/busy");
    assert_true(refused >= busy);
    pass_ms(b, COH_CONSOLE_IDLE_TIMEOUT_MS + 1);
    assert_true(hive_wants_close(b->h, 1));
    leave(b, 1);
    assert_int_equal(pressure(b, 2, "proc/pressure/busy"), refused + 1);
    expect_log(b, 2, "op=answer role=queen result=busy detail=unread");
    expect_active(b, 2, "active=1 draining=0\n");
    leave(b, 2);
}

/* Nobody tells when a peer is gone; the transport's keepalive does. Until then its session costs what an idle one costs. */
static void a_half_open_connection_keeps_its_session_and_nothing_of_others(void **state)
{
    struct bench *b = *state;
    struct p9_msg version = {.type = P9_TVERSION, .tag = P9_NOTAG};
    version.u.version.msize = COH_SECURE9P_MSIZE;
    version.u.version.version = bytes_str(P9_VERSION);
    p9_queen(b, 1);
    p9_queen(b, 2);
    hive_accept(b->h, 3, HIVE_TCP, b->now);
    p9_ask(b, 3, &version);
    pass_ms(b, COH_CONSOLE_AUTH_TIMEOUT_MS);
    assert_true(hive_wants_close(b->h, 3)); /* one that never attached is not waited for */
    leave(b, 3);
    pass_ms(b, 12u * COH_CONSOLE_IDLE_TIMEOUT_MS);
    assert_false(hive_wants_close(b->h, 1));
    expect_active(b, 2, "active=2 draining=0\n");
    uint64_t cut = pressure(b, 2, "proc/pressure/cut");
    hive_lost(b->h, 1, b->now); /* keepalive gave up */
    expect_active(b, 2, "active=1 draining=0\n");
    assert_int_equal(pressure(b, 2, "proc/pressure/cut"), cut + 1);
    expect_log(b, 2, "op=session role=queen result=cut detail=connection-lost");
    leave(b, 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(ten_thousand_interleaved_operations_over_four_sessions_add_up),
        CASE(garbage_after_a_good_handshake_ends_that_connection_alone),
        CASE(any_bytes_after_a_handshake_harm_nobody_else),
        CASE(a_client_that_dies_in_the_middle_of_a_write_wrote_nothing),
        CASE(a_client_that_never_reads_holds_only_its_own_answers),
        CASE(a_half_open_connection_keeps_its_session_and_nothing_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
