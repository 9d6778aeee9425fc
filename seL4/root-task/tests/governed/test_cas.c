/* /updates with the bundles that cas-tool signed: manifests, chunks, resumption, every refusal. */
#include "support/cas.h"
#include "support/files.h"
#include "support/p9_client.h"

#define CHUNK 128u

/* A bundle of the fixtures, its chunks in the order of the list. */
struct bundle {
    struct file manifest;
    uint32_t chunks;
    struct {
        char path[128];
        uint8_t bytes[CHUNK];
    } chunk[8];
};

static struct bundle load(const char *name, const char *epoch)
{
    struct bundle u = {.manifest = read_manifest(name)};
    struct cas_manifest m;
    assert_int_equal(cas_manifest_parse(file_bytes(&u.manifest), &m), CAS_WHOLE);
    u.chunks = m.chunks;
    for (uint32_t i = 0; i < m.chunks; i++) {
        char hex[HEX_BYTES], path[256];
        hex_name(cas_manifest_chunk(&m, i), hex);
        snprintf(u.chunk[i].path, sizeof u.chunk[i].path, "/updates/%s/chunks/%s", epoch, hex);
        snprintf(path, sizeof path, "cas/%s/chunks/%s", name, hex);
        struct file f = read_file(path);
        assert_int_equal(f.n, CHUNK);
        memcpy(u.chunk[i].bytes, f.bytes, CHUNK);
    }
    return u;
}

static struct bytes chunk_bytes(const struct bundle *u, uint32_t i) { return bytes_of(u->chunk[i].bytes, CHUNK); }

static const char *at(const char *epoch, const char *name)
{
    static char path[4][64];
    static unsigned turn;
    char *p = path[turn++ % 4];
    snprintf(p, 64, "/updates/%s/%s", epoch, name);
    return p;
}

static void put_manifest(struct bench *b, const char *name, const char *epoch)
{
    struct file f = read_manifest(name);
    put(b, 1, at(epoch, "manifest.cbor"), file_bytes(&f));
}

/* All of it; chunks that are there already are left alone. */
static void install(struct bench *b, const char *name, const char *epoch)
{
    struct bundle u = load(name, epoch);
    put_manifest(b, name, epoch);
    for (uint32_t i = 0; i < u.chunks; i++) {
        if (get(b, 1, u.chunk[i].path).n == 0)
            put(b, 1, u.chunk[i].path, chunk_bytes(&u, i));
    }
}

static void expect_status(struct bench *b, const char *epoch, const char *text) { expect_file(b, at(epoch, "status"), text); }

static void expect_log(struct bench *b, const char *text)
{
    content(b, "/log/queen.log");
    if (!strstr(b->answer, text))
        fail_msg("the log lacks `%s`: %s", text, b->answer);
}

static int queen(void **state)
{
    bench_setup(state);
    join_queen(*state, 1);
    return 0;
}

/* ---- names ---- */

static void looking_at_an_epoch_creates_nothing(void **state)
{
    struct bench *b = *state;
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=0\nEND\n");
    expect(b, 1, "LS /updates/1", "OK LS path=/updates/1 entries=0\nEND\n");
    expect(b, 1, "LS /updates/99999999999999999999", "OK LS path=/updates/99999999999999999999 entries=0\nEND\n");
    expect(b, 1, "CAT /updates/1/manifest.cbor", "OK CAT path=/updates/1/manifest.cbor data=b64:\nEND\n");
    expect_holds(b, 1, "CAT /updates/1/status", "error=invalid path");
    expect_holds(b, 1, "LS /updates/1/chunks", "error=invalid path");
    expect_holds(b, 1, "LS /updates/01", "error=invalid path");
    expect_holds(b, 1, "LS /updates/1a", "error=invalid path");
    expect_holds(b, 1, "LS /updates/100000000000000000000", "error=invalid path");
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=0\nEND\n");
}

static void updates_are_the_queens_alone(void **state)
{
    struct bench *b = *state;
    put_manifest(b, "bundle-1", "1");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":100,\"budget\":{\"ttl_s\":120,\"ops\":500}}", "OK SPAWN");
    join(b, 2);
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    assert_non_null(strstr(attach_with(b, 2, "worker-heartbeat", &m), "OK ATTACH"));
    expect_lacks(b, 2, "LS /", "updates");
    expect_holds(b, 2, "LS /updates", "error=EPERM");
    assert_int_equal(walk_to(b, 2, "/updates/1/status"), COH_PERMISSION);
    assert_int_equal(walk_to(b, 2, "/updates/1/manifest.cbor"), COH_PERMISSION);
}

/* ---- an upload ---- */

#define BEGIN_1 "epoch=1 state=receiving manifest_bytes="
static void an_epoch_is_received_and_tells_what_is_missing(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put(b, 1, "/updates/1/manifest.cbor", bytes_sub(file_bytes(&u.manifest), 0, 100));
    expect_status(b, "1", BEGIN_1 "100 manifest=partial chunks=0 total=0 payload_bytes=0 quarantined=0\n");
    expect(b, 1, "LS /updates/1/chunks", "OK LS path=/updates/1/chunks entries=0\nEND\n");
    put(b, 1, "/updates/1/manifest.cbor", bytes_sub(file_bytes(&u.manifest), 100, 4096));
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=0 total=8 payload_bytes=1000 quarantined=0\nmissing=0-7\n");
    expect_log(b, "cas manifest epoch=1 chunks=8 missing=8\n");
    expect(b, 1, "LS /updates/1", "OK LS path=/updates/1 entries=3\nchunks\nmanifest.cbor\nstatus\nEND\n");
    expect_holds(b, 1, "LS /updates/1/chunks", "entries=8\n");
    put(b, 1, u.chunk[0].path, chunk_bytes(&u, 0));
    put(b, 1, u.chunk[3].path, chunk_bytes(&u, 3));
    put(b, 1, u.chunk[4].path, bytes_of(u.chunk[4].bytes, 127));
    expect_status(b, "1",
                  BEGIN_1 "406 manifest=complete chunks=2 total=8 payload_bytes=1000 quarantined=0\nmissing=1-2\nmissing=4-7\n");
    put(b, 1, u.chunk[4].path, bytes_of(u.chunk[4].bytes + 127, 1));
    for (uint32_t i = 7; i > 0; i--) {
        if (i != 3 && i != 4)
            put(b, 1, u.chunk[i].path, chunk_bytes(&u, i));
    }
    expect_status(b, "1", "epoch=1 state=ready manifest_bytes=406 manifest=complete chunks=8 total=8 payload_bytes=1000 "
                          "quarantined=0\n");
    expect_log(b, "cas ready epoch=1 chunks=8 payload_bytes=1000\n");
}

static void what_was_sent_is_read_back_and_stays(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    struct file payload = read_file("cas/payload.bin");
    install(b, "bundle-1", "1");
    assert_true(bytes_eq(get(b, 1, "/updates/1/manifest.cbor"), file_bytes(&u.manifest)));
    expect_refused(b, 1, "/updates/1/manifest.cbor", LIT("x"), COH_PERMISSION, "complete");
    for (uint32_t i = 0; i < u.chunks; i++) {
        struct bytes got = get(b, 1, u.chunk[i].path);
        assert_int_equal(got.n, CHUNK);
        struct bytes part = bytes_sub(file_bytes(&payload), i * CHUNK, CHUNK);
        assert_memory_equal(got.p, part.p, part.n);
        expect_refused(b, 1, u.chunk[i].path, LIT("x"), COH_PERMISSION, "complete");
    }
    expect_holds(b, 1, "ECHO /updates/1/status x", "error=EPERM");
    expect_status(b, "1", "epoch=1 state=ready manifest_bytes=406 manifest=complete chunks=8 total=8 payload_bytes=1000 "
                          "quarantined=0\n");
}

static void again(struct bench *b)
{
    leave(b, 1);
    join_queen(b, 1);
}

/* The uploader dies after each write; the next one learns from sizes and status where to go on. */
static void an_upload_goes_on_wherever_it_was_cut(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    for (size_t n = 0; n < u.manifest.n;) {
        size_t size = n ? get(b, 1, "/updates/1/manifest.cbor").n : 0;
        assert_int_equal(size, n);
        struct bytes more = bytes_sub(file_bytes(&u.manifest), n, 29);
        put(b, 1, "/updates/1/manifest.cbor", more);
        n += more.n;
        again(b);
        if (n < u.manifest.n)
            assert_true(bytes_eq(get(b, 1, "/updates/1/manifest.cbor"), bytes_of(u.manifest.bytes, n)));
    }
    for (uint32_t i = 0; i < u.chunks; i++) {
        for (size_t cut = 0; cut < CHUNK; cut += 32) {
            char want[200];
            assert_int_equal(get(b, 1, u.chunk[i].path).n, cut);
            snprintf(want, sizeof want, BEGIN_1 "406 manifest=complete chunks=%u total=8 payload_bytes=1000 quarantined=0\nmissing=%u-7\n", i, i);
            expect_status(b, "1", want);
            put(b, 1, u.chunk[i].path, bytes_of(u.chunk[i].bytes + cut, 32));
            again(b);
        }
    }
    expect_holds(b, 1, "CAT /updates/1/status", "state=ready");
}

static void offsets_are_the_size_or_the_end(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    struct ns_why why;
    const char *manifest = "/updates/1/manifest.cbor";
    assert_int_equal(put_at(b, 1, manifest, bytes_of(u.manifest.bytes, 10), 1, &why), COH_INVALID);
    assert_string_equal(why.detail, "offset");
    assert_int_equal(walk_to(b, 1, "/updates/1/status"), COH_NOT_FOUND);
    assert_int_equal(put_at(b, 1, manifest, bytes_of(u.manifest.bytes, 10), 0, &why), COH_OK);
    assert_int_equal(put_at(b, 1, manifest, bytes_of(u.manifest.bytes, 10), 0, &why), COH_INVALID);
    assert_int_equal(get(b, 1, manifest).n, 10); /* and nothing was dropped */
    assert_int_equal(put_at(b, 1, manifest, bytes_sub(file_bytes(&u.manifest), 10, 4096), 10, &why), COH_OK);
    assert_int_equal(put_at(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes, 60), 0, &why), COH_OK);
    assert_int_equal(put_at(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes, 60), 0, &why), COH_INVALID);
    assert_int_equal(put_at(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes + 60, 68), 60, &why), COH_OK);
}

static void any_byte_may_be_in_a_chunk_over_the_console_too(void **state)
{
    struct bench *b = *state;
    put_manifest(b, "bundle-1", "1");
    struct bundle u = load("bundle-1", "1");
    char line[256];
    snprintf(line, sizeof line, "ECHO %s b64:AAECCg0=", u.chunk[2].path);
    expect_holds(b, 1, line, "OK ECHO");
    assert_true(bytes_eq(get(b, 1, u.chunk[2].path), LIT("\0\1\2\n\r")));
    snprintf(line, sizeof line, "ECHO %s b64:AAECCg0", u.chunk[2].path);
    expect_holds(b, 1, line, "detail=base64");
    assert_int_equal(get(b, 1, u.chunk[2].path).n, 5);
}

/* ---- refusals ---- */

static void every_byte_of_a_manifest_counts(void **state)
{
    struct bench *b = *state;
    struct file f = read_manifest("bundle-1");
    for (size_t i = 0; i < f.n; i++) {
        for (unsigned bit = 0; bit < 8; bit += 7) {
            struct file bad = f;
            struct ns_why why;
            bad.bytes[i] ^= (uint8_t)(1u << bit);
            enum coh_status s = put_at(b, 1, "/updates/1/manifest.cbor", file_bytes(&bad), NS_AT_END, &why);
            if (s == COH_OK) { /* it could still have become one: what follows shows */
                struct bytes rest = LIT("........................................................................................"
                                        "........................................................................................");
                s = put_at(b, 1, "/updates/1/manifest.cbor", rest, NS_AT_END, &why);
                assert_int_equal(get(b, 1, "/updates/1/manifest.cbor").n, 0);
            }
            assert_int_equal(s, COH_INVALID);
        }
    }
    assert_int_equal(b->h->budget.of[POOL_cas_chunks].used, 0);
    assert_int_equal(b->h->cas.stager, 0);
}

static void a_refused_manifest_is_dropped_with_all_that_was_staged(void **state)
{
    struct bench *b = *state;
    struct file f = read_manifest("bundle-1");
    put(b, 1, "/updates/1/manifest.cbor", bytes_of(f.bytes, 200));
    expect_refused(b, 1, "/updates/1/manifest.cbor", LIT("no more of it"), COH_INVALID, "invalid-manifest");
    expect_status(b, "1", "epoch=1 state=quarantined manifest_bytes=0 manifest=partial chunks=0 total=0 payload_bytes=0 "
                          "quarantined=1\n");
    expect_log(b, "cas quarantined epoch=1 what=manifest reason=invalid-manifest\n");
    f.bytes[f.n - 1] ^= 1;
    put(b, 1, "/updates/1/manifest.cbor", bytes_of(f.bytes, 200));
    expect_status(b, "1", BEGIN_1 "200 manifest=partial chunks=0 total=0 payload_bytes=0 quarantined=1\n");
    expect_refused(b, 1, "/updates/1/manifest.cbor", bytes_sub(file_bytes(&f), 200, 4096), COH_INVALID, "bad-signature");
    expect_log(b, "cas quarantined epoch=1 what=manifest reason=bad-signature\n");
    f.bytes[f.n - 1] ^= 1;
    put(b, 1, "/updates/1/manifest.cbor", file_bytes(&f));
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=0 total=8 payload_bytes=1000 quarantined=2\nmissing=0-7\n");
}

static void a_manifest_that_is_refused_at_once_leaves_no_epoch(void **state)
{
    struct bench *b = *state;
    struct file f = read_manifest("bundle-1");
    struct cas_manifest m;
    expect_refused(b, 1, "/updates/2/manifest.cbor", file_bytes(&f), COH_INVALID, "epoch-mismatch");
    expect_log(b, "cas quarantined epoch=2 what=manifest reason=epoch-mismatch\n");
    assert_int_equal(cas_manifest_parse(file_bytes(&f), &m), CAS_WHOLE);
    f.bytes[m.signature_at] = 0xf6;
    expect_refused(b, 1, "/updates/1/manifest.cbor", bytes_of(f.bytes, m.signature_at + 1), COH_INVALID, "unsigned");
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=0\nEND\n");
    expect_holds(b, 1, "ECHO /updates/1/manifest.cbor hello",
                 "ERR ECHO reason=policy detail=invalid-manifest path=/updates/1/manifest.cbor error=");
}

static void a_chunk_with_a_wrong_hash_is_dropped_and_counted(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put_manifest(b, "bundle-1", "1");
    put(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes, 100));
    expect_refused(b, 1, u.chunk[0].path, bytes_of(u.chunk[1].bytes, 28), COH_INVALID, "hash-mismatch");
    assert_int_equal(get(b, 1, u.chunk[0].path).n, 0);
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=0 total=8 payload_bytes=1000 quarantined=1\nmissing=0-7\n");
    expect_log(b, "cas quarantined epoch=1 what=chunk reason=hash-mismatch\n");
    expect_refused(b, 1, u.chunk[0].path, chunk_bytes(&u, 1), COH_INVALID, "hash-mismatch");
    put(b, 1, u.chunk[0].path, chunk_bytes(&u, 0));
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=1 total=8 payload_bytes=1000 quarantined=2\nmissing=1-7\n");
}

static void a_piece_beyond_the_chunk_is_too_big_and_changes_nothing(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put_manifest(b, "bundle-1", "1");
    put(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes, 100));
    expect_refused(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes, 29), COH_TOO_BIG, NULL);
    assert_int_equal(get(b, 1, u.chunk[0].path).n, 100);
    put(b, 1, u.chunk[0].path, bytes_of(u.chunk[0].bytes + 100, 28));
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=1 total=8 payload_bytes=1000 quarantined=0\nmissing=1-7\n");
}

static void chunks_exist_only_where_a_whole_manifest_names_them(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1"), other = load("bundle-2", "1");
    assert_int_equal(walk_to(b, 1, u.chunk[0].path), COH_NOT_FOUND);
    put(b, 1, "/updates/1/manifest.cbor", bytes_of(u.manifest.bytes, 405));
    assert_int_equal(walk_to(b, 1, u.chunk[0].path), COH_NOT_FOUND);
    put(b, 1, "/updates/1/manifest.cbor", bytes_of(u.manifest.bytes + 405, 1));
    assert_int_equal(walk_to(b, 1, u.chunk[0].path), COH_OK);
    assert_int_equal(walk_to(b, 1, other.chunk[2].path), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, "/updates/1/chunks/00"), COH_NOT_FOUND);
}

static void an_empty_write_changes_nothing(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put(b, 1, "/updates/1/manifest.cbor", file_bytes(&u.manifest));
    put(b, 1, u.chunk[0].path, bytes_of(NULL, 0));
    put(b, 1, "/updates/2/manifest.cbor", bytes_of(NULL, 0));
    expect_status(b, "2", "epoch=2 state=receiving manifest_bytes=0 manifest=partial chunks=0 total=0 payload_bytes=0 quarantined=0\n");
    expect_status(b, "1", BEGIN_1 "406 manifest=complete chunks=0 total=8 payload_bytes=1000 quarantined=0\nmissing=0-7\n");
}

static void one_manifest_is_staged_at_a_time(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put(b, 1, "/updates/1/manifest.cbor", bytes_of(u.manifest.bytes, 50));
    expect_refused(b, 1, "/updates/2/manifest.cbor", LIT("\x88"), COH_BUSY, "staging");
    assert_int_equal(get(b, 1, "/updates/1/manifest.cbor").n, 50);
    put(b, 1, "/updates/1/manifest.cbor", bytes_sub(file_bytes(&u.manifest), 50, 4096));
    put(b, 1, "/updates/2/manifest.cbor", LIT("\x88"));
    put(b, 1, u.chunk[0].path, chunk_bytes(&u, 0)); /* chunks of others go on */
}

/* ---- deltas and order ---- */

static void a_delta_needs_its_base_and_brings_only_what_is_new(void **state)
{
    struct bench *b = *state;
    struct file f = read_manifest("bundle-2");
    expect_refused(b, 1, "/updates/2/manifest.cbor", file_bytes(&f), COH_INVALID, "base-not-ready");
    put_manifest(b, "bundle-1", "1");
    expect_refused(b, 1, "/updates/2/manifest.cbor", file_bytes(&f), COH_INVALID, "base-not-ready");
    struct bundle u = load("bundle-1", "1"), d = load("bundle-2", "2");
    for (uint32_t i = 0; i < u.chunks; i++)
        put(b, 1, u.chunk[i].path, chunk_bytes(&u, i));
    put(b, 1, "/updates/2/manifest.cbor", file_bytes(&f));
    expect_status(b, "2", "epoch=2 state=receiving manifest_bytes=272 manifest=complete chunks=2 total=3 payload_bytes=344 "
                          "quarantined=0\nmissing=2-2\n");
    expect_holds(b, 1, "LS /updates/2/chunks", "entries=2\n"); /* the same one twice, and another */
    put(b, 1, d.chunk[2].path, chunk_bytes(&d, 2));
    expect_status(b, "2", "epoch=2 state=ready manifest_bytes=272 manifest=complete chunks=3 total=3 payload_bytes=344 "
                          "quarantined=0\n");
    assert_true(bytes_eq(get(b, 1, "/updates/2/manifest.cbor"), file_bytes(&f)));
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=2\n1\n2\nEND\n");
    assert_int_equal(b->h->budget.of[POOL_cas_chunks].used, 9);
}

static void only_a_signed_word_leads_back_from_the_newest_epoch(void **state)
{
    struct bench *b = *state;
    struct file back = read_manifest("bundle-0-back");
    install(b, "bundle-1", "1");
    install(b, "bundle-2", "2");
    expect_refused(b, 1, "/updates/0/manifest.cbor", file_bytes(&back), COH_PERMISSION, "downgrade"); /* its base is epoch 1 */
    expect_log(b, "cas quarantined epoch=0 what=manifest reason=downgrade\n");
}

static void a_signed_word_leads_back(void **state)
{
    struct bench *b = *state;
    install(b, "bundle-1", "1");
    install(b, "bundle-0-back", "0");
    expect_status(b, "0", "epoch=0 state=ready manifest_bytes=272 manifest=complete chunks=3 total=3 payload_bytes=300 "
                          "quarantined=0\n");
}

/* ---- Secure9P ---- */

static uint32_t p9_put(struct bench *b, uint32_t fid, uint64_t offset, struct bytes data)
{
    struct p9_msg t = {.type = P9_TWRITE, .tag = 5, .fid = fid};
    t.u.write.offset = offset;
    t.u.write.data = data;
    return p9_try(b, 2, &t);
}

static void an_open_file_follows_its_epoch_over_secure9p(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    struct p9_msg r;
    uint32_t err;
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 2, 0, 1, "updates/1/manifest.cbor"), 0);
    assert_int_equal(p9_open(b, 2, 1, 2), 0);
    assert_int_equal(p9_put(b, 1, 0, bytes_of(u.manifest.bytes, 200)), 0);
    assert_int_equal(p9_put(b, 1, 100, bytes_of(u.manifest.bytes, 200)), 22);
    assert_int_equal(p9_read(b, 2, 1, 0, 4096, &r), 200);
    assert_int_equal(p9_put(b, 1, 200, bytes_sub(file_bytes(&u.manifest), 200, 4096)), 0);
    assert_int_equal(p9_put(b, 1, 406, LIT("x")), 1);
    assert_int_equal(p9_walk(b, 2, 0, 2, u.chunk[0].path + 1), 0);
    assert_int_equal(p9_open(b, 2, 2, 2), 0);
    assert_int_equal(p9_put(b, 2, 0, bytes_of(u.manifest.bytes, 129)), 90);
    assert_int_equal(p9_put(b, 2, 0, bytes_of(u.manifest.bytes, 128)), 22);
    assert_int_equal(p9_put(b, 2, 0, chunk_bytes(&u, 0)), 0);
    assert_int_equal(p9_put(b, 2, 128, LIT("x")), 1);
    assert_non_null(p9_cat(b, 2, "updates/1/status", &err));
    assert_non_null(strstr(b->answer, "chunks=1 total=8"));
}

static void the_status_has_a_cbor_twin(void **state)
{
    struct bench *b = *state;
    struct bundle u = load("bundle-1", "1");
    put_manifest(b, "bundle-1", "1");
    put(b, 1, u.chunk[2].path, chunk_bytes(&u, 2));
    struct bytes got = content(b, "/updates/1/status.cbor");
    struct cbor_value v;
    assert_true(cbor_parse(got, &v));
    assert_true(bytes_eq(got, LIT("\xa9\x65" "epoch\x61" "1\x65state\x69receiving\x65total\x08\x66" "chunks\x01\x67missing\x82\x82\x00\x01"
                                  "\x82\x03\x07\x68manifest\x68" "complete\x6bquarantined\x00\x6dpayload_bytes\x19\x03\xe8"
                                  "\x6emanifest_bytes\x19\x01\x96")));
    expect_holds(b, 1, "CAT /updates/1/manifest.cbor.cbor", "error=invalid path");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queen, bench_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(looking_at_an_epoch_creates_nothing),
        TEST(updates_are_the_queens_alone),
        TEST(an_epoch_is_received_and_tells_what_is_missing),
        TEST(what_was_sent_is_read_back_and_stays),
        TEST(an_upload_goes_on_wherever_it_was_cut),
        TEST(offsets_are_the_size_or_the_end),
        TEST(any_byte_may_be_in_a_chunk_over_the_console_too),
        TEST(every_byte_of_a_manifest_counts),
        TEST(a_refused_manifest_is_dropped_with_all_that_was_staged),
        TEST(a_manifest_that_is_refused_at_once_leaves_no_epoch),
        TEST(a_chunk_with_a_wrong_hash_is_dropped_and_counted),
        TEST(a_piece_beyond_the_chunk_is_too_big_and_changes_nothing),
        TEST(chunks_exist_only_where_a_whole_manifest_names_them),
        TEST(an_empty_write_changes_nothing),
        TEST(one_manifest_is_staged_at_a_time),
        TEST(a_delta_needs_its_base_and_brings_only_what_is_new),
        TEST(only_a_signed_word_leads_back_from_the_newest_epoch),
        TEST(a_signed_word_leads_back),
        TEST(an_open_file_follows_its_epoch_over_secure9p),
        TEST(the_status_has_a_cbor_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
