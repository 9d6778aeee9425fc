/* Binds and mounts; see view.h. */
#include "hive/view.h"

#include "hive/state.h"

/* Splits to into the directory that it lies in and its name there. */
static enum coh_status place(const struct hive *h, const struct caller *who, struct bytes to, struct ns_bind *out,
                             struct ns_why *why)
{
    size_t slash = to.n;
    if (!ns_path_valid(to))
        return COH_NOT_FOUND;
    while (to.p[slash - 1] != '/')
        slash--;
    struct bytes name = bytes_sub(to, slash, to.n);
    if (name.n == 0 || name.n > NS_BIND_NAME_BYTES)
        return ns_refuse(why, COH_INVALID, "invalid-bind", "the last name of a bound path has 1 to 63 bytes");
    out->name_n = (uint8_t)name.n;
    memcpy(out->name, name.p, name.n);
    enum coh_status s = ns_resolve(&h->tree, h, who, bytes_sub(to, 0, slash > 1 ? slash - 1 : 1), &out->parent);
    if (s == COH_OK && !ns_is_dir(&h->tree, &out->parent))
        return ns_refuse(why, COH_INVALID, "invalid-bind", "what a path is bound below is a directory");
    return s;
}

enum coh_status view_bind(const struct hive *h, const struct caller *who, struct bytes from, struct bytes to,
                          struct ns_bind *out, struct ns_why *why)
{
    enum coh_status s = ns_resolve(&h->tree, h, who, from, &out->target);
    return s == COH_OK ? place(h, who, to, out, why) : s;
}

enum coh_status view_mount(const struct hive *h, const struct caller *who, struct bytes service, struct bytes at,
                           struct ns_bind *out, struct ns_why *why)
{
    for (uint32_t i = 0; i < coh_mounts_count; i++) {
        if (bytes_is(service, coh_mounts[i].service))
            return view_bind(h, who, bytes_str(coh_mounts[i].target), at, out, why);
    }
    return COH_NOT_FOUND;
}

enum coh_status view_room(const struct hive *h, const struct caller *who, const struct ns_bind *bind)
{
    const struct ns_binds *binds = &h->sessions[who->session].binds;
    return ns_bound(binds, &bind->parent, bytes_of(bind->name, bind->name_n)) < NS_BINDS_MAX ? COH_OK : COH_QUOTA;
}

void view_apply(struct hive *h, const struct caller *who, const struct ns_bind *bind)
{
    struct ns_binds *binds = &h->sessions[who->session].binds;
    uint32_t i = ns_bound(binds, &bind->parent, bytes_of(bind->name, bind->name_n));
    COH_ASSERT(i < NS_BINDS_MAX);
    binds->at[i] = *bind;
    binds->n += i == binds->n;
}
