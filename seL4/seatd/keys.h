/* Keys of a US keyboard, as Linux numbers them and virtio-input tells them (OASIS VIRTIO 1.1, section 5.8), to bytes as a terminal
 * sends them: letters with shift, caps lock and control, Enter as CR, Backspace, Tab, Escape, digits of the keypad. All else, and
 * what repeats, is nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One event of the device, little-endian. */
struct seat_event {
    uint16_t type, code;
    uint32_t value;
};

#define SEAT_EVENT_KEY 1u
#define SEAT_KEY_RELEASED 0u
#define SEAT_KEY_PRESSED 1u

/* What is held down; zero at first. */
struct seat_keys {
    bool left_shift, right_shift, left_control, right_control;
    bool caps;
};

/* The byte that the event types, 0x01 … 0x7f; 0: none. Any event is good. */
uint8_t keys_type(struct seat_keys *k, const struct seat_event *e);
