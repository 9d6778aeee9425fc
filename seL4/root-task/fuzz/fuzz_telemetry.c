/* Telemetry records: a line that is taken for one of our schemas is that schema's JSON, and a frame that is
 * taken is a canonical map of the worker's. */
#include "support/fuzz.h"

#include "base/cbor.h"
#include "base/json.h"
#include "hive/telemetry_record.h"
#include "ns/tree.h"

static bool has(struct bytes line, const char *text)
{
    struct bytes want = bytes_str(text);
    for (size_t i = 0; i + want.n <= line.n; i++) {
        if (bytes_eq(bytes_sub(line, i, want.n), want))
            return true;
    }
    return false;
}

/* Read in another way than the check does: the line is an object whose fields are this schema's. A name that is written
 * with escapes is not recognised, and such a line is opaque. */
static void check_line(struct bytes line)
{
    struct ns_why why = {0};
    struct json_value v;
    struct json_field ref[] = {
        {.name = "schema", .type = JSON_STRING}, {.name = "seq", .type = JSON_UINT},
        {.name = "name", .type = JSON_STRING},   {.name = "bytes", .type = JSON_UINT},
        {.name = "sha256", .type = JSON_STRING}, {.name = "chunks", .type = JSON_ARRAY}};
    enum coh_status s = record_line_check(line, &why);
    FUZZ_CHECK(s == COH_OK || s == COH_INVALID || s == COH_TOO_BIG || s == COH_QUOTA);
    FUZZ_CHECK((s == COH_INVALID) == (why.error != NULL));
    if (s != COH_OK || has(line, "\\") || !json_parse(line, &v) || !json_object(&v, ref, 6) || !ref[0].seen ||
        !bytes_is(ref[0].value.text, "telemetry-ref/v1"))
        return;
    for (size_t i = 0; i < 6; i++)
        FUZZ_CHECK(ref[i].seen);
    FUZZ_CHECK(ref[3].value.u > 0 && ref[4].value.text.n == 64 && has(line, "\"uri\""));
}

static void check_frame(struct bytes record)
{
    struct ns_why why = {0};
    struct cbor_value v;
    enum coh_status s =
        record_frame_check(record, bytes_str("worker-1"), bytes_str("worker-heartbeat"), &why);
    FUZZ_CHECK(s == COH_OK || s == COH_INVALID || s == COH_TOO_BIG);
    if (s == COH_OK)
        FUZZ_CHECK(cbor_parse(record, &v) && v.type == CBOR_MAP && has(record, "worker-1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    check_frame(input);
    if (utf8_valid(input))
        check_line(input);
    return 0;
}
