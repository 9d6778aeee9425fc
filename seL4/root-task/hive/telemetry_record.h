/* What may be one telemetry record: a line in a segment of /queen/telemetry, or a telemetry-frame/v1 in a
 * worker's node. */
#pragma once

#include "base/status.h"
#include "base/fmt.h"

struct ns_why;

/* spec/namespace.md: a record fits one write of the smallest msize. */
#define RECORD_BYTES 4096u

/* A line for a segment. Reference manifests (telemetry-ref/v1) and pushers' envelopes
 * (cohsh-telemetry-push/v1) are strict JSON of their schemas, everything else is opaque text. COH_INVALID,
 * COH_TOO_BIG, COH_QUOTA (too many references) or COH_OK. */
enum coh_status record_line_check(struct bytes line, struct ns_why *why);

/* Longest frame of a heartbeat: the names and numbers at their longest. */
#define RECORD_HEARTBEAT_BYTES 192u

/* The frame of a worker's heartbeat: the tick is also its seq. */
void record_heartbeat(struct text *out, struct bytes worker_id, struct bytes role, uint64_t tick, uint64_t now_ms);
/* Is it one canonical telemetry-frame/v1 of this worker? Whatever map is its payload. COH_INVALID,
 * COH_TOO_BIG or COH_OK. */
enum coh_status record_frame_check(struct bytes record, struct bytes worker_id, struct bytes role, struct ns_why *why);
