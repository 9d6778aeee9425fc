/* Every row of resources/fixtures/control/table.txt, over the console and over Secure9P: outcome, audit line, counter, and
 * that a refusal changes nothing else. */
#include "support/p9_client.h"
#include "support/ring.h"

#include <ctype.h>

#define ROW_BYTES 4096u
#define PREPARATIONS 48u

enum way { CONSOLE, SECURE9P };
static const char *const way_names[] = {"console", "9P"};

static const struct error {
    const char *name;
    uint32_t errnum;
    enum pressure pressure;
} errors[] = {
    {"OK", 0, PRESSURE_COUNT},           {"EPERM", 1, PRESSURE_POLICY},   {"ENOENT", 2, PRESSURE_POLICY},
    {"EBADF", 9, PRESSURE_CUT},          {"EAGAIN", 11, PRESSURE_BUSY},   {"EBUSY", 16, PRESSURE_BUSY},
    {"EINVAL", 22, PRESSURE_POLICY},     {"EMSGSIZE", 90, PRESSURE_QUOTA}, {"EHOSTDOWN", 112, PRESSURE_CUT},
    {"ESTALE", 116, PRESSURE_POLICY},    {"EDQUOT", 122, PRESSURE_QUOTA},
};

/* What the console says instead of an errno (spec/secure9p.md "Errors"), the more special first. */
static const struct {
    const char *part, *name;
} words[] = {
    {"detail=stale-cursor", "ESTALE"}, {"error=EPERM", "EPERM"},         {"detail=invalid-path", "ENOENT"},
    {"detail=too-big", "EMSGSIZE"},    {"reason=quota", "EDQUOT"},       {"detail=gate-denied", "EHOSTDOWN"},
    {"reason=cut", "EBADF"},           {"reason=throttled", "EAGAIN"},   {"reason=busy", "EBUSY"},
    {"reason=policy", "EINVAL"},
};

/* A row that does not hold is told, and the next one runs. */
static uint32_t faults;
#define COMPLAIN(...)                                                                                                  \
    do {                                                                                                               \
        print_error(__VA_ARGS__);                                                                                      \
        print_error("\n");                                                                                             \
        faults++;                                                                                                      \
    } while (0)

static char group[128];
static char preparations[PREPARATIONS][ROW_BYTES];
static size_t prepared;

/* Splits the next word off. */
static char *word(char **rest)
{
    char *w = *rest, *end = strchr(w, ' ');
    *rest = end ? end + 1 : w + strlen(w);
    if (end)
        *end = 0;
    return w;
}

static const struct error *error_named(const char *name)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(errors[i].name, name) == 0)
            return &errors[i];
    }
    fail_msg("%s: no error is called `%s`", group, name);
    return NULL;
}

static void identity(const char *actor, const char **role, struct mint *m)
{
    static const struct {
        const char *short_name, *name;
        enum coh_role role;
    } roles[] = {{"heartbeat", "worker-heartbeat", ROLE_HEARTBEAT},
                 {"gpu", "worker-gpu", ROLE_GPU},
                 {"bus", "worker-bus", ROLE_BUS},
                 {"lora", "worker-lora", ROLE_LORA}};
    const char *colon = strchr(actor, ':');
    *m = (struct mint){.role = ROLE_QUEEN, .subject = "desk"};
    *role = "queen";
    if (!colon) {
        assert_string_equal(actor, "queen");
        return;
    }
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strncmp(actor, roles[i].short_name, strlen(roles[i].short_name)) == 0) {
            *role = roles[i].name;
            *m = (struct mint){.role = roles[i].role, .subject = colon + 1};
        }
    }
    assert_int_not_equal(m->role, ROLE_QUEEN);
}

/* Attaches actor on connection 1; the queen of the preparations is on 5. */
static void attach(struct bench *b, enum way way, const char *actor)
{
    struct mint m;
    const char *role;
    char text[1200];
    identity(actor, &role, &m);
    if (way == CONSOLE) {
        join(b, 1);
        snprintf(text, sizeof text, "ATTACH %s %s", role, mint(&m));
        expect_holds(b, 1, text, "OK ATTACH");
        return;
    }
    snprintf(text, sizeof text, "auth=" TOKEN ";role=%s;ticket=%s", role, mint(&m));
    p9_connect(b, 1);
    assert_int_equal(p9_attach(b, 1, 0, "", text), 0);
}

/* The errno of writing line to path on connection conn. */
static uint32_t write_line(struct bench *b, enum way way, uint32_t conn, const char *path, const char *line)
{
    char text[ROW_BYTES];
    if (way == SECURE9P)
        return p9_echo(b, conn, path + 1, line);
    snprintf(text, sizeof text, "ECHO %s %s", path, line);
    const char *got = ask(b, conn, text);
    if (strncmp(got, "OK ECHO", 7) == 0)
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(got, words[i].part))
            return error_named(words[i].name)->errnum;
    }
    fail_msg("%s: `%s` stands for no error", group, got);
    return 0;
}

static void prepare(struct bench *b, enum way way)
{
    uint32_t conn = 5;
    if (way == CONSOLE)
        join_queen(b, conn);
    else
        p9_queen(b, conn);
    for (size_t i = 0; i < prepared; i++) {
        char copy[ROW_BYTES], *rest = copy;
        snprintf(copy, sizeof copy, "%s", preparations[i]);
        const char *kind = word(&rest);
        if (strcmp(kind, "pass") == 0) {
            pass_ms(b, strtoull(rest, NULL, 10));
        } else if (strcmp(kind, "fault") == 0) {
            hive_fault(b->h, rest, b->now);
        } else {
            const char *path = word(&rest);
            uint32_t err = write_line(b, strlen(rest) + strlen(path) > 240u ? SECURE9P : way, conn, path, rest);
            if (err)
                fail_msg("%s: preparation `%s %s` over %s was refused with %u", group, path, rest, way_names[way], err);
        }
    }
}

/* What may differ after a refusal: clocks, logs, counters, the connection and the session that asked. */
#define KEPT(member) {#member, offsetof(struct hive, member), sizeof(((struct hive *)0)->member)}
static struct kept {
    const char *name;
    size_t at, n;
} may_change[] = {
    KEPT(now_ms), KEPT(asked_ms), KEPT(log),      KEPT(pressure),    KEPT(root),       KEPT(budget),      KEPT(trace),
    KEPT(ingest), KEPT(p9),       KEPT(conns),    KEPT(streams),     KEPT(sessions),   KEPT(fids),        KEPT(scratch),
    KEPT(journal.decisions), KEPT(journal.decided), KEPT(decision_bytes),
    KEPT(tickets), KEPT(log_bytes), KEPT(trace_bytes), KEPT(latency), KEPT(watch_bytes), KEPT(conn_deadline_ms),
    KEPT(gpu_bridge), /* a wrong line gives a transfer up */
    KEPT(sidecars), KEPT(sidecar_bytes), /* the tamper log is the record of a refused attempt to send */
};

static int by_place(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return x->at < y->at ? -1 : 1;
}

static void expect_unchanged(const uint8_t *before, const struct hive *h, const char *row)
{
    const uint8_t *after = (const uint8_t *)h;
    const size_t kinds = sizeof may_change / sizeof may_change[0];
    size_t from = 0;
    qsort(may_change, kinds, sizeof may_change[0], by_place);
    for (size_t k = 0; k <= kinds; k++) {
        size_t to = k < kinds ? may_change[k].at : hive_size();
        for (size_t i = from; memcmp(before + from, after + from, to - from) && i < to; i++) {
            if (before[i] == after[i])
                continue;
            COMPLAIN("%s: `%s` was refused, and byte %zu of the hive changed", group, row, i);
            return;
        }
        from = k < kinds ? to + may_change[k].n : to;
    }
}

/* Audit lines since from that say result=ok, or anything else; *last is the newest such line. */
static uint32_t audited(struct bench *b, uint64_t from, bool ok, char *last, size_t cap)
{
    static char log[1u << 17];
    size_t n = ring_read(&b->h->log.queen, from, (uint8_t *)log, sizeof log - 1);
    uint32_t found = 0;
    log[n] = 0;
    for (char *line = log, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = 0;
        if (!strstr(line, " audit op=") || (strstr(line, " result=ok") != NULL) != ok)
            continue;
        found++;
        snprintf(last, cap, "%s", line);
    }
    return found;
}

static void run_row(const char *row, enum way way)
{
    char copy[ROW_BYTES], line[1024] = "", detail_field[80], *rest = copy;
    struct bench *b = calloc(1, sizeof *b);
    snprintf(copy, sizeof copy, "%s", row);
    const struct error *want = error_named(word(&rest));
    const char *detail = word(&rest), *actor = word(&rest), *path = word(&rest);
    bench_start(b);
    prepare(b, way);
    attach(b, way, actor);
    uint8_t *before = malloc(hive_size());
    memcpy(before, b->h, hive_size());
    const struct hive *was = (const struct hive *)(const void *)before;
    uint64_t from = b->h->log.queen.next;
    uint32_t err = write_line(b, way, 1, path, rest);
    if (err != want->errnum && !(err == P9_SHORT && (want->errnum == 1 || want->errnum == 2)))
        COMPLAIN("%s: `%s` over %s gave errno %u", group, row, way_names[way], err);
    if (want->errnum) {
        expect_unchanged(before, b->h, row);
        uint32_t lines = audited(b, from, false, line, sizeof line);
        snprintf(detail_field, sizeof detail_field, " detail=%s", detail);
        if (lines != 1 || (detail[0] != '-' && !strstr(line, detail_field)))
            COMPLAIN("%s: `%s` over %s left %u audit lines of refusals, the last `%s`", group, row, way_names[way], lines, line);
        for (int k = 0; k < PRESSURE_COUNT; k++) {
            if (b->h->pressure[k] - was->pressure[k] != (k == (int)want->pressure))
                COMPLAIN("%s: `%s` over %s steps pressure counter %d wrongly", group, row, way_names[way], k);
        }
    } else if (audited(b, from, false, line, sizeof line)) {
        COMPLAIN("%s: `%s` over %s was accepted, and `%s` was audited", group, row, way_names[way], line);
    }
    bench_end(b);
    free(before);
    free(b);
}

static void each_row_has_its_outcome_and_a_refusal_changes_nothing(void **state)
{
    static char row[ROW_BYTES];
    FILE *f = fopen(COH_FIXTURES "/control/table.txt", "r");
    uint32_t rows = 0;
    assert_non_null(f);
    while (fgets(row, sizeof row, f)) {
        row[strcspn(row, "\n")] = 0;
        if (row[0] == '#' || row[0] == 0)
            continue;
        if (row[0] == '@') {
            snprintf(group, sizeof group, "%s", row + 2);
            prepared = 0;
        } else if (row[0] == '+' || row[0] == '!') {
            assert_true(prepared < PREPARATIONS);
            snprintf(preparations[prepared++], ROW_BYTES, "%s", row + 2);
        } else {
            run_row(row, CONSOLE);
            run_row(row, SECURE9P);
            rows++;
        }
    }
    fclose(f);
    print_message("%u rows, each twice\n", rows);
    assert_int_equal(faults, 0);
    assert_true(rows > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_row_has_its_outcome_and_a_refusal_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
