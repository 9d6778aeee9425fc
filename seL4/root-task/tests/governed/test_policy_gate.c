/* The gate's place among the checks of a write, and the names of a file that it holds for. */
#define BENCH_GATED
#include "support/p9_client.h"

#define QUEUE "ECHO /actions/queue "
#define CTL "ECHO /policy/ctl "
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

/* spec/control.md: the policy's gate comes before capacity, whatever is asked for. */
static void what_lacks_an_approval_is_not_told_of_capacity(void **state)
{
    struct bench *b = *state;
    char line[120];
    join_queen(b, 1);
    expect(b, 1, "ECHO /queen/ctl {\"spawn\":\"bus\",\"adapter\":\"none\"}", NEEDS);
    expect(b, 1, "ECHO /queen/ctl {\"spawn\":\"lora\",\"adapter\":\"none\"}", NEEDS);
    for (unsigned i = 0; i < NS_BINDS_MAX; i++) {
        queue(b, (const char[]){'b', (char)('0' + i), 0}, "/queen/ctl", "approve");
        snprintf(line, sizeof line, "ECHO /queen/ctl {\"bind\":{\"from\":\"/log\",\"to\":\"/b%u\"}}", i);
        expect_holds(b, 1, line, "OK ECHO");
    }
    expect(b, 1, "ECHO /queen/ctl {\"bind\":{\"from\":\"/log\",\"to\":\"/more\"}}", NEEDS);
    queue(b, "a", "/queen/ctl", "approve");
    expect_holds(b, 1, "ECHO /queen/ctl {\"bind\":{\"from\":\"/log\",\"to\":\"/more\"}}", "ERR ECHO reason=quota");
    expect_holds(b, 1, "ECHO /queen/ctl {\"spawn\":\"bus\",\"adapter\":\"none\"}", "ERR ECHO reason=busy detail=no-adapter");
    expect_file(b, "/actions/a/status", "queued\n");
}

static void telemetry_that_lacks_an_approval_is_not_told_of_capacity(void **state)
{
    struct bench *b = *state;
    char line[160];
    join_queen(b, 1);
    for (unsigned i = 0; i < COH_POOL_TELEMETRY_DEVICES_COUNT; i++) {
        snprintf(line, sizeof line, "ECHO /queen/telemetry/d%u/ctl {\"new\":\"segment\",\"mime\":\"a/b\"}", i);
        expect_holds(b, 1, line, "OK ECHO");
    }
    expect_holds(b, 1, "ECHO /queen/telemetry/more/ctl {\"new\":\"segment\",\"mime\":\"a/b\"}", "ERR ECHO reason=quota");
    apply(b, "p", "{\"id\":\"t\",\"target\":\"/queen/telemetry/*/ctl\"}");
    expect(b, 1, "ECHO /queen/telemetry/more/ctl {\"new\":\"segment\",\"mime\":\"a/b\"}",
           "ERR ECHO reason=policy detail=denied path=/queen/telemetry/more/ctl error=EPERM\n");
}

/* /worker is an alias of /shard: a rule on either name gates the file. */
static void an_alias_does_not_lead_around_the_gate(void **state)
{
    struct bench *b = *state;
    static const char *const rules[] = {"{\"id\":\"t\",\"target\":\"/shard/*/worker/*/telemetry\"}",
                                        "{\"id\":\"t\",\"target\":\"/worker/*/telemetry\"}"};
    static const char *const names[] = {"/shard/13/worker/worker-1/telemetry", "/worker/worker-1/telemetry"};
    char line[160], answer[160];
    join_queen(b, 1);
    queue(b, "spawn", "/queen/ctl", "approve");
    expect(b, 1, SPAWN, DONE);
    for (unsigned i = 0; i < 2; i++) {
        apply(b, i ? "p-1" : "p-0", rules[i]);
        for (unsigned k = 0; k < 2; k++) {
            snprintf(line, sizeof line, "ECHO %s {}", names[k]);
            snprintf(answer, sizeof answer, "ERR ECHO reason=policy detail=denied path=%s error=EPERM\n", names[k]);
            expect(b, 1, line, answer);
            queue(b, (const char[]){'a', (char)('0' + i), (char)('0' + k), 0}, names[i], "approve");
            expect_holds(b, 1, line, "OK ECHO");
            expect(b, 1, line, answer);
        }
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(what_lacks_an_approval_is_not_told_of_capacity),
        T(telemetry_that_lacks_an_approval_is_not_told_of_capacity),
        T(an_alias_does_not_lead_around_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
