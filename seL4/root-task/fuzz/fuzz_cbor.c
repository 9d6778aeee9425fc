/* CBOR: what is accepted is written again item by item, as the same bytes. */
#include "support/fuzz.h"

#include "support/cbor.h"
#include "base/fmt.h"

#define INPUT_BYTES 16384u

static uint8_t again[INPUT_BYTES];

static void put(struct text *t, const struct cbor_value *v)
{
    uint8_t head[9];
    struct text n = text_window(head, sizeof head, 0);
    switch (v->type) {
    case CBOR_UINT:
        cbor_uint(t, v->u);
        break;
    case CBOR_NINT:
        cbor_uint(&n, v->u);
        head[0] |= 0x20;
        text_put(t, bytes_of(head, n.n));
        break;
    case CBOR_BYTES:
        cbor_bytes(t, v->text);
        break;
    case CBOR_TEXT:
        FUZZ_CHECK(utf8_valid(v->text));
        cbor_text(t, v->text);
        break;
    case CBOR_ARRAY:
        cbor_array(t, v->u);
        break;
    case CBOR_MAP:
        cbor_map(t, v->u);
        break;
    case CBOR_BOOL:
        cbor_bool(t, v->u != 0);
        break;
    case CBOR_NULL:
        cbor_null(t);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cbor_value stack[CBOR_MAX_DEPTH + 1], v;
    size_t at[CBOR_MAX_DEPTH + 1] = {0}, depth = 0;
    uint64_t left[CBOR_MAX_DEPTH + 1];
    if (size > INPUT_BYTES || !cbor_parse(bytes_of(data, size), &v))
        return 0;
    struct text t = text_window(again, sizeof again, 0);
    for (;;) {
        put(&t, &v);
        if (v.type == CBOR_ARRAY || v.type == CBOR_MAP) {
            FUZZ_CHECK(depth < CBOR_MAX_DEPTH);
            left[depth] = v.type == CBOR_MAP ? 2 * v.u : v.u;
            at[depth] = 0;
            stack[depth++] = v;
        }
        while (depth && !cbor_next(&stack[depth - 1], &at[depth - 1], &v))
            FUZZ_CHECK(left[--depth] == 0);
        if (depth == 0)
            break;
        FUZZ_CHECK(left[depth - 1]-- > 0);
    }
    FUZZ_CHECK(bytes_eq(bytes_of(again, t.n), bytes_of(data, size)));
    return 0;
}
