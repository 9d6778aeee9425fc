/* JSON: what is accepted is written again element by element, parses again and writes as the same text;
 * strings survive unescaping and quoting; json_object takes any object without harm. */
#include "support/fuzz.h"

#include "base/fmt.h"
#include "base/json.h"

#define TEXT_BYTES 16384u

static uint8_t once[TEXT_BYTES], twice[TEXT_BYTES], plain_store[TEXT_BYTES], again_store[TEXT_BYTES];

static void check_string(const struct json_value *v)
{
    struct buf plain = buf_of(plain_store, TEXT_BYTES), quoted = buf_of(again_store, TEXT_BYTES);
    if (!json_string(v, &plain))
        return;
    FUZZ_CHECK(utf8_valid(buf_bytes(&plain)));
    FUZZ_CHECK(memchr(v->text.p, '\\', v->text.n) || bytes_eq(buf_bytes(&plain), v->text));
    json_put_string(&quoted, buf_bytes(&plain));
    if (quoted.cut)
        return;
    static uint8_t back_store[TEXT_BYTES];
    struct buf back = buf_of(back_store, TEXT_BYTES);
    struct json_value w;
    FUZZ_CHECK(json_parse(buf_bytes(&quoted), &w) && w.type == JSON_STRING);
    FUZZ_CHECK(json_string(&w, &back) && bytes_eq(buf_bytes(&back), buf_bytes(&plain)));
}

static void put_scalar(struct buf *b, const struct json_value *v)
{
    if (v->type == JSON_STRING) {
        check_string(v);
        buf_say(b, "\"", v->text, "\"");
    } else if (v->type == JSON_UINT) {
        buf_say(b, v->u);
    } else {
        buf_put(b, v->text);
    }
}

/* Writes v without blanks; arrays by a stack of cursors, objects as they stand (their fields are read by
 * json_object). */
static void put_value(struct buf *b, const struct json_value *v)
{
    struct {
        struct json_value v;
        size_t at;
    } stack[JSON_MAX_DEPTH + 1u];
    size_t depth = 0;
    struct json_value cur = *v;
    for (;;) {
        if (cur.type == JSON_ARRAY) {
            FUZZ_CHECK(depth < JSON_MAX_DEPTH);
            stack[depth].v = cur;
            stack[depth++].at = 0;
            buf_byte(b, '[');
        } else if (cur.type == JSON_OBJECT) {
            buf_put(b, cur.text);
        } else {
            put_scalar(b, &cur);
        }
        while (depth && !json_next(&stack[depth - 1u].v, &stack[depth - 1u].at, &cur)) {
            buf_byte(b, ']');
            depth--;
        }
        if (depth == 0)
            return;
        if (b->n && b->p[b->n - 1u] != '[')
            buf_byte(b, ',');
    }
}

static void check_object(const struct json_value *v)
{
    struct json_field f[] = {{.name = "a", .type = JSON_UINT, .required = true},
                             {.name = "b", .type = JSON_STRING},
                             {.name = "c", .type = JSON_OBJECT},
                             {.name = "d", .type = JSON_ARRAY},
                             {.name = "e", .type = JSON_BOOL}};
    if (!json_object(v, f, 5))
        return;
    FUZZ_CHECK(v->type == JSON_OBJECT && f[0].seen);
    struct buf b = buf_of(once, TEXT_BYTES);
    buf_byte(&b, '{');
    for (size_t i = 0; i < 5; i++) {
        if (!f[i].seen)
            continue;
        FUZZ_CHECK(f[i].value.type == f[i].type);
        if (b.n > 1)
            buf_byte(&b, ',');
        json_put_string(&b, bytes_str(f[i].name));
        buf_byte(&b, ':');
        put_value(&b, &f[i].value);
    }
    buf_byte(&b, '}');
    struct json_field g[] = {f[0], f[1], f[2], f[3], f[4]};
    struct json_value w;
    FUZZ_CHECK(b.cut || (json_parse(buf_bytes(&b), &w) && json_object(&w, g, 5)));
    for (size_t i = 0; i < 5 && !b.cut; i++)
        FUZZ_CHECK(f[i].seen == g[i].seen && (!f[i].seen || f[i].value.u == g[i].value.u));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_value v, w;
    if (size > TEXT_BYTES / 4u)
        return 0;
    if (!json_parse(bytes_of(data, size), &v))
        return 0;
    FUZZ_CHECK(utf8_valid(v.text));
    check_object(&v);
    struct buf first = buf_of(once, TEXT_BYTES), second = buf_of(twice, TEXT_BYTES);
    put_value(&first, &v);
    FUZZ_CHECK(!first.cut);
    FUZZ_CHECK(json_parse(buf_bytes(&first), &w) && w.type == v.type);
    put_value(&second, &w);
    FUZZ_CHECK(bytes_eq(buf_bytes(&first), buf_bytes(&second)));
    return 0;
}
