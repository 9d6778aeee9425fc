/* Retype: turns a piece of an untyped into objects. */
#include "retype.h"
#include "sim.h"

static void make_object(struct slot *cap, uint64_t type, unsigned user_bits, uint64_t paddr, bool device)
{
    static const uint8_t types[seL4_ObjectTypeCount] = {
        [seL4_UntypedObject] = CAP_UNTYPED,     [seL4_TCBObject] = CAP_TCB,
        [seL4_EndpointObject] = CAP_ENDPOINT,   [seL4_NotificationObject] = CAP_NOTIFICATION,
        [seL4_CapTableObject] = CAP_CNODE,      [seL4_ARM_HugePageObject] = CAP_FRAME,
        [seL4_ARM_VSpaceObject] = CAP_VSPACE,   [seL4_ARM_SmallPageObject] = CAP_FRAME,
        [seL4_ARM_LargePageObject] = CAP_FRAME, [seL4_ARM_PageTableObject] = CAP_TABLE};
    unsigned bits = retype_object_bits(type, user_bits);

    *cap = (struct slot){.type = types[type],
                         .object = paddr,
                         .size_bits = (uint8_t)bits,
                         .rights = RIGHTS_ALL,
                         .flags = (uint8_t)(SLOT_ORIGINAL | (device ? SLOT_DEVICE : 0u))};
    if (type != seL4_UntypedObject && !device) {
        memset(p2v(paddr), 0, BIT(bits));
    }
    if (type == seL4_TCBObject) {
        thread_init(p2v(paddr));
    } else if (type == seL4_CapTableObject) {
        cap->size_bits = (uint8_t)user_bits;
    }
}

static seL4_Error destination(const struct call *c, struct slot *node)
{
    struct slot *found = c->extra[0];
    uint64_t depth = call_arg(3);

    if (depth != 0) {
        seL4_Error e = slot_target(c->extra[0], call_arg(2), depth, false, &found);
        if (e != seL4_NoError) {
            return e;
        }
    }
    if (found->type != CAP_CNODE) {
        return fail_lookup(false, (struct lookup_fault){seL4_MissingCapability, depth, 0, 0});
    }
    *node = *found;
    return seL4_NoError;
}

static seL4_Error check_type(uint64_t type, uint64_t bits)
{
    if (type >= seL4_ObjectTypeCount) {
        return fail1(seL4_InvalidArgument, 0);
    }
    if (bits >= seL4_WordBits || retype_object_bits(type, (unsigned)bits) > seL4_MaxUntypedBits) {
        return fail2(seL4_RangeError, 0, seL4_MaxUntypedBits);
    }
    if (type == seL4_CapTableObject && bits == 0) {
        return fail1(seL4_InvalidArgument, 1);
    }
    if (type == seL4_UntypedObject && bits < seL4_MinUntypedBits) {
        return fail1(seL4_InvalidArgument, 1);
    }
    return seL4_NoError;
}

static seL4_Error check_window(const struct slot *node, uint64_t offset, uint64_t count)
{
    uint64_t size = BIT(node->size_bits);

    if (offset > size - 1) {
        return fail2(seL4_RangeError, 0, size - 1);
    }
    if (count < 1 || count > seL4_UntypedRetypeMaxObjects) {
        return fail2(seL4_RangeError, 1, seL4_UntypedRetypeMaxObjects);
    }
    if (count > size - offset) {
        return fail2(seL4_RangeError, 1, size - offset);
    }
    const struct slot *slots = p2v(node->object);
    for (uint64_t i = 0; i < count; i++) {
        seL4_Error e = slot_must_be_empty(&slots[offset + i]);
        if (e != seL4_NoError) {
            return e;
        }
    }
    return seL4_NoError;
}

seL4_Error untyped_invoke(const struct call *c)
{
    struct slot *ut = c->slot;
    struct slot node = {0};

    if (c->label != UntypedRetype) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < 6 || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t type = call_arg(0), bits = call_arg(1), offset = call_arg(4), count = call_arg(5);
    bool device = ut->flags & SLOT_DEVICE;
    seL4_Error e = check_type(type, bits);
    if (e == seL4_NoError) {
        e = destination(c, &node);
    }
    if (e == seL4_NoError) {
        e = check_window(&node, offset, count);
    }
    if (e != seL4_NoError) {
        return e;
    }
    if (!slot_has_children(ut)) {
        ut->data = 0;
    }
    unsigned object_bits = retype_object_bits(type, (unsigned)bits);
    uint64_t left = BIT(ut->size_bits) - ut->data;
    if (!retype_fits(ut->size_bits, ut->data, object_bits, count) || inject_retype()) {
        return fail1(seL4_NotEnoughMemory, left);
    }
    if (device && !retype_is_frame(type) && type != seL4_UntypedObject) {
        return fail1(seL4_InvalidArgument, 1);
    }
    uint64_t at = retype_align(ut->data, object_bits);
    struct slot *slots = p2v(node.object);
    for (uint64_t i = 0; i < count; i++) {
        struct slot cap;
        make_object(&cap, type, (unsigned)bits, ut->object + at + (i << object_bits), device);
        slot_insert(ut, &slots[offset + i], &cap, true);
    }
    ut->data = at + (count << object_bits);
    return seL4_NoError;
}
