/* See keys.h. */
#include "seatd/keys.h"

enum {
    LEFT_CONTROL = 29,
    LEFT_SHIFT = 42,
    RIGHT_SHIFT = 54,
    CAPS_LOCK = 58,
    KEYPAD_ENTER = 96,
    RIGHT_CONTROL = 97,
    KEYPAD_SLASH = 98,
};

/* By number: 1 Escape, 2 … 13 the row of digits, 14 Backspace, 15 Tab, 16 … 28 to Enter, 30 … 41 to the grave accent,
 * 43 … 53 to the slash, 55 the keypad's asterisk, 57 the space bar, 71 … 83 the keypad. */
#define KEYS 84u
static const char plain[KEYS + 1] = "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
                                    "\0\0\0\0\0\0\0\0\0\0\0\0\0" "789-456+1230.";
static const char shifted[KEYS + 1] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
                                      "\0\0\0\0\0\0\0\0\0\0\0\0\0" "789-456+1230.";

/* Is it a key that is held for others? Then it is noted. */
static bool modifier(struct seat_keys *k, uint32_t code, bool pressed)
{
    bool *held = code == LEFT_SHIFT      ? &k->left_shift
                 : code == RIGHT_SHIFT   ? &k->right_shift
                 : code == LEFT_CONTROL  ? &k->left_control
                 : code == RIGHT_CONTROL ? &k->right_control
                                         : 0;
    if (held)
        *held = pressed;
    if (code == CAPS_LOCK && pressed)
        k->caps = !k->caps;
    return held || code == CAPS_LOCK;
}

/* Without anything held. */
static uint8_t alone(uint32_t code)
{
    if (code == KEYPAD_ENTER || code == KEYPAD_SLASH)
        return code == KEYPAD_ENTER ? '\r' : '/';
    return code < KEYS ? (uint8_t)plain[code] : 0;
}

static uint8_t letter(const struct seat_keys *k, uint32_t code)
{
    uint8_t c = alone(code);
    bool is_letter = (uint8_t)(c - 'a') < 26, shift = k->left_shift || k->right_shift;
    if (k->left_control || k->right_control)
        return is_letter ? c & 0x1fu : 0;
    return code < KEYS && shift != (is_letter && k->caps) ? (uint8_t)shifted[code] : c;
}

uint8_t keys_type(struct seat_keys *k, const struct seat_event *e)
{
    if (e->type != SEAT_EVENT_KEY || e->value > SEAT_KEY_PRESSED)
        return 0;
    bool pressed = e->value == SEAT_KEY_PRESSED;
    return modifier(k, e->code, pressed) || !pressed ? 0 : letter(k, e->code);
}
