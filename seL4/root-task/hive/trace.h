/* /trace: events as JSON lines with a continuous seq, filtered by level and category where they arise. */
#pragma once

#include "ns/tree.h"

/* An event's text; longer ones are cut on a UTF-8 boundary. */
#define TRACE_TEXT_BYTES 256u

enum trace_level { TRACE_ERROR, TRACE_WARN, TRACE_INFO, TRACE_DEBUG, TRACE_TRACE, TRACE_LEVELS };

/* In the order of their names. */
enum trace_cat {
    TRACE_AUDIT,     /* decisions: what the audit line says */
    TRACE_AUTH,      /* strangers' refusals */
    TRACE_BOOT,      /* the hive is ready */
    TRACE_CONSOLE,   /* debug: verbs of the console */
    TRACE_LIFECYCLE, /* transitions and refused commands */
    TRACE_NINEP,     /* debug: requests of Secure9P; trace: their answers */
    TRACE_SESSION,   /* attached, revoked, ended */
    TRACE_TELEMETRY, /* rings that wrap, segments */
    TRACE_TICKET,    /* budgets that begin and give out */
    TRACE_WORKER,    /* spawned, ended; debug: heartbeats */
    TRACE_CATS
};

struct trace_state {
    struct ring events; /* over the pool `trace` */
    uint64_t seq;       /* of the newest event */
    uint32_t cats;      /* 1 << enum trace_cat */
    uint8_t level;      /* enum trace_level: nothing beyond it is kept */
};

/* worker: the number of the worker that it is about, 0 = none. cat TRACE_CATS: it is never kept. text is valid UTF-8. */
void trace(struct hive *h, enum trace_level level, enum trace_cat cat, uint64_t worker, struct bytes text);
/* The same from pieces (base/fmt.h), put together only when the event is kept. */
void trace_pieces(struct hive *h, enum trace_level level, enum trace_cat cat, uint64_t worker, const struct piece *p,
                  size_t n);
#define trace_say(h, level, cat, worker, ...) trace_pieces(h, level, cat, worker, PIECES(__VA_ARGS__))
/* Does the node show events? Requests to it make none: each read would append what the next one finds, without an end. */
bool trace_shown_by(const struct ns_node *n);
/* The category of that name; TRACE_CATS when there is none. */
enum trace_cat trace_cat_of(struct bytes name);
