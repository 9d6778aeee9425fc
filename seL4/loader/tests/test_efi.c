/* Firmware's map of memory as the loader reads it, and the way out of firmware: the firmware here is a few functions
 * that answer as the UEFI specification lets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "efi.h"

#define ENTRIES 8u
#define EACH 48u /* more than sizeof(struct efi_memory), as firmware's are */
#define GIB 0x40000000ull
#define MIB 0x100000ull

/* A map of entries of EACH bytes. */
struct world {
    _Alignas(8) uint8_t bytes[ENTRIES * EACH];
    struct efi_map map;
};

static void begin(struct world *w)
{
    memset(w, 0xa5, sizeof *w);
    w->map = (struct efi_map){.at = (struct efi_memory *)(void *)w->bytes, .room = sizeof w->bytes, .each = EACH};
}

static void put(struct world *w, uint32_t type, uint64_t start, uint64_t end)
{
    struct efi_memory m = {.type = type, .start = start, .pages = (end - start) / EFI_PAGE_BYTES};
    memcpy(w->bytes + w->map.bytes, &m, sizeof m);
    w->map.bytes += EACH;
}

static const struct range window = {GIB, 2 * GIB};

static void a_window_of_what_becomes_free_is_free_in_any_order(void **state)
{
    struct world w;
    begin(&w);
    put(&w, EFI_RUNTIME_SERVICES_DATA, 2 * GIB + MIB, 2 * GIB + 2 * MIB);
    put(&w, EFI_CONVENTIONAL, 2 * GIB - MIB, 2 * GIB + MIB);
    put(&w, EFI_BOOT_SERVICES_DATA, GIB, GIB + MIB);
    put(&w, EFI_MEMORY_MAPPED_IO, 0x09000000, 0x09001000);
    put(&w, EFI_LOADER_CODE, GIB + MIB, GIB + 2 * MIB);
    put(&w, EFI_ACPI_RECLAIM, GIB + 2 * MIB, 2 * GIB - MIB);
    assert_int_equal(efi_window_in(&w.map, window).obstacle, EFI_FREE);
}

static void what_firmware_keeps_is_named_with_its_extent(void **state)
{
    static const uint32_t kept[] = {
        EFI_RESERVED,   EFI_RUNTIME_SERVICES_CODE, EFI_RUNTIME_SERVICES_DATA,  EFI_UNUSABLE, EFI_ACPI_NVS, EFI_PAL_CODE,
        EFI_PERSISTENT, EFI_MEMORY_MAPPED_IO,      EFI_MEMORY_MAPPED_IO_PORTS, 0x70000001 /* a maker's own */};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct world w;
        begin(&w);
        put(&w, EFI_CONVENTIONAL, GIB, GIB + MIB);
        put(&w, kept[i], GIB + MIB, GIB + 3 * MIB);
        put(&w, EFI_CONVENTIONAL, GIB + 3 * MIB, 3 * GIB);
        struct efi_window v = efi_window_in(&w.map, window);
        assert_int_equal(v.obstacle, EFI_OCCUPIED);
        assert_int_equal(v.type, kept[i]);
        assert_int_equal(v.where.start, GIB + MIB);
        assert_int_equal(v.where.end, GIB + 3 * MIB);
    }
}

static void a_machine_with_less_memory_than_the_kernel_says_where_it_ends(void **state)
{
    struct world w;
    begin(&w);
    put(&w, EFI_CONVENTIONAL, GIB, GIB + 256 * MIB);
    put(&w, EFI_RUNTIME_SERVICES_CODE, GIB + 256 * MIB, GIB + 512 * MIB);
    put(&w, EFI_MEMORY_MAPPED_IO, 2 * GIB - MIB, 2 * GIB);
    struct efi_window v = efi_window_in(&w.map, window);
    assert_int_equal(v.obstacle, EFI_TOO_LITTLE);
    assert_int_equal(v.where.end, GIB + 512 * MIB);
}

static void a_hole_is_found_where_it_begins(void **state)
{
    struct world w;
    begin(&w);
    put(&w, EFI_CONVENTIONAL, GIB, GIB + MIB);
    put(&w, EFI_CONVENTIONAL, GIB + 2 * MIB, 2 * GIB);
    struct efi_window v = efi_window_in(&w.map, window);
    assert_int_equal(v.obstacle, EFI_HOLE);
    assert_int_equal(v.where.start, GIB + MIB);
}

static void an_entry_that_claims_more_than_there_are_addresses_ends_with_them(void **state)
{
    struct world w;
    begin(&w);
    put(&w, EFI_CONVENTIONAL, GIB, GIB + MIB);
    struct efi_memory m = {.type = EFI_CONVENTIONAL, .start = GIB + MIB, .pages = UINT64_MAX};
    memcpy(w.bytes + w.map.bytes, &m, sizeof m);
    w.map.bytes += EACH;
    assert_int_equal(efi_window_in(&w.map, window).obstacle, EFI_FREE);
}

static void an_empty_map_has_no_memory(void **state)
{
    struct world w;
    begin(&w);
    assert_int_equal(efi_window_in(&w.map, window).obstacle, EFI_TOO_LITTLE);
}

/* Firmware whose map changes `stale` times between being read and being used. */
static struct {
    uint64_t key, wants, each, stale;
    unsigned reads, exits;
    efi_status on_exit;
} fw;

static efi_status get_memory_map(uint64_t *bytes, struct efi_memory *map, uint64_t *key, uint64_t *each,
                                 uint32_t *version)
{
    uint64_t room = *bytes;
    fw.reads++;
    *bytes = fw.wants;
    *each = fw.each;
    *version = 1;
    *key = fw.key;
    if (room < fw.wants)
        return EFI_BUFFER_TOO_SMALL;
    memset(map, 0, fw.wants);
    return EFI_SUCCESS;
}

static efi_status exit_boot_services(efi_handle image, uint64_t key)
{
    fw.exits++;
    assert_ptr_equal(image, &fw);
    if (fw.on_exit)
        return fw.on_exit;
    if (fw.stale) {
        fw.stale--;
        fw.key++;
    }
    return key == fw.key ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
}

static const struct efi_boot_services services = {.get_memory_map = get_memory_map,
                                                  .exit_boot_services = exit_boot_services};

static efi_status leave(struct world *w, uint64_t wants, uint64_t stale)
{
    memset(&fw, 0, sizeof fw);
    fw.key = 41;
    fw.wants = wants;
    fw.each = EACH;
    fw.stale = stale;
    begin(w);
    return efi_leave(&services, &fw, &w->map);
}

static void firmware_is_left_with_the_key_of_the_map_that_was_read(void **state)
{
    struct world w;
    assert_int_equal(leave(&w, 2 * EACH, 0), EFI_SUCCESS);
    assert_int_equal(fw.reads, 1);
    assert_int_equal(w.map.bytes, 2 * EACH);
    assert_int_equal(w.map.each, EACH);
}

static void a_stale_key_is_tried_once_more_with_a_fresh_one(void **state)
{
    struct world w;
    assert_int_equal(leave(&w, EACH, 1), EFI_SUCCESS);
    assert_int_equal(fw.reads, 2);
    assert_int_equal(fw.exits, 2);
    assert_int_equal(leave(&w, EACH, 2), EFI_INVALID_PARAMETER);
    assert_int_equal(fw.exits, 2);
}

static void another_refusal_is_not_tried_again(void **state)
{
    struct world w;
    memset(&fw, 0, sizeof fw);
    begin(&w);
    fw.each = EACH;
    fw.on_exit = EFI_ERROR(9);
    assert_int_equal(efi_leave(&services, &fw, &w.map), EFI_ERROR(9));
    assert_int_equal(fw.exits, 1);
}

static void a_map_that_does_not_fit_says_what_it_takes(void **state)
{
    struct world w;
    assert_int_equal(leave(&w, sizeof w.bytes + EACH, 0), EFI_BUFFER_TOO_SMALL);
    assert_int_equal(w.map.bytes, sizeof w.bytes + EACH);
    assert_int_equal(fw.exits, 0);
}

static void entries_that_are_too_short_are_not_read(void **state)
{
    struct world w;
    memset(&fw, 0, sizeof fw);
    begin(&w);
    fw.each = 32;
    assert_int_equal(efi_read_map(&services, &w.map), EFI_INVALID_PARAMETER);
    fw.each = 0;
    assert_int_equal(efi_read_map(&services, &w.map), EFI_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_of_what_becomes_free_is_free_in_any_order),
        cmocka_unit_test(what_firmware_keeps_is_named_with_its_extent),
        cmocka_unit_test(a_machine_with_less_memory_than_the_kernel_says_where_it_ends),
        cmocka_unit_test(a_hole_is_found_where_it_begins),
        cmocka_unit_test(an_entry_that_claims_more_than_there_are_addresses_ends_with_them),
        cmocka_unit_test(an_empty_map_has_no_memory),
        cmocka_unit_test(firmware_is_left_with_the_key_of_the_map_that_was_read),
        cmocka_unit_test(a_stale_key_is_tried_once_more_with_a_fresh_one),
        cmocka_unit_test(another_refusal_is_not_tried_again),
        cmocka_unit_test(a_map_that_does_not_fit_says_what_it_takes),
        cmocka_unit_test(entries_that_are_too_short_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
