/* 9P2000.L messages; see p9.h. One table says each message's fields in the order of the wire, and where they
 * stand in struct p9_msg: decoding and encoding walk the same lines, so they cannot disagree. */
#include "wire/p9.h"

#include "base/fmt.h"

#define DT_DIR 4u /* the type[1] of a directory entry is readdir(3)'s */
#define DT_REG 8u
#define FIELDS_MAX 5

enum kind {
    END,
    REFUSED, /* likewise the end, of a message that is never served */
    RAW,     /* numbers, little-endian as everything */
    QID,     /* type[1] version[4] path[8] */
    STR,     /* n[2], n bytes of UTF-8 */
    DATA,    /* n[4], n bytes of anything */
    NAMES,   /* n[2], n strings: u.walk */
    QIDS,    /* n[2], n qids: u.walked */
};

/* A field, or `n` bytes of neighbouring numbers, at this offset in struct p9_msg. */
struct field {
    uint8_t kind, at, n;
};

#define AT(member) (uint8_t)offsetof(struct p9_msg, member)
#define SIZE(member) sizeof(((const struct p9_msg *)0)->member)
#define ONE(kind, member) {kind, AT(member), 0}
#define RUN(first, last) {RAW, AT(first), (uint8_t)(AT(last) + SIZE(last) - AT(first))}
#define NUMBER(member) RUN(member, member)
#define FID NUMBER(fid)
#define NOTHING {RAW, 0, 0}
#define REFUSE {FID, {REFUSED, 0, 0}}
_Static_assert(sizeof(struct p9_msg) <= UINT8_MAX, "offsets fit struct field");

/* Even types are a client's (T), odd ones a server's (R). */
static const struct field shapes[][FIELDS_MAX] = {
    [P9_RLERROR] = {NUMBER(u.errnum)},
    [P9_TSTATFS] = {FID}, [P9_RSTATFS] = {RUN(u.statfs.type, u.statfs.namelen)},
    [P9_TLOPEN] = {FID, NUMBER(u.open.flags)}, [P9_RLOPEN] = {ONE(QID, u.opened.qid), NUMBER(u.opened.iounit)},
    [P9_TLCREATE] = REFUSE, [P9_TSYMLINK] = REFUSE, [P9_TMKNOD] = REFUSE, [P9_TRENAME] = REFUSE,
    [P9_TGETATTR] = {FID, NUMBER(u.request_mask)},
    [P9_RGETATTR] = {NUMBER(u.attr.valid), ONE(QID, u.attr.qid), RUN(u.attr.mode, u.attr.gid),
                     RUN(u.attr.nlink, u.attr.data_version)},
    [P9_TSETATTR] = {FID, RUN(u.setattr.valid, u.setattr.mtime_ns)}, [P9_RSETATTR] = {NOTHING},
    [P9_TREADDIR] = {FID, RUN(u.read.offset, u.read.count)}, [P9_RREADDIR] = {ONE(DATA, u.data)},
    [P9_TFSYNC] = {FID, NUMBER(u.datasync)}, [P9_RFSYNC] = {NOTHING},
    [P9_TLINK] = REFUSE, [P9_TMKDIR] = REFUSE, [P9_TRENAMEAT] = REFUSE, [P9_TUNLINKAT] = REFUSE,
    [P9_TVERSION] = {NUMBER(u.version.msize), ONE(STR, u.version.version)},
    [P9_RVERSION] = {NUMBER(u.version.msize), ONE(STR, u.version.version)},
    [P9_TAUTH] = {FID, ONE(STR, u.attach.uname), ONE(STR, u.attach.aname), NUMBER(u.attach.n_uname)},
    [P9_RAUTH] = {ONE(QID, u.qid)},
    [P9_TATTACH] = {FID, NUMBER(u.attach.afid), ONE(STR, u.attach.uname), ONE(STR, u.attach.aname),
                    NUMBER(u.attach.n_uname)},
    [P9_RATTACH] = {ONE(QID, u.qid)},
    [P9_TFLUSH] = {NUMBER(u.oldtag)}, [P9_RFLUSH] = {NOTHING},
    [P9_TWALK] = {FID, NUMBER(u.walk.newfid), ONE(NAMES, u.walk.n)}, [P9_RWALK] = {ONE(QIDS, u.walked.n)},
    [P9_TREAD] = {FID, RUN(u.read.offset, u.read.count)}, [P9_RREAD] = {ONE(DATA, u.data)},
    [P9_TWRITE] = {FID, NUMBER(u.write.offset), ONE(DATA, u.write.data)}, [P9_RWRITE] = {NUMBER(u.count)},
    [P9_TCLUNK] = {FID}, [P9_RCLUNK] = {NOTHING},
    [P9_TREMOVE] = {FID}, [P9_RREMOVE] = {NOTHING},
};

static const struct field *shape_of(uint8_t type)
{
    return shapes[type < sizeof shapes / sizeof shapes[0] ? type : 0];
}

/* Both ways at once: what a message holds is put to `out`, or, when there is no out, taken from `in`. */
struct codec {
    struct reader in;
    struct buf *out;
};

static void raw(struct codec *c, void *at, size_t n)
{
    if (c->out) {
        buf_put(c->out, bytes_of(at, n));
        return;
    }
    struct bytes b = rd_bytes(&c->in, n);
    if (b.n)
        memcpy(at, b.p, b.n);
}

static void qid(struct codec *c, struct p9_qid *q)
{
    raw(c, &q->type, 1);
    raw(c, &q->version, 4);
    raw(c, &q->path, 8);
}

/* Bytes behind their count of `wide` bytes. A message that is being read is zeroed before. */
static void counted(struct codec *c, struct bytes *s, size_t wide)
{
    uint64_t n = s->n;
    COH_ASSERT(n >> (8u * wide) == 0);
    raw(c, &n, wide);
    if (c->out)
        buf_put(c->out, *s);
    else
        *s = rd_bytes(&c->in, (size_t)n);
}

static void str(struct codec *c, struct bytes *s)
{
    counted(c, s, 2);
    c->in.bad |= !c->out && (!utf8_valid(*s) || (s->n && memchr(s->p, 0, s->n)));
}

/* How many follow in a list. */
static unsigned list(struct codec *c, uint16_t *n)
{
    raw(c, n, 2);
    COH_ASSERT(!c->out || *n <= P9_NAMES_MAX);
    c->in.bad |= *n > P9_NAMES_MAX;
    return c->in.bad ? 0 : *n;
}

static void field(struct codec *c, const struct field *f, struct p9_msg *m)
{
    void *at = (uint8_t *)m + f->at;
    unsigned n = f->kind == NAMES || f->kind == QIDS ? list(c, at) : 0;
    for (unsigned i = 0; i < n; i++) {
        if (f->kind == NAMES)
            str(c, &m->u.walk.name[i]);
        else
            qid(c, &m->u.walked.qid[i]);
    }
    if (f->kind == RAW)
        raw(c, at, f->n);
    if (f->kind == QID)
        qid(c, at);
    if (f->kind == STR)
        str(c, at);
    if (f->kind == DATA)
        counted(c, at, 4);
}

static void fields(struct codec *c, const struct field *shape, struct p9_msg *m)
{
    for (unsigned i = 0; i < FIELDS_MAX && shape[i].kind > REFUSED; i++)
        field(c, &shape[i], m);
}

static void put_head(struct buf *b, size_t size, uint8_t type, uint16_t tag)
{
    buf_le(b, size, 4);
    buf_byte(b, type);
    buf_le(b, tag, 2);
}

void p9_encode(struct buf *out, const struct p9_msg *m)
{
    const struct field *shape = shape_of(m->type);
    struct p9_msg copy = *m;
    COH_ASSERT(shape[0].kind != END && shape[1].kind != REFUSED);
    struct buf all = buf_begin(out), size = buf_begin(out);
    struct codec c = {.out = &all};
    put_head(&all, 0, m->type, m->tag);
    fields(&c, shape, &copy);
    if (buf_keep(out, all))
        buf_le(&size, all.n - size.n, 4);
}

/* from: the side that the frame came from, 0 for a client (its types are even), 1 for a server. */
static enum p9_result decode(struct bytes frame, unsigned from, struct p9_msg *m)
{
    struct codec c = {.in = reader_of(frame)};
    *m = (struct p9_msg){0};
    uint32_t size = rd_u32(&c.in);
    m->type = rd_u8(&c.in);
    m->tag = rd_u16(&c.in);
    if (c.in.bad || size != frame.n)
        return P9_BROKEN;
    const struct field *shape = shape_of(m->type);
    if (shape[0].kind == END || m->type % 2u != from)
        return P9_UNSUPPORTED;
    fields(&c, shape, m);
    if (shape[1].kind == REFUSED)
        return P9_REFUSED_OP;
    return c.in.bad || c.in.left ? P9_MALFORMED : P9_OK;
}

enum p9_result p9_decode_t(struct bytes frame, struct p9_msg *out) { return decode(frame, 0, out); }

enum p9_result p9_decode_r(struct bytes frame, struct p9_msg *out) { return decode(frame, 1, out); }

void p9_frame_data(uint8_t *frame, uint8_t type, uint16_t tag, uint32_t n)
{
    COH_ASSERT(type == P9_RREAD || type == P9_RREADDIR);
    COH_ASSERT(n <= UINT32_MAX - P9_DATA_HEADER_BYTES);
    struct buf b = buf_of(frame, P9_DATA_HEADER_BYTES);
    put_head(&b, P9_DATA_HEADER_BYTES + n, type, tag);
    buf_le(&b, n, 4);
}

bool p9_put_entry(struct buf *data, const struct p9_qid *q, uint64_t cookie, struct bytes name)
{
    struct buf all = buf_begin(data);
    struct codec c = {.out = &all};
    struct p9_qid copy = *q;
    qid(&c, &copy);
    buf_le(&all, cookie, 8);
    buf_byte(&all, q->type & P9_QTDIR ? DT_DIR : DT_REG);
    str(&c, &name);
    return buf_keep(data, all);
}
