/* Where things lie in the rootserver's address space. Everything stays below 1 GiB, so that the tables which
 * the kernel made for the image (at 4 MiB) serve: a 2 MiB page then needs no table, a window of small pages
 * needs one. */
#pragma once

#include <stdint.h>

#define PAGE_BYTES 4096u
#define LARGE_PAGE_BYTES 0x200000u

/* One window of 4 KiB pages: devices. */
#define LAYOUT_UART 0x10000000u
#define LAYOUT_RTC 0x10001000u
#define LAYOUT_TIMER 0x10002000u
#define LAYOUT_VIRTIO 0x10004000u /* 4 pages: 32 transports of 0x200 bytes, while the NIC is looked for */
/* seat.ring (VADDR_AUTHORITY_SEAT_RING) lies in this window too, at 0x10020000. */
/* A small page, or a large one: memory of a task while it is written. */
#define LAYOUT_SCRATCH 0x10010000u
#define LAYOUT_SCRATCH_LARGE 0x10200000u
/* A page each worker, by slot: what its task may write, to be read (workers.c). */
#define LAYOUT_WORKERS 0x10400000u
/* Large pages, behind net.streams (VADDR_AUTHORITY_ARENA): the serial port, then struct hive. */
#define LAYOUT_ARENA_END 0x40000000u

/* rootserver.ld makes room for it. */
#define LAYOUT_STACK_BYTES 65536u

/* Linker symbols. */
extern uint8_t coh_image_start[], coh_text_end[], coh_rodata_end[], coh_image_end[], coh_stack_guard[];
extern const uint8_t coh_provision[PAGE_BYTES];
extern uint8_t coh_evidence[PAGE_BYTES];
