/* Tokens, tickets and their throttles; see login.h. */
#include "serve/login.h"

enum coh_status login_token(struct hive *h, struct conn *c, struct bytes token, struct ns_why *why)
{
    why->delay_ms = backoff_check(&c->auth_backoff, h->now_ms);
    if (why->delay_ms)
        return COH_RATE;
    if (!tickets_token_ok(h, token)) {
        backoff_fail(&c->auth_backoff, h->now_ms);
        return COH_AUTH;
    }
    memset(&c->auth_backoff, 0, sizeof c->auth_backoff);
    return COH_OK;
}

/* A ticket that can't be read is throttled apart from none. */
static struct bytes throttle_subject(const struct caller *who, struct bytes ticket)
{
    return ticket.n && !who->subject.n ? bytes_str("\x01") : who->subject;
}

/* The serial console is exempt; so is whoever needs no ticket and brings none, whom others' bad tickets must not lock out. */
static uint64_t delay(const struct hive *h, const struct conn *c, const struct caller *who, struct bytes ticket)
{
    if (c->kind == HIVE_SERIAL)
        return 0;
    uint64_t ms = backoff_check(&c->attach_backoff, h->now_ms);
    bool open = who->role == ROLE_QUEEN && !ticket.n && !COH_CONSOLE_QUEEN_TICKET_REQUIRED;
    if (ms || open)
        return ms;
    return throttle_check(&h->throttle, who->role, throttle_subject(who, ticket), h->now_ms);
}

static void failed(struct hive *h, struct conn *c, const struct caller *who, struct bytes ticket, enum coh_status s)
{
    if (who->role == ROLE_QUEEN)
        h->root.policy_denied = true;
    if (s != COH_AUTH)
        return;
    backoff_fail(&c->attach_backoff, h->now_ms);
    if (c->kind != HIVE_SERIAL)
        throttle_fail(&h->throttle, who->role, throttle_subject(who, ticket), h->now_ms);
    budget_level(h, POOL_throttle, h->throttle.used);
}

enum coh_status login_attach(struct hive *h, struct conn *c, uint32_t session, enum coh_role role, struct bytes ticket,
                             struct ns_why *why)
{
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct ticket claims;
    ticket_claims(ticket, payload, &claims);
    /* What the peer says of itself, before any of it is proven. */
    struct caller who = {.role = (uint8_t)role, .session = session, .ticket_id = ticket_claimed_id(ticket),
                         .subject = claims.subject, .claimed = true};
    enum coh_status s = COH_RATE;
    why->delay_ms = delay(h, c, &who, ticket);
    if (!why->delay_ms) {
        s = role == ROLE_COUNT ? COH_AUTH : session_attach(h, session, role, ticket, why);
        if (s != COH_OK)
            failed(h, c, &who, ticket, s);
    }
    if (s == COH_OK) {
        memset(&c->attach_backoff, 0, sizeof c->attach_backoff);
        who = session_caller(h, session);
    }
    audit(h, &who, "ATTACH", bytes_of(NULL, 0), s, why);
    return s;
}
