/* Changes of a session's own view: bind gives a node another name, mount gives a service of the manifest a place
 * (spec/control.md, /queen/ctl). */
#pragma once

#include "ns/tree.h"

/* Below parent, name is to be target. name is borrowed from the path that was asked for. */
struct view_change {
    struct ns_ref parent, target;
    struct bytes name;
};

/* Is it possible in who's view? COH_NOT_FOUND or COH_PERMISSION for what leads nowhere, COH_INVALID for a place that can't have a
 * name. Whether the session has room for one more is view_room's. */
enum coh_status view_bind(const struct hive *h, const struct caller *who, struct bytes from, struct bytes to,
                          struct view_change *out, struct ns_why *why);
enum coh_status view_mount(const struct hive *h, const struct caller *who, struct bytes service, struct bytes at,
                           struct view_change *out, struct ns_why *why);
/* COH_QUOTA: the caller's session has NS_BINDS_MAX names, and this is none of them. */
enum coh_status view_room(const struct hive *h, const struct caller *who, const struct view_change *change);
/* Does it, for the caller's session: in place of what the name led to before. */
void view_apply(struct hive *h, const struct caller *who, const struct view_change *change);
