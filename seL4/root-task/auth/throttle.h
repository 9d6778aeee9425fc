/* Throttling of failed authentication (spec/console.md "Session"): back-off per connection, cool-down per role and subject. */
#pragma once

#include "base/bytes.h"

#define THROTTLE_STEP_MS 250u          /* first back-off of a connection, doubling */
#define THROTTLE_DOUBLINGS 8u          /* then it stops: 64 s */
#define THROTTLE_WINDOW_MS 60000u      /* failures of a pair that count together */
#define THROTTLE_STRIKES 3u
#define THROTTLE_COOLDOWN_MS 90000u

/* Per connection. Zeroed = no failure yet. */
struct backoff {
    uint32_t failures;
    uint64_t until_ms;
};

/* 0: go on. Else the delay_ms to report: the current step (250 × 2ⁿ), not what is left of it. */
uint32_t backoff_check(const struct backoff *b, uint64_t now_ms);
void backoff_fail(struct backoff *b, uint64_t now_ms);

/* One role + subject pair under watch. key = first 8 bytes of SHA-256(role byte, subject). */
struct throttle_slot {
    uint64_t key;
    uint64_t failed_ms[THROTTLE_STRIKES - 1u]; /* the failures before the one that would start the cool-down, oldest first */
    uint64_t cool_until_ms;
    uint32_t strikes; /* how many of failed_ms count */
    uint32_t in_use;
};

/* A bounded table over caller-owned slots, zeroed = empty. When it is full, the slot that is longest out of cool-down and
 * window goes, else the oldest window, else the cool-down that ends first. */
struct throttle {
    struct throttle_slot *slots;
    uint32_t count;
    uint32_t used; /* slots that hold a pair, watched or cooling down */
};

/* 0: go on. Else ms until the cool-down ends. */
uint64_t throttle_check(const struct throttle *t, uint8_t role, struct bytes subject, uint64_t now_ms);
/* A failed attempt; the third one within THROTTLE_WINDOW_MS (any 60 s, both ends included) starts the cool-down: true.
 * During a cool-down nothing is counted and nothing is prolonged. */
bool throttle_fail(struct throttle *t, uint8_t role, struct bytes subject, uint64_t now_ms);
