/* Files of the hive through the console: views, workers, tickets and budgets, control files, streams. */
#include "support/client.h"
#include "support/ring.h"

static void a_worker_ticks_until_its_ticks_are_used_up(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":2}", "OK SPAWN payload={\"spawn\":\"heartbeat\",\"ticks\":2}\n");
    expect(b, 1, "LS /worker", "OK LS path=/worker entries=1\nworker-1\nEND\n");
    expect(b, 1, "LS /shard", "OK LS path=/shard entries=1\n13\nEND\n");
    pass_ms(b, COH_WORKERS_HEARTBEAT_MS);
    expect(b, 1, "CAT /worker/worker-1/telemetry",
           "OK CAT path=/worker/worker-1/telemetry data={\"tick\":1,\"ts_ms\":250}\n{\"tick\":1,\"ts_ms\":250}\nEND\n");
    expect_holds(b, 1, "TAIL /shard/13/worker/worker-1/telemetry", "{\"tick\":1,\"ts_ms\":250}\nEND\n");
    expect(b, 1, "TAIL /shard/13/worker/worker-1/telemetry",
           "OK TAIL path=/shard/13/worker/worker-1/telemetry\nEND\n");
    pass_ms(b, COH_WORKERS_HEARTBEAT_MS);
    expect(b, 1, "LS /worker", "OK LS path=/worker entries=0\nEND\n");
    expect_holds(b, 1, "CAT /log/queen.log", "worker ended id=worker-1 role=worker-heartbeat reason=ticks tick=2");
    expect_holds(b, 1, "CAT /worker/worker-1/telemetry", "ERR CAT reason=policy detail=invalid-path");
    leave(b, 1);
}

static void ids_are_never_reused_and_listings_are_lexicographic(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < 11; i++)
        ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    expect(b, 1, "KILL worker-3", "OK KILL id=worker-3\n");
    expect(b, 1, "KILL worker-3", "ERR KILL reason=policy detail=invalid-path path=/worker/worker-3 error=invalid path\n");
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    expect(b, 1, "LS /worker",
           "OK LS path=/worker entries=11\nworker-1\nworker-10\nworker-11\nworker-12\nworker-2\nworker-4\nworker-5\n"
           "worker-6\nworker-7\nworker-8\nworker-9\nEND\n");
    leave(b, 1);
}

static void ttl_and_a_new_budget_end_a_worker(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"budget\":{\"ttl_s\":1}}");
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    expect_holds(b, 1, "ECHO /queen/ctl {\"budget\":{\"worker\":\"worker-2\",\"ttl_s\":2}}", "OK ECHO");
    pass_ms(b, 1000);
    expect(b, 1, "LS /worker", "OK LS path=/worker entries=1\nworker-2\nEND\n");
    pass_ms(b, 1000);
    expect(b, 1, "LS /worker", "OK LS path=/worker entries=0\nEND\n");
    expect_holds(b, 1, "CAT /log/queen.log", "reason=ttl");
    leave(b, 1);
}

static void the_pool_of_workers_says_busy_and_recovers(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++)
        expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    expect(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "ERR SPAWN reason=busy detail=workers path=/queen/ctl\n");
    expect_holds(b, 1, "LS /worker", "entries=1024\n");
    pass_ms(b, 500);
    expect(b, 1, "KILL worker-512", "OK KILL id=worker-512\n");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    expect_holds(b, 1, "LS /worker/worker-1025", "telemetry\ntrace\nEND\n");
    leave(b, 1);
}

/* Lines that /queen/ctl refuses: nothing happens, one audit line, one counter step. */
static void bad_orders_change_nothing(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *line, *detail;
    } rows[] = {
        {"{", "invalid-json"},
        {"[]", "invalid-json"},
        {"{}", "invalid-fields"},
        {"{\"spawn\":\"heartbeat\"} x", "invalid-json"},
        {"{\"spawn\":\"heartbeat\",\"spawn\":\"heartbeat\"}", "invalid-fields"},
        {"{\"spawn\":\"heartbeat\",\"color\":1}", "invalid-fields"},
        {"{\"spawn\":\"heartbeat\",\"adapter\":\"a\"}", "invalid-fields"},
        {"{\"spawn\":5}", "invalid-fields"},
        {"{\"spawn\":\"king\"}", "unknown-role"},
        {"{\"spawn\":\"heartbeat\",\"ticks\":0}", "invalid-budget"},
        {"{\"spawn\":\"heartbeat\",\"ticks\":-1}", "invalid-json"},
        {"{\"spawn\":\"heartbeat\",\"ticks\":1.5}", "invalid-json"},
        {"{\"spawn\":\"heartbeat\",\"ticks\":\"9\"}", "invalid-fields"},
        {"{\"spawn\":\"heartbeat\",\"budget\":{\"ttl_s\":0}}", "invalid-budget"},
        {"{\"spawn\":\"heartbeat\",\"budget\":{\"mem\":1}}", "invalid-budget"},
        {"{\"kill\":\"\"}", "invalid-fields"},
        {"{\"kill\":7}", "invalid-fields"},
        {"{\"kill\":\"worker-9\"}", "invalid-path"},
        {"{\"budget\":{\"worker\":\"worker-9\",\"ops\":1}}", "invalid-path"},
        {"{\"budget\":{\"ops\":1}}", "invalid-fields"},
        {"{\"budget\":{\"worker\":\"worker-1\",\"ticks\":1}}", "invalid-fields"},
        {"{\"bind\":{\"from\":\"/nope\",\"to\":\"/shadow\"}}", "invalid-path"},
        {"{\"bind\":{\"from\":\"/shard\",\"to\":\"/\"}}", "invalid-bind"},
        {"{\"mount\":{\"service\":\"nope\",\"at\":\"/shadow\"}}", "invalid-path"},
        {"{\"spawn\":\"gpu\"}", "invalid-fields"},
    };
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256], part[80];
        uint64_t policy = b->h->pressure[PRESSURE_POLICY];
        uint64_t log = b->h->log.queen.next;
        snprintf(line, sizeof line, "ECHO /queen/ctl %s", rows[i].line);
        snprintf(part, sizeof part, "ERR ECHO reason=policy detail=%s path=/queen/ctl error=", rows[i].detail);
        expect_holds(b, 1, line, part);
        assert_int_equal(b->h->pressure[PRESSURE_POLICY], policy + 1);
        static uint8_t text[4096];
        size_t n = ring_read(&b->h->log.queen, log, text, sizeof text);
        assert_ptr_equal(memchr(text, '\n', n), text + n - 1);
    }
    expect_holds(b, 1, "ECHO /queen/ctl {\"spawn\":\"gpu\",\"lease\":{\"gpu_id\":\"GPU-7\",\"mem_mb\":4,\"streams\":1,\"ttl_s\":9}}",
                 "ERR ECHO reason=busy detail=no-gpu");
    expect_holds(b, 1, "ECHO /queen/ctl {\"spawn\":\"bus\",\"adapter\":\"m\"}", "ERR ECHO reason=busy detail=no-adapter");
    expect(b, 1, "CAT /queen/ctl", "OK CAT path=/queen/ctl data=\nEND\n");
    assert_int_equal(b->h->workers_state.last_number, 0);
    leave(b, 1);
}

static void a_worker_sees_its_own_directory_alone(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-2"};
    join_queen(b, 1);
    for (uint32_t i = 0; i < 3; i++)
        ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    expect(b, 2, "LS /", "OK LS path=/ entries=4\nlog\nproc\nshard\nworker\nEND\n");
    expect(b, 2, "LS /proc", "OK LS path=/proc entries=1\nboot\nEND\n");
    expect(b, 2, "LS /worker", "OK LS path=/worker entries=1\nworker-2\nEND\n");
    expect(b, 2, "LS /shard", "OK LS path=/shard entries=1\n1c\nEND\n");
    expect(b, 2, "CAT /worker/worker-1/telemetry",
           "ERR CAT reason=policy detail=denied path=/worker/worker-1/telemetry error=EPERM\n");
    expect(b, 2, "LS /queen", "ERR LS reason=policy detail=denied path=/queen error=EPERM\n");
    expect(b, 2, "LS /queen/nope", "ERR LS reason=policy detail=invalid-path path=/queen/nope error=invalid path\n");
    expect(b, 2, "CAT /worker/worker-9/telemetry",
           "ERR CAT reason=policy detail=invalid-path path=/worker/worker-9/telemetry error=invalid path\n");
    expect(b, 2, "ECHO /log/queen.log x", "ERR ECHO reason=policy detail=denied path=/log/queen.log error=EPERM\n");
    expect(b, 2, "SPAWN {\"spawn\":\"heartbeat\"}", "ERR SPAWN reason=policy detail=denied path=/queen/ctl error=EPERM\n");
    expect(b, 2, "NETSTATS", "ERR NETSTATS reason=policy detail=denied error=EPERM\n");
    expect(b, 2, "ECHO /worker/worker-2/telemetry {\"k\":1}", "OK ECHO path=/worker/worker-2/telemetry bytes=7\n");
    expect_holds(b, 1, "CAT /shard/1c/worker/worker-2/telemetry", "{\"k\":1}\nEND\n");
    expect_holds(b, 1, "CAT /log/queen.log", " result=policy subject=worker-2 path=/worker/worker-1/telemetry");
    ask(b, 1, "KILL worker-2");
    expect(b, 2, "LS /", "ERR LS reason=cut path=/\n");
    expect(b, 2, "PING", "PONG\nOK PING reply=pong\n");
    assert_string_equal(attach_with(b, 2, "worker", &m), "ERR ATTACH reason=cut detail=ended\n");
    m.subject = "worker-4"; /* is not spawned yet */
    assert_string_equal(attach_with(b, 2, "worker", &m), "OK ATTACH role=worker-heartbeat\n");
    leave(b, 1);
    leave(b, 2);
}

static void a_ticket_is_held_to_its_role_its_time_and_its_scopes(void **state)
{
    struct bench *b = *state;
    struct mint never = {.role = ROLE_QUEEN, .has_ttl = true};
    struct mint gpu = {.role = ROLE_GPU, .subject = "worker-1"};
    struct mint nobody = {.role = ROLE_HEARTBEAT};
    struct mint scoped = {.role = ROLE_QUEEN, .scope = "/proc", .scope_verb = TICKET_READ, .scope_rate = 2};
    struct mint brief = {.role = ROLE_QUEEN, .has_ttl = true, .ttl_s = 2};
    join(b, 1);
    assert_string_equal(attach_with(b, 1, "queen", &never), "ERR ATTACH reason=expired\n");
    pass_ms(b, 1000);
    assert_string_equal(attach_with(b, 1, "worker", &gpu), "ERR ATTACH reason=denied\n");
    pass_ms(b, 1000);
    assert_string_equal(attach_with(b, 1, "worker", &nobody), "ERR ATTACH reason=denied\n");
    pass_ms(b, 1000);
    assert_string_equal(attach_with(b, 1, "queen", &scoped), "OK ATTACH role=queen\n");
    expect(b, 1, "LS /", "ERR LS reason=policy detail=denied path=/ error=EPERM\n");
    expect_holds(b, 1, "LS /proc", "OK LS");
    expect_holds(b, 1, "CAT /proc/boot", "OK CAT");
    expect(b, 1, "CAT /proc/boot", "ERR CAT reason=throttled delay_ms=1000 path=/proc/boot\n");
    pass_ms(b, 1000);
    expect_holds(b, 1, "CAT /proc/boot", "OK CAT");
    expect(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "ERR SPAWN reason=policy detail=denied path=/queen/ctl error=EPERM\n");
    assert_string_equal(attach_with(b, 1, "queen", &brief), "OK ATTACH role=queen\n");
    expect_holds(b, 1, "LS /", "OK LS");
    pass_ms(b, 2000);
    expect(b, 1, "LS /", "ERR LS reason=cut path=/\n");
    assert_string_equal(attach_with(b, 1, "queen", &brief), "ERR ATTACH reason=expired\n");
    leave(b, 1);
}

static void operations_and_quotas_of_a_ticket_last_over_its_sessions(void **state)
{
    struct bench *b = *state;
    struct mint ops = {.role = ROLE_QUEEN, .has_ops = true, .ops = 3};
    struct mint bytes = {.role = ROLE_QUEEN, .has_quotas = true, .bandwidth = 40};
    struct mint cursors = {.role = ROLE_QUEEN, .has_quotas = true, .resumes = 1};
    join(b, 1);
    join(b, 2);
    attach_with(b, 1, "queen", &ops);
    expect_holds(b, 1, "LS /", "OK LS");
    attach_with(b, 2, "queen", &ops);
    expect_holds(b, 2, "LS /", "OK LS");
    expect_holds(b, 2, "LS /", "OK LS");
    expect(b, 2, "LS /", "ERR LS reason=quota path=/ error=ELIMIT\n");
    expect(b, 2, "LS /", "ERR LS reason=cut path=/\n");
    expect(b, 1, "LS /", "ERR LS reason=quota path=/ error=ELIMIT\n");
    attach_with(b, 1, "queen", &bytes);
    expect_holds(b, 1, "CAT /proc/lifecycle/state", "OK CAT");
    expect_holds(b, 1, "CAT /proc/boot", "ERR CAT reason=quota path=/proc/boot error=ELIMIT\n");
    attach_with(b, 2, "queen", &cursors);
    expect_holds(b, 2, "TAIL /kmesg", "OK TAIL");
    expect_holds(b, 2, "TAIL /kmesg", "OK TAIL");
    expect_holds(b, 2, "TAIL /kmesg", "ERR TAIL reason=quota");
    leave(b, 1);
    leave(b, 2);
}

static void a_worker_s_operations_are_refused_then_it_ends(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\",\"budget\":{\"ops\":2}}");
    join(b, 2);
    attach_with(b, 2, "worker", &m);
    expect_holds(b, 2, "LS /", "OK LS");
    expect_holds(b, 2, "LS /", "OK LS");
    expect(b, 2, "LS /", "ERR LS reason=quota path=/ error=ELIMIT\n");
    pass_ms(b, 1);
    expect(b, 2, "LS /", "ERR LS reason=cut path=/\n");
    expect_holds(b, 1, "LOG", "worker ended id=worker-1 role=worker-heartbeat reason=ops");
    leave(b, 1);
    leave(b, 2);
}

static void a_listing_that_outgrows_its_block_is_refused_and_halts_nothing(void **state)
{
    struct bench *b = *state;
    b->h->workers_state.last_number = 99999999999999ull;
    join_queen(b, 1);
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++)
        expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    expect(b, 1, "LS /worker", "ERR LS reason=quota detail=too-big path=/worker\n");
    expect_holds(b, 1, "LS /worker/worker-100000000000000", "telemetry\ntrace\nEND\n");
    leave(b, 1);
}

static void cachelog_begins_with_a_whole_line(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    for (uint32_t i = 0; i < 200; i++)
        expect_holds(b, 1, "ECHO /log/queen.log \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "OK ECHO");
    const char *got = ask(b, 1, "CACHELOG 150");
    uint32_t lines = 0;
    for (const char *at = got; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 150 + 2); /* acknowledgement and END */
    expect_holds(b, 1, "CACHELOG 1000000", "OK CACHELOG\n0 lifecycle transition");
    leave(b, 1);
}

static void an_audit_line_can_not_be_forged_by_a_subject_or_a_path(void **state)
{
    struct bench *b = *state;
    char line[600];
    struct mint m = {.role = ROLE_QUEEN, .subject = "x result=ok path=/queen/ctl"};
    join(b, 1);
    snprintf(line, sizeof line, "ATTACH queen %s", mint(&m));
    line[strlen(line) - 1] ^= 1; /* the MAC no longer holds */
    expect(b, 1, line, "ERR ATTACH reason=denied\n");
    join_queen(b, 2);
    expect_holds(b, 2, "CAT /log/queen.log", " result=denied claimed=x\\x20result\\x3dok\\x20path\\x3d/queen/ctl\n");
    leave(b, 1);
    leave(b, 2);
}

static void bad_paths_are_refused_alike(void **state)
{
    struct bench *b = *state;
    static const char *const paths[] = {"proc", "/proc/", "//proc", "/proc/..", "/./proc", "/proc//boot",
                                        "/proc/boot/x", "/a/b/c/d/e/f/g/h/i", "/nothing"};
    join_queen(b, 1);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char line[64], want[128];
        snprintf(line, sizeof line, "CAT %s", paths[i]);
        snprintf(want, sizeof want, "ERR CAT reason=policy detail=invalid-path path=%s error=invalid path\n", paths[i]);
        expect(b, 1, line, want);
    }
    expect(b, 1, "CAT /proc", "ERR CAT reason=policy detail=is-a-directory path=/proc error=is a directory\n");
    expect(b, 1, "LS /proc/boot", "ERR LS reason=policy detail=not-a-directory path=/proc/boot error=not a directory\n");
    expect(b, 1, "ECHO /proc/boot x", "ERR ECHO reason=policy detail=denied path=/proc/boot error=EPERM\n");
    leave(b, 1);
}

static void content_can_not_pose_as_protocol(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {"END", "OK PING", "ERR X", "PONG", "\\x", "ENDING", "OKAY"};
    join_queen(b, 1);
    ask(b, 1, "LOG");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "ECHO /log/queen.log %s", lines[i]);
        expect_holds(b, 1, line, "OK ECHO");
    }
    expect(b, 1, "LOG",
           "OK LOG path=/log/queen.log\n\\END\n\\OK PING\n\\ERR X\n\\PONG\n\\\\x\nENDING\nOKAY\nEND\n");
    expect(b, 1, "CACHELOG 2", "OK CACHELOG\nENDING\nOKAY\nEND\n");
    leave(b, 1);
}

/* The longest line that a frame carries, in two-byte characters: cut on their boundary in frames and in the summary. */
static void long_lines_are_cut_between_characters(void **state)
{
    struct bench *b = *state;
    char line[CONSOLE_LINE_BYTES + 1] = "ECHO /log/queen.log ";
    size_t n = strlen(line);
    while (n + 2 <= CONSOLE_LINE_BYTES) {
        memcpy(line + n, "\xc3\xa9", 2);
        n += 2;
    }
    line[n] = 0;
    join_queen(b, 1);
    expect_holds(b, 1, line, "OK ECHO path=/log/queen.log bytes=236\n");
    const char *got = ask(b, 1, "CAT /log/queen.log");
    const char *end = strchr(got, '\n');
    assert_true(end - got <= (ptrdiff_t)CONSOLE_LINE_BYTES && end - got >= (ptrdiff_t)CONSOLE_LINE_BYTES - 1);
    assert_memory_equal(end - 2, "\xc3\xa9", 2);
    leave(b, 1);
}

static void lifecycle_commands_gate_spawns(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "ERR ECHO reason=policy detail=invalid-transition");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl dance", "ERR ECHO reason=policy detail=invalid-command");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "ERR SPAWN reason=cut detail=gate-denied");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "ERR ECHO reason=policy detail=outstanding-leases");
    ask(b, 1, "KILL worker-1");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl drain", "OK ECHO");
    expect_holds(b, 1, "CAT /proc/lifecycle/state", "data=state=QUIESCED\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl reset", "OK ECHO");
    expect_holds(b, 1, "CAT /proc/lifecycle/state", "data=state=ONLINE\n");
    expect_holds(b, 1, "CAT /proc/lifecycle/reason", "data=reason=auto\n");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle transition old=DRAINING new=QUIESCED reason=drain");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=drain state=DRAINING reason=outstanding-leases leases=1");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=spawn state=DRAINING reason=gate-denied");
    leave(b, 1);
}

static void telemetry_wraps_are_logged_and_old_records_go_whole(void **state)
{
    struct bench *b = *state;
    char line[256] = "ECHO /worker/worker-1/telemetry ";
    size_t n = strlen(line);
    memset(line + n, 'r', 200);
    line[n + 200] = 0;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}");
    for (uint32_t i = 0; i < 6; i++)
        expect_holds(b, 1, line, "OK ECHO");
    expect_holds(b, 1, "LOG", "telemetry ring wrap worker=worker-1 dropped=1");
    expect_lacks(b, 1, "LOG", "ring wrap"); /* once a minute, so that the log keeps its audit lines */
    pass_ms(b, 61000);
    expect_holds(b, 1, "LOG", "telemetry ring wrap worker=worker-1 dropped=");
    const char *got = ask(b, 1, "CAT /worker/worker-1/telemetry");
    assert_non_null(strstr(got, "END\n"));
    leave(b, 1);
}

static void proc_files_tell_the_state(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "CAT /proc/boot", "manifest.sha256=" COH_MANIFEST_SHA256 "\nEND\n");
    expect_holds(b, 1, "CAT /proc/root/reachable", "reachable=yes\nEND\n");
    expect_holds(b, 1, "CAT /proc/root/cut_reason", "cut_reason=none\nEND\n");
    hive_net(b->h)->link_up = false;
    expect_holds(b, 1, "CAT /proc/root/reachable", "reachable=no\n");
    expect_holds(b, 1, "CAT /proc/root/cut_reason", "cut_reason=network_unreachable\n");
    expect_holds(b, 1, "NETTEST", "ERR NETTEST reason=busy detail=link-down\n");
    expect_holds(b, 1, "CAT /proc/budget", "pool=sessions used=1 peak=1 cap=33 bytes=");
    expect_holds(b, 1, "CAT /proc/9p/session/1/owner", "owner=queen\n");
    expect_holds(b, 1, "CAT /proc/9p/session/1/state", "state=ACTIVE\n");
    expect_holds(b, 1, "LS /proc/tests", "OK LS path=/proc/tests entries=");
    expect(b, 1, "BI", "ERR BOOTINFO reason=unsupported\n");
    expect(b, 1, "SMP", "ERR SMP reason=unsupported\n");
    expect(b, 1, "TEST", "ERR TEST reason=unsupported\n");
    leave(b, 1);
}

static void bootinfo_verbs_speak_of_the_kernel(void **state)
{
    struct bench *b = *state;
    b->h->facts.has_bootinfo = true;
    b->h->facts.node_bits = 12;
    b->h->facts.nodes = 1;
    b->h->facts.empty_start = 0x40;
    b->h->facts.empty_end = 0x1000;
    b->h->facts.cap_root = 2;
    b->h->facts.mem_untyped = 40;
    b->h->facts.mem_ram_bytes = 0x10000;
    b->h->facts.mem_device_bytes = 0x2000;
    join_queen(b, 1);
    expect(b, 1, "BI", "OK BOOTINFO node_bits=12 empty=[0x40,0x1000) nodes=1\n");
    expect(b, 1, "CAPS", "OK CAPS root=0x2 ep=0x0 uart=0x0\n");
    expect(b, 1, "MEM", "OK MEM untyped=40 ram=65536 device=8192\n");
    hive_net(b->h)->taken = (struct hive_taken){.slots = 3, .ram = 0x1000, .device = 0x1000};
    expect(b, 1, "BI", "OK BOOTINFO node_bits=12 empty=[0x43,0x1000) nodes=1\n");
    expect(b, 1, "MEM", "OK MEM untyped=40 ram=61440 device=4096\n");
    leave(b, 1);
}

static void smp_tells_who_runs_on_which_core(void **state)
{
    static const struct hive_task tasks[] = {{"authority", 0}, {"nicd", 1},    {"netd", 1},
                                             {"workers", 1},   {"workers", 3}, {NULL, 0}};
    struct mint worker = {.role = ROLE_HEARTBEAT, .subject = "worker-1"};
    struct bench *b = *state;
    b->h->facts.nodes = 4;
    b->h->facts.placement = tasks;
    hive_net(b->h)->wakeups = 812;
    hive_net(b->h)->slept_ms = 750;
    join_queen(b, 1);
    b->now = 999;
    expect(b, 1, "SMP",
           "OK SMP cores=4 core0=authority core1=nicd,netd,workers core2=none core3=workers authority.wakeups=812 "
           "authority.idle_permille=750\n");
    join(b, 2);
    attach_with(b, 2, "worker", &worker);
    expect(b, 2, "SMP", "ERR SMP reason=policy detail=denied error=EPERM\n");
    b->h->facts.placement = NULL;
    expect(b, 2, "SMP", "ERR SMP reason=unsupported\n");
    leave(b, 1);
}

static void smp_fits_a_line_whatever_the_counts(void **state)
{
    static const struct hive_task tasks[] = {{"authority", 3}, {"nicd", 3},    {"netd", 3},    {"workers", 0},
                                             {"workers", 1},   {"workers", 2}, {"workers", 3}, {NULL, 0}};
    struct bench *b = *state;
    b->h->facts.nodes = 4;
    b->h->facts.placement = tasks;
    hive_net(b->h)->wakeups = UINT64_MAX;
    join_queen(b, 1);
    expect(b, 1, "SMP",
           "OK SMP cores=4 core0=workers core1=workers core2=workers core3=authority,nicd,netd,workers "
           "authority.wakeups=18446744073709551615 authority.idle_permille=0\n");
    leave(b, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_worker_ticks_until_its_ticks_are_used_up),
        CASE(ids_are_never_reused_and_listings_are_lexicographic),
        CASE(ttl_and_a_new_budget_end_a_worker),
        CASE(the_pool_of_workers_says_busy_and_recovers),
        CASE(bad_orders_change_nothing),
        CASE(a_worker_sees_its_own_directory_alone),
        CASE(a_ticket_is_held_to_its_role_its_time_and_its_scopes),
        CASE(operations_and_quotas_of_a_ticket_last_over_its_sessions),
        CASE(a_worker_s_operations_are_refused_then_it_ends),
        CASE(a_listing_that_outgrows_its_block_is_refused_and_halts_nothing),
        CASE(cachelog_begins_with_a_whole_line),
        CASE(an_audit_line_can_not_be_forged_by_a_subject_or_a_path),
        CASE(bad_paths_are_refused_alike),
        CASE(content_can_not_pose_as_protocol),
        CASE(long_lines_are_cut_between_characters),
        CASE(lifecycle_commands_gate_spawns),
        CASE(telemetry_wraps_are_logged_and_old_records_go_whole),
        CASE(proc_files_tell_the_state),
        CASE(bootinfo_verbs_speak_of_the_kernel),
        CASE(smp_tells_who_runs_on_which_core),
        CASE(smp_fits_a_line_whatever_the_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
