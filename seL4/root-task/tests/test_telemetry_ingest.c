/* Telemetry ingest: devices that a write creates, segments that the hive names, quotas, eviction, records. */
#include "support/p9_client.h"
#include "support/telemetry.h"

static void nothing_but_a_write_creates_a_device(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS " ROOT, "OK LS path=" ROOT " entries=0\nEND\n");
    expect(b, 1, "LS " ROOT "/cam-1", "OK LS path=" ROOT "/cam-1 entries=0\nEND\n");
    expect(b, 1, "CAT " ROOT "/cam-1/ctl", "OK CAT path=" ROOT "/cam-1/ctl data=\nEND\n");
    expect_holds(b, 1, "CAT " ROOT "/cam-1/latest", "ERR CAT");
    expect_holds(b, 1, "LS " ROOT "/cam-1/seg", "ERR LS");
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/ctl {\"new\":\"file\"}", "ERR ECHO");
    expect(b, 1, "LS " ROOT, "OK LS path=" ROOT " entries=0\nEND\n");
    expect(b, 1, "ECHO " ROOT "/cam-1/ctl " NEW, "OK ECHO path=" ROOT "/cam-1/ctl bytes=37\n");
    expect(b, 1, "LS " ROOT, "OK LS path=" ROOT " entries=1\ncam-1\nEND\n");
    expect(b, 1, "LS " ROOT "/cam-1", "OK LS path=" ROOT "/cam-1 entries=3\nctl\nlatest\nseg\nEND\n");
    expect(b, 1, "LS " ROOT "/cam-1/seg", "OK LS path=" ROOT "/cam-1/seg entries=1\nseg-000001\nEND\n");
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/latest"), "seg-000001\n");
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/ctl"), NEW "\n");
    expect_holds(b, 1, "CAT /log/queen.log", "telemetry new device=cam-1 segment=seg-000001 mime=text/plain");
}

static void a_device_that_is_walked_before_it_exists_is_created_by_the_write(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 1, 0, 5, "queen/telemetry/dev"), 0);
    assert_int_equal(p9_walk(b, 1, 5, 6, "ctl"), 0);
    assert_int_equal(p9_walk(b, 1, 5, 7, "seg"), 2);
    assert_int_equal(p9_clunk(b, 1, 5), 0);
    assert_string_equal(p9_cat(b, 1, "queen/telemetry/dev/ctl", &err), "");
    assert_int_equal(b->h->budget.of[POOL_telemetry_devices].used, 0);
    assert_int_equal(p9_open(b, 1, 6, 1), 0);
    /* Another client is faster: both get segments of the one device. */
    assert_int_equal(p9_echo(b, 2, "queen/telemetry/dev/ctl", NEW "\n"), 0);
    assert_int_equal(p9_write(b, 1, 6, 0, NEW "\n"), 0);
    assert_int_equal(p9_write(b, 1, 6, 0, NEW "\n"), 0);
    assert_int_equal(b->h->budget.of[POOL_telemetry_devices].used, 1);
    assert_string_equal(p9_cat(b, 1, "queen/telemetry/dev/latest", &err), "seg-000003\n");
}

static void device_names_are_a_small_grammar(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    assert_int_equal(walk_to(b, 1, ROOT "/Az09._-"), COH_OK);
    assert_int_equal(walk_to(b, 1, ROOT "/12345678901234567890123456789012"), COH_OK);
    assert_int_equal(walk_to(b, 1, ROOT "/123456789012345678901234567890123"), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/.."), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/."), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/a b"), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/a@"), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/a["), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, ROOT "/\xc3\xa4"), COH_NOT_FOUND);
}

static void only_the_queen_sees_telemetry(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    new_segment(b, "cam-1");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    join(b, 2);
    assert_string_equal(
        attach_with(b, 2, "worker-heartbeat", &(struct mint){.role = ROLE_HEARTBEAT, .subject = "worker-1"}),
        "OK ATTACH role=worker-heartbeat\n");
    assert_int_equal(walk_to(b, 2, ROOT "/cam-1/latest"), COH_PERMISSION);
    assert_int_equal(walk_to(b, 2, ROOT "/other/ctl"), COH_PERMISSION);
}

static void a_ctl_line_is_strict(void **state)
{
    struct bench *b = *state;
    static const char *const bad[] = {
        "",
        "new",
        "{}",
        "{\"new\":\"segment\"}",
        "{\"mime\":\"text/plain\"}",
        "{\"new\":\"file\",\"mime\":\"text/plain\"}",
        "{\"new\":\"segment\",\"mime\":\"text\"}",
        "{\"new\":\"segment\",\"mime\":\"/plain\"}",
        "{\"new\":\"segment\",\"mime\":\"text/\"}",
        "{\"new\":\"segment\",\"mime\":\"a/b/c\"}",
        "{\"new\":\"segment\",\"mime\":\"text/pl ain\"}",
        "{\"new\":\"segment\",\"mime\":7}",
        "{\"new\":\"segment\",\"mime\":\"text/plain\",\"name\":\"mine\"}",
        "{\"new\":\"segment\",\"mime\":\"text/plain\",\"mime\":\"text/plain\"}",
        NEW NEW,
    };
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(b, 1, ROOT "/cam-1/ctl", bytes_str(bad[i]), COH_INVALID, "telemetry-ctl");
    char text[256];
    for (int n = TELEMETRY_MIME_BYTES; n <= (int)TELEMETRY_MIME_BYTES + 1; n++) {
        snprintf(text, sizeof text, "{\"new\":\"segment\",\"mime\":\"text/%0*d\"}", n - 5, 0);
        bool fits = n == TELEMETRY_MIME_BYTES;
        if (fits)
            put(b, 1, ROOT "/cam-1/ctl", bytes_str(text));
        else
            expect_refused(b, 1, ROOT "/cam-1/ctl", bytes_str(text), COH_INVALID, "telemetry-ctl");
    }
}

static void records_are_appended_whole_at_the_end(void **state)
{
    struct bench *b = *state;
    struct ns_why why;
    const char *seg = ROOT "/cam-1/seg/seg-000001";
    join_queen(b, 1);
    new_segment(b, "cam-1");
    expect(b, 1, "ECHO " ROOT "/cam-1/seg/seg-000001 21.5,ok",
           "OK ECHO path=" ROOT "/cam-1/seg/seg-000001 bytes=7\n");
    assert_int_equal(put_at(b, 1, seg, bytes_str("b\n"), 8, &why), COH_OK);
    assert_int_equal(put_at(b, 1, seg, bytes_str("c"), 0, &why), COH_INVALID);
    assert_string_equal(why.detail, "offset");
    assert_int_equal(put_at(b, 1, seg, bytes_str("c"), 11, &why), COH_INVALID);
    assert_int_equal(put_at(b, 1, seg, bytes_str("c"), NS_AT_END, &why), COH_OK);
    expect_refused(b, 1, seg, bytes_str("two\nlines"), COH_INVALID, "one-line");
    expect_refused(b, 1, seg, bytes_str(""), COH_INVALID, "empty-line");
    put(b, 1, seg, filler(RECORD_BYTES));
    expect_refused(b, 1, seg, filler(RECORD_BYTES + 1), COH_TOO_BIG, NULL);
    struct bytes got = get(b, 1, seg);
    assert_int_equal(got.n, 12 + RECORD_BYTES + 1);
    ASSERT_TEXT(bytes_sub(got, 0, 12), "21.5,ok\nb\nc\n");
    expect_lacks(b, 1, "CAT /log/queen.log", "op=write role=queen result=ok path=" ROOT "/cam-1/seg");
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/latest seg-000009", "ERR ECHO");
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/seg/seg-000002 x", "ERR ECHO");
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/seg/mine x", "ERR ECHO");
}

static void a_segment_holds_exactly_its_bytes(void **state)
{
    struct bench *b = *state;
    const char *seg = ROOT "/cam-1/seg/seg-000001";
    join_queen(b, 1);
    new_segment(b, "cam-1");
    fill(b, seg, SEGMENT_BYTES - 10);
    expect_refused(b, 1, seg, filler(10), COH_QUOTA, "segment-full");
    put(b, 1, seg, filler(9));
    expect_refused(b, 1, seg, filler(1), COH_QUOTA, "segment-full");
    assert_int_equal(get(b, 1, seg).n, SEGMENT_BYTES);
    expect_holds(b, 1, "ECHO " ROOT "/cam-1/seg/seg-000001 x", "error=ELIMIT");
    new_segment(b, "cam-1");
    put(b, 1, ROOT "/cam-1/seg/seg-000002", filler(1));
}

static void devices_are_bounded(void **state)
{
    struct bench *b = *state;
    char name[16];
    join_queen(b, 1);
    for (uint32_t i = 0; i < DEVICES; i++) {
        snprintf(name, sizeof name, "dev-%u", i);
        new_segment(b, name);
    }
    expect_refused(b, 1, ROOT "/one-more/ctl", bytes_str(NEW), COH_QUOTA, "devices");
    assert_int_equal(walk_to(b, 1, ROOT "/one-more"), COH_OK);
    expect_holds(b, 1, "LS " ROOT, "entries=32\ndev-0\ndev-1\ndev-10\n");
    new_segment(b, "dev-0");
}

static void the_oldest_segment_is_evicted_for_a_new_one(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        new_segment(b, "cam-1");
    put(b, 1, ROOT "/cam-1/seg/seg-000001", bytes_str("first"));
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 2, 0, 1, "queen/telemetry/cam-1/seg/seg-000001"), 0);
    assert_int_equal(p9_open(b, 2, 1, 2), 0);
    new_segment(b, "cam-1");
    expect(b, 1, "LS " ROOT "/cam-1/seg",
           "OK LS path=" ROOT "/cam-1/seg entries=4\nseg-000002\nseg-000003\nseg-000004\nseg-000005\nEND\n");
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/latest"), "seg-000005\n");
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/seg/seg-000005"), "");
    expect_holds(b, 1, "CAT /log/queen.log", "telemetry evicted device=cam-1 segment=seg-000001 bytes=6 records=1");
    /* Who has the evicted one open reads no other's bytes and writes into no other. */
    struct p9_msg r;
    put(b, 1, ROOT "/cam-1/seg/seg-000005", bytes_str("fifth"));
    assert_int_equal(p9_read(b, 2, 1, 0, 100, &r), 0);
    assert_int_equal(p9_write(b, 2, 1, UINT64_MAX, "late"), 9);
    ASSERT_TEXT(get(b, 1, ROOT "/cam-1/seg/seg-000005"), "fifth\n");
}

static void a_stream_of_an_evicted_segment_ends(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    join_queen(b, 2);
    new_segment(b, "cam-1");
    fill(b, ROOT "/cam-1/seg/seg-000001", SEGMENT_BYTES);
    uint8_t f[64], piece[200];
    size_t n = frame(f, bytes_str("CAT " ROOT "/cam-1/seg/seg-000001"));
    assert_int_equal(hive_input(b->h, 2, bytes_of(f, n), b->now), n);
    assert_true(hive_output(b->h, 2, piece, sizeof piece, b->now) > 0);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        new_segment(b, "cam-1");
    put(b, 1, ROOT "/cam-1/seg/seg-000005", bytes_str("yyyy"));
    hive_output(b->h, 2, piece, 56, b->now); /* the rest of the frame that was cut: 256 in all */
    const char *rest = b->answer;
    size_t got, size = 0;
    while ((got = hive_output(b->h, 2, (uint8_t *)b->answer + size, 4096, b->now)) > 0)
        size += got;
    assert_true(size > 7 && memcmp(rest + size - 3, "END", 3) == 0);
    assert_null(memchr(rest, 'y', size));
}

static void ingest_runs_until_the_hive_is_quiesced(void **state)
{
    struct bench *b = *state;
    const char *seg = ROOT "/cam-1/seg/seg-000001";
    join_queen(b, 1);
    new_segment(b, "cam-1");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    new_segment(b, "cam-1");
    put(b, 1, seg, bytes_str("draining"));
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "OK ECHO");
    expect_refused(b, 1, seg, bytes_str("x"), COH_OFFLINE, "gate-denied");
    expect_refused(b, 1, ROOT "/cam-1/ctl", bytes_str(NEW), COH_OFFLINE, "gate-denied");
    expect_refused(b, 1, ROOT "/new/ctl", bytes_str(NEW), COH_OFFLINE, "gate-denied");
    /* Grammar comes before the gate. */
    expect_refused(b, 1, ROOT "/cam-1/ctl", bytes_str("{}"), COH_INVALID, "telemetry-ctl");
    expect_holds(b, 1, "CAT /log/queen.log",
                 "lifecycle denied action=telemetry state=QUIESCED reason=gate-denied");
    ASSERT_TEXT(get(b, 1, seg), "draining\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl resume", "OK ECHO");
    put(b, 1, seg, bytes_str("online"));
    hive_fault(b->h, "storage-failed", b->now);
    expect_holds(b, 1, "ECHO " ROOT "/d/ctl " NEW, "ERR ECHO reason=cut detail=gate-denied");
    content(b, "/log/queen.log");
    const char *denied = strstr(b->answer, "lifecycle denied action=write state=OFFLINE reason=gate-denied\n");
    assert_non_null(denied);
    assert_null(strstr(b->answer, "action=telemetry state=OFFLINE")); /* one line a refusal */
}

static void what_is_used_stands_in_the_budget(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    new_segment(b, "a");
    new_segment(b, "b");
    new_segment(b, "b");
    expect_holds(b, 1, "CAT /proc/budget", "pool=telemetry_devices used=2 peak=2 cap=32 bytes=2048");
    expect_holds(b, 1, "CAT /proc/budget", "pool=telemetry_segments used=3 peak=3 cap=128");
    expect_holds(b, 1, "CAT /proc/budget", "pool=telemetry_bytes used=3 peak=3 cap=128 bytes=4194304");
}

/* ---- records ---- */

static void expect_line(const char *line, enum coh_status status, const char *detail)
{
    struct ns_why why = {0};
    enum coh_status s = record_line_check(bytes_str(line), &why);
    if (s != status || (why.detail ? !detail || strcmp(why.detail, detail) != 0 : detail != NULL))
        fail_msg("`%s` gives %s %s, want %s", line, status_reason(s), why.detail ? why.detail : "-",
                 detail ? detail : "-");
}

static void what_names_no_schema_of_ours_is_opaque(void **state)
{
    static const char *const opaque[] = {
        "1,2,3",
        "<a b=\"c\"/>",
        "{\"temp\":-1.5e3}",
        "{\"schema\":\"mine/v1\",\"x\":1}",
        "{\"schema\":7,\"x\":\"telemetry-ref/v1\"}",
        "{\"inner\":{\"schema\":\"telemetry-ref/v1\"}}",
        "{\"a\":\"schema\",\"b\":\"telemetry-ref/v1\"}",
        "[\"schema\",\"telemetry-ref/v1\"]",
        "{\"note\":\"\\\"schema\\\":\\\"telemetry-ref/v1\\\"\"}",
        "\"schema\":\"telemetry-ref/v1\"",
        "{\"schema\":\"cohsh-telemetry-push/v2\"}",
        "{\"open",
        "]}]}",
        "{\"\\",
    };
    for (size_t i = 0; i < sizeof opaque / sizeof opaque[0]; i++)
        expect_line(opaque[i], COH_OK, NULL);
}

#define PUSH(rest) "{\"schema\":\"cohsh-telemetry-push/v1\"" rest "}"

static void a_pushers_envelope_holds_its_four_fields(void **state)
{
    expect_line(PUSH(",\"seq\":1,\"mime\":\"text/plain\",\"payload\":\"a\\nb\""), COH_OK, NULL);
    expect_line("{ \"payload\" : \"\", \"mime\":\"\", \"seq\":0, \"schema\" : \"cohsh-telemetry-push/v1\" }",
                COH_OK, NULL);
    expect_line(PUSH(""), COH_INVALID, "push-envelope");
    expect_line(PUSH(",\"seq\":-1,\"mime\":\"text/plain\",\"payload\":\"\""), COH_INVALID, "push-envelope");
    expect_line(PUSH(",\"seq\":1,\"mime\":\"text/plain\",\"payload\":{}"), COH_INVALID, "push-envelope");
    expect_line(PUSH(",\"seq\":1,\"mime\":\"text/plain\",\"payload\":\"\",\"more\":1"), COH_INVALID,
                "push-envelope");
    expect_line(PUSH(",\"seq\":1,\"mime\":\"text/plain\",\"payload\":\"\"") "x", COH_INVALID,
                "push-envelope");
}

static void a_reference_manifest_must_add_up(void **state)
{
    expect_line(REF("10", CHUNK("0", "4") "," CHUNK("1", "6")), COH_OK, NULL);
    expect_line(REF("18446744073709551615", CHUNK("0", "18446744073709551615")), COH_OK, NULL);
    expect_line(REF("10", CHUNK("0", "4") "," CHUNK("1", "5")), COH_INVALID, "ref-bytes");
    expect_line(REF("10", CHUNK("0", "4") "," CHUNK("1", "7")), COH_INVALID, "ref-chunk");
    expect_line(REF("10", CHUNK("0", "4") "," CHUNK("0", "6")), COH_INVALID, "ref-chunk");
    expect_line(REF("10", CHUNK("1", "4") "," CHUNK("0", "6")), COH_INVALID, "ref-chunk");
    expect_line(REF("10", CHUNK("0", "10") "," CHUNK("1", "0")), COH_INVALID, "ref-chunk");
    expect_line(REF("10", CHUNK("0", "18446744073709551615") "," CHUNK("1", "11")), COH_INVALID, "ref-chunk");
    expect_line(REF("10", "7"), COH_INVALID, "ref-chunk");
    expect_line(REF("0", ""), COH_INVALID, "ref-bytes");
    expect_line(REF("10", "{\"i\":0,\"bytes\":10,\"sha256\":\"00\",\"uri\":\"x\"}"), COH_INVALID,
                "ref-chunk");
    expect_line(REF("10", "{\"i\":0,\"bytes\":10,\"sha256\":\"" SHA "\",\"uri\":\"\"}"), COH_INVALID,
                "ref-chunk");
    expect_line(REF("10", "{\"i\":0,\"bytes\":10,\"sha256\":\"" SHA "\"}"), COH_INVALID, "ref-chunk");
}

static void a_broken_reference_manifest_does_not_pass_as_text(void **state)
{
    expect_line("{\"schema\":\"telemetry-ref/v1\"}", COH_INVALID, "ref-manifest");
    expect_line("{\"schema\" : \"telemetry-ref/v1\", \"bytes\":-1}", COH_INVALID, "ref-manifest");
    expect_line("{\"bytes\":[1,{\"a\":2}],\"schema\":\"telemetry-ref/v1\"", COH_INVALID, "ref-manifest");
    expect_line(REF("10", CHUNK("0", "10")) "}", COH_INVALID, "ref-manifest");
    expect_line("{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":\"\",\"bytes\":1,\"sha256\":\"" SHA
                "\",\"chunks\":[" CHUNK("0", "1") "]}",
                COH_INVALID, "ref-manifest");
    expect_line("{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":\"x\",\"bytes\":1,\"sha256\":\"" SHA
                "00\",\"chunks\":[" CHUNK("0", "1") "]}",
                COH_INVALID, "ref-manifest");
}

/* A manifest of n chunks of one byte, whose uris are uri_n characters. */
static struct bytes manifest(uint32_t n, size_t uri_n)
{
    static char text[65536];
    size_t at = (size_t)snprintf(
        text, sizeof text,
        "{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":\"x\",\"bytes\":%u,\"sha256\":\"" SHA
        "\",\"chunks\":[",
        n);
    for (uint32_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s{\"i\":%u,\"bytes\":1,\"sha256\":\"" SHA "\",\"uri\":\"%0*d\"}",
                               i ? "," : "", i, (int)uri_n, 0);
    at += (size_t)snprintf(text + at, sizeof text - at, "]}");
    assert_true(at < sizeof text);
    return bytes_of(text, at);
}

static void reference_manifests_have_limits_of_their_own(void **state)
{
    struct bench *b = *state;
    struct ns_why why = {0};
    const char *seg = ROOT "/cam-1/seg/seg-000001";
    join_queen(b, 1);
    new_segment(b, "cam-1");
    struct bytes m = manifest(40, 4);
    assert_true(m.n > RECORD_BYTES && m.n < COH_TELEMETRY_INGEST_MAX_REF_MANIFEST_BYTES);
    put(b, 1, seg, m);
    assert_int_equal(get(b, 1, seg).n, m.n + 1);
    m = manifest(COH_TELEMETRY_INGEST_MAX_REFS_PER_MANIFEST, 1);
    assert_int_equal(record_line_check(m, &why),
                     m.n <= COH_TELEMETRY_INGEST_MAX_REF_MANIFEST_BYTES ? COH_OK : COH_TOO_BIG);
    m = manifest(2, COH_TELEMETRY_INGEST_MAX_REF_MANIFEST_BYTES);
    expect_refused(b, 1, seg, m, COH_TOO_BIG, NULL);
}

/* ---- frames ---- */

static uint8_t frame_store[256];

static struct bytes beat(const char *worker, const char *role)
{
    struct text t = text_window(frame_store, sizeof frame_store, 0);
    record_heartbeat(&t, bytes_str(worker), bytes_str(role), 42, 1000);
    assert_int_equal(t.n, t.total);
    return bytes_of(frame_store, t.n);
}

static enum coh_status frame_check(struct bytes record)
{
    struct ns_why why = {0};
    return record_frame_check(record, bytes_str("worker-1"), bytes_str("worker-heartbeat"), &why);
}

static void a_heartbeat_is_a_canonical_frame(void **state)
{
    struct bytes got = beat("worker-1", "worker-heartbeat");
    assert_true(
        bytes_eq(got, LIT("\xa6\x63seq\x18\x2a\x64role\x70worker-heartbeat\x66schema\x72telemetry-frame/v1"
                          "\x67payload\xa2\x64tick\x18\x2a\x65ts_ms\x19\x03\xe8"
                          "\x69worker_id\x68worker-1\x6a"
                          "emitted_ms\x19\x03\xe8")));
    assert_int_equal(frame_check(got), COH_OK);
}

/* A frame whose field i has this value, encoded, in place of a right one. */
static enum coh_status frame_with(size_t i, struct bytes value)
{
    const struct bytes right[][2] = {{LIT("\x63seq"), LIT("\x07")},
                                     {LIT("\x64role"), LIT("\x70worker-heartbeat")},
                                     {LIT("\x66schema"), LIT("\x72telemetry-frame/v1")},
                                     {LIT("\x67payload"), LIT("\xa1\x01\x02")},
                                     {LIT("\x69worker_id"), LIT("\x68worker-1")},
                                     {LIT("\x6a"
                                          "emitted_ms"),
                                      LIT("\x08")}};
    struct text t = text_window(frame_store, sizeof frame_store, 0);
    text_put(&t, LIT("\xa6"));
    for (size_t k = 0; k < 6; k++)
        text_say(&t, right[k][0], k == i ? value : right[k][1]);
    return frame_check(bytes_of(frame_store, t.n));
}

static void frames_of_others_and_other_maps_are_refused(void **state)
{
    assert_int_equal(frame_check(beat("worker-2", "worker-heartbeat")), COH_INVALID);
    assert_int_equal(frame_check(beat("worker-1", "worker-gpu")), COH_INVALID);
    struct bytes good = beat("worker-1", "worker-heartbeat");
    for (size_t i = 0; i < good.n; i++)
        assert_int_equal(frame_check(bytes_sub(good, 0, i)), COH_INVALID);
    assert_int_equal(frame_with(0, LIT("\x18\x63")), COH_OK);
    assert_int_equal(frame_with(3, LIT("\xa0")), COH_OK);
    assert_int_equal(frame_with(0, LIT("\x20")), COH_INVALID);
    assert_int_equal(frame_with(0, LIT("\x18\x07")), COH_INVALID);
    assert_int_equal(frame_with(1, LIT("\x50worker-heartbeat")), COH_INVALID);
    assert_int_equal(frame_with(2, LIT("\x72telemetry-frame/v2")), COH_INVALID);
    assert_int_equal(frame_with(3, LIT("\x80")), COH_INVALID);
    assert_int_equal(frame_with(3, LIT("\xa2\x02\x00\x01\x00")), COH_INVALID);
    assert_int_equal(frame_with(4, LIT("\x01")), COH_INVALID);
    assert_int_equal(frame_with(5, LIT("\x61"
                                       "8")),
                     COH_INVALID);
    assert_int_equal(frame_check(filler(RECORD_BYTES + 1)), COH_TOO_BIG);
    assert_int_equal(frame_check(LIT("\xa0")), COH_INVALID);
    assert_int_equal(frame_check(LIT("\x86\x00\x00\x00\x00\x00\x00")), COH_INVALID);
}

#define HIVE(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HIVE(nothing_but_a_write_creates_a_device),
        HIVE(a_device_that_is_walked_before_it_exists_is_created_by_the_write),
        HIVE(device_names_are_a_small_grammar),
        HIVE(only_the_queen_sees_telemetry),
        HIVE(a_ctl_line_is_strict),
        HIVE(records_are_appended_whole_at_the_end),
        HIVE(a_segment_holds_exactly_its_bytes),
        HIVE(devices_are_bounded),
        HIVE(the_oldest_segment_is_evicted_for_a_new_one),
        HIVE(a_stream_of_an_evicted_segment_ends),
        HIVE(ingest_runs_until_the_hive_is_quiesced),
        HIVE(what_is_used_stands_in_the_budget),
        cmocka_unit_test(what_names_no_schema_of_ours_is_opaque),
        cmocka_unit_test(a_pushers_envelope_holds_its_four_fields),
        cmocka_unit_test(a_reference_manifest_must_add_up),
        cmocka_unit_test(a_broken_reference_manifest_does_not_pass_as_text),
        HIVE(reference_manifests_have_limits_of_their_own),
        cmocka_unit_test(a_heartbeat_is_a_canonical_frame),
        cmocka_unit_test(frames_of_others_and_other_maps_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
