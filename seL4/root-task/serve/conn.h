/* A connection: what both protocols need, the console's line and stream, and Secure9P's frames and window. */
#pragma once

#include "auth/throttle.h"
#include "generated/manifest.h"
#include "ns/tree.h"
#include "wire/console.h"

/* Room for a whole line and its framing, and a PING's answer beside it. */
#define CONN_OUT_BYTES 640u

/* Where the rest of a stream comes from. */
enum stream_from {
    STREAM_NONE,
    STREAM_LINES, /* a ring, from pos to end */
    STREAM_TEXT,  /* rendered text: the snapshot in the pool `streams`, rendered again where it ends */
    STREAM_FIXED, /* constant bytes, or a snapshot that holds all */
    STREAM_HELP,  /* the verbs; pos is the next */
};

struct stream {
    enum stream_from from;
    bool bytes; /* content is sent as `b64:` lines */
    struct ns_ref ref;
    const uint8_t *fixed; /* STREAM_FIXED */
    uint64_t pos, end;    /* bytes of the content; absolute positions for STREAM_LINES */
    struct ring_cursor at; /* STREAM_LINES: where the reading goes on */
    uint64_t base;        /* STREAM_TEXT: content position of the snapshot's first byte */
};

/* A request whose answer has not been handed to the transport yet. */
struct p9_request {
    uint64_t end; /* where its answer ends, in all answer bytes of the connection */
    uint16_t tag;
};

/* Frames and answers lie in the connection's block of the pool `streams`: the first half holds the frame that is coming,
 * the second the answers that wait. */
struct p9_link {
    uint64_t produced, taken; /* answer bytes so far, and how many of them the transport has */
    uint64_t owed, owed_ms;   /* since owed_ms the transport is to take answers up to here: a byte now and then is no reading */
    uint32_t msize;           /* negotiated; 0 before Tversion */
    uint32_t in_n;            /* bytes of the frame that is coming */
    uint32_t out_from, out_n; /* answers that wait: out[out_from..out_n) */
    uint32_t fids;            /* in use */
    uint32_t session;         /* an attached session of this connection, SESSION_NONE when there is none */
    uint32_t first, live;     /* the window is a ring of live requests, oldest at first */
    bool whole;               /* the frame is complete and waits for room */
    struct p9_request window[COH_SECURE9P_TAGS_PER_SESSION];
};

enum protocol { PROTOCOL_OPEN, PROTOCOL_CONSOLE, PROTOCOL_P9 };

struct conn {
    struct frame_reader in;
    struct backoff auth_backoff, attach_backoff;
    struct stream stream;
    uint64_t since_ms;      /* accepted, or without a session since; once closing, closing since */
    uint64_t last_input_ms; /* bytes of the peer were taken */
    uint64_t asked_ms;      /* when the first byte of the request came that is being served */
    uint32_t session; /* console: SESSION_NONE before AUTH */
    uint16_t out_n, out_from;
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
