/* Changes of a session's own view: bind gives a node another name, mount gives a service of the manifest a place
 * (spec/control.md, /queen/ctl). */
#pragma once

#include "ns/tree.h"

/* Is it possible in who's view? Fills *out, which is zero. COH_NOT_FOUND or COH_PERMISSION for what leads nowhere, COH_INVALID for a place that can't have a
 * name. Whether the session has room for one more is view_room's. */
enum coh_status view_bind(const struct hive *h, const struct caller *who, struct bytes from, struct bytes to,
                          struct ns_bind *out, struct ns_why *why);
enum coh_status view_mount(const struct hive *h, const struct caller *who, struct bytes service, struct bytes at,
                           struct ns_bind *out, struct ns_why *why);
/* COH_QUOTA: the caller's session has NS_BINDS_MAX names, and this is none of them. */
enum coh_status view_room(const struct hive *h, const struct caller *who, const struct ns_bind *bind);
/* Does it, for the caller's session: in place of what the name led to before. */
void view_apply(struct hive *h, const struct caller *who, const struct ns_bind *bind);
