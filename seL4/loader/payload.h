/* The payload table: what the image tool (io.cohesix.rtc.image.PayloadTable, its mirror) puts behind the
 * loader, and the loader unpacks. Little-endian, at the first page after the loader; blobs follow, each at
 * its offset from the table.
 *
 * offset size  field
 *      0    4  magic "COHP"
 *      4    4  layout, 1
 *      8    4  number of entries, 1 … PAYLOAD_MAX
 *     12    4  flags: bit 0 kernel runs at EL2; bits 8 … 15 board (io.cohesix.rtc.image.Board)
 *     16    8  bytes from the table's start to the last blob's end
 *     24   16  RAM that the kernel was compiled for: first byte, first byte after
 *     40    8  kernel entry (virtual)
 *     48    8  user entry (virtual)
 *     56    8  virtual address of the rootserver's coh_provision page, 0: none
 *     64    4  cores that must enter the kernel
 *     68    4  bits of a physical address that the processor must have, 0: any
 *     72   32  manifest's SHA-256
 *    104   64  stamp: text for the banner, NUL-padded
 *    168   32  SHA-256 of this table (all PAYLOAD_TABLE_BYTES) with this field zero
 *    200   80  each: entry */
#pragma once

#include <stdint.h>

#define PAYLOAD_MAGIC 0x50484f43u
#define PAYLOAD_LAYOUT 1u
#define PAYLOAD_MAX 8u
#define PAYLOAD_HASH_AT 168u
#define PAYLOAD_TABLE_BYTES 840u
#define PAYLOAD_FLAG_EL2 1u
#define PAYLOAD_STAMP_BYTES 64u
#define PAYLOAD_BOARD_SHIFT 8u
#define PAYLOAD_BOARD_QEMU_VIRT 0u

enum payload_kind {
    PAYLOAD_KERNEL = 1,     /* one contiguous image of all load segments */
    PAYLOAD_ROOTSERVER = 2, /* the same, from a page boundary; phys is 0: the loader chooses */
    PAYLOAD_DTB = 3,        /* used when none came in x0 */
    PAYLOAD_PROVISION = 4,  /* copied into the rootserver's coh_provision page */
    PAYLOAD_MANIFEST = 5,   /* manifest.json's SHA-256 as text; for `coh-rtc image info` */
};

struct payload_entry {
    uint32_t kind, zero;
    uint64_t offset;   /* from the table's start, page-aligned */
    uint64_t size;     /* bytes in the file */
    uint64_t mem_size; /* bytes in memory: the rest is zeroed */
    uint64_t phys, virt;
    uint8_t sha256[32];
};

struct payload_table {
    uint32_t magic, layout, count, flags;
    uint64_t total_bytes;
    uint64_t ram_start, ram_end;
    uint64_t kernel_entry, user_entry;
    uint64_t provision_virt;
    uint32_t cores, physical_bits;
    uint8_t manifest_sha256[32];
    char stamp[PAYLOAD_STAMP_BYTES];
    uint8_t table_sha256[32];
    struct payload_entry entries[PAYLOAD_MAX];
};

_Static_assert(sizeof(struct payload_entry) == 80, "entry layout");
_Static_assert(sizeof(struct payload_table) == PAYLOAD_TABLE_BYTES, "table layout");
_Static_assert(__builtin_offsetof(struct payload_table, table_sha256) == PAYLOAD_HASH_AT, "hash offset");
