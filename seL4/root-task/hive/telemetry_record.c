/* Checks of telemetry records, and the heartbeat's frame; see telemetry_record.h. */
#include "hive/telemetry_record.h"

#include "base/cbor.h"
#include "base/hash.h"
#include "base/json.h"
#include "generated/manifest.h"
#include "ns/tree.h"

#define PUSH_SCHEMA "cohsh-telemetry-push/v1"
#define REF_SCHEMA "telemetry-ref/v1"
#define FRAME_SCHEMA "telemetry-frame/v1"

/* ---- lines ---- */

/* The string whose first quote s.p[*at] is; *at becomes the place of its last one, or lies behind s. */
static struct bytes string_at(struct bytes s, size_t *at)
{
    size_t from = ++*at;
    for (; *at < s.n && s.p[*at] != '"'; ++*at)
        *at += s.p[*at] == '\\';
    return bytes_sub(s, from, *at - from);
}

/* The value of the outermost member `schema`, of broken JSON too: what says that it is a reference manifest
 * must not pass as opaque text for its mistakes. Empty: there is none. */
static struct bytes schema_of(struct bytes s)
{
    struct bytes last = bytes_of(NULL, 0); /* the string before */
    bool named = false;                    /* it was the member's name, and its value comes */
    size_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c == '"') {
            last = string_at(s, &i);
            if (named && depth == 1)
                return last;
        } else if (c == ':') {
            named = bytes_is(last, "schema");
        } else if (c > ' ') {
            depth += c == '{' || c == '[';
            depth -= depth && (c == '}' || c == ']');
            last = bytes_of(NULL, 0);
            named = false;
        }
    }
    return bytes_of(NULL, 0);
}

static enum coh_status push_check(struct bytes line, struct ns_why *why)
{
    struct json_field f[] = {JSON_MUST(STRING, "schema"), JSON_MUST(UINT, "seq"), JSON_MUST(STRING, "mime"),
                             JSON_MUST(STRING, "payload")};
    if (!json_line(line, f, sizeof f / sizeof f[0]))
        return COH_OK;
    return ns_refuse(why, COH_INVALID, "push-envelope", "an envelope holds schema, seq, mime and payload");
}

static bool is_sha256(const struct json_value *v)
{
    uint8_t raw[HASH_BYTES];
    return parse_hex(v->text, raw, sizeof raw);
}

/* One chunk: *least is the least i that it may have, *left what is left of the artefact. */
static bool chunk_ok(const struct json_value *chunk, uint64_t *least, uint64_t *left)
{
    struct json_field f[] = {JSON_MUST(UINT, "i", .least = *least, .most = UINT64_MAX - 1u),
                             JSON_MUST(UINT, "bytes", .least = 1), JSON_MUST(STRING, "sha256"),
                             JSON_MUST(STRING, "uri")};
    if (!json_object(chunk, f, sizeof f / sizeof f[0]) || f[1].value.u > *left || !is_sha256(&f[2].value) ||
        f[3].value.text.n == 0)
        return false;
    *least = f[0].value.u + 1;
    *left -= f[1].value.u;
    return true;
}

static enum coh_status ref_check(struct bytes line, struct ns_why *why)
{
    struct json_value chunk;
    struct json_field f[] = {JSON_MUST(STRING, "schema"), JSON_MUST(UINT, "seq"), JSON_MUST(STRING, "name"),
                             JSON_MUST(UINT, "bytes"), JSON_MUST(STRING, "sha256"), JSON_MUST(ARRAY, "chunks")};
    if (json_line(line, f, sizeof f / sizeof f[0]) || f[2].value.text.n == 0 || !is_sha256(&f[4].value))
        return ns_refuse(why, COH_INVALID, "ref-manifest",
                       "a reference manifest holds schema, seq, name, bytes, sha256 and chunks");
    uint64_t refs = 0, least = 0, left = f[3].value.u;
    for (size_t at = 0; json_next(&f[5].value, &at, &chunk); refs++) {
        if (refs == COH_TELEMETRY_INGEST_MAX_REFS_PER_MANIFEST)
            return ns_refuse(why, COH_QUOTA, "refs", NULL);
        if (!chunk_ok(&chunk, &least, &left))
            return ns_refuse(why, COH_INVALID, "ref-chunk", "a chunk holds i, ascending, bytes, sha256 and uri");
    }
    if (refs && left == 0)
        return COH_OK;
    return ns_refuse(why, COH_INVALID, "ref-bytes", "bytes is the sum of the chunks' bytes");
}

enum coh_status record_line_check(struct bytes line, struct ns_why *why)
{
    struct bytes schema = schema_of(line);
    bool ref = bytes_is(schema, REF_SCHEMA);
    if (line.n == 0)
        return ns_refuse(why, COH_INVALID, "empty-line", "a telemetry record needs content");
    if (line.n > (ref ? COH_TELEMETRY_INGEST_MAX_REF_MANIFEST_BYTES : RECORD_BYTES))
        return COH_TOO_BIG;
    if (ref)
        return ref_check(line, why);
    return bytes_is(schema, PUSH_SCHEMA) ? push_check(line, why) : COH_OK;
}

/* ---- frames ---- */

/* A frame's fields in canonical order. */
enum field { F_SEQ, F_ROLE, F_SCHEMA, F_PAYLOAD, F_WORKER_ID, F_EMITTED_MS, F_COUNT };
static const struct {
    const char *name;
    enum cbor_type type;
} fields[F_COUNT] = {{"seq", CBOR_UINT},    {"role", CBOR_TEXT},      {"schema", CBOR_TEXT},
                     {"payload", CBOR_MAP}, {"worker_id", CBOR_TEXT}, {"emitted_ms", CBOR_UINT}};

void record_heartbeat(struct text *out, struct bytes worker_id, struct bytes role, uint64_t tick, uint64_t now_ms)
{
    cbor_map(out, F_COUNT);
    cbor_say(out, fields[F_SEQ].name, tick, fields[F_ROLE].name, role, fields[F_SCHEMA].name, FRAME_SCHEMA,
             fields[F_PAYLOAD].name);
    cbor_pairs(out, "tick", tick, "ts_ms", now_ms);
    cbor_say(out, fields[F_WORKER_ID].name, worker_id, fields[F_EMITTED_MS].name, now_ms);
}

static bool frame_fields(struct bytes record, struct cbor_value f[F_COUNT])
{
    struct cbor_value map, name;
    size_t at = 0;
    if (!cbor_parse(record, &map) || map.type != CBOR_MAP || map.u != F_COUNT)
        return false;
    for (uint32_t i = 0; i < F_COUNT; i++) {
        if (!cbor_next(&map, &at, &name) || name.type != CBOR_TEXT || !bytes_is(name.text, fields[i].name) ||
            !cbor_next(&map, &at, &f[i]) || f[i].type != fields[i].type)
            return false;
    }
    return true;
}

enum coh_status record_frame_check(struct bytes record, struct bytes worker_id, struct bytes role, struct ns_why *why)
{
    struct cbor_value f[F_COUNT];
    if (record.n > RECORD_BYTES)
        return COH_TOO_BIG;
    if (!frame_fields(record, f) || !bytes_is(f[F_SCHEMA].text, FRAME_SCHEMA))
        return ns_refuse(why, COH_INVALID, "telemetry-frame", "a record is one canonical CBOR map, telemetry-frame/v1");
    bool own = bytes_eq(f[F_WORKER_ID].text, worker_id) && bytes_eq(f[F_ROLE].text, role);
    return own ? COH_OK : ns_refuse(why, COH_INVALID, "frame-worker", "worker_id and role are those of the node's worker");
}
