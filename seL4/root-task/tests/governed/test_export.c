/* Export windows: what /queen/export/ctl opens, what can be fetched meanwhile, and when it is over. */
#include "base/cbor.h"
#include "support/bridge.h"

#define CTL "ECHO /queen/export/ctl "
#define DONE "OK ECHO path=/queen/export/ctl"
#define JOB "/queen/export/lora_jobs/job_8932"

static void order(struct bench *b, const char *fields, const char *answer)
{
    char line[256];
    snprintf(line, sizeof line, CTL "{\"schema\":\"export/v1\",%s}", fields);
    expect_holds(b, 1, line, answer);
}

static void push(struct bench *b, const char *device, const char *record, bool segment)
{
    char line[256];
    if (segment) {
        snprintf(line, sizeof line, "ECHO /queen/telemetry/%s/ctl {\"new\":\"segment\",\"mime\":\"text/plain\"}", device);
        expect_holds(b, 1, line, "OK ECHO");
    }
    content(b, "/queen/telemetry/job_8932/latest");
    b->answer[strcspn(b->answer, "\n")] = 0;
    snprintf(line, sizeof line, "ECHO /queen/telemetry/%s/seg/%.10s %s", device, b->answer, record);
    expect_holds(b, 1, line, "OK ECHO");
}

/* Checks telemetry.cbor, which ends as many records as wanted. */
static void expect_records(struct bench *b, bool cut, const char *const *records, size_t n)
{
    struct cbor_value v, key, value, record;
    size_t at = 0, in = 0;
    assert_true(cbor_parse(content(b, JOB "/telemetry.cbor"), &v));
    assert_int_equal(v.type, CBOR_MAP);
    assert_int_equal(v.u, 4);
    assert_true(cbor_next(&v, &at, &key) && cbor_next(&v, &at, &value));
    ASSERT_TEXT(key.text, "cut");
    assert_int_equal(value.u, cut);
    assert_true(cbor_next(&v, &at, &key) && cbor_next(&v, &at, &value));
    ASSERT_TEXT(value.text, "job_8932");
    assert_true(cbor_next(&v, &at, &key) && cbor_next(&v, &at, &value));
    ASSERT_TEXT(value.text, "lora-export/v1");
    assert_true(cbor_next(&v, &at, &key) && cbor_next(&v, &at, &value));
    ASSERT_TEXT(key.text, "records");
    assert_int_equal(value.u, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(cbor_next(&value, &in, &record));
        assert_int_equal(record.type, CBOR_TEXT);
        ASSERT_TEXT(record.text, records[i]);
    }
}

static void a_window_shows_the_jobs_records_of_its_opening(void **state)
{
    struct bench *b = *state;
    static const char *const records[] = {"{\"schema_version\":1}", "two", "three"};
    join_queen(b, 1);
    expect(b, 1, "LS /queen/export", "OK LS path=/queen/export entries=2\nctl\nlora_jobs\nEND\n");
    expect_holds(b, 1, "LS /queen/export/lora_jobs", "entries=0");
    push(b, "job_8932", records[0], true);
    push(b, "job_8932", records[1], false);
    push(b, "job_8932", records[2], true);
    pass_ms(b, 100);
    order(b, "\"id\":\"e-1\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":131072", DONE);
    push(b, "job_8932", "too late", false);
    expect(b, 1, "LS " JOB, "OK LS path=" JOB " entries=3\nbase_model.ref\npolicy.toml\ntelemetry.cbor\nEND\n");
    expect_records(b, false, records, 3);
    expect_file(b, JOB "/base_model.ref", "");
    expect_file(b, JOB "/policy.toml",
                "schema = \"export/v1\"\nid = \"e-1\"\njob = \"job_8932\"\nwindow_s = 60\nmax_bytes = 131072\nopened_ms = 100\n"
                "closes_ms = 60100\n");
    expect_holds(b, 1, "CAT " JOB "/telemetry.cbor", "b64:");
    pass_ms(b, 60000);
    expect_holds(b, 1, "LS " JOB, "detail=invalid-path");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "100 export opened id=e-1 job=job_8932 records=3 closes_ms=60100\n"));
    assert_non_null(strstr(b->answer, "60100 export closed id=e-1 job=job_8932 reason=over\n"));
}

static void a_job_without_telemetry_exports_none(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    order(b, "\"id\":\"e-1\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":128", DONE);
    expect_records(b, false, NULL, 0);
    order(b, "\"id\":\"e-2\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":128", "reason=busy detail=open");
    order(b, "\"id\":\"e-1\",\"op\":\"open\",\"job\":\"other\",\"window_s\":60,\"max_bytes\":128", "reason=busy detail=open");
    order(b, "\"id\":\"e-1\",\"op\":\"close\",\"job\":\"other\"", "detail=invalid-path");
    order(b, "\"id\":\"e-1\",\"op\":\"close\",\"job\":\"job_8932\"", DONE);
    expect_holds(b, 1, "LS " JOB, "detail=invalid-path");
    order(b, "\"id\":\"e-1\",\"op\":\"close\"", "detail=invalid-path");
}

static void an_export_is_cut_at_its_bytes_and_gone_when_records_are_evicted(void **state)
{
    struct bench *b = *state;
    char record[101], line[300];
    const char *records[2] = {record, record};
    memset(record, 'r', 100);
    record[100] = 0;
    join_queen(b, 1);
    for (unsigned i = 0; i < 5; i++)
        push(b, "job_8932", record, i == 0);
    for (unsigned bytes = 257; bytes < 270; bytes++) {
        snprintf(line, sizeof line, "\"id\":\"e\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":%u", bytes);
        order(b, line, DONE);
        assert_true(content(b, JOB "/telemetry.cbor").n <= bytes);
        order(b, "\"id\":\"e\",\"op\":\"close\"", DONE);
    }
    order(b, "\"id\":\"e\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":300", DONE);
    expect_records(b, true, records, 2);
    for (unsigned i = 0; i < COH_TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE - 1u; i++)
        push(b, "job_8932", record, true);
    expect_records(b, true, records, 2);
    push(b, "job_8932", record, true);
    expect_holds(b, 1, "LS " JOB, "detail=invalid-path");
    expect_holds(b, 1, "LS /queen/export/lora_jobs", "entries=0");
    order(b, "\"id\":\"e\",\"op\":\"close\"", DONE);
}

/* A record may still come into an older segment: it is not part of the export, and max_bytes stays the bound. */
static void an_export_shows_no_record_that_came_after_its_opening(void **state)
{
    struct bench *b = *state;
    char line[256] = "ECHO /queen/telemetry/job_8932/seg/seg-000001 ";
    join_queen(b, 1);
    push(b, "job_8932", "one", true);
    push(b, "job_8932", "two", true);
    push(b, "job_8932", "three", true);
    order(b, "\"id\":\"e\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":128", DONE);
    push(b, "job_8932", "behind them", false);
    expect_records(b, false, (const char *const[]){"one", "two", "three"}, 3);
    memset(line + strlen(line), 'l', 150);
    expect_holds(b, 1, line, "OK ECHO");
    expect_holds(b, 1, "LS " JOB, "detail=invalid-path");
    order(b, "\"id\":\"e\",\"op\":\"close\"", DONE);
}

static void the_base_model_is_the_active_one(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    order(b, "\"id\":\"e-1\",\"op\":\"open\",\"job\":\"job_8932\",\"window_s\":60,\"max_bytes\":131072", DONE);
    bridge_publish(b, "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[],\"models\":[{\"id\":\"base\",\"manifest_toml\":\"x\"}],"
                      "\"active\":\"base\"}", "OK ECHO");
    expect_file(b, JOB "/base_model.ref", "base\n");
}

static void a_full_table_is_busy_and_workers_see_nothing(void **state)
{
    struct bench *b = *state;
    char line[200];
    struct mint m = {.role = ROLE_LORA, .subject = "lora-main"};
    join_queen(b, 1);
    for (unsigned i = 0; i < COH_EXPORTS_MAX_ENTRIES; i++) {
        snprintf(line, sizeof line, "\"id\":\"e-%u\",\"op\":\"open\",\"job\":\"j-%u\",\"window_s\":9,\"max_bytes\":1000", i, i);
        order(b, line, DONE);
    }
    order(b, "\"id\":\"x\",\"op\":\"open\",\"job\":\"x\",\"window_s\":9,\"max_bytes\":1000", "reason=busy detail=exports");
    expect_holds(b, 1, "LS /queen/export/lora_jobs", "entries=64\nj-0\nj-1\nj-10\n");
    expect_holds(b, 1, "CAT /proc/budget", "pool=exports used=64 peak=64 cap=64");
    join(b, 2);
    assert_non_null(strstr(attach_with(b, 2, "worker-lora", &m), "OK ATTACH"));
    expect_holds(b, 2, "LS /queen/export/lora_jobs", "error=EPERM");
    pass_ms(b, 9000);
    expect_holds(b, 1, "LS /queen/export/lora_jobs", "entries=0");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(a_window_shows_the_jobs_records_of_its_opening),
        T(a_job_without_telemetry_exports_none),
        T(an_export_is_cut_at_its_bytes_and_gone_when_records_are_evicted),
        T(an_export_shows_no_record_that_came_after_its_opening),
        T(the_base_model_is_the_active_one),
        T(a_full_table_is_busy_and_workers_see_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
