/* /proc/boot and /proc/tests: what was decided before the hive ran; /proc/bench: what it is measured with. */
#pragma once

#include "ns/tree.h"

extern const struct ns_table proc_nodes;
