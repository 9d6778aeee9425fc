/* The one access decision. Console and Secure9P both come through here, so that an operation has the same outcome, audit
 * line and counters whichever way it came. */
#ifndef COH_SERVE_ACCESS_H
#define COH_SERVE_ACCESS_H

#include "base/status.h"
#include "ns/tree.h"

enum access { ACCESS_LIST, ACCESS_READ, ACCESS_WRITE };

/* May the session do this to path? Checks that it lives, the path, its view, its scopes, the node's kind and mode; charges
 * one operation. A refusal is counted and audited here. op names the operation in the audit line. */
enum coh_status access_open(struct hive *h, uint32_t session, enum access access, const char *op, struct bytes path,
                            struct ns_ref *ref, struct ns_why *why);
/* After access_open for ACCESS_WRITE: may this line be appended (without newline, UTF-8)? A refusal is counted and audited. */
enum coh_status access_check(struct hive *h, uint32_t session, const char *op, struct bytes path,
                             const struct ns_ref *ref, struct bytes line, struct ns_why *why);
/* After access_check said COH_OK and the acknowledgement is out: does it and audits it. */
void access_apply(struct hive *h, uint32_t session, const char *op, struct bytes path, const struct ns_ref *ref,
                  struct bytes line);
/* Counts and audits a refusal that was decided elsewhere; returns status. */
enum coh_status access_refuse(struct hive *h, uint32_t session, const char *op, struct bytes path,
                              enum coh_status status, const struct ns_why *why);

#endif
