/* Reads and sizes of file content; see tree.h. */
#include "ns/tree.h"

bool ns_is_bytes(const struct ns_tree *t, const struct ns_ref *ref)
{
    return ref->view == NS_CBOR || (ref->view == NS_PLAIN && ns_node(t, ref)->pattern->bytes);
}

static bool is_ring(const struct ns_tree *t, const struct ns_ref *ref)
{
    const struct ns_ops *ops = ns_node(t, ref)->ops;
    return ops && ref->view == NS_PLAIN && !ref->late_n && ops->ring;
}

struct ring *ns_ring(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref)
{
    return is_ring(t, ref) && !ns_gone(t, h, ref) ? ns_lines(ns_node(t, ref), h, ref->arg) : NULL;
}

/* All content but that of a ring. */
static void render(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, struct text *out)
{
    const struct ns_ops *ops = ns_node(t, ref)->ops;
    if (ref->late_n || ns_gone(t, h, ref))
        return;
    if (ref->view == NS_POS) {
        const struct ring *r = ns_lines(ns_node(t, ref), h, ref->arg);
        text_say(out, "oldest=", r->oldest, " next=", r->next, "\n");
    } else if (ref->view == NS_CBOR) {
        ops->cbor(h, ref->arg, out);
    } else if (ops->constant) {
        text_put(out, ops->constant(h, ref->arg));
    } else if (ops->show) {
        ops->show(h, ref->arg, out);
    }
}

uint64_t ns_size(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref)
{
    struct ring_cursor at = {0};
    struct ns_read got;
    ns_read(t, h, ref, 0, 0, &at, NULL, 0, &got);
    return got.size;
}

enum coh_status ns_read(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, uint64_t base, uint64_t offset,
                        struct ring_cursor *at, uint8_t *out, size_t cap, struct ns_read *got)
{
    *got = (struct ns_read){0};
    if (ref->late_n || ns_node(t, ref)->pattern->mode == NS_WRITE)
        return COH_OK;
    if (!is_ring(t, ref)) {
        struct text text = text_window(out, cap, offset);
        render(t, h, ref, &text);
        got->n = text.n;
        got->size = text.total;
        return COH_OK;
    }
    const struct ring *r = ns_ring(t, h, ref);
    uint64_t pos = offset >= NS_ABSOLUTE ? offset - NS_ABSOLUTE : base + offset;
    if (!r)
        return COH_CLOSED;
    got->size = r->next - r->oldest;
    got->oldest = r->oldest;
    if (pos < r->oldest)
        return COH_STALE;
    got->n = pos < r->next ? ring_read_on(r, at, pos, out, cap) : 0;
    return COH_OK;
}
