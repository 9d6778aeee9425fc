/* Firmware's map of memory: read it, look for a window in it, leave firmware by its key. */
#include "efi.h"

efi_status efi_read_map(const struct efi_boot_services *boot, struct efi_map *map)
{
    uint32_t version;
    map->bytes = map->room;
    efi_status status = boot->get_memory_map(&map->bytes, map->at, &map->key, &map->each, &version);
    if (status == EFI_SUCCESS && (map->bytes > map->room || map->each < sizeof(struct efi_memory) || map->each % 8))
        return EFI_INVALID_PARAMETER;
    return status;
}

static const struct efi_memory *entry(const struct efi_map *map, uint64_t i)
{
    return (const struct efi_memory *)(const void *)((const uint8_t *)map->at + i * map->each);
}

static struct range extent(const struct efi_memory *m)
{
    uint64_t most = (UINT64_MAX - m->start) / EFI_PAGE_BYTES;
    return (struct range){m->start, m->start + (m->pages < most ? m->pages : most) * EFI_PAGE_BYTES};
}

/* Ours after ExitBootServices. Tables of ACPI are firmware's gift, and nobody here reads them. */
static bool becomes_free(uint32_t type)
{
    switch (type) {
    case EFI_LOADER_CODE:
    case EFI_LOADER_DATA:
    case EFI_BOOT_SERVICES_CODE:
    case EFI_BOOT_SERVICES_DATA:
    case EFI_CONVENTIONAL:
    case EFI_ACPI_RECLAIM:
        return true;
    default:
        return false;
    }
}

static bool is_device(uint32_t type) { return type == EFI_MEMORY_MAPPED_IO || type == EFI_MEMORY_MAPPED_IO_PORTS; }

/* The entry that an address lies in; NULL when none does. */
static const struct efi_memory *holding(const struct efi_map *map, uint64_t address)
{
    for (uint64_t i = 0; i < map->bytes / map->each; i++) {
        struct range r = extent(entry(map, i));
        if (address >= r.start && address < r.end)
            return entry(map, i);
    }
    return NULL;
}

/* The end of the last memory that begins before `below`. */
static uint64_t last_end(const struct efi_map *map, uint64_t below)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < map->bytes / map->each; i++) {
        struct range r = extent(entry(map, i));
        if (!is_device(entry(map, i)->type) && r.start < below && r.end > last)
            last = r.end;
    }
    return last;
}

struct efi_window efi_window_in(const struct efi_map *map, struct range window)
{
    uint64_t last = last_end(map, window.end);
    if (last < window.end)
        return (struct efi_window){EFI_TOO_LITTLE, {window.start, last}, 0};
    for (uint64_t at = window.start; at < window.end;) {
        const struct efi_memory *m = holding(map, at);
        if (!m)
            return (struct efi_window){EFI_HOLE, {at, at}, 0};
        struct range r = extent(m);
        if (!becomes_free(m->type))
            return (struct efi_window){EFI_OCCUPIED, r, m->type};
        at = r.end;
    }
    return (struct efi_window){EFI_FREE, window, 0};
}

efi_status efi_leave(const struct efi_boot_services *boot, efi_handle self, struct efi_map *map)
{
    efi_status status = EFI_SUCCESS;
    for (unsigned tries = 0; tries < 2; tries++) {
        status = efi_read_map(boot, map);
        if (status == EFI_SUCCESS)
            status = boot->exit_boot_services(self, map->key);
        if (status != EFI_INVALID_PARAMETER)
            return status;
    }
    return status;
}
