/* /proc under load: the exact bytes of every file in known situations, their CBOR twins, and the watch. */
#include "base/cbor.h"
#include "support/p9_client.h"

/* A record of worker-1 whose last byte comes ms after its first. */
static void store_after(struct bench *b, uint32_t conn, uint64_t ms)
{
    uint8_t f[CONSOLE_FRAME_MAX];
    size_t n = frame(f, bytes_str("ECHO /worker/worker-1/telemetry x"));
    assert_int_equal(hive_input(b->h, conn, bytes_of(f, 2), b->now), 2);
    b->now += ms;
    assert_int_equal(hive_input(b->h, conn, bytes_of(f + 2, n - 2), b->now), n - 2);
    assert_string_equal(hear(b, conn), "OK ECHO path=/worker/worker-1/telemetry bytes=1\n");
}

/* A queen on connection 1, and worker-1, which does not tick while the test runs. */
static void begin(struct bench *b)
{
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"budget\":{\"ttl_s\":1000000}}", "OK SPAWN");
    b->h->workers[0].next_ms = UINT64_MAX;
}

static void nothing_has_happened_in_a_fresh_hive(void **state)
{
    struct bench *b = *state;
    expect_file(b, "/proc/9p/sessions", "sessions total=0 worker=0 shard_bits=8 shard_count=256\n");
    expect_file(b, "/proc/9p/outstanding", "outstanding current=0 limit=768\n");
    expect_file(b, "/proc/9p/short_writes", "short_writes total=0 retries=0\n");
    expect_file(b, "/proc/ingest/p50_ms", "p50_ms=0\n");
    expect_file(b, "/proc/ingest/p95_ms", "p95_ms=0\n");
    expect_file(b, "/proc/ingest/backpressure", "backpressure=0\n");
    expect_file(b, "/proc/ingest/dropped", "dropped=0\n");
    expect_file(b, "/proc/ingest/queued", "queued=0\n");
    expect_file(b, "/proc/ingest/watch", "");
    assert_int_equal(hive_tick(b->h, 0), UINT64_MAX);
}

static void sessions_are_counted_by_the_shard_of_their_worker(void **state)
{
    struct bench *b = *state;
    static const char *const who[] = {"worker-1", "worker-2", "worker-2"};
    join_queen(b, 1);
    for (uint32_t i = 0; i < 3; i++) {
        struct mint m = {.role = ROLE_HEARTBEAT, .subject = who[i]};
        join(b, 2 + i);
        assert_string_equal(attach_with(b, 2 + i, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    }
    expect_file(b, "/proc/9p/sessions",
                "sessions total=4 worker=3 shard_bits=8 shard_count=256\nshard 13 1\nshard 1c 2\n");
    assert_true(bytes_eq(content(b, "/proc/9p/sessions.cbor"),
                         LIT("\xa5\x65total\x04\x66shards\xa2\x62"
                             "13\x01\x62"
                             "1c\x02\x66worker\x03\x6ashard_bits\x08\x6bshard_count\x19\x01\x00")));
    leave(b, 3);
    expect_file(b, "/proc/9p/sessions",
                "sessions total=3 worker=2 shard_bits=8 shard_count=256\nshard 13 1\nshard 1c 1\n");
    leave(b, 4);
    leave(b, 2);
    expect_file(b, "/proc/9p/sessions", "sessions total=1 worker=0 shard_bits=8 shard_count=256\n");
    leave(b, 1);
}

/* The read that asks is not in flight itself, but what was read before and not handed to the transport is. */
static void requests_in_flight_are_those_whose_answers_wait(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    p9_queen(b, 2);
    assert_string_equal(p9_cat(b, 1, "proc/9p/outstanding", &err), "outstanding current=0 limit=768\n");
    struct p9_msg t = {.type = P9_TGETATTR, .fid = 0};
    for (t.tag = 1; t.tag <= 3; t.tag++)
        p9_send(b, 2, &t);
    assert_string_equal(p9_cat(b, 1, "proc/9p/outstanding", &err), "outstanding current=3 limit=768\n");
    assert_true(bytes_eq(content(b, "/proc/9p/outstanding.cbor"), LIT("\xa2\x65limit\x19\x03\x00\x67"
                                                                      "current\x03")));
    p9_hear(b, 2);
    assert_string_equal(p9_cat(b, 1, "proc/9p/outstanding", &err), "outstanding current=2 limit=768\n");
    leave(b, 2);
    assert_string_equal(p9_cat(b, 1, "proc/9p/outstanding", &err), "outstanding current=0 limit=768\n");
    leave(b, 1);
}

static void a_write_that_is_too_much_is_short_and_trying_again_is_a_retry(void **state)
{
    struct bench *b = *state;
    char big[2048];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    begin(b);
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 2, 0, 1, "worker/worker-1/telemetry"), 0);
    assert_int_equal(p9_open(b, 2, 1, 1), 0);
    assert_int_equal(p9_write(b, 2, 1, 0, big), 90);
    expect_file(b, "/proc/9p/short_writes", "short_writes total=1 retries=0\n");
    assert_int_equal(p9_write(b, 2, 1, 0, big), 90);
    assert_int_equal(p9_write(b, 2, 1, 0, "small"), 0);
    assert_int_equal(p9_write(b, 2, 1, 0, "small"), 0);
    expect_file(b, "/proc/9p/short_writes", "short_writes total=2 retries=2\n");
    assert_true(bytes_eq(content(b, "/proc/9p/short_writes.cbor"), LIT("\xa2\x65total\x02\x67retries\x02")));
    leave(b, 2);
    leave(b, 1);
}

static int by_size(const void *a, const void *b)
{
    return (int)*(const uint32_t *)a - (int)*(const uint32_t *)b;
}

static void percentiles_are_exact_over_the_window(void **state)
{
    struct bench *b = *state;
    uint32_t ms[200], window[COH_OBSERVABILITY_PROC_INGEST_LATENCY_SAMPLES], seed = 1;
    const uint32_t size = sizeof window / sizeof window[0];
    begin(b);
    for (uint32_t i = 0; i < 200; i++) {
        seed = seed * 1103515245u + 12345u;
        ms[i] = i % 50 == 7 ? 700 : (seed >> 16) % 30; /* outliers, and many that are equal */
        store_after(b, 1, ms[i]);
        uint32_t n = i + 1 < size ? i + 1 : size;
        memcpy(window, ms + (i + 1 - n), n * sizeof window[0]);
        qsort(window, n, sizeof window[0], by_size);
        char want[40];
        snprintf(want, sizeof want, "p50_ms=%u\n", window[(n + 1) / 2 - 1]);
        expect_file(b, "/proc/ingest/p50_ms", want);
        snprintf(want, sizeof want, "p95_ms=%u\n", window[(n * 95 + 99) / 100 - 1]);
        expect_file(b, "/proc/ingest/p95_ms", want);
        assert_true(hive_check(b->h));
    }
    assert_int_equal(b->h->budget.of[POOL_latency].used, size);
    leave(b, 1);
}

static void a_request_that_waited_has_waited_since_its_first_byte(void **state)
{
    struct bench *b = *state;
    uint8_t f[2 * CONSOLE_FRAME_MAX];
    begin(b);
    size_t n = frame(f, bytes_str("CAT /proc/tests/selftest_full.coh"));
    n += frame(f + n, bytes_str("ECHO /worker/worker-1/telemetry x"));
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, n), b->now), n);
    expect_file(b, "/proc/ingest/queued", "queued=1\n");
    expect_file(b, "/proc/ingest/backpressure", "backpressure=1\n");
    b->now += 12;
    assert_non_null(strstr(hear(b, 1), "END\nOK ECHO path=/worker/worker-1/telemetry bytes=1\n"));
    expect_file(b, "/proc/ingest/queued", "queued=0\n");
    expect_file(b, "/proc/ingest/p50_ms", "p50_ms=12\n");
    n = frame(f, bytes_str("CAT /proc/tests/selftest_full.coh"));
    n += frame(f + n, bytes_str("LS /"));
    assert_int_equal(hive_input(b->h, 1, bytes_of(f, n), b->now), n);
    expect_file(b, "/proc/ingest/queued", "queued=1\n");
    leave(b, 1); /* while its request waits */
    expect_file(b, "/proc/ingest/queued", "queued=0\n");
    expect_file(b, "/proc/ingest/backpressure", "backpressure=2\n");
}

static void a_secure9p_request_waits_when_its_answer_has_no_room(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TREAD, .fid = 1};
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc/bench/zero"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    t.u.read.count = 4096;
    for (t.tag = 1; t.tag <= 2; t.tag++)
        p9_send(b, 1, &t);
    expect_file(b, "/proc/ingest/queued", "queued=1\n");
    for (uint32_t i = 0; i < 2; i++) {
        struct p9_msg r = p9_hear(b, 1);
        assert_int_equal(r.u.data.n, 4096);
        for (uint32_t k = 0; k < 4096; k++)
            assert_int_equal(r.u.data.p[k], 0);
    }
    expect_file(b, "/proc/ingest/queued", "queued=0\n");
    expect_file(b, "/proc/ingest/backpressure", "backpressure=1\n");
    leave(b, 1);
}

static void what_is_busy_is_back_pressure(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO /queen/ctl {\"spawn\":\"bus\",\"adapter\":\"m\"}", "reason=busy");
    expect_holds(b, 1, "CAT /nope", "reason=policy");
    expect_file(b, "/proc/ingest/backpressure", "backpressure=1\n");
    expect_file(b, "/proc/pressure/busy", "busy=1\n");
    leave(b, 1);
}

static void records_that_a_ring_drops_are_counted(void **state)
{
    struct bench *b = *state;
    begin(b);
    const struct ring *r = &b->h->workers[0].telemetry;
    while (r->dropped < 3)
        store_after(b, 1, 0);
    expect_file(b, "/proc/ingest/dropped", "dropped=3\n");
    leave(b, 1);
}

static void the_watch_grows_by_one_line_an_interval_while_something_changes(void **state)
{
    struct bench *b = *state;
    const uint64_t interval = COH_OBSERVABILITY_PROC_INGEST_WATCH_MIN_INTERVAL_MS;
    b->now = 1000;
    begin(b);
    hive_tick(b->h, b->now);
    expect_file(b, "/proc/ingest/watch", "");
    store_after(b, 1, 7);
    assert_true(hive_tick(b->h, b->now) > b->now + interval); /* written at once: nothing more to write */
    store_after(b, 1, 9);
    assert_int_equal(hive_tick(b->h, b->now), 1007 + interval);
    store_after(b, 1, 9);
    hive_tick(b->h, 1007 + interval - 1);
    static const char first[] =
        "watch ts_ms=1007 p50_ms=7 p95_ms=7 queued=0 backpressure=0 dropped=0 ui_reads=0 ui_denies=0\n";
    expect_file(b, "/proc/ingest/watch", first);
    b->now = 1007 + interval;
    assert_true(hive_tick(b->h, b->now) > b->now + interval);
    char want[400];
    snprintf(want, sizeof want,
             "%swatch ts_ms=%u p50_ms=9 p95_ms=9 queued=0 backpressure=0 dropped=0 ui_reads=0 ui_denies=0\n", first,
             (unsigned)b->now);
    expect_file(b, "/proc/ingest/watch", want);
    pass_ms(b, 10 * interval);
    expect_file(b, "/proc/ingest/watch", want);
    leave(b, 1);
}

static void the_watch_keeps_its_newest_lines(void **state)
{
    struct bench *b = *state;
    begin(b);
    for (uint32_t i = 0; i < 3 * COH_OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES; i++) {
        store_after(b, 1, 0);
        pass_ms(b, COH_OBSERVABILITY_PROC_INGEST_WATCH_MIN_INTERVAL_MS);
    }
    content(b, "/proc/ingest/watch");
    uint32_t lines = 0;
    for (const char *at = b->answer; *at; at = strchr(at, '\n') + 1, lines++) {
        char want[40];
        snprintf(want, sizeof want, "watch ts_ms=%u ", (2 * COH_OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES + lines) *
                                                           COH_OBSERVABILITY_PROC_INGEST_WATCH_MIN_INTERVAL_MS);
        assert_memory_equal(at, want, strlen(want));
    }
    assert_int_equal(lines, COH_OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES);
    leave(b, 1);
}

/* The longest line that there can be is no longer than coh-rtc's red line says. */
static void the_longest_line_of_the_watch_fits(void **state)
{
    struct bench *b = *state;
    struct ingest_state *s = &b->h->ingest;
    s->backpressure = s->dropped = s->ui_reads = s->ui_denies = UINT64_MAX - 1;
    s->queued = UINT32_MAX;
    s->changed = true;
    b->h->asked_ms = 0;
    hive_tick(b->h, UINT64_MAX - 1);
    ingest_stored(b->h);
    s->watch_next_ms = 0;
    s->changed = true;
    ingest_nodes.tick(b->h);
    content(b, "/proc/ingest/watch");
    const char *second = strchr(b->answer, '\n') + 1;
    assert_string_equal(second, "watch ts_ms=18446744073709551614 p50_ms=4294967295 p95_ms=4294967295 queued=4294967295 "
                                "backpressure=4294967295 dropped=4294967295 ui_reads=4294967295 ui_denies=4294967295\n");
    assert_int_equal(strlen(second), 171);
    s->queued = 0;
}

static void nobody_but_the_hive_writes_the_watch(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "ECHO /proc/ingest/watch watch ts_ms=1",
           "ERR ECHO reason=policy detail=denied path=/proc/ingest/watch error=EPERM\n");
    leave(b, 1);
}

static void heartbeats_are_records_whose_latency_is_their_lateness(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    b->now = COH_WORKERS_HEARTBEAT_MS + 30;
    hive_tick(b->h, b->now);
    expect_file(b, "/proc/ingest/p50_ms", "p50_ms=30\n");
    expect_file(b, "/proc/ingest/watch",
                "watch ts_ms=280 p50_ms=30 p95_ms=30 queued=0 backpressure=0 dropped=0 ui_reads=0 ui_denies=0\n");
    assert_true(bytes_eq(content(b, "/proc/ingest/p50_ms.cbor"), LIT("\xa1\x66p50_ms\x18\x1e")));
    assert_true(bytes_eq(content(b, "/proc/ingest/p95_ms.cbor"), LIT("\xa1\x66p95_ms\x18\x1e")));
    assert_true(bytes_eq(content(b, "/proc/ingest/backpressure.cbor"), LIT("\xa1\x6c"
                                                                           "backpressure\x00")));
    leave(b, 1);
}

static void reads_and_refusals_of_what_user_interfaces_read_are_counted(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    uint32_t err;
    begin(b);
    expect(b, 1, "CAT /proc/ingest/p50_ms", "OK CAT path=/proc/ingest/p50_ms data=p50_ms=0\np50_ms=0\nEND\n");
    expect(b, 1, "CAT /proc/ingest/p50_ms.cbor",
           "OK CAT path=/proc/ingest/p50_ms.cbor data=b64:oWZwNTBfbXMA\nb64:oWZwNTBfbXMA\nEND\n");
    expect_holds(b, 1, "CAT /proc/ingest/queued", "OK CAT"); /* no provider names it */
    assert_int_equal(b->h->ingest.ui_reads, 2);
    p9_queen(b, 2);
    assert_non_null(p9_cat(b, 2, "proc/9p/sessions", &err));
    assert_int_equal(b->h->ingest.ui_reads, 3);
    join(b, 3);
    attach_with(b, 3, "worker", &m);
    expect_holds(b, 3, "CAT /proc/9p/sessions.cbor", "error=EPERM");
    expect_holds(b, 3, "CAT /proc/9p/sessions", "error=EPERM");
    expect_holds(b, 3, "CAT /proc/ingest/queued", "error=EPERM");
    assert_int_equal(b->h->ingest.ui_denies, 2);
    char aname[1200];
    snprintf(aname, sizeof aname, "auth=" TOKEN ";role=worker;ticket=%s", mint(&m));
    p9_connect(b, 4);
    assert_int_equal(p9_attach(b, 4, 0, "", aname), 0);
    assert_null(p9_cat(b, 4, "proc/9p/sessions", &err));
    assert_int_equal(b->h->ingest.ui_denies, 3);
    expect_holds(b, 1, "ECHO /proc/ingest/p50_ms 1", "error=EPERM"); /* no read */
    assert_int_equal(b->h->ingest.ui_denies, 3);
    hive_tick(b->h, b->now);
    expect_file(b, "/proc/ingest/watch",
                "watch ts_ms=0 p50_ms=0 p95_ms=0 queued=0 backpressure=0 dropped=0 ui_reads=3 ui_denies=3\n");
    for (uint32_t conn = 1; conn <= 4; conn++)
        leave(b, conn);
}

static void what_no_provider_allows_or_nothing_builds_is_not_there(void **state)
{
    struct bench *b = *state;
    static const char *const absent[] = {"/proc/ingest/queued.cbor", "/proc/ingest/watch.cbor", "/proc/boot.cbor",
                                         "/proc/schedule/queue.cbor", "/proc/lease/active.cbor", "/proc/spool",
                                         "/proc/attest/evidence.cbor", "/proc/worker-1"};
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "CAT %s", absent[i]);
        expect_holds(b, 1, line, "reason=policy detail=invalid-path");
    }
    leave(b, 1);
}

static void what_was_not_measured_says_so(void **state)
{
    struct bench *b = *state;
    uint8_t sum[HASH_BYTES];
    static const char evidence[] = "record=0\nkind=none\nhash=sha256\nmanifest.sha256=" COH_MANIFEST_SHA256 "\n";
    sha256(bytes_str(evidence), sum);
    BUF(hex, 2 * HASH_BYTES + 1);
    buf_hex(&hex, bytes_of(sum, sizeof sum));
    hex.p[hex.n] = 0;
    char summary[400], boot[200];
    snprintf(summary, sizeof summary,
             "kind=none\nstate=unmeasured\nsealed=no\nquote=no\nmeasurement=none\nevidence.sha256=%s\nmanifest.sha256=%s\n",
             (char *)hex.p, COH_MANIFEST_SHA256);
    snprintf(boot, sizeof boot, "attestation=none\nattestation.state=unmeasured\nattestation.measurement=none\nattestation.evidence=%s\n",
             (char *)hex.p);
    expect_file(b, "/proc/attest/evidence", evidence);
    expect_file(b, "/proc/attest/summary", summary);
    join_queen(b, 1);
    expect_holds(b, 1, "CAT /proc/boot", boot);
    leave(b, 1);
    struct bytes twin = content(b, "/proc/attest/summary.cbor");
    struct cbor_value map;
    assert_true(cbor_parse(twin, &map));
    assert_int_equal(map.type, CBOR_MAP);
    assert_int_equal(map.u, 7);
}

static void bench_files_hold_zeros_and_take_anything(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    assert_int_equal(content(b, "/proc/bench/zero").n, 4096);
    uint64_t log = b->h->log.queen.next;
    expect(b, 1, "ECHO /proc/bench/null anything", "OK ECHO path=/proc/bench/null bytes=8\n");
    assert_int_equal(b->h->log.queen.next, log);
    expect_holds(b, 1, "CAT /proc/bench/null", "error=EPERM");
    expect_holds(b, 1, "ECHO /proc/bench/zero x", "error=EPERM");
    leave(b, 1);
}

static void a_long_subject_does_not_burst_the_owner_file(void **state)
{
    struct bench *b = *state;
    char subject[120], want[COH_OBSERVABILITY_PROC_9P_SESSION_OWNER_BYTES + 1];
    memset(subject, 's', sizeof subject - 1);
    subject[sizeof subject - 1] = 0;
    struct mint m = {.role = ROLE_QUEEN, .subject = subject};
    char aname[1200];
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", aname), 0);
    int n = snprintf(want, sizeof want, "owner=queen:");
    memset(want + n, 's', sizeof want - 2 - (size_t)n);
    memcpy(want + sizeof want - 2, "\n", 2);
    expect_file(b, "/proc/9p/session/1/owner", want);
    leave(b, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_has_happened_in_a_fresh_hive),
        TEST(sessions_are_counted_by_the_shard_of_their_worker),
        TEST(requests_in_flight_are_those_whose_answers_wait),
        TEST(a_write_that_is_too_much_is_short_and_trying_again_is_a_retry),
        TEST(percentiles_are_exact_over_the_window),
        TEST(a_request_that_waited_has_waited_since_its_first_byte),
        TEST(a_secure9p_request_waits_when_its_answer_has_no_room),
        TEST(what_is_busy_is_back_pressure),
        TEST(records_that_a_ring_drops_are_counted),
        TEST(the_watch_grows_by_one_line_an_interval_while_something_changes),
        TEST(the_watch_keeps_its_newest_lines),
        TEST(the_longest_line_of_the_watch_fits),
        TEST(nobody_but_the_hive_writes_the_watch),
        TEST(heartbeats_are_records_whose_latency_is_their_lateness),
        TEST(reads_and_refusals_of_what_user_interfaces_read_are_counted),
        TEST(what_no_provider_allows_or_nothing_builds_is_not_there),
        TEST(what_was_not_measured_says_so),
        TEST(bench_files_hold_zeros_and_take_anything),
        TEST(a_long_subject_does_not_burst_the_owner_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
