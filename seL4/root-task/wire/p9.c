/* 9P2000.L messages; see p9.h. One table says each message's fields in the order of the wire, and where they
 * stand in struct p9_msg: decoding and encoding walk the same lines, so they cannot disagree. */
#include "wire/p9.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/utf8.h"

#define STR_MAX UINT16_MAX
#define DT_DIR 4u /* the type[1] of a directory entry is readdir(3)'s */
#define DT_REG 8u
#define ENTRY_BYTES (P9_QID_BYTES + 8u + 1u + 2u) /* before the name */
#define FIELDS_MAX 5

enum kind {
    END,
    U16, /* little-endian, as everything */
    U32,
    U64,
    QID,   /* type[1] version[4] path[8] */
    STR,   /* n[2], n bytes of UTF-8 */
    DATA,  /* n[4], n bytes of anything */
    NAMES, /* n[2], n strings: u.walk */
    QIDS,  /* n[2], n qids: u.walked */
};

/* `run` neighbours of one kind, the first of them at this offset in struct p9_msg. */
struct field {
    uint8_t kind, at, run;
};

#define AT(member) (uint8_t) offsetof(struct p9_msg, member)
#define ONE(kind, member)                                                                                    \
    {                                                                                                        \
        kind, AT(member), 1                                                                                  \
    }
#define RUN(kind, first, last)                                                                               \
    {                                                                                                        \
        kind, AT(first), 1 + (AT(last) - AT(first)) / (kind == U32 ? 4 : 8)                                  \
    }
#define FID ONE(U32, fid)
_Static_assert(sizeof(struct p9_msg) <= UINT8_MAX, "offsets fit struct field");

enum use { UNKNOWN, SERVED, REFUSED };

struct shape {
    uint8_t use;
    struct field f[FIELDS_MAX]; /* up to the first END */
};

/* Even types are a client's (T), odd ones a server's (R). */
static const struct shape shapes[] = {
    [P9_RLERROR] = {SERVED, {ONE(U32, u.errnum)}},
    [P9_TSTATFS] = {SERVED, {FID}},
    [P9_RSTATFS] = {SERVED,
                    {RUN(U32, u.statfs.type, u.statfs.bsize), RUN(U64, u.statfs.blocks, u.statfs.fsid),
                     ONE(U32, u.statfs.namelen)}},
    [P9_TLOPEN] = {SERVED, {FID, ONE(U32, u.open.flags)}},
    [P9_RLOPEN] = {SERVED, {ONE(QID, u.opened.qid), ONE(U32, u.opened.iounit)}},
    [P9_TLCREATE] = {REFUSED, {FID}},
    [P9_TSYMLINK] = {REFUSED, {FID}},
    [P9_TMKNOD] = {REFUSED, {FID}},
    [P9_TRENAME] = {REFUSED, {FID}},
    [P9_TGETATTR] = {SERVED, {FID, ONE(U64, u.request_mask)}},
    [P9_RGETATTR] = {SERVED,
                     {ONE(U64, u.attr.valid), ONE(QID, u.attr.qid), RUN(U32, u.attr.mode, u.attr.gid),
                      RUN(U64, u.attr.nlink, u.attr.data_version)}},
    [P9_TSETATTR] = {SERVED,
                     {FID, RUN(U32, u.setattr.valid, u.setattr.gid),
                      RUN(U64, u.setattr.size, u.setattr.mtime_ns)}},
    [P9_RSETATTR] = {SERVED, {{0}}},
    [P9_TREADDIR] = {SERVED, {FID, ONE(U64, u.read.offset), ONE(U32, u.read.count)}},
    [P9_RREADDIR] = {SERVED, {ONE(DATA, u.data)}},
    [P9_TFSYNC] = {SERVED, {FID, ONE(U32, u.datasync)}},
    [P9_RFSYNC] = {SERVED, {{0}}},
    [P9_TLINK] = {REFUSED, {FID}},
    [P9_TMKDIR] = {REFUSED, {FID}},
    [P9_TRENAMEAT] = {REFUSED, {FID}},
    [P9_TUNLINKAT] = {REFUSED, {FID}},
    [P9_TVERSION] = {SERVED, {ONE(U32, u.version.msize), ONE(STR, u.version.version)}},
    [P9_RVERSION] = {SERVED, {ONE(U32, u.version.msize), ONE(STR, u.version.version)}},
    [P9_TAUTH] = {SERVED, {FID, ONE(STR, u.auth.uname), ONE(STR, u.auth.aname), ONE(U32, u.auth.n_uname)}},
    [P9_RAUTH] = {SERVED, {ONE(QID, u.qid)}},
    [P9_TATTACH] = {SERVED,
                    {FID, ONE(U32, u.attach.afid), ONE(STR, u.attach.uname), ONE(STR, u.attach.aname),
                     ONE(U32, u.attach.n_uname)}},
    [P9_RATTACH] = {SERVED, {ONE(QID, u.qid)}},
    [P9_TFLUSH] = {SERVED, {ONE(U16, u.oldtag)}},
    [P9_RFLUSH] = {SERVED, {{0}}},
    [P9_TWALK] = {SERVED, {FID, ONE(U32, u.walk.newfid), ONE(NAMES, u.walk.n)}},
    [P9_RWALK] = {SERVED, {ONE(QIDS, u.walked.n)}},
    [P9_TREAD] = {SERVED, {FID, ONE(U64, u.read.offset), ONE(U32, u.read.count)}},
    [P9_RREAD] = {SERVED, {ONE(DATA, u.data)}},
    [P9_TWRITE] = {SERVED, {FID, ONE(U64, u.write.offset), ONE(DATA, u.write.data)}},
    [P9_RWRITE] = {SERVED, {ONE(U32, u.count)}},
    [P9_TCLUNK] = {SERVED, {FID}},
    [P9_RCLUNK] = {SERVED, {{0}}},
    [P9_TREMOVE] = {SERVED, {FID}},
    [P9_RREMOVE] = {SERVED, {{0}}},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static const struct shape unknown;

static const struct shape *shape_of(uint8_t type)
{
    return type < SHAPES ? &shapes[type] : &unknown;
}

/* A qid. */

static void put_qid(struct buf *b, const struct p9_qid *q)
{
    buf_byte(b, q->type);
    buf_le(b, q->version, 4);
    buf_le(b, q->path, 8);
}

static struct p9_qid get_qid(struct reader *r)
{
    struct p9_qid q = {.type = rd_u8(r)};
    q.version = rd_u32(r);
    q.path = rd_u64(r);
    return q;
}

/* A string. */

static void put_str(struct buf *b, struct bytes s)
{
    COH_ASSERT(s.n <= STR_MAX);
    buf_le(b, s.n, 2);
    buf_put(b, s);
}

static struct bytes get_str(struct reader *r)
{
    struct bytes s = rd_bytes(r, rd_u16(r));
    if (!utf8_valid(s) || (s.n && memchr(s.p, 0, s.n)))
        r->bad = true;
    return s;
}

static void put_data(struct buf *b, struct bytes data)
{
    COH_ASSERT(data.n <= UINT32_MAX);
    buf_le(b, data.n, 4);
    buf_put(b, data);
}

/* Neighbouring numbers of one kind. */

static void put_run(struct buf *b, const struct field *f, const void *from)
{
    for (unsigned i = 0; i < f->run; i++) {
        if (f->kind == U32)
            buf_le(b, ((const uint32_t *)from)[i], 4);
        else
            buf_le(b, ((const uint64_t *)from)[i], 8);
    }
}

static void get_run(struct reader *r, const struct field *f, void *to)
{
    for (unsigned i = 0; i < f->run; i++) {
        if (f->kind == U32)
            ((uint32_t *)to)[i] = rd_u32(r);
        else
            ((uint64_t *)to)[i] = rd_u64(r);
    }
}

/* Twalk's names and Rwalk's qids. */

static void put_names(struct buf *b, const struct p9_msg *m)
{
    COH_ASSERT(m->u.walk.n <= P9_NAMES_MAX);
    buf_le(b, m->u.walk.n, 2);
    for (unsigned i = 0; i < m->u.walk.n; i++)
        put_str(b, m->u.walk.name[i]);
}

static void get_names(struct reader *r, struct p9_msg *m)
{
    m->u.walk.n = rd_u16(r);
    r->bad |= m->u.walk.n > P9_NAMES_MAX;
    for (unsigned i = 0; i < m->u.walk.n && !r->bad; i++)
        m->u.walk.name[i] = get_str(r);
}

static void put_qids(struct buf *b, const struct p9_msg *m)
{
    COH_ASSERT(m->u.walked.n <= P9_NAMES_MAX);
    buf_le(b, m->u.walked.n, 2);
    for (unsigned i = 0; i < m->u.walked.n; i++)
        put_qid(b, &m->u.walked.qid[i]);
}

static void get_qids(struct reader *r, struct p9_msg *m)
{
    m->u.walked.n = rd_u16(r);
    r->bad |= m->u.walked.n > P9_NAMES_MAX;
    for (unsigned i = 0; i < m->u.walked.n && !r->bad; i++)
        m->u.walked.qid[i] = get_qid(r);
}

/* Any field. */

static void put(struct buf *b, const struct field *f, const struct p9_msg *m)
{
    const void *from = (const uint8_t *)m + f->at;
    switch (f->kind) {
    case U16:
        buf_le(b, *(const uint16_t *)from, 2);
        break;
    case QID:
        put_qid(b, from);
        break;
    case STR:
        put_str(b, *(const struct bytes *)from);
        break;
    case DATA:
        put_data(b, *(const struct bytes *)from);
        break;
    case NAMES:
        put_names(b, m);
        break;
    case QIDS:
        put_qids(b, m);
        break;
    default:
        put_run(b, f, from);
    }
}

static void get(struct reader *r, const struct field *f, struct p9_msg *m)
{
    void *to = (uint8_t *)m + f->at;
    switch (f->kind) {
    case U16:
        *(uint16_t *)to = rd_u16(r);
        break;
    case QID:
        *(struct p9_qid *)to = get_qid(r);
        break;
    case STR:
        *(struct bytes *)to = get_str(r);
        break;
    case DATA:
        *(struct bytes *)to = rd_bytes(r, rd_u32(r));
        break;
    case NAMES:
        get_names(r, m);
        break;
    case QIDS:
        get_qids(r, m);
        break;
    default:
        get_run(r, f, to);
    }
}

/* A message. */

static void put_head(struct buf *b, size_t size, uint8_t type, uint16_t tag)
{
    buf_le(b, size, 4);
    buf_byte(b, type);
    buf_le(b, tag, 2);
}

void p9_encode(struct buf *out, const struct p9_msg *m)
{
    const struct shape *shape = shape_of(m->type);
    COH_ASSERT(shape->use == SERVED && out->n <= out->cap);
    struct buf b = buf_of(out->p + out->n, out->cap - out->n);
    put_head(&b, 0, m->type, m->tag);
    for (const struct field *f = shape->f; f < shape->f + FIELDS_MAX && f->kind != END; f++)
        put(&b, f, m);
    if (b.cut) {
        out->cut = true;
        return;
    }
    struct buf size = buf_of(b.p, 4);
    buf_le(&size, b.n, 4);
    out->n += b.n;
}

/* from: the side that the frame came from, 0 for a client (its types are even), 1 for a server. */
static enum p9_result decode(struct bytes frame, unsigned from, struct p9_msg *m)
{
    struct reader r = reader_of(frame);
    *m = (struct p9_msg){0};
    uint32_t size = rd_u32(&r);
    m->type = rd_u8(&r);
    m->tag = rd_u16(&r);
    if (r.bad || size != frame.n)
        return P9_BROKEN;
    const struct shape *shape = shape_of(m->type);
    if (shape->use == UNKNOWN || m->type % 2u != from)
        return P9_UNSUPPORTED;
    for (const struct field *f = shape->f; f < shape->f + FIELDS_MAX && f->kind != END; f++)
        get(&r, f, m);
    if (shape->use == REFUSED)
        return P9_REFUSED_OP;
    return r.bad || r.left ? P9_MALFORMED : P9_OK;
}

enum p9_result p9_decode_t(struct bytes frame, struct p9_msg *out)
{
    return decode(frame, 0, out);
}

enum p9_result p9_decode_r(struct bytes frame, struct p9_msg *out)
{
    return decode(frame, 1, out);
}

bool p9_name_ok(struct bytes name)
{
    return name.n >= 1 && name.n <= NS_NAME_BYTES && !memchr(name.p, '/', name.n) && !bytes_is(name, ".") &&
           !bytes_is(name, "..");
}

void p9_frame_data(uint8_t *frame, uint8_t type, uint16_t tag, uint32_t n)
{
    COH_ASSERT(type == P9_RREAD || type == P9_RREADDIR);
    COH_ASSERT(n <= UINT32_MAX - P9_DATA_HEADER_BYTES);
    struct buf b = buf_of(frame, P9_DATA_HEADER_BYTES);
    put_head(&b, P9_DATA_HEADER_BYTES + n, type, tag);
    buf_le(&b, n, 4);
}

bool p9_put_entry(struct buf *data, const struct p9_qid *qid, uint64_t cookie, struct bytes name)
{
    COH_ASSERT(data->n <= data->cap && name.n <= STR_MAX);
    if (ENTRY_BYTES + name.n > data->cap - data->n)
        return false;
    put_qid(data, qid);
    buf_le(data, cookie, 8);
    buf_byte(data, qid->type & P9_QTDIR ? DT_DIR : DT_REG);
    put_str(data, name);
    return true;
}
