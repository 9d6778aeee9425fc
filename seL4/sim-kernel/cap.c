/* Slots: looking them up, the derivation list, deleting and revoking. */
#include "sim.h"

struct message sim_failure;
struct lookup_fault sim_lookup_fault;

seL4_Error failure(seL4_Error error, unsigned n, uint64_t mr0, uint64_t mr1)
{
    sim_failure.label = (uint64_t)error;
    sim_failure.n = n;
    sim_failure.mr[0] = mr0;
    sim_failure.mr[1] = mr1;
    return error;
}

void add_lookup_fault(struct message *m)
{
    const struct lookup_fault *f = &sim_lookup_fault;
    static const unsigned words[] = {0, 0, 1, 2, 3}; /* by seL4_LookupFailureType */

    memcpy(&m->mr[m->n], (uint64_t[]){f->type, f->a, f->b, f->c}, (1 + words[f->type]) * sizeof m->mr[0]);
    m->n += 1 + words[f->type];
}

seL4_Error fail_lookup(bool was_source, struct lookup_fault why)
{
    sim_lookup_fault = why;
    (void)fail1(seL4_FailedLookup, was_source);
    add_lookup_fault(&sim_failure);
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
        uint64_t guard = guard_bits && guard_bits <= bits ? (cptr >> (bits - guard_bits)) & MASK(guard_bits) : 0;
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
        return fail_lookup(is_source, (struct lookup_fault){.type = seL4_InvalidRoot});
    }
    if (bits < 1 || bits > seL4_WordBits) {
        return fail2(seL4_RangeError, 1, seL4_WordBits);
    }
    *out = slot_resolve(root, cptr, (unsigned)bits, &left);
    if (*out == NULL) {
        return fail_lookup(is_source, sim_lookup_fault);
    }
    if (left != 0) {
        return fail_lookup(is_source, (struct lookup_fault){seL4_DepthMismatch, left, 0, 0});
    }
    return seL4_NoError;
}

seL4_Error slot_must_be_empty(const struct slot *s)
{
    return s->type == CAP_NULL ? seL4_NoError : fail(seL4_DeleteFirst);
}

/* A reference is the slot's place in RAM in units of slots; 0 would be kernel text. */
static uint32_t ref(const struct slot *s) { return (uint32_t)((v2p(s) - SIM_RAM_BASE) >> seL4_SlotBits); }

static struct slot *deref(uint32_t r) { return r ? p2v(SIM_RAM_BASE + ((uint64_t)r << seL4_SlotBits)) : NULL; }

static bool same_object(const struct slot *a, const struct slot *b)
{
    return a && b && a->type == b->type && a->object == b->object && a->size_bits == b->size_bits;
}

bool slot_has_children(struct slot *s)
{
    struct slot *n = deref(s->next);

    return n && n->depth > s->depth;
}

bool slot_is_final(struct slot *s) { return !same_object(s, deref(s->prev)) && !same_object(s, deref(s->next)); }

void slot_insert(struct slot *parent, struct slot *to, const struct slot *cap, bool always_child)
{
    *to = *cap;
    to->prev = to->next = 0;
    to->depth = 0;
    if (parent == NULL) {
        return;
    }
    bool child = always_child || (parent->flags & SLOT_ORIGINAL);
    if (cap->type == CAP_UNTYPED && !always_child) {
        parent->data = BIT(parent->size_bits); /* the copy has the memory now */
    }
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

/* What must happen to the object when a capability of it goes. True: it was the last one. */
static bool finalise(struct slot *s)
{
    bool final = slot_is_final(s);

    if (s->type == CAP_FRAME || (final && (s->type == CAP_TABLE || s->type == CAP_VSPACE))) {
        vspace_unmap(s);
    } else if (final && s->type == CAP_TCB) {
        thread_forget(p2v(s->object));
    } else if (final && s->type == CAP_NOTIFICATION) {
        ntfn_forget(p2v(s->object));
    } else if (final && s->type == CAP_ENDPOINT) {
        endpoint_forget(p2v(s->object));
    } else if (final && s->type == CAP_IRQ_HANDLER) {
        irq_handler_forget((unsigned)s->object);
    } else if (final && s->type == CAP_ASID_POOL) {
        asid_pool_forget(s);
    }
    return final;
}

/* First slot in use, and not yet being deleted, inside the object of a capability; NULL: none. */
static struct slot *first_inside(const struct slot *s)
{
    uint64_t n = 0;
    struct slot *slots = NULL;

    if (s->type == CAP_CNODE) {
        slots = p2v(s->object);
        n = BIT(s->size_bits);
    } else if (s->type == CAP_TCB) {
        slots = ((struct thread *)p2v(s->object))->slots;
        n = THREAD_SLOTS;
    } else if (s->type == CAP_IRQ_HANDLER) {
        slots = irq_handler_slot((unsigned)s->object);
        n = 1;
    }
    for (uint64_t i = 0; i < n; i++) {
        if (slots[i].type != CAP_NULL && !(slots[i].flags & SLOT_DYING)) {
            return &slots[i];
        }
    }
    return NULL;
}

/* An object's last capability takes what is inside with it: it stays, marked, until all that is gone. Those that
 * wait are a stack linked by `data`, so objects may hold each other's capabilities, or their own. */
void slot_delete(struct slot *s)
{
    struct slot *at = s->type == CAP_NULL ? NULL : s, *top = NULL;

    while (at) {
        if (finalise(at)) {
            at->flags |= SLOT_DYING;
            at->data = (uint64_t)(uintptr_t)top;
            top = at;
        } else {
            unlink_slot(at);
        }
        at = NULL;
        while (top && (at = first_inside(top)) == NULL) {
            struct slot *empty = top;
            top = (struct slot *)(uintptr_t)empty->data;
            unlink_slot(empty);
        }
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
