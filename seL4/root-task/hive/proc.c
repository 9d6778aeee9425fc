/* /proc/boot, /proc/tests and /proc/bench; see proc.h. */
#include "hive/proc.h"

#include "hive/state.h"

/* What differs between kernels comes first: the console's summary shows the end of a file, and so is the same on all. */
static void show_boot(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "kernel=", h->facts.kernel, "\nkernel.version=", h->facts.kernel_version, "\nbackend=",
             h->facts.backend, "\ntimer=", h->facts.timer, "\nrtc=", h->facts.rtc_unix_ms ? "yes" : "no",
             "\nattestation=", COH_HW_ATTESTATION_KIND, "\nevent_pump.fds=", COH_CONNS, "\nevent_pump.tick_ms=",
             COH_EVENT_PUMP_TICK_MS);
    text_say(out, "\ntelemetry_ingest.max_segments_per_device=", COH_TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE,
             "\ntelemetry_ingest.max_bytes_per_segment=", COH_TELEMETRY_INGEST_MAX_BYTES_PER_SEGMENT,
             "\ntelemetry_ingest.max_total_bytes_per_device=", COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE,
             "\ntelemetry.ring_bytes_per_worker=", COH_TELEMETRY_RING_BYTES_PER_WORKER, "\ntelemetry.frame_schema=",
             COH_TELEMETRY_FRAME_SCHEMA, "\nconsole.max_sessions=", COH_CONSOLE_MAX_SESSIONS, "\nworkers.max=",
             COH_WORKERS_MAX, "\nmanifest.schema=", COH_ROOT_TASK_SCHEMA);
    text_say(out, "\nmanifest.profile=", COH_PROFILE_NAME, "\nmanifest.sha256=", COH_MANIFEST_SHA256, "\n");
}

static bool find_test(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    for (uint64_t i = 0; i < coh_tests_count; i++) {
        if (bytes_is(name, coh_tests[i].name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static void list_tests(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    for (uint32_t i = 0; i < coh_tests_count; i++)
        ns_names_add(names, bytes_str(coh_tests[i].name));
}

static void name_test(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_say(out, coh_tests[arg[0]].name);
}

static struct bytes test_text(const struct hive *h, const uint64_t *arg)
{
    return bytes_of(coh_tests[arg[0]].text, coh_tests[arg[0]].size);
}

/* ---- /proc/bench: what a read and a write cost by themselves ---- */

static const uint8_t zeros[4096];

static struct bytes zero_bytes(const struct hive *h, const uint64_t *arg) { return bytes_of(zeros, sizeof zeros); }

static enum coh_status null_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return COH_OK;
}

static void null_apply(struct hive *h, const struct ns_write *w) {}

static const struct ns_pattern patterns[] = {
    {.path = "/proc/boot", .gate = true, .roles = NS_ALL_WORKERS, .ops = NS_OPS(.show = show_boot)},
    {.path = "/proc/tests", .dir = true, .gate = true},
    {.path = "/proc/bench/zero", .gate = true, .bytes = true, .ops = NS_OPS(.constant = zero_bytes)},
    {.path = "/proc/bench/null", .mode = NS_WRITE, .gate = true, .bytes = true, .unaudited = true,
     .ops = NS_OPS(.check = null_check, .apply = null_apply)},
    {.path = "/proc/tests/{test}", .gate = true,
     .ops = NS_OPS(.find = find_test, .list = list_tests, .name = name_test, .constant = test_text)},
};
const struct ns_table proc_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
