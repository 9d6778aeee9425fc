/* Field-bus adapters: link, spool and replay; who may use them, and the workers that are spawned for one. */
#include "support/p9_client.h"

#define BUS "/bus/modbus-main"

static const struct mint owner = {.role = ROLE_BUS, .subject = "modbus-main"};

static void an_adapter_has_its_files_and_begins_online(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect(b, 1, "LS /bus", "OK LS path=/bus entries=3\n" "a408adf5-modbus-main\nfeeder\nmodbus-main\nEND\n");
    expect(b, 1, "LS " BUS, "OK LS path=" BUS " entries=5\nctl\nlink\nreplay\nspool\ntelemetry\nEND\n");
    expect_file(b, BUS "/link", "online\n");
    expect_file(b, BUS "/spool", "entries=0 bytes=0 max_entries=4 max_bytes=256\n");
}

static void online_telemetry_goes_through_and_nothing_is_spooled(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO " BUS "/telemetry holding[1]=42", "OK ECHO");
    expect_file(b, BUS "/telemetry", "holding[1]=42\n");
    expect_file(b, BUS "/spool", "entries=0 bytes=0 max_entries=4 max_bytes=256\n");
    expect_lacks(b, 1, "CAT /log/queen.log", "op=write");
}

static void offline_telemetry_waits_in_the_spool_and_a_replay_brings_it_in_order(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO " BUS "/link offline", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/telemetry first", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/telemetry second one", "OK ECHO");
    expect_file(b, BUS "/telemetry", "");
    expect_file(b, BUS "/spool", "entries=2 bytes=15 max_entries=4 max_bytes=256\nseq=1 bytes=5 payload=first\n"
                                 "seq=2 bytes=10 payload=second one\n");
    expect_holds(b, 1, "ECHO " BUS "/link online", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/replay now", "OK ECHO");
    expect_file(b, BUS "/telemetry", "first\nsecond one\n");
    expect_file(b, BUS "/replay", "replay entries=2 bytes=15\n");
    expect_file(b, BUS "/link", "online\noffline\nonline\n");
    expect_holds(b, 1, "ECHO " BUS "/replay again", "OK ECHO");
    expect_file(b, BUS "/replay", "replay entries=2 bytes=15\nreplay entries=0 bytes=0\n");
    expect_holds(b, 1, "ECHO " BUS "/link offline", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/telemetry third", "OK ECHO");
    expect_file(b, BUS "/spool", "entries=1 bytes=5 max_entries=4 max_bytes=256\nseq=3 bytes=5 payload=third\n");
}

static void a_replay_is_an_order_that_the_link_does_not_hinder(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "ECHO " BUS "/link offline");
    ask(b, 1, "ECHO " BUS "/telemetry kept");
    expect_holds(b, 1, "ECHO " BUS "/replay now", "OK ECHO");
    expect_file(b, BUS "/telemetry", "kept\n");
    expect_file(b, BUS "/spool", "entries=0 bytes=0 max_entries=4 max_bytes=256\n");
    ask(b, 1, "ECHO " BUS "/telemetry still offline");
    expect_file(b, BUS "/telemetry", "kept\n");
}

static void a_full_spool_refuses_and_keeps_what_it_has(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/link", "offline"), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", "x"), 0);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", "x"), 122);
    assert_non_null(strstr(p9_cat(b, 1, "log/queen.log", &err), "result=quota detail=spool-full"));
    expect_file(b, BUS "/spool", "entries=4 bytes=4 max_entries=4 max_bytes=256\nseq=1 bytes=1 payload=x\nseq=2 bytes=1 payload=x\n"
                                 "seq=3 bytes=1 payload=x\nseq=4 bytes=1 payload=x\n");
}

static void the_spool_holds_exactly_its_bytes_round_and_round(void **state)
{
    struct bench *b = *state;
    char line[257];
    p9_queen(b, 1);
    memset(line, 'a', sizeof line);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/link", "offline"), 0);
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t first = 1 + round * 53 % 255;
        line[first] = 0;
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", line), 0);
        line[first] = 'a';
        line[257 - first] = 0;
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", line), 122);
        line[256 - first] = 0;
        line[257 - first] = 'a';
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", line), 0);
        line[256 - first] = 'a';
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", "b"), 122);
        assert_int_equal(p9_echo(b, 1, "bus/modbus-main/replay", ""), 0);
        content(b, BUS "/telemetry");
        assert_int_equal(strlen(strrchr(b->answer, '\n')), 1);
        assert_true(strlen(b->answer) >= 258);
        assert_true(hive_check(b->h));
    }
}

static void what_never_fits_the_spool_is_too_big_online_too(void **state)
{
    struct bench *b = *state;
    char line[258];
    p9_queen(b, 1);
    memset(line, 'a', sizeof line);
    line[257] = 0;
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", line), 90);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/ctl", line), 90);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/replay", line), 90);
    line[256] = 0;
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/telemetry", line), 0);
    assert_int_equal(p9_echo(b, 1, "bus/modbus-main/ctl", line), 0);
}

static void orders_are_kept_and_audited(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "ECHO " BUS "/ctl read holding 1 4", "OK ECHO");
    expect_file(b, BUS "/ctl", "read holding 1 4\n");
    expect_holds(b, 1, "CAT /log/queen.log", "audit op=write role=queen result=ok path=" BUS "/ctl");
}

static void the_owner_by_scope_sees_his_adapter_and_no_other(void **state)
{
    struct bench *b = *state;
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker-bus", &owner), "OK ATTACH role=worker-bus\n");
    expect(b, 2, "LS /bus", "OK LS path=/bus entries=1\nmodbus-main\nEND\n");
    expect_holds(b, 2, "ECHO " BUS "/ctl go", "OK ECHO");
    expect_holds(b, 2, "ECHO " BUS "/link offline", "OK ECHO");
    expect_holds(b, 2, "ECHO " BUS "/telemetry x=1", "OK ECHO");
    expect_holds(b, 2, "CAT " BUS "/spool", "payload=x=1");
    expect_holds(b, 2, "ECHO " BUS "/replay now", "OK ECHO");
    expect_holds(b, 2, "CAT " BUS "/telemetry", "data=x=1\n");
    expect_holds(b, 2, "ECHO " BUS "/spool x", "error=EPERM");
    expect_lacks(b, 2, "CAT /log/queen.log", "sidecar-deny");
    expect_holds(b, 2, "CAT /bus/feeder/ctl", "error=EPERM");
    expect_holds(b, 2, "CAT /log/queen.log",
                 " sidecar-deny kind=bus role=worker-bus subject=modbus-main path=/bus/feeder/ctl\n");
    expect_holds(b, 2, "LS /", "\nbus\n");
    expect_lacks(b, 2, "LS /", "\nlora\n");
    expect_holds(b, 2, "CAT /bus/none/ctl", "detail=invalid-path");
}

static void other_roles_and_other_scopes_are_denied_on_record(void **state)
{
    struct bench *b = *state;
    static const struct {
        enum coh_role role;
        const char *name, *subject;
    } others[] = {{ROLE_HEARTBEAT, "worker-heartbeat", "worker-1"},
                  {ROLE_GPU, "worker-gpu", "modbus-main"},
                  {ROLE_LORA, "worker-lora", "modbus-main"},
                  {ROLE_BUS, "worker-bus", "modbus-mai"}};
    join_queen(b, 1);
    for (uint32_t i = 0; i < 4; i++) {
        const struct mint m = {.role = others[i].role, .subject = others[i].subject};
        char want[200];
        join(b, 2);
        attach_with(b, 2, others[i].name, &m);
        expect_holds(b, 2, "ECHO " BUS "/ctl go", "ERR ECHO reason=policy detail=denied");
        snprintf(want, sizeof want, " sidecar-deny kind=bus role=%s subject=%s path=" BUS "/ctl\n", others[i].name,
                 others[i].subject);
        expect_holds(b, 1, "CAT /log/queen.log", want);
        leave(b, 2);
    }
    expect_file(b, BUS "/ctl", "");
}

static void a_refused_walk_over_9p_is_on_record_too(void **state)
{
    struct bench *b = *state;
    char text[1200];
    const struct mint m = {.role = ROLE_BUS, .subject = "feeder plant"};
    uint32_t err;
    snprintf(text, sizeof text, "auth=" TOKEN ";role=worker-bus;ticket=%s", mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", text), 0);
    assert_int_equal(p9_walk(b, 1, 0, 7, "bus/modbus-main/link"), P9_SHORT);
    p9_queen(b, 2);
    assert_non_null(strstr(p9_cat(b, 2, "log/queen.log", &err),
                           " sidecar-deny kind=bus role=worker-bus subject=feeder\\x20plant path=" BUS "/link\n"));
}

static void a_tickets_scope_that_excludes_an_adapter_is_a_denial_on_record(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_BUS, .subject = "modbus-main", .scope = BUS "/telemetry", .scope_verb = 2};
    join(b, 2);
    attach_with(b, 2, "worker-bus", &m);
    expect_holds(b, 2, "ECHO " BUS "/telemetry x=1", "OK ECHO");
    expect_holds(b, 2, "ECHO " BUS "/ctl go", "error=EPERM");
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, " sidecar-deny kind=bus role=worker-bus subject=modbus-main path=" BUS "/ctl\n"));
}

static void a_worker_that_was_spawned_for_an_adapter_owns_it_until_it_ends(void **state)
{
    struct bench *b = *state;
    const struct mint m = {.role = ROLE_BUS, .subject = "worker-1"};
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"modbus-main\"}", "OK SPAWN");
    join(b, 2);
    assert_string_equal(attach_with(b, 2, "worker-bus", &m), "OK ATTACH role=worker-bus\n");
    expect_holds(b, 2, "ECHO " BUS "/telemetry x=1", "OK ECHO");
    expect(b, 2, "LS /bus", "OK LS path=/bus entries=1\nmodbus-main\nEND\n");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"modbus-main\"}", "ERR SPAWN reason=busy");
    expect_holds(b, 1, "CAT /log/queen.log", "detail=adapter-in-use");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"dnp3-feeder\"}", "OK SPAWN");
    expect_holds(b, 1, "KILL worker-1", "OK KILL");
    expect_holds(b, 2, "CAT " BUS "/telemetry", "reason=cut");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"modbus-main\"}", "OK SPAWN");
    expect_holds(b, 1, "CAT /log/queen.log", "spawned id=worker-3 role=worker-bus");
}

static void a_worker_for_an_adapter_lives_until_its_ttl(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"modbus-main\"}");
    pass_ms(b, WORKER_DEFAULT_TTL_S * 1000u - 1000u);
    assert_int_equal(b->h->workers_state.by_name.n, 1);
    pass_ms(b, 2000);
    assert_int_equal(b->h->workers_state.by_name.n, 0);
}

static void adapters_are_named_by_their_id_and_a_lora_adapter_is_no_bus(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"feeder\"}", "ERR SPAWN reason=busy");
    expect_holds(b, 1, "SPAWN {\"spawn\":\"bus\",\"adapter\":\"lora-main\"}", "ERR SPAWN reason=busy");
    expect_holds(b, 1, "CAT /log/queen.log", "detail=no-adapter");
    assert_int_equal(b->h->workers_state.last_number, 0);
}

static void a_draining_hive_takes_telemetry_and_replays_but_no_orders(void **state)
{
    struct bench *b = *state;
    join_queen(b, 1);
    ask(b, 1, "ECHO /queen/lifecycle/ctl cordon");
    expect_holds(b, 1, "ECHO " BUS "/ctl go", "detail=gate-denied");
    expect_holds(b, 1, "ECHO " BUS "/link offline", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/telemetry x", "OK ECHO");
    expect_holds(b, 1, "ECHO " BUS "/replay now", "OK ECHO");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=bus-control state=DRAINING reason=gate-denied");
    ask(b, 1, "ECHO /queen/lifecycle/ctl drain");
    expect_holds(b, 1, "ECHO " BUS "/telemetry x", "detail=gate-denied");
    expect_holds(b, 1, "ECHO " BUS "/replay now", "detail=gate-denied");
    expect_holds(b, 1, "CAT /log/queen.log", "lifecycle denied action=bus-ingest state=QUIESCED reason=gate-denied");
}

static void telemetry_counts_as_ingest_and_a_replays_losses_as_dropped(void **state)
{
    struct bench *b = *state;
    char line[240];
    join_queen(b, 1);
    memset(line, 'y', sizeof line);
    memcpy(line, "ECHO " BUS "/telemetry ", strlen("ECHO " BUS "/telemetry "));
    line[200] = 0;
    for (int i = 0; i < 12; i++)
        expect_holds(b, 1, line, "OK ECHO");
    assert_true(b->h->ingest.dropped > 0);
    assert_int_equal(b->h->ingest.dropped, b->h->sidecars[0].files[SIDECAR_TELEMETRY].dropped);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_adapter_has_its_files_and_begins_online),
        TEST(online_telemetry_goes_through_and_nothing_is_spooled),
        TEST(offline_telemetry_waits_in_the_spool_and_a_replay_brings_it_in_order),
        TEST(a_replay_is_an_order_that_the_link_does_not_hinder),
        TEST(a_full_spool_refuses_and_keeps_what_it_has),
        TEST(the_spool_holds_exactly_its_bytes_round_and_round),
        TEST(what_never_fits_the_spool_is_too_big_online_too),
        TEST(orders_are_kept_and_audited),
        TEST(the_owner_by_scope_sees_his_adapter_and_no_other),
        TEST(other_roles_and_other_scopes_are_denied_on_record),
        TEST(a_refused_walk_over_9p_is_on_record_too),
        TEST(a_tickets_scope_that_excludes_an_adapter_is_a_denial_on_record),
        TEST(a_worker_that_was_spawned_for_an_adapter_owns_it_until_it_ends),
        TEST(a_worker_for_an_adapter_lives_until_its_ttl),
        TEST(adapters_are_named_by_their_id_and_a_lora_adapter_is_no_bus),
        TEST(a_draining_hive_takes_telemetry_and_replays_but_no_orders),
        TEST(telemetry_counts_as_ingest_and_a_replays_losses_as_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
