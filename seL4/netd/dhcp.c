/* The client's states; see dhcp.h. */
#include "netd/dhcp.h"

/* A message is sent again after this part of an exchange's time, but after FIRST_MS at the latest; then after twice as
 * long, and so on. */
#define FIRST_PART 8u
#define FIRST_MS 1000u
/* Of a renewal: half of the time that is left, and no less than this part of the lease within these bounds. */
#define AGAIN_PART 16u
#define AGAIN_MIN_S 10u
#define AGAIN_MAX_S 60u
/* And no more than this. */
#define AGAIN_LATEST_MS 3600000u

/* splitmix64 (public domain, S. Vigna): every seed gives a sequence of its own. */
static uint64_t random_next(struct dhcp *d)
{
    uint64_t z = d->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ms, and up to a quarter more: clients that were started together drift apart. */
static uint64_t jittered(struct dhcp *d, uint64_t ms) { return ms + random_next(d) % (ms / 4 + 1); }

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* ---- exchanges ---- */

/* The REQUEST for an offer says what the DISCOVER said (RFC 2131, 4.4.1), so that relays treat both alike. */
static void say(struct dhcp *d, uint64_t now_ms)
{
    if (d->state != DHCP_REQUESTING)
        d->secs = (uint16_t)earlier((now_ms - d->began_ms) / 1000, UINT16_MAX);
    d->send = true;
}

/* Sends, and again when nothing comes, until the exchange is over. */
static void say_until_end(struct dhcp *d, uint64_t now_ms)
{
    say(d, now_ms);
    d->due_ms = earlier(now_ms + jittered(d, d->interval_ms), d->end_ms);
    d->interval_ms *= 2;
}

static void say_first(struct dhcp *d, enum dhcp_state state, uint64_t now_ms)
{
    d->state = state;
    d->interval_ms = earlier(d->config.timeout_ms / FIRST_PART, FIRST_MS);
    say_until_end(d, now_ms);
}

static void begin(struct dhcp *d, uint64_t now_ms)
{
    d->tries += d->tries < d->config.retries;
    d->xid = (uint32_t)random_next(d);
    d->began_ms = now_ms;
    d->end_ms = now_ms + d->config.timeout_ms;
    d->heard = false;
    say_first(d, DHCP_SELECTING, now_ms);
}

static void wait_until(struct dhcp *d, uint64_t at_ms)
{
    d->state = DHCP_WAITING;
    d->send = false;
    d->due_ms = at_ms;
}

/* An exchange is over. Another begins at next_ms, or when static values have come into use, after a pause. */
static void end(struct dhcp *d, uint64_t next_ms, uint64_t now_ms)
{
    d->fallback = d->fallback || d->tries >= d->config.retries;
    if (d->fallback)
        next_ms = now_ms + jittered(d, DHCP_PAUSE_MS);
    if (next_ms > now_ms)
        wait_until(d, next_ms);
    else
        begin(d, now_ms);
}

/* ---- leases ---- */

static bool holds(const struct dhcp *d) { return d->state >= DHCP_BOUND; }

/* Times count from when the lease was first asked for, so that ours never ends after the server's. T1 and T2 are the
 * server's where they are in their order, else RFC 2131's. */
static void bind(struct dhcp *d, const struct dhcp_message *m, const struct dhcp_lease *lease, uint64_t now_ms)
{
    uint64_t s = lease->seconds, renew_s = s / 2, rebind_s = s * 7 / 8;
    if (m->renew_s >= AGAIN_MIN_S && m->renew_s < m->rebind_s && m->rebind_s < s) {
        renew_s = m->renew_s;
        rebind_s = m->rebind_s;
    }
    bool forever = s == DHCP_LEASE_FOREVER_S;
    d->lease = *lease;
    d->renew_ms = forever ? UINT64_MAX : d->asked_ms + renew_s * 1000;
    d->rebind_ms = forever ? UINT64_MAX : d->asked_ms + rebind_s * 1000;
    d->expiry_ms = forever ? UINT64_MAX : d->asked_ms + s * 1000;
    d->state = DHCP_BOUND;
    d->due_ms = d->renew_ms;
    d->refusal = DHCP_FINE;
    d->fallback = d->send = false;
    d->tries = 0;
}

static void lose(struct dhcp *d, enum dhcp_refusal why, uint64_t now_ms)
{
    d->refusal = why;
    d->lease = (struct dhcp_lease){0};
    begin(d, now_ms);
}

/* Asks for more time, and again when half of the time until limit_ms is over. */
static void extend(struct dhcp *d, uint64_t limit_ms, uint64_t now_ms)
{
    uint64_t least_s = earlier(d->lease.seconds / AGAIN_PART, AGAIN_MAX_S);
    uint64_t least_ms = (least_s < AGAIN_MIN_S ? AGAIN_MIN_S : least_s) * 1000;
    uint64_t half_ms = earlier((limit_ms - now_ms) / 2, AGAIN_LATEST_MS);
    say(d, now_ms);
    d->due_ms = earlier(limit_ms, now_ms + (half_ms > least_ms ? half_ms : least_ms));
}

static void start_extending(struct dhcp *d, enum dhcp_state state, uint64_t now_ms)
{
    d->state = state;
    d->xid = (uint32_t)random_next(d);
    d->began_ms = d->asked_ms = now_ms;
    extend(d, state == DHCP_RENEWING ? d->rebind_ms : d->expiry_ms, now_ms);
}

static void holding_turn(struct dhcp *d, uint64_t now_ms)
{
    if (now_ms >= d->expiry_ms)
        lose(d, DHCP_EXPIRED, now_ms);
    else if (d->state != DHCP_REBINDING && now_ms >= d->rebind_ms)
        start_extending(d, DHCP_REBINDING, now_ms);
    else if (d->state == DHCP_BOUND)
        start_extending(d, DHCP_RENEWING, now_ms);
    else
        extend(d, d->state == DHCP_RENEWING ? d->rebind_ms : d->expiry_ms, now_ms);
}

/* ---- the machine ---- */

void dhcp_start(struct dhcp *d, const struct dhcp_config *config, bool link_up, uint64_t now_ms)
{
    *d = (struct dhcp){.config = *config, .link_up = link_up, .random = config->seed};
    begin(d, now_ms);
}

static enum dhcp_refusal take_offer(struct dhcp *d, const struct dhcp_message *m, uint64_t now_ms)
{
    struct dhcp_lease offered;
    enum dhcp_refusal wrong = dhcp_acceptable(m, &offered);
    if (wrong)
        return wrong;
    d->lease = offered;
    d->asked_ms = now_ms;
    say_first(d, DHCP_REQUESTING, now_ms);
    return DHCP_FINE;
}

static enum dhcp_refusal take_ack(struct dhcp *d, const struct dhcp_message *m, uint64_t now_ms)
{
    struct dhcp_lease given;
    enum dhcp_refusal wrong = dhcp_acceptable(m, &given);
    if (wrong)
        return wrong;
    if (given.address != d->lease.address)
        return DHCP_ADDRESS;
    bind(d, m, &given, now_ms);
    return DHCP_FINE;
}

static void take_nak(struct dhcp *d, uint64_t now_ms)
{
    if (holds(d))
        lose(d, DHCP_NAK, now_ms);
    else
        end(d, d->end_ms, now_ms);
}

/* What the state admits; DHCP_NOT_OURS: nothing that this message says. */
static enum dhcp_refusal take(struct dhcp *d, const struct dhcp_message *m, uint64_t now_ms)
{
    if (d->state == DHCP_SELECTING && m->type == DHCP_TYPE_OFFER)
        return take_offer(d, m, now_ms);
    bool asked = d->state == DHCP_REQUESTING || d->state == DHCP_RENEWING || d->state == DHCP_REBINDING;
    if (!asked || m->type == DHCP_TYPE_OFFER || (m->server != d->lease.server && d->state != DHCP_REBINDING))
        return DHCP_NOT_OURS;
    if (m->type == DHCP_TYPE_ACK)
        return take_ack(d, m, now_ms);
    take_nak(d, now_ms);
    return DHCP_NAK;
}

enum dhcp_refusal dhcp_input(struct dhcp *d, struct bytes message, uint64_t now_ms)
{
    struct dhcp_message m;
    enum dhcp_refusal wrong = DHCP_NOT_OURS;
    if (d->state != DHCP_WAITING && d->state != DHCP_BOUND)
        wrong = dhcp_parse(message, d->xid, d->config.mac, &m);
    if (wrong == DHCP_FINE)
        wrong = take(d, &m, now_ms);
    if (wrong != DHCP_FINE && wrong != DHCP_NOT_OURS) {
        d->refusal = wrong;
        d->heard = true;
    }
    return wrong;
}

/* Whoever comes back to a network may have come to another one: the address is asked for at once, and used until
 * refused. */
void dhcp_link(struct dhcp *d, bool up, uint64_t now_ms)
{
    bool came = up && !d->link_up;
    d->link_up = up;
    if (!came)
        return;
    if (d->state == DHCP_WAITING)
        d->due_ms = d->fallback ? now_ms : d->due_ms;
    else if (!holds(d))
        say_first(d, d->state, now_ms);
    else if (now_ms < d->expiry_ms)
        start_extending(d, DHCP_REBINDING, now_ms);
}

uint64_t dhcp_turn(struct dhcp *d, uint64_t now_ms)
{
    if (now_ms < d->due_ms)
        return d->due_ms;
    if (holds(d)) {
        holding_turn(d, now_ms);
    } else if (d->state == DHCP_WAITING) {
        begin(d, now_ms);
    } else if (now_ms < d->end_ms) {
        say_until_end(d, now_ms);
    } else {
        d->refusal = d->heard ? d->refusal : DHCP_SILENCE;
        end(d, now_ms, now_ms);
    }
    return d->due_ms;
}

size_t dhcp_output(struct dhcp *d, uint8_t *out, uint32_t *to)
{
    if (!d->send)
        return 0;
    d->send = false;
    struct dhcp_words w = {.type = DHCP_TYPE_REQUEST, .xid = d->xid, .secs = d->secs, .mac = d->config.mac};
    if (d->state == DHCP_SELECTING) {
        w.type = DHCP_TYPE_DISCOVER;
    } else if (d->state == DHCP_REQUESTING) {
        w.requested = d->lease.address;
        w.server = d->lease.server;
    } else {
        w.held = d->lease.address;
    }
    *to = d->state == DHCP_RENEWING ? d->lease.server : DHCP_BROADCAST;
    return dhcp_build(&w, out);
}

const struct dhcp_lease *dhcp_lease(const struct dhcp *d) { return holds(d) ? &d->lease : NULL; }

bool dhcp_check(const struct dhcp *d, uint64_t now_ms)
{
    const struct dhcp_lease *l = &d->lease;
    bool waits = d->state == DHCP_WAITING, exchanges = d->state == DHCP_SELECTING || d->state == DHCP_REQUESTING;
    bool sound = d->tries <= d->config.retries && !(waits && d->send) && !(d->fallback && holds(d));
    if (exchanges)
        return sound && d->tries > 0 && d->due_ms <= d->end_ms && d->began_ms <= now_ms && d->interval_ms > 0;
    if (waits)
        return sound && (d->fallback || d->due_ms == d->end_ms);
    struct dhcp_message m = {.server = l->server,
                             .address = l->address,
                             .gateway = l->gateway,
                             .lease_s = l->seconds,
                             .netmask = UINT32_MAX << (32 - l->prefix)};
    struct dhcp_lease same;
    return sound && dhcp_acceptable(&m, &same) == DHCP_FINE && same.prefix == l->prefix &&
           d->renew_ms <= d->rebind_ms && d->rebind_ms <= d->expiry_ms && d->due_ms <= d->expiry_ms;
}
