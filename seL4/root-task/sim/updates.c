/* Updates as a release would send them: manifests and chunks that belong together, some of them damaged; and what must hold of
 * the chunks that a hive keeps. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"
#include "sim/sha256.h"

#define CHUNK COH_CAS_STORE_CHUNK_BYTES
#define CHUNKS_MOST 3u
#define RAW 2048u
_Static_assert(CHUNK * CHUNKS_MOST < RAW && CHUNK >= 24u, "an update fits one write");

static uint32_t chunks_of(uint32_t epoch) { return 1u + epoch % CHUNKS_MOST; }

/* Neighbours share chunks. */
static void chunk_of(uint32_t epoch, uint32_t i, uint8_t *out) { memset(out, (int)(epoch / 2u + i + 1u), CHUNK); }

static size_t payload_of(uint32_t epoch, uint8_t *out)
{
    for (uint32_t i = 0; i < chunks_of(epoch); i++)
        chunk_of(epoch, i, out + i * CHUNK);
    return (size_t)chunks_of(epoch) * CHUNK - epoch % 2u * 5u; /* the last one is padded */
}

/* ---- a manifest in CBOR, unsigned ---- */

static void put_head(uint8_t *out, size_t *n, uint8_t major, size_t v)
{
    if (v < 24) {
        out[(*n)++] = (uint8_t)((size_t)major << 5 | v);
    } else if (v < 256) {
        out[(*n)++] = (uint8_t)(major << 5 | 24);
        out[(*n)++] = (uint8_t)v;
    } else {
        out[(*n)++] = (uint8_t)(major << 5 | 25);
        out[(*n)++] = (uint8_t)(v >> 8);
        out[(*n)++] = (uint8_t)v;
    }
}

static void put_string(uint8_t *out, size_t *n, uint8_t major, const void *p, size_t len)
{
    put_head(out, n, major, len);
    memcpy(out + *n, p, len);
    *n += len;
}

static void put_digest(uint8_t *out, size_t *n, const void *p, size_t len)
{
    uint8_t raw[32];
    sim_sha256(p, len, raw);
    put_string(out, n, 2, raw, sizeof raw);
}

/* Every third epoch is a delta on the one before it. */
static size_t manifest_of(uint32_t epoch, uint8_t *out)
{
    uint8_t payload[2 * RAW], chunk[CHUNK];
    char name[12];
    bool delta = epoch % 3u == 0;
    size_t n = 0, base = delta ? payload_of(epoch - 1u, payload) : 0, own = payload_of(epoch, payload + base);
    snprintf(name, sizeof name, "%u", epoch);
    put_head(out, &n, 4, 8);
    put_string(out, &n, 3, "cohesix-cas/manifest-v1", 23);
    put_string(out, &n, 3, name, strlen(name));
    put_head(out, &n, 0, CHUNK);
    put_head(out, &n, 0, own);
    put_digest(out, &n, payload, base + own);
    put_head(out, &n, 4, chunks_of(epoch));
    for (uint32_t i = 0; i < chunks_of(epoch); i++) {
        chunk_of(epoch, i, chunk);
        put_digest(out, &n, chunk, sizeof chunk);
    }
    if (delta) {
        snprintf(name, sizeof name, "%u", epoch - 1u);
        put_head(out, &n, 4, 2);
        put_string(out, &n, 3, name, strlen(name));
        put_digest(out, &n, payload, base);
    } else {
        out[n++] = 0xf6;
    }
    out[n++] = 0xf6;
    return n;
}

/* ---- how it gets there ---- */

static void write_bytes(struct world *w, struct client *c, uint32_t fid, const uint8_t *p, size_t n)
{
    struct p9_request_sent q = p9_request(P9_TWRITE, fid);
    q.payload = n;
    q.t.u.write.data = bytes_of(p, n);
    q.t.u.write.offset = chance(&w->rng, 90) ? UINT64_MAX : 0;
    p9_put(w, c, &q);
}

void p9_ask_update(struct world *w, struct client *c, uint32_t root, uint32_t fid)
{
    struct rng *r = &w->rng;
    uint8_t raw[RAW], chunk[CHUNK];
    char path[SIM_PATH], digest[65];
    uint32_t epoch = between(r, 1, 6);
    size_t n, first;
    if (chance(r, 40)) {
        snprintf(path, sizeof path, "/updates/%u/manifest.cbor", epoch);
        n = manifest_of(epoch, raw);
    } else {
        chunk_of(epoch, pick(r, chunks_of(epoch)), chunk);
        sim_sha256_hex(chunk, sizeof chunk, digest);
        snprintf(path, sizeof path, "/updates/%u/chunks/%s", epoch, digest);
        memcpy(raw, chunk, n = sizeof chunk);
    }
    if (chance(r, 12))
        raw[pick(r, (uint32_t)n)] ^= 1u;
    first = chance(r, 75) ? n : pick(r, (uint32_t)n); /* at times it comes in two parts, or the second never */
    p9_ask_walk(w, c, root, fid, path);
    struct p9_request_sent open = p9_request(P9_TLOPEN, fid), clunk = p9_request(P9_TCLUNK, fid);
    open.t.u.open.flags = 1;
    p9_put(w, c, &open);
    write_bytes(w, c, fid, raw, first);
    if (first < n && chance(r, 70))
        write_bytes(w, c, fid, raw + first, n - first);
    p9_put(w, c, &clunk);
}

/* ---- what is kept ---- */

void updates_hold(struct world *w)
{
    const struct hive *h = w->h;
    uint64_t have = h->cas.by.n;
    uint8_t digest[32];
    if (!COH_CAS_ENABLE || (!have && !w->gov.cas_seen))
        return;
    for (uint32_t i = 0; i < h->cas.by.n; i++)
        have = have * 31u + h->cas_chunks[h->cas_order[i]].have + h->cas_chunks[h->cas_order[i]].digest[0];
    if (have == w->gov.cas_seen)
        return;
    w->gov.cas_seen = have;
    for (uint32_t i = 0; i < h->cas.by.n; i++) {
        const struct cas_chunk *c = &h->cas_chunks[h->cas_order[i]];
        if (c->have < CHUNK)
            continue;
        sim_sha256(c->bytes, CHUNK, digest);
        SIM_CHECK(w, memcmp(digest, c->digest, sizeof digest) == 0, "a whole chunk has another digest than its name");
    }
}
