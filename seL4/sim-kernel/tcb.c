/* Invocations of thread control blocks. A thread keeps copies of its CSpace and VSpace capabilities; fault
 * endpoints are not simulated, a thread that faults is stopped with a line on the console. */
#include "sim.h"

/* Registers in the order of seL4_UserContext after pc, sp, spsr. */
static const uint8_t frame_order[31] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30, 9, 10,
                                        11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};

static seL4_Error write_registers(const struct call *c, struct thread *t)
{
    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t count = call_arg(1);
    if (c->length - 2 < count) {
        return fail(seL4_TruncatedMessage);
    }
    if (t == sim_current) {
        return fail(seL4_IllegalOperation);
    }
    for (unsigned i = 0; i < count && i < 36; i++) {
        uint64_t word = call_arg(2 + i);
        if (i == 0) {
            t->ctx.pc = word;
        } else if (i == 1) {
            t->ctx.sp = word;
        } else if (i == 2) {
            t->ctx.spsr = (word & 0xf0000000u) | 0x40; /* condition flags alone are the user's */
        } else if (i < 34) {
            t->ctx.x[frame_order[i - 3]] = word;
        } else if (i == 34) {
            t->ctx.tpidr = word;
        } else {
            t->ctx.tpidrro = word;
        }
    }
    if (call_arg(0) & 1) {
        thread_suspend(t);
        t->state = THREAD_RUNNING;
    }
    return seL4_NoError;
}

static seL4_Error set_buffer(struct thread *t, uint64_t vaddr, const struct slot *frame, bool check_only)
{
    if (vaddr == 0) {
        if (!check_only) {
            t->buffer = NULL;
        }
        return seL4_NoError;
    }
    if (frame->type != CAP_FRAME || (frame->flags & SLOT_DEVICE)) {
        return fail(seL4_IllegalOperation);
    }
    if (vaddr & MASK(seL4_IPCBufferSizeBits)) {
        return fail(seL4_AlignmentError);
    }
    if (!check_only) {
        t->buffer_vaddr = vaddr;
        t->buffer = p2v(frame->object + (vaddr & MASK(frame->size_bits)));
    }
    return seL4_NoError;
}

static seL4_Error set_space(struct thread *t, const struct slot *cspace, uint64_t data,
                            const struct slot *vspace)
{
    struct slot root = *cspace;

    if (root.type != CAP_CNODE) {
        return fail(seL4_IllegalOperation);
    }
    if (data != 0) {
        unsigned guard_bits = (unsigned)(data & MASK(seL4_GuardSizeBits));
        if (guard_bits + root.size_bits > seL4_WordBits) {
            return fail(seL4_IllegalOperation);
        }
        root.aux = (uint16_t)guard_bits;
        root.data = (data >> seL4_GuardSizeBits) & MASK(guard_bits);
    }
    if (vspace->type != CAP_VSPACE || vspace->aux == 0) {
        return fail(seL4_IllegalOperation);
    }
    t->cspace = root;
    t->vspace = *vspace;
    return seL4_NoError;
}

static seL4_Error configure(const struct call *c, struct thread *t)
{
    if (c->length < 4 || c->extras < 3) {
        return fail(seL4_TruncatedMessage);
    }
    seL4_Error e = set_buffer(t, call_arg(3), c->extra[2], true);
    if (e == seL4_NoError) {
        e = set_space(t, c->extra[0], call_arg(1), c->extra[1]);
    }
    return e == seL4_NoError ? set_buffer(t, call_arg(3), c->extra[2], false) : e;
}

/* Priority, maximum controlled priority, or both (mcp first). */
static seL4_Error set_priorities(const struct call *c, struct thread *t)
{
    bool both = c->label == TCBSetSchedParams;

    if (c->length < (both ? 2u : 1u) || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    if (c->extra[0]->type != CAP_TCB) {
        return fail1(seL4_InvalidCapability, 1);
    }
    const struct thread *authority = p2v(c->extra[0]->object);
    if (call_arg(0) > authority->mcp || (both && call_arg(1) > authority->mcp)) {
        return fail2(seL4_RangeError, seL4_MinPrio, authority->mcp);
    }
    if (c->label != TCBSetPriority) {
        t->mcp = (uint8_t)call_arg(0);
    }
    if (c->label != TCBSetMCPriority) {
        t->priority = (uint8_t)call_arg(both ? 1 : 0);
    }
    return seL4_NoError;
}

static seL4_Error spaces(const struct call *c, struct thread *t)
{
    if (c->label == TCBConfigure) {
        return configure(c, t);
    }
    if (c->label == TCBSetIPCBuffer) {
        return c->length < 1 || c->extras < 1 ? fail(seL4_TruncatedMessage)
                                              : set_buffer(t, call_arg(0), c->extra[0], false);
    }
    return c->length < 3 || c->extras < 2 ? fail(seL4_TruncatedMessage)
                                          : set_space(t, c->extra[0], call_arg(1), c->extra[1]);
}

seL4_Error tcb_invoke(const struct call *c)
{
    struct thread *t = p2v(c->slot->object);

    switch (c->label) {
    case TCBWriteRegisters:
        return write_registers(c, t);
    case TCBConfigure:
    case TCBSetSpace:
    case TCBSetIPCBuffer:
        return spaces(c, t);
    case TCBSetPriority:
    case TCBSetMCPriority:
    case TCBSetSchedParams:
        return set_priorities(c, t);
    case TCBSuspend:
        thread_suspend(t);
        return seL4_NoError;
    case TCBResume:
        if (t->state != THREAD_RUNNING) {
            thread_suspend(t);
            t->state = THREAD_RUNNING;
        }
        return seL4_NoError;
    case TCBBindNotification:
        return c->extras < 1 ? fail(seL4_TruncatedMessage) : ntfn_bind(t, c->extra[0]);
    case TCBUnbindNotification:
        if (t->bound == NULL) {
            return fail(seL4_IllegalOperation);
        }
        ntfn_unbind(t);
        return seL4_NoError;
    case TCBSetTLSBase:
        if (c->length < 1) {
            return fail(seL4_TruncatedMessage);
        }
        t->ctx.tpidr = call_arg(0);
        return seL4_NoError;
    default: /* reading and copying registers, flags: not simulated */
        return fail(seL4_IllegalOperation);
    }
}
