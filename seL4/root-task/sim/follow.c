/* Follows what the hive says of itself after every call: the log, and the files that keep accepted lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

_Static_assert(COH_POOL_INTENTS_COUNT <= GOV_INTENTS, "GOV_INTENTS");

static const char *const states[LIFECYCLE_COUNT] = {"BOOTING", "DEGRADED", "ONLINE", "DRAINING", "QUIESCED", "OFFLINE"};

/* ---- fields of lines ---- */

bool field_of(const char *line, const char *name, char *out, size_t cap)
{
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *at = strstr(line, quoted);
    out[0] = 0;
    if (!at)
        return false;
    at += strlen(quoted);
    at += strspn(at, " :");
    size_t n = strcspn(at, ",} ");
    if (*at == '"') {
        at++;
        n = strcspn(at, "\"");
    } else if (*at == '{') {
        for (int depth = 0; n = depth == 0 ? 0 : n, at[n]; n++) {
            depth += (at[n] == '{') - (at[n] == '}');
            if (depth == 0)
                break;
        }
        n++;
    }
    snprintf(out, cap, "%.*s", (int)n, at);
    return true;
}

uint64_t number_of(const char *line, const char *name)
{
    char text[32];
    return field_of(line, name, text, sizeof text) ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* ---- rings ---- */

void follow_lines(struct world *w, const struct ring *r, struct follow *f, void (*line)(struct world *w, const char *text))
{
    static char text[COH_POOL_LOG_ELEM + 1u];
    if (r->next == f->pos || f->gap)
        return;
    f->gap = f->pos < r->oldest || r->next - f->pos >= sizeof text;
    if (f->gap)
        return;
    size_t n = ring_read_on(r, &f->cursor, f->pos, (uint8_t *)text, sizeof text - 1u);
    SIM_CHECK(w, n == r->next - f->pos && text[n - 1] == '\n', "a file of lines ends without a line's end");
    f->pos = r->next;
    text[n] = 0;
    for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        *end = 0;
        line(w, at);
    }
}

/* ---- the log ---- */

static enum lifecycle state_named(struct world *w, const char *name)
{
    for (int i = 0; i < LIFECYCLE_COUNT; i++) {
        if (strncmp(name, states[i], strlen(states[i])) == 0)
            return (enum lifecycle)i;
    }
    sim_fail(w, "no state is called `%s`", name);
}

/* Which states a command may follow (spec/control.md, Lifecycle); others are the hive's own doing. */
static bool transition_right(const struct gov *g, enum lifecycle old, enum lifecycle new, const char *reason)
{
    bool up = old == LIFECYCLE_ONLINE || old == LIFECYCLE_DEGRADED;
    if (strcmp(reason, "cordon") == 0)
        return up && new == LIFECYCLE_DRAINING;
    if (strcmp(reason, "drain") == 0)
        return old == LIFECYCLE_DRAINING && new == LIFECYCLE_QUIESCED;
    if (strcmp(reason, "quiesce") == 0)
        return (up || old == LIFECYCLE_DRAINING) && new == LIFECYCLE_QUIESCED;
    if (strcmp(reason, "resume") == 0)
        return old != LIFECYCLE_ONLINE && new == LIFECYCLE_ONLINE;
    if (strcmp(reason, "reset") == 0)
        return old != LIFECYCLE_BOOTING && new == LIFECYCLE_BOOTING;
    if (strcmp(reason, "auto") == 0)
        return old == LIFECYCLE_BOOTING;
    if (strcmp(reason, "network-missing") == 0)
        return old == LIFECYCLE_ONLINE && new == LIFECYCLE_DEGRADED;
    if (strcmp(reason, "network-returned") == 0)
        return old == LIFECYCLE_DEGRADED && new == LIFECYCLE_ONLINE;
    return new == LIFECYCLE_OFFLINE && g->faults;
}

static void transition(struct world *w, const char *text)
{
    struct gov *g = &w->gov;
    const char *new = strstr(text, " new="), *reason = strstr(text, " reason=");
    SIM_CHECK(w, new && reason, "`%s` is no transition", text);
    enum lifecycle from = state_named(w, text + strlen("lifecycle transition old=")), to = state_named(w, new + 5);
    SIM_CHECK(w, from == g->state && transition_right(g, from, to, reason + 8), "`%s` after state %s", text, states[g->state]);
    g->state = to;
    g->changes++;
    g->was_offline = g->was_offline || to == LIFECYCLE_OFFLINE;
}

/* Host tickets are told of likewise: `i-` and digits are no ticket's id, however it was spoilt. */
static bool plain_intent(const char *id)
{
    return strncmp(id, "i-", 2) == 0 && id[2] && id[2 + strspn(id + 2, "0123456789")] == 0;
}

void gov_log_line(struct world *w, const char *text)
{
    struct gov *g = &w->gov;
    if (strncmp(text, "lifecycle transition ", 21) == 0) {
        transition(w, text);
    } else if ((strncmp(text, "audit op=write ", 15) == 0 || strncmp(text, "audit op=replay ", 16) == 0) && strstr(text, " result=ok")) {
        SIM_CHECK(w, g->state != LIFECYCLE_OFFLINE, "OFFLINE, the hive did a write: `%s`", text);
    } else if (strncmp(text, "worker spawned ", 15) == 0) {
        g->spawned++;
    } else if (strncmp(text, "worker ended ", 13) == 0) {
        tasks_log(w, text);
    } else if (strncmp(text, "dedupe hit id=", 14) == 0) {
        g->hits += plain_intent(text + 14);
    }
    gov_policy_log(w, text);
    gov_lease_log(w, text);
}

/* Whole lines that came since the last call. A client's own line begins with no number. */
static void follow_log(struct world *w)
{
    struct gov *g = &w->gov;
    char line[LOG_LINE_BYTES + 2];
    world_follow_log(w);
    while (g->log_at < w->log_n) {
        const uint8_t *from = w->log + g->log_at, *nl = memchr(from, '\n', w->log_n - g->log_at);
        if (!nl)
            return;
        snprintf(line, sizeof line, "%.*s", (int)(nl - from), (const char *)from);
        g->log_at += (uint64_t)(nl - from) + 1u;
        const char *blank = line[0] >= '0' && line[0] <= '9' ? strchr(line, ' ') : NULL;
        if (blank)
            gov_log_line(w, blank + 1);
        else
            SIM_CHECK(w, g->state != LIFECYCLE_OFFLINE, "OFFLINE, the hive took the line `%s`", line);
    }
}

/* ---- queen intents ---- */

static uint64_t digest_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    return hash;
}

/* Was it accepted before, and not yet forgotten? Else it is remembered, and the oldest forgotten when there is no room. */
static bool intent_again(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    struct gov_intent it;
    char cmd[600];
    uint32_t most = COH_POOL_INTENTS_COUNT;
    SIM_CHECK(w, field_of(line, "id", it.id, sizeof it.id) && field_of(line, "idempotency_key", it.key, sizeof it.key) &&
                     field_of(line, "cmd", cmd, sizeof cmd), "an intent lacks a field: `%s`", line);
    it.cmd = digest_of(cmd);
    for (uint32_t i = 0; i < g->intents_n; i++) {
        const struct gov_intent *old = &g->intents[i];
        if (strcmp(old->id, it.id) != 0 || strcmp(old->key, it.key) != 0)
            continue;
        SIM_CHECK(w, old->cmd == it.cmd, "an intent was accepted with another command: `%s`", line);
        return true;
    }
    if (g->intents_n == most) {
        memmove(g->intents, g->intents + 1, (most - 1u) * sizeof g->intents[0]);
        g->intents_n--;
    }
    g->intents[g->intents_n++] = it;
    return false;
}

static void queen_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    char id[72];
    bool again = strstr(line, "\"schema\"") && intent_again(w, line);
    g->repeats += again;
    g->repeated += again && field_of(line, "id", id, sizeof id) && plain_intent(id);
    if (!again && strstr(line, "\"spawn\""))
        g->ordered++;
}

/* ---- host tickets ---- */

static struct gov_ticket *ticket_named(struct world *w, const char *id)
{
    struct gov *g = &w->gov;
    for (uint32_t i = 0; i < g->tickets_n; i++) {
        if (strcmp(g->tickets[i].id, id) == 0)
            return &g->tickets[i];
    }
    return NULL;
}

static bool ticket_over(const struct gov_ticket *t) { return strchr("sfe", t->state[0]) != NULL; }

static void spec_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    char id[72];
    uint64_t epoch = number_of(line, "writer_epoch");
    field_of(line, "id", id, sizeof id);
    SIM_CHECK(w, epoch >= g->epoch, "a ticket of epoch %llu was taken after one of %llu", (unsigned long long)epoch, (unsigned long long)g->epoch);
    g->epoch = epoch;
    struct gov_ticket *t = ticket_named(w, id);
    SIM_CHECK(w, !t || ticket_over(t), "ticket %s was taken twice: `%s`", id, line);
    if (!t) {
        SIM_CHECK(w, g->tickets_n < GOV_TICKETS, "the simulation has too few host tickets");
        t = &g->tickets[g->tickets_n++];
    }
    memset(t, 0, sizeof *t);
    snprintf(t->id, sizeof t->id, "%s", id);
    snprintf(t->state, sizeof t->state, "queued");
}

static bool state_follows(const char *old, const char *new)
{
    static const char *const pairs[] = {"queued claimed", "queued expired",    "claimed running", "claimed failed",
                                        "claimed expired", "running succeeded", "running failed",  "running expired"};
    char pair[32];
    snprintf(pair, sizeof pair, "%s %s", old, new);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (strcmp(pairs[i], pair) == 0)
            return true;
    }
    return false;
}

static void status_line(struct world *w, const char *line)
{
    char id[72], state[12];
    uint64_t seq = number_of(line, "seq");
    field_of(line, "id", id, sizeof id);
    field_of(line, "state", state, sizeof state);
    struct gov_ticket *t = ticket_named(w, id);
    SIM_CHECK(w, t != NULL, "a result of no ticket was taken: `%s`", line);
    SIM_CHECK(w, state_follows(t->state, state), "ticket %s is %s, and then `%s`", id, t->state, line);
    SIM_CHECK(w, seq > t->seq, "ticket %s has seq %llu, and then `%s`", id, (unsigned long long)t->seq, line);
    snprintf(t->state, sizeof t->state, "%s", state);
    t->seq = seq;
}

/* ---- all of it ---- */

void gov_begin(struct world *w)
{
    memset(&w->gov, 0, sizeof w->gov);
    w->gov.state = (enum lifecycle)COH_LIFECYCLE_INITIAL_STATE_INDEX;
    models_begin(w);
    gov_follow(w, false);
}

void gov_follow(struct world *w, bool ticked)
{
    struct gov *g = &w->gov;
    const struct hive *h = w->h;
    uint64_t replayed = g->replayed;
    models_before_log(w);
    follow_log(w);
    follow_lines(w, &h->control[CONTROL_QUEEN], &g->queen, queen_line);
    follow_lines(w, &h->host_tickets_state.files[HT_SPEC], &g->spec, spec_line);
    follow_lines(w, &h->host_tickets_state.files[HT_STATUS], &g->status, status_line);
    SIM_CHECK(w, h->lifecycle.state == g->state, "the state is %s, and the log says %s", states[h->lifecycle.state], states[g->state]);
    if (!g->queen.gap) {
        if (ticked) /* the schedule spawns in its own time */
            g->scheduled = g->spawned - g->ordered;
        SIM_CHECK(w, g->schedule.gap || g->scheduled <= g->enqueued, "%llu workers came by the schedule, which was asked for %llu",
                  (unsigned long long)g->scheduled, (unsigned long long)g->enqueued);
        SIM_CHECK(w, g->spawned == g->ordered + g->scheduled, "%llu workers were spawned, and accepted orders ask for %llu", (unsigned long long)g->spawned,
                  (unsigned long long)g->ordered);
        SIM_CHECK(w, g->hits == g->repeated, "%llu intents came again, and the log tells of %llu", (unsigned long long)g->repeated,
                  (unsigned long long)g->hits);
    }
    if (!g->spec.gap)
        SIM_CHECK(w, h->intents_state.epoch == g->epoch, "the epoch is %llu, and accepted tickets have %llu",
                  (unsigned long long)h->intents_state.epoch, (unsigned long long)g->epoch);
    models_after_log(w, ticked);
    if (ticked && COH_FEATURES_NET_CONSOLE && g->replayed == replayed) /* a replay may resume it until the next tick */
        SIM_CHECK(w, h->net.link_up || g->state != LIFECYCLE_ONLINE, "the link is down, and the hive is ONLINE");
}

/* ---- what befalls the hive ---- */

void gov_event(struct world *w)
{
    static const char *const reasons[] = {"attestation-failed", "storage-failed", "network-task-lost"};
    if (chance(&w->rng, 75)) {
        hive_net(w->h)->link_up = !hive_net(w->h)->link_up;
        w->gov.link_was_down = true;
        sim_say(w, "the link is %s", hive_net(w->h)->link_up ? "up" : "down");
        return;
    }
    w->gov.faults++;
    w->lifecycle_touched = true;
    sim_say(w, "a system event");
    hive_fault(w->h, reasons[pick(&w->rng, 3)], w->now);
}
