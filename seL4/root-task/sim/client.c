/* One client: connects, says things, reads or does not, leaves. Bytes become lines here, for TCP and for the serial line. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"

#define PROMPT "cohesix> "

/* ---- what comes ---- */

static void line_came(struct world *w, struct client *c, const uint8_t *p, size_t n)
{
    char text[1200];
    SIM_CHECK(w, n < sizeof text, "client %u got a line of %zu bytes", c->id, n);
    memcpy(text, p, n);
    text[n] = 0;
    sim_say(w, "client %u gets: %s", c->id, text);
    if (c->kind == CLIENT_SERIAL && !c->echo_seen) {
        char want[600];
        SIM_CHECK(w, c->count > 0, "the serial line shows `%s`, and nobody typed", text);
        snprintf(want, sizeof want, PROMPT "%s", item_at(c, 0)->echo);
        SIM_CHECK(w, strcmp(text, want) == 0, "the serial line shows `%s` for `%s`", text, want);
        c->echo_seen = true;
        return;
    }
    judge_line(w, c, bytes_of(text, n));
}

static size_t take_frame(struct world *w, struct client *c)
{
    const uint8_t *p = c->inbox;
    if (c->in_n < 4)
        return 0;
    uint32_t size = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    SIM_CHECK(w, size >= 5 && size <= 260, "client %u got a frame of size %u", c->id, size);
    if (c->in_n < size)
        return 0;
    line_came(w, c, p + 4, size - 4u);
    return size;
}

static size_t take_message(struct world *w, struct client *c)
{
    uint32_t size = c->in_n < 4 ? 0 : p9_size(c->inbox);
    SIM_CHECK(w, c->in_n < 4 || (size >= 5 && size <= COH_SECURE9P_MSIZE), "client %u got a frame of size %u", c->id, size);
    if (size == 0 || c->in_n < size)
        return 0;
    p9_judge(w, c, bytes_of(c->inbox, size));
    return size;
}

static size_t take_typed(struct world *w, struct client *c)
{
    for (uint32_t i = 0; i + 1 < c->in_n; i++) {
        if (c->inbox[i] == '\r' && c->inbox[i + 1] == '\n') {
            line_came(w, c, c->inbox, i);
            return i + 2u;
        }
    }
    return 0;
}

static size_t take_one(struct world *w, struct client *c)
{
    if (c->kind == CLIENT_P9)
        return take_message(w, c);
    return c->kind == CLIENT_SERIAL ? take_typed(w, c) : take_frame(w, c);
}

void judge_bytes(struct world *w, struct client *c, const uint8_t *p, size_t n)
{
    while (n) {
        size_t room = sizeof c->inbox - c->in_n, take = n < room ? n : room, used;
        SIM_CHECK(w, take > 0, "client %u got %u bytes without an end", c->id, c->in_n);
        memcpy(c->inbox + c->in_n, p, take);
        c->in_n += (uint32_t)take;
        p += take;
        n -= take;
        while ((used = take_one(w, c)) > 0) {
            memmove(c->inbox, c->inbox + used, c->in_n - used);
            c->in_n -= (uint32_t)used;
        }
    }
}

size_t client_read(struct world *w, struct client *c, size_t cap)
{
    uint8_t data[2048];
    size_t n = link_recv(w, c, data, cap < sizeof data ? cap : sizeof data);
    world_follow_log(w);
    judge_bytes(w, c, data, n);
    return n;
}

/* ---- how it lives ---- */

bool client_open(struct world *w, struct client *c)
{
    uint32_t id = c->id;
    enum client_kind kind = c->kind;
    memset(c, 0, sizeof *c);
    c->id = id;
    c->kind = kind;
    c->persona = kind == CLIENT_SERIAL || chance(&w->rng, 50) ? PERSONA_GOOD : (enum persona)pick(&w->rng, PERSONA_COUNT);
    c->me.ticket = -1;
    c->p9 = &w->p9[id];
    if (kind == CLIENT_P9)
        memset(c->p9, 0, sizeof *c->p9);
    c->authed = kind == CLIENT_SERIAL;
    c->p9->unattached_ms = c->accepted_ms = c->last_in_ms = w->h->now_ms;
    if (!link_open(w, c))
        return false;
    world_note_peaks(w);
    sim_say(w, "client %u connects on %u, persona %d", c->id, c->conn, (int)c->persona);
    return true;
}

void client_leave(struct world *w, struct client *c, bool by_hive)
{
    if (w->orderly && !by_hive) {
        while (client_read(w, c, 512) > 0)
            continue;
    }
    sim_say(w, "client %u %s", c->id, by_hive ? "sees the end" : "leaves");
    if (c->kind == CLIENT_P9)
        p9_judge_end(w, c, by_hive);
    else
        judge_end(w, c, by_hive);
    link_drop(w, c);
}

/* The hive is done with the connection. */
void client_closes(struct world *w, struct client *c)
{
    if (!c->open || !link_ended(w, c))
        return;
    while (client_read(w, c, 512) > 0)
        continue;
    if (link_ended(w, c))
        client_leave(w, c, true);
}

static void flood(struct world *w, struct client *c)
{
    char line[TICKET_TEXT_BYTES + 20], text[TICKET_TEXT_BYTES + 1];
    struct item it = {.kind = ITEM_ATTACH, .verb = "ATTACH", .ticket = -1, .role = ROLE_QUEEN};
    for (uint32_t i = 0; i < 12; i++) {
        ticket_flood(w, text, w->nonce++);
        snprintf(line, sizeof line, "ATTACH queen %s", text);
        ask_line(w, c, line, &it);
    }
}

void client_act(struct world *w, struct client *c)
{
    struct rng *r = &w->rng;
    if (!c->open) {
        if (c->kind != CLIENT_SERIAL && chance(r, 30))
            client_open(w, c);
        return;
    }
    uint32_t what = pick(r, 100);
    if (what < 35) {
        if (w->flood && c->attached && c->kind == CLIENT_CONSOLE && chance(r, 60))
            flood(w, c);
        else if (c->kind == CLIENT_P9)
            p9_ask_something(w, c);
        else if (c->count < SIM_QUEUE / 2u)
            ask_something(w, c);
        if (chance(r, 60))
            client_flush(w, c, SIM_OUTBOX);
    } else if (what < 60) {
        client_flush(w, c, c->persona == PERSONA_SLOW ? 1u : between(r, 1, chance(r, 50) ? 8 : 900));
    } else if (what < 96) {
        if (c->persona != PERSONA_DEAF)
            client_read(w, c, between(r, 1, chance(r, 30) ? 12 : 2000));
    } else if (c->kind != CLIENT_SERIAL && chance(r, 50)) {
        if (w->pumped && chance(r, 20)) {
            c->corrupt = true;
            link_corrupt(w, c);
        } else {
            client_leave(w, c, false);
        }
    }
}
