/* The 9P2000.L codec against resources/fixtures/secure9p/vectors.json: every result, every field, and the way
 * back. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/json.h"
#include "ns/tree.h"
#include "wire/p9.h"

#define FILE_BYTES (1u << 20)
#define FRAME_BYTES 8192u
#define MEMBERS_MAX 20u

static struct json_value frames, names, listings;

static struct json_field field(const char *name, enum json_type type, bool required)
{
    return (struct json_field){.name = name, .type = type, .required = required};
}

static int load(void **state)
{
    static uint8_t text[FILE_BYTES];
    FILE *file = fopen(COH_FIXTURES "/secure9p/vectors.json", "rb");
    if (!file)
        return -1;
    size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    struct json_value all;
    struct json_field top[] = {field("frames", JSON_ARRAY, true), field("names", JSON_ARRAY, true),
                               field("listings", JSON_ARRAY, true)};
    if (n == sizeof text || !json_parse(bytes_of(text, n), &all) || !json_object(&all, top, 3))
        return -1;
    frames = top[0].value;
    names = top[1].value;
    listings = top[2].value;
    return 0;
}

/* Bytes on the heap, exactly as many, so that reading beyond them is seen by ASan. The caller frees .p. */
static struct buf exact(size_t n)
{
    uint8_t *p = malloc(n ? n : 1);
    assert_non_null(p);
    return buf_of(p, n);
}

static struct bytes from_hex(const struct json_value *v)
{
    struct buf b = exact(v->text.n / 2u);
    assert_true(v->type == JSON_STRING && parse_hex(v->text, b.p, b.cap));
    return bytes_of(b.p, b.cap);
}

static void drop(struct bytes b)
{
    free((void *)(uintptr_t)b.p);
}

/* What a case says of itself, for failures. */
static struct bytes about;

#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond))                                                                                         \
            fail_msg("%.*s: %s does not hold", (int)about.n, (const char *)about.p, #cond);                  \
    } while (0)

enum kind { N2, N4, N8, STR, HEX, QID, STRS, QIDS };

struct member {
    const char *name;
    enum kind kind;
    size_t at;
};

#define M(kind, name, member)                                                                                \
    {                                                                                                        \
#name, kind, offsetof(struct p9_msg, member)                                                         \
    }
#define FID M(N4, fid, fid)
#define TIME(of, base, name) M(N8, name##_sec, u.of.base##_s), M(N8, name##_nsec, u.of.base##_ns)

struct expected {
    const char *name;
    uint8_t type;
    struct member members[MEMBERS_MAX];
};

static const struct expected types[] = {
    {"Rlerror", 7, {M(N4, ecode, u.errnum)}},
    {"Tstatfs", 8, {FID}},
    {"Rstatfs",
     9,
     {M(N4, type, u.statfs.type), M(N4, bsize, u.statfs.bsize), M(N8, blocks, u.statfs.blocks),
      M(N8, bfree, u.statfs.bfree), M(N8, bavail, u.statfs.bavail), M(N8, files, u.statfs.files),
      M(N8, ffree, u.statfs.ffree), M(N8, fsid, u.statfs.fsid), M(N4, namelen, u.statfs.namelen)}},
    {"Tlopen", 12, {FID, M(N4, flags, u.open.flags)}},
    {"Rlopen", 13, {M(QID, qid, u.opened.qid), M(N4, iounit, u.opened.iounit)}},
    {"Tgetattr", 24, {FID, M(N8, request_mask, u.request_mask)}},
    {"Rgetattr",
     25,
     {M(N8, valid, u.attr.valid), M(QID, qid, u.attr.qid), M(N4, mode, u.attr.mode), M(N4, uid, u.attr.uid),
      M(N4, gid, u.attr.gid), M(N8, nlink, u.attr.nlink), M(N8, rdev, u.attr.rdev), M(N8, size, u.attr.size),
      M(N8, blksize, u.attr.blksize), M(N8, blocks, u.attr.blocks), TIME(attr, atime, atime),
      TIME(attr, mtime, mtime), TIME(attr, ctime, ctime), TIME(attr, btime, btime), M(N8, gen, u.attr.gen),
      M(N8, data_version, u.attr.data_version)}},
    {"Tsetattr",
     26,
     {FID, M(N4, valid, u.setattr.valid), M(N4, mode, u.setattr.mode), M(N4, uid, u.setattr.uid),
      M(N4, gid, u.setattr.gid), M(N8, size, u.setattr.size), TIME(setattr, atime, atime),
      TIME(setattr, mtime, mtime)}},
    {"Rsetattr", 27, {{0}}},
    {"Treaddir", 40, {FID, M(N8, offset, u.read.offset), M(N4, count, u.read.count)}},
    {"Rreaddir", 41, {M(HEX, data, u.data)}},
    {"Tfsync", 50, {FID, M(N4, datasync, u.datasync)}},
    {"Rfsync", 51, {{0}}},
    {"Tversion", 100, {M(N4, msize, u.version.msize), M(STR, version, u.version.version)}},
    {"Rversion", 101, {M(N4, msize, u.version.msize), M(STR, version, u.version.version)}},
    {"Tauth",
     102,
     {M(N4, afid, fid), M(STR, uname, u.attach.uname), M(STR, aname, u.attach.aname),
      M(N4, n_uname, u.attach.n_uname)}},
    {"Rauth", 103, {M(QID, aqid, u.qid)}},
    {"Tattach",
     104,
     {FID, M(N4, afid, u.attach.afid), M(STR, uname, u.attach.uname), M(STR, aname, u.attach.aname),
      M(N4, n_uname, u.attach.n_uname)}},
    {"Rattach", 105, {M(QID, qid, u.qid)}},
    {"Tflush", 108, {M(N2, oldtag, u.oldtag)}},
    {"Rflush", 109, {{0}}},
    {"Twalk", 110, {FID, M(N4, newfid, u.walk.newfid), M(STRS, wname, u.walk)}},
    {"Rwalk", 111, {M(QIDS, wqid, u.walked)}},
    {"Tread", 116, {FID, M(N8, offset, u.read.offset), M(N4, count, u.read.count)}},
    {"Rread", 117, {M(HEX, data, u.data)}},
    {"Twrite", 118, {FID, M(N8, offset, u.write.offset), M(HEX, data, u.write.data)}},
    {"Rwrite", 119, {M(N4, count, u.count)}},
    {"Tclunk", 120, {FID}},
    {"Rclunk", 121, {{0}}},
    {"Tremove", 122, {FID}},
    {"Rremove", 123, {{0}}},
};
#define TYPES (sizeof types / sizeof types[0])

static uint64_t digits(const struct json_value *v)
{
    uint64_t n = 0;
    CHECK(v->type == JSON_STRING && parse_u64(v->text, UINT64_MAX, &n));
    return n;
}

static struct p9_qid qid_of(const struct json_value *v)
{
    struct json_field f[] = {field("type", JSON_UINT, true), field("version", JSON_UINT, true),
                             field("path", JSON_STRING, true)};
    CHECK(json_object(v, f, 3) && f[0].value.u <= UINT8_MAX && f[1].value.u <= UINT32_MAX);
    return (struct p9_qid){(uint8_t)f[0].value.u, (uint32_t)f[1].value.u, digits(&f[2].value)};
}

static void check_qid(const struct p9_qid *got, const struct json_value *v)
{
    struct p9_qid want = qid_of(v);
    CHECK(got->type == want.type && got->version == want.version && got->path == want.path);
}

static void check_str(struct bytes got, const struct json_value *v)
{
    static uint8_t store[FRAME_BYTES];
    struct buf want = buf_of(store, sizeof store);
    CHECK(json_string(v, &want));
    CHECK(bytes_eq(got, buf_bytes(&want)));
}

static void check_member(const struct member *m, const struct p9_msg *msg, const struct json_value *v)
{
    const void *at = (const uint8_t *)msg + m->at;
    struct json_value in;
    size_t next = 0, n = 0;
    struct bytes raw;
    switch (m->kind) {
    case N2:
        CHECK(*(const uint16_t *)at == v->u);
        break;
    case N4:
        CHECK(*(const uint32_t *)at == v->u);
        break;
    case N8:
        CHECK(*(const uint64_t *)at == digits(v));
        break;
    case STR:
        check_str(*(const struct bytes *)at, v);
        break;
    case HEX:
        raw = from_hex(v);
        CHECK(bytes_eq(*(const struct bytes *)at, raw));
        drop(raw);
        break;
    case QID:
        check_qid(at, v);
        break;
    case STRS:
        for (; json_next(v, &next, &in); n++) {
            CHECK(n < msg->u.walk.n);
            check_str(msg->u.walk.name[n], &in);
        }
        CHECK(n == msg->u.walk.n);
        break;
    case QIDS:
        for (; json_next(v, &next, &in); n++) {
            CHECK(n < msg->u.walked.n);
            check_qid(&msg->u.walked.qid[n], &in);
        }
        CHECK(n == msg->u.walked.n);
        break;
    }
}

/* Compares with `message`; returns its row in types. */
static size_t check_message(const struct p9_msg *msg, const struct json_value *v)
{
    static const enum json_type json[] = {
        [N2] = JSON_UINT,    [N4] = JSON_UINT,    [N8] = JSON_STRING,  [STR] = JSON_STRING,
        [HEX] = JSON_STRING, [QID] = JSON_OBJECT, [STRS] = JSON_ARRAY, [QIDS] = JSON_ARRAY};
    struct json_field top[] = {field("type", JSON_STRING, true), field("tag", JSON_UINT, true),
                               field("body", JSON_OBJECT, true)};
    CHECK(json_object(v, top, 3));
    size_t row = 0;
    while (row < TYPES && !bytes_is(top[0].value.text, types[row].name))
        row++;
    CHECK(row < TYPES && msg->type == types[row].type);
    CHECK(msg->tag == top[1].value.u);
    struct json_field body[MEMBERS_MAX];
    const struct member *m = types[row].members;
    size_t n = 0;
    for (; n < MEMBERS_MAX && m[n].name; n++)
        body[n] = field(m[n].name, json[m[n].kind], true);
    CHECK(json_object(&top[2].value, body, n));
    for (size_t i = 0; i < n; i++)
        check_member(&m[i], msg, &body[i].value);
    return row;
}

/* The same bytes again, in just their room, and nothing in less. */
static void check_way_back(const struct p9_msg *msg, struct bytes frame)
{
    struct buf out = exact(frame.n), less = exact(frame.n - 1u);
    p9_encode(&out, msg);
    CHECK(!out.cut && bytes_eq(buf_bytes(&out), frame));
    CHECK(p9_size(out.p) == frame.n);
    p9_encode(&less, msg);
    CHECK(less.cut && less.n == 0);
    free(out.p);
    free(less.p);
}

enum { NAME, DIRECTION, RESULT, HEX_OF, TAG, FID_OF, MESSAGE, KEYS };

static enum p9_result result_of(struct bytes text)
{
    static const char *const words[] = {[P9_OK] = "ok",
                                        [P9_MALFORMED] = "malformed",
                                        [P9_REFUSED_OP] = "refused",
                                        [P9_UNSUPPORTED] = "unsupported",
                                        [P9_BROKEN] = "broken"};
    unsigned r = 0;
    while (r <= P9_BROKEN && !bytes_is(text, words[r]))
        r++;
    CHECK(r <= P9_BROKEN);
    return (enum p9_result)r;
}

static void every_frame_decodes_as_the_vectors_say_and_encodes_back(void **state)
{
    bool seen[TYPES] = {false};
    struct json_value v;
    for (size_t at = 0; json_next(&frames, &at, &v);) {
        struct json_field f[KEYS] = {
            field("name", JSON_STRING, true),    field("direction", JSON_STRING, true),
            field("result", JSON_STRING, true),  field("hex", JSON_STRING, true),
            field("tag", JSON_UINT, false),      field("fid", JSON_UINT, false),
            field("message", JSON_OBJECT, false)};
        about = v.text;
        CHECK(json_object(&v, f, KEYS));
        about = f[NAME].value.text;
        bool client = bytes_is(f[DIRECTION].value.text, "T");
        CHECK(client || bytes_is(f[DIRECTION].value.text, "R"));
        struct bytes frame = from_hex(&f[HEX_OF].value);
        struct p9_msg msg;
        enum p9_result want = result_of(f[RESULT].value.text);
        enum p9_result got = client ? p9_decode_t(frame, &msg) : p9_decode_r(frame, &msg);
        if (got != want)
            fail_msg("%.*s: result %d, want %d", (int)about.n, (const char *)about.p, got, want);
        CHECK(f[TAG].seen == (want != P9_OK && want != P9_BROKEN));
        CHECK(!f[TAG].seen || msg.tag == f[TAG].value.u);
        CHECK(!f[FID_OF].seen || msg.fid == f[FID_OF].value.u);
        CHECK(f[MESSAGE].seen == (want == P9_OK));
        if (want == P9_OK) {
            seen[check_message(&msg, &f[MESSAGE].value)] = true;
            check_way_back(&msg, frame);
        }
        drop(frame);
    }
    for (size_t i = 0; i < TYPES; i++)
        if (!seen[i])
            fail_msg("no frame is an %s", types[i].name);
}

static void names_are_good_or_not_as_the_vectors_say(void **state)
{
    struct json_value v;
    size_t good = 0, all = 0;
    for (size_t at = 0; json_next(&names, &at, &v); all++) {
        struct json_field f[] = {field("text", JSON_STRING, true), field("ok", JSON_BOOL, true)};
        BUF(name, FRAME_BYTES);
        about = v.text;
        CHECK(json_object(&v, f, 2) && json_string(&f[0].value, &name));
        bool allowed = bytes_is(f[1].value.text, "true") && !utf8_control(buf_bytes(&name)); /* which the namespace refuses besides */
        CHECK(utf8_name(buf_bytes(&name)) == allowed);
        good += bytes_is(f[1].value.text, "true");
    }
    assert_true(good && good < all);
}

static void listings_are_laid_out_as_the_vectors_say(void **state)
{
    struct json_value v, e;
    size_t entries = 0;
    for (size_t at = 0; json_next(&listings, &at, &v);) {
        struct json_field f[] = {field("name", JSON_STRING, true), field("result", JSON_STRING, true),
                                 field("hex", JSON_STRING, true), field("entries", JSON_ARRAY, false)};
        about = v.text;
        CHECK(json_object(&v, f, 4) && f[3].seen == bytes_is(f[1].value.text, "ok"));
        if (!f[3].seen)
            continue;
        struct bytes want = from_hex(&f[2].value);
        struct buf data = exact(want.n);
        for (size_t i = 0; json_next(&f[3].value, &i, &e); entries++) {
            struct json_field m[] = {field("qid", JSON_OBJECT, true), field("offset", JSON_STRING, true),
                                     field("type", JSON_UINT, true), field("name", JSON_STRING, true)};
            BUF(name, NS_NAME_BYTES);
            CHECK(json_object(&e, m, 4) && json_string(&m[3].value, &name));
            struct p9_qid qid = qid_of(&m[0].value);
            CHECK(p9_put_entry(&data, &qid, digits(&m[1].value), buf_bytes(&name)));
        }
        CHECK(bytes_eq(buf_bytes(&data), want));
        free(data.p);
        drop(want);
    }
    assert_true(entries > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_decodes_as_the_vectors_say_and_encodes_back),
        cmocka_unit_test(names_are_good_or_not_as_the_vectors_say),
        cmocka_unit_test(listings_are_laid_out_as_the_vectors_say),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
