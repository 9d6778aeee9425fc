/* The update fixtures that hive and cas-tool share (resources/fixtures/cas). */
#pragma once

#include <stdio.h>

#include "base/bytes.h"

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
