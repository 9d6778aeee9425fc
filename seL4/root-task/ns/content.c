/* Reads and sizes of file content; see content.h. */
#include "ns/content.h"

bool ns_is_bytes(const struct ns_tree *t, const struct ns_ref *ref)
{
    return ref->view == NS_CBOR || (ref->view == NS_PLAIN && ns_node(t, ref)->pattern->bytes);
}

struct ring *ns_lines(const struct ns_ops *ops, struct hive *h, const uint64_t *arg)
{
    return ops->lines ? ops->lines(h, arg) : (void *)((uint8_t *)h + ops->ring + ns_slot(arg) * ops->stride);
}

static bool is_ring(const struct ns_tree *t, const struct ns_ref *ref)
{
    return ref->view == NS_PLAIN && !ref->late_n && ns_has_lines(ns_node(t, ref)->ops);
}

struct ring *ns_ring(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref)
{
    return is_ring(t, ref) && !ns_gone(t, h, ref) ? ns_lines(ns_node(t, ref)->ops, h, ref->arg) : NULL;
}

void ns_render(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, struct text *out)
{
    const struct ns_ops *ops = ns_node(t, ref)->ops;
    if (ref->late_n || ns_gone(t, h, ref))
        return;
    if (ref->view == NS_POS) {
        const struct ring *r = ns_lines(ops, h, ref->arg);
        if (r)
            text_say(out, "oldest=", r->oldest, " next=", r->next, "\n");
    } else if (ref->view == NS_CBOR) {
        ops->cbor(h, ref->arg, out);
    } else if (ops->show) {
        ops->show(h, ref->arg, out);
    }
}

bool ns_constant(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref, struct bytes *out)
{
    const struct ns_ops *ops = ns_node(t, ref)->ops;
    bool is = ref->view == NS_PLAIN && ops->constant;
    *out = is ? ops->constant(h, ref->arg) : bytes_of(NULL, 0);
    return is;
}

uint64_t ns_size(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref)
{
    if (ns_node(t, ref)->pattern->mode == NS_WRITE || ref->late_n)
        return 0;
    if (is_ring(t, ref)) {
        const struct ring *r = ns_ring(t, h, ref);
        return r ? r->next - r->oldest : 0;
    }
    struct bytes all;
    if (ns_constant(t, h, ref, &all))
        return all.n;
    struct text out = text_window(NULL, 0, 0);
    ns_render(t, h, ref, &out);
    return out.total;
}

enum coh_status ns_read(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, uint64_t base, uint64_t offset,
                        struct ring_cursor *at, uint8_t *out, size_t cap, size_t *n, uint64_t *oldest)
{
    *n = 0;
    *oldest = 0;
    if (ref->late_n)
        return COH_OK;
    if (is_ring(t, ref)) {
        uint64_t pos = offset >= NS_ABSOLUTE ? offset - NS_ABSOLUTE : base + offset;
        const struct ring *r = ns_ring(t, h, ref);
        if (!r)
            return COH_CLOSED;
        *oldest = r->oldest;
        if (pos < r->oldest)
            return COH_STALE;
        *n = pos < r->next ? ring_read_on(r, at, pos, out, cap) : 0;
        return COH_OK;
    }
    struct bytes all;
    if (ns_constant(t, h, ref, &all)) {
        struct bytes part = offset < all.n ? bytes_sub(all, (size_t)offset, cap) : bytes_of(NULL, 0);
        if (part.n)
            memcpy(out, part.p, part.n);
        *n = part.n;
        return COH_OK;
    }
    struct text text = text_window(out, cap, offset);
    ns_render(t, h, ref, &text);
    *n = text.n;
    return COH_OK;
}
