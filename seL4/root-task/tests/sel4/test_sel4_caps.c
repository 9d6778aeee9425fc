/* The allocator against a model of the kernel's rules for untypeds: ascending, aligned, one slot an
 * object. The model refuses what seL4 refuses; the allocator must never be refused, or say
 * by name what is missing. */
#include "generated/manifest.h"
#include "support/test.h"

#include <stdlib.h>

#include <sel4/sel4.h>

/* ---- the kernel ---- */

struct untyped {
    seL4_CPtr cap;
    uint64_t base, used;
    uint8_t bits;
    bool device;
};

#define SLOTS 4096u
static struct untyped untypeds[1024];
static uint32_t untypeds_n;
static bool slot_taken[SLOTS];
static uint64_t slot_paddr[SLOTS];
static uint64_t
    cleared; /* bytes of RAM untypeds that were opened: the kernel clears each at its first retype */

static seL4_IPCBuffer buffer; /* for what a refused retype says is there */
__thread seL4_IPCBuffer *__sel4_ipc_buffer = &buffer;

static seL4_Word object_bits(seL4_Word type, seL4_Word size_bits)
{
    return type == seL4_UntypedObject         ? size_bits
           : type == seL4_ARM_SmallPageObject ? seL4_PageBits
           : type == seL4_ARM_LargePageObject ? seL4_LargePageBits
           : type == seL4_ARM_PageTableObject ? seL4_PageTableBits
           : type == seL4_NotificationObject  ? seL4_NotificationBits
                                              : 64;
}

static seL4_Error seL4_Untyped_Retype(seL4_CPtr service, seL4_Word type, seL4_Word size_bits, seL4_CNode root,
                                      seL4_Word index, seL4_Word depth, seL4_Word offset, seL4_Word count)
{
    assert_true(root == seL4_CapInitThreadCNode && index == 0 && depth == 0);
    struct untyped *u = NULL;
    for (uint32_t i = 0; i < untypeds_n && u == NULL; i++)
        u = untypeds[i].cap == service ? &untypeds[i] : NULL;
    assert_non_null(u);
    if (count == 0 || count > CONFIG_RETYPE_FAN_OUT_LIMIT)
        return seL4_RangeError;
    if (offset >= SLOTS || count > SLOTS - offset)
        return seL4_RangeError;
    for (seL4_Word slot = offset; slot < offset + count; slot++) {
        if (slot_taken[slot])
            return seL4_DeleteFirst;
    }
    seL4_Word bits = object_bits(type, size_bits);
    uint64_t size = UINT64_C(1) << bits, from = (u->used + size - 1) & ~(size - 1);
    seL4_SetMR(0, (UINT64_C(1) << u->bits) - u->used);
    if (from + count * size > UINT64_C(1) << u->bits)
        return seL4_NotEnoughMemory;
    if (u->device && type != seL4_UntypedObject && type != seL4_ARM_SmallPageObject &&
        type != seL4_ARM_LargePageObject)
        return seL4_InvalidArgument;
    cleared += u->used == 0 && !u->device ? UINT64_C(1) << u->bits : 0;
    for (seL4_Word i = 0; i < count; i++) {
        seL4_Word slot = offset + i;
        slot_taken[slot] = true;
        slot_paddr[slot] = u->base + from + i * size;
        if (type == seL4_UntypedObject)
            untypeds[untypeds_n++] =
                (struct untyped){slot, u->base + from + i * size, 0, (uint8_t)bits, u->device};
    }
    u->used = from + count * size;
    return seL4_NoError;
}

/* ---- halts are caught ---- */

static char said[256];

#include "plat/sel4/halt.h"

_Noreturn void halt_pieces(struct cap_name name, const struct piece *p, size_t n)
{
    struct buf b = buf_of(said, sizeof said - 1);
    buf_say(&b, name.base);
    if (name.index >= 0)
        buf_say(&b, "[", (uint64_t)name.index, "]");
    buf_pieces(&b, p, n);
    said[b.n] = 0;
    panic_expected = false;
    longjmp(panic_return, 1);
}
void sel4_must(struct cap_name name, const char *operation, unsigned long error)
{
    if (error != seL4_NoError)
        halt(name, operation, ": error ", error);
}

#include "plat/sel4/caps.c"

/* ---- boards ---- */

static seL4_BootInfo *bi;

static void board(void)
{
    memset(untypeds, 0, sizeof untypeds);
    memset(slot_taken, 0, sizeof slot_taken);
    untypeds_n = regions_n = 0;
    caps_taken = (struct hive_taken){0, 0, 0};
    cleared = 0;
    free(bi);
    bi = calloc(1, sizeof *bi);
    bi->untyped.start = 64;
    bi->initThreadCNodeSizeBits = 12;
}

static void add(uint64_t base, uint8_t bits, bool device)
{
    seL4_Word i = bi->untyped.end == 0 ? 0 : bi->untyped.end - bi->untyped.start;
    bi->untypedList[i] = (seL4_UntypedDesc){.paddr = base, .sizeBits = bits, .isDevice = device};
    bi->untyped.end = bi->untyped.start + i + 1;
    untypeds[untypeds_n++] = (struct untyped){bi->untyped.start + i, base, 0, bits, device};
}

static void boot(seL4_Word empty_start, seL4_Word empty_end)
{
    for (seL4_Word i = 0; i < empty_start; i++)
        slot_taken[i] = true;
    bi->empty.start = empty_start;
    bi->empty.end = empty_end;
    caps_init(bi);
}

/* QEMU's board as the kernel describes it, roughly. */
static void qemu_board(void)
{
    board();
    add(0, 27, true);
    add(0x08011000, 12, true);
    add(0x09000000, 24, true);
    add(0x0a000000, 25, true);
    add(0x10000000, 28, true);
    for (uint8_t bits = 14; bits <= 29; bits++)
        add(0x40000000u + (UINT64_C(1) << bits), bits, false);
    boot(178, 4096);
}

static void device_frames_lie_where_they_were_asked_for(void **state)
{
    static const uint64_t where[] = {0x0a003000, 0x09010000, 0x09000000, 0x0a000000,
                                     0x09030000, 0x0a002000, 0x0a001000};
    qemu_board();
    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
        seL4_CPtr cap = caps_device(where[i], cap_name_at("frame", (uint32_t)i));
        assert_int_equal(slot_paddr[cap], where[i]);
    }
}

static void a_device_frame_is_given_once(void **state)
{
    qemu_board();
    caps_device(0x09000000, cap_name("uart.frame"));
    EXPECT_PANIC(caps_device(0x09000000, cap_name("uart.frame")));
    assert_string_equal(said, "uart.frame: no device memory left at physical address 0x9000000");
    EXPECT_PANIC(caps_device(0x08000000, cap_name("gic")));
    assert_string_equal(said, "gic: no device memory left at physical address 0x8000000");
}

static void small_objects_open_no_large_untyped(void **state)
{
    qemu_board();
    caps_new(seL4_NotificationObject, seL4_NotificationBits, cap_name("n"));
    caps_new(seL4_ARM_PageTableObject, seL4_PageTableBits, cap_name("t"));
    caps_new(seL4_ARM_SmallPageObject, seL4_PageBits, cap_name("f"));
    assert_int_equal(cleared, 16384);
    caps_new(seL4_ARM_LargePageObject, seL4_LargePageBits, cap_name("l"));
    assert_int_equal(cleared, 16384 + (2u << 20));
}

static void of_equal_untypeds_the_last_is_opened(void **state)
{
    board();
    add(0x40000000, 16, false);
    add(0x50000000, 17, false);
    add(0x60000000, 16, false);
    boot(100, 4096);
    assert_int_equal(slot_paddr[caps_new(seL4_ARM_SmallPageObject, seL4_PageBits, cap_name("page"))], 0x60000000);
    assert_int_equal(cleared, 65536);
}

static void what_is_large_is_untouched_until_something_is_made_of_it(void **state)
{
    qemu_board();
    add(0x80000000, 31, true);
    add(0x100000000, 30, false);
    regions_n = 0;
    caps_init(bi);
    uint64_t slots = caps_taken.slots;
    assert_true(caps_untouched(30) && caps_untouched(31) && caps_untouched(40));
    assert_true(caps_taken.slots == slots && cleared == 0);
    caps_new(seL4_ARM_LargePageObject, seL4_LargePageBits, cap_name("small"));
    assert_true(caps_untouched(30) && !caps_untouched(21));
    caps_device(0x80000000, cap_name("device"));
    assert_true(!caps_untouched(30) && !caps_untouched(31) && caps_untouched(32));
    /* Without two free slots the kernel does not come to what is left. */
    qemu_board();
    assert_true(caps_untouched(29));
    slot_next = slot_end - 1;
    assert_false(caps_untouched(29));
}

static void many_come_in_as_few_runs_as_there_is_room_for(void **state)
{
    qemu_board();
    seL4_CPtr first = caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, 5, cap_name("hive"));
    assert_int_equal(cleared, 16u << 20);
    for (uint32_t i = 1; i < 5; i++)
        assert_int_equal(slot_paddr[first + i], slot_paddr[first] + i * (UINT64_C(1) << seL4_LargePageBits));
    /* 1 GiB less what lies before 2 MiB and the half of it that is in use: more than the fan-out limit, from every untyped. */
    assert_int_equal(caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, 506, cap_name("hive")), first + 5);
    assert_int_equal(cleared, (UINT64_C(1) << 30) - (2u << 20));
    EXPECT_PANIC(caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, 1, cap_name("hive")));
    assert_string_equal(said, "hive: no untyped memory left for an object of size 0x200000");
}

static void new_pages(uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        caps_new(seL4_ARM_SmallPageObject, seL4_PageBits, cap_name_at(name, i));
}

static void many_objects_come_from_several_untypeds_and_each_is_another(void **state)
{
    board();
    add(0x40000000, 21, false);
    add(0x50000000, 22, false);
    add(0x60000000, 20, false);
    boot(100, 4096);
    new_pages(1700, "page");
    bool seen[3][1024] = {{false}};
    for (uint32_t i = 0; i < 1700; i++) {
        uint64_t p = slot_paddr[100 + i];
        uint32_t page = (uint32_t)(p & 0xfffffff) >> 12;
        bool *s = &seen[(p >> 28) - 4][page];
        assert_false(*s);
        *s = true;
    }
    new_pages(92, "page");
    EXPECT_PANIC(caps_new(seL4_ARM_SmallPageObject, seL4_PageBits, cap_name_at("page", 92)));
    assert_string_equal(said, "page[92]: no untyped memory left for an object of size 0x1000");
}

static void a_full_root_cnode_is_named_with_what_was_wanted(void **state)
{
    board();
    add(0x40000000, 24, false);
    boot(100, 110);
    new_pages(8, "page");
    EXPECT_PANIC(new_pages(4, "hive.page"));
    assert_string_equal(said, "hive.page[2]: the root CNode is full");
}

static void boot_information_that_can_not_be_is_refused(void **state)
{
    board();
    bi->untyped.end = bi->untyped.start + CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS + 1;
    bi->empty.end = 4096;
    EXPECT_PANIC(caps_init(bi));
    assert_string_equal(said, "bootinfo: impossible number of untypeds 0xe7");
    board();
    add(0x40000000, 63, false);
    bi->empty.end = 4096;
    EXPECT_PANIC(caps_init(bi));
    assert_string_equal(said, "untyped[0]: impossible size bits 0x3f");
}

static void what_was_taken_is_counted(void **state)
{
    qemu_board();
    caps_slot(cap_name("slot"));
    assert_true(caps_taken.slots == 1 && caps_taken.ram == 0 && caps_taken.device == 0);
    new_pages(2, "page");
    assert_true(caps_taken.slots == 3 && caps_taken.ram == 2 * 4096);
    assert_int_not_equal(caps_untyped(15), seL4_CapNull);
    assert_true(caps_taken.slots == 4 && caps_taken.ram == 2 * 4096 + 32768);
    /* What lies before a device's page is split off, one slot each piece, and is there to be used. */
    uint32_t pieces = regions_n;
    caps_device(0x09010000, cap_name("device"));
    assert_true(caps_taken.device == 4096 && caps_taken.slots == 5 + regions_n - pieces);
    caps_device(0x09000000, cap_name("device"));
    assert_true(caps_taken.device == 2 * 4096);
    /* A page's rest that nothing can be made of any more is gone. */
    uint64_t ram = caps_taken.ram;
    caps_new(seL4_NotificationObject, seL4_NotificationBits, cap_name("small"));
    new_pages(1, "page");
    assert_int_equal(caps_taken.ram, ram + 2 * 4096);
}

static void any_order_of_requests_is_one_that_the_kernel_grants(void **state)
{
    uint32_t x = 1;
    for (int round = 0; round < 200; round++) {
        qemu_board();
        bool given[8][64] = {{false}};
        for (int i = 0; i < 60; i++) {
            x = x * 1664525u + 1013904223u;
            uint32_t r = x >> 16;
            uint32_t page = r % 64;
            if (r % 3 == 0)
                caps_new(seL4_ARM_LargePageObject, seL4_LargePageBits, cap_name("large"));
            else if (r % 3 == 1)
                new_pages(page + 1, "small");
            else if (!given[0][page] && page < 64) {
                given[0][page] = true;
                seL4_CPtr cap = caps_device(0x09000000 + page * 4096u, cap_name("device"));
                assert_int_equal(slot_paddr[cap], 0x09000000 + page * 4096u);
            }
        }
    }
}

/* ---- a Pi 4 under the verified configuration ---- */

#define PI_UNTYPEDS 50u
#define KERNEL_SLOTS 16u
#define IMAGE_SLOTS 1024u /* pages of the rootserver: far more than it has */

/* A stretch of memory as untypeds are: aligned powers of two, ascending. What is beyond the 50th is lost. */
static void add_stretch(uint64_t from, uint64_t end, bool device)
{
    while (from < end && untypeds_n < PI_UNTYPEDS) {
        uint8_t bits = from == 0 ? seL4_MaxUntypedBits : (uint8_t)__builtin_ctzll(from);
        while (bits > seL4_MaxUntypedBits || UINT64_C(1) << bits > end - from)
            bits--;
        add(from, bits, device);
        from += UINT64_C(1) << bits;
    }
}

/* What support/platform_gen.json of a bcm2711 build says, in BootInfo's order: devices first, then small pieces
 * that the kernel has left over from its own boot (six were seen), then RAM behind the rootserver, which ends
 * at image_end. */
static void pi_board(uint64_t image_end)
{
    static const uint64_t device[][2] = {{0, 0x1000}, {0x3b400000, 0x40000000}, {0xfc000000, 0xff800000},
        {0xff801000, 0xff841000}, {0xff843000, 0xff844000}, {0xff845000, 0x100000000}, {0x200000000, 0x100000000000}};
    const uint64_t ram[][2] = {{image_end, 0x3b400000}, {0x40000000, 0xfc000000}, {0x100000000, 0x200000000}};
    board();
    bi->untyped.start = KERNEL_SLOTS + IMAGE_SLOTS;
    for (size_t i = 0; i < sizeof device / sizeof device[0]; i++)
        add_stretch(device[i][0], device[i][1], true);
    for (uint8_t bits = seL4_MinUntypedBits; bits < seL4_MinUntypedBits + 6; bits++)
        add(0x1000 + (UINT64_C(1) << bits), bits, false);
    for (size_t i = 0; i < sizeof ram / sizeof ram[0]; i++)
        add_stretch(ram[i][0], ram[i][1], false);
    assert_int_equal(untypeds_n, PI_UNTYPEDS);
    boot(bi->untyped.end, SLOTS);
}

static void the_verified_configuration_of_a_pi_4_has_room_for_everything(void **state)
{
    static const uint64_t where[] = {0xfe201000, 0xfe003000, 0xfd580000, 0xfd581000, 0xfd582000, 0xfd583000,
                                     0xfd584000, 0xfd585000, 0xfe00b000, 0xfe104000, 0xfe200000};
    /* The loader rounds the rootserver's end up to 64 KiB; at any page of this range there could be less RAM. */
    for (uint64_t image_end = 0x240000; image_end < 0x680000; image_end += 0x10000) {
        pi_board(image_end);
        for (size_t i = 0; i < sizeof where / sizeof where[0]; i++)
            assert_int_equal(slot_paddr[caps_device(where[i], cap_name_at("device", (uint32_t)i))], where[i]);
        caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, COH_PROFILE_RAM_BUDGET_BYTES >> seL4_LargePageBits, cap_name("hive"));
        for (uint32_t i = 0; i < 64; i++) {
            caps_new(seL4_ARM_PageTableObject, seL4_PageTableBits, cap_name("table"));
            caps_new(seL4_NotificationObject, seL4_NotificationBits, cap_name("notification"));
        }
        new_pages(512, "task.page");
        assert_true(regions_n <= PI_UNTYPEDS + 128);
        assert_true(slot_end - slot_next >= 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_frames_lie_where_they_were_asked_for),
        cmocka_unit_test(a_device_frame_is_given_once),
        cmocka_unit_test(small_objects_open_no_large_untyped),
        cmocka_unit_test(of_equal_untypeds_the_last_is_opened),
        cmocka_unit_test(what_is_large_is_untouched_until_something_is_made_of_it),
        cmocka_unit_test(many_come_in_as_few_runs_as_there_is_room_for),
        cmocka_unit_test(many_objects_come_from_several_untypeds_and_each_is_another),
        cmocka_unit_test(a_full_root_cnode_is_named_with_what_was_wanted),
        cmocka_unit_test(boot_information_that_can_not_be_is_refused),
        cmocka_unit_test(what_was_taken_is_counted),
        cmocka_unit_test(any_order_of_requests_is_one_that_the_kernel_grants),
        cmocka_unit_test(the_verified_configuration_of_a_pi_4_has_room_for_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
