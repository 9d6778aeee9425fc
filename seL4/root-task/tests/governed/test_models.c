/* /models with the model that cas-tool signed: pieces, commitment, refusals, and a bind into the view of a session. */
#include "support/cas.h"
#include "support/files.h"
#include "support/p9_client.h"

#define NAME "448093f8a0c1452f5fcde59b86aee93484d02667e9f196fc4d19ef532faf9504"
#define OTHER "000093f8a0c1452f5fcde59b86aee93484d02667e9f196fc4d19ef532faf9504"
#define MODEL "/models/" NAME

static struct file part(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "cas/model/%s", name);
    return read_file(path);
}

static int queen(void **state)
{
    bench_setup(state);
    join_queen(*state, 1);
    return 0;
}

static void put_part(struct bench *b, const char *name)
{
    struct file f = part(name);
    char path[128];
    snprintf(path, sizeof path, MODEL "/%s", name);
    put(b, 1, path, file_bytes(&f));
}

static void install(struct bench *b)
{
    put_part(b, "weights");
    put_part(b, "schema");
    put_part(b, "signature");
}

static void expect_log(struct bench *b, const char *text)
{
    content(b, "/log/queen.log");
    if (!strstr(b->answer, text))
        fail_msg("the log lacks `%s`: %s", text, b->answer);
}

static void looking_at_a_model_creates_nothing(void **state)
{
    struct bench *b = *state;
    expect(b, 1, "LS /models", "OK LS path=/models entries=0\nEND\n");
    expect(b, 1, "LS " MODEL, "OK LS path=" MODEL " entries=0\nEND\n");
    expect(b, 1, "CAT " MODEL "/weights", "OK CAT path=" MODEL "/weights data=b64:\nEND\n");
    expect_holds(b, 1, "LS /models/4480", "error=invalid path");
    expect_holds(b, 1, "LS /models/44G093f8a0c1452f5fcde59b86aee93484d02667e9f196fc4d19ef532faf9504", "error=invalid path");
    expect_holds(b, 1, "CAT " MODEL "/shape", "error=invalid path");
    expect(b, 1, "LS /models", "OK LS path=/models entries=0\nEND\n");
}

static void a_model_comes_in_pieces_and_is_committed_by_its_signature(void **state)
{
    struct bench *b = *state;
    struct file weights = part("weights"), schema = part("schema"), signature = part("signature");
    for (size_t at = 0; at < weights.n; at += 100)
        put(b, 1, MODEL "/weights", bytes_sub(file_bytes(&weights), at, 100));
    put(b, 1, MODEL "/signature", bytes_of(signature.bytes, 63));
    put(b, 1, MODEL "/schema", file_bytes(&schema));
    leave(b, 1);
    join_queen(b, 1);
    assert_int_equal(get(b, 1, MODEL "/signature").n, 63);
    expect(b, 1, "LS /models", "OK LS path=/models entries=1\n" NAME "\nEND\n");
    put(b, 1, MODEL "/signature", bytes_of(signature.bytes + 63, 1));
    expect_log(b, "cas ready model=" NAME " weights_bytes=600\n");
    assert_true(bytes_eq(get(b, 1, MODEL "/weights"), file_bytes(&weights)));
    assert_true(bytes_eq(get(b, 1, MODEL "/schema"), file_bytes(&schema)));
    assert_true(bytes_eq(get(b, 1, MODEL "/signature"), file_bytes(&signature)));
}

static void a_committed_model_is_read_only(void **state)
{
    struct bench *b = *state;
    install(b);
    expect_refused(b, 1, MODEL "/weights", LIT("x"), COH_PERMISSION, "complete");
    expect_refused(b, 1, MODEL "/schema", LIT("x"), COH_PERMISSION, "complete");
    expect_refused(b, 1, MODEL "/signature", LIT("x"), COH_PERMISSION, "complete");
    expect(b, 1, "LS " MODEL, "OK LS path=" MODEL " entries=3\nschema\nsignature\nweights\nEND\n");
}

static void offsets_are_the_size_or_the_end(void **state)
{
    struct bench *b = *state;
    struct ns_why why;
    assert_int_equal(put_at(b, 1, MODEL "/weights", LIT("abc"), 5, &why), COH_INVALID);
    assert_int_equal(put_at(b, 1, MODEL "/weights", LIT("abc"), 0, &why), COH_OK);
    assert_int_equal(put_at(b, 1, MODEL "/weights", LIT("abc"), 0, &why), COH_INVALID);
    assert_int_equal(put_at(b, 1, MODEL "/weights", LIT("abc"), 3, &why), COH_OK);
    put(b, 1, MODEL "/weights", bytes_of(NULL, 0));
    assert_int_equal(get(b, 1, MODEL "/weights").n, 6);
}

/* Nothing of it is left, and it may be sent again. */
static void expect_dropped(struct bench *b, const char *reason)
{
    char line[160];
    snprintf(line, sizeof line, "cas quarantined model=" NAME " reason=%s\n", reason);
    expect_log(b, line);
    expect(b, 1, "CAT " MODEL "/weights", "OK CAT path=" MODEL "/weights data=b64:\nEND\n");
    expect(b, 1, "CAT " MODEL "/schema", "OK CAT path=" MODEL "/schema data=b64:\nEND\n");
    expect(b, 1, "CAT " MODEL "/signature", "OK CAT path=" MODEL "/signature data=b64:\nEND\n");
    install(b);
    expect_holds(b, 1, "LS /models", "entries=1");
}

static void weights_that_are_not_the_names_drop_the_model(void **state)
{
    struct bench *b = *state;
    struct file signature = part("signature");
    put(b, 1, MODEL "/weights", LIT("other weights"));
    put_part(b, "schema");
    expect_refused(b, 1, MODEL "/signature", file_bytes(&signature), COH_INVALID, "hash-mismatch");
    expect_dropped(b, "hash-mismatch");
}

static void a_signature_of_something_else_drops_the_model(void **state)
{
    struct bench *b = *state;
    struct file signature = part("signature"), schema = part("schema");
    put_part(b, "weights");
    put(b, 1, MODEL "/schema", bytes_of(schema.bytes, schema.n - 1));
    expect_refused(b, 1, MODEL "/signature", file_bytes(&signature), COH_INVALID, "bad-signature");
    expect_log(b, "path=" MODEL "/signature");
    expect_dropped(b, "bad-signature");
}

static void a_signature_of_nothing_is_refused(void **state)
{
    struct bench *b = *state;
    struct file signature = part("signature");
    expect_refused(b, 1, MODEL "/signature", file_bytes(&signature), COH_INVALID, "hash-mismatch");
    expect_dropped(b, "hash-mismatch");
}

static void no_file_grows_beyond_its_bound(void **state)
{
    struct bench *b = *state;
    static uint8_t many[8000];
    expect_refused(b, 1, MODEL "/signature", bytes_of(many, 65), COH_TOO_BIG, NULL);
    expect_refused(b, 1, MODEL "/schema", bytes_of(many, MODEL_SCHEMA_BYTES + 1), COH_TOO_BIG, NULL);
    expect(b, 1, "LS /models", "OK LS path=/models entries=0\nEND\n");
    put(b, 1, MODEL "/schema", bytes_of(many, MODEL_SCHEMA_BYTES));
    size_t left = MODEL_WEIGHTS_BYTES;
    for (; left >= sizeof many; left -= sizeof many)
        put(b, 1, MODEL "/weights", bytes_of(many, sizeof many));
    expect_refused(b, 1, MODEL "/weights", bytes_of(many, left + 1), COH_TOO_BIG, NULL);
    put(b, 1, MODEL "/weights", bytes_of(many, left));
    assert_int_equal(get(b, 1, MODEL "/schema").n, MODEL_SCHEMA_BYTES);
}

static void a_fifth_model_is_refused(void **state)
{
    struct bench *b = *state;
    char path[128];
    for (unsigned i = 1; i <= 4; i++) {
        snprintf(path, sizeof path, "/models/%063x%u/weights", 0, i);
        put(b, 1, path, LIT("w"));
    }
    expect_refused(b, 1, MODEL "/weights", LIT("w"), COH_BUSY, "models");
    expect_holds(b, 1, "ECHO " MODEL "/schema x", "ERR ECHO reason=busy");
    snprintf(path, sizeof path, "/models/%063x%u/signature", 0, 3);
    struct file signature = part("signature");
    expect_refused(b, 1, path, file_bytes(&signature), COH_INVALID, "hash-mismatch");
    put(b, 1, MODEL "/weights", LIT("w"));
}

static void models_are_the_queens_alone(void **state)
{
    struct bench *b = *state;
    install(b);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":100,\"budget\":{\"ttl_s\":120,\"ops\":500}}", "OK SPAWN");
    join(b, 2);
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    assert_non_null(strstr(attach_with(b, 2, "worker-heartbeat", &m), "OK ATTACH"));
    expect_lacks(b, 2, "LS /", "models");
    assert_int_equal(walk_to(b, 2, MODEL "/weights"), COH_PERMISSION);
}

static void a_model_is_bound_into_a_workers_folder_and_stays_read_only_there(void **state)
{
    struct bench *b = *state;
    struct file weights = part("weights");
    install(b);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":100,\"budget\":{\"ttl_s\":120,\"ops\":500}}", "OK SPAWN");
    expect_holds(b, 1, "ECHO /queen/ctl {\"bind\":{\"from\":\"" MODEL "\",\"to\":\"/worker/worker-1/model\"}}", "OK ECHO");
    expect(b, 1, "LS /worker/worker-1", "OK LS path=/worker/worker-1 entries=3\nmodel\ntelemetry\ntrace\nEND\n");
    expect(b, 1, "LS /worker/worker-1/model", "OK LS path=/worker/worker-1/model entries=3\nschema\nsignature\nweights\nEND\n");
    assert_true(bytes_eq(get(b, 1, "/worker/worker-1/model/weights"), file_bytes(&weights)));
    expect_refused(b, 1, "/worker/worker-1/model/weights", LIT("x"), COH_PERMISSION, "complete");
    join(b, 2);
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    assert_non_null(strstr(attach_with(b, 2, "worker-heartbeat", &m), "OK ATTACH"));
    expect_lacks(b, 2, "LS /worker/worker-1", "model"); /* a bind is a session's own */
}

static void a_late_model_is_written_over_secure9p(void **state)
{
    struct bench *b = *state;
    struct file weights = part("weights");
    struct p9_msg t = {.type = P9_TWRITE, .tag = 5, .fid = 1}, r;
    p9_queen(b, 2);
    assert_int_equal(p9_walk(b, 2, 0, 1, "models/" NAME "/weights"), 0);
    assert_int_equal(p9_walk(b, 2, 0, 2, "models/" OTHER "/weights"), 0);
    assert_int_equal(p9_open(b, 2, 1, 2), 0);
    t.u.write.data = file_bytes(&weights);
    assert_int_equal(p9_try(b, 2, &t), 0);
    assert_int_equal(p9_read(b, 2, 1, 0, 4096, &r), 600);
    expect(b, 1, "LS /models", "OK LS path=/models entries=1\n" NAME "\nEND\n");
    /* it is emptied while the file is open, and filled again */
    struct file signature = part("schema");
    signature.n = 64;
    expect_refused(b, 1, MODEL "/signature", file_bytes(&signature), COH_INVALID, "bad-signature");
    assert_int_equal(p9_read(b, 2, 1, 0, 4096, &r), 0);
    assert_int_equal(p9_try(b, 2, &t), 0);
    assert_int_equal(p9_read(b, 2, 1, 0, 4096, &r), 600);
    /* another takes its place while it is empty */
    expect_refused(b, 1, MODEL "/signature", file_bytes(&signature), COH_INVALID, "bad-signature");
    put(b, 1, "/models/" OTHER "/weights", LIT("w"));
    expect(b, 1, "LS /models", "OK LS path=/models entries=1\n" OTHER "\nEND\n");
    t.u.write.offset = UINT64_MAX;
    assert_int_equal(p9_try(b, 2, &t), 9);
    assert_int_equal(p9_walk(b, 2, 0, 3, "models/" NAME "/weights"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queen, bench_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(looking_at_a_model_creates_nothing),
        TEST(a_model_comes_in_pieces_and_is_committed_by_its_signature),
        TEST(a_committed_model_is_read_only),
        TEST(offsets_are_the_size_or_the_end),
        TEST(weights_that_are_not_the_names_drop_the_model),
        TEST(a_signature_of_something_else_drops_the_model),
        TEST(a_signature_of_nothing_is_refused),
        TEST(no_file_grows_beyond_its_bound),
        TEST(a_fifth_model_is_refused),
        TEST(models_are_the_queens_alone),
        TEST(a_model_is_bound_into_a_workers_folder_and_stays_read_only_there),
        TEST(a_late_model_is_written_over_secure9p),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
