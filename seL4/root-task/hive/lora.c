/* /lora: transmit attempts within a duty cycle, and the log of those that were refused. The duty cycle is counted in parts of
 * its window, each LORA_PARTS-th of it wide. What was sent in the part that the window begins in counts whole: too much by at
 * most one part's worth, never too little. */
#include "hive/state.h"

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

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return sidecar_check(w->line, coh_sidecars[w->arg[0]].max_payload_bytes, lifecycle_admits(h), "lora-transmit", why);
}

static enum coh_status ctl_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct sidecar *s = &h->sidecars[w->arg[0]];
    const struct coh_sidecar *a = &coh_sidecars[w->arg[0]];
    uint64_t now = part_of(h, a), sent = lora_air_ms(w->line.n);
    for (uint32_t i = 0; i <= LORA_PARTS; i++)
        sent += s->parts[i].number + LORA_PARTS >= now ? s->parts[i].air_ms : 0;
    return sent * 100u <= (uint64_t)a->window_ms * a->duty_cycle_percent ? COH_OK
                                                                          : ns_refuse(why, COH_QUOTA, "duty-cycle", NULL);
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    uint64_t now = part_of(h, &coh_sidecars[w->arg[0]]), air_ms = lora_air_ms(w->line.n), at = now % (LORA_PARTS + 1u);
    BUF(line, 96);
    if (s->parts[at].number != now)
        s->parts[at].air_ms = 0;
    s->parts[at].number = now;
    s->parts[at].air_ms += air_ms;
    buf_say(&line, "tx ts_ms=", h->now_ms, " bytes=", w->line.n, " airtime_ms=", air_ms);
    control_keep(h, &s->files[SIDECAR_TELEMETRY], buf_bytes(&line));
}

/* An attempt beyond what may be sent is put on record; the oldest record goes when there are too many. */
static void ctl_refused(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why)
{
    struct sidecar *s = &h->sidecars[w->arg[0]];
    struct ring *tamper = &s->files[SIDECAR_TAMPER];
    BUF(line, 96);
    if (status != COH_TOO_BIG && status != COH_QUOTA)
        return;
    if (s->entries++ - tamper->dropped == coh_sidecars[w->arg[0]].tamper_log_max_entries)
        ring_drop(tamper);
    buf_say(&line, "tamper ts_ms=", h->now_ms, " reason=", status == COH_TOO_BIG ? "payload-oversize" : "duty-cycle",
            " bytes=", w->line.n);
    control_keep(h, tamper, buf_bytes(&line));
}

#define LORA (1u << ROLE_LORA)
#define ADAPTER COH_SIDECARS_LORA_MOUNT_AT "/{lora}"
#define ON .gate = COH_SIDECARS_LORA_ENABLE, .roles = LORA
static const struct ns_pattern patterns[] = {
    {.path = ADAPTER, .dir = true, ON, .ops = SIDECAR_DIR(SIDECAR_LORA)},
    {.path = ADAPTER "/ctl", .mode = NS_APPEND, .control = true, ON, .writers = LORA,
     .ops = NS_OPS(NS_RINGS(sidecars, files[SIDECAR_CTL]), .check = ctl_check, .room = ctl_room,
                   .refused = ctl_refused, .apply = ctl_apply)},
    {.path = ADAPTER "/telemetry", ON, .ops = NS_OPS(NS_RINGS(sidecars, files[SIDECAR_TELEMETRY]))},
    {.path = ADAPTER "/tamper", ON, .ops = NS_OPS(NS_RINGS(sidecars, files[SIDECAR_TAMPER]))},
};
const struct ns_table lora_nodes = {patterns, sizeof patterns / sizeof patterns[0]};
