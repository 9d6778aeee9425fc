/* One seed: a world of clients around a hive, step by step; after each step every invariant holds. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/sim.h"
#include "support/invariants.h"

static struct world *current; /* for coh_panic, which is told nothing */

static void where(const struct world *w)
{
    fflush(stdout);
    fprintf(stderr, "hive-sim: seed %llu failed at step %u of %u, time %llu ms (%s)\n", (unsigned long long)w->seed, w->step, w->steps,
            (unsigned long long)w->now, w->pumped ? "through the pump" : "through its face");
}

static _Noreturn void give_up(const struct world *w)
{
    fprintf(stderr, "replay: scripts/simulate.sh%s --seed %llu --verbose%s\n", COH_ECOSYSTEM_POLICY_ENABLE ? " --profile governed" : "",
            (unsigned long long)w->seed,
            COH_WORKERS_MAX > 100u ? " --pools default" : "");
    exit(1);
}

void sim_fail(struct world *w, const char *fmt, ...)
{
    va_list args;
    where(w);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    give_up(w);
}

_Noreturn void coh_panic(const char *what, const char *file, int line)
{
    where(current);
    fprintf(stderr, "halted: %s at %s:%d\n", what, file, line);
    give_up(current);
}

void sim_say(struct world *w, const char *fmt, ...)
{
    if (!w->verbose)
        return;
    va_list args;
    printf("%6u %9llu ", w->step, (unsigned long long)w->now);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

/* Copies what was appended to the log since the last look. */
void world_follow_log(struct world *w)
{
    const struct ring *r = &w->h->log.queen;
    SIM_CHECK(w, r->next >= w->log_n, "the log went back");
    uint64_t n = r->next - w->log_n;
    if (n == 0)
        return;
    if (r->next > w->log_cap) {
        w->log_cap = r->next * 2u;
        w->log = realloc(w->log, w->log_cap);
        SIM_CHECK(w, w->log != NULL, "no memory");
    }
    SIM_CHECK(w, ring_read_on(r, &w->log_cursor, w->log_n, w->log + w->log_n, n) == n, "the log keeps less than one step wrote");
    w->log_n = r->next;
}

/* How many there are at once, at most, of those that nobody has heard from otherwise. */
void world_note_peaks(struct world *w)
{
    uint32_t strangers = 0, holders = 0;
    for (uint32_t i = 0; i < w->clients_n; i++) {
        const struct client *c = &w->clients[i];
        bool tcp = c->open && c->kind != CLIENT_SERIAL;
        strangers += tcp;
        holders += tcp ? c->may_hold : 0;
    }
    link_gone(w, &strangers, &holders);
    w->strangers_peak = strangers > w->strangers_peak ? strangers : w->strangers_peak;
    w->holders_peak = holders > w->holders_peak ? holders : w->holders_peak;
}

void world_look(struct world *w)
{
    world_note_peaks(w);
    world_follow_log(w);
    if (!hive_check(w->h)) {
        const struct hive *h = w->h;
        sim_fail(w, "an invariant of the hive does not hold: budget %d log %d sessions %d tickets %d workers %d, else its connections", budget_valid(h),
                 log_valid(h), sessions_valid(h), tickets_valid(h), workers_valid(h));
    }
    SIM_CHECK(w, w->h->now_ms <= w->now, "the hive is ahead of its clock");
}

static void pass_time(struct world *w)
{
    struct rng *r = &w->rng;
    uint32_t what = pick(r, 100);
    if (what < 60)
        w->now += pick(r, 30);
    else if (what < 85)
        w->now += pick(r, 600);
    else if (what < 97)
        w->now += pick(r, 6000);
    else
        w->now += pick(r, chance(r, 10) ? 400000 : 40000);
    link_turn(w);
}

static void step(struct world *w)
{
    struct rng *r = &w->rng;
    if (w->events && chance(r, 2))
        gov_event(w);
    else if (chance(r, 12))
        pass_time(w);
    else
        client_act(w, &w->clients[pick(r, w->clients_n)]);
    if (w->pumped && chance(r, 70))
        link_turn(w);
    for (uint32_t i = 0; i < w->clients_n; i++) {
        if (w->clients[i].open && chance(r, 30))
            client_closes(w, &w->clients[i]);
    }
    world_look(w);
}

/* Many worlds of the governed profile are small and busy with control files: a repeated line meets the one before it. */
static void choose_council(struct world *w)
{
    struct rng *r = &w->rng;
    bool council = COH_ECOSYSTEM_POLICY_ENABLE && chance(r, 60);
    w->events = chance(r, 40);
    w->queens = chance(r, council ? 80 : 15);
    w->governs = council ? between(r, 50, 95) : chance(r, 50) ? pick(r, 40) : 0;
    if (!council)
        return;
    w->clients_n = between(r, 2, 5);
    w->steps = between(r, 100, chance(r, 20) ? 900 : 400);
}

static void begin(struct world *w, uint64_t seed)
{
    struct hive *h = w->h, *spare = w->spare;
    struct stream_link *link = w->link;
    struct p9_client *p9 = w->p9;
    uint8_t *log = w->log;
    uint64_t cap = w->log_cap;
    bool verbose = w->verbose;
    memset(w, 0, sizeof *w);
    w->h = h;
    w->spare = spare;
    w->link = link;
    w->p9 = p9;
    w->log = log;
    w->log_cap = cap;
    w->verbose = verbose;
    w->seed = seed;
    struct rng mix = {seed}; /* neighbours must not share a stream */
    w->rng.state = rng_next(&mix);
    w->hash = 0xcbf29ce484222325u;
    w->pumped = chance(&w->rng, 35);
    w->orderly = chance(&w->rng, 60);
    w->flood = chance(&w->rng, 2);
    w->past = chance(&w->rng, 30) ? between(&w->rng, 1, 5000) : 0;
    w->steps = between(&w->rng, 40, chance(&w->rng, 10) ? 900 : 300);
    w->clients_n = between(&w->rng, 2, chance(&w->rng, 50) ? 6 : SIM_CLIENTS);
    w->facts = (struct hive_facts){.backend = "sim", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    w->facts.tasks = chance(&w->rng, 40);
    w->facts.rtc_unix_ms = chance(&w->rng, 50) ? 1700000000000u : 0;
    memset(h, 0, hive_size());
    const char *why = hive_init(h, &w->facts);
    SIM_CHECK(w, why == NULL, "the hive does not start: %s", why);
    record_begin(w);
    hive_net(h)->listening = hive_net(h)->link_up = true;
    nodes_probe(w);
    gov_begin(w);
    choose_council(w);
    link_reset(w);
    tickets_make(w);
    uint32_t p9_percent = pick(&w->rng, 101);
    for (uint32_t i = 0; i < w->clients_n; i++) {
        w->clients[i].id = i;
        w->clients[i].kind = !i ? CLIENT_SERIAL : chance(&w->rng, p9_percent) ? CLIENT_P9 : CLIENT_CONSOLE;
    }
    client_open(w, &w->clients[0]);
    if (w->pumped)
        link_turn(w);
}

uint64_t world_run(struct world *w, uint64_t seed)
{
    current = w;
    begin(w, seed);
    for (w->step = 1; w->step <= w->steps; w->step++)
        step(w);
    world_settle(w);
    return w->hash;
}
