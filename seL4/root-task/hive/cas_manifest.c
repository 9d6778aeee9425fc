/* The parser of manifests; see cas.h. */
#include "hive/cas.h"

#include "base/cbor.h"

#define ITEMS 8u
#define CBOR_NULL_BYTE 0xf6u

struct parse {
    struct reader r; /* bad: the bytes end */
    bool wrong;
};

/* The next item: of this type, its number, length or count within bounds. Of one that is cut off that is checked which is there. */
static struct cbor_value take(struct parse *p, enum cbor_type type, uint64_t least, uint64_t most)
{
    struct cbor_value v = {.type = type, .u = least};
    if (!p->wrong && !p->r.bad)
        p->wrong = (!cbor_head(&p->r, &v) && !p->r.bad) || v.type != type || v.u < least || v.u > most;
    return v;
}

static const uint8_t *take_bytes(struct parse *p, uint64_t n) { return take(p, CBOR_BYTES, n, n).text.p; }

static struct bytes take_epoch(struct parse *p)
{
    struct bytes epoch = take(p, CBOR_TEXT, 1, CAS_EPOCH_BYTES).text;
    p->wrong |= !p->r.bad && !cas_epoch_ok(epoch);
    return epoch;
}

/* Is the next item null? Then it is taken. */
static bool take_null(struct parse *p)
{
    return p->r.left && *p->r.p == CBOR_NULL_BYTE && take(p, CBOR_NULL, 0, 0).type == CBOR_NULL;
}

static void take_list(struct parse *p, struct cas_manifest *out)
{
    out->chunks = (uint32_t)take(p, CBOR_ARRAY, 1, CAS_CHUNKS_MAX).u;
    out->list = p->r.p;
    for (uint32_t i = 0; i < out->chunks && !p->r.bad && !p->wrong; i++)
        take_bytes(p, HASH_BYTES);
}

enum cas_parse cas_manifest_parse(struct bytes raw, struct cas_manifest *out)
{
    struct parse p = {.r = reader_of(raw)};
    *out = (struct cas_manifest){0};
    take(&p, CBOR_ARRAY, ITEMS, ITEMS);
    struct bytes schema = take(&p, CBOR_TEXT, strlen(CAS_SCHEMA), strlen(CAS_SCHEMA)).text;
    p.wrong |= !p.r.bad && !bytes_is(schema, CAS_SCHEMA);
    out->epoch = take_epoch(&p);
    out->chunk_bytes = take(&p, CBOR_UINT, 1, UINT32_MAX).u;
    out->payload_bytes = take(&p, CBOR_UINT, 1, COH_CAS_STORE_MAX_BYTES).u;
    out->payload_sha256 = take_bytes(&p, HASH_BYTES);
    take_list(&p, out);
    if (!take_null(&p)) {
        take(&p, CBOR_ARRAY, 2, 2);
        out->base_epoch = take_epoch(&p);
        out->base_sha256 = take_bytes(&p, HASH_BYTES);
    }
    out->signature_at = raw.n - p.r.left;
    if (!take_null(&p))
        out->signature = take_bytes(&p, CAS_SIGNATURE_BYTES);
    if (p.r.bad && !p.wrong)
        return CAS_PART;
    uint64_t before_last = (out->chunks - 1ull) * out->chunk_bytes;
    p.wrong |= p.r.left > 0 || out->payload_bytes <= before_last || out->payload_bytes - before_last > out->chunk_bytes;
    return p.wrong ? CAS_WRONG : CAS_WHOLE;
}

const uint8_t *cas_manifest_chunk(const struct cas_manifest *m, uint32_t i)
{
    return m->list + (size_t)i * CAS_ENTRY_BYTES + (CAS_ENTRY_BYTES - HASH_BYTES);
}

bool cas_epoch_ok(struct bytes epoch)
{
    for (size_t i = 0; i < epoch.n; i++) {
        if (epoch.p[i] < '0' || epoch.p[i] > '9')
            return false;
    }
    return epoch.n > 0 && epoch.n <= CAS_EPOCH_BYTES && (epoch.n == 1 || epoch.p[0] != '0');
}

int cas_epoch_cmp(struct bytes a, struct bytes b)
{
    return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : bytes_cmp(a, b);
}
