/* The update fixtures that hive and cas-tool share (resources/fixtures/cas), and bundles of a test's own. */
#pragma once

#include "support/test.h"

#include <stdio.h>

#include "base/cbor.h"
#include "base/fmt.h"
#include "hive/cas.h"

struct file {
    uint8_t bytes[4096];
    size_t n;
};

/* A file below resources/fixtures. */
static inline struct file read_file(const char *path)
{
    char name[512];
    struct file f = {.n = 0};
    snprintf(name, sizeof name, COH_FIXTURES "/%s", path);
    FILE *in = fopen(name, "rb");
    assert_non_null(in);
    f.n = fread(f.bytes, 1, sizeof f.bytes - 1, in);
    assert_true(feof(in));
    fclose(in);
    return f;
}

static inline struct file read_manifest(const char *bundle)
{
    char path[128];
    snprintf(path, sizeof path, "cas/%s/manifest.cbor", bundle);
    return read_file(path);
}

static inline struct bytes file_bytes(const struct file *f) { return bytes_of(f->bytes, f->n); }

#define HEX_BYTES (2u * HASH_BYTES + 1u)
static inline void hex_name(const uint8_t digest[HASH_BYTES], char out[HEX_BYTES])
{
    struct buf b = buf_of(out, HEX_BYTES - 1);
    buf_hex(&b, bytes_of(digest, HASH_BYTES));
    out[b.n] = 0;
}
