/* Writes a manifest again from what was read of it. */
#pragma once

#include "cbor.h"
#include "hive/cas.h"

static inline void cas_manifest_write(struct text *t, const struct cas_manifest *m)
{
    cbor_array(t, 8);
    cbor_str(t, CAS_SCHEMA);
    cbor_text(t, m->epoch);
    cbor_uint(t, m->chunk_bytes);
    cbor_uint(t, m->payload_bytes);
    cbor_bytes(t, bytes_of(m->payload_sha256, HASH_BYTES));
    cbor_array(t, m->chunks);
    for (uint32_t i = 0; i < m->chunks; i++)
        cbor_bytes(t, bytes_of(cas_manifest_chunk(m, i), HASH_BYTES));
    if (m->base_epoch.n) {
        cbor_array(t, 2);
        cbor_text(t, m->base_epoch);
        cbor_bytes(t, bytes_of(m->base_sha256, HASH_BYTES));
    } else {
        cbor_null(t);
    }
    if (m->signature)
        cbor_bytes(t, bytes_of(m->signature, CAS_SIGNATURE_BYTES));
    else
        cbor_null(t);
}
