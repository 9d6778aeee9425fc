/* The one access decision. Console and Secure9P both come through here, so that an operation has the same outcome, audit
 * line and counters whichever way it came. These functions decide and charge; a refusal that one of them gives is recorded
 * by access_refuse, once, by whoever answers it. */
#pragma once

#include "base/status.h"
#include "ns/tree.h"

enum access { ACCESS_WALK, ACCESS_LIST, ACCESS_READ, ACCESS_WRITE };

/* How audit lines name the operation: walk, list, read, write. */
const char *access_name(enum access access);

/* Where does this path, or this name below from, lead in the session's view, and may its ticket go there? */
enum coh_status access_resolve(struct hive *h, uint32_t session, struct bytes path, struct ns_ref *ref,
                               struct ns_why *why);
enum coh_status access_walk(struct hive *h, uint32_t session, const struct ns_ref *from, struct bytes name,
                            struct ns_ref *ref, struct ns_why *why);
/* May the session open this node so: its kind, its mode, the ticket's scopes. Charges nothing. */
enum coh_status access_open(struct hive *h, uint32_t session, enum access access, const struct ns_ref *ref,
                            struct ns_why *why);
/* One operation that moves n content bytes of an opened node: is it let in, and rate, operations and bandwidth. Once
 * *counted, one that moves nothing costs nothing: a reader finds the end for free. */
enum coh_status access_spend(struct hive *h, uint32_t session, enum access access, const struct ns_ref *ref, uint64_t n,
                             bool *counted, struct ns_why *why);
/* May this be written to an opened node? Charges the operation. data is as sent; *w is filled in for access_apply and
 * borrows from ref and data. offset: see struct ns_write. */
enum coh_status access_check(struct hive *h, uint32_t session, const struct ns_ref *ref, struct bytes data,
                             uint64_t offset, struct ns_write *w, struct ns_why *why);
/* After access_check said COH_OK and the acknowledgement is out: does it and audits it. */
void access_apply(struct hive *h, const struct ns_write *w);

/* Counts and audits a refusal; returns status. With a path as it was asked for, or of a node that was reached. */
enum coh_status access_refuse(struct hive *h, uint32_t session, const char *op, struct bytes path,
                              enum coh_status status, const struct ns_why *why);
enum coh_status access_refuse_at(struct hive *h, uint32_t session, const char *op, const struct ns_ref *ref,
                                 enum coh_status status, const struct ns_why *why);
