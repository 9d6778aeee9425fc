/* /proc/boot and /proc/tests: what was decided before the hive ran; /proc/bench: what it is measured with. */
#ifndef COH_HIVE_PROC_H
#define COH_HIVE_PROC_H

#include "ns/tree.h"

extern const struct ns_table proc_nodes;

#endif
