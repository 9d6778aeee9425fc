/* Invocations of CNodes: copy, mint, move, mutate, delete, revoke. */
#include "sim.h"

bool cap_apply_data(struct slot *cap, uint64_t data, bool keep_badge)
{
    switch (cap->type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (keep_badge || cap->data != 0) {
            return false;
        }
        cap->data = data;
        return true;
    case CAP_CNODE: {
        unsigned guard_bits = (unsigned)(data & MASK(seL4_GuardSizeBits));
        if (guard_bits + cap->size_bits > seL4_WordBits) {
            return false;
        }
        cap->aux = (uint16_t)guard_bits;
        cap->data = (data >> seL4_GuardSizeBits) & MASK(guard_bits);
        return true;
    }
    default:
        return true;
    }
}

static seL4_Error copy(const struct call *c, struct slot *to, struct slot *from)
{
    bool mint = c->label == CNodeMint;
    if (c->length < (mint ? 6u : 5u)) {
        return fail(seL4_TruncatedMessage);
    }
    struct slot source = *from;
    source.rights &= (uint8_t)call_arg(4);
    if (mint && !cap_apply_data(&source, call_arg(5), false)) {
        return fail(seL4_IllegalOperation);
    }
    /* Derived from the slot itself, since children are looked for beside it. */
    struct slot cap;
    seL4_Error e = cap_derive(from, &cap);
    if (e != seL4_NoError) {
        return e;
    }
    if (cap.type == CAP_NULL) {
        return fail(seL4_IllegalOperation);
    }
    cap.rights = source.rights;
    if (cap.type == CAP_ENDPOINT || cap.type == CAP_NOTIFICATION || cap.type == CAP_CNODE) {
        if (cap.type != CAP_CNODE && cap.data != source.data) {
            cap.flags |= SLOT_ORIGINAL;
        }
        cap.data = source.data;
        cap.aux = source.aux;
    }
    slot_insert(from, to, &cap, false);
    return seL4_NoError;
}

static seL4_Error transfer(const struct call *c, struct slot *to)
{
    struct slot *from;

    if (c->length < 4 || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    seL4_Error e = slot_must_be_empty(to);
    if (e != seL4_NoError) {
        return e;
    }
    e = slot_target(c->extra[0], call_arg(2), call_arg(3), true, &from);
    if (e != seL4_NoError) {
        return e;
    }
    if (from->type == CAP_NULL) {
        return fail_lookup(true, (struct lookup_fault){seL4_MissingCapability, call_arg(3), 0, 0});
    }
    if (c->label == CNodeCopy || c->label == CNodeMint) {
        return copy(c, to, from);
    }
    if (c->label == CNodeMutate) {
        struct slot changed = *from;
        if (c->length < 5) {
            return fail(seL4_TruncatedMessage);
        }
        if (!cap_apply_data(&changed, call_arg(4), true)) {
            return fail(seL4_IllegalOperation);
        }
        *from = changed;
    }
    slot_move(from, to);
    return seL4_NoError;
}

seL4_Error cnode_invoke(const struct call *c)
{
    struct slot *target;

    if (c->label < CNodeRevoke || c->label > CNodeSaveCaller) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    seL4_Error e = slot_target(c->slot, call_arg(0), call_arg(1), false, &target);
    if (e != seL4_NoError) {
        return e;
    }
    switch (c->label) {
    case CNodeCopy:
    case CNodeMint:
    case CNodeMove:
    case CNodeMutate:
        return transfer(c, target);
    case CNodeDelete:
        slot_delete(target);
        return seL4_NoError;
    case CNodeRevoke:
        slot_revoke(target);
        return seL4_NoError;
    default: /* cancel badged sends, rotate, save caller: not simulated */
        return fail(seL4_IllegalOperation);
    }
}
