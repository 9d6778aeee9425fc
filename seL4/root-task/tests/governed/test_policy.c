/* Policy: what a rule gates needs an approval, an approval is used once, and rules change only by whole sets. */
#define BENCH_GATED
#include "support/p9_client.h"

#include "base/cbor.h"
#include "base/hash.h"
#include "hive/govern.h"
#include "support/invariants.h"

#define QUEUE "ECHO /actions/queue "
#define CTL "ECHO /policy/ctl "
#define P "{\"schema\":\"policy/v1\",\"id\":\"p\",\"op\":\"apply\""
#define SPAWN "ECHO /queen/ctl {\"spawn\":\"heartbeat\"}"
#define NEEDS "ERR ECHO reason=policy detail=denied path=/queen/ctl error=EPERM\n"
#define DONE "OK ECHO path=/queen/ctl bytes=21\n"

/* One more action, approve or deny. */
static void queue(struct bench *b, const char *id, const char *target, const char *decision)
{
    char line[400];
    snprintf(line, sizeof line, QUEUE "{\"id\":\"%s\",\"target\":\"%s\",\"decision\":\"%s\"}", id, target, decision);
    expect_holds(b, 1, line, "OK ECHO path=/actions/queue");
}

static void apply(struct bench *b, const char *id, const char *rules)
{
    char line[400];
    snprintf(line, sizeof line, CTL "{\"schema\":\"policy/v1\",\"id\":\"%s\",\"op\":\"apply\",\"rules\":[%s]}", id, rules);
    expect_holds(b, 1, line, "OK ECHO path=/policy/ctl");
}

static const char *log_of(struct bench *b)
{
    content(b, "/log/queen.log");
    return b->answer;
}

static void expect_log(struct bench *b, const char *part)
{
    if (!strstr(log_of(b), part))
        fail_msg("the log lacks `%s`: %s", part, b->answer);
}

static void a_gated_write_needs_an_approval_and_uses_it_once(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    uint64_t policy = b->h->pressure[PRESSURE_POLICY];
    expect(b, 1, SPAWN, NEEDS);
    assert_int_equal(b->h->pressure[PRESSURE_POLICY], policy + 1);
    assert_int_equal(b->h->workers_state.by.n, 0);
    expect_file(b, "/queen/ctl", "");
    expect_log(b, " policy denied target=/queen/ctl rule=queen-ctl\n");
    expect_log(b, " audit op=write role=queen result=policy detail=approval-required path=/queen/ctl\n");
    queue(b, "approval-1", "/queen/ctl", "approve");
    expect_file(b, "/actions/approval-1/status", "queued\n");
    expect(b, 1, SPAWN, DONE);
    expect_file(b, "/actions/approval-1/status", "consumed\n");
    assert_int_equal(b->h->workers_state.by.n, 1);
    expect_log(b, " policy approved id=approval-1 target=/queen/ctl rule=queen-ctl by=queen\n");
    expect_file(b, "/audit/decisions",
                "{\"seq\":1,\"ms\":0,\"role\":\"queen\",\"decision\":\"denied\",\"target\":\"/queen/ctl\",\"rule\":\"queen-ctl\"}\n"
                "{\"seq\":2,\"ms\":0,\"role\":\"queen\",\"decision\":\"approved\",\"id\":\"approval-1\","
                "\"target\":\"/queen/ctl\",\"rule\":\"queen-ctl\"}\n");
    assert_true(strstr(log_of(b), "policy approved") < strstr(b->answer, "worker spawned"));
    expect(b, 1, SPAWN, NEEDS);
    expect_holds(b, 1, QUEUE "{\"id\":\"approval-1\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}",
                 "ERR ECHO reason=policy detail=duplicate-id path=/actions/queue error=want ");
    expect(b, 1, SPAWN, NEEDS);
    assert_int_equal(b->h->workers_state.by.n, 1);
}

static void verbs_that_write_a_gated_file_are_gated_alike(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "ERR SPAWN reason=policy detail=denied path=/queen/ctl error=EPERM\n");
    queue(b, "a", "/queen/ctl", "approve");
    queue(b, "b", "/queen/ctl", "approve");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"heartbeat\"}", "OK SPAWN");
    expect_holds(b, 1, "KILL worker-1", "OK KILL");
    expect_file(b, "/actions/a/status", "consumed\n");
    expect_file(b, "/actions/b/status", "consumed\n");
}

static void a_write_that_is_refused_uses_no_approval(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    expect_holds(b, 1, "ECHO /queen/ctl {\"kill\":\"worker-9\"}", "detail=invalid-path");
    expect_holds(b, 1, "ECHO /queen/ctl nonsense", "detail=invalid-json");
    b->h->workers_state.by.n += COH_WORKERS_MAX; /* no room */
    struct caller queen = {0};
    struct ns_ref ref;
    struct ns_why why = {0};
    assert_int_equal(ns_resolve(&b->h->tree, b->h, &queen, bytes_str("/queen/ctl"), &ref), COH_OK);
    struct ns_write w = {.who = queen, .ref = &ref, .arg = ref.arg, .line = bytes_str("{\"spawn\":\"heartbeat\"}")};
    assert_int_equal(govern_check(b->h, &w, &why), COH_BUSY);
    b->h->workers_state.by.n -= COH_WORKERS_MAX;
    expect_file(b, "/actions/a/status", "queued\n");
}

static void an_approval_of_another_target_does_not_help(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/lifecycle/ctl", "approve");
    queue(b, "b", "/queen/ctl/x", "approve");
    queue(b, "c", "/queen", "approve");
    queue(b, "d", "/queen/ct", "approve");
    expect(b, 1, SPAWN, NEEDS);
    expect_file(b, "/actions/a/status", "queued\n");
    expect(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO path=/queen/lifecycle/ctl bytes=6\n");
    expect_file(b, "/actions/a/status", "queued\n"); /* no rule gates it */
}

static void a_bind_does_not_lead_around_the_gate(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    expect_holds(b, 1, "ECHO /queen/ctl {\"bind\":{\"from\":\"/queen\",\"to\":\"/other\"}}", "OK ECHO");
    expect(b, 1, "ECHO /other/ctl {\"spawn\":\"heartbeat\"}",
           "ERR ECHO reason=policy detail=denied path=/other/ctl error=EPERM\n");
    expect_log(b, "policy denied target=/queen/ctl rule=queen-ctl\n");
}

static void approvals_of_one_target_go_oldest_first(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "z", "/queen/ctl", "approve");
    queue(b, "a", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE);
    expect_file(b, "/actions/z/status", "consumed\n");
    expect_file(b, "/actions/a/status", "queued\n");
    expect_holds(b, 1, "LS /actions", "a\nqueue\nz\n");
}

static void a_denial_refuses_the_next_write_to_its_target_and_is_used_up(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "yes", "/queen/ctl", "approve");
    queue(b, "no", "/queen/ctl", "deny");
    expect(b, 1, SPAWN, NEEDS);
    expect_file(b, "/actions/no/status", "consumed\n");
    expect_file(b, "/actions/yes/status", "queued\n");
    expect_log(b, " policy denied id=no target=/queen/ctl rule=queen-ctl by=queen\n");
    expect_log(b, " audit op=write role=queen result=policy detail=approval-denied path=/queen/ctl\n");
    expect(b, 1, SPAWN, DONE);
    expect_file(b, "/actions/yes/status", "consumed\n");
}

static void queue_bound(struct bench *b, const char *id, const char *decision, const char *text)
{
    uint8_t digest[HASH_BYTES];
    char line[400];
    BUF(hex, 2 * HASH_BYTES);
    sha256(bytes_str(text), digest);
    buf_hex(&hex, bytes_of(digest, sizeof digest));
    snprintf(line, sizeof line, QUEUE "{\"id\":\"%s\",\"target\":\"/queen/ctl\",\"decision\":\"%s\",\"sha256\":\"%.64s\"}", id,
             decision, (const char *)hex.p);
    expect_holds(b, 1, line, "OK ECHO path=/actions/queue");
}

static void an_approval_that_is_bound_to_a_content_admits_only_that(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue_bound(b, "kill", "approve", "{\"kill\":\"worker-1\"}");
    expect(b, 1, SPAWN, NEEDS);
    queue_bound(b, "spawn", "approve", "{\"spawn\":\"heartbeat\"}");
    expect(b, 1, SPAWN, DONE);
    expect_file(b, "/actions/kill/status", "queued\n");
    expect_file(b, "/actions/spawn/status", "consumed\n");
    expect(b, 1, SPAWN, NEEDS);
    queue_bound(b, "never", "deny", "{\"kill\":\"worker-1\"}");
    queue(b, "any", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE); /* the denial is of another content */
    expect_file(b, "/actions/any/status", "consumed\n");
    expect_holds(b, 1, "ECHO /queen/ctl {\"kill\":\"worker-1\"}", "detail=denied");
    expect_file(b, "/actions/never/status", "consumed\n");
    queue(b, "other", "/queen/ctl", "approve");
    expect_holds(b, 1, "ECHO /queen/ctl {\"kill\":\"worker-1\"}", "OK ECHO");
    expect_file(b, "/actions/kill/status", "consumed\n"); /* of both, the one that is good for nothing else */
    expect_file(b, "/actions/other/status", "queued\n");
}

static void two_writes_in_one_batch_do_not_share_an_approval(void **state)
{
    struct bench *b = *state;
    uint8_t batch[2 * CONSOLE_FRAME_MAX];
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    size_t n = frame(batch, bytes_str(SPAWN));
    n += frame(batch + n, bytes_str(SPAWN));
    for (size_t at = 0; at < n;) {
        at += hive_input(b->h, 1, bytes_of(batch + at, n - at), b->now);
        if (at < n)
            assert_non_null(strstr(hear(b, 1), "OK ECHO"));
    }
    hear(b, 1);
    assert_non_null(strstr(b->answer, NEEDS));
    assert_int_equal(b->h->workers_state.by.n, 1);
}

static void another_session_can_not_use_an_approval_again(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    join_queen(b, 2);
    p9_queen(b, 3);
    queue(b, "a", "/queen/ctl", "approve");
    expect(b, 2, SPAWN, DONE);
    expect(b, 1, SPAWN, NEEDS);
    assert_int_equal(p9_echo(b, 3, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 1); /* EPERM */
    queue_bound(b, "b", "approve", "{\"spawn\":\"heartbeat\"}"); /* without its newline */
    assert_int_equal(p9_echo(b, 3, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 0);
    expect_file(b, "/actions/b/status", "consumed\n");
}

static void a_worker_sees_neither_folder_and_appends_to_nothing_there(void **state)
{
    struct bench *b = *state;
    static const char *const lines[] = {QUEUE "{\"id\":\"a\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}",
                                        CTL "{\"schema\":\"policy/v1\",\"id\":\"p\",\"op\":\"apply\",\"rules\":[]}",
                                        "CAT /policy/rules", "LS /actions", "CAT /policy/preflight/req"};
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE);
    join(b, 2);
    attach_with(b, 2, "worker-heartbeat", &(struct mint){.role = ROLE_HEARTBEAT, .subject = "worker-1"});
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_holds(b, 2, lines[i], "detail=denied");
    assert_int_equal(b->h->policy.bytes, 0);
}

static void the_approver_is_named_by_his_ticket(void **state)
{
    struct bench *b = *state;
    join(b, 1);
    attach_with(b, 1, "queen", &(struct mint){.role = ROLE_QUEEN, .subject = "anna x=1"});
    join_queen(b, 2);
    queue(b, "a", "/queen/ctl", "approve");
    expect(b, 2, SPAWN, DONE);
    expect_log(b, " policy approved id=a target=/queen/ctl rule=queen-ctl by=anna\\x20x\\x3d1\n");
}

static void a_control_file_reads_as_what_was_accepted(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_file(b, "/actions/queue", "");
    expect_holds(b, 1, "LS /actions", "entries=1");
    expect_holds(b, 1, "CAT /actions/b/status", "detail=invalid-path");
    queue(b, "a", "/queen/ctl", "approve");
    expect_file(b, "/actions/queue", "{\"id\":\"a\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}\n");
    apply(b, "p", "");
    expect_file(b, "/policy/ctl", P ",\"rules\":[]}\n");
    expect_holds(b, 1, QUEUE "{}", "ERR ECHO reason=policy detail=invalid-fields path=/actions/queue error=want ");
    expect_holds(b, 1, CTL "{}", "ERR ECHO reason=policy detail=invalid-fields path=/policy/ctl error=want ");
}

static void long_lines_are_refused_over_secure9p(void **state)
{
    struct bench *b = *state;
    char line[3000];
    p9_queen(b, 3);
    snprintf(line, sizeof line, "{\"id\":\"a\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}%*s", 512, "");
    assert_int_equal(p9_echo(b, 3, "actions/queue", line), 90); /* EMSGSIZE */
    snprintf(line, sizeof line, "{\"schema\":\"policy/v1\",\"id\":\"p\",\"op\":\"apply\",\"rules\":[]}%*s", 2048, "");
    assert_int_equal(p9_echo(b, 3, "policy/ctl", line), 90);
}

static void a_full_queue_is_busy_until_something_is_consumed(void **state)
{
    struct bench *b = *state;
    char id[16];
    join_queen(b, 1);
    for (unsigned i = 0; i < COH_ECOSYSTEM_POLICY_QUEUE_MAX_ENTRIES; i++) {
        snprintf(id, sizeof id, "a-%u", i);
        queue(b, id, "/queen/ctl", i == 1 ? "deny" : "approve");
    }
    const char *more = QUEUE "{\"id\":\"more\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}";
    uint64_t busy = b->h->pressure[PRESSURE_BUSY];
    expect(b, 1, more, "ERR ECHO reason=busy detail=queue path=/actions/queue\n");
    assert_int_equal(b->h->pressure[PRESSURE_BUSY], busy + 1);
    expect(b, 1, SPAWN, NEEDS); /* uses the denial */
    expect(b, 1, SPAWN, DONE);
    expect_file(b, "/actions/a-1/status", "consumed\n");
    expect_file(b, "/actions/a-0/status", "consumed\n");
    expect_holds(b, 1, more, "OK ECHO");
    expect_holds(b, 1, "CAT /actions/a-1/status", "detail=invalid-path"); /* the oldest of the consumed */
    expect_file(b, "/actions/a-0/status", "consumed\n");
    expect_holds(b, 1, "ECHO /actions/queue {\"id\":\"a-0\",\"target\":\"/queen/ctl\",\"decision\":\"deny\"}", "duplicate-id");
    queue(b, "a-1", "/queen/ctl", "approve"); /* its id is free again, its old node is not it */
    expect_holds(b, 1, "CAT /actions/a-0/status", "detail=invalid-path");
    expect(b, 1, "ECHO /actions/queue {\"id\":\"x\",\"target\":\"/queen/ctl\",\"decision\":\"deny\"}",
           "ERR ECHO reason=busy detail=queue path=/actions/queue\n");
}

static void an_open_status_does_not_become_its_successors(void **state)
{
    struct bench *b = *state;
    struct p9_msg r;
    char id[16];
    join_queen(b, 1);
    p9_queen(b, 3);
    queue(b, "first", "/queen/ctl", "approve");
    assert_int_equal(p9_walk(b, 3, 0, 5, "actions/first/status"), 0);
    assert_int_equal(p9_open(b, 3, 5, 0), 0);
    assert_int_equal(p9_read(b, 3, 5, 0, 100, &r), 7);
    expect(b, 1, SPAWN, DONE);
    for (unsigned i = 0; i < COH_ECOSYSTEM_POLICY_QUEUE_MAX_ENTRIES; i++) {
        snprintf(id, sizeof id, "a-%u", i);
        queue(b, id, "/queen/ctl", "approve");
    }
    assert_true(p9_read(b, 3, 5, 0, 100, &r) <= 0);
}

static void the_queue_is_bounded_in_bytes_too(void **state)
{
    struct bench *b = *state;
    char line[500], err = 0;
    unsigned n = 0;
    p9_queen(b, 3);
    for (; !err && n <= COH_ECOSYSTEM_POLICY_QUEUE_MAX_ENTRIES; n++) {
        snprintf(line, sizeof line,
                 "{\"id\":\"%064u\",\"target\":\"/a%0126u\",\"decision\":\"approve\",\"sha256\":\"%064u\"}", n, 0u, n);
        err = (char)p9_echo(b, 3, "actions/queue", line);
    }
    assert_int_equal(err, 16); /* EBUSY */
    assert_int_equal(n - 1, COH_ECOSYSTEM_POLICY_QUEUE_MAX_BYTES / (64 + 128 + 32));
}

static void an_apply_replaces_the_rules_and_a_rollback_restores_them_once(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_file(b, "/policy/rules", "rule id=queen-ctl target=/queen/ctl source=manifest\n"
                                    "rule id=systemd-restart target=/host/systemd/*/restart source=manifest\n");
    apply(b, "p-1", "{\"id\":\"life\",\"target\":\"/queen/*/ctl\"}");
    expect_file(b, "/policy/rules", "rule id=life target=/queen/*/ctl source=p-1\n");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "detail=denied");
    expect_log(b, "policy denied target=/queen/lifecycle/ctl rule=life\n");
    expect_holds(b, 1, "ECHO /queen/telemetry/dev-1/ctl {\"new\":\"segment\",\"mime\":\"text/plain\"}", "OK ECHO");
    expect(b, 1, SPAWN, DONE);
    apply(b, "p-2", "");
    expect_file(b, "/policy/rules", "");
    expect_holds(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-1\",\"op\":\"rollback\"}", "OK ECHO path=/policy/ctl");
    expect_file(b, "/policy/rules", "rule id=life target=/queen/*/ctl source=p-1\n");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-2\",\"op\":\"rollback\"}",
                 "ERR ECHO reason=policy detail=nothing-to-roll-back path=/policy/ctl error=want ");
    apply(b, "p-3", "{\"id\":\"life\",\"target\":\"/queen/ctl\"}");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-3\",\"op\":\"rollback\"}", "OK ECHO");
    expect_file(b, "/policy/rules", "rule id=life target=/queen/*/ctl source=p-1\n");
}

static void an_id_applies_once(void **state)
{
    struct bench *b = *state;
    static const char *const ids[] = {"p-1", "manifest"};
    join_queen(b, 1);
    apply(b, "p-1", "");
    for (size_t i = 0; i < 2; i++) {
        char line[200];
        snprintf(line, sizeof line, CTL "{\"schema\":\"policy/v1\",\"id\":\"%s\",\"op\":\"apply\",\"rules\":[]}", ids[i]);
        expect_holds(b, 1, line, "detail=duplicate-id");
    }
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-1\",\"op\":\"rollback\"}", "OK ECHO");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"p-1\",\"op\":\"apply\",\"rules\":[]}", "detail=duplicate-id");
}

static void rules_may_not_ungate_their_own_file(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    apply(b, "p-1", "{\"id\":\"self\",\"target\":\"/policy/ctl\"}");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"p-2\",\"op\":\"apply\",\"rules\":[]}",
                 "detail=ungates-policy");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-1\",\"op\":\"rollback\"}", "detail=ungates-policy");
    const char *wider = CTL "{\"schema\":\"policy/v1\",\"id\":\"p-2\",\"op\":\"apply\",\"rules\":[{\"id\":\"a\",\"target\":\"/*/ctl\"}]}";
    expect_holds(b, 1, wider, "detail=denied");
    queue(b, "a", "/policy/ctl", "approve");
    expect_holds(b, 1, wider, "OK ECHO");
    expect_file(b, "/actions/a/status", "consumed\n");
    queue(b, "b", "/policy/ctl", "approve");
    expect_holds(b, 1, CTL "{\"schema\":\"policy/v1\",\"id\":\"r-1\",\"op\":\"rollback\"}", "OK ECHO");
    expect_file(b, "/policy/rules", "rule id=self target=/policy/ctl source=p-1\n");
}

static void the_queue_is_gated_when_a_rule_names_it(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/actions/queue", "approve");
    apply(b, "p-1", "{\"id\":\"q\",\"target\":\"/actions/queue\"}");
    queue(b, "b", "/queen/ctl", "approve");
    expect_file(b, "/actions/a/status", "consumed\n");
    expect_holds(b, 1, QUEUE "{\"id\":\"c\",\"target\":\"/actions/queue\",\"decision\":\"approve\"}", "detail=denied");
}

static void a_star_matches_one_component(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE);
    join(b, 2);
    attach_with(b, 2, "worker-heartbeat", &(struct mint){.role = ROLE_HEARTBEAT, .subject = "worker-1"});
    apply(b, "p-1", "{\"id\":\"w\",\"target\":\"/worker/*/telemetry\"}");
    expect_holds(b, 2, "ECHO /worker/worker-1/telemetry x", "detail=denied");
    queue(b, "b", "/worker/worker-2/telemetry", "approve");
    expect_holds(b, 2, "ECHO /worker/worker-1/telemetry x", "detail=denied");
    queue(b, "c", "/worker/worker-1/telemetry", "approve");
    expect_holds(b, 2, "ECHO /worker/worker-1/telemetry x", "OK ECHO");
    expect_holds(b, 2, "ECHO /worker/worker-1/telemetry x", "detail=denied");
    apply(b, "p-2", "{\"id\":\"w\",\"target\":\"/*/*\"},{\"id\":\"v\",\"target\":\"/worker/*/telemetry/*\"}");
    expect_holds(b, 2, "ECHO /worker/worker-1/telemetry x", "OK ECHO");
}

static void orders_to_a_host_need_an_approval_of_their_own_path(void **state)
{
    struct bench *b = *state;
    const char *restart = "ECHO /host/systemd/cohesix-agent.service/restart now";
    join_queen(b, 1);
    queue(b, "a", "/host/systemd/other.service/restart", "approve");
    expect_holds(b, 1, restart, "detail=denied");
    expect_log(b, "policy denied target=/host/systemd/cohesix-agent.service/restart rule=systemd-restart\n");
    expect_holds(b, 1, "ECHO /host/systemd/cohesix-agent.service/status state=active sub=running", "OK ECHO");
    queue(b, "b", "/host/systemd/cohesix-agent.service/restart", "approve");
    expect_holds(b, 1, restart, "OK ECHO");
    expect_holds(b, 1, restart, "detail=denied");
}

static void a_repeated_intent_needs_no_second_approval(void **state)
{
    struct bench *b = *state;
    const char *intent = "ECHO /queen/ctl {\"schema\":\"queen-intent/v1\",\"id\":\"i\",\"idempotency_key\":\"k\","
                         "\"issued_unix_ms\":1,\"cmd\":{\"spawn\":\"heartbeat\"}}";
    join_queen(b, 1);
    expect_holds(b, 1, intent, "detail=denied"); /* and is not remembered */
    queue(b, "a", "/queen/ctl", "approve");
    expect_holds(b, 1, intent, "OK ECHO");
    queue(b, "b", "/queen/ctl", "approve");
    expect_holds(b, 1, intent, "OK ECHO");
    assert_int_equal(b->h->workers_state.by.n, 1);
    expect_file(b, "/actions/b/status", "queued\n");
}

static void a_set_holds_as_many_rules_as_a_manifest(void **state)
{
    struct bench *b = *state;
    static char line[4000];
    size_t n = (size_t)snprintf(line, sizeof line, P ",\"rules\":[");
    for (unsigned i = 0; i < 64; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s{\"id\":\"%u\",\"target\":\"/a\"}", i ? "," : "", i);
    snprintf(line + n, sizeof line - n, "]}\n");
    p9_queen(b, 3);
    assert_int_equal(p9_echo(b, 3, "policy/ctl", line), 0);
    assert_int_equal(b->h->policy_sets[b->h->policy.force].n, 64);
    expect_file(b, "/policy/ctl", line); /* kept whole */
    snprintf(line + n, sizeof line - n, ",{\"id\":\"x\",\"target\":\"/a\"}]}\n");
    *strstr(line, "p\",\"op") = 'q';
    assert_int_equal(p9_echo(b, 3, "policy/ctl", line), 22); /* EINVAL */
    expect_log(b, "detail=too-many-rules path=/policy/ctl");
}

static void preflight_shows_what_waits_and_what_differs(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    queue(b, "b", "/queen/ctl", "approve");
    queue(b, "c", "/queen/ctl", "deny");
    queue(b, "d", "/host/systemd/x.service/restart", "approve");
    expect_file(b, "/policy/preflight/req", "req target=/queen/ctl rule=queen-ctl queued=2\n"
                                            "req target=/host/systemd/*/restart rule=systemd-restart queued=1\n");
    expect_file(b, "/policy/preflight/diff", "");
    apply(b, "p-1", "{\"id\":\"queen-ctl\",\"target\":\"/queen/ctl\"},{\"id\":\"systemd-restart\",\"target\":\"/queen/*/ctl\"}");
    expect_file(b, "/policy/preflight/diff", "diff - id=systemd-restart target=/host/systemd/*/restart\n"
                                             "diff + id=systemd-restart target=/queen/*/ctl\n");
}

static void expect_bytes(struct bench *b, const char *path, struct bytes want)
{
    struct cbor_value v;
    struct bytes got = content(b, path);
    assert_true(cbor_parse(got, &v));
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

static void preflight_has_cbor_twins(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    expect_bytes(b, "/policy/preflight/diff.cbor", LIT("\xa1\x64" "diff\x80"));
    expect_bytes(b, "/policy/preflight/req.cbor",
                 LIT("\xa1\x63req\x82"
                     "\xa3\x64rule\x69queen-ctl\x66queued\x01\x66target\x6a/queen/ctl"
                     "\xa3\x64rule\x6fsystemd-restart\x66queued\x00\x66target\x77/host/systemd/*/restart"));
    apply(b, "p-1", "{\"id\":\"queen-ctl\",\"target\":\"/queen/ctl\"}");
    expect_bytes(b, "/policy/preflight/diff.cbor",
                 LIT("\xa1\x64" "diff\x81\xa3\x62id\x6fsystemd-restart\x62op\x61-\x66target\x77/host/systemd/*/restart"));
}

static void what_must_hold_is_checked(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    queue(b, "a", "/queen/ctl", "approve");
    queue(b, "b", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE);
    b->h->policy.bytes++;
    assert_false(policy_valid(b->h));
    b->h->policy.bytes--;
    b->h->actions[0].consumed = false;
    assert_false(policy_valid(b->h));
    b->h->actions[0].consumed = true;
    b->h->actions[1].id.text[0] = 'A'; /* out of its order */
    assert_false(policy_valid(b->h));
    b->h->actions[1].id.text[0] = 'b';
    assert_true(policy_valid(b->h));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gated_write_needs_an_approval_and_uses_it_once),
        TEST(verbs_that_write_a_gated_file_are_gated_alike),
        TEST(a_write_that_is_refused_uses_no_approval),
        TEST(an_approval_of_another_target_does_not_help),
        TEST(a_bind_does_not_lead_around_the_gate),
        TEST(approvals_of_one_target_go_oldest_first),
        TEST(a_denial_refuses_the_next_write_to_its_target_and_is_used_up),
        TEST(an_approval_that_is_bound_to_a_content_admits_only_that),
        TEST(two_writes_in_one_batch_do_not_share_an_approval),
        TEST(another_session_can_not_use_an_approval_again),
        TEST(a_worker_sees_neither_folder_and_appends_to_nothing_there),
        TEST(the_approver_is_named_by_his_ticket),
        TEST(a_control_file_reads_as_what_was_accepted),
        TEST(long_lines_are_refused_over_secure9p),
        TEST(a_full_queue_is_busy_until_something_is_consumed),
        TEST(an_open_status_does_not_become_its_successors),
        TEST(the_queue_is_bounded_in_bytes_too),
        TEST(an_apply_replaces_the_rules_and_a_rollback_restores_them_once),
        TEST(an_id_applies_once),
        TEST(rules_may_not_ungate_their_own_file),
        TEST(the_queue_is_gated_when_a_rule_names_it),
        TEST(a_star_matches_one_component),
        TEST(orders_to_a_host_need_an_approval_of_their_own_path),
        TEST(a_repeated_intent_needs_no_second_approval),
        TEST(a_set_holds_as_many_rules_as_a_manifest),
        TEST(preflight_shows_what_waits_and_what_differs),
        TEST(preflight_has_cbor_twins),
        TEST(what_must_hold_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
