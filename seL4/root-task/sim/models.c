/* What must hold of approvals, leases, the schedule and the journal, told again from the lines that were accepted and from the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sha256.h"
#include "sim/sim.h"

/* ---- the journal: a chain, with an entry for every accepted write ---- */

static void entry(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    char want[96];
    size_t n = strlen(line), tail = (size_t)snprintf(want, sizeof want, ",\"prev\":\"%s\"}", g->head);
    bool chained = n > tail && strcmp(line + n - tail, want) == 0;
    SIM_CHECK(w, number_of(line, "seq") == g->entries + 1u, "entry %llu of the journal is `%s`", (unsigned long long)g->entries + 1u, line);
    SIM_CHECK(w, chained, "the journal breaks: `%s` does not name %s", line, g->head);
    g->entries++;
    sim_sha256_hex(line, n, g->head);
}

static void journal_holds(struct world *w)
{
    struct gov *g = &w->gov;
    uint8_t raw[32];
    follow_lines(w, &w->h->journal.entries, &g->journal, entry);
    if (g->journal.gap)
        return;
    for (unsigned i = 0; i < 32; i++) {
        char byte[3] = {g->head[2 * i], g->head[2 * i + 1], 0};
        raw[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    SIM_CHECK(w, memcmp(raw, w->h->journal.head, sizeof raw) == 0, "the journal's head is not %s", g->head);
    SIM_CHECK(w, g->entries == g->accepted, "%llu entries in the journal for %llu accepted writes", (unsigned long long)g->entries,
              (unsigned long long)g->accepted);
}

/* ---- approvals ---- */

/* A `*` stands for one component. */
static bool rule_matches(const char *rule, const char *path)
{
    while (*rule && *path) {
        if (*rule == '*') {
            rule++;
            path += strcspn(path, "/");
        } else if (*rule++ != *path++) {
            return false;
        }
    }
    return *rule == *path;
}

static bool gated(const struct gov *g, const char *path)
{
    for (uint32_t i = 0; i < g->force.n; i++) {
        if (rule_matches(g->force.target[i], path))
            return true;
    }
    return false;
}

bool gov_wants_approval(const struct world *w, const char *path)
{
    const struct gov *g = &w->gov;
    for (uint32_t i = 0; i < g->actions_n; i++) {
        if (g->actions[i].waits && strcmp(g->actions[i].target, path) == 0)
            return false;
    }
    return gated(g, path);
}

static void policy_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    char op[16];
    field_of(line, "op", op, sizeof op);
    g->rules_moved = true;
    if (strcmp(op, "rollback") == 0) {
        g->force = g->kept;
        return;
    }
    g->kept = g->force;
    g->force.n = 0;
    for (const char *at = line; (at = strstr(at, "\"target\"")) != NULL; at++) {
        SIM_CHECK(w, g->force.n < GOV_RULES, "the simulation has too few rules");
        field_of(at, "target", g->force.target[g->force.n++], sizeof g->force.target[0]);
    }
}

static void action_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    struct gov_action a = {.waits = true};
    char decision[16];
    field_of(line, "id", a.id, sizeof a.id);
    field_of(line, "target", a.target, sizeof a.target);
    field_of(line, "decision", decision, sizeof decision);
    if (strcmp(decision, "approve") != 0)
        return;
    uint32_t slot = 0;
    while (slot < g->actions_n && g->actions[slot].waits)
        slot++;
    SIM_CHECK(w, slot < GOV_ACTIONS, "more approvals wait than the queue may hold");
    g->actions_n += slot == g->actions_n;
    g->actions[slot] = a;
}

/* `policy approved id=… target=… by=…`: it was given for this, and not used before. */
static void approved(struct world *w, const char *text)
{
    struct gov *g = &w->gov;
    char id[72], target[136];
    const char *at = strstr(text, " id="), *to = strstr(text, " target=");
    SIM_CHECK(w, at && to, "`%s` names no approval", text);
    snprintf(id, sizeof id, "%.*s", (int)strcspn(at + 4, " "), at + 4);
    snprintf(target, sizeof target, "%.*s", (int)strcspn(to + 8, " "), to + 8);
    SIM_CHECK(w, !g->approved[0], "two approvals were used for one write: `%s`", text);
    snprintf(g->approved, sizeof g->approved, "%s", target);
    uint32_t slot = 0;
    while (slot < g->actions_n && (!g->actions[slot].waits || strcmp(g->actions[slot].id, id) || strcmp(g->actions[slot].target, target)))
        slot++;
    if (g->given.gap)
        return;
    SIM_CHECK(w, slot < g->actions_n, "an approval was used that does not wait: `%s`", text);
    g->actions[slot].waits = false;
}

/* An accepted write needed an approval, unless nothing gates it. An intent that came again needs none. */
static void accepted_at(struct world *w, const char *path)
{
    struct gov *g = &w->gov;
    const struct control_file *f = control_at(path);
    g->accepted += f && f->journaled && !g->replays;
    bool paid = strcmp(g->approved, path) == 0;
    g->approved[0] = 0;
    if (paid || g->rules_moved || g->rules.gap || !gated(g, path) || g->was_offline)
        return; /* OFFLINE, the lifecycle is not gated */
    SIM_CHECK(w, strcmp(path, "/queen/ctl") == 0, "a write to %s was accepted without an approval", path);
    g->unapproved++;
}

void gov_policy_log(struct world *w, const char *text)
{
    struct gov *g = &w->gov;
    char path[SIM_PATH];
    const char *at = strstr(text, " path=");
    bool write = strncmp(text, "audit op=write ", 15) == 0, replay = strncmp(text, "audit op=replay ", 16) == 0;
    if (strncmp(text, "policy approved ", 16) == 0) {
        approved(w, text);
    } else if (write || replay) {
        bool ok = strstr(text, " result=ok") != NULL;
        g->replayed += replay && ok;
        w->spawns_maybe += replay && ok;
        g->replay_refused += replay && !ok;
        g->replays = replay;
        if (ok && at) {
            snprintf(path, sizeof path, "%.*s", (int)strcspn(at + 6, " "), at + 6);
            accepted_at(w, path);
        }
        g->replays = false;
    }
}

/* ---- leases and the schedule ---- */

static struct gov_lease *lease_named(struct gov *g, const char *id)
{
    for (uint32_t i = 0; i < g->leases_n; i++) {
        if (strcmp(g->leases[i].id, id) == 0)
            return &g->leases[i];
    }
    return NULL;
}

/* A grant or a renewal counts from now. */
static void lease_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    char id[72], op[16];
    uint64_t ttl_s = number_of(line, "ttl_s");
    field_of(line, "op", op, sizeof op);
    field_of(line, "id", id, sizeof id);
    if (strcmp(op, "grant") != 0 && strcmp(op, "renew") != 0)
        return;
    struct gov_lease *l = lease_named(g, id);
    if (!l) {
        if (op[0] == 'r')
            return;
        SIM_CHECK(w, g->leases_n < GOV_LEASES, "more leases are in force than the pool holds");
        l = &g->leases[g->leases_n++];
    }
    snprintf(l->id, sizeof l->id, "%s", id);
    l->ends_ms = ttl_s < (1ull << 50) ? w->h->now_ms + ttl_s * 1000u : UINT64_MAX;
}

void gov_lease_log(struct world *w, const char *text)
{
    struct gov *g = &w->gov;
    bool ended = strncmp(text, "lease ended id=", 15) == 0;
    char id[72];
    g->granted += strncmp(text, "lease granted ", 14) == 0;
    g->ended += ended;
    if (!ended)
        return;
    snprintf(id, sizeof id, "%.*s", (int)strcspn(text + 15, " "), text + 15);
    struct gov_lease *l = lease_named(g, id);
    if (l)
        *l = g->leases[--g->leases_n];
}

static void schedule_line(struct world *w, const char *line)
{
    char op[16];
    field_of(line, "op", op, sizeof op);
    if (strcmp(op, "enqueue") != 0)
        return;
    uint64_t count = number_of(line, "count");
    w->gov.enqueued += count == UINT64_MAX ? 1u : count;
    w->spawns_maybe += count == UINT64_MAX ? 1u : count;
}

static void leases_hold(struct world *w, bool ticked)
{
    struct gov *g = &w->gov;
    SIM_CHECK(w, w->h->lease.by.n == g->granted - g->ended, "%u leases are in force, and the log tells of %llu", w->h->lease.by.n,
              (unsigned long long)(g->granted - g->ended));
    for (uint32_t i = 0; ticked && !g->lease.gap && i < g->leases_n; i++)
        SIM_CHECK(w, g->leases[i].ends_ms > w->h->now_ms, "lease %s outlives its time, %llu", g->leases[i].id, (unsigned long long)g->leases[i].ends_ms);
}

/* ---- field buses and radios ---- */

/* Semtech AN1200.13, SF7, 125 kHz, coding rate 4/5, explicit header, CRC: 12.25 symbols of preamble, 8 and then 5 for each 28 bits. */
static uint64_t air_ms(uint64_t bytes)
{
    uint64_t symbols = 8u + 5u * ((8u * bytes + 16u + 27u) / 28u);
    return (12544u + symbols * 1024u + 999u) / 1000u;
}

static uint64_t number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : UINT64_MAX;
}

/* `tx ts_ms=… bytes=… airtime_ms=…`: with what went out in the window before it, within the duty cycle. */
static void radio_line(struct world *w, const char *line)
{
    struct gov *g = &w->gov;
    const struct coh_sidecar *a = coh_sidecars;
    while (a->kind != SIDECAR_LORA)
        a++;
    if (g->frames_n == GOV_FRAMES)
        memmove(g->frames, g->frames + 1, --g->frames_n * sizeof g->frames[0]);
    struct gov_frame *f = &g->frames[g->frames_n++];
    *f = (struct gov_frame){number_after(line, "ts_ms="), air_ms(number_after(line, " bytes="))};
    uint64_t sum = 0, most = (uint64_t)a->window_ms * a->duty_cycle_percent / 100u;
    for (uint32_t i = 0; i < g->frames_n; i++)
        sum += g->frames[i].at_ms + a->window_ms > f->at_ms ? g->frames[i].air_ms : 0;
    SIM_CHECK(w, sum <= most, "%llu ms on air in a window that allows %llu: `%s`", (unsigned long long)sum, (unsigned long long)most, line);
}

static void sidecars_hold(struct world *w)
{
    const struct hive *h = w->h;
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        const struct coh_sidecar *a = &coh_sidecars[i];
        const struct sidecar *s = &h->sidecars[i];
        if (a->kind == SIDECAR_LORA) {
            follow_lines(w, &s->files[SIDECAR_TELEMETRY], &w->gov.radio, radio_line);
            continue;
        }
        uint64_t lines = 0;
        for (size_t k = 0; k < s->spool.n; k++)
            lines += s->spool.p[k] == '\n';
        SIM_CHECK(w, lines == s->entries && lines <= a->spool_max_entries && s->spool.n - lines <= a->spool_max_bytes,
                  "a spool of %u lines and %u bytes holds %llu and %zu", a->spool_max_entries, a->spool_max_bytes, (unsigned long long)lines,
                  s->spool.n - (size_t)lines);
    }
}

/* ---- all of it ---- */

void models_begin(struct world *w)
{
    struct gov *g = &w->gov;
    memset(g->head, '0', 64);
    for (uint32_t i = 0; COH_ECOSYSTEM_POLICY_ENABLE && i < coh_policy_rules_count && i < GOV_RULES; i++)
        snprintf(g->force.target[g->force.n++], sizeof g->force.target[0], "%s", coh_policy_rules[i].target);
    g->kept = g->force;
}

void models_before_log(struct world *w)
{
    struct gov *g = &w->gov;
    g->rules_moved = false;
    follow_lines(w, &w->h->control[CONTROL_POLICY], &g->rules, policy_line);
    follow_lines(w, &w->h->control[CONTROL_LEASE], &g->lease, lease_line);
    follow_lines(w, &w->h->control[CONTROL_SCHEDULE], &g->schedule, schedule_line);
    follow_lines(w, &w->h->control[CONTROL_ACTIONS], &g->given, action_line);
}

void models_after_log(struct world *w, bool ticked)
{
    struct gov *g = &w->gov;
    SIM_CHECK(w, !g->approved[0], "an approval for %s was used for nothing", g->approved);
    SIM_CHECK(w, g->queen.gap || g->unapproved <= g->repeats, "%llu writes to /queen/ctl without an approval, and %llu intents that came again",
              (unsigned long long)g->unapproved, (unsigned long long)g->repeats);
    leases_hold(w, ticked);
    sidecars_hold(w);
    updates_hold(w);
    if (COH_ECOSYSTEM_AUDIT_ENABLE)
        journal_holds(w);
}
