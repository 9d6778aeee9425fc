/* What the authority and a worker's program agree on. A macro alone: worker.ld says the same, and has it checked by start.S'
 * neighbours (see there). */
#pragma once

#include <stdint.h>

/* Where in its one writable page a worker counts its beats; below it lies its stack. Whoever reads the word believes nothing
 * but that it changed. */
#define WORKER_BEATS_OFFSET 0xf00u

/* The count, in a task's own address space. It wraps. */
extern uint32_t worker_beats;
