/* Idempotent queen intents and the writers' epoch (spec/control.md, /queen/ctl envelope and host tickets; /proc/queen). A queen
 * that repeats an intent, since she can't know whether the first was done, gets the same answer and no second effect. */
#pragma once

#include "generated/manifest.h"
#include "ns/tree.h"

/* One accepted intent (pool `intents`). */
struct intent {
    uint64_t seq; /* 1, 2, … in order of acceptance; 0: a free slot */
    uint64_t at_ms, hits;
    uint8_t cmd[32]; /* SHA-256 of the command's JSON text */
    struct token id, key;
};

struct intents_state {
    uint64_t last_seq;
    struct index by; /* over the pool `intents`, by id and key */
    uint64_t epoch, epoch_ms; /* highest writer epoch so far, and since when; 0 = none yet */
};

/* What an envelope says; borrowed from its line. */
struct intent_name {
    struct bytes id, key, cmd;
};

/* Has it been accepted before? *again says so. COH_INVALID: it has, with another command. COH_OK. */
enum coh_status intent_check(const struct hive *h, const struct intent_name *name, bool *again, struct ns_why *why);
/* Remembers a new one, in place of the oldest when there is no room; of one that is remembered, counts and logs the hit. */
void intent_note(struct hive *h, const struct intent_name *name);

/* May a writer of this epoch write? One that is older than another that wrote may not: COH_PERMISSION, detail stale-epoch. */
enum coh_status epoch_check(const struct hive *h, uint64_t epoch, struct ns_why *why);
/* It wrote: from now on its epoch is the least. */
void epoch_note(struct hive *h, uint64_t epoch);
