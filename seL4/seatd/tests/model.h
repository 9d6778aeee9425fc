/* A model of the seat's devices as QEMU has them: the transport of virtio-input, and fw_cfg with its list of files and ramfb. It
 * checks each address and length that it is given (MUST), and can be told to be absent, old, or wrong. */
#pragma once

#include "seatd/devices.h"
#include "seatd/regs.h"
#include "seatd/screen.h"

#define MODEL_QUEUES 0x4712345000u /* physical addresses, above 4 GiB */
#define MODEL_SCREEN 0x5600200000u

extern struct model {
    uint32_t version, features_high, num_max;
    bool resets, takes_features, letters;
    bool no_dma, no_ramfb, refuses_frame, refuses_list, never_answers;
    uint32_t files; /* before etc/ramfb in the list */
    /* What it was told. */
    struct seat_frame frame; /* in the processor's order; address 0: nothing */
    uint32_t notified, acknowledged;
} model;
extern struct seat_queues model_queues;
extern const struct seat_memory model_memory;

/* Good devices, and memory as new. */
void model_init(void);
/* The keyboard has an event. False: it has no buffer for it. */
bool model_event(uint16_t type, uint16_t code, uint32_t value);
bool model_press(uint16_t code);
/* It claims to have filled a buffer. */
void model_claim(uint32_t buffer);
uint32_t model_buffers(void); /* that it holds */
