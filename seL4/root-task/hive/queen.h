/* /queen/ctl: spawn, kill, budget, bind and mount orders (spec/control.md). */
#ifndef COH_HIVE_QUEEN_H
#define COH_HIVE_QUEEN_H

#include "ns/tree.h"

extern const struct ns_table queen_nodes;

#endif
