/* UEFI as far as the loader speaks it: layouts and numbers of the UEFI specification 2.10 (chapters 4, 7, 9, 12 and
 * appendix D), all little-endian, all pointers and UINTN of 64 bits. Members that the loader does not use are only
 * counted. On AArch64 firmware calls as C does (AAPCS64) and owns x18. */
#pragma once

#include "loader.h"

#pragma GCC visibility push(hidden)

typedef void *efi_handle;
typedef uint64_t efi_status;

#define EFI_SUCCESS 0u
#define EFI_ERROR(n) ((1ull << 63) | (n))
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_BUFFER_TOO_SMALL EFI_ERROR(5)
#define EFI_PAGE_BYTES 4096u

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

struct efi_table_header {
    uint64_t signature;
    uint32_t revision; /* major << 16 | minor * 10 */
    uint32_t header_bytes, crc32, reserved;
};

struct efi_text_output {
    void *reset;
    efi_status (*output_string)(struct efi_text_output *self, const uint16_t *text);
};

/* What a range of physical memory is. */
enum efi_memory_type {
    EFI_RESERVED,
    EFI_LOADER_CODE,
    EFI_LOADER_DATA,
    EFI_BOOT_SERVICES_CODE,
    EFI_BOOT_SERVICES_DATA,
    EFI_RUNTIME_SERVICES_CODE,
    EFI_RUNTIME_SERVICES_DATA,
    EFI_CONVENTIONAL,
    EFI_UNUSABLE,
    EFI_ACPI_RECLAIM,
    EFI_ACPI_NVS,
    EFI_MEMORY_MAPPED_IO,
    EFI_MEMORY_MAPPED_IO_PORTS,
    EFI_PAL_CODE,
    EFI_PERSISTENT,
};

/* Firmware's may be longer: the next one lies map.each bytes on. */
struct efi_memory {
    uint32_t type, zero;
    uint64_t start, virtual_start, pages, attributes;
};

struct efi_boot_services {
    struct efi_table_header header;
    void *raise_tpl[4]; /* to FreePages */
    efi_status (*get_memory_map)(uint64_t *bytes, struct efi_memory *map, uint64_t *key, uint64_t *each,
                                 uint32_t *version);
    void *allocate_pool[11]; /* to UninstallProtocolInterface */
    efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol, void **interface);
    void *reserved[9]; /* to UnloadImage */
    efi_status (*exit_boot_services)(efi_handle image, uint64_t key);
};

struct efi_configuration {
    struct efi_guid guid;
    void *table;
};

struct efi_system_table {
    struct efi_table_header header;
    const uint16_t *vendor;
    uint32_t vendor_revision, zero;
    void *console_in[3]; /* to ConsoleOutHandle */
    struct efi_text_output *out;
    void *standard_error[3]; /* to RuntimeServices */
    struct efi_boot_services *boot;
    uint64_t tables;
    const struct efi_configuration *table;
};

struct efi_loaded_image {
    uint32_t revision, zero;
    void *parent[5]; /* to Reserved */
    uint32_t options_bytes, zero2;
    void *options;
    uint64_t base, bytes;
};

_Static_assert(sizeof(struct efi_table_header) == 24, "header layout");
_Static_assert(sizeof(struct efi_memory) == 40, "memory descriptor layout");
_Static_assert(__builtin_offsetof(struct efi_boot_services, get_memory_map) == 56, "GetMemoryMap");
_Static_assert(__builtin_offsetof(struct efi_boot_services, handle_protocol) == 152, "HandleProtocol");
_Static_assert(__builtin_offsetof(struct efi_boot_services, exit_boot_services) == 232, "ExitBootServices");
_Static_assert(__builtin_offsetof(struct efi_system_table, out) == 64, "ConOut");
_Static_assert(__builtin_offsetof(struct efi_system_table, boot) == 96, "BootServices");
_Static_assert(__builtin_offsetof(struct efi_system_table, table) == 112, "ConfigurationTable");
_Static_assert(__builtin_offsetof(struct efi_loaded_image, base) == 64, "ImageBase");

/* efi_memory.c: pure but for the two calls of firmware that they are handed; they say nothing. */

/* Firmware's map of memory in a buffer of `room` bytes. */
struct efi_map {
    struct efi_memory *at;
    uint64_t room;
    uint64_t bytes, each, key; /* filled in by efi_read_map */
};

/* Reads the map. Returns EFI_SUCCESS, or firmware's answer; with EFI_BUFFER_TOO_SMALL map->bytes is what it would take.
 */
efi_status efi_read_map(const struct efi_boot_services *boot, struct efi_map *map);

/* Why a window of memory can't be had. */
enum efi_obstacle {
    EFI_FREE,       /* nothing is in the way */
    EFI_TOO_LITTLE, /* memory ends at where.end, before the window does */
    EFI_OCCUPIED,   /* where, of type `type`, stays firmware's */
    EFI_HOLE,       /* at where.start the map has nothing */
};
struct efi_window {
    enum efi_obstacle obstacle;
    struct range where;
    uint32_t type;
};
/* Is all of `window` memory that is ours once firmware has left? The map may be in any order. */
struct efi_window efi_window_in(const struct efi_map *map, struct range window);

/* Leaves firmware: reads the map for its key and calls ExitBootServices, once more when the key was stale by then.
 * After the first call nothing of firmware may be called but these two. Returns the last answer. */
efi_status efi_leave(const struct efi_boot_services *boot, efi_handle self, struct efi_map *map);

/* efi.c, called by efi_start.S: where the device tree is (0: the image's own will do), and the end of what has to be
 * written back before the caches are off. Does not return when there is something wrong: it has said what. */
struct efi_start {
    uint64_t dtb, end;
};
struct efi_start efi_main(efi_handle self, const struct efi_system_table *system);

#pragma GCC visibility pop
