/* /proc/boot, /proc/tests and /proc/budget: what was decided before the hive ran. */
#ifndef COH_HIVE_PROC_H
#define COH_HIVE_PROC_H

#include "ns/tree.h"

extern const struct ns_table proc_nodes;

#endif
