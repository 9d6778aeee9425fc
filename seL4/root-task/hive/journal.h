/* The audit: /audit/journal keeps every accepted control write, each entry with the SHA-256 of the one before it;
 * /audit/decisions keeps what the policy decided; /audit/export says how far both reach. Memory is bounded: oldest whole
 * entries go first, and what is kept stays a chain. */
#pragma once

#include "base/hash.h"
#include "base/ring.h"
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

/* An entry, read back. */
struct journal_entry {
    uint64_t seq;
    uint8_t prev[HASH_BYTES];
    bool whole; /* the line is there, not only its digest */
    struct buf path, line;
    uint8_t path_store[NS_PATH_BYTES], line_store[JOURNAL_ENTRY_BYTES];
};

/* An accepted write to a control file, before its effect. Nothing while a replay runs or where the audit is off. */
void journal_keep(struct hive *h, const struct caller *who, struct bytes path, struct bytes line);
/* The policy's decision on a write by who; id and rule (tokens of at most 255 bytes) may be empty. */
void journal_decide(struct hive *h, const struct caller *who, bool approved, struct bytes id, struct bytes target,
                    struct bytes rule);

/* Does an entry begin at this absolute position, or the journal end there? COH_STALE: it is dropped; COH_INVALID: none does;
 * COH_QUOTA: more entries follow than one replay covers. In time of log n. */
enum coh_status journal_place(const struct hive *h, uint64_t at, struct ns_why *why);
/* Where one of the newest entries begins, by its number; one more than the newest's: the journal's end. */
uint64_t journal_start(const struct hive *h, uint64_t seq);
/* Reads the entry that begins there, and says where the next one does; *hint begins as zero. */
uint64_t journal_read(const struct hive *h, uint64_t at, struct ring_cursor *hint, struct journal_entry *out);
