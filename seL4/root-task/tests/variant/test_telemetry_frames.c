/* Workers' telemetry where the manifest says telemetry-frame/v1: heartbeats and writes are canonical CBOR
 * maps. */
#include "support/p9_client.h"
#include "support/telemetry.h"

#include "base/cbor.h"

#define NODE "/worker/worker-1/telemetry"

/* The field of that name of the frame that begins at *at of the records; *at is moved behind the frame. */
static struct cbor_value field(struct bytes records, size_t *at, const char *name)
{
    struct cbor_value map, key, value;
    size_t n = 1, in = 0;
    while (!cbor_parse(bytes_sub(records, *at, n), &map)) {
        assert_true(*at + n < records.n);
        n++;
    }
    *at += n;
    assert_int_equal(map.type, CBOR_MAP);
    while (cbor_next(&map, &in, &key) && cbor_next(&map, &in, &value)) {
        if (bytes_is(key.text, name))
            return value;
    }
    fail_msg("a frame has no %s", name);
    return value;
}

static void start(struct bench *b)
{
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":20}", "OK SPAWN");
}

static void heartbeats_are_frames_in_sequence(void **state)
{
    struct bench *b = *state;
    start(b);
    expect_holds(b, 1, "CAT /proc/boot", "telemetry.frame_schema=telemetry-frame/v1");
    pass_ms(b, 3 * COH_WORKERS_HEARTBEAT_MS);
    struct bytes all = get(b, 1, NODE);
    for (size_t at = 0, i = 1; i <= 3; i++) {
        size_t from = at;
        assert_int_equal(field(all, &at, "seq").u, i);
        at = from;
        assert_int_equal(field(all, &at, "emitted_ms").u, i * COH_WORKERS_HEARTBEAT_MS);
        at = from;
        ASSERT_TEXT(field(all, &at, "worker_id").text, "worker-1");
        assert_true(i < 3 || at == all.n);
    }
}

static void the_console_shows_frames_as_base64(void **state)
{
    struct bench *b = *state;
    start(b);
    pass_ms(b, COH_WORKERS_HEARTBEAT_MS);
    expect_holds(b, 1, "CAT " NODE,
                 "\nb64:pmNzZXEBZHJvbGVwd29ya2VyLWhlYXJ0YmVhdGZzY2hlbWFydGVsZW1ldHJ5LWZyYW1lL3Yx");
    expect_holds(b, 1, "CAT /shard/13/worker/worker-1/telemetry", "\nb64:pmNzZXEB");
}

static void only_frames_of_the_worker_are_taken(void **state)
{
    struct bench *b = *state;
    static uint8_t store[RECORD_HEARTBEAT_BYTES];
    struct text mine = text_window(store, sizeof store, 0);
    start(b);
    record_heartbeat(&mine, bytes_str("worker-1"), bytes_str("worker-heartbeat"), 9, 5);
    put(b, 1, NODE, bytes_of(store, mine.n));
    assert_true(bytes_eq(get(b, 1, NODE), bytes_of(store, mine.n)));
    put(b, 1, "/shard/13" NODE, bytes_of(store, mine.n));
    assert_int_equal(get(b, 1, NODE).n, 2 * mine.n);
    expect_refused(b, 1, NODE, bytes_of(store, mine.n - 1), COH_INVALID, "telemetry-frame");
    expect_refused(b, 1, NODE, bytes_str("{\"tick\":1}"), COH_INVALID, "telemetry-frame");
    expect_refused(b, 1, NODE, bytes_str(""), COH_INVALID, "telemetry-frame");
    mine = text_window(store, sizeof store, 0);
    record_heartbeat(&mine, bytes_str("worker-2"), bytes_str("worker-heartbeat"), 9, 5);
    expect_refused(b, 1, NODE, bytes_of(store, mine.n), COH_INVALID, "frame-worker");
    expect_refused(b, 1, NODE, filler(COH_TELEMETRY_RING_BYTES_PER_WORKER), COH_TOO_BIG, NULL);
}

static void a_ring_that_wraps_still_begins_with_a_whole_frame(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    start(b);
    pass_ms(b, 15 * COH_WORKERS_HEARTBEAT_MS);
    struct bytes all = get(b, 1, NODE);
    size_t at = 0, frames = 0;
    uint64_t next = field(all, &at, "seq").u;
    assert_true(next > 1);
    for (frames = 1; at < all.n; frames++)
        assert_int_equal(field(all, &at, "seq").u, ++next);
    assert_int_equal(next, 15);
    p9_queen(b, 2);
    assert_non_null(strstr(p9_cat(b, 2, "worker/worker-1/telemetry.pos", &err), "oldest="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(heartbeats_are_frames_in_sequence, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(the_console_shows_frames_as_base64, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(only_frames_of_the_worker_are_taken, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_ring_that_wraps_still_begins_with_a_whole_frame, bench_setup,
                                        bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
