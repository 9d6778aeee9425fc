/* Tickets of the simulation, minted with the manifest's keys, and what their time allows. */
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "sim/sim.h"
#include "support/mint.h"

static const char *const scope_paths[] = {"/", "/proc", "/log", "/proc/lifecycle", "/queen", "/worker", "/log/queen", "/proc/9p"};
static const char *const subjects[] = {"worker-1", "worker-2", "worker-3", "probe-a", "probe-b"};

static void le(struct buf *b, uint64_t v, unsigned n) { mint_le(b, v, n); }

static void put_text(struct buf *b, const char *s) { mint_str(b, bytes_str(s)); }

static void text_of(const struct sim_ticket *t, uint64_t nonce, char *text)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct buf p = buf_of(payload, sizeof payload), out = buf_of(text, TICKET_TEXT_BYTES);
    unsigned flags = (t->has_ops ? TICKET_HAS_OPS : 0) | (t->has_ttl ? TICKET_HAS_TTL : 0) |
                     (t->subject[0] ? TICKET_HAS_SUBJECT : 0) | (t->scopes_n ? TICKET_HAS_SCOPES : 0) |
                     (t->has_quotas ? TICKET_HAS_QUOTAS : 0) | TICKET_HAS_TICKS;
    buf_byte(&p, 1);
    buf_byte(&p, (uint8_t)t->role);
    buf_byte(&p, (uint8_t)flags);
    le(&p, nonce, 8); /* ticks: means nothing to a session, and makes each ticket another one */
    if (t->has_ops)
        le(&p, t->ops, 8);
    if (t->has_ttl)
        le(&p, t->ttl_s, 8);
    if (t->subject[0])
        put_text(&p, t->subject);
    le(&p, 0, 8);
    put_text(&p, "");
    put_text(&p, "");
    if (t->scopes_n)
        buf_byte(&p, (uint8_t)t->scopes_n);
    for (uint32_t i = 0; i < t->scopes_n; i++) {
        put_text(&p, t->scopes[i].path);
        buf_byte(&p, t->scopes[i].verb);
        le(&p, t->scopes[i].rate, 4);
    }
    if (t->has_quotas) {
        le(&p, t->bandwidth, 8);
        le(&p, t->resumes, 4);
        le(&p, t->advances, 4);
    }
    for (uint32_t i = 0; i < COH_TICKET_KEYS_COUNT; i++) {
        if (coh_ticket_keys[i].role == t->role)
            mint_text(&out, buf_bytes(&p), coh_ticket_keys[i].key);
    }
    text[out.n] = 0;
}

static void make(struct world *w, struct sim_ticket *t)
{
    struct rng *r = &w->rng;
    memset(t, 0, sizeof *t);
    t->role = chance(r, 45) ? ROLE_QUEEN : chance(r, 70) ? ROLE_HEARTBEAT : (enum coh_role)between(r, ROLE_GPU, ROLE_LORA);
    if (t->role != ROLE_QUEEN || chance(r, 40))
        snprintf(t->subject, sizeof t->subject, "%s", subjects[pick(r, sizeof subjects / sizeof subjects[0])]);
    if (t->role >= ROLE_BUS && chance(r, 60)) /* an adapter by its id */
        snprintf(t->subject, sizeof t->subject, "%s", t->role == ROLE_BUS ? "modbus-main" : "lora-main");
    t->has_ttl = chance(r, 35);
    t->ttl_s = chance(r, 20) ? 0 : between(r, 1, 40);
    t->has_ops = chance(r, 45);
    t->ops = between(r, 0, 9);
    t->scopes_n = chance(r, 50) ? between(r, 1, 2) : 0;
    for (uint32_t i = 0; i < t->scopes_n; i++) {
        t->scopes[i].path = scope_paths[pick(r, sizeof scope_paths / sizeof scope_paths[0])];
        t->scopes[i].verb = (uint8_t)pick(r, 3);
        t->scopes[i].rate = chance(r, 70) ? between(r, 1, 2) : 0;
    }
    t->has_quotas = t->scopes_n < 2 && chance(r, 25);
    t->bandwidth = chance(r, 50) ? between(r, 1, 3000) : 0;
    t->resumes = chance(r, 50) ? between(r, 1, 3) : 0;
    t->advances = chance(r, 30) ? between(r, 1, 3) : 0;
    t->first_sent_ms = t->first_seen_ms = UINT64_MAX;
    text_of(t, rng_next(r), t->text);
    if (t->role != ROLE_QUEEN && !t->subject[0])
        t->broken = true;
    if (chance(r, 12)) { /* its last digit is another one, and the right text is never seen */
        char *last = t->text + strlen(t->text) - 1;
        *last = *last == '0' ? '1' : '0';
        t->broken = true;
    }
}

void tickets_make(struct world *w)
{
    for (uint32_t i = 0; i < SIM_TICKETS; i++)
        make(w, &w->tickets[i]);
}

void ticket_flood(struct world *w, char *text, uint32_t number)
{
    struct sim_ticket t = {.role = ROLE_QUEEN, .has_ops = true, .ops = 1000};
    text_of(&t, number, text);
}

bool ticket_expired(const struct world *w, const struct sim_ticket *t, uint64_t at_ms)
{
    return t->has_ttl && (t->ttl_s == 0 || (t->first_seen_ms != UINT64_MAX && at_ms >= t->first_seen_ms + t->ttl_s * 1000u));
}
