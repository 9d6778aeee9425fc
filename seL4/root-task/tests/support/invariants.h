/* What must always hold, a function for each subsystem; hive_check asks them all. */
#pragma once

#include "hive/state.h"

bool budget_valid(const struct hive *h);
bool sessions_valid(const struct hive *h);
bool log_valid(const struct hive *h);
bool trace_valid(const struct hive *h);
bool workers_valid(const struct hive *h);
bool telemetry_valid(const struct hive *h);
bool ingest_valid(const struct hive *h);
bool tickets_valid(const struct hive *h);
bool intents_valid(const struct hive *h);
bool host_valid(const struct hive *h);
bool host_tickets_valid(const struct hive *h);
bool policy_valid(const struct hive *h);
bool journal_valid(const struct hive *h);
bool replay_valid(const struct hive *h);
bool lease_valid(const struct hive *h);
bool schedule_valid(const struct hive *h);
bool export_valid(const struct hive *h);
bool gpu_valid(const struct hive *h);
/* Whole records fill what is used of it. */
bool ring_valid(const struct ring *r);
/* Every order ascends, and each entry is found where it stands. */
bool index_valid(const struct index *ix);
bool cas_valid(const struct hive *h);
bool models_valid(const struct hive *h);
bool sidecars_valid(const struct hive *h);
