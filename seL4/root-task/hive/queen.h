/* /queen/ctl: spawn, kill, budget, bind and mount orders (spec/control.md). */
#pragma once

#include "ns/tree.h"

extern const struct ns_table queen_nodes;
