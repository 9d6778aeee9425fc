/* The way between client and hive: the hive's own face, or the pump and its stream ports with the network side played here. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

/* What the hive is told of the time: now, and at times an earlier one, since clocks may jump back. */
static uint64_t told(struct world *w)
{
    return w->past && chance(&w->rng, 20) ? w->now - pick(&w->rng, (uint32_t)(w->now < w->past ? w->now : w->past) + 1u) : w->now;
}

static struct stream_port *port_of(struct world *w, const struct client *c)
{
    return c->conn ? &w->link->ports[c->conn - 1u] : &w->serial_port;
}

/* As a network side does it; and now and then for nothing. */
static void tell(struct world *w, const struct client *c, uint32_t *word, uint32_t v)
{
    ring_store(word, v);
    if (c->conn)
        bell_ring(&w->link->to_hive, c->conn - 1u);
    if (chance(&w->rng, 2))
        bell_ring(&w->link->to_hive, pick(&w->rng, STREAM_BELL_WORDS * 64u));
}

void link_reset(struct world *w)
{
    if (!w->pumped)
        return;
    memset(w->link, 0, sizeof *w->link);
    memset(&w->serial_port, 0, sizeof w->serial_port);
    w->pump = (struct pump){.hive = w->h, .link = w->link, .serial = &w->serial_port};
}

static bool taken(const struct world *w, uint32_t conn)
{
    for (uint32_t i = 0; i < w->clients_n; i++) {
        if (w->clients[i].open && w->clients[i].conn == conn)
            return true;
    }
    return w->pumped && conn && w->link->ports[conn - 1u].released != w->link->ports[conn - 1u].opened;
}

bool link_open(struct world *w, struct client *c)
{
    uint32_t conn = c->kind == CLIENT_SERIAL ? 0 : 1;
    while (conn < COH_CONNS && taken(w, conn))
        conn++;
    if (conn == COH_CONNS)
        return false;
    c->conn = conn;
    c->open = true;
    if (w->pumped) {
        struct stream_port *p = port_of(w, c);
        if (conn)
            w->gone[conn - 1u] = 0;
        p->rx_tail = p->tx_head = 0;
        tell(w, c, &p->opened, p->opened + 1u);
    } else {
        hive_accept(w->h, conn, conn ? HIVE_TCP : HIVE_SERIAL, told(w));
    }
    return true;
}

static size_t into_ring(struct world *w, const struct client *c, const uint8_t *from, size_t n)
{
    struct stream_port *p = port_of(w, c);
    uint32_t room = STREAM_RX_BYTES - (p->rx_tail - ring_load(&p->rx_head));
    if (n > room)
        n = room;
    for (size_t i = 0; i < n; i++)
        p->rx[(p->rx_tail + i) % STREAM_RX_BYTES] = from[i];
    tell(w, c, &p->rx_tail, p->rx_tail + (uint32_t)n);
    return n;
}

static size_t from_ring(struct world *w, const struct client *c, uint8_t *to, size_t n)
{
    struct stream_port *p = port_of(w, c);
    uint32_t used = ring_load(&p->tx_tail) - p->tx_head;
    if (n > used)
        n = used;
    for (size_t i = 0; i < n; i++)
        to[i] = p->tx[(p->tx_head + i) % STREAM_TX_BYTES];
    tell(w, c, &p->tx_head, p->tx_head + (uint32_t)n);
    return n;
}

size_t link_send(struct world *w, struct client *c, const uint8_t *p, size_t n)
{
    if (w->pumped)
        return into_ring(w, c, p, n);
    uint8_t *copy = malloc(n ? n : 1); /* of exactly n bytes: a sanitizer sees who reads beyond */
    memcpy(copy, p, n);
    size_t took = hive_input(w->h, c->conn, bytes_of(copy, n), told(w));
    free(copy);
    SIM_CHECK(w, took <= n, "hive_input took %zu of %zu bytes", took, n);
    return took;
}

size_t link_recv(struct world *w, struct client *c, uint8_t *p, size_t n)
{
    size_t got = w->pumped ? from_ring(w, c, p, n) : hive_output(w->h, c->conn, p, n, told(w));
    SIM_CHECK(w, got <= n, "hive_output gave %zu bytes for a buffer of %zu", got, n);
    for (size_t i = 0; i < got; i++)
        w->hash = (w->hash ^ p[i]) * 0x100000001b3u;
    w->hash = (w->hash ^ c->conn ^ w->now) * 0x100000001b3u;
    w->bytes += got;
    return got;
}

bool link_ended(struct world *w, const struct client *c)
{
    if (!w->pumped)
        return hive_wants_close(w->h, c->conn);
    const struct stream_port *p = port_of(w, c);
    return p->hive_closed == p->opened && p->tx_tail == p->tx_head;
}

void link_drop(struct world *w, struct client *c)
{
    if (w->pumped)
        tell(w, c, &port_of(w, c)->net_closed, port_of(w, c)->opened);
    else
        hive_closed(w->h, c->conn, told(w));
    if (w->pumped && c->conn)
        w->gone[c->conn - 1u] = 1u + c->may_hold;
    c->open = false;
}

void link_gone(const struct world *w, uint32_t *strangers, uint32_t *holders)
{
    for (uint32_t i = 0; w->pumped && i < STREAM_PORTS; i++) {
        if (!w->gone[i] || w->link->ports[i].released == w->link->ports[i].opened)
            continue;
        ++*strangers;
        *holders += w->gone[i] - 1u;
    }
}

void link_turn(struct world *w)
{
    bool again = true, moved;
    if (!w->pumped)
        hive_tick(w->h, told(w));
    for (uint32_t i = 0; w->pumped && i < 4 && again; i++)
        pump_turn(&w->pump, told(w), &again, &moved);
    tasks_turn(w);
}

void link_corrupt(struct world *w, struct client *c)
{
    struct stream_port *p = port_of(w, c);
    tell(w, c, &p->rx_tail, ring_load(&p->rx_head) + STREAM_RX_BYTES + 1u + pick(&w->rng, 1000u));
}
