/* What the authority and a worker's program agree on. */
#pragma once

#include <stdint.h>

/* Where in its one writable page a worker counts its beats; below it lies its stack. Whoever reads the word believes nothing
 * but that it changed. worker.ld says the same, and main.c has it checked. */
#define WORKER_BEATS_OFFSET 0xb00

/* The count, in a task's own address space. It wraps. */
extern uint32_t worker_beats;
