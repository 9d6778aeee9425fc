/* A Secure9P client for tests, one request at a time: builds frames with the codec and reads answers with it. */
#pragma once

#include "support/client.h"
#include "wire/p9.h"

/* The answer's strings and data lie here until the next call. */
static uint8_t p9_answer[COH_SECURE9P_MSIZE];

/* Sends a frame whole; it must be taken. */
static inline void p9_send(struct bench *b, uint32_t conn, const struct p9_msg *t)
{
    static uint8_t frame[COH_SECURE9P_MSIZE + 64];
    struct buf out = buf_of(frame, sizeof frame);
    p9_encode(&out, t);
    assert_false(out.cut);
    assert_int_equal(hive_input(b->h, conn, buf_bytes(&out), b->now), out.n);
}

/* One answer. */
static inline struct p9_msg p9_hear(struct bench *b, uint32_t conn)
{
    struct p9_msg r;
    assert_int_equal(hive_output(b->h, conn, p9_answer, 4, b->now), 4);
    size_t size = p9_size(p9_answer);
    assert_in_range(size, P9_HEADER_BYTES, sizeof p9_answer);
    assert_int_equal(hive_output(b->h, conn, p9_answer + 4, size - 4, b->now), size - 4);
    assert_int_equal(p9_decode_r(bytes_of(p9_answer, size), &r), P9_OK);
    assert_true(hive_check(b->h));
    return r;
}

static inline struct p9_msg p9_ask(struct bench *b, uint32_t conn, const struct p9_msg *t)
{
    p9_send(b, conn, t);
    struct p9_msg r = p9_hear(b, conn);
    assert_int_equal(r.tag, t->tag);
    assert_true(r.type == P9_RLERROR || r.type == t->type + 1);
    return r;
}

/* 0, or the errno of an Rlerror. */
static inline uint32_t p9_try(struct bench *b, uint32_t conn, const struct p9_msg *t)
{
    struct p9_msg r = p9_ask(b, conn, t);
    return r.type == P9_RLERROR ? r.u.errnum : 0;
}

static inline void p9_connect(struct bench *b, uint32_t conn)
{
    struct p9_msg t = {.type = P9_TVERSION, .tag = P9_NOTAG};
    t.u.version.msize = COH_SECURE9P_MSIZE;
    t.u.version.version = bytes_str(P9_VERSION);
    hive_accept(b->h, conn, HIVE_TCP, b->now);
    struct p9_msg r = p9_ask(b, conn, &t);
    assert_int_equal(r.u.version.msize, COH_SECURE9P_MSIZE);
}

static inline uint32_t p9_attach(struct bench *b, uint32_t conn, uint32_t fid, const char *uname, const char *aname)
{
    struct p9_msg t = {.type = P9_TATTACH, .tag = 1, .fid = fid};
    t.u.attach.afid = P9_NOFID;
    t.u.attach.uname = bytes_str(uname);
    t.u.attach.aname = bytes_str(aname);
    t.u.attach.n_uname = 1000;
    return p9_try(b, conn, &t);
}

/* fid 0 is the root of a queen's session. */
static inline void p9_queen(struct bench *b, uint32_t conn)
{
    p9_connect(b, conn);
    assert_int_equal(p9_attach(b, conn, 0, "", "auth=" TOKEN), 0);
}

/* A walk that stopped short: it carries no errno. */
#define P9_SHORT 1000u

/* Path without its first slash; "" clones. */
static inline uint32_t p9_walk(struct bench *b, uint32_t conn, uint32_t fid, uint32_t newfid, const char *path)
{
    struct p9_msg t = {.type = P9_TWALK, .tag = 2, .fid = fid};
    t.u.walk.newfid = newfid;
    for (const char *at = path; *at;) {
        size_t n = strcspn(at, "/");
        t.u.walk.name[t.u.walk.n++] = bytes_of(at, n);
        at += n + (at[n] == '/');
    }
    struct p9_msg r = p9_ask(b, conn, &t);
    if (r.type == P9_RLERROR)
        return r.u.errnum;
    return r.u.walked.n == t.u.walk.n ? 0 : P9_SHORT;
}

static inline uint32_t p9_open(struct bench *b, uint32_t conn, uint32_t fid, uint32_t flags)
{
    struct p9_msg t = {.type = P9_TLOPEN, .tag = 3, .fid = fid};
    t.u.open.flags = flags;
    return p9_try(b, conn, &t);
}

/* Bytes read, or −errno. Data is r->u.data. */
static inline int64_t p9_read(struct bench *b, uint32_t conn, uint32_t fid, uint64_t offset, uint32_t count,
                              struct p9_msg *r)
{
    struct p9_msg t = {.type = P9_TREAD, .tag = 4, .fid = fid};
    t.u.read.offset = offset;
    t.u.read.count = count;
    *r = p9_ask(b, conn, &t);
    return r->type == P9_RLERROR ? -(int64_t)r->u.errnum : (int64_t)r->u.data.n;
}

static inline uint32_t p9_write(struct bench *b, uint32_t conn, uint32_t fid, uint64_t offset, const char *text)
{
    struct p9_msg t = {.type = P9_TWRITE, .tag = 5, .fid = fid};
    t.u.write.offset = offset;
    t.u.write.data = bytes_str(text);
    return p9_try(b, conn, &t);
}

static inline uint32_t p9_clunk(struct bench *b, uint32_t conn, uint32_t fid)
{
    struct p9_msg t = {.type = P9_TCLUNK, .tag = 6, .fid = fid};
    return p9_try(b, conn, &t);
}

/* The whole file below fid 0, walked to `scratch fid`, as text; NULL: errno is in *err. */
static inline const char *p9_cat(struct bench *b, uint32_t conn, const char *path, uint32_t *err)
{
    const uint32_t fid = 63;
    struct p9_msg r;
    size_t n = 0;
    int64_t got;
    if ((*err = p9_walk(b, conn, 0, fid, path)) != 0)
        return NULL;
    *err = p9_open(b, conn, fid, 0);
    while (*err == 0 && (got = p9_read(b, conn, fid, n, COH_SECURE9P_MSIZE, &r)) != 0) {
        if (got < 0) {
            *err = (uint32_t)-got;
            break;
        }
        memcpy(b->answer + n, r.u.data.p, (size_t)got);
        n += (size_t)got;
    }
    b->answer[n] = 0;
    assert_int_equal(p9_clunk(b, conn, fid), 0);
    return *err ? NULL : b->answer;
}

/* Opens, writes one line, clunks. */
static inline uint32_t p9_echo(struct bench *b, uint32_t conn, const char *path, const char *line)
{
    const uint32_t fid = 63;
    uint32_t err = p9_walk(b, conn, 0, fid, path);
    if (err)
        return err;
    err = p9_open(b, conn, fid, 0101101);
    if (!err)
        err = p9_write(b, conn, fid, 0, line);
    assert_int_equal(p9_clunk(b, conn, fid), 0);
    return err;
}
