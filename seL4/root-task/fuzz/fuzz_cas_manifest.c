/* Manifests of updates: what is whole is canonical CBOR and is written again as the same bytes; each beginning of it is one,
 * and nothing behind it is taken. */
#include "support/fuzz.h"

#include "support/cas_manifest.h"

#define INPUT_BYTES 8192u

static void check_whole(struct bytes raw, const struct cas_manifest *m)
{
    static uint8_t again[INPUT_BYTES];
    struct text t = text_window(again, sizeof again, 0);
    struct cbor_value v;
    struct cas_manifest part;
    FUZZ_CHECK(cbor_parse(raw, &v) && v.type == CBOR_ARRAY && v.u == 8);
    FUZZ_CHECK(m->chunks > 0 && m->chunks <= CAS_CHUNKS_MAX && m->payload_bytes <= m->chunks * m->chunk_bytes);
    FUZZ_CHECK(cas_epoch_ok(m->epoch) && (m->base_epoch.n == 0 || cas_epoch_ok(m->base_epoch)));
    cas_manifest_write(&t, m);
    FUZZ_CHECK(bytes_eq(bytes_of(again, t.n), raw));
    struct cas_manifest unsigned_one = *m;
    unsigned_one.signature = NULL;
    t = text_window(again, sizeof again, 0);
    cas_manifest_write(&t, &unsigned_one);
    FUZZ_CHECK(t.n == m->signature_at + 1 && bytes_eq(bytes_of(again, t.n - 1), bytes_sub(raw, 0, t.n - 1)));
    for (size_t n = 0; n < raw.n; n++)
        FUZZ_CHECK(cas_manifest_parse(bytes_sub(raw, 0, n), &part) == CAS_PART);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t more[INPUT_BYTES + 1];
    struct cas_manifest m, longer;
    struct bytes raw = bytes_of(data, size);
    if (size > INPUT_BYTES)
        return 0;
    enum cas_parse parsed = cas_manifest_parse(raw, &m);
    if (parsed == CAS_WHOLE)
        check_whole(raw, &m);
    memcpy(more, data, size);
    more[size] = 0xf6;
    if (parsed != CAS_PART)
        FUZZ_CHECK(cas_manifest_parse(bytes_of(more, size + 1), &longer) == CAS_WRONG);
    return 0;
}
