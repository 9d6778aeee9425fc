/* Export windows: for a while, a bounded part of a job's telemetry can be fetched; /queen/export. */
#pragma once

#include "ns/tree.h"

/* What is exported is decided when the window opens: the first records of the device that is named like the job. */
struct export {
    uint64_t number; /* 1, 2, … in order of opening */
    uint64_t opened_ms, window_s;
    uint64_t segment; /* the oldest at opening: while it is kept, all records are */
    uint32_t device, records, max_bytes;
    uint32_t segments, before; /* up to the last record's, without it: a record that comes into them is no part of the export */
    bool cut; /* more records were there than max_bytes hold */
    struct token id, job;
};

struct export_state {
    uint64_t last_number;
    struct index by; /* over the pool `exports` */
};
