/* What the parts of the model share among themselves. */
#pragma once

#include "model.h"

/* Where memory lies for the device: beyond 4 GiB, so that high words matter. */
#define MODEL_QUEUES_PADDR 0x512345000u
#define MODEL_PACKETS_PADDR 0x6c0200000u

extern struct model_memory device_memory; /* what the device sees */
void caches_init(void);
/* All of memory is being written, be it with what it holds. */
void caches_written(void);
void device_init(void);
