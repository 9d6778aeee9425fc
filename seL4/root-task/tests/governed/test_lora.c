/* LoRa adapters: time on air, the duty cycle's window, the tamper log, and who may send. */
#include "support/p9_client.h"

#define LORA "/lora/lora-main"

static const struct mint owner = {.role = ROLE_LORA, .subject = "lora-main"};

/* Semtech's calculator for SF7, 125 kHz, 4/5, 8 symbols, explicit header, CRC: 25.856, 41.216, 25.856, 30.976, 36.096, 56.576,
 * 102.656, 118.016 and 399.616 ms. */
static void time_on_air_is_that_of_the_data_sheet_rounded_up(void **state)
{
    static const struct {
        uint64_t bytes, ms;
    } known[] = {{0, 26}, {10, 42}, {1, 26}, {5, 31}, {6, 37}, {20, 57}, {51, 103}, {64, 119}, {255, 400}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(lora_air_ms(known[i].bytes), known[i].ms);
    for (uint64_t n = 1; n <= 255; n++)
        assert_true(lora_air_ms(n) >= lora_air_ms(n - 1));
}

static void an_attempt_within_the_duty_cycle_is_kept_and_told_as_sent(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS " LORA, "OK LS path=" LORA " entries=3\nctl\ntamper\ntelemetry\nEND\n");
    pass_ms(b, 1234);
    expect_holds(b, 1, "ECHO " LORA "/ctl temp=21.5 c", "OK ECHO");
    expect_file(b, LORA "/ctl", "temp=21.5 c\n");
    expect_file(b, LORA "/telemetry", "tx ts_ms=1234 bytes=11 airtime_ms=42\n");
    expect_file(b, LORA "/tamper", "");
    expect_holds(b, 1, "CAT /log/queen.log", "audit op=write role=queen result=ok path=" LORA "/ctl");
}

static void a_payload_beyond_the_regions_is_refused_and_put_on_record(void **state)
{
    struct bench *b = *state;
    char line[100] = "ECHO " LORA "/ctl ";
    size_t at = strlen(line);
    join_queen(b, 1);
    pass_ms(b, 7);
    memset(line + at, 'p', 52);
    expect_holds(b, 1, line, "ERR ECHO reason=quota detail=too-big");
    expect_file(b, LORA "/tamper", "tamper ts_ms=7 reason=payload-oversize bytes=52\n");
    line[at + 51] = 0;
    expect_holds(b, 1, line, "OK ECHO");
    expect_file(b, LORA "/telemetry", "tx ts_ms=7 bytes=51 airtime_ms=103\n");
}

/* 1 % of 60 s are 600 ms, five times 103 ms. */
static void more_than_the_duty_cycle_allows_is_refused_until_the_window_has_moved_on(void **state)
{
    struct bench *b = *state;
    char line[100] = "ECHO " LORA "/ctl ";
    memset(line + strlen(line), 'p', 51);
    join_queen(b, 1);
    for (int i = 0; i < 5; i++)
        expect_holds(b, 1, line, "OK ECHO");
    expect_holds(b, 1, line, "ERR ECHO reason=quota path=" LORA "/ctl error=ELIMIT");
    expect_holds(b, 1, "CAT /log/queen.log", "result=quota detail=duty-cycle path=" LORA "/ctl");
    expect_file(b, LORA "/tamper", "tamper ts_ms=0 reason=duty-cycle bytes=51\n");
    pass_ms(b, 59999);
    expect_holds(b, 1, line, "error=ELIMIT");
    pass_ms(b, 1 + 60000 / LORA_PARTS);
    expect_holds(b, 1, line, "OK ECHO");
    expect_holds(b, 1, "ECHO " LORA "/ctl x", "OK ECHO");
}

/* Whatever was sent when: no window of 60 s holds more than 600 ms of it, and what is refused would have been too much for a
 * window one part longer. */
static void no_window_ever_holds_more_than_the_duty_cycle(void **state)
{
    struct bench *b = *state;
    static struct {
        uint64_t at, ms;
    } sent[2000];
    size_t n = 0, refused = 0;
    uint64_t seed = 1, part = (60000 + LORA_PARTS - 1) / LORA_PARTS;
    p9_queen(b, 1);
    for (int i = 0; i < 2000; i++) {
        char line[52] = "";
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        memset(line, 'p', 1 + (seed >> 33) % 51);
        pass_ms(b, (seed >> 40) % 16 ? (seed >> 45) % 4000 : (seed >> 45) % 90000);
        uint64_t ms = lora_air_ms(strlen(line)), sum = ms, longer = ms;
        for (size_t k = 0; k < n; k++) {
            sum += sent[k].at + 60000 > b->now ? sent[k].ms : 0;
            longer += sent[k].at + 60000 + 2 * part > b->now ? sent[k].ms : 0;
        }
        if (p9_echo(b, 1, "lora/lora-main/ctl", line) == 0) {
            assert_true(sum <= 600);
            sent[n].at = b->now;
            sent[n++].ms = ms;
        } else {
            assert_true(longer > 600);
            refused++;
        }
    }
    assert_true(n > 500 && refused > 100);
}

static void the_tamper_log_keeps_the_newest_entries(void **state)
{
    struct bench *b = *state;
    char line[100] = "ECHO " LORA "/ctl ", want[1024] = "";
    memset(line + strlen(line), 'p', 60);
    join_queen(b, 1);
    for (int i = 0; i < 11; i++) {
        pass_ms(b, 10);
        expect_holds(b, 1, line, "detail=too-big");
        if (i >= 3)
            snprintf(want + strlen(want), sizeof want - strlen(want),
                     "tamper ts_ms=%d reason=payload-oversize bytes=60\n", 10 * (i + 1));
    }
    expect_file(b, LORA "/tamper", want);
}

static void other_refusals_are_no_tampering(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    p9_queen(b, 2);
    assert_int_equal(p9_echo(b, 2, "lora/lora-main/ctl", ""), 22);
    ask(b, 1, "ECHO /queen/lifecycle/ctl cordon");
    expect_holds(b, 1, "ECHO " LORA "/ctl x", "detail=gate-denied");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=lora-transmit state=DRAINING reason=gate-denied");
    hive_fault(b->h, "storage-failed", b->now);
    expect_holds(b, 1, "ECHO " LORA "/ctl x", "detail=gate-denied");
    expect_file(b, LORA "/tamper", "");
}

static void the_owner_sends_and_reads_and_nobody_writes_the_records(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker-lora", &owner), "OK ATTACH role=worker-lora\n");
    expect(b, 2, "LS /lora", "OK LS path=/lora entries=1\nlora-main\nEND\n");
    expect_holds(b, 2, "ECHO " LORA "/ctl x", "OK ECHO");
    expect_holds(b, 2, "CAT " LORA "/telemetry", "bytes=1 airtime_ms=26\n");
    expect_holds(b, 2, "CAT " LORA "/tamper", "OK CAT");
    expect_holds(b, 2, "ECHO " LORA "/tamper x", "error=EPERM");
    expect_holds(b, 1, "ECHO " LORA "/telemetry x", "error=EPERM");
    expect_lacks(b, 1, "CAT /log/queen.log", "sidecar-deny");
    expect_holds(b, 2, "LS /bus", "error=EPERM");
    expect_holds(b, 1, "CAT /log/queen.log", " sidecar-deny kind=bus role=worker-lora subject=lora-main path=/bus\n");
}

static void another_scope_or_role_is_denied_on_record(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_LORA, .subject = "lora-other"}, bus = {.role = ROLE_BUS, .subject = "lora-main"};
    join_queen(b, 1);
    join(b, 2);
    attach_with(b, 2, "worker-lora", &m);
    expect_holds(b, 2, "ECHO " LORA "/ctl x", "error=EPERM");
    expect(b, 2, "LS /lora", "OK LS path=/lora entries=0\nEND\n");
    expect_holds(b, 1, "CAT /log/queen.log",
                 " sidecar-deny kind=lora role=worker-lora subject=lora-other path=" LORA "/ctl\n");
    join(b, 3);
    attach_with(b, 3, "worker-bus", &bus);
    expect_holds(b, 3, "CAT " LORA "/tamper", "error=EPERM");
    expect_file(b, LORA "/tamper", "");
}

static void a_worker_that_was_spawned_for_the_adapter_sends(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_LORA, .subject = "worker-1"};
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"lora\",\"adapter\":\"lora-main\"}", "OK SPAWN");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker-lora", &m), "OK ATTACH role=worker-lora\n");
    expect_holds(b, 2, "ECHO " LORA "/ctl x", "OK ECHO");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"lora\",\"adapter\":\"lora-main\"}", "reason=busy");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"lora\",\"adapter\":\"modbus-main\"}", "reason=busy");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_on_air_is_that_of_the_data_sheet_rounded_up),
        TEST(an_attempt_within_the_duty_cycle_is_kept_and_told_as_sent),
        TEST(a_payload_beyond_the_regions_is_refused_and_put_on_record),
        TEST(more_than_the_duty_cycle_allows_is_refused_until_the_window_has_moved_on),
        TEST(no_window_ever_holds_more_than_the_duty_cycle),
        TEST(the_tamper_log_keeps_the_newest_entries),
        TEST(other_refusals_are_no_tampering),
        TEST(the_owner_sends_and_reads_and_nobody_writes_the_records),
        TEST(another_scope_or_role_is_denied_on_record),
        TEST(a_worker_that_was_spawned_for_the_adapter_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
