/* /gpu: the demonstration entries, their files, and what a bridge publishes. Workers on GPUs: test_gpu_spawn.c. */
#include "hive/govern.h"
#include "support/bridge.h"
#include "support/p9_client.h"

#define GPU(id) "{\"id\":\"" id "\",\"name\":\"A \\u0041\",\"mem_mb\":1000,\"streams\":4,\"driver\":\"550.1\",\"sm_count\":128}"
#define SNAPSHOT(rest) "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("GPU-1") "," GPU("GPU-5") "]" rest "}"
#define MODELS ",\"models\":[{\"id\":\"llama-v7\",\"manifest_toml\":\"[model]\\nid = \\\"llama-v7\\\"\\n\"}," \
    "{\"id\":\"base\",\"manifest_toml\":\"\"}]"

static void grant(struct bench *b, const char *id, const char *gpu, unsigned mem_mb, unsigned streams, const char *answer)
{
    char line[256];
    snprintf(line, sizeof line, "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\",\"op\":\"grant\",\"id\":\"%s\",\"subject\":\"worker-1\","
             "\"resource\":\"%s\",\"ttl_s\":60,\"mem_mb\":%u,\"streams\":%u}", id, gpu, mem_mb, streams);
    expect_holds(b, 1, line, answer);
}

static void two_gpus_stand_for_show_until_a_bridge_publishes(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=3\nGPU-0\nGPU-1\nbridge\nEND\n");
    expect_holds(b, 1, "LS /gpu/GPU-0", "entries=5\nctl\ninfo\njob\nlease\nstatus\n");
    expect_file(b, "/gpu/GPU-0/info", "{\"id\":\"GPU-0\",\"name\":\"Demonstration GPU\",\"mem_mb\":16384,\"streams\":8,\"driver\":\"none\"}\n");
    expect_file(b, "/gpu/bridge/status", "state=idle\n");
    expect_holds(b, 1, "LS /gpu/models", "detail=invalid-path");
    expect_holds(b, 1, "CAT /gpu/telemetry/schema.json", "detail=invalid-path");
    expect_holds(b, 1, "LS /gpu/GPU-2", "detail=invalid-path");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/info x", "error=EPERM");
}

static void a_gpus_files_take_what_they_are_for(void **state)
{
    struct bench *b = *state;
    static const char *const good[] = {"LEASE", "RELEASE", "RESET", "PRIORITY 0", "PRIORITY 4294967295"};
    static const char *const bad[] = {"lease", "PRIORITY", "PRIORITY ", "PRIORITY x", "PRIORITY 4294967296", "RESET now"};
    char line[1200], text[600];
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(line, sizeof line, "ECHO /gpu/GPU-0/ctl %s", good[i]);
        expect_holds(b, 1, line, "OK ECHO");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "ECHO /gpu/GPU-0/ctl %s", bad[i]);
        expect_holds(b, 1, line, "detail=gpu-ctl");
    }
    expect_file(b, "/gpu/GPU-0/ctl", "LEASE\nRELEASE\nRESET\nPRIORITY 0\nPRIORITY 4294967295\n");
    expect_file(b, "/gpu/GPU-1/ctl", "");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/status {\"schema\":\"gpu-breadcrumb/v1\",\"event\":\"start\"}", "OK ECHO");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/status started", "detail=invalid-json");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/status [1]", "detail=invalid-json");
    expect_file(b, "/gpu/GPU-0/status", "{\"schema\":\"gpu-breadcrumb/v1\",\"event\":\"start\"}\n");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/job {\"job\":\"j-1\"}", "ERR ECHO reason=busy detail=no-lease");
    grant(b, "l-1", "GPU-0", 10, 1, "OK ECHO");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/job {\"job\":\"j-1\"}", "OK ECHO");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/job j-1", "detail=invalid-json");
    expect_file(b, "/gpu/GPU-0/job", "{\"job\":\"j-1\"}\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/job {\"job\":\"j-2\"}", "ERR ECHO reason=cut detail=gate-denied");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "lifecycle denied action=job state=DRAINING reason=gate-denied\n"));
    memset(text, 'x', sizeof text);
    struct ns_ref ref;
    struct caller queen = {0};
    struct ns_why why = {0};
    assert_int_equal(ns_resolve(&b->h->tree, b->h, &queen, bytes_str("/gpu/GPU-0/status"), &ref), COH_OK);
    struct ns_write w = {.who = queen, .ref = &ref, .arg = ref.arg, .line = bytes_of(text, 513), .offset = NS_AT_END};
    assert_int_equal(govern_check(b->h, &w, &why), COH_TOO_BIG);
}

static void a_lease_of_a_gpu_stands_in_its_file_and_stays_within_it(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "l-1", "GPU-0", 16000, 2, "OK ECHO");
    grant(b, "l-2", "GPU-0", 385, 1, "ERR ECHO reason=busy detail=gpu-full");
    grant(b, "l-2", "GPU-0", 384, 7, "ERR ECHO reason=busy detail=gpu-full");
    grant(b, "l-2", "GPU-0", 384, 6, "OK ECHO");
    grant(b, "l-3", "GPU-0", 0, 1, "ERR ECHO reason=busy detail=gpu-full");
    expect_holds(b, 1, "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\",\"op\":\"renew\",\"id\":\"l-2\",\"ttl_s\":90}", "OK ECHO");
    expect_holds(b, 1, "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\",\"op\":\"release\",\"id\":\"l-1\"}", "OK ECHO");
#define LINE(state, id, mem, streams, ttl, ends, seq)                                                                  \
    "{\"schema\":\"gpu-lease/v1\",\"state\":\"" state "\",\"gpu_id\":\"GPU-0\",\"worker_id\":\"worker-1\",\"lease_id\":\"" id     \
    "\",\"mem_mb\":" mem ",\"streams\":" streams ",\"ttl_s\":" ttl ",\"expires_ms\":" ends ",\"priority\":0,\"seq\":" seq
    expect_file(b, "/gpu/GPU-0/lease",
                LINE("ACTIVE", "l-1", "16000", "2", "60", "60000", "1") "}\n"
                LINE("ACTIVE", "l-2", "384", "6", "60", "60000", "2") "}\n"
                LINE("ACTIVE", "l-2", "384", "6", "90", "90000", "2") "}\n"
                LINE("RELEASED", "l-1", "16000", "2", "60", "60000", "1") ",\"reason\":\"released\"}\n");
#define CLAIM(state, gpu, worker)                                                                                      \
    "ECHO /gpu/GPU-0/lease {\"schema\":\"gpu-lease/v1\",\"state\":\"" state "\",\"gpu_id\":\"" gpu "\",\"worker_id\":\"" worker \
    "\",\"mem_mb\":1,\"streams\":1,\"ttl_s\":1}"
    expect_holds(b, 1, CLAIM("ACTIVE", "GPU-0", "worker-1"), "OK ECHO");
    expect_holds(b, 1, CLAIM("ACTIVE", "GPU-0", "worker-2"), "detail=no-lease");
    expect_holds(b, 1, CLAIM("RELEASED", "GPU-0", "worker-2"), "OK ECHO");
    expect_holds(b, 1, CLAIM("ACTIVE", "GPU-1", "worker-1"), "detail=invalid-fields");
    expect_holds(b, 1, CLAIM("READY", "GPU-0", "worker-1"), "detail=invalid-fields");
    expect_holds(b, 1, "ECHO /gpu/GPU-0/ctl RELEASE", "OK ECHO");
    expect_file(b, "/proc/lease/active", "");
}

static void a_worker_sees_the_gpu_that_it_leases_and_no_other(void **state)
{
    struct bench *b = *state;
    struct mint one = {.role = ROLE_GPU, .subject = "worker-1"}, two = {.role = ROLE_GPU, .subject = "worker-2"};
    join_queen(b, 1);
    join(b, 2);
    join(b, 3);
    assert_non_null(strstr(attach_with(b, 2, "worker-gpu", &one), "OK ATTACH"));
    assert_non_null(strstr(attach_with(b, 3, "worker-gpu", &two), "OK ATTACH"));
    expect_holds(b, 2, "LS /gpu", "entries=0");
    expect_holds(b, 2, "CAT /gpu/GPU-0/info", "error=EPERM");
    grant(b, "l-1", "GPU-0", 10, 1, "OK ECHO");
    expect(b, 2, "LS /gpu", "OK LS path=/gpu entries=1\nGPU-0\nEND\n");
    expect_holds(b, 2, "CAT /gpu/GPU-0/info", "Demonstration GPU");
    expect_holds(b, 2, "CAT /gpu/GPU-0/lease", "ACTIVE");
    expect_holds(b, 2, "ECHO /gpu/GPU-0/job {\"job\":\"j-1\"}", "OK ECHO");
    expect_holds(b, 2, "ECHO /gpu/GPU-0/status {\"at\":1}", "OK ECHO");
    expect_holds(b, 2, "ECHO /gpu/GPU-0/ctl RELEASE", "error=EPERM");
    expect_holds(b, 2, "ECHO /gpu/GPU-0/lease {}", "error=EPERM");
    expect_holds(b, 2, "CAT /gpu/GPU-1/info", "error=EPERM");
    expect_holds(b, 2, "CAT /gpu/bridge/status", "error=EPERM");
    expect_holds(b, 3, "CAT /gpu/GPU-0/info", "error=EPERM");
    expect_holds(b, 1, "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\",\"op\":\"release\",\"id\":\"l-1\"}", "OK ECHO");
    expect_holds(b, 2, "ECHO /gpu/GPU-0/status {\"at\":2}", "error=EPERM");
}

/* A fid is no lease: what was walked or opened under one that is over is out of the worker's sight again. */
static void fids_of_a_lease_that_is_over_lead_nowhere(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_GPU, .subject = "worker-1"};
    struct p9_msg r;
    char aname[1200];
    join_queen(b, 1);
    grant(b, "l-1", "GPU-0", 10, 1, "OK ECHO");
    snprintf(aname, sizeof aname, "auth=" TOKEN ";role=worker-gpu;ticket=%s", mint(&m));
    p9_connect(b, 2);
    assert_int_equal(p9_attach(b, 2, 0, "", aname), 0);
    assert_int_equal(p9_walk(b, 2, 0, 1, "gpu/GPU-0"), 0);
    assert_int_equal(p9_walk(b, 2, 0, 2, "gpu/GPU-0/lease"), 0);
    assert_int_equal(p9_walk(b, 2, 0, 3, "gpu/GPU-0/status"), 0);
    assert_int_equal(p9_open(b, 2, 2, 0), 0);
    assert_true(p9_read(b, 2, 2, 0, 4096, &r) > 0);
    expect_holds(b, 1, "ECHO /queen/lease/ctl {\"schema\":\"lease/v1\",\"op\":\"release\",\"id\":\"l-1\"}", "OK ECHO");
    uint64_t policy = b->h->pressure[PRESSURE_POLICY];
    assert_int_equal(p9_read(b, 2, 2, 0, 4096, &r), -1);
    assert_int_equal(p9_open(b, 2, 3, 0), 1);
    assert_int_equal(p9_open(b, 2, 1, 0200000), 1);
    assert_int_equal(p9_walk(b, 2, 1, 4, "job"), 1);
    assert_int_equal(p9_try(b, 2, &(struct p9_msg){.type = P9_TGETATTR, .tag = 9, .fid = 3}), 1);
    assert_int_equal(b->h->pressure[PRESSURE_POLICY], policy + 5);
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "audit op=read role=worker-gpu ticket="));
    assert_int_equal(p9_clunk(b, 2, 1), 0);
    grant(b, "l-2", "GPU-0", 10, 1, "OK ECHO");
    assert_true(p9_read(b, 2, 2, 0, 4096, &r) > 0);
    assert_int_equal(p9_open(b, 2, 3, 0), 0);
}

static void a_snapshot_takes_the_place_of_the_one_before(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    grant(b, "l-0", "GPU-0", 10, 1, "OK ECHO");
    grant(b, "l-1", "GPU-1", 10, 1, "OK ECHO");
    bridge_begin(b, SNAPSHOT(""), strlen(SNAPSHOT("")), "OK ECHO");
    expect_holds(b, 1, "CAT /gpu/bridge/status", "state=receiving bytes=0 total=");
    bridge_pieces(b, SNAPSHOT(""));
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=3\nGPU-0\nGPU-1\nbridge\nEND\n");
    expect_holds(b, 1, BRIDGE "end", "OK ECHO");
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=3\nGPU-1\nGPU-5\nbridge\nEND\n");
    expect_file(b, "/gpu/GPU-5/info", GPU("GPU-5") "\n");
    expect_holds(b, 1, "CAT /gpu/bridge/status", "gpus=2 models=0 publishes=1");
    expect_holds(b, 1, "CAT /proc/lease/summary", "active=1 ");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "lease ended id=l-0 subject=worker-1 resource=GPU-0 seq=1 reason=unpublished\n"));
    assert_non_null(strstr(b->answer, "gpu published gpus=2 models=0 bytes="));
    assert_true(content(b, "/gpu/GPU-1/lease").n > 0); /* its files stay */
    bridge_publish(b, "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[]}", "OK ECHO");
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=1\nbridge\nEND\n");
    expect_file(b, "/proc/lease/active", "");
    bridge_publish(b, SNAPSHOT(""), "OK ECHO");
    expect_file(b, "/gpu/GPU-1/lease", "");
}

static void models_and_schema_are_there_when_a_snapshot_has_them(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    bridge_publish(b, SNAPSHOT(MODELS ",\"active\":\"base\",\"telemetry_schema\":{\"schema_version\":1}"), "OK ECHO");
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=5\nGPU-1\nGPU-5\nbridge\nmodels\ntelemetry\nEND\n");
    expect(b, 1, "LS /gpu/models", "OK LS path=/gpu/models entries=2\nactive\navailable\nEND\n");
    expect(b, 1, "LS /gpu/models/available", "OK LS path=/gpu/models/available entries=2\nbase\nllama-v7\nEND\n");
    expect_file(b, "/gpu/models/available/llama-v7/manifest.toml", "[model]\nid = \"llama-v7\"\n");
    expect_file(b, "/gpu/models/available/base/manifest.toml", "");
    expect_file(b, "/gpu/telemetry/schema.json", "{\"schema_version\":1}\n");
    expect_file(b, "/gpu/models/active", "base\n");
    expect_holds(b, 1, "ECHO /gpu/models/active llama-v7", "OK ECHO");
    expect_holds(b, 1, "ECHO /gpu/models/active llama-v8", "detail=unknown-model");
    expect_file(b, "/gpu/models/active", "base\nllama-v7\n");
    bridge_publish(b, SNAPSHOT(MODELS ",\"active\":\"base\""), "OK ECHO");
    expect_file(b, "/gpu/models/active", "base\nllama-v7\n"); /* the pointer is the queen's */
    expect_holds(b, 1, "LS /gpu/telemetry", "detail=invalid-path");
    bridge_publish(b, SNAPSHOT(",\"models\":[{\"id\":\"new\",\"manifest_toml\":\"x\"}],\"active\":\"new\""), "OK ECHO");
    expect_file(b, "/gpu/models/active", "base\nllama-v7\nnew\n");
    expect_holds(b, 1, "CAT /gpu/models/available/llama-v7/manifest.toml", "detail=invalid-path");
    bridge_publish(b, SNAPSHOT(""), "OK ECHO");
    expect_holds(b, 1, "LS /gpu/models", "detail=invalid-path");
    assert_int_equal(gpu_active_model(b->h).n, 0);
}

static void a_wrong_snapshot_leaves_what_is_published(void **state)
{
    struct bench *b = *state;
    static const char *const bad[] = {
        "x", "[]", "{\"schema\":\"gpu-snapshot/v1\"}", "{\"schema\":\"gpu-snapshot/v2\",\"gpus\":[]}",
        "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[1]}", "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[{\"id\":\"GPU-9\"}]}",
        "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("GPU-9") "," GPU("GPU-9") "]}",
        "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("models") "]}", "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("a/b") "]}",
        "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("..") "]}", "{\"schema\":\"gpu-snapshot/v1\",\n\"gpus\":[]}",
        SNAPSHOT(",\"active\":\"none\""), SNAPSHOT(MODELS ",\"active\":\"none\""), SNAPSHOT(",\"more\":1"),
        SNAPSHOT(",\"models\":[{\"id\":\"m\",\"manifest_toml\":\"\\u0000\"}]"), SNAPSHOT(",\"telemetry_schema\":\"x\""),
        "{\"schema\":\"gpu-snapshot/v1\",\"gpus\":[" GPU("1") "," GPU("2") "," GPU("3") "," GPU("4") "," GPU("5") "," GPU("6") ","
        GPU("7") "," GPU("8") "," GPU("9") "]}",
    };
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bridge_publish(b, bad[i], "ERR ECHO reason=policy detail=snapshot");
        expect_file(b, "/gpu/bridge/status", "state=err detail=snapshot\n");
        expect_holds(b, 1, BRIDGE "end", "detail=not-receiving");
    }
    bridge_begin(b, "{}", 3, "OK ECHO");
    bridge_pieces(b, "{}");
    expect_holds(b, 1, BRIDGE "end", "detail=bytes");
    bridge_begin(b, "{}", 3, "OK ECHO");
    bridge_pieces(b, "{}");
    expect_holds(b, 1, BRIDGE "b64:e30=", "detail=bytes");
    expect_file(b, "/gpu/bridge/status", "state=err detail=bytes\n");
    bridge_begin(b, "[]", 2, "OK ECHO");
    bridge_pieces(b, "{}");
    expect_holds(b, 1, BRIDGE "end", "detail=sha256");
    bridge_begin(b, "[]", 2, "OK ECHO");
    expect_holds(b, 1, BRIDGE "b64:e30", "detail=base64");
    bridge_begin(b, "[]", COH_POOL_GPU_JSON_ELEM + 1, "ERR ECHO reason=quota detail=too-big");
    expect_file(b, "/gpu/bridge/status", "state=err detail=too-big\n");
    expect(b, 1, "LS /gpu", "OK LS path=/gpu entries=3\nGPU-0\nGPU-1\nbridge\nEND\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    bridge_begin(b, "[]", 2, "ERR ECHO reason=cut detail=gate-denied");
    expect_file(b, "/gpu/bridge/status", "state=err detail=too-big\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(two_gpus_stand_for_show_until_a_bridge_publishes),
        T(a_gpus_files_take_what_they_are_for),
        T(a_lease_of_a_gpu_stands_in_its_file_and_stays_within_it),
        T(a_worker_sees_the_gpu_that_it_leases_and_no_other),
        T(fids_of_a_lease_that_is_over_lead_nowhere),
        T(a_snapshot_takes_the_place_of_the_one_before),
        T(models_and_schema_are_there_when_a_snapshot_has_them),
        T(a_wrong_snapshot_leaves_what_is_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
