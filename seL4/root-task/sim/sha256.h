/* SHA-256 (FIPS 180-4) of the simulation's own, so that what the hive says of digests is judged by other code than its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void sim_sha256(const void *p, size_t n, uint8_t out[32]);
/* The same as 64 digits and a NUL. */
void sim_sha256_hex(const void *p, size_t n, char out[65]);
