/* The loader's view of a device tree: its real size, and its processors; damaged trees cost nothing but the
 * answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader.h"

#define TREE_MAX 1024u
#define RELEASE 10u
#define ADDRESS_CELLS 27u
#define SIZE_CELLS 42u
#define RANGES 54u
#define COMPATIBLE 61u

/* A tree under construction: header 40 bytes, empty reservations 16, structure from 56, then strings. */
struct tree {
    uint8_t b[TREE_MAX];
    size_t n;
};

static void word(struct tree *t, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        t->b[t->n++] = (uint8_t)(v >> shift);
}

static void word_at(struct tree *t, size_t at, uint32_t v)
{
    size_t n = t->n;
    t->n = at;
    word(t, v);
    t->n = n;
}

static void padded(struct tree *t, const void *data, size_t n)
{
    memcpy(t->b + t->n, data, n);
    t->n = (t->n + n + 3) & ~(size_t)3;
}

static void begin(struct tree *t, const char *name)
{
    word(t, 1);
    padded(t, name, strlen(name) + 1);
}

static void end(struct tree *t)
{
    word(t, 2);
}

static void prop(struct tree *t, uint32_t name_at, const uint32_t *cells, uint32_t count)
{
    word(t, 3);
    word(t, count * 4);
    word(t, name_at);
    for (uint32_t i = 0; i < count; i++)
        word(t, cells[i]);
}

/* Strings: "reg" at 0, "other" at 4, then RELEASE, ADDRESS_CELLS, SIZE_CELLS, RANGES, COMPATIBLE. */
static void finish(struct tree *t, size_t padding)
{
    static const char strings[] = "reg\0other\0cpu-release-addr\0#address-cells\0#size-cells\0ranges\0compatible";
    size_t structure = t->n - 56;
    size_t at = t->n;
    memcpy(t->b + t->n, strings, sizeof strings);
    t->n += sizeof strings + padding;
    word_at(t, 0, 0xd00dfeed);
    word_at(t, 4, (uint32_t)t->n);
    word_at(t, 8, 56);
    word_at(t, 12, (uint32_t)at);
    word_at(t, 16, 40);
    word_at(t, 20, 17);
    word_at(t, 24, 16);
    word_at(t, 32, sizeof strings);
    word_at(t, 36, (uint32_t)structure);
}

/* Two processors in /cpus (one with a 64-bit reg), one elsewhere that does not count, and reg properties that
 * are none. */
static struct tree machine(void)
{
    struct tree t = {.n = 56};
    const uint32_t first[] = {3}, second[] = {1, 0x102};
    begin(&t, "");
    begin(&t, "memory@40000000");
    prop(&t, 0, second, 2);
    begin(&t, "cpu@9");
    prop(&t, 0, first, 1);
    end(&t);
    end(&t);
    begin(&t, "cpus");
    prop(&t, 0, first, 1);
    begin(&t, "cpu-map");
    end(&t);
    begin(&t, "cpu@0");
    prop(&t, 4, second, 2);
    word(&t, 4); /* a no-op */
    prop(&t, 0, first, 1);
    begin(&t, "cache");
    prop(&t, 0, second, 2);
    end(&t);
    end(&t);
    begin(&t, "cpu@1");
    prop(&t, 0, second, 2);
    end(&t);
    end(&t);
    end(&t);
    word(&t, 9);
    return t;
}

static void padding_is_not_part_of_the_tree(void **state)
{
    struct tree t = machine(), bare = machine();
    finish(&t, 300);
    finish(&bare, 0);
    size_t real = fdt_real_size(t.b, sizeof t.b);
    assert_in_range(real, bare.n, bare.n + 7);
    fdt_trim(t.b, real);
    assert_int_equal(fdt_real_size(t.b, sizeof t.b), real);
    assert_int_equal(fdt_real_size(t.b, real), real);
    assert_int_equal(fdt_real_size(t.b, real - 1), 0);
}

static void what_is_no_tree_has_no_size(void **state)
{
    struct tree t = machine();
    finish(&t, 0);
    assert_int_equal(fdt_real_size(t.b, 39), 0);
    for (size_t field = 0; field < 40; field += 4) {
        struct tree broken = t;
        word_at(&broken, field, 0xfffffff0);
        size_t n = fdt_real_size(broken.b, sizeof broken.b);
        if (field == 16 || field == 20 || field == 24 || field == 28)
            assert_true(n > 0); /* reservations, versions, boot processor: not used */
        else
            assert_int_equal(n, 0);
    }
    word_at(&t, 20, 16);
    assert_int_equal(fdt_real_size(t.b, sizeof t.b), 0);
}

static void processors_are_counted_and_named_by_their_affinity(void **state)
{
    struct tree t = machine();
    struct core cores[4] = {{0, 0}};
    finish(&t, 0);
    assert_int_equal(fdt_cpus(t.b, t.n, cores, 4), 2);
    assert_int_equal(cores[0].mpidr, 3);
    assert_int_equal(cores[1].mpidr, 0x100000102);
    assert_int_equal(cores[2].mpidr, 0);
    assert_int_equal(cores[0].release, 0);
}

static void more_processors_than_room_are_counted_not_written(void **state)
{
    struct tree t = machine();
    struct core cores[2] = {{0, 0}, {77, 78}};
    finish(&t, 0);
    assert_int_equal(fdt_cpus(t.b, t.n, cores, 1), 2);
    assert_int_equal(cores[0].mpidr, 3);
    assert_int_equal(cores[1].mpidr, 77);
    assert_int_equal(cores[1].release, 78);
}

/* A Raspberry Pi 4: properties in any order, one core without a place to wait. */
static struct tree pi(void)
{
    struct tree t = {.n = 56};
    const uint32_t zero[] = {0}, one[] = {1}, two[] = {2}, d8[] = {0, 0xd8}, e0[] = {0xe0};
    const uint32_t low[] = {0, 0, 0x3b400000}, high[] = {0, 0x40000000, 0xbc000000, 1, 0, 0x80000000};
    begin(&t, "");
    prop(&t, ADDRESS_CELLS, two, 1);
    prop(&t, SIZE_CELLS, one, 1);
    begin(&t, "cpus");
    prop(&t, ADDRESS_CELLS, one, 1);
    begin(&t, "cpu@0");
    prop(&t, RELEASE, d8, 2);
    prop(&t, 0, zero, 1);
    end(&t);
    begin(&t, "cpu@1");
    prop(&t, 0, one, 1);
    prop(&t, RELEASE, e0, 1);
    end(&t);
    begin(&t, "cpu@2");
    prop(&t, 0, two, 1);
    end(&t);
    end(&t);
    begin(&t, "memory@0");
    prop(&t, 0, low, 3);
    end(&t);
    begin(&t, "memory@40000000");
    prop(&t, 4, low, 3);
    prop(&t, 0, high, 6);
    begin(&t, "deeper");
    prop(&t, 0, low, 3);
    end(&t);
    end(&t);
    end(&t);
    word(&t, 9);
    finish(&t, 0);
    return t;
}

static void cores_that_wait_in_a_table_are_found_there(void **state)
{
    struct tree t = pi();
    struct core cores[4] = {{0, 0}};
    assert_int_equal(fdt_cpus(t.b, t.n, cores, 4), 3);
    assert_int_equal(cores[0].release, 0xd8);
    assert_int_equal(cores[1].release, 0xe0);
    assert_int_equal(cores[2].release, 0);
    assert_int_equal(cores[2].mpidr, 2);
}

static void memory_is_what_its_nodes_say_in_the_roots_cells(void **state)
{
    struct tree t = pi();
    struct range r[4];
    assert_int_equal(fdt_memory(t.b, t.n, r, 4), 3);
    assert_int_equal(r[0].start, 0);
    assert_int_equal(r[0].end, 0x3b400000);
    assert_int_equal(r[1].start, 0x40000000);
    assert_int_equal(r[1].end, 0xfc000000);
    assert_int_equal(r[2].start, 0x100000000);
    assert_int_equal(r[2].end, 0x180000000);
    assert_int_equal(fdt_memory(t.b, t.n, r, 2), 2);
}

static void cells_of_an_impossible_size_are_no_memory(void **state)
{
    struct range r[4];
    struct tree t = pi();
    word_at(&t, 56 + 8 + 12, 3); /* #address-cells = 3 */
    assert_int_equal(fdt_memory(t.b, t.n, r, 4), 0);
}

/* Each structure word in turn becomes nonsense, in a block of exactly the tree's size: the sanitizer sees any
 * step outside. */
static void damage(struct tree t)
{
    static const uint32_t nonsense[] = {0, 1, 2, 3, 9, 0x7fffffff, 0xffffffff, 0xfffffffc};
    size_t real = fdt_real_size(t.b, sizeof t.b);
    for (size_t at = 56; at + 4 <= real; at += 4) {
        for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
            struct tree broken = t;
            struct core cores[4];
            struct range r[4];
            word_at(&broken, at, nonsense[i]);
            uint8_t *exact = malloc(real);
            assert_non_null(exact);
            memcpy(exact, broken.b, real);
            assert_in_range(fdt_cpus(exact, real, cores, 4), 0, 8);
            assert_in_range(fdt_memory(exact, real, r, 4), 0, 4);
            free(exact);
        }
    }
}

static void damaged_structures_end_the_walk(void **state)
{
    struct tree t = machine();
    finish(&t, 0);
    damage(t);
    damage(pi());
}

static void text_prop(struct tree *t, uint32_t name_at, const char *text, uint32_t n)
{
    word(t, 3);
    word(t, n);
    word(t, name_at);
    padded(t, text, n);
}

/* As QEMU's virt machine says it: a bus of its own whose addresses are 32 bits wide. */
static struct tree with_tpm(const char *compatible, uint32_t compatible_n, const uint32_t *ranges, uint32_t ranges_n)
{
    struct tree t = {.n = 56};
    const uint32_t two = 2, one = 1, reg[] = {0x1000, 0x5000};
    begin(&t, "");
    prop(&t, ADDRESS_CELLS, &two, 1);
    begin(&t, "memory@40000000");
    text_prop(&t, COMPATIBLE, "memory", 7);
    end(&t);
    begin(&t, "platform-bus@c000000");
    prop(&t, RANGES, ranges, ranges_n);
    prop(&t, ADDRESS_CELLS, &one, 1);
    begin(&t, "tpm_tis@0");
    prop(&t, 0, reg, 2);
    text_prop(&t, COMPATIBLE, compatible, compatible_n);
    end(&t);
    end(&t);
    end(&t);
    word(&t, 9);
    finish(&t, 0);
    return t;
}

static void a_tpm_is_found_behind_its_bus(void **state)
{
    static const uint32_t ranges[] = {0, 0, 0xc000000, 0x2000000}, moved[] = {0x800, 1, 0xc000000, 0x2000000};
    struct tree t = with_tpm("tcg,tpm-tis-mmio", 17, ranges, 4);
    assert_int_equal(fdt_tpm(t.b, t.n), 0xc001000);
    t = with_tpm("maker,chip\0tcg,tpm-tis-mmio", 28, moved, 4);
    assert_int_equal(fdt_tpm(t.b, t.n), 0x10c000800);
    t = with_tpm("tcg,tpm-tis-mmio", 17, ranges, 0);
    assert_int_equal(fdt_tpm(t.b, t.n), 0x1000);
    t = with_tpm("tcg,tpm-tis", 12, ranges, 4);
    assert_int_equal(fdt_tpm(t.b, t.n), 0);
    t = with_tpm("tcg,tpm-tis-mmio", 16, ranges, 4); /* its end is missing */
    assert_int_equal(fdt_tpm(t.b, t.n), 0);
    t = with_tpm("tcg,tpm-tis-mmio", 17, ranges, 2); /* the bus' address is not all there */
    assert_int_equal(fdt_tpm(t.b, t.n), 0);
    t = machine();
    finish(&t, 0);
    assert_int_equal(fdt_tpm(t.b, t.n), 0);
}

static void a_tpm_in_a_damaged_tree_costs_nothing_but_the_answer(void **state)
{
    static const uint32_t ranges[] = {0, 0, 0xc000000, 0x2000000};
    struct tree good = with_tpm("tcg,tpm-tis-mmio", 17, ranges, 4);
    for (size_t i = 56; i < good.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct tree t = good;
            t.b[i] ^= (uint8_t)(1u << bit);
            uint8_t *exact = malloc(t.n); /* so that a sanitizer sees a read behind it */
            assert_non_null(exact);
            memcpy(exact, t.b, t.n);
            fdt_tpm(exact, t.n);
            free(exact);
        }
    }
}


int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_is_not_part_of_the_tree),
        cmocka_unit_test(what_is_no_tree_has_no_size),
        cmocka_unit_test(processors_are_counted_and_named_by_their_affinity),
        cmocka_unit_test(more_processors_than_room_are_counted_not_written),
        cmocka_unit_test(cores_that_wait_in_a_table_are_found_there),
        cmocka_unit_test(memory_is_what_its_nodes_say_in_the_roots_cells),
        cmocka_unit_test(cells_of_an_impossible_size_are_no_memory),
        cmocka_unit_test(damaged_structures_end_the_walk),
        cmocka_unit_test(a_tpm_is_found_behind_its_bus),
        cmocka_unit_test(a_tpm_in_a_damaged_tree_costs_nothing_but_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
