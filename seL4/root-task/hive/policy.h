/* /policy and /actions: writes whose path matches a rule need a waiting approval, which is used once. */
#pragma once

#include "generated/manifest.h"
#include "ns/tree.h"

/* Tokens (base/json.h). A rule's are bounded as in the manifest; an approval's target is as long as any node's path. */
#define POLICY_ID_BYTES TOKEN_BYTES
#define POLICY_PATTERN_BYTES 96u
#define POLICY_TARGET_BYTES 128u
#define POLICY_RULES_MAX (COH_ECOSYSTEM_POLICY_ENABLE ? 64u : 1u)

/* Texts end in NUL, and zeros follow. */
struct policy_rule {
    char id[POLICY_ID_BYTES + 1];
    char target[POLICY_PATTERN_BYTES + 1]; /* `*` is a whole component and matches one */
};

/* Rules that are in force together. */
struct policy_set {
    uint32_t n;
    char source[POLICY_ID_BYTES + 1]; /* "manifest", or the id of the line that applied them; empty: never used */
    struct policy_rule rule[POLICY_RULES_MAX];
};

/* One line of /actions/queue. */
struct action {
    uint64_t seq;      /* 1, 2, … as they were queued */
    uint64_t consumed; /* 1, 2, … as they were used up; 0: it waits */
    struct action_want {
        char target[POLICY_TARGET_BYTES + 1];
        uint8_t approves, bound; /* else it denies; to one content only */
        uint8_t sha256[32];      /* of that content */
    } want;
    struct token id, by; /* by: who queued it: his subject, or queen */
};

struct policy_state {
    uint32_t force, kept; /* sets: the one in force, and the one before it; kept = force: there is none */
    uint64_t seq, consumed;
    uint32_t bytes;  /* of what waits */
    struct index by; /* over the pool `actions`: what waits, and what was consumed until the slot is needed */
};

/* Decides on a write that is otherwise well: COH_OK when no rule matches its canonical path, or when an approval waits for
 * it, which w->approval then names. Else COH_PERMISSION; a denial that waited is used up, and nothing else changes. */
enum coh_status policy_gate(struct hive *h, struct ns_write *w, struct ns_why *why);
/* Consumes the approval that admitted w, if it needed one: before w's effect, once. */
void policy_consume(struct hive *h, const struct ns_write *w);
