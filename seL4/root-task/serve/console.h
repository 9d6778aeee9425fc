/* The console server: lines in, acknowledgements and streams out, over the same access decisions as every protocol. */
#pragma once

#include "hive/state.h"

/* Returns the bytes taken. */
size_t console_input(struct hive *h, struct conn *c, struct bytes in);
size_t console_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap);
bool console_valid(const struct hive *h, const struct conn *c);
