/* A Secure9P connection's fids: which node a number stands for, and how it is open. */
#pragma once

#include "ns/tree.h"

struct conn;

enum fid_state {
    FID_FREE,
    FID_AUTH,   /* an afid that has not been written a right token */
    FID_PROVEN, /* one that has */
    FID_PATH,   /* walked or attached, not open */
    FID_OPEN,
};

struct fid {
    uint32_t number;
    uint32_t session; /* SESSION_NONE for an afid */
    uint8_t state;    /* enum fid_state */
    bool read, write; /* FID_OPEN: as opened */
    bool counted;     /* its first read has been charged as an operation */
    bool positioned;  /* it has read at an absolute position */
    bool short_write; /* its last write could not be taken whole */
    struct ns_ref ref;
    uint64_t base;         /* of a ring: the oldest position when it was opened */
    struct ring_cursor at; /* and where reading goes on */
};

/* The connection's fid of that number, NULL when there is none. */
struct fid *fid_find(struct hive *h, const struct conn *c, uint32_t number);
/* A new one in state FID_PATH; it holds on to its session. The connection has fewer than fids_per_session of them, and none of
 * that number. */
struct fid *fid_new(struct hive *h, struct conn *c, uint32_t number, uint32_t session);
/* Frees it; a session ends with its last fid, and a connection without a session counts as unauthenticated again. */
void fid_free(struct hive *h, struct conn *c, struct fid *f);
void fid_free_all(struct hive *h, struct conn *c);
/* Where the size of a ring counts from for whoever has it open: the position where its plain offsets count from, for an
 * unopened fid that of the session's open fid of the same ring, if there is one; else oldest. A size that a reader's offset
 * outruns looks like a file that was truncated: tail -f would begin again. */
uint64_t fid_base(struct hive *h, const struct conn *c, const struct fid *f, uint64_t oldest);
/* Every fid of a connection, for drains and checks: its COH_SECURE9P_FIDS_PER_SESSION slots. */
struct fid *fids_of(struct hive *h, const struct conn *c);
