/* The arithmetic of retype, checked hosted: sizes of objects, room in an untyped, alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "retype.h"

static void only_untypeds_and_cnodes_take_their_size_from_the_caller(void **state)
{
    for (unsigned bits = 0; bits < 40; bits++) {
        assert_int_equal(retype_object_bits(seL4_UntypedObject, bits), bits);
        assert_int_equal(retype_object_bits(seL4_CapTableObject, bits), bits + seL4_SlotBits);
        assert_int_equal(retype_object_bits(seL4_TCBObject, bits), seL4_TCBBits);
        assert_int_equal(retype_object_bits(seL4_EndpointObject, bits), seL4_EndpointBits);
        assert_int_equal(retype_object_bits(seL4_NotificationObject, bits), seL4_NotificationBits);
        assert_int_equal(retype_object_bits(seL4_ARM_SmallPageObject, bits), seL4_PageBits);
        assert_int_equal(retype_object_bits(seL4_ARM_LargePageObject, bits), seL4_LargePageBits);
        assert_int_equal(retype_object_bits(seL4_ARM_HugePageObject, bits), seL4_HugePageBits);
        assert_int_equal(retype_object_bits(seL4_ARM_PageTableObject, bits), seL4_PageTableBits);
        assert_int_equal(retype_object_bits(seL4_ARM_VSpaceObject, bits), seL4_VSpaceBits);
    }
}

/* What fits by the counting rule really lies inside the untyped, aligned, behind what is used; one more does
 * not. */
static void what_fits_lies_inside_and_one_more_does_not(void **state)
{
    for (unsigned untyped = seL4_MinUntypedBits; untyped <= 16; untyped++) {
        for (unsigned object = seL4_MinUntypedBits; object <= 17; object++) {
            for (uint64_t used = 0; used <= 1ul << untyped; used += 1ul << seL4_MinUntypedBits) {
                uint64_t most = 0;
                while (most < 5000 && retype_fits(untyped, used, object, most + 1)) {
                    most++;
                }
                uint64_t at = retype_align(used, object);
                assert_int_equal(at % (1ul << object), 0);
                assert_true(at >= used);
                assert_true(most == 0 || at + (most << object) <= 1ul << untyped);
                assert_true(at + ((most + 1) << object) > 1ul << untyped);
            }
        }
    }
}

static void only_the_three_page_types_are_frames(void **state)
{
    for (uint64_t type = 0; type < seL4_ObjectTypeCount; type++) {
        int expected =
            type == 5 || type == 7 || type == 8; /* huge, small and large page in the kernel's numbering */
        assert_int_equal(retype_is_frame(type), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_untypeds_and_cnodes_take_their_size_from_the_caller),
        cmocka_unit_test(what_fits_lies_inside_and_one_more_does_not),
        cmocka_unit_test(only_the_three_page_types_are_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
