/* PL031 real-time clock: the wall clock's seconds, read at boot. */
#pragma once

#include <stdint.h>

void rtc_init(void);
/* Seconds since 1970. */
uint32_t rtc_seconds(void);
