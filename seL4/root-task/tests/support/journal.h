/* Journals in tests: entries as text, and their chain checked without the hive's own code for it. */
#pragma once

#include "base/hash.h"
#include "support/files.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static inline void hex_digest(struct bytes s, char out[65])
{
    uint8_t raw[HASH_BYTES];
    sha256(s, raw);
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

/* Every entry's prev is the digest of the line before it; prev of the first is `first`. Returns the entries. */
static inline size_t expect_chain(struct bytes journal, const char *first)
{
    char prev[65], want[96];
    size_t n = 0;
    snprintf(prev, sizeof prev, "%s", first);
    for (; journal.n; n++) {
        const uint8_t *nl = memchr(journal.p, '\n', journal.n);
        assert_non_null(nl);
        struct bytes line = bytes_sub(journal, 0, (size_t)(nl - journal.p));
        int size = snprintf(want, sizeof want, ",\"prev\":\"%s\"}", prev);
        assert_true(line.n > (size_t)size);
        assert_memory_equal(line.p + line.n - size, want, (size_t)size);
        hex_digest(line, prev);
        journal = bytes_sub(journal, line.n + 1, journal.n);
    }
    return n;
}

/* The value behind `key=` in /audit/export. */
static inline const char *exported(struct bench *b, const char *key)
{
    static char value[80];
    char want[40];
    content(b, "/audit/export");
    snprintf(want, sizeof want, "%s=", key);
    const char *at = strstr(b->answer, want);
    while (at && at != b->answer && at[-1] != '\n')
        at = strstr(at + 1, want);
    if (!at)
        fail_msg("/audit/export says nothing of %s", key);
    at += strlen(want);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\n"), at);
    return value;
}

/* What the fixture journal is made of, the same every time: commands by a queen without a ticket and by one with.
 * Writes that no rule of the governed profile gates. */
static inline void journal_script(struct bench *b)
{
    struct mint m = {.role = ROLE_QUEEN, .subject = "ops \"night\""};
    b->now = 10;
    join_queen(b, 1);
    expect(b, 1, "ECHO /queen/lifecycle/ctl cordon", "OK ECHO path=/queen/lifecycle/ctl bytes=6\n");
    pass_ms(b, 5);
    expect(b, 1, "ECHO /queen/lifecycle/ctl resume", "OK ECHO path=/queen/lifecycle/ctl bytes=6\n");
    pass_ms(b, 1000);
    join(b, 2);
    attach_with(b, 2, "queen", &m);
    expect(b, 2, "ECHO /queen/lifecycle/ctl quiesce", "OK ECHO path=/queen/lifecycle/ctl bytes=7\n");
    expect(b, 2, "ECHO /queen/lifecycle/ctl reset", "OK ECHO path=/queen/lifecycle/ctl bytes=5\n");
}

/* An order to /queen/ctl, approved before where the policy asks for it. */
static inline void order(struct bench *b, uint32_t conn, const char *line)
{
    static unsigned n;
    char text[256];
    if (walk_to(b, conn, "/actions/queue") == COH_OK) {
        snprintf(text, sizeof text, "{\"id\":\"order-%u\",\"target\":\"/queen/ctl\",\"decision\":\"approve\"}", ++n);
        put(b, conn, "/actions/queue", bytes_str(text));
    }
    put(b, conn, "/queen/ctl", bytes_str(line));
}
