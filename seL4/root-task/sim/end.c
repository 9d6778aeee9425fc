/* The end of a seed: everybody reads what is left, the hive's own counters are compared with what all clients saw, then
 * everybody leaves, and nothing may stay behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/p9.h"

#define ROUNDS 4000u

/* Lets bytes flow until nobody has any. */
static void drain(struct world *w)
{
    bool moved = true;
    for (uint32_t round = 0; moved; round++) {
        SIM_CHECK(w, round < ROUNDS, "bytes flow without end");
        moved = false;
        link_turn(w);
        for (uint32_t i = 0; i < w->clients_n; i++) {
            struct client *c = &w->clients[i];
            uint64_t before = c->sent;
            if (!c->open)
                continue;
            client_flush(w, c, SIM_OUTBOX);
            size_t got = client_read(w, c, 2000);
            moved = moved || got || c->sent != before;
            client_closes(w, c);
        }
        world_look(w);
        if (w->pumped && !moved && round < 2)
            moved = true; /* the pump's turn comes before the clients' */
    }
}

static void all_answered(struct world *w)
{
    for (uint32_t i = 0; i < w->clients_n; i++) {
        const struct client *c = &w->clients[i];
        if (!c->open || c->corrupt)
            continue;
        SIM_CHECK(w, !c->closing, "client %u had the last word, and its connection stays", c->id);
        if (c->kind == CLIENT_P9) {
            SIM_CHECK(w, p9_of(c)->ends || (p9_of(c)->count == 0 && c->in_n == 0), "client %u waits for %u answers", c->id, p9_of(c)->count);
            continue;
        }
        SIM_CHECK(w, c->count == 0 && c->in_n <= (c->kind == CLIENT_SERIAL ? 9u : 0u), "client %u waits for %u answers, first `%s %s`", c->id, c->count,
                  item_at((struct client *)(uintptr_t)c, 0)->verb, item_at((struct client *)(uintptr_t)c, 0)->path);
    }
}

/* ---- the books ---- */

/* Asks on the serial line, which no pool can shut out; the file's last line is left in c->last. */
static const char *inspect(struct world *w, const char *path)
{
    struct client *c = &w->clients[0];
    c->last[0] = 0;
    ask_read(w, c, ITEM_CAT, path);
    drain(w);
    return c->last;
}

static uint64_t number_in(struct world *w, const char *path, const char *key)
{
    const char *at = strstr(inspect(w, path), key);
    SIM_CHECK(w, at != NULL, "%s has no %s", path, key);
    return strtoull(at + strlen(key), NULL, 10);
}

static void check_pressure(struct world *w)
{
    static const char *const paths[PRESSURE_COUNT] = {"/proc/pressure/busy", "/proc/pressure/quota", "/proc/pressure/cut", "/proc/pressure/policy"};
    uint64_t more = 0;
    for (uint32_t p = 0; p < PRESSURE_COUNT; p++) {
        uint64_t is = number_in(w, paths[p], "=");
        SIM_CHECK(w, is >= w->refused[p], "%s counts %llu, and clients saw %llu refusals", paths[p], (unsigned long long)is,
                  (unsigned long long)w->refused[p]);
        more += is - w->refused[p];
    }
    SIM_CHECK(w, more <= w->refused_unseen + w->gov.replay_refused, "/proc/pressure counts %llu refusals that nobody saw; at most %llu went unseen", (unsigned long long)more,
              (unsigned long long)w->refused_unseen);
}

static void count_session(const struct world *w, const struct identity *me, uint64_t *least, uint64_t *most)
{
    *least += !may_be_cut(w, me);
    *most += !me->spent;
}

/* What is attached is active, unless it is cut off. */
static void check_sessions(struct world *w)
{
    uint64_t least = 0, most = 0, is = number_in(w, "/proc/9p/session/active", "active=");
    SIM_CHECK(w, strstr(w->clients[0].last, " draining=0"), "the hive says `%s` when nothing drains", w->clients[0].last);
    for (uint32_t i = 0; i < w->clients_n; i++) {
        const struct client *c = &w->clients[i];
        const struct p9_client *p = p9_of(c);
        if (c->open && c->kind != CLIENT_P9 && c->attached)
            count_session(w, &c->me, &least, &most);
        for (uint32_t k = 0; c->open && c->kind == CLIENT_P9 && k < SIM_IDENTITIES; k++) {
            if (p->identity[k].alive)
                count_session(w, &p->identity[k].me, &least, &most);
        }
    }
    SIM_CHECK(w, is >= least && is <= most, "the hive says active=%llu, and clients know %llu to %llu", (unsigned long long)is, (unsigned long long)least,
              (unsigned long long)most);
}

static uint64_t count_lines(const struct world *w, const char *what, const char *also, bool present)
{
    uint64_t n = 0;
    char line[LOG_LINE_BYTES + 2];
    for (uint64_t at = 0; at < w->log_n;) {
        const uint8_t *nl = memchr(w->log + at, '\n', w->log_n - at);
        size_t len = nl ? (size_t)(nl - (w->log + at)) : (size_t)(w->log_n - at);
        snprintf(line, sizeof line, "%.*s", (int)len, (const char *)w->log + at);
        at += len + 1u;
        const char *blank = line[0] >= '0' && line[0] <= '9' ? strchr(line, ' ') : NULL;
        if (blank && strncmp(blank + 1, what, strlen(what)) == 0)
            n += !also || (strstr(blank, also) != NULL) == present;
    }
    return n;
}

/* Lines of clients: the hive's own begin with the time. */
static uint64_t count_notes(const struct world *w)
{
    uint64_t n = 0;
    for (uint64_t at = 0; at < w->log_n; at++)
        n += (at == 0 || w->log[at - 1] == '\n') && (w->log[at] < '0' || w->log[at] > '9');
    return n;
}

static uint64_t sum_strangers(const struct world *w)
{
    static const char key[] = " auth unauthenticated refusals=";
    uint64_t sum = 0;
    for (uint64_t at = 0; at + sizeof key < w->log_n; at++) {
        if (w->log[at] == ' ' && memcmp(w->log + at, key, sizeof key - 1) == 0)
            sum += strtoull((const char *)w->log + at + sizeof key - 1, NULL, 10);
    }
    return sum;
}

/* Every decision left one line, and none of them another; strangers' are told in sums. */
static void check_audit(struct world *w)
{
    uint64_t fine = count_lines(w, "audit ", " result=ok", true) - w->gov.replayed; /* what replays did, nobody asked for */
    uint64_t refused = count_lines(w, "audit ", " result=ok", false) - w->gov.replay_refused;
    uint64_t strangers = sum_strangers(w), unseen = w->refused_unseen;
    uint64_t spawned = count_lines(w, "worker spawned ", NULL, true);
    SIM_CHECK(w, fine >= w->audited_ok && fine <= w->audited_ok + unseen, "%llu lines of allowed operations for %llu (and %llu unseen)",
              (unsigned long long)fine, (unsigned long long)w->audited_ok, (unsigned long long)unseen);
    SIM_CHECK(w, refused >= w->session_refusals && refused <= w->session_refusals + unseen, "%llu lines of refusals for %llu (and %llu unseen)",
              (unsigned long long)refused, (unsigned long long)w->session_refusals, (unsigned long long)unseen);
    SIM_CHECK(w, strangers >= w->stranger_refusals && strangers <= w->stranger_refusals + unseen, "strangers' refusals: %llu told, %llu seen, %llu unseen",
              (unsigned long long)strangers, (unsigned long long)w->stranger_refusals, (unsigned long long)unseen);
    uint64_t notes = count_notes(w);
    SIM_CHECK(w, notes >= w->notes_sure && notes <= w->notes_sure + unseen, "%llu lines of clients in the log for %llu (and %llu unseen)",
              (unsigned long long)notes, (unsigned long long)w->notes_sure, (unsigned long long)unseen);
    SIM_CHECK(w, spawned >= w->spawns_sure && spawned <= w->spawns_maybe, "%llu workers for %llu orders", (unsigned long long)spawned,
              (unsigned long long)w->spawns_sure);
}

static void everybody_leaves(struct world *w)
{
    for (uint32_t i = 1; i < w->clients_n; i++) {
        if (w->clients[i].open)
            client_leave(w, &w->clients[i], false);
    }
    w->now += 4000000; /* longer than any worker lives, however its order was spoilt */
    for (uint32_t i = 0; i < 4 || (i < 60 && w->h->workers_state.by.n); i++) { /* the schedule may spawn some more */
        link_turn(w);
        w->now += i < 4 ? 0 : 4000000;
    }
    world_look(w);
}

static uint64_t pool_used(struct world *w, enum pool pool) { return w->h->budget.of[pool].used; }

static void nothing_stays(struct world *w)
{
    static const enum pool one[] = {POOL_conns, POOL_streams, POOL_sessions}, none[] = {POOL_ports, POOL_workers, POOL_rings, POOL_order};
    inspect(w, "/proc/budget");
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
        SIM_CHECK(w, pool_used(w, one[i]) == 1, "pool %d holds %llu when only the serial line is left", (int)one[i], (unsigned long long)pool_used(w, one[i]));
    tasks_end(w);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        SIM_CHECK(w, pool_used(w, none[i]) == 0, "pool %d holds %llu when everybody has left", (int)none[i], (unsigned long long)pool_used(w, none[i]));
}

void world_settle(struct world *w)
{
    for (uint32_t i = 1; i < w->clients_n; i++) {
        struct client *c = &w->clients[i];
        if (c->open && (c->persona == PERSONA_DEAF || c->corrupt))
            client_leave(w, c, false);
    }
    w->past = 0;
    drain(w);
    all_answered(w);
    w->now += 2000; /* strangers' refusals are told within a second */
    link_turn(w);
    ask_line(w, &w->clients[0], "ATTACH queen ", &(struct item){.kind = ITEM_ATTACH, .verb = "ATTACH", .ticket = -1, .role = ROLE_QUEEN});
    drain(w);
    if (w->h->log.queen.dropped == 0) {
        check_audit(w);
        SIM_CHECK(w, count_lines(w, "worker ended ", NULL, true) <= w->spawns_maybe, "more workers ended than lived");
    }
    check_pressure(w);
    check_sessions(w);
    everybody_leaves(w);
    drain(w);
    nothing_stays(w);
}
