/* The table of control files and the lines that clients write to them. A file more is a row more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

#define HOST COH_ECOSYSTEM_HOST_ENABLE
#define TICKETS (COH_ECOSYSTEM_HOST_ENABLE && COH_ECOSYSTEM_TICKETS_ENABLE)
#define POLICY COH_ECOSYSTEM_POLICY_ENABLE
#define AUDIT COH_ECOSYSTEM_AUDIT_ENABLE
#define REPLAY (COH_ECOSYSTEM_AUDIT_ENABLE && COH_ECOSYSTEM_AUDIT_REPLAY_ENABLE)
#define BUS (COH_SIDECARS_MODBUS_ENABLE || COH_SIDECARS_DNP3_ENABLE)
#define LORA COH_SIDECARS_LORA_ENABLE
#define CAS COH_CAS_ENABLE
#define MODELS COH_ECOSYSTEM_MODELS_ENABLE
#define DEVICES COH_TELEMETRY_INGEST_ENABLE

/* ---- forms of lines ---- */

#define INTENT "{\"schema\":\"queen-intent/v1\",\"id\":\"i-<1-9>\",\"idempotency_key\":\"k-<1|1|1|2>\",\"issued_unix_ms\":<1-9>,\"cmd\":"
static const char *const queen_forms[] = {
    "{\"spawn\":\"heartbeat\",\"ticks\":<1-60>,\"budget\":{\"ttl_s\":<1-90>,\"ops\":<1-12>}}",
    "{\"spawn\":\"heartbeat\"}",
    " { \"spawn\" : \"heartbeat\" , \"ticks\" : <1-9> } ",
    "{\"kill\":\"worker-<1-9>\"}",
    "{\"budget\":{\"worker\":\"worker-<1-6>\",\"ttl_s\":<1-90>,\"ops\":<1-9>}}",
    "{\"bind\":{\"from\":\"</proc|/log|/kmesg|/nothing>\",\"to\":\"/shadow\"}}",
    "{\"mount\":{\"service\":\"<logs|gpu-bridge|none>\",\"at\":\"/attic\"}}",
    "{\"spawn\":\"gpu\",\"lease\":{\"gpu_id\":\"GPU-<0-2>\",\"mem_mb\":<1-9>,\"streams\":<1-2>,\"ttl_s\":<1-60>},\"priority\":<0-9>}",
    "{\"spawn\":\"<bus|lora>\",\"adapter\":\"<modbus-main|lora-main|other>\"}",
    INTENT "{\"spawn\":\"heartbeat\",\"ticks\":9}}",
    INTENT "{\"spawn\":\"heartbeat\",\"ticks\":9}}",
    INTENT "{\"spawn\":\"heartbeat\",\"ticks\":<5|5|5|6>,\"budget\":{\"ttl_s\":30,\"ops\":5}}}",
    INTENT "{\"kill\":\"worker-<1-4>\"}}",
    INTENT "{\"budget\":{\"worker\":\"worker-<1-4>\",\"ops\":3}}}",
    INTENT "{\"spawn\":\"heartbeat\",\"ticks\":0}}",
    NULL,
};
static const char *const lifecycle_forms[] = {"resume", "resume", "resume", "cordon", "drain", "quiesce", "reset", "halt", "resume now", NULL};

#define LEASE "{\"schema\":\"lease/v1\",\"id\":\"l-<1-5>\",\"op\":"
#define OF "\"subject\":\"<worker-1|worker-2|worker-3|desk>\",\"resource\":\"<GPU-0|GPU-1|slot-1|slot-2>\""
static const char *const lease_forms[] = {
    LEASE "\"grant\"," OF ",\"ttl_s\":<1-60>,\"mem_mb\":<1-4096>,\"streams\":<1-2>,\"priority\":<0-5>}",
    LEASE "\"grant\"," OF ",\"ttl_s\":<1-20>,\"priority\":<0-5>}",
    LEASE "\"grant\"," OF ",\"ttl_s\":<0-9>}",
    LEASE "\"renew\",\"ttl_s\":<1-60>}",
    LEASE "\"renew\",\"ttl_s\":<1-3>}",
    LEASE "\"release\"}",
    LEASE "\"release\"," OF "}",
    LEASE "\"preempt\",\"resource\":\"<GPU-0|GPU-1|slot-1|slot-2>\",\"priority\":<0-5>}",
    "{\"schema\":\"lease/v1\",\"op\":\"quota\"," OF ",\"mem_mb\":<1-4096>,\"streams\":<1-4>,\"leases\":<0-2>}",
    "{\"schema\":\"lease/v1\",\"op\":\"quota\"," OF "}",
    NULL,
};
#define SCHEDULE "{\"schema\":\"schedule/v1\",\"id\":\"s-<1-5>\",\"op\":"
static const char *const schedule_forms[] = {
    SCHEDULE "\"enqueue\",\"role\":\"heartbeat\",\"count\":<1-3>,\"priority\":<0-9>,\"not_before_ms\":<0-9000>,\"deadline_ms\":<1000-60000>,\"budget\":{\"ttl_s\":<1-60>}}",
    SCHEDULE "\"enqueue\",\"role\":\"heartbeat\",\"count\":<0-2>,\"priority\":<0-9>}",
    SCHEDULE "\"cancel\"}",
    SCHEDULE "\"reprioritise\",\"priority\":<0-9>}",
    SCHEDULE "\"enqueue\",\"role\":\"<gpu|bus|queen>\",\"count\":1}",
    NULL,
};
#define EXPORT "{\"schema\":\"export/v1\",\"id\":\"e-<1-5>\",\"op\":"
static const char *const export_forms[] = {
    EXPORT "\"open\",\"job\":\"job_<1-9>\",\"window_s\":<1-60>,\"max_bytes\":<1-131072>}",
    EXPORT "\"close\",\"job\":\"job_<1-9>\"}",
    EXPORT "\"close\"}",
    NULL,
};
#define POLICY_LINE "{\"schema\":\"policy/v1\",\"id\":\"p-<1-9>\",\"op\":"
static const char *const policy_forms[] = {
    POLICY_LINE "\"apply\",\"rules\":[{\"id\":\"queen-ctl\",\"target\":\"/queen/ctl\"}]}",
    POLICY_LINE "\"apply\",\"rules\":[]}",
    POLICY_LINE "\"apply\",\"rules\":[{\"id\":\"a\",\"target\":\"/host/*/*/restart\"},{\"id\":\"b\",\"target\":\"</queen/lifecycle/ctl|/queen/*/ctl|queen>\"}]}",
    POLICY_LINE "\"rollback\"}",
    POLICY_LINE "\"rollback\",\"rules\":[]}",
    NULL,
};
#define TARGET "</queen/ctl|/queen/ctl|/queen/ctl|/host/systemd/cohesix-agent.service/restart|/queen/lifecycle/ctl|/queen/lease/ctl>"
static const char *const action_forms[] = {
    "{\"id\":\"a-<@nonce>\",\"target\":\"" TARGET "\",\"decision\":\"approve\"}",
    "{\"id\":\"a-<@nonce>\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}",
    "{\"id\":\"a-<1-9>\",\"target\":\"" TARGET "\",\"decision\":\"<approve|approve|deny|maybe>\"}",
    NULL,
};
static const char *const journal_forms[] = {
    "{\"seq\":<1-9>,\"ms\":5,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"<@zeros>\"}",
    "{\"seq\":1,\"ms\":5,\"role\":\"queen\",\"path\":\"/queen/lifecycle/ctl\",\"line\":\"resume\",\"prev\":\"<@hex>\"}",
    "anything",
    NULL,
};
static const char *const replay_forms[] = {"{\"from\":0}", "{\"from\":<0-4000>}", "{\"from\":<0-9>00}", "{\"from\":\"start\"}", NULL};

static const char *const unit_forms[] = {"state=<active|failed> sub=<running|dead>", "state=unknown reason=<dbus|timeout>", "state=active", NULL};
static const char *const node_forms[] = {"state=<Ready|NotReady> role=worker version=v1.<1-30>", "state=unknown reason=api", "sub=x state=y role=z", NULL};
static const char *const docker_forms[] = {"version=24.0 containers=<0-9> running=<0-9> paused=0 stopped=<0-9>", "state=unknown reason=socket", NULL};
static const char *const nvidia_forms[] = {"util_pct=<0-100> mem_used_mb=<0-900> mem_total_mb=900 temp_c=<20-90> power_w=<20-300>", "util_pct=5", NULL};
static const char *const thermal_forms[] = {"temp_c=<20-90>", "temp=<20-90>", NULL};
static const char *const order_forms[] = {"now", "grace=<1-90>", "power_w=<50-300>", NULL};

#define SPEC "{\"schema\":\"host-ticket/v1\",\"id\":\"t-<1-9>\",\"idempotency_key\":\"k<|||2>\",\"action\":\""
static const char *const spec_forms[] = {
    SPEC "systemd.restart\",\"target\":\"a.service\",\"expires_unix_ms\":<@unix>,\"writer_epoch\":<1-5>}",
    SPEC "k8s.drain\",\"target\":\"node-1\",\"args\":{\"grace\":1},\"expires_unix_ms\":9999999999999,\"writer_epoch\":<3-4>}",
    SPEC "docker.stop\",\"target\":\"c\",\"expires_unix_ms\":9999999999999,\"writer_epoch\":4}",
    SPEC "docker.stop\",\"target\":\"c\",\"expires_unix_ms\":9999999999999,\"writer_epoch\":4,\"source_hive\":\"a\",\"target_hive\":\"b\",\"relay_hop\":<0-300>}",
    SPEC "rm\",\"target\":\"c\",\"expires_unix_ms\":9999999999999,\"writer_epoch\":9}",
    NULL,
};
#define RESULT "{\"schema\":\"host-ticket-result/v1\",\"id\":\"t-<1-9>\",\"state\":\""
static const char *const result_forms[] = {
    RESULT "claimed\",\"seq\":<1-3>,\"detail\":\"\"}",
    RESULT "claimed\",\"seq\":<1-3>,\"detail\":\"\"}",
    RESULT "running\",\"seq\":<1-5>,\"detail\":\"<a|b>\"}",
    RESULT "<succeeded|failed|expired>\",\"seq\":<1-9>,\"detail\":\"\"}",
    RESULT "<queued|done>\",\"seq\":<1-9>,\"detail\":\"\"}",
    NULL,
};
/* A result of a ticket that is there: mostly the next, or one that it had before. */
static void make_result(struct world *w, char *out, size_t cap)
{
    static const char *const states[] = {"queued", "claimed", "running", "succeeded", "failed", "expired"};
    struct rng *r = &w->rng;
    if (!w->gov.tickets_n)
        return;
    const struct gov_ticket *t = &w->gov.tickets[chance(r, 70) ? w->gov.tickets_n - 1u : pick(r, w->gov.tickets_n)];
    uint32_t at = 0;
    while (strcmp(states[at], t->state) != 0)
        at++;
    at = at < 3 && chance(r, 65) ? at + 1u : at && chance(r, 50) ? at - 1u : pick(r, 6);
    snprintf(out, cap, "{\"schema\":\"host-ticket-result/v1\",\"id\":\"%s\",\"state\":\"%s\",\"seq\":%llu,\"detail\":\"\"}", t->id, states[at],
             (unsigned long long)t->seq + (chance(r, 80) ? 1u : pick(r, 3)));
}

static const char *const dead_forms[] = {"{\"id\":\"t-<1-9>\",\"reason\":\"relay lost\"}", "{\"id\":\"t-1\",\"reason\":\"r\",\"ticket\":{\"id\":\"t-1\"}}",
                                         "{\"id\":\"t-<1-9>\"}", NULL};

static const char *const bridge_forms[] = {"begin bytes=<1-9> sha256=<@hex>", "b64:<e30=|AAAA|x>", "end", NULL};
static const char *const gpu_forms[] = {"LEASE", "RELEASE", "PRIORITY <0-9>", "RESET", "lease", NULL};
static const char *const gpu_line_forms[] = {"{\"schema\":\"gpu-lease/v1\",\"id\":\"<1-9>\"}", "{\"job\":\"<1-9>\"}", "plain", NULL};
static const char *const bus_forms[] = {"write register=<1-99> value=<0-9>", "frame <@hex>", "x", NULL};
static const char *const link_forms[] = {"online", "offline", "offline", "sideways", NULL};
static const char *const lora_forms[] = {"<@text>", "<@text>", "short", "<@hex>", "123456789 123456789 123456789 123456789 123456789", NULL};
static const char *const text_forms[] = {"b64:AAAA", "b64:<@hex>", "<@hex>", "<@text>", NULL};
static const char *const device_forms[] = {"{\"new\":\"segment\",\"mime\":\"text/plain\"}", "{\"new\":\"segment\"}", "{\"new\":\"thing\"}", NULL};
static const char *const segment_forms[] = {"{\"schema\":\"cohsh-telemetry-push/v1\",\"seq\":<1-9>,\"mime\":\"text/plain\",\"payload\":\"<@text>\"}", "<@text>", NULL};

/* Without a policy nobody needs an approval. */
#define DENY (POLICY ? MAY_DENY : 0)
#define ALL (MAY_BUSY | MAY_QUOTA | DENY)
#define UNIT "/host/systemd/<cohesix-agent.service|cohesix-agent.service|b.service|c.service>"
#define K8S "/host/k8s/node/<node-1|node-1|node-2>"
#define NVIDIA "/host/nvidia/gpu/<GPU-0|GPU-1>"
const struct control_file control_files[] = {
    {"/queen/ctl", true, .journaled = true, .may = ALL, .forms = queen_forms},
    {"/queen/lifecycle/ctl", true, .journaled = true, .may = DENY, .forms = lifecycle_forms},
    {"/queen/lease/ctl", true, .journaled = true, .may = ALL, .forms = lease_forms},
    {"/queen/schedule/ctl", true, .journaled = true, .may = ALL, .forms = schedule_forms},
    {"/queen/export/ctl", true, .journaled = true, .may = ALL, .forms = export_forms},
    {"/policy/ctl", POLICY, .journaled = true, .may = ALL, .forms = policy_forms},
    {"/actions/queue", POLICY, .journaled = true, .may = ALL, .forms = action_forms},
    {"/audit/journal", AUDIT, .journaled = true, .may = ALL, .forms = journal_forms},
    {"/audit/decisions", AUDIT, .may = MAY_DENY, .forms = journal_forms},
    {"/replay/ctl", REPLAY, .may = ALL, .forms = replay_forms},
    {UNIT "/status", HOST, .may = ALL, .forms = unit_forms},
    {UNIT "/restart", HOST, .journaled = true, .may = ALL, .forms = order_forms},
    {K8S "/status", HOST, .may = ALL, .forms = node_forms},
    {K8S "/<cordon|drain>", HOST, .journaled = true, .may = ALL, .forms = order_forms},
    {"/host/docker/status", HOST, .may = ALL, .forms = docker_forms},
    {NVIDIA "/status", HOST, .may = ALL, .forms = nvidia_forms},
    {NVIDIA "/thermal", HOST, .may = ALL, .forms = thermal_forms},
    {NVIDIA "/power_cap", HOST, .journaled = true, .may = ALL, .forms = order_forms},
    {"/host/tickets/spec", TICKETS, .journaled = true, .may = ALL | MAY_DENY, .forms = spec_forms},
    {"/host/tickets/status", TICKETS, .may = ALL, .forms = result_forms, .make = make_result},
    {"/host/tickets/deadletter", TICKETS, .may = ALL, .forms = dead_forms},
    {"/gpu/bridge/ctl", true, .unaudited = true, .may = ALL, .forms = bridge_forms},
    {"/gpu/<GPU-0|GPU-1>/ctl", true, .may = ALL, .forms = gpu_forms},
    {"/gpu/<GPU-0|GPU-1>/<lease|job|status>", true, .may = ALL, .forms = gpu_line_forms},
    {"/gpu/models/active", true, .may = ALL, .forms = bus_forms},
    {"/bus/<modbus-main|modbus-main|other>/telemetry", BUS, .unaudited = true, .may = ALL, .forms = bus_forms},
    {"/bus/<modbus-main|modbus-main|other>/link", BUS, .journaled = true, .may = ALL, .forms = link_forms},
    {"/bus/<modbus-main|modbus-main|modbus-main|other>/<ctl|replay>", BUS, .journaled = true, .may = ALL, .forms = bus_forms},
    {"/lora/<lora-main|lora-main|lora-main|other>/ctl", LORA, .journaled = true, .may = ALL, .forms = lora_forms},
    {"/updates/<1|2|07|x>/manifest.cbor", CAS, .may = ALL, .forms = text_forms},
    {"/updates/<1|2>/chunks/<@hex>", CAS, .may = ALL, .forms = text_forms},
    {"/models/<@hex>/<weights|schema|signature>", MODELS, .may = ALL, .forms = text_forms},
    {"/queen/telemetry/<dev-a|dev-b|dev c>/ctl", DEVICES, .may = ALL, .forms = device_forms},
    {"/queen/telemetry/<dev-a|dev-b>/seg/seg-00000<1-3>", DEVICES, .unaudited = true, .may = ALL, .forms = segment_forms},
};
const uint32_t control_files_count = sizeof control_files / sizeof control_files[0];

/* ---- from a form to a line ---- */

static const char *const texts[] = {"t=1", "the quick brown fox", "a longer payload than a radio frame may hold, by some words and a few more", "ok"};

static void put_named(struct world *w, const char *name, char *out, size_t cap)
{
    size_t n = 0;
    if (strncmp(name, "nonce", 5) == 0)
        snprintf(out, cap, "%u", w->nonce++);
    else if (strncmp(name, "unix", 4) == 0)
        snprintf(out, cap, "%llu", (unsigned long long)(w->facts.rtc_unix_ms + w->now + pick(&w->rng, 40000)));
    else if (strncmp(name, "text", 4) == 0)
        snprintf(out, cap, "%s", texts[pick(&w->rng, sizeof texts / sizeof texts[0])]);
    else
        for (bool zeros = name[0] == 'z'; n < 64 && n + 1 < cap; n++)
            out[n] = zeros ? '0' : "0123456789abcdef"[pick(&w->rng, 16)];
    if (n)
        out[n] = 0;
}

/* One of the alternatives between the brackets. */
static void put_choice(struct world *w, const char *from, size_t n, char *out, size_t cap)
{
    uint32_t of = 1;
    char part[160], *dash, *end;
    for (size_t i = 0; i < n; i++)
        of += from[i] == '|';
    uint32_t which = pick(&w->rng, of);
    for (; which; from++, n--)
        which -= *from == '|';
    size_t len = 0;
    while (len < n && from[len] != '|')
        len++;
    snprintf(part, sizeof part, "%.*s", (int)len, from);
    uint32_t lo = (uint32_t)strtoul(part, &dash, 10);
    uint32_t hi = dash > part && *dash == '-' ? (uint32_t)strtoul(dash + 1, &end, 10) : 0;
    if (part[0] == '@')
        put_named(w, part + 1, out, cap);
    else if (dash > part && *dash == '-' && end > dash + 1 && *end == 0)
        snprintf(out, cap, "%u", between(&w->rng, lo, hi));
    else
        snprintf(out, cap, "%s", part);
}

void form_say(struct world *w, const char *form, char *out, size_t cap)
{
    size_t n = 0;
    while (*form && n + 1 < cap) {
        const char *end = *form == '<' ? strchr(form, '>') : NULL;
        if (!end) {
            out[n++] = *form++;
            continue;
        }
        out[n] = 0;
        put_choice(w, form + 1, (size_t)(end - form - 1), out + n, cap - n);
        n += strlen(out + n);
        form = end + 1;
    }
    out[n] = 0;
}

/* ---- what is nearly right, and what is not ---- */

static void insert(char *line, size_t at, const char *text)
{
    size_t n = strlen(line), more = strlen(text);
    if (n + more + 1u > GOV_LINE)
        return;
    memmove(line + at + more, line + at, n - at + 1u);
    memcpy(line + at, text, more);
}

/* text stands before the last brace, or at the end. */
static void add_field(char *line, const char *text)
{
    char *brace = strrchr(line, '}');
    insert(line, brace ? (size_t)(brace - line) : strlen(line), text);
}

static void spoil(struct world *w, bool console, char *line)
{
    struct rng *r = &w->rng;
    size_t n = strlen(line), at = n ? pick(r, (uint32_t)n) : 0;
    char twice[2] = {n ? line[at] : 'x', 0};
    switch (pick(r, console ? 8 : 12)) {
    case 0:
        line[at ? at : n] = 0;
        return;
    case 1:
        insert(line, n, " x");
        return;
    case 2:
        insert(line, at, twice);
        return;
    case 3:
        memmove(line + at, line + at + (n > 1), n - at + (n <= 1));
        return;
    case 4:
        add_field(line, ",\"colour\":1");
        return;
    case 5:
        add_field(line, ",\"id\":\"twice\"");
        return;
    case 6:
        line[at] = n ? (char)(line[at] ^ (line[at] >= 'A' && line[at] != '_' ? 0x20 : 0)) : 0;
        return;
    case 7:
        insert(line, 0, " ");
        return;
    case 8:
        insert(line, at, "\x01");
        return;
    case 9:
        insert(line, at, "\xff");
        return;
    case 10:
        insert(line, at, "\n");
        return;
    default: /* too long for every file */
        memset(line + n, ' ', GOV_LINE - 1u - n);
        memcpy(line + n + pick(r, (uint32_t)(GOV_LINE - 2u - n)), "x", 1);
        line[GOV_LINE - 1u] = 0;
    }
}

static bool again(struct world *w, const struct control_file *f, bool console, char *path, char *line)
{
    for (uint32_t i = 0, from = pick(&w->rng, GOV_SAID); i < GOV_SAID; i++) {
        const struct gov_said *s = &w->said[(from + i) % GOV_SAID];
        bool plain = true;
        for (const char *at = s->line; s->file == f && *at; at++)
            plain = plain && *at >= ' ' && *at < 0x7f;
        if (s->file != f || (console && !plain))
            continue;
        snprintf(path, SIM_PATH, "%s", s->path);
        snprintf(line, GOV_LINE, "%s", s->line);
        return true;
    }
    return false;
}

/* A world has few topics, files that lie side by side in the table; else its lines would never meet each other. */
static const struct control_file *some_file(struct world *w)
{
    struct rng *r = &w->rng;
    bool stuck = w->gov.state >= LIFECYCLE_DRAINING && chance(r, 40);
    if (stuck || chance(r, 20)) /* the most that is done is done here */
        return &control_files[stuck || chance(r, 30)];
    if (w->topics == 0) /* 0: none chosen yet */
        w->topics = 1u + (uint32_t)(rng_next(r) >> 40);
    bool single = w->topics >> 23; /* half of the worlds have one topic alone */
    const struct control_file *f = &control_files[0];
    for (uint32_t i = 0; i < 8 && (i == 0 || (!control_present(f) && chance(r, 90))); i++) {
        uint32_t topic = (w->topics >> (single ? 0 : 8u * pick(r, 3))) & 0xffu;
        f = &control_files[(chance(r, single ? 90 : 70) ? topic + pick(r, 2) : pick(r, control_files_count)) % control_files_count];
    }
    return f;
}

const struct control_file *control_pick(struct world *w, bool console, char *path, char *line)
{
    struct rng *r = &w->rng;
    const struct control_file *f = some_file(w);
    uint32_t forms = 0;
    while (f->forms[forms])
        forms++;
    if (chance(r, 25) && again(w, f, console, path, line))
        return f;
    form_say(w, f->path, path, SIM_PATH);
    if (gov_wants_approval(w, path) && w->gov.state != LIFECYCLE_OFFLINE && chance(r, 70)) {
        snprintf(line, GOV_LINE, "{\"id\":\"b-%u\",\"target\":\"%s\",\"decision\":\"approve\"}", w->nonce++, path);
        snprintf(path, SIM_PATH, "/actions/queue");
        return control_at(path);
    }
    form_say(w, f->forms[pick(r, forms)], line, GOV_LINE);
    if (f->make && chance(r, 75))
        f->make(w, line, GOV_LINE);
    if (chance(r, 20))
        spoil(w, console, line);
    struct gov_said *s = &w->said[w->said_n++ % GOV_SAID];
    if (strlen(line) < sizeof s->line) {
        s->file = f;
        snprintf(s->path, sizeof s->path, "%s", path);
        snprintf(s->line, sizeof s->line, "%s", line);
    }
    return f;
}

/* A bracket of a pattern stands for what a component has in its place. */
static bool fits(const char *pattern, const char *path)
{
    while (*pattern && *path) {
        if (*pattern == '<') {
            pattern = strchr(pattern, '>') + 1;
            while (*path && *path != '/')
                path++;
            if (*pattern && *pattern != '/')
                return false;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == *path;
}

const struct control_file *control_at(const char *path)
{
    for (uint32_t i = 0; i < control_files_count; i++) {
        if (fits(control_files[i].path, path))
            return &control_files[i];
    }
    return NULL;
}

bool control_audited(const char *path)
{
    const struct control_file *f = control_at(path);
    return f && !f->unaudited;
}
