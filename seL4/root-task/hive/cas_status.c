/* /updates/<epoch>/status: how far an upload has come, and where it goes on. */
#include "base/cbor.h"
#include "hive/state.h"

/* Of a list: places that are there, and the first ranges of those that are missing. */
#define RANGES 32u
struct gaps {
    uint32_t have, n, first[RANGES], last[RANGES];
};

static struct gaps gaps_of(const struct hive *h, const struct cas_epoch *e)
{
    struct gaps g = {.have = 0};
    for (uint32_t i = 0; i < e->manifest.chunks; i++) {
        if (cas_whole(cas_listed(h, e, i)))
            g.have++;
        else if (g.n && g.last[g.n - 1] + 1 == i)
            g.last[g.n - 1] = i;
        else if (g.n < RANGES)
            g.first[g.n] = i, g.last[g.n++] = i;
    }
    return g;
}

static const char *state_of(const struct hive *h, const struct cas_epoch *e)
{
    bool staged = h->cas.stager && e == &h->cas.epochs[h->cas.stager - 1u];
    return cas_ready(e) ? "ready" : e->manifest.chunks || staged ? "receiving" : "quarantined";
}

static const char *extent_of(const struct cas_epoch *e) { return e->manifest.chunks ? "complete" : "partial"; }

static void show(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_epoch *e = &h->cas.epochs[ns_slot(arg)];
    struct gaps g = gaps_of(h, e);
    text_say(out, "epoch=", cas_name(e), " state=", state_of(h, e), " manifest_bytes=", e->manifest_bytes, " manifest=", extent_of(e));
    text_say(out, " chunks=", g.have, " total=", e->manifest.chunks, " payload_bytes=", e->manifest.payload_bytes,
             " quarantined=", e->quarantined, "\n");
    for (uint32_t i = 0; i < g.n; i++)
        text_say(out, "missing=", g.first[i], "-", g.last[i], "\n");
}

static void cbor(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct cas_epoch *e = &h->cas.epochs[ns_slot(arg)];
    struct gaps g = gaps_of(h, e);
    cbor_map(out, 9);
    cbor_say(out, "epoch", cas_name(e), "state", state_of(h, e), "total", e->manifest.chunks, "chunks", g.have, "missing");
    cbor_array(out, g.n);
    for (uint32_t i = 0; i < g.n; i++) {
        cbor_array(out, 2);
        cbor_say(out, g.first[i], g.last[i]);
    }
    cbor_say(out, "manifest", extent_of(e), "quarantined", e->quarantined, "payload_bytes", e->manifest.payload_bytes,
             "manifest_bytes", e->manifest_bytes);
}

const struct ns_ops cas_status_ops = {.show = show, .cbor = cbor};
