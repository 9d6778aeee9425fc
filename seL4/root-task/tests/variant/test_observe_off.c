/* Observability that the manifest leaves out: no such file, no such twin, no watch that wakes the hive; and no shards. */
#include "support/client.h"

static void what_is_off_is_not_there(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS /proc/ingest",
           "OK LS path=/proc/ingest entries=4\nbackpressure\ndropped\np95_ms\nqueued\nEND\n");
    expect_holds(b, 1, "CAT /proc/ingest/p50_ms", "detail=invalid-path");
    expect_holds(b, 1, "CAT /proc/ingest/p50_ms.cbor", "detail=invalid-path");
    expect_holds(b, 1, "CAT /proc/ingest/watch", "detail=invalid-path");
    expect_holds(b, 1, "CAT /proc/ingest/p95_ms.cbor", "detail=invalid-path");
    expect_holds(b, 1, "CAT /proc/ingest/p95_ms", "OK CAT");
    assert_int_equal(b->h->ingest.ui_reads, 0);
    expect_holds(b, 1, "CAT /proc/ingest/backpressure.cbor", "OK CAT");
    assert_int_equal(b->h->ingest.ui_reads, 1);
    leave(b, 1);
    assert_int_equal(ingest_nodes.tick(b->h), UINT64_MAX);
}

static void without_shards_sessions_stand_in_none(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    expect_file(b, "/proc/9p/sessions", "sessions total=2 worker=1 shard_bits=0 shard_count=0\n");
    assert_true(bytes_eq(content(b, "/proc/9p/sessions.cbor"),
                         LIT("\xa5\x65total\x02\x66shards\xa0\x66worker\x01\x6ashard_bits\x00\x6bshard_count\x00")));
    expect_lacks(b, 1, "LS /", "shard");
    expect_holds(b, 2, "CAT /worker/worker-1/trace", "OK CAT");
    leave(b, 1);
    leave(b, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_off_is_not_there, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(without_shards_sessions_stand_in_none, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
