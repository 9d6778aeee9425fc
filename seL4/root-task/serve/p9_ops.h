/* What each Secure9P message does. */
#pragma once

#include "hive/state.h"
#include "wire/p9.h"

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
/* Notes the word behind `detail=`; returns status. */
enum coh_status p9_why(struct p9_call *call, enum coh_status status, const char *detail);
/* Records a refusal: pressure and audit. */
void p9_refuse(struct p9_call *call, enum coh_status status);
