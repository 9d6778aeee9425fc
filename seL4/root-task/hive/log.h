/* /log/queen.log, /kmesg and the audit function. */
#pragma once

#include "base/fmt.h"
#include "base/ring.h"
#include "base/status.h"
#include "hive/trace.h"
#include "ns/tree.h"

/* A line of the log, time and subsystem included; longer text is cut on a UTF-8 boundary. */
#define LOG_LINE_BYTES 512u
/* The longest line that any control file may take. */
#define CONTROL_LINE_BYTES 4096u

/* Control files: what was accepted stays readable in a small ring each (pool `control`). */
enum control {
    CONTROL_QUEEN, CONTROL_LIFECYCLE, CONTROL_LEASE, CONTROL_SCHEDULE, CONTROL_EXPORT, CONTROL_POLICY,
    CONTROL_ACTIONS, CONTROL_REPLAY, CONTROL_COUNT
};
/* A pattern's part that makes it a control file with name##_check and name##_apply; more ops may follow. */
#define CONTROL_FILE(name, file, ...)                                                                                  \
    .mode = NS_APPEND, .control = true,                                                                                \
    .ops = NS_OPS(NS_RING(control[file]), .check = name##_check, .apply = name##_apply, __VA_ARGS__)

/* Refusals by kind, for /proc/pressure. */
enum pressure { PRESSURE_BUSY, PRESSURE_QUOTA, PRESSURE_CUT, PRESSURE_POLICY, PRESSURE_COUNT };

struct log_state {
    struct ring queen; /* over the pool `log` */
    struct ring kmesg; /* over the pool `kmesg` */
    /* refusals of connections without a session: at most one line a second */
    uint64_t strangers, strangers_next_ms;
};

/* `<ms> <subsystem> <text>` into /log/queen.log, and with its level and the worker that it is about (its number, 0 = none)
 * into /trace. */
void hive_event(struct hive *h, const char *subsystem, enum trace_level level, uint64_t worker, struct bytes text);
/* The same from pieces (base/fmt.h). */
void hive_pieces(struct hive *h, const char *subsystem, enum trace_level level, uint64_t worker, const struct piece *p,
                 size_t n);
#define hive_say(h, subsystem, level, worker, ...) hive_pieces(h, subsystem, level, worker, PIECES(__VA_ARGS__))
/* Appends ` key=value` of a value that others chose: blanks, `=`, `\` and control characters as \xNN, so that it can't pose as
 * another field. */
void log_field(struct buf *b, const char *key, struct bytes value);
/* An accepted line of a control file goes into its ring; returns how many lines it pushed out. */
uint32_t control_keep(struct hive *h, struct ring *lines, struct bytes line);
/* The same of a line of the hive's own, at most LOG_LINE_BYTES, from pieces. */
void control_pieces(struct hive *h, struct ring *lines, const struct piece *p, size_t n);
#define control_say(h, lines, ...) control_pieces(h, lines, PIECES(__VA_ARGS__))
/* The one audit line of a decision, allowed (COH_OK) or refused; a refusal also counts in /proc/pressure. op is the verb. */
void audit(struct hive *h, const struct caller *who, const char *op, struct bytes path, enum coh_status status,
           const struct ns_why *why);
/* A refusal of a connection that has no session: counted in /proc/pressure, and logged with the others of that second. */
void audit_stranger(struct hive *h, enum coh_status status);
/* The word behind `reason=` (spec/console.md, spec/secure9p.md "Errors"). */
const char *status_reason(enum coh_status s);
/* The acknowledgement of a refusal (spec/secure9p.md "Errors", column "console says"), cut to b's room; path may be empty. */
void refusal_say(struct buf *b, const char *verb, enum coh_status status, struct bytes path, const struct ns_why *why);
