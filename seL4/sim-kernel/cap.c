/* Slots: looking them up, the derivation list, deleting and revoking. */
#include "sim.h"

struct failure sim_failure;
struct lookup_fault sim_lookup_fault;

seL4_Error fail(seL4_Error error)
{
    sim_failure = (struct failure){.error = error};
    return error;
}

seL4_Error fail1(seL4_Error error, uint64_t mr0)
{
    sim_failure = (struct failure){.error = error, .n = 1, .mr = {mr0}};
    return error;
}

seL4_Error fail2(seL4_Error error, uint64_t mr0, uint64_t mr1)
{
    sim_failure = (struct failure){.error = error, .n = 2, .mr = {mr0, mr1}};
    return error;
}

seL4_Error fail_lookup(bool was_source)
{
    const struct lookup_fault *f = &sim_lookup_fault;
    static const unsigned words[] = {0, 0, 1, 2, 3}; /* by seL4_LookupFailureType */

    sim_failure = (struct failure){.error = seL4_FailedLookup,
                                   .n = 2 + words[f->type],
                                   .mr = {was_source, (uint64_t)f->type, f->a, f->b, f->c}};
    return seL4_FailedLookup;
}

struct slot *slot_resolve(struct slot *root, uint64_t cptr, unsigned bits, unsigned *left)
{
    struct slot *node = root;

    if (node->type != CAP_CNODE) {
        sim_lookup_fault = (struct lookup_fault){.type = seL4_InvalidRoot};
        return NULL;
    }
    for (;;) {
        unsigned guard_bits = node->aux;
        unsigned radix = node->size_bits;
        uint64_t guard =
            guard_bits && guard_bits <= bits ? (cptr >> (bits - guard_bits)) & MASK(guard_bits) : 0;
        if (guard_bits > bits || guard != node->data) {
            sim_lookup_fault = (struct lookup_fault){seL4_GuardMismatch, bits, node->data, guard_bits};
            return NULL;
        }
        if (guard_bits + radix > bits) {
            sim_lookup_fault = (struct lookup_fault){seL4_DepthMismatch, bits, guard_bits + radix, 0};
            return NULL;
        }
        bits -= guard_bits + radix;
        struct slot *found = (struct slot *)p2v(node->object) + ((cptr >> bits) & MASK(radix));
        if (bits == 0 || found->type != CAP_CNODE) {
            *left = bits;
            return found;
        }
        node = found;
    }
}

seL4_Error slot_target(struct slot *root, uint64_t cptr, uint64_t bits, bool is_source, struct slot **out)
{
    unsigned left = 0;

    if (root->type != CAP_CNODE) {
        sim_lookup_fault = (struct lookup_fault){.type = seL4_InvalidRoot};
        return fail_lookup(is_source);
    }
    if (bits < 1 || bits > seL4_WordBits) {
        return fail2(seL4_RangeError, 1, seL4_WordBits);
    }
    *out = slot_resolve(root, cptr, (unsigned)bits, &left);
    if (*out == NULL) {
        return fail_lookup(is_source);
    }
    if (left != 0) {
        sim_lookup_fault = (struct lookup_fault){seL4_DepthMismatch, left, 0, 0};
        return fail_lookup(is_source);
    }
    return seL4_NoError;
}

seL4_Error slot_must_be_empty(const struct slot *s)
{
    return s->type == CAP_NULL ? seL4_NoError : fail(seL4_DeleteFirst);
}

/* A reference is the slot's place in RAM in units of slots; 0 would be kernel text. */
static uint32_t ref(const struct slot *s)
{
    return (uint32_t)((v2p(s) - SIM_RAM_BASE) >> seL4_SlotBits);
}

static struct slot *deref(uint32_t r)
{
    return r ? p2v(SIM_RAM_BASE + ((uint64_t)r << seL4_SlotBits)) : NULL;
}

static bool same_object(const struct slot *a, const struct slot *b)
{
    return a && b && a->type == b->type && a->object == b->object && a->size_bits == b->size_bits;
}

bool slot_has_children(struct slot *s)
{
    struct slot *n = deref(s->next);

    return n && n->depth > s->depth;
}

bool slot_is_final(struct slot *s)
{
    return !same_object(s, deref(s->prev)) && !same_object(s, deref(s->next));
}

void slot_insert(struct slot *parent, struct slot *to, const struct slot *cap, bool always_child)
{
    *to = *cap;
    to->prev = to->next = 0;
    to->depth = 0;
    if (parent == NULL) {
        return;
    }
    bool child = always_child || (parent->flags & SLOT_ORIGINAL);
    to->depth = (uint16_t)(parent->depth + child);
    to->prev = ref(parent);
    to->next = parent->next;
    parent->next = ref(to);
    if (to->next) {
        deref(to->next)->prev = ref(to);
    }
}

void slot_move(struct slot *from, struct slot *to)
{
    *to = *from;
    if (to->prev) {
        deref(to->prev)->next = ref(to);
    }
    if (to->next) {
        deref(to->next)->prev = ref(to);
    }
    *from = (struct slot){0};
}

/* Takes the slot out of the list; what was derived from it is then derived from its parent. */
static void unlink_slot(struct slot *s)
{
    struct slot *prev = deref(s->prev), *next = deref(s->next);

    for (struct slot *d = next; d && d->depth > s->depth; d = deref(d->next)) {
        d->depth--;
    }
    if (prev) {
        prev->next = s->next;
    }
    if (next) {
        next->prev = s->prev;
    }
    *s = (struct slot){0};
}

/* What must happen to the object when its last capability goes (CNodes are emptied before). */
static void finalise(struct slot *s)
{
    bool final = slot_is_final(s);

    switch (s->type) {
    case CAP_FRAME:
        vspace_unmap(s);
        break;
    case CAP_TABLE:
    case CAP_VSPACE:
        if (final) {
            vspace_unmap(s);
        }
        break;
    case CAP_TCB:
        if (final) {
            thread_forget(p2v(s->object));
        }
        break;
    case CAP_NOTIFICATION:
        if (final) {
            ntfn_forget(p2v(s->object));
        }
        break;
    case CAP_ENDPOINT:
        if (final) {
            endpoint_forget(p2v(s->object));
        }
        break;
    case CAP_IRQ_HANDLER:
        if (final) {
            irq_handler_forget((unsigned)s->object);
        }
        break;
    default:
        break;
    }
}

/* First slot in use of a CNode, other than `but`; NULL: it is empty. */
static struct slot *first_used(const struct slot *cnode, const struct slot *but)
{
    struct slot *slots = p2v(cnode->object);

    for (uint64_t i = 0; i < BIT(cnode->size_bits); i++) {
        if (slots[i].type != CAP_NULL && &slots[i] != but) {
            return &slots[i];
        }
    }
    return NULL;
}

void slot_delete(struct slot *s)
{
    /* The last capability of a CNode takes what is inside with it, innermost first. */
    while (s->type == CAP_CNODE && slot_is_final(s)) {
        struct slot *victim = first_used(s, s);
        if (victim == NULL) {
            break;
        }
        for (unsigned level = 0; level < 64 && victim->type == CAP_CNODE && slot_is_final(victim); level++) {
            struct slot *inner = first_used(victim, victim);
            if (inner == NULL || inner == s) {
                break;
            }
            victim = inner;
        }
        finalise(victim);
        unlink_slot(victim);
    }
    if (s->type != CAP_NULL) {
        finalise(s);
        unlink_slot(s);
    }
}

void slot_revoke(struct slot *s)
{
    while (s->type != CAP_NULL && slot_has_children(s)) {
        slot_delete(deref(s->next));
    }
}

seL4_Error cap_derive(struct slot *from, struct slot *out)
{
    *out = *from;
    out->flags &= (uint8_t)~SLOT_ORIGINAL;
    switch (from->type) {
    case CAP_UNTYPED:
        if (slot_has_children(from)) {
            return fail(seL4_RevokeFirst);
        }
        out->flags |= SLOT_ORIGINAL;
        break;
    case CAP_FRAME:
        out->aux = 0;
        out->data = 0;
        break;
    case CAP_TABLE:
    case CAP_VSPACE:
        if (from->aux == 0) {
            return fail(seL4_IllegalOperation);
        }
        break;
    case CAP_IRQ_CONTROL:
        *out = (struct slot){0};
        break;
    default:
        break;
    }
    return seL4_NoError;
}
