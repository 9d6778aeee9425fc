/* /updates: resumable, verified updates by content (spec/namespace.md). */
#pragma once

#include "hive/cas_store.h"
#include "ns/tree.h"

extern const struct ns_table cas_nodes;
