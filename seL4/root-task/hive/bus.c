/* /bus: orders, telemetry, and the spool that keeps telemetry while the link is down. */
#include "hive/state.h"

/* Longest order. */
#define LINE_BYTES 256u

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return sidecar_check(w->line, LINE_BYTES, lifecycle_admits(h), "bus-control", why);
}

static enum coh_status link_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    if (!bytes_is(w->line, "online") && !bytes_is(w->line, "offline"))
        return ns_refuse(why, COH_INVALID, "link", "a link is online or offline");
    return sidecar_check(w->line, LINE_BYTES, lifecycle_ingests(h), "bus-ingest", why);
}

static void link_apply(struct hive *h, const struct ns_write *w)
{
    h->sidecars[w->arg[0]].offline = bytes_is(w->line, "offline");
}

/* The same lines are taken whether or not the link is up. */
static enum coh_status telemetry_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return sidecar_check(w->line, coh_sidecars[w->arg[0]].max_payload_bytes, lifecycle_ingests(h), "bus-ingest", why);
}

static uint64_t bytes_of_spool(const struct sidecar *s) { return s->spool.n - s->entries; }

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
        ingest_dropped(h, control_keep(h, &s->files[SIDECAR_TELEMETRY], w->line));
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

static enum coh_status replay_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return sidecar_check(w->line.n ? w->line : bytes_str("-"), LINE_BYTES, lifecycle_ingests(h), "bus-ingest", why);
}

/* The ring of telemetry has room for a whole spool. */
static void replay_apply(struct hive *h, const struct ns_write *w)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    BUF(done, 80);
    buf_say(&done, "replay entries=", s->entries, " bytes=", bytes_of_spool(s));
    for (struct bytes rest = buf_bytes(&s->spool); rest.n;)
        ingest_dropped(h, control_keep(h, &s->files[SIDECAR_TELEMETRY], bytes_split(&rest, '\n')));
    s->replayed += s->entries;
    s->entries = s->spool.n = 0;
    control_keep(h, &s->files[SIDECAR_REPLAY], buf_bytes(&done));
}

#define BUS_FILE(word, file, ...)                                                                                      \
    static const struct ns_ops word##_ops = {                                                                          \
        NS_RINGS(sidecars, files[file]), .check = word##_check, __VA_ARGS__};
BUS_FILE(ctl, SIDECAR_CTL)
BUS_FILE(link, SIDECAR_LINK, .apply = link_apply)
BUS_FILE(replay, SIDECAR_REPLAY, .apply = replay_apply)
BUS_FILE(telemetry, SIDECAR_TELEMETRY, .room = telemetry_room, .apply = telemetry_apply)

#define BUS (1u << ROLE_BUS)
#define APPEND .mode = NS_APPEND, .roles = BUS, .writers = BUS
/* Modbus and DNP3 may stand in one folder: coh-rtc sees to it that no two adapters have one name there. */
#define ADAPTER(place, on, kind)                                                                                       \
    {.path = place, .dir = true, .gate = on, .roles = BUS, .ops = SIDECAR_DIR(kind)},                                  \
        {.path = place "/ctl", APPEND, .control = true, .gate = on, .ops = &ctl_ops},                                  \
        {.path = place "/telemetry", APPEND, .unaudited = true, .gate = on, .ops = &telemetry_ops},                    \
        {.path = place "/link", APPEND, .control = true, .gate = on, .ops = &link_ops},                                \
        {.path = place "/replay", APPEND, .control = true, .keeps = true, .gate = on, .ops = &replay_ops},             \
        {.path = place "/spool", .gate = on, .roles = BUS, .ops = NS_OPS(.show = show_spool)}
static const struct ns_pattern patterns[] = {
    ADAPTER(COH_SIDECARS_MODBUS_MOUNT_AT "/{modbus}", COH_SIDECARS_MODBUS_ENABLE, SIDECAR_MODBUS),
    ADAPTER(COH_SIDECARS_DNP3_MOUNT_AT "/{dnp3}", COH_SIDECARS_DNP3_ENABLE, SIDECAR_DNP3),
};
const struct ns_table bus_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
