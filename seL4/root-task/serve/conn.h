/* A connection of the console: its input frame, its pending acknowledgement, and the stream that it is being sent. */
#ifndef COH_SERVE_CONN_H
#define COH_SERVE_CONN_H

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
    struct ns_ref ref;
    const uint8_t *fixed; /* STREAM_FIXED */
    uint64_t pos, end;    /* bytes of the content; absolute positions for STREAM_LINES */
    struct ring_cursor at; /* STREAM_LINES: where the reading goes on */
    uint64_t base;        /* STREAM_TEXT: content position of the snapshot's first byte */
};

struct conn {
    struct frame_reader in;
    struct backoff auth_backoff, attach_backoff;
    struct stream stream;
    uint64_t since_ms;      /* accepted; once closing, closing since */
    uint64_t last_input_ms; /* bytes of the peer were taken */
    uint32_t session; /* SESSION_NONE before AUTH */
    uint16_t out_n, out_from;
    uint8_t kind; /* enum hive_kind */
    bool open;
    bool stranger; /* counts in hive.preauth */
    bool pending; /* in.line holds a command that waits until the stream before it is out */
    bool closing; /* close once the output is out */
    bool carriage; /* serial: the last key was a carriage return */
    bool too_long; /* serial: the line being typed is longer than a line may be */
    bool prompt;   /* serial: a prompt is owed */
    uint8_t out[CONN_OUT_BYTES];
};

#endif
