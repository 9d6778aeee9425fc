/* The audit: /audit/journal keeps every accepted control write, each entry with the SHA-256 of the one before it;
 * /audit/decisions keeps what the policy decided; /audit/export says how far both reach. Memory is bounded: oldest whole
 * entries go first, and what is kept stays a chain. /replay issues the journal's lines again, from a cursor to its end, as the
 * queen who asked. Equal hives give equal acknowledgements, of which /replay/status shows the sum. */
#pragma once

#include "base/hash.h"
#include "ns/tree.h"

/* Longest entry with its newline; a write whose entry would be longer is journaled by its line's digest. */
#define JOURNAL_ENTRY_BYTES 4096u
/* An entry by digest and a decision always fit this, record prefix included: least size of either ring. */
#define JOURNAL_RING_LEAST 2048u

struct journal_state {
    struct ring entries;   /* over the pool `journal` */
    struct ring decisions; /* over the pool `decisions` */
    uint64_t seq;          /* of the newest entry, 0 = none yet; the ring's records are the newest of them */
    uint64_t decided;      /* and of the newest decision */
    uint8_t head[HASH_BYTES]; /* SHA-256 of the newest entry without its newline; zeros = none yet */
};

struct replay_state {
    bool asked;          /* accepted, and the tick of this turn will run it */
    bool runs;           /* its lines are being applied: they are not journaled again */
    bool ended;          /* there was one, */
    uint32_t session;    /* who asked, */
    uint64_t session_id; /* and whether the session is still his */
    uint64_t from;       /* absolute position in the journal, */
    uint64_t at;         /* of the next entry, or of the one that was refused, */
    uint64_t end;        /* and of the journal's end, when it was asked for */
    uint64_t entries;    /* that have been acknowledged, a refused one included */
    uint64_t sum;        /* 64-bit FNV-1a over their acknowledgements, each with its newline */
    const char *detail;  /* and why it stopped before the end; NULL: it did not */
};

extern const struct ns_table journal_nodes;
void journal_init(struct hive *h);
/* Runs the replay that was asked for, at most replay_max_entries entries. */
uint64_t replay_tick(struct hive *h);

/* An accepted write to a control file, before its effect. Nothing while a replay runs or where the audit is off. */
void journal_keep(struct hive *h, const struct caller *who, struct bytes path, struct bytes line);
/* The policy's decision on a write by who; id and rule (tokens of at most 255 bytes) may be empty. */
void journal_decide(struct hive *h, const struct caller *who, bool approved, struct bytes id, struct bytes target,
                    struct bytes rule);

/* Where one of the newest entries begins, by its number; one more than the newest's: the journal's end. */
uint64_t journal_start(const struct hive *h, uint64_t seq);
