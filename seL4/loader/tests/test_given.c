/* What a start brings along: U-Boot's arguments, and a machine whose memory is less than the kernel's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "generated/board.h"
#include "loader.h"

static struct range machine[16];
static unsigned machine_n;
static char said[512];
static jmp_buf stopped;

unsigned fdt_memory(const uint8_t *p, size_t n, struct range *out, unsigned max)
{
    assert_true(machine_n <= max);
    memcpy(out, machine, machine_n * sizeof *out);
    return machine_n;
}

void say(const char *text)
{
    size_t n = strlen(said);
    snprintf(said + n, sizeof said - n, "%s", text);
}

void say_hex(uint64_t v)
{
    char b[24];
    snprintf(b, sizeof b, "0x%llx", (unsigned long long)v);
    say(b);
}

_Noreturn void asleep(void) { longjmp(stopped, 1); }

static const char *compatibles[2];

bool fdt_compatible(const uint8_t *p, size_t n, const char *with)
{
    return strcmp(compatibles[0], with) == 0 || strcmp(compatibles[1], with) == 0;
}

/* The line it stopped with; "" when it went on. */
static const char *checked(const struct range *wants, size_t n)
{
    said[0] = 0;
    if (!setjmp(stopped))
        check_memory(wants, n, NULL, 0);
    return said;
}

static const struct range two_gib[] = {{0x1000, 0x3b400000}, {0x40000000, 0x80000000}};

static void a_machine_with_all_the_memory_goes_on(void **state)
{
    machine[0] = (struct range){0x40000000, 0x60000000};
    machine[1] = (struct range){0x0, 0x3c000000};
    machine[2] = (struct range){0x60000000, 0xfc000000};
    machine_n = 3;
    assert_string_equal(checked(two_gib, 2), "");
}

static void a_smaller_machine_is_named_with_what_it_lacks(void **state)
{
    machine[0] = (struct range){0x0, 0x3b400000};
    machine_n = 1;
    assert_string_equal(checked(two_gib, 2),
                        "loader: halted: the kernel was compiled for memory up to 0x80000000, this machine has none at "
                        "0x40000000: take an image for its size (Raspberry Pi 4: a kernel built with "
                        "RPI4_MEMORY=1024, 2048 or 4096), or give it as much (QEMU: -m)\n");
    machine[1] = (struct range){0x40000000, 0x7fffffff};
    machine_n = 2;
    assert_non_null(strstr(checked(two_gib, 2), "none at 0x7fffffff:"));
    machine_n = 0;
    assert_non_null(strstr(checked(two_gib, 2), "none at 0x1000:"));
}

static void another_board_is_named_by_what_its_tree_lacks(void **state)
{
    static const char *const lacks[][2] = {{COH_BOARD_COMPATIBLE, COH_BOARD_GIC_COMPATIBLE},
                                           {COH_BOARD_COMPATIBLE, "arm,gic-v3"},
                                           {"brcm,bcm2711", COH_BOARD_GIC_COMPATIBLE}};
    static const char *const says[] = {NULL, "nothing compatible with " COH_BOARD_GIC_COMPATIBLE ":",
                                       "nothing compatible with " COH_BOARD_COMPATIBLE ":"};
    for (size_t i = 0; i < 3; i++) {
        memcpy(compatibles, lacks[i], sizeof compatibles);
        said[0] = 0;
        if (!setjmp(stopped))
            check_board(NULL, 0);
        if (says[i])
            assert_non_null(strstr(said, says[i]));
        else
            assert_string_equal(said, "");
    }
}

static void a_tree_lies_in_the_kernels_memory_or_in_the_images_gib(void **state)
{
    const struct range ram = {0x60000000, 0x80000000}, self = {0x50000000, 0x50080000};
    assert_int_equal(tree_room(0x60001000, self, ram), 0x1ffff000);
    assert_int_equal(tree_room(0x48000000, self, ram), 0x38000000); /* a kernel in EL2 begins behind it */
    assert_int_equal(tree_room(0x2, self, ram), 0);
    assert_int_equal(tree_room(0x80000000, self, ram), 0);
}

static void the_range_check_ends_on_empty_and_turned_ranges(void **state)
{
    machine[0] = (struct range){0x1000, 0x1000};
    machine[1] = (struct range){0x2000, 0x1000};
    machine_n = 2;
    assert_non_null(strstr(checked(two_gib, 2), "none at 0x1000:"));
}

static uint64_t go(uint64_t argc, const char *word)
{
    const char *argv[] = {"8000000", word, NULL};
    return given_tree(argc, (uint64_t)(uintptr_t)argv);
}

static void go_may_name_the_tree(void **state)
{
    assert_int_equal(go(2, "2eff3b00"), 0x2eff3b00);
    assert_int_equal(go(2, "0x2EFF3B00"), 0x2eff3b00);
    assert_int_equal(go(2, ""), 0);
    assert_int_equal(go(2, NULL), 0);
    assert_int_equal(go(2, "2eff3b0g"), 0);
    assert_int_equal(go(2, "-1"), 0);
    assert_int_equal(go(2, "11112222333344445"), 0);
    assert_int_equal(go(2, "1111222233334444"), 0x1111222233334444);
}

static void other_starts_pass_the_tree_itself(void **state)
{
    assert_int_equal(given_tree(0x8000000, 0), 0x8000000);
    assert_int_equal(given_tree(0, 0), 0);
    assert_int_equal(given_tree(2, 0), 2);
    assert_int_equal(given_tree(2, 0x1001), 2);
    assert_int_equal(go(1, "2eff3b00"), 1);
    assert_int_equal(go(3, "2eff3b00"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_with_all_the_memory_goes_on),
        cmocka_unit_test(a_smaller_machine_is_named_with_what_it_lacks),
        cmocka_unit_test(another_board_is_named_by_what_its_tree_lacks),
        cmocka_unit_test(a_tree_lies_in_the_kernels_memory_or_in_the_images_gib),
        cmocka_unit_test(the_range_check_ends_on_empty_and_turned_ranges),
        cmocka_unit_test(go_may_name_the_tree),
        cmocka_unit_test(other_starts_pass_the_tree_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
