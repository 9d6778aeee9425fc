/* /updates where deltas are not taken. */
#include "support/cas.h"
#include "support/files.h"

static void a_manifest_with_a_base_is_refused(void **state)
{
    struct bench *b = *state;
    struct file whole = read_manifest("bundle-1"), delta = read_manifest("bundle-2");
    join_queen(b, 1);
    expect_refused(b, 1, "/updates/2/manifest.cbor", file_bytes(&delta), COH_INVALID, "delta-disabled");
    put(b, 1, "/updates/1/manifest.cbor", file_bytes(&whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_manifest_with_a_base_is_refused, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
