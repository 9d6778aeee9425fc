/* 9P2000.L messages (spec/secure9p.md): pure functions over buffers. One frame in, one struct out, and back; nothing is
 * copied, nothing lies beyond the frame. Both directions of every message that is served stand here. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

#define P9_HEADER_BYTES 7u /* size[4] type[1] tag[2] */
#define P9_MSIZE_MIN 4120u /* what a record of 4096 bytes and its header need */
#define P9_NOTAG 0xffffu
#define P9_NOFID UINT32_MAX
#define P9_VERSION "9P2000.L"
#define P9_NAMES_MAX NS_WALK_MAX
/* Bytes of an Rread, Rreaddir or Rwrite before its data. */
#define P9_DATA_HEADER_BYTES (P9_HEADER_BYTES + 4u)
/* Largest answer without data: Rgetattr. */
#define P9_REPLY_MAX 160u

enum p9_type {
    P9_RLERROR = 7,
    P9_TSTATFS = 8, P9_RSTATFS, P9_TLOPEN = 12, P9_RLOPEN, P9_TGETATTR = 24, P9_RGETATTR,
    P9_TSETATTR = 26, P9_RSETATTR, P9_TREADDIR = 40, P9_RREADDIR, P9_TFSYNC = 50, P9_RFSYNC,
    P9_TVERSION = 100, P9_RVERSION, P9_TAUTH = 102, P9_RAUTH, P9_TATTACH = 104, P9_RATTACH,
    P9_TFLUSH = 108, P9_RFLUSH, P9_TWALK = 110, P9_RWALK, P9_TREAD = 116, P9_RREAD,
    P9_TWRITE = 118, P9_RWRITE, P9_TCLUNK = 120, P9_RCLUNK, P9_TREMOVE = 122, P9_RREMOVE,
    /* known, and never served: EPERM */
    P9_TLCREATE = 14, P9_TSYMLINK = 16, P9_TMKNOD = 18, P9_TRENAME = 20,
    P9_TLINK = 70, P9_TMKDIR = 72, P9_TRENAMEAT = 74, P9_TUNLINKAT = 76,
    /* not supported, as every other */
    P9_TREADLINK = 22, P9_TXATTRWALK = 30, P9_TXATTRCREATE = 32, P9_TLOCK = 52, P9_TGETLOCK = 54,
};

#define P9_QTDIR 0x80u
#define P9_QTAPPEND 0x40u
#define P9_QTAUTH 0x08u
#define P9_QTFILE 0x00u

struct p9_qid {
    uint8_t type;
    uint32_t version;
    uint64_t path;
};

/* One message. Which member is valid follows from type; messages without a body besides a fid use `fid` alone, those
 * without anything (Rflush, Rclunk, Rsetattr, Rfsync, Rremove) none. Strings and data are borrowed from the frame. */
struct p9_msg {
    uint8_t type;
    uint16_t tag;
    uint32_t fid; /* every T-message that begins with a fid; Tauth: the afid */
    union {
        struct { uint32_t msize; struct bytes version; } version;            /* Tversion, Rversion */
        struct { uint32_t afid; struct bytes uname, aname; uint32_t n_uname; } attach; /* Tattach, Tauth but its afid */
        struct { uint32_t newfid; uint16_t n; struct bytes name[P9_NAMES_MAX]; } walk; /* Twalk */
        struct { uint16_t n; struct p9_qid qid[P9_NAMES_MAX]; } walked;      /* Rwalk */
        struct { uint32_t flags; } open;                                      /* Tlopen */
        struct { struct p9_qid qid; uint32_t iounit; } opened;                /* Rlopen */
        struct p9_qid qid;                                                    /* Rauth, Rattach */
        struct { uint64_t offset; uint32_t count; } read;                     /* Tread, Treaddir */
        struct { uint64_t offset; struct bytes data; } write;                 /* Twrite */
        struct bytes data;                                                    /* Rread, Rreaddir */
        uint32_t count;                                                       /* Rwrite */
        uint32_t errnum;                                                      /* Rlerror */
        uint16_t oldtag;                                                      /* Tflush */
        uint32_t datasync;                                                    /* Tfsync */
        uint64_t request_mask;                                                /* Tgetattr */
        struct {
            uint64_t valid;
            struct p9_qid qid;
            uint32_t mode, uid, gid;
            uint64_t nlink, rdev, size, blksize, blocks;
            uint64_t atime_s, atime_ns, mtime_s, mtime_ns, ctime_s, ctime_ns, btime_s, btime_ns, gen, data_version;
        } attr;                                                               /* Rgetattr */
        struct {
            uint32_t valid, mode, uid, gid;
            uint64_t size, atime_s, atime_ns, mtime_s, mtime_ns;
        } setattr;                                                            /* Tsetattr */
        struct {
            uint32_t type, bsize;
            uint64_t blocks, bfree, bavail, files, ffree, fsid;
            uint32_t namelen;
        } statfs;                                                             /* Rstatfs */
    } u;
};

enum p9_result {
    P9_OK,
    P9_MALFORMED,   /* a type that is served, but its fields do not fill the frame exactly, or a string is no UTF-8, or there are more names or qids than P9_NAMES_MAX: tag is valid */
    P9_REFUSED_OP,  /* a type that is known and never served (creating, renaming, linking: EPERM): tag is valid, and fid when 4 bytes of it are there */
    P9_UNSUPPORTED, /* every other type, R-messages from a client too (decode_t): tag is valid */
    P9_BROKEN,      /* size < 7 or other than the frame's length: there is no tag */
};

/* size[4] of a frame that begins at p (4 bytes are there). */
static inline uint32_t p9_size(const uint8_t *p) { return (uint32_t)bytes_le(bytes_of(p, 4)); }

/* Decodes one whole frame from a client (T) or from a server (R). Tremove decodes, since its fid is clunked. Twalk names and
 * other strings are valid UTF-8 without NUL; whether a name is a good path component is not judged here (see utf8_name).
 * Data of Twrite, Rread and Rreaddir is not looked at. */
enum p9_result p9_decode_t(struct bytes frame, struct p9_msg *out);
enum p9_result p9_decode_r(struct bytes frame, struct p9_msg *out);
/* Appends the message, size field included. A decoded message encodes to the very bytes that it came from. Nothing is
 * appended and `cut` is set when there is no room. type is one that is served, asserted. */
void p9_encode(struct buf *out, const struct p9_msg *m);

/* Rread and Rreaddir without a copy: the data is put behind P9_DATA_HEADER_BYTES that the caller left free, then this fills
 * in the header before it. type is P9_RREAD or P9_RREADDIR; frame has P9_DATA_HEADER_BYTES + n bytes. */
void p9_frame_data(uint8_t *frame, uint8_t type, uint16_t tag, uint32_t n);
/* One directory entry of an Rreaddir; false: it does not fit, nothing was appended, and `cut` is set. cookie is what a later
 * Treaddir names to go on behind this entry. */
bool p9_put_entry(struct buf *data, const struct p9_qid *qid, uint64_t cookie, struct bytes name);
