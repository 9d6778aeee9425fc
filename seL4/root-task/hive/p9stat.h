/* /proc/9p/{sessions,outstanding,short_writes}: who is attached, and how the protocol fares. */
#ifndef COH_HIVE_P9STAT_H
#define COH_HIVE_P9STAT_H

#include "ns/tree.h"

extern const struct ns_table p9stat_nodes;

#endif
