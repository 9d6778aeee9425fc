/* What may be one telemetry record: a line in a segment of /queen/telemetry, or a telemetry-frame/v1 in a
 * worker's node. */
#ifndef COH_HIVE_TELEMETRY_RECORD_H
#define COH_HIVE_TELEMETRY_RECORD_H

#include "base/status.h"
#include "base/text.h"

struct ns_why;

/* spec/namespace.md: a record fits one write of the smallest msize. */
#define RECORD_BYTES 4096u

/* A line for a segment. Reference manifests (telemetry-ref/v1) and pushers' envelopes
 * (cohsh-telemetry-push/v1) are strict JSON of their schemas, everything else is opaque text. COH_INVALID,
 * COH_TOO_BIG, COH_QUOTA (too many references) or COH_OK. */
enum coh_status record_line_check(struct bytes line, struct ns_why *why);

/* Who writes a frame. */
struct record_frame {
    struct bytes worker_id, role;
    uint64_t seq, emitted_ms;
};

/* A frame whose payload is a heartbeat. */
void record_heartbeat(struct text *out, const struct record_frame *f, uint64_t tick);
/* Is it one canonical telemetry-frame/v1 of this worker? Whatever map is its payload. COH_INVALID,
 * COH_TOO_BIG or COH_OK. */
enum coh_status record_frame_check(struct bytes record, struct bytes worker_id, struct bytes role,
                                   struct ns_why *why);

#endif
