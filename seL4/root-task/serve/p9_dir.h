/* Qids, attributes and directory entries of nodes. */
#pragma once

#include "hive/state.h"
#include "wire/p9.h"

struct p9_qid p9_qid_of(struct hive *h, const struct ns_ref *ref);
/* Fills in r->u.attr. */
void p9_attributes(struct hive *h, uint32_t session, const struct ns_ref *ref, struct p9_msg *r);
/* Appends the entries behind cookie (0: from the first) that fit, and adds up their names as a listing's lines in *listed. A cookie names an entry, not a count: what comes and goes
 * meanwhile moves no other. COH_INVALID: no cookie of this directory; COH_TOO_BIG: more names than a listing holds. */
enum coh_status p9_list(struct hive *h, uint32_t session, const struct ns_ref *dir, uint64_t cookie, struct buf *data,
                        uint64_t *listed, struct ns_why *why);
