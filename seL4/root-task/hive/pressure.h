/* /proc/pressure: refusals by kind. */
#pragma once

#include "ns/tree.h"

enum pressure { PRESSURE_BUSY, PRESSURE_QUOTA, PRESSURE_CUT, PRESSURE_POLICY, PRESSURE_COUNT };

struct pressure_state {
    uint64_t count[PRESSURE_COUNT];
};

extern const struct ns_table pressure_nodes;
/* Which counter a refusal steps. status is not COH_OK. */
enum pressure pressure_of(enum coh_status status);
