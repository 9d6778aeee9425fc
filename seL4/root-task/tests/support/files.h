/* Files as a session's operations see them, without a protocol: what the one access decision says. */
#pragma once

#include "serve/access.h"
#include "support/client.h"

static inline uint32_t session_of(const struct bench *b, uint32_t conn)
{
    return b->h->conns[conn].session;
}

/* Opens the file and writes once at offset; *why says more of a refusal. */
static inline enum coh_status put_at(struct bench *b, uint32_t conn, const char *path, struct bytes data,
                                     uint64_t offset, struct ns_why *why)
{
    uint32_t session = session_of(b, conn);
    struct ns_ref ref;
    struct ns_write w;
    *why = (struct ns_why){0};
    enum coh_status s = access_walk(b->h, session, NULL, bytes_str(path), &ref, why);
    if (s == COH_OK)
        s = access_open(b->h, session, ACCESS_WRITE, &ref, why);
    if (s == COH_OK)
        s = access_check(b->h, session, &ref, data, offset, &w, why);
    if (s == COH_OK)
        access_apply(b->h, &w);
    else
        access_refuse(b->h, session, "write", NULL, bytes_str(path), s, why);
    assert_true(hive_check(b->h));
    return s;
}

static inline void put(struct bench *b, uint32_t conn, const char *path, struct bytes data)
{
    struct ns_why why;
    enum coh_status s = put_at(b, conn, path, data, NS_AT_END, &why);
    if (s != COH_OK)
        fail_msg("writing %s is refused: %s %s", path, status_reason(s), why.detail ? why.detail : "");
}

/* A write that must be refused so. */
static inline void expect_refused(struct bench *b, uint32_t conn, const char *path, struct bytes data,
                                  enum coh_status status, const char *detail)
{
    struct ns_why why;
    enum coh_status s = put_at(b, conn, path, data, NS_AT_END, &why);
    if (s != status || (detail ? !why.detail || strcmp(why.detail, detail) != 0 : why.detail != NULL))
        fail_msg("writing %s gives %s %s, want %s %s", path, status_reason(s), why.detail ? why.detail : "-",
                 status_reason(status), detail ? detail : "-");
}

/* The whole content, borrowed until the next call. */
static inline struct bytes get(struct bench *b, uint32_t conn, const char *path)
{
    static uint8_t content[1u << 18];
    uint32_t session = session_of(b, conn);
    struct ns_ref ref;
    struct ns_why why = {0};
    struct ring_cursor at = {0};
    struct ns_read got;
    if (access_walk(b->h, session, NULL, bytes_str(path), &ref, &why) != COH_OK)
        fail_msg("%s is not there", path);
    assert_int_equal(access_open(b->h, session, ACCESS_READ, &ref, &why), COH_OK);
    struct ring *r = ns_ring(&b->h->tree, b->h, &ref);
    assert_int_equal(
        ns_read(&b->h->tree, b->h, &ref, r ? r->oldest : 0, 0, &at, content, sizeof content, &got),
        COH_OK);
    assert_true(got.n < sizeof content && got.n == ns_size(&b->h->tree, b->h, &ref));
    return bytes_of(content, got.n);
}

static inline enum coh_status walk_to(struct bench *b, uint32_t conn, const char *path)
{
    struct ns_ref ref;
    struct ns_why why = {0};
    return access_walk(b->h, session_of(b, conn), NULL, bytes_str(path), &ref, &why);
}
