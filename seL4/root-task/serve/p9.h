/* The Secure9P server: frames in, answers out, over the same access decisions as the console (spec/secure9p.md). */
#pragma once

#include "serve/access.h"
#include "serve/link.h"
#include "wire/p9.h"

/* ---- p9_server.c: framing, the tag window and batching ---- */

/* Returns the bytes taken: at most a batch of frames, fewer when answers wait for the transport. */
size_t p9_input(struct hive *h, struct conn *c, struct bytes in);
/* Where answers wait: see struct conn, out_n. */
uint8_t *p9_out(struct hive *h, const struct conn *c);

/* ---- p9_ops.c: what each message does ---- */

/* A request that is being served. */
struct p9_call {
    struct hive *h;
    struct conn *c;
    const struct p9_msg *t;
    struct fid *fid;    /* t->fid's, when it exists */
    uint32_t session;   /* whose request this is; SESSION_NONE: nobody's yet */
    const char *op;     /* how audit lines name it */
    struct ns_why why;
    uint32_t errnum;    /* 0, or an errno that the status does not tell */
    bool has_at;        /* at is the node that a refusal is about */
    bool quiet;         /* a refusal that is part of negotiating, and recorded nowhere */
    struct ns_ref at;
    struct bytes below; /* and a path below it that led nowhere, `/`-begun; lies in path */
    uint8_t path[NS_PATH_BYTES];
    struct buf data;    /* Rread, Rreaddir: room for data, and how much there is */
    struct ns_write write; /* Twrite, when write.ref is set: to be applied when the answer is out */
};

/* Serves t, which decoded, into r, or says why not. r->type is set. */
enum coh_status p9_serve(struct p9_call *call, struct p9_msg *r);
/* Records a refusal: pressure and audit. */
void p9_refuse(struct p9_call *call, enum coh_status status);

/* ---- p9_dir.c: qids, attributes and directory entries of nodes ---- */

struct p9_qid p9_qid_of(struct hive *h, const struct ns_ref *ref);
/* Tgetattr, and Treaddir: the entries behind its offset (0: from the first) that fit. An offset names an entry, not a count:
 * what comes and goes meanwhile moves no other. COH_INVALID: it is none of this directory's; COH_TOO_BIG: there are more names
 * than a listing holds. */
enum coh_status p9_getattr(struct p9_call *call, struct p9_msg *r);
enum coh_status p9_readdir(struct p9_call *call, struct p9_msg *r);
