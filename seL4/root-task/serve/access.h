/* The one access decision. Console and Secure9P both come through here, so that an operation has the same outcome, audit
 * line and counters whichever way it came. These functions decide and charge; a refusal that one of them gives is recorded
 * by access_refuse, once, by whoever answers it. */
#pragma once

#include "hive/state.h"

/* How audit lines name the operation: walk, list, read, write. */
const char *access_name(enum access access);

/* Where does this name below from, or without from this path, lead in the session's view, and may its ticket go there? *ref is
 * unchanged unless COH_OK. */
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

/* Counts and audits a refusal. The path is that of at, when there is one, and path behind it. Of SESSION_NONE: with those of
 * other strangers. */
void access_refuse(struct hive *h, uint32_t session, const char *op, const struct ns_ref *at, struct bytes path,
                   enum coh_status status, const struct ns_why *why);
/* The same of what concerns no path. detail: see struct ns_why. */
void access_refuse_session(struct hive *h, uint32_t session, const char *op, enum coh_status status, const char *detail);
