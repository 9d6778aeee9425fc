/* What all writes have in common (spec/control.md): role and scope are settled when it comes here; then parse, lifecycle gate,
 * policy gate, capacity; after the acknowledgement the effect and its audit line. */
#pragma once

#include "ns/tree.h"

/* Does the hive's lifecycle let who read (write = false) or write this node at all? OFFLINE serves the queen's reads and her
 * resume and reset. COH_OFFLINE or COH_OK. */
enum coh_status govern_admits(const struct hive *h, const struct caller *who, const struct ns_ref *ref, bool write,
                              struct ns_why *why);
/* Decides on a well-formed write and logs what a subsystem has to say of a refusal; changes nothing else, but that the
 * policy's gate uses up a denial. Fills w->plan and w->approval. */
enum coh_status govern_check(struct hive *h, struct ns_write *w, struct ns_why *why);
/* What govern_check allowed, once it was acknowledged: consumes its approval, keeps and journals the line, does it, audits it
 * as op. */
void govern_apply(struct hive *h, const struct ns_write *w, const char *op);
