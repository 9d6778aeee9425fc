/* The adapters, their files below /bus and /lora, and the spool and the duty cycle behind them; see sidecar.h. */
#include "hive/sidecar.h"

#include "hive/state.h"

/* ---- adapters ---- */

static struct key adapter_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct coh_sidecar *a = (const struct coh_sidecar *)pool + slot;
    return (struct key){.a = bytes_str(a->mount), .u = a->kind};
}

static void sidecars_init(struct hive *h)
{
    uint8_t *at = h->sidecar_bytes;
    index_init(&h->sidecars_by, h->sidecar_order, coh_sidecars_count, 1, coh_sidecars, adapter_key,
               BUDGET_ENTRIES(sidecars));
    for (uint32_t i = 0; i < coh_sidecars_count; i++) {
        const struct coh_sidecar *a = &coh_sidecars[i];
        struct sidecar *s = &h->sidecars[i];
        for (uint32_t f = 0; f < SIDECAR_FILES && a->ring_bytes[f]; at += a->ring_bytes[f++])
            ring_init(&s->files[f], at, a->ring_bytes[f]);
        s->spool = buf_of(at, a->spool_max_bytes + a->spool_max_entries); /* a newline each */
        at += s->spool.cap;
        if (a->kind != SIDECAR_LORA)
            control_keep(h, &s->files[SIDECAR_LINK], bytes_str("online"));
        index_put(&h->sidecars_by);
    }
    COH_ASSERT(at <= h->sidecar_bytes + COH_POOL_SIDECAR_BYTES_ELEM);
    budget_level(h, POOL_sidecar_bytes, (uint32_t)(at - h->sidecar_bytes));
}

enum coh_status sidecar_spawn(const struct hive *h, uint32_t role, struct bytes id, uint32_t *out, struct ns_why *why)
{
    uint32_t i = 0;
    BUF(name, WORKER_NAME_BYTES);
    while (i < coh_sidecars_count && !(coh_sidecars[i].role == role && bytes_is(id, coh_sidecars[i].id)))
        i++;
    if (i == coh_sidecars_count)
        return ns_refuse(why, COH_BUSY, "no-adapter", NULL);
    buf_say(&name, "worker-", h->sidecars[i].worker);
    *out = i;
    return h->sidecars[i].worker && !worker_ended(h, buf_bytes(&name)) ? ns_refuse(why, COH_BUSY, "adapter-in-use", NULL)
                                                                        : COH_OK;
}

/* Is the caller of the adapter's scope, or was he spawned for it? */
static bool owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    uint64_t worker = h->sidecars[arg[0]].worker;
    return who->role == coh_sidecars[arg[0]].role &&
           (bytes_is(who->subject, coh_sidecars[arg[0]].scope) || (worker && worker_number_of(who->subject) == worker));
}

/* ---- refusals ---- */

void sidecar_denied(struct hive *h, const struct caller *who, const struct ns_ref *ref, struct bytes path)
{
    uint32_t roles = ns_node(&h->tree, ref)->roles;
    BUF(line, LOG_LINE_BYTES);
    if (!roles || roles & ~(1u << ROLE_BUS | 1u << ROLE_LORA))
        return;
    buf_say(&line, "kind=", roles & 1u << ROLE_LORA ? "lora" : "bus", " role=", role_name((enum coh_role)who->role));
    log_field(&line, "subject", who->subject);
    log_field(&line, "path", path);
    hive_event(h, "sidecar-deny", TRACE_WARN, worker_number_of(who->subject), buf_bytes(&line));
}

/* What bus and LoRa carry. */
static enum coh_status payload_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return w->line.n <= coh_sidecars[w->arg[0]].max_payload_bytes ? COH_OK : COH_TOO_BIG;
}

/* ---- bus: the spool keeps telemetry while the link is down ---- */

/* Longest order. */
#define LINE_BYTES 256u

static enum coh_status link_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    bool known = bytes_is(w->line, "online") || bytes_is(w->line, "offline");
    return known ? COH_OK : ns_refuse(why, COH_INVALID, "link", "a link is online or offline");
}

static void link_apply(struct hive *h, const struct ns_write *w)
{
    h->sidecars[w->arg[0]].offline = bytes_is(w->line, "offline");
}

static uint64_t bytes_of_spool(const struct sidecar *s) { return s->spool.n - s->entries; }

/* The same lines are taken whether or not the link is up. */
static enum coh_status telemetry_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct sidecar *s = &h->sidecars[w->arg[0]];
    const struct coh_sidecar *a = &coh_sidecars[w->arg[0]];
    bool fits = s->entries < a->spool_max_entries && bytes_of_spool(s) + w->line.n <= a->spool_max_bytes;
    return !s->offline || fits ? COH_OK : ns_refuse(why, COH_QUOTA, "spool-full", NULL);
}

static void telemetry_apply(struct hive *h, const struct ns_write *w)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    ingest_stored(h);
    if (!s->offline) {
        ingest_count(h, &h->ingest.dropped, control_keep(h, &s->files[SIDECAR_TELEMETRY], w->line));
        return;
    }
    buf_say(&s->spool, w->line, "\n");
    s->entries++;
}

static void show_spool(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct sidecar *s = &h->sidecars[arg[0]];
    const struct coh_sidecar *a = &coh_sidecars[arg[0]];
    uint64_t seq = s->replayed;
    text_say(out, "entries=", s->entries, " bytes=", bytes_of_spool(s), " max_entries=", a->spool_max_entries, " max_bytes=",
             a->spool_max_bytes, "\n");
    for (struct bytes rest = buf_bytes(&s->spool); rest.n;) {
        struct bytes line = bytes_split(&rest, '\n');
        text_say(out, "seq=", ++seq, " bytes=", line.n, " payload=", line, "\n");
    }
}

/* The ring of telemetry has room for a whole spool. */
static void replay_apply(struct hive *h, const struct ns_write *w)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    for (struct bytes rest = buf_bytes(&s->spool); rest.n;)
        ingest_count(h, &h->ingest.dropped, control_keep(h, &s->files[SIDECAR_TELEMETRY], bytes_split(&rest, '\n')));
    control_say(h, &s->files[SIDECAR_REPLAY], "replay entries=", s->entries, " bytes=", bytes_of_spool(s));
    s->replayed += s->entries;
    s->entries = s->spool.n = 0;
}

/* ---- LoRa: the duty cycle is counted in parts of its window, each LORA_PARTS-th of it wide. What was sent in the part that the
 * window begins in counts whole: too much by at most one part's worth, never too little. ---- */

/* Semtech AN1200.13: a symbol takes 2^7 / 125 kHz = 1024 µs, the preamble 8 + 4.25 of them; each 28 bits of payload, header and
 * CRC that do not fit the first block take 5 more. */
uint64_t lora_air_ms(uint64_t bytes)
{
    uint64_t blocks = (8u * bytes + 16u + 27u) / 28u;
    uint64_t us = 12544u + (8u + 5u * blocks) * 1024u;
    return (us + 999u) / 1000u;
}

static uint64_t part_of(const struct hive *h, const struct coh_sidecar *a)
{
    return h->now_ms / ((a->window_ms + LORA_PARTS - 1u) / LORA_PARTS);
}

static enum coh_status lora_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct sidecar *s = &h->sidecars[w->arg[0]];
    const struct coh_sidecar *a = &coh_sidecars[w->arg[0]];
    uint64_t now = part_of(h, a), sent = lora_air_ms(w->line.n);
    for (uint32_t i = 0; i <= LORA_PARTS; i++)
        sent += s->parts[i].number + LORA_PARTS >= now ? s->parts[i].air_ms : 0;
    return sent * 100u <= (uint64_t)a->window_ms * a->duty_cycle_percent ? COH_OK
                                                                          : ns_refuse(why, COH_QUOTA, "duty-cycle", NULL);
}

static void lora_apply(struct hive *h, const struct ns_write *w)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    uint64_t now = part_of(h, &coh_sidecars[w->arg[0]]), air_ms = lora_air_ms(w->line.n), at = now % (LORA_PARTS + 1u);
    if (s->parts[at].number != now)
        s->parts[at].air_ms = 0;
    s->parts[at].number = now;
    s->parts[at].air_ms += air_ms;
    control_say(h, &s->files[SIDECAR_TELEMETRY], "tx ts_ms=", h->now_ms, " bytes=", w->line.n, " airtime_ms=", air_ms);
}

/* An attempt beyond what may be sent is put on record; the oldest record goes when there are too many. */
static void lora_refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    struct ring *tamper = &s->files[SIDECAR_TAMPER];
    if (status != COH_TOO_BIG && status != COH_QUOTA)
        return;
    if (s->entries++ - tamper->dropped == coh_sidecars[w->arg[0]].tamper_log_max_entries)
        ring_drop(tamper);
    control_say(h, tamper, "tamper ts_ms=", h->now_ms, " reason=", status == COH_TOO_BIG ? "payload-oversize" : "duty-cycle",
                " bytes=", w->line.n);
}

/* ---- nodes ---- */

#define BUS (1u << ROLE_BUS)
#define LORA (1u << ROLE_LORA)
/* The directory of the adapters of one kind, and a file to which their role appends. */
#define DIR(of_kind) .dir = true, .ops = NS_OPS(NS_INDEX(sidecars_by, 0), .kind = of_kind, .owned = owned)
#define FILE_OPS(role, file, ...)                                                                                      \
    .mode = NS_APPEND, .roles = role, .writers = role, .ops = NS_OPS(NS_RINGS(sidecars, files[file]), __VA_ARGS__)
#define INGEST .action = "bus-ingest", .admits = lifecycle_ingests
#define ORDER(of_action) .text = true, .action = of_action, .admits = lifecycle_admits
#define TELEMETRY INGEST, .text = true, .check = payload_check, .room = telemetry_room, .apply = telemetry_apply
/* Modbus and DNP3 may stand in one folder: coh-rtc sees to it that no two adapters have one name there. */
#define BUS_ADAPTER(place, on, kind)                                                                                   \
    {.path = place, .gate = on, .roles = BUS, DIR(kind)},                                                              \
        {.path = place "/ctl", .control = true, .gate = on,                                                            \
         FILE_OPS(BUS, SIDECAR_CTL, ORDER("bus-control"), .most = LINE_BYTES)},                                        \
        {.path = place "/telemetry", .unaudited = true, .gate = on, FILE_OPS(BUS, SIDECAR_TELEMETRY, TELEMETRY)},      \
        {.path = place "/link", .control = true, .gate = on,                                                           \
         FILE_OPS(BUS, SIDECAR_LINK, INGEST, .check = link_check, .apply = link_apply)},                               \
        {.path = place "/replay", .control = true, .keeps = true, .gate = on,                                          \
         FILE_OPS(BUS, SIDECAR_REPLAY, INGEST, .most = LINE_BYTES, .apply = replay_apply)},                            \
        {.path = place "/spool", .gate = on, .roles = BUS, .ops = NS_OPS(.show = show_spool)}
#define LORA_ADAPTER COH_SIDECARS_LORA_MOUNT_AT "/{lora}"
#define ON .gate = COH_SIDECARS_LORA_ENABLE
static const struct ns_pattern patterns[] = {
    BUS_ADAPTER(COH_SIDECARS_MODBUS_MOUNT_AT "/{modbus}", COH_SIDECARS_MODBUS_ENABLE, SIDECAR_MODBUS),
    BUS_ADAPTER(COH_SIDECARS_DNP3_MOUNT_AT "/{dnp3}", COH_SIDECARS_DNP3_ENABLE, SIDECAR_DNP3),
    {.path = LORA_ADAPTER, ON, .roles = LORA, DIR(SIDECAR_LORA)},
    {.path = LORA_ADAPTER "/ctl", .control = true, ON,
     FILE_OPS(LORA, SIDECAR_CTL, ORDER("lora-transmit"), .check = payload_check, .room = lora_room,
              .refused = lora_refused, .apply = lora_apply)},
    {.path = LORA_ADAPTER "/telemetry", ON, .roles = LORA, .ops = NS_OPS(NS_RINGS(sidecars, files[SIDECAR_TELEMETRY]))},
    {.path = LORA_ADAPTER "/tamper", ON, .roles = LORA, .ops = NS_OPS(NS_RINGS(sidecars, files[SIDECAR_TAMPER]))},
};
const struct ns_table sidecar_nodes = {NS_PATTERNS(patterns), .init = sidecars_init};
