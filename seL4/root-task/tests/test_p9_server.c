/* The Secure9P server: login, walks, reads, writes, directories, the window, and every refusal's errno. */
#include "hive/proc.h"
#include "support/p9_client.h"

static void a_queen_reads_what_the_console_shows(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    assert_string_equal(p9_cat(b, 1, "proc/lifecycle/state", &err), "state=ONLINE\n");
    assert_non_null(strstr(p9_cat(b, 1, "proc/boot", &err), "manifest.sha256="));
    leave(b, 1);
}

static void a_line_is_written_and_a_worker_lives(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 0);
    pass_ms(b, 300);
    assert_non_null(strstr(p9_cat(b, 1, "worker/worker-1/telemetry", &err), "{\"tick\":1,"));
    assert_string_equal(p9_cat(b, 1, "worker/worker-1/telemetry.pos", &err), "oldest=0 next=23\n");
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":"), 22);
    assert_int_equal(p9_echo(b, 1, "proc/boot", "x"), 1);
    assert_int_equal(p9_echo(b, 1, "nope/boot", "x"), 2);
    leave(b, 1);
}

static void a_wrong_token_is_refused_and_throttled(void **state)
{
    struct bench *b = *state;
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=nope"), 13);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=" TOKEN), 11);
    pass_ms(b, 250);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=" TOKEN ";role=worker-heartbeat"), 13);
    assert_int_equal(b->h->preauth, 1);
    pass_ms(b, 500);
    assert_int_equal(p9_attach(b, 1, 0, "", "auth=" TOKEN), 0);
    assert_int_equal(b->h->preauth, 0);
    leave(b, 1);
}

static void an_afid_proves_only_after_the_right_token(void **state)
{
    struct bench *b = *state;
    struct p9_msg auth = {.type = P9_TAUTH, .tag = 1, .fid = 9}, attach = {.type = P9_TATTACH, .tag = 1, .fid = 0};
    auth.u.attach.uname = bytes_str("queen");
    attach.u.attach.afid = 9;
    attach.u.attach.uname = bytes_str("queen");
    p9_connect(b, 1);
    assert_int_equal(p9_try(b, 1, &attach), 13);
    assert_int_equal(p9_try(b, 1, &auth), 0);
    assert_int_equal(p9_try(b, 1, &attach), 13);
    assert_int_equal(p9_write(b, 1, 9, 0, "nope"), 13);
    assert_int_equal(p9_try(b, 1, &attach), 13);
    pass_ms(b, 1000);
    assert_int_equal(p9_write(b, 1, 9, 0, TOKEN), 0);
    assert_int_equal(p9_try(b, 1, &attach), 0);
    auth.u.attach.aname = bytes_str("auth=" TOKEN);
    auth.fid = 10;
    assert_int_equal(p9_try(b, 1, &auth), 2);
    leave(b, 1);
}

static void directories_list_in_order_and_go_on_behind_a_cookie(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TREADDIR, .tag = 1, .fid = 1}, r;
    BUF(names, 128);
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc/pressure"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0200000), 0);
    t.u.read.count = 40; /* one entry at a time */
    for (uint32_t i = 0; i < 10; i++) {
        r = p9_ask(b, 1, &t);
        if (r.u.data.n == 0)
            break;
        struct reader d = reader_of(r.u.data);
        rd_bytes(&d, 13);
        t.u.read.offset = rd_u64(&d);
        assert_int_equal(rd_u8(&d), 8);
        struct bytes name = rd_bytes(&d, rd_u16(&d));
        assert_int_equal(d.left, 0);
        buf_say(&names, name, " ");
    }
    assert_true(bytes_is(buf_bytes(&names), "busy cut policy quota "));
    t.u.read.count = 10;
    t.u.read.offset = 0;
    assert_int_equal(p9_try(b, 1, &t), 22);
    leave(b, 1);
}

static void a_session_ends_with_its_last_fid(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc"), 0);
    assert_int_equal(p9_attach(b, 1, 2, "", "auth=" TOKEN), 0);
    assert_int_equal(b->h->sessions_state.attached, 2);
    assert_int_equal(p9_clunk(b, 1, 0), 0);
    assert_int_equal(p9_clunk(b, 1, 0), 9);
    assert_int_equal(p9_clunk(b, 1, 1), 0);
    assert_int_equal(b->h->sessions_state.attached, 1);
    assert_int_equal(p9_clunk(b, 1, 2), 0);
    assert_int_equal(b->h->sessions_state.attached, 0);
    assert_int_equal(b->h->preauth, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "proc"), 13);
    leave(b, 1);
}

static void the_window_refuses_one_too_many_and_a_live_tag(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TGETATTR, .fid = 0};
    p9_queen(b, 1);
    for (uint16_t i = 0; i < COH_SECURE9P_TAGS_PER_SESSION; i++) {
        t.tag = (uint16_t)(100 + i);
        p9_send(b, 1, &t);
    }
    p9_send(b, 1, &t);
    t.tag = 99;
    p9_send(b, 1, &t);
    assert_int_equal(p9_outstanding(b->h), COH_SECURE9P_TAGS_PER_SESSION);
    for (uint16_t i = 0; i < COH_SECURE9P_TAGS_PER_SESSION; i++)
        assert_int_equal(p9_hear(b, 1).type, P9_RGETATTR);
    assert_int_equal(p9_hear(b, 1).u.errnum, 22);
    assert_int_equal(p9_hear(b, 1).u.errnum, 16);
    assert_int_equal(p9_outstanding(b->h), 0);
    assert_int_equal(p9_try(b, 1, &t), 0);
    leave(b, 1);
}

static void bind_gives_a_session_its_own_name_for_a_node(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    p9_queen(b, 2);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"bind\":{\"from\":\"/proc/lifecycle\",\"to\":\"/shadow\"}}"), 0);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"mount\":{\"service\":\"logs\",\"at\":\"/proc/journal\"}}"), 0);
    assert_string_equal(p9_cat(b, 1, "shadow/state", &err), "state=ONLINE\n");
    assert_non_null(p9_cat(b, 1, "proc/journal/queen.log", &err));
    assert_null(p9_cat(b, 2, "shadow/state", &err));
    assert_int_equal(err, 2);
    leave(b, 1);
    leave(b, 2);
}

static uint64_t size_of_fid(struct bench *b, uint32_t fid)
{
    struct p9_msg t = {.type = P9_TGETATTR, .tag = 1, .fid = fid}, r;
    r = p9_ask(b, 1, &t);
    assert_int_equal(r.type, P9_RGETATTR);
    return r.u.attr.size;
}

/* gen with mtime is the hive's life; a data version is a ring's position next, and what is no ring has none. */
static void attributes_tell_the_hives_life_and_a_rings_end(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TGETATTR, .tag = 1, .fid = 1}, r;
    uint32_t err;
    b->h->facts.life = 4242;
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "log/queen.log"), 0);
    assert_int_equal(p9_walk(b, 1, 0, 2, "proc/boot"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    r = p9_ask(b, 1, &t);
    assert_int_equal(r.u.attr.valid, 0x37ff);
    assert_int_equal(r.u.attr.gen, 4242);
    char pos[64];
    snprintf(pos, sizeof pos, "oldest=%llu next=%llu\n", (unsigned long long)(r.u.attr.data_version - r.u.attr.size),
             (unsigned long long)r.u.attr.data_version);
    assert_string_equal(p9_cat(b, 1, "log/queen.log.pos", &err), pos);
    t.fid = 2;
    r = p9_ask(b, 1, &t);
    assert_int_equal(r.u.attr.valid, 0x17ff);
    assert_int_equal(r.u.attr.gen, 4242);
    leave(b, 1);
}

static uint32_t version_of(struct bench *b, const char *path)
{
    struct p9_msg t = {.type = P9_TGETATTR, .tag = 1, .fid = 40}, clunk = {.type = P9_TCLUNK, .tag = 1, .fid = 40};
    assert_int_equal(p9_walk(b, 1, 0, 40, path), 0);
    struct p9_msg r = p9_ask(b, 1, &t);
    assert_int_equal(r.type, P9_RGETATTR);
    assert_int_equal(p9_ask(b, 1, &clunk).type, P9_RCLUNK);
    return r.u.attr.qid.version;
}

/* Whoever keeps what he has read may go on with it as long as the version is the same. */
static void a_version_is_another_when_the_content_can_be(void **state)
{
    static const char *const may_change[] = {"worker", "queen/telemetry", "proc/lifecycle/state"};
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    for (size_t i = 0; i < sizeof may_change / sizeof *may_change; i++)
        assert_int_not_equal(version_of(b, may_change[i]), version_of(b, may_change[i]));
    assert_int_equal(version_of(b, "proc/bench/zero"), version_of(b, "proc/bench/zero"));
    uint32_t log = version_of(b, "log/queen.log");
    assert_int_equal(version_of(b, "log/queen.log"), log);
    assert_non_null(p9_cat(b, 1, "log/queen.log", &err));
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 0);
    assert_int_not_equal(version_of(b, "log/queen.log"), log);
    leave(b, 1);
}

static void a_directory_is_refused_in_the_consoles_words(void **state)
{
    struct bench *b = *state;
    uint32_t err;
    p9_queen(b, 1);
    join_queen(b, 2);
    assert_null(p9_cat(b, 1, "proc", &err));
    assert_int_equal(err, 22);
    expect_holds(b, 2, "CAT /log/queen.log",
                 "audit op=read role=queen result=policy detail=is-a-directory path=/proc error=is a directory");
    leave(b, 2);
    leave(b, 1);
}

static void a_size_never_falls_behind_whoever_follows_a_ring(void **state)
{
    struct bench *b = *state;
    struct p9_msg r;
    uint64_t at = 0;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 0);
    pass_ms(b, 300);
    assert_int_equal(p9_walk(b, 1, 0, 1, "worker/worker-1/telemetry"), 0);
    assert_int_equal(p9_walk(b, 1, 1, 2, ""), 0);
    assert_int_equal(p9_open(b, 1, 2, 0), 0);
    for (uint32_t i = 0; i < 80; i++) {
        int64_t n = p9_read(b, 1, 2, at, 4096, &r);
        assert_true(n > 0);
        at += (uint64_t)n;
        assert_int_equal(size_of_fid(b, 1), at);
        assert_int_equal(size_of_fid(b, 2), at);
        pass_ms(b, 250);
    }
    assert_true(at > COH_TELEMETRY_RING_BYTES_PER_WORKER);
    assert_int_equal(p9_clunk(b, 1, 2), 0);
    assert_in_range(size_of_fid(b, 1), 1, COH_TELEMETRY_RING_BYTES_PER_WORKER);
    leave(b, 1);
}

static void what_has_ended_is_not_found(void **state)
{
    struct bench *b = *state;
    struct p9_msg t = {.type = P9_TGETATTR, .tag = 1, .fid = 1};
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}\n"), 0);
    assert_int_equal(p9_walk(b, 1, 0, 1, "worker/worker-1/telemetry"), 0);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"kill\":\"worker-1\"}\n"), 0);
    assert_int_equal(p9_try(b, 1, &t), 2);
    assert_int_equal(p9_open(b, 1, 1, 0), 2);
    join_queen(b, 2);
    expect_holds(b, 2, "CAT /log/queen.log", "result=policy path=/worker/worker-1/telemetry");
    leave(b, 2);
    leave(b, 1);
}

static uint32_t uid_of_root(struct bench *b, uint32_t fid)
{
    struct p9_msg t = {.type = P9_TGETATTR, .tag = 1, .fid = fid};
    return p9_ask(b, 1, &t).u.attr.uid;
}

static void files_belong_to_whom_the_attach_names(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(uid_of_root(b, 0), 1000);
    assert_int_equal(p9_attach(b, 1, 1, "", "auth=" TOKEN ";uid=7"), 0);
    assert_int_equal(uid_of_root(b, 1), 7);
    assert_int_equal(uid_of_root(b, 0), 1000);
    assert_int_equal(p9_attach(b, 1, 2, "", "auth=" TOKEN ";uid="), 22);
    assert_int_equal(p9_attach(b, 1, 2, "", "auth=" TOKEN ";uid=4294967295"), 22);
    assert_int_equal(p9_attach(b, 1, 2, "", "auth=" TOKEN ";uid=7;uid=8"), 22);
    leave(b, 1);
}

/* A bound name is as the console says: what lies outside the scope exists, and may not be touched. */
static void a_bind_leads_nobody_out_of_a_scope(void **state)
{
    struct bench *b = *state;
    char aname[TICKET_TEXT_BYTES + 64];
    struct mint m = {.role = ROLE_QUEEN, .subject = "op", .scope = "/queen", .scope_verb = TICKET_BOTH};
    snprintf(aname, sizeof aname, "auth=%s;ticket=%s", TOKEN, mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", aname), 0);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"bind\":{\"from\":\"/proc/boot\",\"to\":\"/queen/b\"}}"), 0);
    assert_int_equal(p9_walk(b, 1, 0, 1, "queen"), 0);
    assert_int_equal(p9_walk(b, 1, 1, 2, "b"), 1);
    assert_int_equal(p9_walk(b, 1, 1, 2, "c"), 2);
    content(b, "/log/queen.log");
    assert_non_null(strstr(b->answer, "result=policy detail=scope subject=op path=/queen/b\n"));
    leave(b, 1);
}

static void a_bound_name_is_one_line_of_a_listing(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"bind\":{\"from\":\"/proc/boot\",\"to\":\"/a\\nb\"}}"), 2);
    assert_int_equal(b->h->sessions[0].binds.n, 0);
    leave(b, 1);
}

/* A fid or a bound name may outlive what it names: it leads nowhere then, as the path does. */
static void what_has_ended_is_gone_for_fids_and_binds_too(void **state)
{
    struct bench *b = *state;
    struct p9_msg stat = {.type = P9_TGETATTR, .tag = 1};
    static const char *const held[] = {"worker/worker-1", "worker/worker-1/trace", "shard/13", "shard/13/worker"};
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"spawn\":\"heartbeat\"}"), 0);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"bind\":{\"from\":\"/worker/worker-1\",\"to\":\"/w\"}}"), 0);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(p9_walk(b, 1, 0, 10 + i, held[i]), 0);
    assert_int_equal(p9_walk(b, 1, 0, 20, "w/telemetry"), 0);
    assert_int_equal(p9_echo(b, 1, "queen/ctl", "{\"kill\":\"worker-1\"}"), 0);
    for (uint32_t i = 0; i < 4; i++) {
        stat.fid = 10 + i;
        assert_int_equal(p9_try(b, 1, &stat), 2);
        assert_int_equal(p9_open(b, 1, 10 + i, 0), 2);
    }
    assert_int_equal(p9_walk(b, 1, 0, 21, "w"), 2);
    assert_int_equal(p9_walk(b, 1, 0, 21, "w/trace"), 2);
    leave(b, 1);
    join_queen(b, 2);
    expect_holds(b, 2, "SPAWN {\"spawn\":\"heartbeat\"}", "OK");
    expect_holds(b, 2, "ECHO /queen/ctl {\"bind\":{\"from\":\"/worker/worker-2\",\"to\":\"/w\"}}", "OK");
    expect_holds(b, 2, "LS /", "\nw\n");
    expect_holds(b, 2, "KILL worker-2", "OK");
    expect_lacks(b, 2, "LS /", "\nw\n");
    expect_holds(b, 2, "CAT /w/trace", "error=invalid path");
    leave(b, 2);
}

/* Over both protocols: what a rate holds up costs no move of a cursor. */
static void a_throttled_read_spends_no_cursor(void **state)
{
    struct bench *b = *state;
    char line[TICKET_TEXT_BYTES + 64];
    struct p9_msg r;
    struct mint m = {.role = ROLE_QUEEN, .scope = "/log", .scope_verb = TICKET_BOTH, .scope_rate = 1, .has_quotas = true,
                     .resumes = 1, .advances = 2};
    b->now = 5000;
    snprintf(line, sizeof line, "auth=%s;ticket=%s", TOKEN, mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", line), 0);
    assert_int_equal(p9_walk(b, 1, 0, 1, "log/queen.log"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    assert_true(p9_read(b, 1, 1, 1ull << 62, 10, &r) > 0);
    assert_int_equal(p9_read(b, 1, 1, 1ull << 62, 10, &r), -11);
    assert_int_equal(p9_read(b, 1, 1, 1ull << 62, 10, &r), -11);
    pass_ms(b, 1000);
    assert_true(p9_read(b, 1, 1, 1ull << 62, 10, &r) > 0);
    pass_ms(b, 1000);
    assert_int_equal(p9_read(b, 1, 1, 1ull << 62, 10, &r), -122);
    leave(b, 1);
    m.advances = 0;
    snprintf(line, sizeof line, "ATTACH queen %s", mint(&m));
    join(b, 2);
    expect(b, 2, line, "OK ATTACH role=queen\n");
    expect_holds(b, 2, "LOG", "OK LOG");
    expect_holds(b, 2, "LOG", "ERR LOG reason=throttled");
    expect_holds(b, 2, "LOG", "ERR LOG reason=throttled");
    pass_ms(b, 1000);
    expect_holds(b, 2, "LOG", "OK LOG");
    pass_ms(b, 1000);
    expect_holds(b, 2, "LOG", "ERR LOG reason=quota");
    leave(b, 2);
}

/* Whatever was walked before a device came to be is the device afterwards. */
static void a_late_name_becomes_what_stands_behind_it(void **state)
{
    struct bench *b = *state;
    struct p9_msg list = {.type = P9_TREADDIR, .tag = 1, .fid = 1}, r;
    list.u.read.count = 4096;
    p9_queen(b, 1);
    assert_int_equal(p9_walk(b, 1, 0, 1, "queen/telemetry/dev"), 0);
    assert_int_equal(p9_open(b, 1, 1, 0), 0);
    assert_int_equal(p9_walk(b, 1, 0, 2, "queen/telemetry/dev/ctl"), 0);
    assert_int_equal(p9_open(b, 1, 2, 0), 0);
    assert_int_equal(p9_read(b, 1, 2, 0, 4096, &r), 0);
    assert_int_equal(p9_ask(b, 1, &list).u.data.n, 0);
    assert_int_equal(p9_echo(b, 1, "queen/telemetry/dev/ctl", "{\"new\":\"segment\",\"mime\":\"text/plain\"}"), 0);
    assert_true(p9_ask(b, 1, &list).u.data.n > 0);
    assert_true(p9_read(b, 1, 2, 0, 4096, &r) > 0);
    leave(b, 1);
}

static void a_line_holds_no_control_characters_of_either_kind(void **state)
{
    struct bench *b = *state;
    p9_queen(b, 1);
    assert_int_equal(p9_echo(b, 1, "log/queen.log", "\xc2\x9b" "31m red"), 22);
    assert_int_equal(p9_echo(b, 1, "log/queen.log", "\x1b[31m red"), 22);
    assert_int_equal(p9_echo(b, 1, "log/queen.log", "one\ntwo\n"), 22);
    assert_int_equal(p9_echo(b, 1, "log/queen.log", "\xc2\xa0 fine\n"), 0);
    leave(b, 1);
}

static void a_scope_on_a_file_is_one_on_its_views(void **state)
{
    struct bench *b = *state;
    struct mint m = {.role = ROLE_QUEEN, .subject = "s", .scope = "/log/queen.log", .scope_verb = TICKET_READ};
    char aname[1200];
    uint32_t err;
    snprintf(aname, sizeof aname, "auth=" TOKEN ";ticket=%s", mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", aname), 0);
    assert_non_null(p9_cat(b, 1, "log/queen.log.pos", &err));
    assert_null(p9_cat(b, 1, "kmesg.pos", &err));
    assert_int_equal(err, 1);
    leave(b, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_queen_reads_what_the_console_shows),
        CASE(a_line_is_written_and_a_worker_lives),
        CASE(a_wrong_token_is_refused_and_throttled),
        CASE(an_afid_proves_only_after_the_right_token),
        CASE(directories_list_in_order_and_go_on_behind_a_cookie),
        CASE(a_session_ends_with_its_last_fid),
        CASE(the_window_refuses_one_too_many_and_a_live_tag),
        CASE(bind_gives_a_session_its_own_name_for_a_node),
        CASE(a_bind_leads_nobody_out_of_a_scope),
        CASE(a_bound_name_is_one_line_of_a_listing),
        CASE(a_throttled_read_spends_no_cursor),
        CASE(what_has_ended_is_gone_for_fids_and_binds_too),
        CASE(a_late_name_becomes_what_stands_behind_it),
        CASE(a_size_never_falls_behind_whoever_follows_a_ring),
        CASE(attributes_tell_the_hives_life_and_a_rings_end),
        CASE(a_version_is_another_when_the_content_can_be),
        CASE(a_directory_is_refused_in_the_consoles_words),
        CASE(what_has_ended_is_not_found),
        CASE(files_belong_to_whom_the_attach_names),
        CASE(a_line_holds_no_control_characters_of_either_kind),
        CASE(a_scope_on_a_file_is_one_on_its_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
