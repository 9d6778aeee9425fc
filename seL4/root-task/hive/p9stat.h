/* /proc/9p/{sessions,outstanding,short_writes}: who is attached, and how the protocol fares. */
#pragma once

#include "ns/tree.h"

extern const struct ns_table p9stat_nodes;
/* Requests in flight, all connections. */
uint64_t p9_outstanding(const struct hive *h);
