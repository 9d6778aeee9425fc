/* Small files of /proc; see proc.h. */
#include "hive/facts.h"
#include "generated/board.h"
#include "hive/state.h"

/* ---- /proc/boot and /proc/tests ---- */

static void show_address(const struct hive *h, struct text *out)
{
    BUF(b, 16);
    buf_ipv4(&b, h->net.address);
    text_say(out, "\nnet=dhcp address=", buf_bytes(&b));
}

/* Evidence that there is no network because the profile has no driver for the board's, or the manifest wants none. */
#if !COH_HW_NET_MODE_IS_OFF
#define NET_OFF ""
#elif COH_BOARD_HAS_NET
#define NET_OFF "\nnet=off reason=manifest"
#else
#define NET_OFF "\nnet=off reason=profile"
#endif

/* What differs between kernels comes first: the console's summary shows the end of a file, and so is the same on all. */
static void show_boot(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "kernel=", h->facts.kernel, "\nkernel.version=", h->facts.kernel_version, "\nbackend=",
             h->facts.backend, "\ntimer=", h->facts.timer, "\nrtc=", h->facts.rtc_unix_ms ? "yes" : "no",
             NET_OFF "\n");
    attest_show_boot(h, out);
    text_say(out, "event_pump.fds=", COH_CONNS, "\nevent_pump.tick_ms=", COH_EVENT_PUMP_TICK_MS);
    if (COH_HW_NET_MODE_IS_DHCP)
        show_address(h, out);
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
    for (*out = 0; *out < coh_tests_count && !bytes_is(name, coh_tests[*out].name);)
        ++*out;
    return *out < coh_tests_count;
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

/* ---- /proc/pressure and /proc/root ---- */

FACT_NODE(busy, h->pressure[PRESSURE_BUSY])
FACT_NODE(quota, h->pressure[PRESSURE_QUOTA])
FACT_NODE(cut, h->pressure[PRESSURE_CUT])
FACT_NODE(policy, h->pressure[PRESSURE_POLICY])

/* Priority: spec/namespace.md, /proc/root. */
static const char *cut_reason(const struct hive *h)
{
    if (h->lifecycle.state == LIFECYCLE_OFFLINE)
        return "lifecycle_offline";
    if (h->root.session_revoked)
        return "session_revoked";
    if (h->root.policy_denied)
        return "policy_denied";
    return h->net.link_up ? "none" : "network_unreachable";
}

/* The queen is cut off only when nobody can act for her; a refused or revoked session is told, but others may
 * attach. */
FACT_NODE(reachable, h->net.link_up && h->lifecycle.state != LIFECYCLE_OFFLINE ? "yes" : "no")
FACT_NODE(last_seen_ms, h->root.last_seen_ms)
FACT_NODE(cut_reason, cut_reason(h))

/* ---- /proc/9p ---- */

/* `sessions …` and one line for each shard that can have a session: `shard ff 4096`, the most that a manifest allows.
 * coh-rtc holds sessions_bytes to it. */
#define HEAD_MAX 97u
#define SHARD_LINE_MAX 14u
#define SHARDS_MAX (COH_CONSOLE_MAX_SESSIONS < COH_SHARD_COUNT ? COH_CONSOLE_MAX_SESSIONS : COH_SHARD_COUNT)
_Static_assert(!COH_OBSERVABILITY_PROC_9P_SESSIONS ||
                   HEAD_MAX + SHARDS_MAX * SHARD_LINE_MAX <= COH_OBSERVABILITY_PROC_9P_SESSIONS_BYTES,
               "observability.proc_9p.sessions_bytes holds /proc/9p/sessions whole");

#define SHARD_BITS (COH_SHARDING_ENABLED ? COH_SHARDING_SHARD_BITS : 0u)
#define SHARD_COUNT (COH_SHARDING_ENABLED ? COH_SHARD_COUNT : 0u)

struct census {
    uint64_t total, worker;
    uint16_t shards; /* that have a session */
    uint16_t in_shard[COH_SHARD_COUNT];
};

static struct census take_census(const struct hive *h)
{
    struct census c = {.total = h->sessions_state.attached};
    for (uint32_t i = 0; i < h->sessions_state.attached; i++) {
        const struct session *s = &h->sessions[h->session_order[i]];
        c.worker += s->role != ROLE_QUEEN;
        if (COH_SHARDING_ENABLED && s->role != ROLE_QUEEN && c.in_shard[s->shard]++ == 0)
            c.shards++;
    }
    return c;
}

static void show_sessions(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct census c = take_census(h);
    text_say(out, "sessions total=", c.total, " worker=", c.worker, " shard_bits=", SHARD_BITS, " shard_count=",
             SHARD_COUNT, "\n");
    for (uint32_t i = 0; i < COH_SHARD_COUNT; i++) {
        BUF(label, 2);
        if (c.in_shard[i])
            text_say(out, "shard ", worker_put_label(i, &label), " ", c.in_shard[i], "\n");
    }
}

static void cbor_sessions(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct census c = take_census(h);
    cbor_map(out, 5);
    cbor_say(out, "total", c.total, "shards");
    cbor_map(out, c.shards);
    for (uint32_t i = 0; i < COH_SHARD_COUNT; i++) {
        BUF(label, 2);
        if (c.in_shard[i])
            cbor_say(out, worker_put_label(i, &label), c.in_shard[i]);
    }
    cbor_say(out, "worker", c.worker, "shard_bits", SHARD_BITS, "shard_count", SHARD_COUNT);
}

#define OUTSTANDING_LIMIT ((uint64_t)COH_SECURE9P_TAGS_PER_SESSION * COH_STREAM_PORTS)

uint64_t p9_outstanding(const struct hive *h)
{
    uint64_t n = 0;
    for (const struct conn *c = h->conns; c < h->conns + COH_POOL_CONNS_COUNT; c++)
        for (uint32_t i = 0; i < COH_SECURE9P_TAGS_PER_SESSION; i++)
            n += c->p9.window[i].end > p9_taken(c);
    return n;
}

static void show_outstanding(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "outstanding current=", p9_outstanding(h), " limit=", OUTSTANDING_LIMIT, "\n");
}

static void cbor_outstanding(const struct hive *h, const uint64_t *arg, struct text *out)
{
    cbor_pairs(out, "limit", OUTSTANDING_LIMIT, "current", p9_outstanding(h));
}

static void show_short_writes(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "short_writes total=", h->p9.short_writes, " retries=", h->p9.retries, "\n");
}

static void cbor_short_writes(const struct hive *h, const uint64_t *arg, struct text *out)
{
    cbor_pairs(out, "total", h->p9.short_writes, "retries", h->p9.retries);
}

static const struct ns_pattern patterns[] = {
    {.path = "/proc/boot", .gate = true, .roles = NS_ALL_WORKERS, .ops = NS_OPS(.show = show_boot)},
    {.path = "/proc/tests", .dir = true, .gate = true},
    {.path = "/proc/bench/zero", .gate = true, .bytes = true, .ops = NS_OPS(.constant = zero_bytes)},
    {.path = "/proc/bench/null", .mode = NS_WRITE, .gate = true, .bytes = true, .unaudited = true,
     .ops = NS_OPS(.check = null_check, .apply = null_apply)},
    {.path = "/proc/tests/{test}", .gate = true,
     .ops = NS_OPS(.find = find_test, .list = list_tests, .name = name_test, .constant = test_text)},
    {.path = "/proc/pressure/busy", .gate = COH_OBSERVABILITY_PROC_PRESSURE_BUSY, .ops = &busy_ops},
    {.path = "/proc/pressure/quota", .gate = COH_OBSERVABILITY_PROC_PRESSURE_QUOTA, .ops = &quota_ops},
    {.path = "/proc/pressure/cut", .gate = COH_OBSERVABILITY_PROC_PRESSURE_CUT, .ops = &cut_ops},
    {.path = "/proc/pressure/policy", .gate = COH_OBSERVABILITY_PROC_PRESSURE_POLICY, .ops = &policy_ops},
    {.path = "/proc/root/reachable", .gate = COH_OBSERVABILITY_PROC_ROOT_REACHABLE, .ops = &reachable_ops},
    {.path = "/proc/root/last_seen_ms", .gate = COH_OBSERVABILITY_PROC_ROOT_LAST_SEEN_MS, .ops = &last_seen_ms_ops},
    {.path = "/proc/root/cut_reason", .gate = COH_OBSERVABILITY_PROC_ROOT_CUT_REASON, .ops = &cut_reason_ops},
    {.path = "/proc/9p/sessions", .gate = COH_OBSERVABILITY_PROC_9P_SESSIONS, .cbor = COH_UI_PROVIDERS_PROC_9P_SESSIONS,
     .ops = NS_OPS(.show = show_sessions, .cbor = cbor_sessions)},
    {.path = "/proc/9p/outstanding", .gate = COH_OBSERVABILITY_PROC_9P_OUTSTANDING,
     .cbor = COH_UI_PROVIDERS_PROC_9P_OUTSTANDING, .ops = NS_OPS(.show = show_outstanding, .cbor = cbor_outstanding)},
    {.path = "/proc/9p/short_writes", .gate = COH_OBSERVABILITY_PROC_9P_SHORT_WRITES,
     .cbor = COH_UI_PROVIDERS_PROC_9P_SHORT_WRITES,
     .ops = NS_OPS(.show = show_short_writes, .cbor = cbor_short_writes)},
};
const struct ns_table proc_nodes = {NS_PATTERNS(patterns)};
