/* Time: the architectural counter, and the generic timer's interrupt for the next deadline. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What this kernel lets user level use. */
enum timer_kind {
    TIMER_COUNTER,         /* counter and timer interrupt: sleeps */
    TIMER_COUNTER_POLLING, /* counter, but no timer interrupt: never sleeps */
    TIMER_POLLING,         /* nothing: seconds from the RTC, parts of them by counting turns; never sleeps */
};

enum timer_kind timer_init(void);
/* "counter" or "polling", for hive_facts. */
const char *timer_name(enum timer_kind kind);
/* Milliseconds since timer_init; never goes back. */
uint64_t timer_now_ms(void);
/* A number that changes fast: raw counter ticks where there is a counter. For entropy, nothing else. */
uint64_t timer_ticks(void);
/* The interrupt comes at deadline_ms (UINT64_MAX: never). TIMER_COUNTER only; else nothing happens. */
void timer_arm(uint64_t deadline_ms);
