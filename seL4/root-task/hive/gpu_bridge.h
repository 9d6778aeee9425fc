/* What a GPU bridge publishes: /gpu/bridge, /gpu/models and /gpu/telemetry. A snapshot is one line of JSON that is received
 * whole, checked whole and then takes the place of the one before. */
#pragma once

#include "hive/gpu.h"

extern const struct ns_table gpu_bridge_nodes;
