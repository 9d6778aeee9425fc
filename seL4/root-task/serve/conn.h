/* A connection: what both protocols need, the console's line and stream, and Secure9P's frames and window. */
#pragma once

#include "auth/throttle.h"
#include "generated/manifest.h"
#include "ns/tree.h"
#include "wire/console.h"

/* Room for a whole line and its framing, and a PING's answer beside it. */
#define CONN_OUT_BYTES 680u

/* Content that is being sent: a file's, or names or a help text that lie in the connection's block of the pool `streams` whole.
 * The block holds what was read of it last, so that what a client reads slowly stays as it was. */
struct stream {
    bool on;
    bool bytes;            /* content is sent as `b64:` lines */
    uint32_t have;         /* the block holds have bytes of the content, from position base on */
    struct ns_ref ref;
    uint64_t pos, end;     /* as offsets of ns_read: from NS_ABSOLUTE on those of a ring */
    uint64_t base;
    struct ring_cursor at; /* of a ring: where the reading goes on */
};

/* A request whose answer has not been handed to the transport yet, while end > p9_taken. */
struct p9_request {
    uint64_t end; /* where its answer ends, in all answer bytes of the connection */
    uint16_t tag;
};

/* Frames and answers lie in the connection's block of the pool `streams`: the first half holds the frame that is coming,
 * the second the answers that wait. */
struct p9_link {
    uint64_t produced;      /* answer bytes so far */
    uint64_t owed, owed_ms; /* since owed_ms the transport is to take answers up to here: a byte now and then is no reading */
    uint32_t msize;         /* negotiated; 0 before Tversion */
    uint16_t in_n;          /* bytes of the frame that is coming */
    uint32_t fids;          /* in use */
    struct p9_request window[COH_SECURE9P_TAGS_PER_SESSION];
};

enum protocol { PROTOCOL_OPEN, PROTOCOL_CONSOLE, PROTOCOL_P9 };

struct conn {
    struct frame_reader in;
    struct backoff auth_backoff, attach_backoff;
    struct stream stream;
    uint64_t since_ms;      /* accepted, or without a session since; once closing, closing since */
    uint64_t moved_ms; /* console: bytes of the peer were taken, or it took some */
    uint64_t asked_ms;      /* when the first byte of the request came that is being served */
    uint32_t session; /* SESSION_NONE before AUTH; of Secure9P an attached one, SESSION_NONE when there is none */
    uint16_t out_n; /* bytes of output that wait: in out, of Secure9P in its block */
    uint8_t kind;     /* enum hive_kind */
    uint8_t protocol; /* enum protocol */
    bool open;
    bool stranger; /* counts in hive.preauth */
    bool pending; /* in.line holds a command that waits until the stream before it is out */
    bool waits;   /* a whole request waits for room: counted in /proc/ingest/queued */
    bool lost;    /* the peer is gone without a word */
    bool closing; /* close once the output is out */
    bool carriage; /* serial: the last key was a carriage return */
    bool too_long; /* serial: the line being typed is longer than a line may be */
    bool prompt;   /* serial: a prompt is owed */
    uint8_t out[CONN_OUT_BYTES];
    struct p9_link p9;
};

/* How many of the answer bytes the transport has. */
static inline uint64_t p9_taken(const struct conn *c) { return c->p9.produced - c->out_n; }
