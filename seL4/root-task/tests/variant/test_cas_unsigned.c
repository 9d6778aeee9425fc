/* /updates where signatures are not required: bundles of the test's own, and what the store does when it is full. */
#include "support/cas.h"
#include "support/cbor.h"
#include "support/files.h"

#define CHUNK COH_CAS_STORE_CHUNK_BYTES
#define MANY 200u

/* A bundle that is made here: chunk i is filled with the 16 bits fill[i]; the last one is padded by `pad` bytes. */
struct made {
    const char *epoch;
    uint32_t chunks, pad;
    uint16_t fill[MANY];
    bool wrong_payload;
};

static uint8_t raw[CAS_MANIFEST_BYTES];

static struct bytes fill_of(const struct made *m, uint32_t i)
{
    static uint8_t chunk[CHUNK];
    for (uint32_t k = 0; k < CHUNK; k++)
        chunk[k] = (uint8_t)(m->fill[i] >> (k % 2 ? 8 : 0));
    if (i + 1 == m->chunks)
        memset(chunk + CHUNK - m->pad, 0, m->pad);
    return bytes_of(chunk, CHUNK);
}

static void payload_hash(const struct made *m, const struct made *base, uint8_t out[HASH_BYTES])
{
    struct sha256 s;
    sha256_begin(&s);
    for (uint32_t i = 0; base && i < base->chunks; i++)
        sha256_more(&s, bytes_sub(fill_of(base, i), 0, i + 1 == base->chunks ? CHUNK - base->pad : CHUNK));
    for (uint32_t i = 0; i < m->chunks; i++)
        sha256_more(&s, bytes_sub(fill_of(m, i), 0, i + 1 == m->chunks ? CHUNK - m->pad : CHUNK));
    sha256_end(&s, out);
    out[0] ^= m->wrong_payload;
}

static struct bytes manifest_of(const struct made *m, const struct made *base)
{
    struct text t = text_window(raw, sizeof raw, 0);
    uint8_t digest[HASH_BYTES];
    cbor_array(&t, 8);
    cbor_str(&t, CAS_SCHEMA);
    cbor_str(&t, m->epoch);
    cbor_uint(&t, CHUNK);
    cbor_uint(&t, (uint64_t)m->chunks * CHUNK - m->pad);
    payload_hash(m, base, digest);
    cbor_bytes(&t, bytes_of(digest, HASH_BYTES));
    cbor_array(&t, m->chunks);
    for (uint32_t i = 0; i < m->chunks; i++) {
        sha256(fill_of(m, i), digest);
        cbor_bytes(&t, bytes_of(digest, HASH_BYTES));
    }
    if (base) {
        payload_hash(base, NULL, digest);
        cbor_array(&t, 2);
        cbor_str(&t, base->epoch);
        cbor_bytes(&t, bytes_of(digest, HASH_BYTES));
    } else {
        cbor_null(&t);
    }
    cbor_null(&t);
    return bytes_of(raw, t.n);
}

static const char *manifest_path(const char *epoch)
{
    static char path[64];
    snprintf(path, sizeof path, "/updates/%s/manifest.cbor", epoch);
    return path;
}

static const char *chunk_path(const struct made *m, uint32_t i)
{
    static char path[128];
    char hex[HEX_BYTES];
    uint8_t digest[HASH_BYTES];
    sha256(fill_of(m, i), digest);
    hex_name(digest, hex);
    snprintf(path, sizeof path, "/updates/%s/chunks/%s", m->epoch, hex);
    return path;
}

static void put_chunk(struct bench *b, const struct made *m, uint32_t i) { put(b, 1, chunk_path(m, i), fill_of(m, i)); }

/* All of it that is missing. */
static void install(struct bench *b, const struct made *m, const struct made *base)
{
    put(b, 1, manifest_path(m->epoch), manifest_of(m, base));
    for (uint32_t i = 0; i < m->chunks; i++) {
        if (get(b, 1, chunk_path(m, i)).n == 0)
            put_chunk(b, m, i);
    }
}

static void expect_state(struct bench *b, const char *epoch, const char *part)
{
    char path[64];
    snprintf(path, sizeof path, "/updates/%s/status", epoch);
    content(b, path);
    if (!strstr(b->answer, part))
        fail_msg("status of %s is `%s`, want `%s`", epoch, b->answer, part);
}

static void expect_log(struct bench *b, const char *text)
{
    content(b, "/log/queen.log");
    if (!strstr(b->answer, text))
        fail_msg("the log lacks `%s`: %s", text, b->answer);
}

static uint32_t chunks_used(const struct bench *b) { return b->h->budget.of[POOL_cas_chunks].used; }

static int queen(void **state)
{
    bench_setup(state);
    join_queen(*state, 1);
    return 0;
}

static struct made small(const char *epoch, uint16_t fill) { return (struct made){.epoch = epoch, .chunks = 2, .fill = {fill, (uint16_t)(fill + 1)}}; }

static void an_unsigned_update_is_taken_but_a_wrong_signature_is_not(void **state)
{
    struct bench *b = *state;
    struct made m = small("1", 1);
    struct file f = read_manifest("bundle-1");
    f.bytes[f.n - 1] ^= 1;
    expect_refused(b, 1, "/updates/1/manifest.cbor", file_bytes(&f), COH_INVALID, "bad-signature");
    install(b, &m, NULL);
    expect_state(b, "1", "state=ready");
    assert_true(bytes_eq(get(b, 1, "/updates/1/manifest.cbor"), manifest_of(&m, NULL)));
}

static void a_payload_that_is_not_the_manifests_quarantines_the_epoch(void **state)
{
    struct bench *b = *state;
    struct made m = small("1", 1);
    m.wrong_payload = true;
    put(b, 1, manifest_path("1"), manifest_of(&m, NULL));
    put_chunk(b, &m, 0);
    put(b, 1, chunk_path(&m, 1), bytes_sub(fill_of(&m, 1), 0, 5));
    expect_refused(b, 1, chunk_path(&m, 1), bytes_sub(fill_of(&m, 1), 5, CHUNK), COH_INVALID, "payload-mismatch");
    expect_state(b, "1", "epoch=1 state=quarantined manifest_bytes=0 manifest=partial chunks=0 total=0 payload_bytes=0 quarantined=1\n");
    expect_log(b, "cas quarantined epoch=1 what=payload reason=payload-mismatch\n");
    assert_int_equal(chunks_used(b), 0);
    assert_int_equal(walk_to(b, 1, chunk_path(&m, 0)), COH_NOT_FOUND);
    m.wrong_payload = false;
    install(b, &m, NULL);
    expect_state(b, "1", "state=ready manifest_bytes=");
}

static void a_refusal_that_drops_a_chunk_is_audited_with_its_name(void **state)
{
    struct bench *b = *state;
    struct made m = {.epoch = "1", .chunks = 1, .fill = {0x5858}, .wrong_payload = true}; /* all of it is X */
    char line[256];
    put(b, 1, manifest_path("1"), manifest_of(&m, NULL));
    put(b, 1, chunk_path(&m, 0), bytes_sub(fill_of(&m, 0), 0, CHUNK - 1));
    snprintf(line, sizeof line, "ECHO %s X", chunk_path(&m, 0));
    expect_holds(b, 1, line, "ERR ECHO reason=policy detail=payload-mismatch");
    snprintf(line, sizeof line, "audit op=write role=queen result=policy detail=payload-mismatch path=%s ", chunk_path(&m, 0));
    expect_log(b, line);
}

static void a_manifest_whose_chunks_are_all_there_is_ready_or_quarantined_at_once(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), same = small("2", 1), wrong = small("3", 1);
    wrong.wrong_payload = true;
    install(b, &one, NULL);
    put(b, 1, manifest_path("2"), manifest_of(&same, NULL));
    expect_state(b, "2", "state=ready");
    put(b, 1, manifest_path("3"), manifest_of(&wrong, NULL));
    expect_state(b, "3", "state=quarantined");
    assert_int_equal(chunks_used(b), 2);
}

static void chunks_may_come_in_any_order_and_a_list_may_repeat_them(void **state)
{
    struct bench *b = *state;
    struct made m = {.epoch = "1", .chunks = 5, .pad = 100, .fill = {7, 8, 7, 8, 7}};
    put(b, 1, manifest_path("1"), manifest_of(&m, NULL));
    assert_int_equal(chunks_used(b), 3); /* the last 7 is padded: another chunk */
    put_chunk(b, &m, 4);
    put_chunk(b, &m, 3);
    expect_state(b, "1", "chunks=3 total=5 payload_bytes=540 quarantined=0\nmissing=0-0\nmissing=2-2\n");
    put_chunk(b, &m, 2);
    expect_state(b, "1", "state=ready");
}

static void a_status_tells_of_thirty_two_gaps_and_then_of_the_next(void **state)
{
    struct bench *b = *state;
    struct made m = {.epoch = "1", .chunks = MANY};
    for (uint16_t i = 0; i < MANY; i++)
        m.fill[i] = i;
    put(b, 1, manifest_path("1"), manifest_of(&m, NULL));
    for (uint32_t i = 1; i < MANY; i += 2)
        put_chunk(b, &m, i);
    expect_state(b, "1", "missing=60-60\nmissing=62-62\n");
    assert_null(strstr(b->answer, "missing=64"));
    struct cbor_value v;
    assert_true(cbor_parse(content(b, "/updates/1/status.cbor"), &v));
    for (uint32_t i = 0; i < 64; i += 2)
        put_chunk(b, &m, i);
    expect_state(b, "1", "quarantined=0\nmissing=64-64\nmissing=66-66\n");
    expect_state(b, "1", "missing=126-126\n");
    assert_null(strstr(b->answer, "missing=128"));
}

static void two_epochs_fill_the_chunks_that_they_share(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = {.epoch = "2", .chunks = 1, .fill = {2}};
    put(b, 1, manifest_path("1"), manifest_of(&one, NULL));
    put(b, 1, manifest_path("2"), manifest_of(&two, NULL));
    put(b, 1, chunk_path(&one, 1), bytes_sub(fill_of(&one, 1), 0, 50));
    assert_int_equal(get(b, 1, chunk_path(&two, 0)).n, 50);
    put(b, 1, chunk_path(&one, 1), bytes_sub(fill_of(&one, 1), 50, CHUNK));
    expect_state(b, "2", "state=ready");
    expect_state(b, "1", "state=receiving");
    put_chunk(b, &one, 0);
    expect_state(b, "1", "state=ready");
}

static void a_chunk_for_one_epoch_may_show_that_another_is_wrong(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = {.epoch = "2", .chunks = 1, .fill = {2}, .wrong_payload = true};
    put(b, 1, manifest_path("1"), manifest_of(&one, NULL));
    put(b, 1, manifest_path("2"), manifest_of(&two, NULL));
    put_chunk(b, &one, 1);
    expect_state(b, "2", "state=quarantined");
    expect_state(b, "1", "chunks=1 total=2");
    put_chunk(b, &one, 0);
    expect_state(b, "1", "state=ready");
}

/* ---- deltas and order ---- */

static void a_delta_is_checked_over_base_and_own_payload(void **state)
{
    struct bench *b = *state;
    struct made base = {.epoch = "1", .chunks = 2, .pad = 3, .fill = {1, 2}}, delta = {.epoch = "2", .chunks = 2, .pad = 9, .fill = {1, 3}};
    install(b, &base, NULL);
    put(b, 1, manifest_path("2"), manifest_of(&delta, &base));
    expect_state(b, "2", "chunks=1 total=2");
    put_chunk(b, &delta, 1);
    expect_state(b, "2", "state=ready");
    assert_true(bytes_eq(get(b, 1, "/updates/2/manifest.cbor"), manifest_of(&delta, &base)));
    struct made second = small("3", 20), other = base;
    expect_refused(b, 1, manifest_path("3"), manifest_of(&second, &delta), COH_INVALID, "base-is-delta");
    other.pad = 4;
    expect_refused(b, 1, manifest_path("3"), manifest_of(&second, &other), COH_INVALID, "base-mismatch");
    other.epoch = "9";
    expect_refused(b, 1, manifest_path("3"), manifest_of(&second, &other), COH_INVALID, "base-not-ready");
}

static void without_a_signature_nothing_older_is_taken(void **state)
{
    struct bench *b = *state;
    struct made ten = small("10", 1), nine = small("9", 3), eleven = small("11", 5);
    install(b, &ten, NULL);
    expect_refused(b, 1, manifest_path("9"), manifest_of(&nine, NULL), COH_PERMISSION, "downgrade");
    expect_refused(b, 1, manifest_path("9"), manifest_of(&nine, &ten), COH_PERMISSION, "downgrade");
    install(b, &eleven, NULL);
    expect_state(b, "11", "state=ready");
}

static void an_epoch_that_was_overtaken_may_still_be_completed(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = small("2", 3);
    put(b, 1, manifest_path("1"), manifest_of(&one, NULL));
    install(b, &two, NULL);
    put_chunk(b, &one, 0);
    put_chunk(b, &one, 1);
    expect_state(b, "1", "state=ready");
}

static void a_chunk_of_another_length_is_refused(void **state)
{
    struct bench *b = *state;
    struct made m = small("1", 1);
    struct bytes got = manifest_of(&m, NULL);
    raw[28] = 100; /* 18 80: the chunk size */
    assert_int_equal(raw[27], 0x18);
    uint8_t shorter[512]; /* the payload's size, 19 01 00, becomes 18 c8 */
    memcpy(shorter, raw, 29);
    memcpy(shorter + 29, "\x18\xc8", 2);
    memcpy(shorter + 31, raw + 32, got.n - 32);
    expect_refused(b, 1, manifest_path("1"), bytes_of(shorter, got.n - 1), COH_INVALID, "chunk-bytes");
}

/* ---- a full store ---- */

static void the_fifth_epoch_makes_the_lowest_go(void **state)
{
    struct bench *b = *state;
    static const char *const epochs[] = {"1", "2", "3", "10"};
    for (uint16_t i = 0; i < 4; i++) {
        struct made m = small(epochs[i], i); /* neighbours share a chunk */
        install(b, &m, NULL);
    }
    assert_int_equal(chunks_used(b), 5);
    struct made five = small("11", 40), one = small("1", 0);
    struct ns_ref ref;
    struct ns_why why = {0};
    assert_int_equal(access_walk(b->h, session_of(b, 1), NULL, bytes_str("/updates/1/status"), &ref, &why), COH_OK);
    install(b, &five, NULL);
    expect_log(b, "cas evicted epoch=1\n");
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n10\n11\n2\n3\nEND\n");
    assert_true(ns_gone(&b->h->tree, b->h, &ref));
    assert_int_equal(walk_to(b, 1, "/updates/1/status"), COH_NOT_FOUND);
    assert_int_equal(walk_to(b, 1, chunk_path(&one, 0)), COH_NOT_FOUND);
    struct made two = small("2", 1);
    assert_int_equal(get(b, 1, chunk_path(&two, 0)).n, CHUNK); /* shared with epoch 1 */
    assert_int_equal(chunks_used(b), 6);
}

static void a_base_stays_as_long_as_its_delta(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = small("2", 11), three = small("3", 21), four = small("4", 31);
    install(b, &one, NULL);
    install(b, &two, &one);
    install(b, &three, NULL);
    install(b, &four, NULL);
    struct made five = small("5", 41), six = small("6", 51), seven = small("7", 61);
    install(b, &five, NULL);
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n1\n3\n4\n5\nEND\n"); /* the delta went, then its base may */
    install(b, &six, &one); /* the base that a manifest names does not go for it */
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n1\n4\n5\n6\nEND\n");
    install(b, &seven, NULL);
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n1\n5\n6\n7\nEND\n");
    expect_state(b, "6", "state=ready");
}

static void epochs_that_are_being_received_do_not_go(void **state)
{
    struct bench *b = *state;
    static const char *const epochs[] = {"1", "2", "3", "4"};
    for (uint16_t i = 0; i < 4; i++) {
        struct made m = small(epochs[i], (uint16_t)(10 * i));
        put(b, 1, manifest_path(epochs[i]), manifest_of(&m, NULL));
    }
    struct made five = small("5", 50), two = small("2", 10);
    expect_refused(b, 1, manifest_path("5"), manifest_of(&five, NULL), COH_BUSY, "epochs");
    expect_refused(b, 1, manifest_path("5"), LIT("\x88"), COH_BUSY, "epochs");
    put_chunk(b, &two, 0);
    put_chunk(b, &two, 1);
    put(b, 1, manifest_path("5"), manifest_of(&five, NULL)); /* 1 was overtaken by 2 */
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n2\n3\n4\n5\nEND\n");
    struct made six = small("6", 60);
    expect_refused(b, 1, manifest_path("6"), manifest_of(&six, NULL), COH_BUSY, "epochs"); /* the newest ready one stays */
}

static void a_quarantined_epoch_goes_first(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = small("2", 11), three = small("3", 21), four = small("4", 31), five = small("5", 41);
    three.wrong_payload = true;
    install(b, &one, NULL);
    install(b, &two, NULL);
    put(b, 1, manifest_path("3"), manifest_of(&three, NULL));
    put_chunk(b, &three, 0);
    expect_refused(b, 1, chunk_path(&three, 1), fill_of(&three, 1), COH_INVALID, "payload-mismatch");
    install(b, &four, NULL);
    install(b, &five, NULL);
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n1\n2\n4\n5\nEND\n");
}

static void only_a_manifest_that_is_whole_and_good_makes_another_epoch_go(void **state)
{
    struct bench *b = *state;
    static const char *const epochs[] = {"1", "2", "3", "4"};
    for (uint16_t i = 0; i < 4; i++) {
        struct made m = small(epochs[i], (uint16_t)(10 * i));
        install(b, &m, NULL);
    }
    struct made five = small("5", 50), six = small("6", 60);
    put(b, 1, manifest_path("5"), LIT("\x88"));
    expect_state(b, "5", "state=receiving manifest_bytes=1 manifest=partial");
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=5\n1\n2\n3\n4\n5\nEND\n");
    expect_refused(b, 1, manifest_path("5"), LIT("no more of it"), COH_INVALID, "invalid-manifest");
    expect_state(b, "1", "state=ready");
    expect_state(b, "5", "state=quarantined manifest_bytes=0 manifest=partial chunks=0 total=0 payload_bytes=0 quarantined=1");
    expect_refused(b, 1, manifest_path("6"), manifest_of(&six, &five), COH_INVALID, "base-not-ready");
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=5\n1\n2\n3\n4\n5\nEND\n");
    put(b, 1, manifest_path("6"), LIT("\x88"));
    expect_log(b, "cas evicted epoch=5\n"); /* of which nothing is left but its name */
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=5\n1\n2\n3\n4\n6\nEND\n");
    struct bytes all = manifest_of(&six, NULL);
    put(b, 1, manifest_path("6"), bytes_sub(all, 1, all.n));
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n2\n3\n4\n6\nEND\n");
    put_chunk(b, &six, 0);
    put_chunk(b, &six, 1);
    expect_state(b, "6", "state=ready");
}

/* A manifest of n chunks whose digests are made up, sent in pieces; nobody will ever have those chunks. */
static enum coh_status put_big(struct bench *b, const char *epoch, uint32_t n, uint32_t from, struct ns_why *why)
{
    uint8_t digest[HASH_BYTES] = {0};
    struct text t = text_window(raw, sizeof raw, 0);
    cbor_array(&t, 8);
    cbor_str(&t, CAS_SCHEMA);
    cbor_str(&t, epoch);
    cbor_uint(&t, CHUNK);
    cbor_uint(&t, (uint64_t)n * CHUNK);
    cbor_bytes(&t, bytes_of(digest, HASH_BYTES));
    cbor_array(&t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = from + i;
        memcpy(digest, &id, sizeof id);
        cbor_bytes(&t, bytes_of(digest, HASH_BYTES));
    }
    cbor_null(&t);
    cbor_null(&t);
    struct bytes all = bytes_of(raw, t.n);
    for (size_t at = 0; at < all.n; at += 8000) {
        enum coh_status s = put_at(b, 1, manifest_path(epoch), bytes_sub(all, at, 8000), at, why);
        if (s != COH_OK)
            return s;
    }
    return COH_OK;
}

static void a_store_that_is_full_of_chunks_takes_no_more(void **state)
{
    struct bench *b = *state;
    struct ns_why why;
    struct made one = small("1", 1), two = small("2", 11);
    install(b, &one, NULL);
    install(b, &two, NULL);
    assert_int_equal(put_big(b, "3", CAS_CHUNKS_MAX - 4, 0, &why), COH_OK);
    assert_int_equal(chunks_used(b), CAS_CHUNKS_MAX);
    assert_int_equal(put_big(b, "4", 3, 100000, &why), COH_QUOTA);
    assert_string_equal(why.detail, "store-full");
    expect_log(b, "cas quarantined epoch=4 what=manifest reason=store-full\n");
    assert_int_equal(put_big(b, "4", 3, 5, &why), COH_OK); /* chunks of epoch 3 */
    assert_int_equal(chunks_used(b), CAS_CHUNKS_MAX);
    expect_holds(b, 1, "LS /updates/3/chunks", "detail=too-big"); /* longer than any listing: the status tells what is missing */
    assert_int_equal(put_big(b, "5", 2, 100000, &why), COH_OK);
    expect_log(b, "cas evicted epoch=1\n"); /* its two chunks are what 5 needed */
    assert_int_equal(chunks_used(b), CAS_CHUNKS_MAX);
}

static void chunks_that_only_an_evicted_epoch_had_are_to_be_sent_again(void **state)
{
    struct bench *b = *state;
    static const char *const epochs[] = {"1", "2", "3", "4"};
    for (uint16_t i = 0; i < 4; i++) {
        struct made m = small(epochs[i], (uint16_t)(10 * i));
        install(b, &m, NULL);
    }
    struct made five = small("5", 0);
    put(b, 1, manifest_path("5"), manifest_of(&five, NULL));
    expect(b, 1, "LS /updates", "OK LS path=/updates entries=4\n2\n3\n4\n5\nEND\n");
    expect_state(b, "5", "state=receiving");
    assert_int_equal(chunks_used(b), 8);
    put_chunk(b, &five, 0);
    put_chunk(b, &five, 1);
    expect_state(b, "5", "state=ready");
}

static void a_write_to_what_is_gone_is_closed(void **state)
{
    struct bench *b = *state;
    struct made one = small("1", 1), two = small("2", 11);
    struct ns_ref chunk, manifest;
    struct ns_why why = {0};
    struct ns_write w;
    uint32_t session = session_of(b, 1);
    one.wrong_payload = true;
    put(b, 1, manifest_path("1"), manifest_of(&one, NULL));
    assert_int_equal(access_walk(b->h, session, NULL, bytes_str(chunk_path(&one, 0)), &chunk, &why), COH_OK);
    assert_int_equal(access_walk(b->h, session, NULL, bytes_str(manifest_path("1")), &manifest, &why), COH_OK);
    put_chunk(b, &one, 0);
    expect_refused(b, 1, chunk_path(&one, 1), fill_of(&one, 1), COH_INVALID, "payload-mismatch");
    assert_true(ns_gone(&b->h->tree, b->h, &chunk));
    assert_false(ns_gone(&b->h->tree, b->h, &manifest));
    assert_int_equal(access_check(b->h, session, &chunk, LIT("x"), NS_AT_END, &w, &why), COH_CLOSED);
    put(b, 1, manifest_path("2"), manifest_of(&two, NULL)); /* other chunks lie there now */
    assert_int_equal(access_check(b->h, session, &chunk, LIT("x"), NS_AT_END, &w, &why), COH_CLOSED);
    static const char *const more[] = {"3", "4", "5"};
    for (uint16_t i = 0; i < 3; i++) {
        struct made m = small(more[i], (uint16_t)(100 * i));
        install(b, &m, NULL);
    }
    assert_true(ns_gone(&b->h->tree, b->h, &manifest));
    assert_int_equal(access_check(b->h, session, &manifest, LIT("x"), NS_AT_END, &w, &why), COH_CLOSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queen, bench_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unsigned_update_is_taken_but_a_wrong_signature_is_not),
        TEST(a_payload_that_is_not_the_manifests_quarantines_the_epoch),
        TEST(a_refusal_that_drops_a_chunk_is_audited_with_its_name),
        TEST(a_manifest_whose_chunks_are_all_there_is_ready_or_quarantined_at_once),
        TEST(chunks_may_come_in_any_order_and_a_list_may_repeat_them),
        TEST(a_status_tells_of_thirty_two_gaps_and_then_of_the_next),
        TEST(two_epochs_fill_the_chunks_that_they_share),
        TEST(a_chunk_for_one_epoch_may_show_that_another_is_wrong),
        TEST(a_delta_is_checked_over_base_and_own_payload),
        TEST(without_a_signature_nothing_older_is_taken),
        TEST(an_epoch_that_was_overtaken_may_still_be_completed),
        TEST(a_chunk_of_another_length_is_refused),
        TEST(the_fifth_epoch_makes_the_lowest_go),
        TEST(a_base_stays_as_long_as_its_delta),
        TEST(epochs_that_are_being_received_do_not_go),
        TEST(a_quarantined_epoch_goes_first),
        TEST(only_a_manifest_that_is_whole_and_good_makes_another_epoch_go),
        TEST(a_store_that_is_full_of_chunks_takes_no_more),
        TEST(chunks_that_only_an_evicted_epoch_had_are_to_be_sent_again),
        TEST(a_write_to_what_is_gone_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
