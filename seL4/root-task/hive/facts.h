/* A file that is one fact: `key=value` as text, and the same fact as a CBOR map of one pair. */
#pragma once

#include "base/cbor.h"
#include "ns/tree.h"

/* Defines key##_ops; value is an expression of `const struct hive *h` and the path's `arg`. */
#define FACT_NODE(key, value)                                                                                          \
    static void show_##key(const struct hive *h, const uint64_t *arg, struct text *out)                               \
    {                                                                                                                  \
        text_say(out, #key "=", value, "\n");                                                                          \
    }                                                                                                                  \
    static void cbor_##key(const struct hive *h, const uint64_t *arg, struct text *out)                               \
    {                                                                                                                  \
        cbor_pairs(out, #key, value);                                                                                  \
    }                                                                                                                  \
    static const struct ns_ops key##_ops = {.show = show_##key, .cbor = cbor_##key};
