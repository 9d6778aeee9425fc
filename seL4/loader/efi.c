/* The loader as a UEFI application: what can be known is checked while firmware's console still shows it, then firmware
 * is left, and all goes on as if the loader had been started without it. */
#include "efi.h"

#include <string.h>

#define LINE_MAX 120u
#define VENDOR_MAX 32u

static const struct efi_guid loaded_image_guid = {
    0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
static const struct efi_guid device_tree_guid = {
    0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};

static struct efi_text_output *console;
static uint16_t line[LINE_MAX + 1];
static size_t line_length;

/* Firmware is handed lines, not characters: a screen is slow. */
static void to_console(char c)
{
    line[line_length++] = (uint8_t)c;
    if (c != '\n' && line_length < LINE_MAX)
        return;
    line[line_length] = 0;
    line_length = 0;
    console->output_string(console, line);
}

static void say_vendor(const uint16_t *text)
{
    char name[VENDOR_MAX + 1];
    size_t n = 0;
    while (text && n < VENDOR_MAX && text[n]) {
        name[n] = text[n] >= ' ' && text[n] < 127 ? (char)text[n] : '?';
        n++;
    }
    say_n(name, n);
}

static void greet(const struct efi_system_table *system)
{
    say("loader: cohesix, started by UEFI ");
    say_dec(system->header.revision >> 16);
    say(".");
    say_dec((system->header.revision & 0xffff) / 10);
    say(" of ");
    say_vendor(system->vendor);
    say(" at ");
    say_hex((uint64_t)(uintptr_t)image_start);
    say(", EL");
    say_dec(cpu_el());
    say("\n");
}

/* Firmware put all of the file where its header says, and room behind it: device tree, then map of memory. */
static uint64_t check_loaded(efi_handle self, const struct efi_system_table *system, uint64_t room)
{
    void *found = NULL;
    efi_status status = system->boot->handle_protocol(self, &loaded_image_guid, &found);
    if (status != EFI_SUCCESS || !found)
        halt_at("UEFI: HandleProtocol answers", status, " for this image: the firmware does not say where it is");
    const struct efi_loaded_image *image = found;
    uint64_t end = room + PAYLOAD_SLACK + EFI_MAP_BYTES;
    uint64_t start = (uint64_t)(uintptr_t)image_start;
    if (image->base > start || image->bytes < end - image->base)
        halt_at("UEFI: the image was loaded only up to", image->base + image->bytes,
                ": its header does not belong to it; write it again");
    return end;
}

/* Firmware's tree, trimmed, at `room`; 0 when it has none and the image does. */
static uint64_t take_tree(const struct payload_table *t, const struct efi_system_table *system, uint64_t room)
{
    for (uint64_t i = 0; i < system->tables; i++) {
        if (memcmp(&system->table[i].guid, &device_tree_guid, sizeof device_tree_guid) != 0)
            continue;
        uint8_t *to = (uint8_t *)(uintptr_t)room;
        const uint8_t *from = system->table[i].table;
        size_t n = from ? fdt_real_size(from, FDT_MAX_BYTES) : 0;
        if (!n || n > PAYLOAD_SLACK)
            halt_at("UEFI: the firmware's device tree at", (uint64_t)(uintptr_t)from,
                    n ? " is larger than 128 KiB" : " is none: it has no valid header");
        memcpy(to, from, n);
        fdt_trim(to, n);
        say("loader: device tree of the firmware, ");
        say_dec(n);
        say(" bytes\n");
        return room;
    }
    if (!payload_has(t, PAYLOAD_DTB))
        halt("no device tree: the firmware has none (it speaks ACPI) and the image carries none; make the image with "
             "--dtb, or have the firmware give one (QEMU: -machine virt,acpi=off)");
    say("loader: device tree of the image: the firmware has none\n");
    return 0;
}

static const char *type_name(uint32_t type)
{
    switch (type) {
    case EFI_RESERVED:
        return "reserved";
    case EFI_RUNTIME_SERVICES_CODE:
        return "runtime services code";
    case EFI_RUNTIME_SERVICES_DATA:
        return "runtime services data";
    case EFI_UNUSABLE:
        return "broken memory";
    case EFI_ACPI_NVS:
        return "ACPI's own memory";
    case EFI_MEMORY_MAPPED_IO:
    case EFI_MEMORY_MAPPED_IO_PORTS:
        return "a device";
    case EFI_PERSISTENT:
        return "persistent memory";
    default:
        return "of a type that this loader does not know";
    }
}

static void say_range(struct range r)
{
    say_hex(r.start);
    say(" to ");
    say_hex(r.end);
}

/* The kernel has all of its window for memory: nothing of firmware's may stay in it. */
static void check_window(const struct efi_map *map, struct range window)
{
    struct efi_window w = efi_window_in(map, window);
    if (w.obstacle == EFI_FREE)
        return;
    say("loader: halted: ");
    if (w.obstacle == EFI_TOO_LITTLE) {
        say("too little memory: it ends at ");
        say_hex(w.where.end);
    } else if (w.obstacle == EFI_HOLE) {
        say("no memory at ");
        say_hex(w.where.start);
    } else {
        say_range(w.where);
        say(" is the firmware's: ");
        say(type_name(w.type));
    }
    say("; the kernel was compiled for all of ");
    say_range(window);
    say(": give the machine more memory than that, so that the firmware keeps out of its way (QEMU: -m ");
    say_dec(window.end >> 20); /* virt's memory begins at 1 GiB: one more than the kernel has */
    say("), or build the kernel for less\n");
    asleep();
}

struct efi_start efi_main(efi_handle self, const struct efi_system_table *system)
{
    console = system->out;
    if (console)
        say_through(to_console);
    greet(system);
    const struct payload_table *t = check_image();
    check_machine(t);
    uint64_t room = page_up((uint64_t)(uintptr_t)t + t->total_bytes);
    struct efi_start start = {0, check_loaded(self, system, room)};
    check_payloads(t);
    start.dtb = take_tree(t, system, room);

    struct efi_map map = {.at = (struct efi_memory *)(uintptr_t)(room + PAYLOAD_SLACK), .room = EFI_MAP_BYTES};
    efi_status status = efi_read_map(system->boot, &map);
    if (status != EFI_SUCCESS)
        halt_at("UEFI: GetMemoryMap answers", status,
                status == EFI_BUFFER_TOO_SMALL ? ": its map is larger than 64 KiB" : "");
    struct range window = {t->ram_start, t->ram_end};
    check_window(&map, window);
    say("loader: ");
    say_range(window);
    say(" is free; leaving the firmware\n");
    say_through(NULL);
    status = efi_leave(system->boot, self, &map);
    if (status != EFI_SUCCESS)
        halt_at("UEFI: ExitBootServices answers", status, ": the firmware does not let go of the machine");
    return start;
}
