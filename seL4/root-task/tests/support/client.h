/* A hive and console clients in one process: what is asked is answered before the call returns. The clock is the test's. */
#pragma once

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hive/state.h"
#include "support/mint.h"

#define TOKEN "changeme" /* of development manifests */

struct bench {
    struct hive *h;
    uint64_t now;
    char answer[1u << 18];
};

static inline void bench_start(struct bench *b)
{
    struct hive_facts facts = {.backend = "test", .kernel = "posix", .kernel_version = "-", .timer = "counter"};
    b->h = calloc(1, hive_size());
    b->now = 0;
    assert_non_null(b->h);
    assert_null(hive_init(b->h, &facts));
#ifndef BENCH_GATED /* by the manifest's rules; else writes need no approval, so that a test can be about something else */
    b->h->policy_sets[0].n = 0;
#endif
    hive_net(b->h)->listening = hive_net(b->h)->link_up = true;
}

static inline void bench_end(struct bench *b)
{
    assert_true(hive_check(b->h));
    free(b->h);
}

static inline int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    bench_start(b);
    *state = b;
    return 0;
}

static inline int bench_teardown(void **state)
{
    bench_end(*state);
    free(*state);
    return 0;
}

static inline void pass_ms(struct bench *b, uint64_t ms)
{
    uint64_t end = b->now + ms;
    for (;;) {
        uint64_t next = hive_tick(b->h, b->now);
        assert_true(hive_check(b->h));
        if (next > end)
            break;
        b->now = next > b->now ? next : b->now + 1;
    }
    b->now = end;
    hive_tick(b->h, b->now);
}

/* Pulls all output of conn as text, a line a frame. */
static inline const char *hear(struct bench *b, uint32_t conn)
{
    static uint8_t raw[1u << 18];
    size_t n = hive_output(b->h, conn, raw, sizeof raw, b->now), at = 0, out = 0;
    assert_true(n < sizeof raw);
    while (at < n) {
        uint32_t size = (uint32_t)(raw[at] | raw[at + 1] << 8 | raw[at + 2] << 16 | raw[at + 3] << 24);
        assert_true(size >= CONSOLE_FRAME_MIN && size <= CONSOLE_FRAME_MAX && at + size <= n);
        memcpy(b->answer + out, raw + at + 4, size - 4);
        out += size - 4;
        b->answer[out++] = '\n';
        at += size;
    }
    b->answer[out] = 0;
    assert_true(hive_check(b->h));
    return b->answer;
}

static inline size_t frame(uint8_t *out, struct bytes payload)
{
    uint32_t size = (uint32_t)payload.n + 4u;
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(size >> (8u * i));
    memcpy(out + 4, payload.p, payload.n);
    return size;
}

static inline const char *ask_bytes(struct bench *b, uint32_t conn, struct bytes line)
{
    uint8_t f[CONSOLE_FRAME_MAX];
    assert_true(line.n && line.n <= CONSOLE_LINE_BYTES);
    size_t n = frame(f, line);
    assert_int_equal(hive_input(b->h, conn, bytes_of(f, n), b->now), n);
    return hear(b, conn);
}

static inline const char *ask(struct bench *b, uint32_t conn, const char *line)
{
    return ask_bytes(b, conn, bytes_str(line));
}

/* Asks and expects exactly this. */
static inline void expect(struct bench *b, uint32_t conn, const char *line, const char *answer)
{
    assert_string_equal(ask(b, conn, line), answer);
}

static inline void expect_holds(struct bench *b, uint32_t conn, const char *line, const char *part)
{
    const char *got = ask(b, conn, line);
    if (!strstr(got, part))
        fail_msg("`%s` answered `%s`, which does not hold `%s`", line, got, part);
}

static inline void expect_lacks(struct bench *b, uint32_t conn, const char *line, const char *part)
{
    const char *got = ask(b, conn, line);
    if (strstr(got, part))
        fail_msg("`%s` answered `%s`, which holds `%s`", line, got, part);
}

/* A file's whole content as the queen may read it, in b->answer, NUL-ended; uncharged and not as lines of a console. */
static inline struct bytes content(struct bench *b, const char *path)
{
    struct caller queen = {0};
    struct ns_ref ref;
    struct ring_cursor at = {0, 0};
    struct ns_read got;
    assert_int_equal(ns_resolve(&b->h->tree, b->h, &queen, bytes_str(path), &ref), COH_OK);
    const struct ring *r = ns_ring(&b->h->tree, b->h, &ref);
    assert_int_equal(ns_read(&b->h->tree, b->h, &ref, r ? r->oldest : 0, 0, &at, (uint8_t *)b->answer,
                             sizeof b->answer - 1, &got),
                     COH_OK);
    assert_int_equal(got.n, ns_size(&b->h->tree, b->h, &ref));
    b->answer[got.n] = 0;
    return bytes_of(b->answer, got.n);
}

static inline void expect_file(struct bench *b, const char *path, const char *text)
{
    content(b, path);
    if (strcmp(b->answer, text) != 0)
        fail_msg("`%s` holds `%s`, want `%s`", path, b->answer, text);
}

static inline void join(struct bench *b, uint32_t conn)
{
    hive_accept(b->h, conn, HIVE_TCP, b->now);
    expect(b, conn, "AUTH " TOKEN, "OK AUTH\n");
}

static inline void join_queen(struct bench *b, uint32_t conn)
{
    join(b, conn);
    expect(b, conn, "ATTACH queen ", "OK ATTACH role=queen\n");
}

static inline void leave(struct bench *b, uint32_t conn) { hive_closed(b->h, conn, b->now); }

/* A ticket of the development keys. */
struct mint {
    enum coh_role role;
    const char *subject;
    bool has_ttl, has_ops, has_quotas;
    uint64_t ttl_s, ops, issued_at_ms, bandwidth;
    uint32_t resumes, advances;
    const char *scope; /* NULL = none */
    uint8_t scope_verb;
    uint32_t scope_rate;
};

static inline const char *mint(const struct mint *m)
{
    static char text[TICKET_TEXT_BYTES + 1];
    uint8_t payload[TICKET_PAYLOAD_MAX];
    struct buf p = buf_of(payload, sizeof payload), out = buf_of(text, TICKET_TEXT_BYTES);
    buf_byte(&p, 1);
    buf_byte(&p, (uint8_t)m->role);
    buf_byte(&p, (uint8_t)((m->has_ops ? TICKET_HAS_OPS : 0) | (m->has_ttl ? TICKET_HAS_TTL : 0) |
                           (m->subject ? TICKET_HAS_SUBJECT : 0) | (m->scope ? TICKET_HAS_SCOPES : 0) |
                           (m->has_quotas ? TICKET_HAS_QUOTAS : 0)));
    if (m->has_ops)
        mint_le(&p, m->ops, 8);
    if (m->has_ttl)
        mint_le(&p, m->ttl_s, 8);
    if (m->subject)
        mint_str(&p, bytes_str(m->subject));
    mint_le(&p, m->issued_at_ms, 8);
    mint_str(&p, bytes_str(""));
    mint_str(&p, bytes_str(""));
    if (m->scope) {
        buf_byte(&p, 1);
        mint_str(&p, bytes_str(m->scope));
        buf_byte(&p, m->scope_verb);
        mint_le(&p, m->scope_rate, 4);
    }
    if (m->has_quotas) {
        mint_le(&p, m->bandwidth, 8);
        mint_le(&p, m->resumes, 4);
        mint_le(&p, m->advances, 4);
    }
    for (uint32_t i = 0; i < COH_TICKET_KEYS_COUNT; i++) {
        if (coh_ticket_keys[i].role == m->role)
            mint_text(&out, buf_bytes(&p), coh_ticket_keys[i].key);
    }
    assert_false(p.cut || out.cut || out.n == 0);
    text[out.n] = 0;
    return text;
}

static inline const char *attach_with(struct bench *b, uint32_t conn, const char *role, const struct mint *m)
{
    char line[1200];
    snprintf(line, sizeof line, "ATTACH %s %s", role, mint(m));
    return ask(b, conn, line);
}
