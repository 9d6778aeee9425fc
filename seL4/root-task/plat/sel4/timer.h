/* Time: a counter, a timer's interrupt for the next deadline, and the wall clock's seconds. */
#pragma once

#include <stdint.h>

/* Maps the real-time clock, takes the timer's interrupt. */
void timer_init(void);
/* "counter", "system-timer" or "polling", for hive_facts. */
extern const char *const timer_name;
/* The boot log's line when no timer interrupts us: the hive must poll, never sleep. Else NULL. From timer_init on. */
extern const char *timer_polling;
/* How long in all the authority, which has slept so long, left the processor to others; where it polls, it always does. */
static inline uint64_t timer_given_ms(uint64_t now_ms, uint64_t slept_ms) { return timer_polling ? now_ms : slept_ms; }
/* Milliseconds since timer_init; never goes back. */
uint64_t timer_now_ms(void);
/* The counter at 0 ms, and its ticks a second; 0 where there is none. */
extern uint64_t timer_start_ticks, timer_frequency;
/* A number that changes fast: raw ticks of the counter or timer where there is one. For entropy, nothing else. */
uint64_t timer_ticks(void);
/* The interrupt comes at deadline_ms, or earlier when it was armed for that before and has not come; UINT64_MAX: never, and it
 * asks no longer. Only where timer_polling is NULL. */
void timer_arm(uint64_t deadline_ms);
/* The alarm (BADGE_AUTHORITY_ALARM) has been heard, and comes again within a second; whoever hears it looks at all deadlines, and
 * arms the timer anew. Only where COH_BOARD_RTC_IRQ. */
void timer_alarm(void);
/* Seconds since 1970, by the real-time clock; 0 where the board has none. */
uint32_t rtc_seconds(void);
